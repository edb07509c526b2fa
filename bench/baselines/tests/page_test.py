"""The tables of docs/baselines.md."""

import dataclasses
import unittest

from bench.baselines import page
from bench.baselines.schema import Row

LLAMA = Row(date="2026-01-02T03:04:05Z", cpu="CPU", cores=2, memory_gib=8, os="OS", engine="llama.cpp", engine_version="l 1",
            model="distilgpt2", weights="abc", precision="f32", device="cpu", prompt=32, generate=32, repeats=10,
            ttft_ms_median=50.0, ttft_ms_std=1.0, ttft_ratio_median=1.0, ms_per_token_median=20.0, ms_per_token_std=0.5,
            tokens_per_second_median=50.0, ms_per_token_ratio_median=1.0, logit_error=0.0004, other_load=0.01)  # fmt: skip
GODWIT = dataclasses.replace(LLAMA, engine="godwit", precision="fp32", device="fp32", engine_version="g 1", logit_error=None,
                             godwit_commit="c0ffee", ms_per_token_median=18.0, ms_per_token_ratio_median=0.9)  # fmt: skip


class PageTest(unittest.TestCase):
    def test_numbers_keep_three_digits_and_nothing_stays_nothing(self) -> None:
        self.assertEqual([page.number(v) for v in (1234.5, 123.4, 12.34, 1.234, 0.1234, None)],
                         ["1234", "123", "12.3", "1.23", "0.12", ""])  # fmt: skip

    def test_the_latest_row_of_a_configuration_counts(self) -> None:
        newer = dataclasses.replace(GODWIT, godwit_commit="beef", ms_per_token_median=9.0)
        self.assertEqual(page.latest([GODWIT, LLAMA, newer]), [LLAMA, newer])

    def test_a_line_an_engine_a_column_a_configuration(self) -> None:
        rows = [LLAMA, GODWIT, dataclasses.replace(LLAMA, threads=2, ms_per_token_median=11.0)]
        got = page.by_engine(rows, lambda r: page.number(r.ms_per_token_median)).splitlines()
        self.assertEqual(got[0], "| engine | 32/32, 1 thr. | 32/32, 2 thr. |")
        self.assertEqual(got[2:], ["| llama.cpp f32 | 20.0 | 11.0 |", "| godwit fp32 | 18.0 |  |"])

    def test_cell_with_spread_and_ratio(self) -> None:
        self.assertEqual(page.with_spread(18.0, 0.5, 0.9), "18.0 ± 0.50 (0.90×)")
        self.assertEqual(page.with_spread(18.0, None, None), "18.0")

    def test_circumstances_tell_noise_versions_and_missing_energy(self) -> None:
        got = page.circumstances([LLAMA, dataclasses.replace(GODWIT, other_load=0.4)])
        self.assertIn("at most 40%", got)
        self.assertIn("1 of 2 rows", got)
        self.assertIn("l 1; g 1 (c0ffee)", got)
        self.assertIn("no counter is readable", got)

    def test_energy_has_a_table_only_where_it_was_read(self) -> None:
        self.assertNotIn("Joules", page.render([LLAMA], [], []))
        self.assertIn("Joules", page.render([dataclasses.replace(LLAMA, energy_j_per_token=0.5)], [], []))

    def test_a_page_without_measurements_says_so(self) -> None:
        self.assertIn("No measurement of the CPU is recorded yet.", page.render([], [], []))
        self.assertNotIn("On a GPU", page.render([LLAMA], [], []))

    def test_a_gpu_has_its_own_part_whether_the_cpu_was_measured_or_not(self) -> None:
        gpu = dataclasses.replace(LLAMA, engine="pytorch", precision="fp16", device="cuda", card="GPU, driver 1", threads=1,
                                  ms_per_token_ratio_median=None, ttft_ratio_median=None)  # fmt: skip
        for cpu in ([], [LLAMA]):
            got = page.render(cpu, [gpu], []).partition("## On a GPU")[2]
            self.assertIn("- Machine: GPU, driver 1, in CPU, 2 cores, 8 GiB; OS.", got)
            self.assertIn("| engine | 32/32 |\n| --- | ---: |\n| pytorch fp16 on the GPU | 20.0 ± 0.50 |", got)
            self.assertNotIn("ratio", got.partition("## How")[0])

    def test_footprint_names_command_model_and_file(self) -> None:
        row = dataclasses.replace(GODWIT, prompt=1, generate=1, load_ms_median=12.0, peak_memory_mib=345.0)
        self.assertIn("| `godwit run -n 1`, DistilGPT2 shape, fp32 | 12.0 | 345 |", page.footprint_part([row]))

    def test_the_page_is_made_from_the_results(self) -> None:
        self.assertEqual(page.PAGE.read_text(), page.text(), "python -m bench.baselines.page writes it")


if __name__ == "__main__":
    unittest.main()
