"""The Korean pages against the English ones that they follow: python -m tools.checks.korean

A translation goes out of date where nobody looks, so what a machine can compare is held: each page is there and names its English
page, has its headings, its commands and no others, and says no number and no name in code that the English page does not.
Commands of the Korean pages are not run again (tools/checks/commands.py): they are the English ones.
"""
import re

from tools.files import ROOT, ours
from tools.generate.korean_tables import REGION
from tools.tally import Tally

PAGES = ("scope_and_kpi", "kpi", "board_and_toolchain", "offload_spec", "precision_policy", "quality", "architecture", "isa", "compression",
         "boardless_track", "card_port", "reproduction", "risks", "related")
ENTRY = "docs/ko/README.md"  # follows the README of the repository
PARTLY = {ENTRY, "docs/ko/isa.md"}  # say less than their English pages: headings and commands may be missing

FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
WORDS = {word: str(number) for number, word in
         enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())} | {"twice": "2", "sixteen": "16"}


def english_of(page: str) -> str:
    return "README.md" if page == ENTRY else page.replace("docs/ko/", "docs/")


def blocks(text: str) -> list[tuple[str, str]]:
    """Fenced blocks as (kind, code without comments and blanks at the ends of lines)."""
    return [(m["kind"], re.sub(r"[ \t]*(?:#(?= ).*)?$", "", m["code"], flags=re.MULTILINE)) for m in FENCE.finditer(text)]


def levels(text: str) -> list[int]:
    return [len(m[1]) for m in re.finditer(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def own_words(text: str) -> str:
    """What was written by hand: without blocks, copied tables, comments and the targets of links."""
    for part in (FENCE, REGION, re.compile(r"<!--.*?-->", re.DOTALL)):
        text = part.sub("", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def numbers(text: str) -> set[str]:
    return {n.replace(",", "") for n in NUMBER.findall(text)}


def numbers_said(english: str) -> set[str]:
    """Numbers of an English text, those in words among them."""
    spoken = {WORDS[w] for w in re.findall(r"[a-z]+", english.lower()) if w in WORDS}
    return numbers(english) | spoken


def spans(text: str) -> set[str]:
    return {" ".join(s.split()) for s in re.findall(r"`([^`]+)`", text)}


def problems(korean: str, english: str, whole: bool) -> list[str]:
    found = []
    theirs = blocks(english)
    found += [f"a block that the English page has not: {code.strip()[:80]}" for kind, code in blocks(korean) if (kind, code) not in theirs]
    if whole:
        mine = blocks(korean)
        found += [f"the English page's block is missing: {code.strip()[:80]}" for kind, code in theirs
                  if re.fullmatch(r"sh (run|exact|long)", kind) and (kind, code) not in mine]
        if levels(korean) != levels(english):
            found.append(f"{len(levels(korean))} headings, the English page has {len(levels(english))}, or others")
    words = own_words(korean)
    if strange := numbers(words) - numbers_said(english):
        found.append(f"numbers that the English page does not say: {', '.join(sorted(strange))}")
    if strange := {s for s in spans(words) if s not in " ".join(english.split())}:
        found.append(f"code that the English page does not have: {', '.join(sorted(strange))}")
    return found


def main() -> None:
    tally = Tally()
    there = [str(path) for path in ours("docs/ko/*.md")]
    for page in (ENTRY, *(f"docs/ko/{name}.md" for name in PAGES)):
        tally.check(page in there, f"{page}: missing, the Korean page of {english_of(page)}")
    for page in there:
        source = english_of(page)
        if not (ROOT / source).exists():
            tally.fail(f"{page}: there is no {source}")
            continue
        korean, english = (ROOT / page).read_text(), (ROOT / source).read_text()
        up = "../../" if page == ENTRY else "../"
        tally.check(f"]({up}{source.removeprefix('docs/')})" in korean[:800], f"{page}: does not name {source} at its top")
        wrong = problems(korean, english, page not in PARTLY)
        tally.check(not wrong, "\n".join(f"{page}: {one}" for one in wrong))
    tally.finish()


if __name__ == "__main__":
    main()
