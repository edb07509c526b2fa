"""The page's cells: what is simulated is marked so, what is quoted too, what was refused has its reason."""

from bench.cards.page import model_table, page, refusals
from bench.cards.plan import Case, Row, as_strings, cases, from_strings


def row(**more) -> Row:
    return Row("llama2-7b", "u280", "w4g128", 128, 512, **more)


SIMULATED = row(tokens_per_second=119.5, ttft_ms=456.7, useful_bandwidth=0.9, bandwidth=0.91, multipliers=0.5,
                prefill_multipliers=0.8, watts=45.0, watts_low=30.0, watts_high=70.0, tokens_per_joule=2.6)  # fmt: skip


def test_cells_say_where_they_come_from():
    text = model_table({SIMULATED.case: SIMULATED}, "llama2-7b")
    assert "120 s (457)" in text or "119 s (457)" in text
    assert "55 q" in text and "FlightLLM, u280" in text
    assert "103.5 q (290)" in text


def test_refusals_are_listed_once():
    refused = row(refused="the model takes 300 MiB")
    text = refusals({refused.case: refused})
    assert text == "- llama2-7b on u280: w4g128 at 128:512: the model takes 300 MiB"


def test_rows_survive_the_file():
    names = [f for f in Row.__dataclass_fields__]
    again = from_strings(dict(zip(names, as_strings(SIMULATED))))
    assert again == SIMULATED
    refused = row(refused="why, then")
    assert from_strings(dict(zip(names, as_strings(refused)))) == refused


def test_every_case_is_planned_once():
    planned = cases()
    assert len(planned) == len(set(planned)) == 5 * 7 * 3 * 6
    assert Case("llama2-7b", "u280", "w4g128", 128, 128) in planned


def test_the_page_has_every_model():
    text = page({SIMULATED.case: SIMULATED})
    for model in ("distilgpt2", "gpt2-medium", "opt-1.3b", "opt-6.7b", "llama2-7b"):
        assert f"## {model}" in text
