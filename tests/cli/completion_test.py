#!/usr/bin/env python3
"""What is written from the verbs' declarations: completion in bash and zsh, and the man page. --help is the witness."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import CliTest, godwit, verbs  # noqa: E402

COMMON = {"-h", "--help", "--json", "-q", "--quiet", "-t", "--threads"}


def options_in_help(verb):
    """{name: what takes its value, or ""} of a verb's --help."""
    out = {}
    for names, value in re.findall(r"^  (-\S+)(?: ([A-Z]+)\b)?", godwit(verb, "--help").stdout.decode(), re.MULTILINE):
        out.update({name: value for name in names.split(",")})
    return out


def choices_in_help(verb):
    """{name: its choices} of a verb's --help."""
    text = " ".join(godwit(verb, "--help").stdout.decode().split())
    return {name: listed.split(", ") for name, listed in re.findall(r"(--\S+) NAME [^\[]*: ([\w, .+-]+) \[", text)}


class Bash(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.script = Path(cls.folder.name) / "godwit.bash"
        cls.script.write_bytes(godwit("completion", "bash").stdout)

    def complete(self, *words, cwd=None):
        """What bash offers for the last of the words after `godwit`."""
        shell = ('source "$0"; complete -p godwit >/dev/null || exit 9; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                 '_godwit; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", shell, self.script, "godwit", *words], cwd=cwd or self.folder.name, text=True,
                              capture_output=True, check=False, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_verbs(self):
        self.assertEqual(self.complete(""), [*verbs(), "--help", "--version"])
        self.assertEqual(self.complete("co"), [verb for verb in verbs() if verb.startswith("co")])
        self.assertEqual(self.complete("xyzzy"), [])

    def test_every_option_of_every_verb(self):
        for verb in verbs():
            with self.subTest(verb=verb):
                expected = options_in_help(verb)
                self.assertLessEqual(COMMON, set(expected))
                self.assertEqual(set(self.complete(verb, "-")), set(expected))
                self.assertEqual(set(self.complete(verb, "--")), {name for name in expected if name.startswith("--")})

    def test_values_that_are_one_of_a_few(self):
        found = 0
        for verb in verbs():
            for option, choices in choices_in_help(verb).items():
                found += 1
                self.assertEqual(self.complete(verb, option, ""), choices, (verb, option))
        self.assertGreaterEqual(found, 5)  # such as --device and --lengths
        self.assertEqual(self.complete("run", "embedded", "--device", "gol"), ["golden"])
        self.assertEqual(self.complete("run", "--device", "=", "gol"), ["golden"])
        self.assertEqual(set(self.complete("run", "--device", "=")), set(choices_in_help("run")["--device"]))

    def test_cards_models_and_files(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "mine.toml").touch()
            (Path(folder) / "u2.toml").touch()
            self.assertEqual(set(self.complete("compile", "--card", "u2", cwd=folder)), {"u280", "u2.toml"})
            self.assertEqual(set(self.complete("run", "", cwd=folder)), {"embedded", "mine.toml", "u2.toml"})
            self.assertEqual(self.complete("compile", "embedded", "-o", "m", cwd=folder), ["mine.toml"])
            self.assertEqual(self.complete("run", "--seed", "", cwd=folder), [])

    def test_a_verb_that_is_none(self):
        self.assertEqual(self.complete("xyzzy", "-"), [])


class Zsh(CliTest):
    def test_every_verb_and_option_is_there(self):
        script = self.good("completion", "zsh").stdout.decode()
        self.assertTrue(script.startswith("#compdef godwit\n"))
        for verb in verbs():
            part = re.search(rf"^    {verb}\)\n(.*?)^      ;;", script, re.MULTILINE | re.DOTALL)[1]
            self.assertEqual(set(re.findall(r"^        '(-[\w-]+)\[", part, re.MULTILINE)), set(options_in_help(verb)))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not there")
    def test_zsh_reads_it(self):
        with tempfile.NamedTemporaryFile("wb") as file:
            file.write(self.good("completion", "zsh").stdout)
            file.flush()
            done = subprocess.run(["zsh", "-n", file.name], capture_output=True, check=False, timeout=30)
            self.assertEqual((done.returncode, done.stderr), (0, b""))


class Verb(CliTest):
    def test_what_it_refuses(self):
        self.refused("completion", says="SHELL")
        self.refused("completion", "tcsh", says="bash or zsh")

    def test_both_are_left_out_of_help_and_take_its_options(self):
        for words in (("completion", "bash"), ("man",)):
            self.assertNotIn(words[0], verbs())
            text = self.good(*words).stdout.decode()
            self.assertIn(text, self.ask(*words).values())
            self.assertEqual(self.good(*words, "--quiet", "--threads", "1").stdout.decode(), text)
            self.assertEqual(self.good(words[0], "--help").stderr, b"")


class Man(CliTest):
    def setUp(self):
        self.page = self.good("man").stdout.decode()

    def section(self, title):
        return re.search(rf"^\.S[SH] {title}\n(.*?)(?=^\.S[SH] |\Z)", self.page, re.MULTILINE | re.DOTALL)[1]

    def test_every_verb_option_and_choice_is_there(self):
        common = self.section("OPTIONS OF EVERY VERB")
        for verb in verbs():
            here = self.section(verb)
            listed = set(name.replace("\\-", "-") for name in re.findall(r"\\fB(\\-[^\\]\S*?|\\-\\-\S+?)\\fR", here + common))
            self.assertEqual(listed, set(options_in_help(verb)), verb)
            for option, choices in choices_in_help(verb).items():
                self.assertIn(": " + ", ".join(choices).replace("-", "\\-"), here, option)
        self.assertEqual(re.findall(r"^\.SS (\S+)$", self.page, re.MULTILINE), verbs())

    @unittest.skipUnless(shutil.which("man") and shutil.which("groff"), "man or groff is not there")
    def test_man_shows_it_without_a_warning(self):
        with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
            file.write(self.page)
            file.flush()
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-P", "cat", "-l", file.name], text=True, check=False,
                                  capture_output=True, timeout=60, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        text = re.sub(r".\x08|\x1b\[\d*m", "", done.stdout)
        for verb in verbs():
            self.assertRegex(text, rf"(?m)^ +godwit {verb} \[OPTIONS\]")
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80)


if __name__ == "__main__":
    unittest.main()
