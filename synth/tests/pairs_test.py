"""Which tables share one: never more than five inputs between them, nothing unrelated, each table once."""
import unittest

from synth.pairs import pairs_among, small_tables


def tables(*inputs: str) -> list[frozenset[int]]:
    return [frozenset(map(ord, word)) for word in inputs]


def table(inputs: str, output: str) -> dict:
    connections = {f"I{i}": [ord(c) if c.isalpha() else c] for i, c in enumerate(inputs)}
    return {"type": f"LUT{len(inputs)}", "connections": {**connections, "O": [ord(output)]},
            "port_directions": {**dict.fromkeys(connections, "input"), "O": "output"}}


class Pairs(unittest.TestCase):
    def test_five_inputs_between_them(self) -> None:
        self.assertEqual(pairs_among(tables("abcde", "abcde")), 1)
        self.assertEqual(pairs_among(tables("abcde", "ab")), 1)
        self.assertEqual(pairs_among(tables("abs", "cds")), 1)  # bits of a choice between two words
        self.assertEqual(pairs_among(tables("abcs", "abds")), 1)
        self.assertEqual(pairs_among(tables("abcs", "deas")), 0)  # six
        self.assertEqual(pairs_among(tables("abcde", "abcdf")), 0)

    def test_nothing_unrelated(self) -> None:
        self.assertEqual(pairs_among(tables("ab", "cd")), 0)
        self.assertEqual(pairs_among([]), 0)

    def test_each_once(self) -> None:
        self.assertEqual(pairs_among(tables("abs", "cds", "efs")), 1)
        self.assertEqual(pairs_among(tables(*("abs", "cds", "efs", "ghs") * 4)), 8)

    def test_those_with_most_in_common_first(self) -> None:
        # "as" with "bs" would leave two of four inputs that fit nothing but each other's twin
        self.assertEqual(pairs_among(tables("abcd", "as", "abcd", "bs")), 2)

    def test_larger_ones_find_what_is_small_enough(self) -> None:
        self.assertEqual(pairs_among(tables("abcs", "des", "fs", "ghs")), 2)  # four with two, three with three

    def test_only_tables_of_five_that_feed_nothing_behind_tables(self) -> None:
        cells = {"$1": table("abcdef", "A"), "$2": table("ab", "B"), "$3": table("a1c", "C"), "$4": table("ab", "D"),
                 "$5": {"type": "MUXF7", "connections": {"I0": [ord("B")], "I1": [ord("A")], "S": [ord("s")], "O": [ord("z")]},
                        "port_directions": {"I0": "input", "I1": "input", "S": "input", "O": "output"}},
                 "$6": {"type": "FDRE", "connections": {"D": [ord("D")]}, "port_directions": {"D": "input"}}}
        self.assertEqual(small_tables(cells), tables("ac", "ab"))


if __name__ == "__main__":
    unittest.main()
