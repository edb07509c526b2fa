"""Links in the documents: files exist, and so do the headings they point at: python -m tools.checks.links"""
import pathlib
import re
import urllib.parse

from tools.files import ROOT, ours
from tools.tally import Tally

LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|<(?:img|source)[^>]*\bsrc(?:set)?=\"([^\"]+)\"")


def prose(text: str) -> str:
    """The text without its code blocks and code spans, whose brackets are no links."""
    text = re.sub(r"^( *)(```|~~~).*?^\1\2", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchor(title: str) -> str:
    """The id that a heading gets on the usual hosts: lower case, no punctuation, blanks to hyphens."""
    return re.sub(r"[^\w\- ]", "", title.replace("`", "").lower()).replace(" ", "-")


def anchors(path: pathlib.Path) -> set[str]:
    text = re.sub(r"^( *)(```|~~~).*?^\1\2", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+\s+(.+?)\s*#*$", text, flags=re.MULTILINE)
    return {anchor(title) for title in titles}


def problem(page: pathlib.Path, target: str) -> str | None:
    """What is wrong with a link of `page`, or None."""
    parts = urllib.parse.urlsplit(target)
    if parts.scheme or parts.netloc:
        return None if parts.scheme in ("https", "mailto") else f"{target}: only https leads outside"
    file = (ROOT / page).parent / urllib.parse.unquote(parts.path) if parts.path else ROOT / page
    if not file.exists():
        return f"{target}: no such file"
    if not file.resolve().is_relative_to(ROOT):
        return f"{target}: leads out of the repository"
    if parts.fragment and file.suffix == ".md" and parts.fragment not in anchors(file):
        return f"{target}: no such heading"
    return None


def main() -> None:
    tally = Tally()
    for page in ours("**/*.md"):
        for match in LINK.finditer(prose((ROOT / page).read_text())):
            wrong = problem(page, match[1] or match[2])
            tally.check(wrong is None, f"{page}: {wrong}")
    tally.finish()


if __name__ == "__main__":
    main()
