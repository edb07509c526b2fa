"""The page's cells: what is simulated is marked so, what is quoted too, what was refused has its reason."""
import unittest

from bench.cards.page import model_table, page, refusals
from bench.cards.plan import Case, Row, as_strings, cases, from_strings


def row(**more) -> Row:
    return Row("llama2-7b", "u280", "w4g128", 128, 512, **more)


SIMULATED = row(tokens_per_second=119.5, ttft_ms=456.7, useful_bandwidth=0.9, bandwidth=0.91, multipliers=0.5,
                prefill_multipliers=0.8, watts=45.0, watts_low=30.0, watts_high=70.0, tokens_per_joule=2.6)  # fmt: skip


class CardsPage(unittest.TestCase):
    def test_cells_say_where_they_come_from(self) -> None:
        text = model_table({SIMULATED.case: SIMULATED}, "llama2-7b")
        self.assertTrue("120 s (457)" in text or "119 s (457)" in text)
        self.assertTrue("55 q" in text and "FlightLLM, u280" in text)
        self.assertTrue("103.5 q (290)" in text)

    def test_refusals_are_listed_once(self) -> None:
        refused = row(refused="the model takes 300 MiB")
        text = refusals({refused.case: refused})
        self.assertEqual(text, "- llama2-7b on u280: w4g128 at 128:512: the model takes 300 MiB")

    def test_rows_survive_the_file(self) -> None:
        names = [f for f in Row.__dataclass_fields__]
        again = from_strings(dict(zip(names, as_strings(SIMULATED))))
        self.assertEqual(again, SIMULATED)
        refused = row(refused="why, then")
        self.assertEqual(from_strings(dict(zip(names, as_strings(refused)))), refused)

    def test_every_case_is_planned_once(self) -> None:
        planned = cases()
        self.assertEqual(len(planned), len(set(planned)))
        self.assertEqual(len(planned), 5 * 8 * 3 * 6)
        self.assertTrue(Case("llama2-7b", "u280", "w4g128", 128, 128) in planned)

    def test_the_page_has_every_model(self) -> None:
        text = page({SIMULATED.case: SIMULATED})
        for model in ("distilgpt2", "gpt2-medium", "opt-1.3b", "opt-6.7b", "llama2-7b"):
            self.assertTrue(f"## {model}" in text)


if __name__ == "__main__":
    unittest.main()
