"""The tables of docs/compression.md, from rows made up here, and the settings that the benchmark goes through."""
import unittest

from bench import compression as bench
from tools.generate import compression as page


def row(scheme: str, size: int, increase: float, kl: float, method: str = "gptq", model: str = "embedded") -> dict:
    setting = scheme if scheme.startswith("--") else f"--scheme {scheme}"
    return {"model": model, "setting": setting, "method": method, "mean_bits": "4.000", "density": "1.0000", "bytes": str(size),
            "increase": f"{increase:.2f}", "kl": f"{kl:.5f}", "u280_tokens_per_second": "100.0", "kv260_tokens_per_second": "10.0"}


class Page(unittest.TestCase):
    def test_a_scheme_is_taken_apart(self):
        self.assertEqual(page.form(row("w4g32s6-n8 --rotate", 1, 0, 0)), {"bits": "4", "group": "32", "step": "6", "pattern": "n8"})
        self.assertEqual(page.options(row("w3.5 --rotate --sequential", 1, 0, 0)), "--rotate --sequential")
        for setting, method in bench.settings(False) + bench.settings(True):
            if page.is_plain({"setting": setting}):
                self.assertIsNotNone(page.SCHEME.match(page.scheme({"setting": setting})), setting)
            self.assertIn(method, page.METHODS)

    def test_no_setting_is_measured_twice(self):
        for large in (False, True):
            self.assertEqual(len(set(bench.settings(large))), len(bench.settings(large)))

    def test_every_kind_of_row_has_a_colour(self):
        for setting, method in bench.settings(False):
            for way in (method, f"trained, {method}"):
                if way in page.METHODS:
                    self.assertIn(page.kind({"setting": setting, "method": way}), page.COLOURS)

    def test_a_budget_counts_the_larger_harm(self):
        lucky, honest = row("w3", 50, 0.1, 0.2), row("w4", 100, 0.9, 0.005)
        self.assertIn("`--scheme w4 --method gptq` | 100", page.best([lucky, honest]).splitlines()[2])

    def test_bits_of_steps_are_counted_a_group(self):
        wide = [row("w4g32", 1200, 0, 0.1), row("w4", 1000, 0, 0.2)]  # 20 bits more for each of the groups of 32
        self.assertEqual(page.bits_of_groups(wide), 10)
        lines = page.steps([wide[1], row("w4s4", 1000, 1, 0.3)], 10).splitlines()
        self.assertIn("| `w4s4` | 4 | 6 | 900 | 10.0 % |", lines[3])

    def test_patterns_stand_beside_dense_codes_of_no_more_bytes(self):
        rows = [row("w4-4:2", 100, 9, 0.4), row("w4-n8", 100, 5, 0.3), row("w3", 101, 1, 0.05), row("w2", 90, 20, 0.5),
                row("w4-n8", 100, 2, 0.1, "trained, gptq"), row("w4-4:2", 100, 2, 0.2, "trained, gptq")]
        lines = page.rivals(rows).splitlines()[2:]
        self.assertEqual(len(lines), 2)
        self.assertIn("| w4 | trained on | 0.5 | 100 | 0.20000 | - | 0.10000 | - | - | 0.50000 (`w2`) |", lines)
        self.assertIn("| w4 | calibrated | 0.5 | 100 | 0.40000 | - | 0.30000 | - | - | 0.50000 (`w2`) |", lines)

    def test_in_sequence_stands_beside_all_at_once(self):
        text = page.in_sequence([row("w4 --rotate", 1, 1, 0.1), row("w4 --rotate --sequential", 1, 2, 0.2), row("w3 --sequential", 1, 1, 1)])
        self.assertIn("| `w4 --rotate` | +1.00 % | 0.10000 | +2.00 % | 0.20000 |", text)
        self.assertNotIn("w3", text)


if __name__ == "__main__":
    unittest.main()
