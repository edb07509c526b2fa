"""The tables of docs/testing.md: what each part of ./test and ./test full proves."""
import re

from tools.files import ROOT
from tools.verify.parts import LONG, SHORT

PAGE = "docs/testing.md"


def table(parts) -> str:
    return "| part | what it proves |\n| --- | --- |\n" + "".join(f"| `{p.name}` | {p.proves} |\n" for p in parts)


def generate() -> dict[str, str]:
    text = (ROOT / PAGE).read_text()
    for mark, parts in (("short", SHORT), ("long", LONG)):
        text, count = re.subn(rf"(<!-- parts: {mark} -->\n).*?(<!-- end -->)",
                              lambda m, rows=table(parts): m[1] + rows + m[2], text, flags=re.DOTALL)
        if count != 1:
            raise SystemExit(f"{PAGE}: {count} places for the {mark} parts, expected one")
    return {PAGE: text}
