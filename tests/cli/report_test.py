#!/usr/bin/env python3
"""report: the files that it writes, that they need no others, that every figure has its kind and command, what it refuses."""
import json
import re
import sys
import unittest
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from cli_case import CliTest  # noqa: E402

KINDS = {"measured", "simulated", "estimated", "quoted"}
VOID = {"meta", "br", "hr"}


class Balance(HTMLParser):
    """Fails on a tag that is closed and not open; `open` is empty after a whole page."""

    def __init__(self):
        super().__init__()
        self.open, self.faults = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append((tag, self.getpos()))


def figures(value, path=""):
    """Every object that holds a value, with its path."""
    if isinstance(value, dict):
        if "value" in value:
            yield path, value
        for key, inner in value.items():
            yield from figures(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from figures(inner, f"{path}/{i}")


class Report(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.out = Path(cls.folder.name) / "page"
        cls.text = Path(cls.folder.name) / "text.txt"
        cls.text.write_text("In the beginning was the word. " * 20)

    def report(self, *arguments, model=None):
        return self.ask("report", model or self.model, "-o", self.out, *arguments)

    def page(self):
        return (self.out / "report.html").read_text()

    def record(self):
        return json.loads((self.out / "report.json").read_text())

    def test_everything_about_a_model(self):
        got = self.report("--card", "nano", "-p", "a<b> & |c|", "-n", 8, "--prompt", 16, "--generate", 8, "-f", self.text, "--max-tokens", 200)
        self.assertEqual([Path(f).name for f in got["files"]], ["report.html", "report.md", "report.json"])
        for file in got["files"]:
            self.assertGreater(Path(file).stat().st_size, 1000)
        page = self.page()
        parser = Balance()
        parser.feed(page)
        self.assertEqual((parser.open, parser.faults), ([], []))
        self.assertIn("a&lt;b&gt; &amp; |c|", page)
        self.assertNotRegex(page, r"<(link|script|img|iframe)|src=|url\(|@import")
        self.assertGreater(len(page), 20_000)
        self.assertGreaterEqual(page.count("<svg"), 6)
        r = self.record()
        self.assertEqual((r["card"], r["sample"]["tokens"]), ("nano", 8))
        self.assertAlmostEqual(r["quality"]["perplexity"]["value"] / r["quality"]["perplexity_fp32"]["value"], 1, delta=0.02)
        self.assertEqual(len(r["quality"]["layers"]), 2)
        self.assertGreater(r["traffic"]["parts"]["weights"], 0)

    def test_every_figure_has_a_kind_and_a_command(self):
        self.report("--prompt", 16, "--generate", 8, "-n", 4, "-f", self.text, "--max-tokens", 100)
        found = list(figures(self.record()))
        self.assertGreater(len(found), 20)
        for path, figure in found:
            if figure["value"] is None:
                continue
            self.assertIn(figure["kind"], KINDS, path)
            self.assertGreater(len(figure["source"]), 10, path)
        for number in re.findall(r'href="#(source-\d+)"', self.page()):
            self.assertIn(f'id="{number}"', self.page())

    def test_the_sample_is_what_run_writes(self):
        self.report("--prompt", 4, "--generate", 4, "-p", "Hello", "-n", 12)
        wanted = self.greedy("-p", "Hello", "-n", 12)["text"]
        self.assertEqual(self.record()["sample"]["text"], wanted)

    def test_a_shape_has_no_text(self):
        self.report("--card", "u280", "--prompt", 32, "--generate", 8, model="shape:distilgpt2")
        r = self.record()
        self.assertIn("shape without weights", r["sample"]["missing"])
        self.assertIn("shape without weights", r["quality"]["missing"])
        self.assertIn("shape without weights", self.page())
        self.assertTrue(any(t["target"]["value"] == 4500 for t in r["targets"]))

    def test_an_artefact(self):
        artefact = Path(self.folder.name) / "tiny.godwit"
        self.good("compile", self.model, "-o", artefact, "--context", 64)
        self.report("--prompt", 16, "--generate", 8, "-n", 4, model=artefact)
        self.assertIn("no weights in fp32", self.record()["quality"]["missing"])
        self.refused("report", artefact, "-o", self.out, "--prompt", 4, "--generate", 4, "--card", "u280", says="compiled already")

    def test_it_refuses(self):
        self.refused("report", self.model, says="--output")
        self.refused("report", "/no/such/model", "-o", self.out, says="/no/such/model")
        self.refused("report", self.model, "-o", self.out, "--card", "no-such-card", says="no-such-card")
        self.refused("report", "embedded", "-o", self.out, "--prompt", 100_000, says="at most")
        self.refused("report", self.model, "-o", self.text, "--prompt", 4, "--generate", 4, says="folder")
        self.refused("report", self.model, "-o", self.out, "--prompt", 0, says="--prompt")


if __name__ == "__main__":
    unittest.main()
