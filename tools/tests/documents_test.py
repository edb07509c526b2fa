import pathlib
import unittest

from tools.checks import commands, links
from tools.files import ROOT


class Links(unittest.TestCase):
    def test_what_is_there_and_what_is_not(self):
        page = pathlib.Path("docs/testing.md")
        for good in ("../LICENSE", "#testing", "testing.md#commands-in-the-documents", "https://example.org/x"):
            self.assertIsNone(links.problem(page, good), good)
        for bad in ("nowhere.md", "#nothing", "testing.md#nothing", "http://example.org", "../../elsewhere"):
            self.assertIsNotNone(links.problem(page, bad), bad)

    def test_code_holds_no_links(self):
        self.assertNotIn("](", links.prose("a\n```sh\n[x](y)\n```\n`[x](y)` b"))


class Commands(unittest.TestCase):
    def test_blocks_and_their_outputs(self):
        text = "```sh exact\necho a\n```\n\n```text\na\n```\n```sh\nrm\n```\n```sh run\ntrue\n```\ntext\n```text\nb\n```\n"
        found = [(b["kind"], b["code"], b["output"]) for b in commands.BLOCK.finditer(text)]
        self.assertEqual(found, [("exact", "echo a\n", "a\n"), ("run", "true\n", None)])

    def test_a_command_runs_in_the_root_and_stops_at_the_first_failure(self):
        self.assertEqual(commands.run("pwd").stdout.strip(), str(ROOT))
        self.assertNotEqual(commands.run("false; true").returncode, 0)
