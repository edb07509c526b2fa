"""Writes src/model/tokenizer/unicode_tables.cpp: the character categories as the `tokenizers` package sees them.

The package's answers are asked for, code point by code point, so that the tables hold whatever Unicode versions it was
built with (Oniguruma's for regular expressions, Rust's for digits and lower case, an older one for normalization).

    .venv/bin/python tests/references/make_unicode_tables.py
"""

import pathlib
import unicodedata

from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
# In the order of enum Category; cn comes first: what no table row names is unassigned.
CATEGORIES = "Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cs".split()
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "src/model/tokenizer/unicode_tables.cpp"


def matching(pattern):
    """The code points that Oniguruma, as the package uses it, matches with `pattern`."""
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return {c for c in CODE_POINTS if not split.pre_tokenize_str(chr(c))}


def runs(points):
    """[(first, last)] of a set of code points."""
    out = []
    for c in sorted(points):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def category_rows():
    """[(first code point, category index)]: each row holds until the next."""
    of = {}
    for index, name in enumerate(CATEGORIES):
        if name in ("Cn", "Cs"):
            continue
        for c in matching(r"\p{%s}" % name):
            assert c not in of, hex(c)
            of[c] = index
    rows = []
    for c in range(0x110000):
        index = CATEGORIES.index("Cs") if 0xD800 <= c <= 0xDFFF else of.get(c, 0)
        if not rows or rows[-1][1] != index:
            rows.append((c, index))
    return rows, of


def numeric_beyond(of):
    """What Rust calls numeric and Oniguruma does not: its Unicode version is newer."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    numeric = {c for c in CODE_POINTS if len(digits.pre_tokenize_str("a" + chr(c) + "a")) == 3}
    known = {c for c, index in of.items() if CATEGORIES[index][0] == "N"}
    assert not known - numeric
    return runs(numeric - known)


def newer_than_14(of, han):
    """[(first, last, stand-in)]: code points whose category is not that of Unicode 14, with an old code point of the
    same category, the same script (Han or not) and the same length in UTF-8: libraries of Unicode 14 are shown that."""
    assert unicodedata.unidata_version == "14.0.0", "this needs a Python with Unicode 14 (3.11)"

    def length(c):
        return len(chr(c).encode())

    old = {}
    for c in CODE_POINTS:
        index = of.get(c, 0)
        if unicodedata.category(chr(c)) == CATEGORIES[index] and c not in (0x345,):
            old.setdefault((index, length(c), c in han), c)
    out = []
    for c in CODE_POINTS:
        index = of.get(c, 0)
        if unicodedata.category(chr(c)) == CATEGORIES[index]:
            continue
        stand_in = old[(index, length(c), c in han)]
        if out and out[-1][1] == c - 1 and out[-1][2] == stand_in:
            out[-1][1] = c
        else:
            out.append([c, c, stand_in])
    return out


def lower_case():
    """[(first, last, step, difference)] for code points whose lower case is one code point; U+0130 is the other."""
    lower = normalizers.Lowercase()
    out = []
    for c in CODE_POINTS:
        to = lower.normalize_str(chr(c))
        if to == chr(c):
            continue
        if len(to) != 1:
            assert c == 0x130 and to == "i\u0307"
            continue
        difference = ord(to) - c
        last = out[-1] if out else None
        if last and last[3] == difference and last[0] == last[1] and c - last[1] in (1, 2):
            last[1], last[2] = c, c - last[1]
        elif last and last[3] == difference and c - last[1] == last[2]:
            last[1] = c
        else:
            out.append([c, c, 1, difference])
    return out


def normalization_active():
    """Code points that decompose or have a combining class in the Unicode version of the package's normalizer."""
    nfkd = normalizers.NFKD()
    probes = "\u0334\u0316\u0301\u0345"  # combining classes 1, 220, 230, 240
    active = set()
    for c in CODE_POINTS:
        ch = chr(c)
        if nfkd.normalize_str(ch) != ch:
            active.add(c)
            continue
        # A mark is one that some probe trades places with.
        for probe in probes:
            if nfkd.normalize_str("a" + ch + probe) != "a" + ch + probe or nfkd.normalize_str("a" + probe + ch) != "a" + probe + ch:
                active.add(c)
                break
    return runs(active)


def table(kind, name, rows):
    lines, line = [], " "
    for row in rows:
        cell = " {" + ", ".join(("0x%X" % v) if i < 2 or kind == "StandIn" else str(v) for i, v in enumerate(row)) + "},"
        if len(line) + len(cell) > 118:
            lines.append(line)
            line = " "
        line += cell
    lines.append(line)
    return f"const {kind} {name}[] = {{\n" + "\n".join(lines) + f"\n}};\nconst std::size_t {name}_size = std::size({name});\n"


def main():
    rows, of = category_rows()
    han = matching(r"\p{Han}")
    packed = [(first << 5 | index,) for first, index in rows]
    parts = [
        table("CategoryRow", "category_rows", packed),
        table("Run", "numeric_beyond", numeric_beyond(of)),
        table("StandIn", "newer_than_14", newer_than_14(of, han)),
        table("LowerRun", "lower_case", lower_case()),
        table("Run", "normalization_active", normalization_active()),
    ]
    OUTPUT.write_text(
        "// Generated by tests/references/make_unicode_tables.py from the tokenizers package: do not edit.\n"
        "// clang-format off\n"
        '#include "model/tokenizer/unicode_tables.h"\n\n#include <iterator>\n\nnamespace godwit::unicode {\n\n'
        + "\n".join(parts)
        + "\n}  // namespace godwit::unicode\n"
    )
    print(OUTPUT, OUTPUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
