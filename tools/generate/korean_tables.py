"""Tables of docs/ko that are not translated but taken from the English page: between `<!-- table of: PAGE.md SELECTOR -->` and
`<!-- end -->` stands the first table behind SELECTOR in docs/PAGE.md, a heading's anchor or a mark's text (`SELECTOR +N`: N tables
further on). The head is the Korean page's own where it has as many cells."""
import pathlib
import re

from tools.checks.links import anchor
from tools.files import ROOT, ours

KOREAN = "docs/ko/*.md"
REGION = re.compile(r"(<!-- table of: (?P<page>\S+\.md) (?P<where>.+?)(?: \+(?P<skip>\d+))? -->\n)(?P<old>.*?)<!-- end -->", re.DOTALL)
TABLE = re.compile(r"^\|.*\n\|[ :|-]+\|\n(?:\|.*\n)*", re.MULTILINE)
LINK = re.compile(r"\]\((?!https:)([^)]*)\)")


def cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row))


def table_behind(text: str, where: str, skip: int, page: str) -> str:
    """The table of `text` behind a mark `<!-- where -->`, or behind the heading whose anchor `where` is, after `skip` others."""
    at = text.find(f"<!-- {where} -->")
    if at < 0:
        at = next((m.start() for m in re.finditer(r"^#+\s+(.+)$", text, re.MULTILINE) if anchor(m[1]) == where), -1)
    found = list(TABLE.finditer(text, at)) if at >= 0 else []
    if len(found) <= skip:
        raise SystemExit(f"docs/{page}: no table behind '{where}', or not {skip + 1}")
    return found[skip][0]


def from_above(page: str, target: str) -> str:
    """A link of docs/PAGE as docs/ko has to write it."""
    return f"](../{page}{target})" if target.startswith("#") else f"](../{target})"


def filled(text: str, pages: dict[str, str]) -> str:
    def fill(region: re.Match) -> str:
        page = region["page"]
        head, rule, rest = table_behind(pages[page], region["where"], int(region["skip"] or 0), page).split("\n", 2)
        own = region["old"].split("\n", 1)[0]
        rest = LINK.sub(lambda m: from_above(page, m[1]), rest)
        return f"{region[1]}{own if cells(own) == cells(head) else head}\n{rule}\n{rest}<!-- end -->"
    return REGION.sub(fill, text)


def generate() -> dict[str, str]:
    """Read from what is on disk: the pages that it copies are made before."""
    texts = {str(name): (ROOT / name).read_text() for name in ours(KOREAN)}
    wanted = {m["page"] for text in texts.values() for m in REGION.finditer(text)}
    pages = {page: (ROOT / "docs" / pathlib.Path(page)).read_text() for page in wanted}
    return {name: filled(text, pages) for name, text in texts.items()}
