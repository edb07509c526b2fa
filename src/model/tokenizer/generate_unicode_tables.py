#!/usr/bin/env python3
"""Makes unicode_tables.cpp of unicode_tables.txt when the program is built (Python 3.11, standard library only).

    generate_unicode_tables.py unicode_tables.txt OUTPUT

The form of the data is said at its head, the tables in unicode_tables.h.
"""
import pathlib
import re
import sys

CODE_POINTS = 0x110000
ENTRY = re.compile(r"(?P<first>[0-9A-F]+)(-(?P<last>[0-9A-F]+)(/(?P<step>2))?)?(>(?P<value>[+-]?[0-9A-F]+))?")
# Sections beside the categories: the type of the table, and how the value of an entry is to be read (None: it has none).
TABLES = {"numeric_beyond": ("Run", None), "newer_than_14": ("StandIn", "unsigned"), "lower_case": ("LowerRun", "signed"),
          "normalization_active": ("Run", None)}


def parse(text: str) -> dict[str, list[tuple[int, int, int, int | None]]]:
    """(first, last, step, value) of every entry by section; refuses what is malformed or not in rising order."""
    sections: dict[str, list] = {}
    entries: list = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        for word in line.split():
            if word.startswith("["):
                entries = sections[word.strip("[]")] = []
                continue
            match = ENTRY.fullmatch(word)
            if not match:
                sys.exit(f"unicode_tables.txt:{number}: '{word}'; expected FIRST[-LAST[/2]][>VALUE], hexadecimal")
            first, step = int(match["first"], 16), int(match["step"] or 1)
            last = int(match["last"] or match["first"], 16)
            after = entries[-1][1] + 1 if entries else 0
            if not after <= first <= last < CODE_POINTS or (last - first) % step:
                sys.exit(f"unicode_tables.txt:{number}: '{word}'; expected code points in rising order, {after:X} or above")
            entries.append((first, last, step, int(match["value"], 16) if match["value"] else None))
    return sections


def single_runs(entries):
    """(first, last, value) without steps."""
    for first, last, step, value in entries:
        yield from ((c, c, value) for c in range(first, last + 1, step)) if step > 1 else ((first, last, value),)


def category_rows(sections) -> list[str]:
    """Rows {first, category} over all code points; what no category names is cn."""
    runs = sorted((first, last, name.lower()) for name, entries in sections.items() for first, last, _ in single_runs(entries))
    rows, after = [], 0
    for first, last, name in runs:
        if first < after:
            sys.exit(f"unicode_tables.txt: {first:X} has two categories")
        if first > after:
            rows.append((after, "cn"))
        rows.append((first, name))
        after = last + 1
    if after < CODE_POINTS:
        rows.append((after, "cn"))
    merged = [row for before, row in zip([(0, ""), *rows], rows) if before[1] != row[1]]
    return [f"{{0x{first:X}, Category::{name}}}" for first, name in merged]


def table_rows(name: str, entries) -> list[str]:
    kind, value_form = TABLES[name]
    if any((value is None) != (value_form is None) for *_, value in entries):
        sys.exit(f"unicode_tables.txt: [{name}]: expected {'no' if value_form is None else 'a'} value in every entry")
    if kind == "LowerRun":
        return [f"{{0x{first:X}, 0x{last:X}, {step}, {value}}}" for first, last, step, value in entries]
    return [f"{{0x{first:X}, 0x{last:X}" + ("" if value is None else f", 0x{value:X}") + "}"
            for first, last, value in single_runs(entries)]


def table(kind: str, name: str, rows: list[str]) -> str:
    return (f"const {kind} {name}[] = {{\n" + "".join(f"    {row},\n" for row in rows)
            + f"}};\nconst std::size_t {name}_size = std::size({name});\n\n")


def source(text: str) -> str:
    sections = parse(text)
    missing = [name for name in TABLES if name not in sections]
    if missing:
        sys.exit(f"unicode_tables.txt: has no [{missing[0]}]")
    of_table = {name: sections.pop(name) for name in TABLES}
    out = ('// Made from unicode_tables.txt by generate_unicode_tables.py; edit those.\n'
           '#include "model/tokenizer/unicode_tables.h"\n\n#include <iterator>\n\nnamespace godwit::unicode {\n\n')
    out += table("CategoryRow", "category_rows", category_rows(sections))
    for name, entries in of_table.items():
        out += table(TABLES[name][0], name, table_rows(name, entries))
    return out + "}  // namespace godwit::unicode\n"


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(source(pathlib.Path(sys.argv[1]).read_text()))
