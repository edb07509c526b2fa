"""Writes src/model/tokenizer/unicode_tables.txt: the properties of characters as the `tokenizers` package sees them.

The package's answers are asked for, code point by code point, so that the tables hold whatever Unicode versions it was
built with (Oniguruma's for regular expressions, Rust's for digits and lower case, an older one for normalization).
src/model/tokenizer/generate_unicode_tables.py makes C++ of the file when the program is built.

    .venv/bin/python tests/references/make_unicode_tables.py
"""

import importlib.metadata
import pathlib
import textwrap
import unicodedata

from tokenizers import Regex, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co".split()
OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "src/model/tokenizer/unicode_tables.txt"
HEAD = """\
# Properties of characters as the Python package tokenizers {version} answers for every code point; what its Unicode
# versions know and others do not is in it on purpose. Written by tests/references/make_unicode_tables.py, made C++ by
# generate_unicode_tables.py beside this file.
#
# Below [name] stand its code points in rising order, hexadecimal: FIRST, FIRST-LAST, or FIRST-LAST/2 for every second
# one; >VALUE says what they have or become.
"""


def matching(pattern):
    """The code points that Oniguruma, as the package uses it, matches with `pattern`."""
    split = pre_tokenizers.Split(Regex(pattern), "removed")
    return {c for c in CODE_POINTS if not split.pre_tokenize_str(chr(c))}


def runs(points, value=lambda c: None):
    """[[first, last, step, value]] of code points: neighbours of one value, or every second one."""
    out = []
    for c in sorted(points):
        last = out[-1] if out else None
        if last and last[3] == value(c) and c - last[1] in ((1, 2) if last[0] == last[1] else (last[2],)):
            last[1], last[2] = c, c - last[1]
        else:
            out.append([c, c, 1, value(c)])
    return out


def categories():
    """The category of every code point that has one; surrogates cannot be asked for."""
    of = dict.fromkeys(range(0xD800, 0xE000), "Cs")
    for name in CATEGORIES:
        for c in matching(r"\p{%s}" % name):
            assert c not in of, hex(c)
            of[c] = name
    return of


def numeric_beyond(of):
    """What Rust calls numeric and Oniguruma does not: its Unicode version is newer."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    numeric = {c for c in CODE_POINTS if len(digits.pre_tokenize_str("a" + chr(c) + "a")) == 3}
    known = {c for c, name in of.items() if name[0] == "N"}
    assert not known - numeric
    return numeric - known


def newer_than_14(of, han):
    """{code point: stand-in} where the category is not that of Unicode 14: an old code point of the same category, the
    same script (Han or not) and the same length in UTF-8. Libraries of Unicode 14 are shown that."""
    assert unicodedata.unidata_version == "14.0.0", "this needs a Python with Unicode 14 (3.11)"

    def kind(c):
        return of.get(c, "Cn"), len(chr(c).encode()), c in han

    def is_old(c):
        return unicodedata.category(chr(c)) == of.get(c, "Cn")

    old = {}
    for c in CODE_POINTS:
        if is_old(c) and c not in (0x345,):
            old.setdefault(kind(c), c)
    return {c: old[kind(c)] for c in CODE_POINTS if not is_old(c)}


def lower_case():
    """{code point: difference} where the lower case is one other code point; U+0130 has two."""
    lower = normalizers.Lowercase()
    out = {}
    for c in CODE_POINTS:
        to = lower.normalize_str(chr(c))
        if len(to) != 1:
            assert c == 0x130 and to == "i\u0307"
        elif to != chr(c):
            out[c] = ord(to) - c
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
    return active


def section(name, rows, value=""):
    """Lines of the file; `value` is the format of what stands after >."""
    entries = []
    for first, last, step, of in rows:
        entry = f"{first:X}" + (f"-{last:X}" if last != first else "") + (f"/{step}" if step > 1 else "")
        entries.append(entry + (">" + format(of, value) if value else ""))
    return f"[{name}]\n" + textwrap.fill(" ".join(entries), 118, break_on_hyphens=False, break_long_words=False) + "\n"


def main():
    of = categories()
    newer = newer_than_14(of, matching(r"\p{Han}"))
    lower = lower_case()
    text = HEAD.format(version=importlib.metadata.version("tokenizers"))
    for name in (*CATEGORIES, "Cs"):
        text += section(name, runs(c for c in of if of[c] == name))
    text += "\n# Numeric for Rust, in no category N here.\n" + section("numeric_beyond", runs(numeric_beyond(of)))
    text += "\n# Category not that of Unicode 14; > a code point of the same kind that is.\n"
    text += section("newer_than_14", runs(newer, newer.get), "X")
    text += "\n# Lower case is one code point; > its distance.\n" + section("lower_case", runs(lower, lower.get), "+X")
    text += "\n# Decomposes, or has a combining class, in the package's normalizer.\n"
    text += section("normalization_active", runs(normalization_active()))
    OUTPUT.write_text(text)
    print(OUTPUT, OUTPUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
