import unittest

from tools.checks import korean
from tools.generate import korean_tables

ENGLISH = """# Title

Three slices read 1,024 bytes at 0.27 GB/s, `--card u280` says so.

```sh run
godwit cards   # all of them
```

## Rest

```sh
./test
```
"""
KOREAN = """# 제목

slice 3개가 `--card u280`에서 1024 바이트를 0.27 GB/s로 읽는다.

```sh run
godwit cards   # 모두
```

## 나머지
"""


class Problems(unittest.TestCase):
    def found(self, old: str, new: str, whole: bool = True) -> list[str]:
        self.assertIn(old, KOREAN)
        return korean.problems(KOREAN.replace(old, new), ENGLISH, whole)

    def test_a_faithful_page_has_none(self):
        self.assertEqual(korean.problems(KOREAN, ENGLISH, True), [])

    def test_every_kind_of_drift_is_one(self):
        for old, new in (("0.27", "0.28"), ("1024", "1,025"), ("3개", "4개"), ("--card u280", "--cards u280"), ("## 나머지\n", ""),
                         ("## 나머지", "### 나머지"), ("godwit cards ", "godwit card "), ("```sh run", "```sh"),
                         ("```sh run\ngodwit cards   # 모두\n```\n", "")):
            self.assertEqual(len(self.found(old, new)), 2 if old in ("godwit cards ", "```sh run") else 1, (old, new))

    def test_a_part_may_leave_out_but_not_add(self):
        self.assertEqual(self.found("## 나머지\n", "", False), [])
        self.assertEqual(self.found("```sh run\ngodwit cards   # 모두\n```\n", "", False), [])
        self.assertEqual(len(self.found("0.27", "0.28", False)), 1)

    def test_what_is_copied_or_a_link_is_not_held(self):
        text = KOREAN + "<!-- table of: a.md b -->\n| 99 |\n<!-- end -->\n[그림](../image-77.svg)\n"
        self.assertEqual(korean.problems(text, ENGLISH, True), [])

    def test_each_block_is_one(self):
        self.assertEqual([kind for kind, _ in korean.blocks(ENGLISH)], ["sh run", "sh"])


class Tables(unittest.TestCase):
    PAGE = "# A\n\n| x | y |\n| --- | ---: |\n| [u](v.md) | [w](#t) |\n\n<!-- mark: of it -->\n| z |\n| --- |\n| [1](https://a.b) |\n"

    def filled(self, where: str, own: str = "") -> str:
        return korean_tables.filled(f"<!-- table of: p.md {where} -->\n{own}<!-- end -->\n", {"p.md": self.PAGE})

    def test_a_table_comes_with_its_links_from_here(self):
        self.assertEqual(self.filled("a"), "<!-- table of: p.md a -->\n| x | y |\n| --- | ---: |\n| [u](../v.md) | [w](../p.md#t) |\n<!-- end -->\n")

    def test_behind_a_mark_or_further_on(self):
        for where in ("mark: of it", "a +1"):
            self.assertIn("| z |\n| --- |\n| [1](https://a.b) |\n<!-- end -->", self.filled(where))

    def test_the_head_stays_where_it_fits(self):
        self.assertIn("| 가 | 나 |\n| --- | ---: |", self.filled("a", "| 가 | 나 |\n"))
        self.assertIn("| x | y |\n", self.filled("a", "| 가 |\n"))

    def test_what_is_not_there_stops(self):
        for where in ("b", "a +2", "mark"):
            with self.assertRaises(SystemExit):
                self.filled(where)

    def test_filling_again_changes_nothing(self):
        once = self.filled("a", "| 가 | 나 |\n")
        self.assertEqual(korean_tables.filled(once, {"p.md": self.PAGE}), once)


if __name__ == "__main__":
    unittest.main()
