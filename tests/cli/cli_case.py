"""What the tests of the command line share: the program, a tiny model, and what is expected of every command."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))
import tiny_model  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get("GODWIT", ROOT / "build/release/bin/godwit"))
TIMEOUT = 120


def godwit(*arguments, text="", timeout=TIMEOUT, **options):
    words = [a if isinstance(a, bytes) else str(a) for a in arguments]
    return subprocess.run([PROGRAM, *words], input=text.encode() if isinstance(text, str) else text,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False, **options)


def verbs():
    listed = godwit("--help").stdout.decode().split("Verbs:")[1]
    return re.findall(r"^  (\w+)", listed, re.MULTILINE)


def catches_sigint(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"SigCgt:\s*(\w+)", status).group(1), 16) >> (signal.SIGINT - 1) & 1


class CliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="godwit-cli-")
        cls.model = Path(cls.folder.name) / "tiny"
        tiny_model.write(cls.model)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def good(self, *arguments, **options):
        result = godwit(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return result

    def ask(self, *arguments, **options):
        """The one JSON object that is all of standard output."""
        out = self.good(*arguments, "--json", **options).stdout.decode()
        value = json.loads(out)
        self.assertIsInstance(value, dict)
        return value

    def refused(self, *arguments, says="", **options):
        result = godwit(*arguments, **options)
        message = result.stderr.decode()
        self.assertEqual(result.returncode, 2, f"{arguments}: {message}")
        self.assertEqual(result.stdout, b"")
        self.assertIn(says, message)
        self.assertNotIn("a bug", message)
        return message

    def greedy(self, *arguments, **options):
        return self.ask("run", self.model, "--temp", 0, "--ignore-eos", *arguments, **options)
