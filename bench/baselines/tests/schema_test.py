"""Rows survive the CSV, foreign files are refused, and bench/schema.md says what the dataclass says."""

import dataclasses
import tempfile
import unittest
from pathlib import Path

from bench.baselines import schema
from bench.baselines.schema import Row, append_rows, read_rows

ROW = Row(date="2026-01-02T03:04:05Z", cpu="a, quoted \"CPU\"", cores=2, engine="llama.cpp", precision="f32", model="m",
          prompt=32, generate=32, repeats=10, ms_per_token_median=20.125, command="x --y 1,2")  # fmt: skip


class SchemaTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "new" / "r.csv"

    def test_rows_come_back_and_nothing_is_an_empty_cell(self) -> None:
        append_rows(self.path, [ROW])
        append_rows(self.path, [dataclasses.replace(ROW, threads=2)])
        self.assertEqual(read_rows(self.path), [ROW, dataclasses.replace(ROW, threads=2)])
        self.assertIsNone(read_rows(self.path)[0].energy_j_per_token)
        self.assertEqual(self.path.read_text().count("date,cpu"), 1)

    def test_no_file_is_no_rows(self) -> None:
        self.assertEqual(read_rows(self.path), [])

    def test_a_file_of_other_columns_is_never_appended_to(self) -> None:
        self.path.parent.mkdir()
        self.path.write_text("date,ms\n2026,1\n")
        with self.assertRaisesRegex(ValueError, "schema.md"):
            append_rows(self.path, [ROW])
        self.assertEqual(self.path.read_text(), "date,ms\n2026,1\n")

    def test_a_file_from_before_a_column_gains_it(self) -> None:
        self.path.parent.mkdir()
        self.path.write_text("date,engine,threads,ttft_ms_mean\n2026,godwit,2,1.5\n")
        append_rows(self.path, [ROW])
        self.assertEqual(read_rows(self.path), [Row(date="2026", engine="godwit", threads=2, ttft_ms_mean=1.5), ROW])

    def test_every_column_has_a_unit_and_a_meaning(self) -> None:
        for field in dataclasses.fields(Row):
            self.assertTrue(field.metadata["unit"] and field.metadata["meaning"], field.name)
            self.assertIn(field.type, (str, int, float | None), field.name)

    def test_the_page_is_the_dataclass(self) -> None:
        self.assertEqual(schema.PAGE.read_text(), schema.page(), "python -m bench.baselines.schema writes it")

    def test_key_is_configuration_and_versions_not_results(self) -> None:
        self.assertEqual(ROW.key(), dataclasses.replace(ROW, date="", ms_per_token_median=1.0, repeats=3).key())
        for change in ({"threads": 2}, {"engine_version": "9"}, {"weights": "ab"}, {"cpu": "other"}, {"how": "quoted"}):
            self.assertNotEqual(ROW.key(), dataclasses.replace(ROW, **change).key(), change)

    def test_a_commit_matters_to_godwit_alone(self) -> None:
        other = dataclasses.replace(ROW, godwit_commit="abc")
        self.assertEqual(ROW.key(), other.key())
        self.assertNotEqual(dataclasses.replace(ROW, engine="godwit").key(),
                            dataclasses.replace(other, engine="godwit").key())  # fmt: skip


if __name__ == "__main__":
    unittest.main()
