#!/usr/bin/env python3
"""Print the King James text of Debian's bible-kjv as plain text: a verse a line.

Usage: python models/train/kjv_text.py > kjv.txt

Needs the Debian packages bible-kjv and bible-kjv-text (the text is in the public domain). Verse numbers are
dropped. Chapters are separated by one empty line, books by two; train.py reads two empty lines as the border of a
document.
"""
import re
import subprocess
import sys

VERSE = re.compile(r"^(?P<book>\d?[A-Za-z]+)(?P<chapter>\d+):(?P<verse>\d+) (?P<text>.*)$")


def verses(printed: str):
    """Yield (book, chapter, text) from what `bible -f` prints between its greeting and its farewell."""
    body = printed[printed.index("> gen1:1-rev22:21") :] if "> gen1:1-rev22:21" in printed else printed
    for line in body.splitlines():
        if match := VERSE.match(line):
            yield match["book"], int(match["chapter"]), match["text"].strip()


def main() -> None:
    printed = subprocess.run(
        ["bible", "-f"], input="gen1:1-rev22:21\n", capture_output=True, text=True, check=True
    ).stdout
    place, out = None, []
    for book, chapter, text in verses(printed):
        if place is not None and place != (book, chapter):
            out.append("\n" if place[0] == book else "\n\n")
        place = (book, chapter)
        out.append(text + "\n")
    if len(out) < 31102:
        sys.exit(f"kjv_text: {len(out)} lines, expected 31,102 verses and more; is bible-kjv-text installed?")
    sys.stdout.write("".join(out))


if __name__ == "__main__":
    main()
