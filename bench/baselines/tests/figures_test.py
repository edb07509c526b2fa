"""Means, spreads, ratios round by round, and what stays empty."""

import unittest

from bench.baselines.figures import Sample, figures, median_ratio, summarise


def sample(ttft: float, decode: float, energy: float | None = None) -> Sample:
    return Sample(ttft, decode, (1, 2, 3, 4, 5), energy)


class FiguresTest(unittest.TestCase):
    def test_summary_of_known_values(self) -> None:
        got = summarise([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])
        self.assertEqual((got.mean, got.median), (5.0, 4.5))
        self.assertAlmostEqual(got.std, (32 / 7) ** 0.5)

    def test_one_value_has_no_spread(self) -> None:
        self.assertIsNone(summarise([3.0]).std)

    def test_ratio_is_taken_within_a_round(self) -> None:
        # the machine is four times slower in the last round: medians of the times would give 24/20 and not 0.5
        self.assertEqual(median_ratio([5.0, 10.0, 24.0], [10.0, 20.0, 96.0]), 0.5)

    def test_ratio_needs_the_same_rounds(self) -> None:
        with self.assertRaises(ValueError):
            median_ratio([1.0, 2.0], [1.0])

    def test_first_token_is_no_part_of_ms_per_token(self) -> None:
        self.assertEqual(sample(100.0, 8.0).ms_per_token, 2.0)
        with self.assertRaises(ValueError):
            _ = Sample(1.0, 0.0, (7,)).ms_per_token

    def test_figures(self) -> None:
        got = figures([sample(10, 8, 2.0), sample(12, 16, 6.0), sample(11, 8, 1.0)], [sample(20, 16)] * 3)
        self.assertEqual((got["ttft_ms_median"], got["ms_per_token_median"]), (11, 2.0))
        self.assertEqual(got["tokens_per_second_median"], 500.0)
        self.assertEqual((got["ttft_ratio_median"], got["ms_per_token_ratio_median"]), (0.55, 0.5))
        self.assertEqual(got["energy_j_per_token"], 0.75)

    def test_unreadable_energy_and_absent_reference_stay_empty(self) -> None:
        got = figures([sample(10, 8, 2.0), sample(12, 16, None)], None)
        for name in ("energy_j_per_token", "ttft_ratio_median", "ms_per_token_ratio_median"):
            self.assertIsNone(got[name], name)


if __name__ == "__main__":
    unittest.main()
