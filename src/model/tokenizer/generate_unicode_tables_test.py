"""What the generator makes of its data, and which mistakes in it are refused."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate_unicode_tables as generator  # noqa: E402

DATA = (HERE / "unicode_tables.txt").read_text()
MISTAKES = (
    ("41-5A", "41-5G", "'41-5G'; expected FIRST"),
    ("41-5A", "5A-41", "'5A-41'; expected code points in rising order"),
    ("41-5A", "41-5A/2", "expected code points in rising order"),
    ("41-5A C0-D6", "C0-D6 41-5A", "expected code points in rising order, D7 or above"),
    ("41-5A", "41-61", "5B has two categories"),
    ("[numeric_beyond]", "[numeric]", "has no [numeric_beyond]"),
    ("[lower_case]\n41-5A>+20", "[lower_case]\n41-5A", "[lower_case]: expected a value in every entry"),
)


class Generator(unittest.TestCase):
    def test_rows_hold_until_the_next(self):
        rows = generator.category_rows(generator.parse("[Lu]\n41-42 44-46/2\n[Ll]\n43"))
        self.assertEqual(rows, ["{0x0, Category::cn}", "{0x41, Category::lu}", "{0x43, Category::ll}", "{0x44, Category::lu}",
                                "{0x45, Category::cn}", "{0x46, Category::lu}", "{0x47, Category::cn}"])

    def test_mistakes_are_refused(self):
        for old, new, expected in MISTAKES:
            with self.subTest(new=new):
                self.assertIn(old, DATA)
                with self.assertRaises(SystemExit) as caught:
                    generator.source(DATA.replace(old, new, 1))
                self.assertIn(expected, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
