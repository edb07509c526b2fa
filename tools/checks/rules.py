"""What a machine can see of the house rules (docs/testing.md): python -m tools.checks.rules"""
import os
import pathlib
import re
import subprocess

from tools.files import ROOT, ours
from tools.tally import Tally

SOURCES = ("**/*.cpp", "**/*.h", "**/*.py", "**/*.sv", "**/*.svh", "**/*.cmake", "**/CMakeLists.txt",
           "run", "test", ".ci/run", "tools/*")
DOCUMENTS = ("**/*.md", "**/*.txt", "**/*.json", "**/*.toml", "**/*.csv")
MOST_LINES, MOST_LINES_UNEXPLAINED = 800, 400
EXPLAINS = re.compile(r"400 lines|long because|one file because", re.IGNORECASE)
MADE = re.compile(r"do not edit|edit those|\b(generated|made|written)\b.* by \S+\.py", re.IGNORECASE)  # in the first lines
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + r")\b")
MOST_BYTES = 3_000_000  # outside models/
TEST_DATA_BYTES = 4_000_000  # all of tests/data


def text_of(path: pathlib.Path) -> str:
    return (ROOT / path).read_text(errors="replace")


def check_sizes(tally: Tally) -> None:
    for path in ours(*SOURCES):
        text = text_of(path)
        lines = text.count("\n")
        tally.check(lines <= MOST_LINES, f"{path}: {lines} lines, at most {MOST_LINES}: split it by idea")
        head = "\n".join(text.splitlines()[:40])
        tally.check(lines <= MOST_LINES_UNEXPLAINED or bool(EXPLAINS.search(head)),
                    f"{path}: {lines} lines; above {MOST_LINES_UNEXPLAINED} its head says why it is long")
        made = path.suffix in (".cpp", ".h", ".sv", ".svh") and MADE.search("\n".join(text.splitlines()[:3]))
        tally.check(not made, f"{path}: a script's product; have it made in the build folder")
    for path in ours("**"):
        size = (ROOT / path).stat().st_size
        tally.check(size <= MOST_BYTES or path.parts[0] == "models", f"{path}: {size:,} bytes, at most {MOST_BYTES:,}")
    total = sum((ROOT / path).stat().st_size for path in ours("tests/data/**"))
    tally.check(total <= TEST_DATA_BYTES, f"tests/data: {total:,} bytes, at most {TEST_DATA_BYTES:,}")


def check_words(tally: Tally) -> None:
    """No path of the machine at hand, no words of unfinished work."""
    places = [str(place) + "/" for place in (ROOT.parent, pathlib.Path.home()) if len(place.parts) > 1]
    for path in ours(*SOURCES, *DOCUMENTS):
        if path.parts[0] == "models" and path.name in ("heldout.txt", "tokenizer.json"):
            continue
        text = text_of(path)
        for number, line in enumerate(text.splitlines(), 1):
            for place in places:
                if place in line:
                    tally.fail(f"{path}:{number}: names a path of this machine: {line.strip()[:100]}")
            if path.suffix not in (".md", ".txt", ".csv") and UNFINISHED.search(line):
                tally.fail(f"{path}:{number}: unfinished work: {line.strip()[:100]}")
        tally.ok()


def check_scripts(tally: Tally) -> None:
    """Python compiles, shell parses, programs have their run bits."""
    for path in ours("**/*.py"):
        try:
            compile(text_of(path), str(path), "exec")
            tally.ok()
        except SyntaxError as error:
            tally.fail(f"{path}: {error}")
    for path in ours("run", "test", ".ci/run", "tools/*", "**/*.sh"):
        if not text_of(path).startswith("#!"):
            continue
        tally.check(os.access(ROOT / path, os.X_OK), f"{path}: has a #! line but no run bit")
        if "bash" in text_of(path).splitlines()[0]:
            done = subprocess.run(["bash", "-n", ROOT / path], capture_output=True, text=True)
            tally.check(done.returncode == 0, done.stderr)


def check_requirements(tally: Tally) -> None:
    """Every Python package is pinned, and no index is named."""
    for path in ours("requirements/*.txt"):
        for line in text_of(path).splitlines():
            if line and not line.startswith("#"):
                tally.check(bool(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)),
                            f"{path}: not of the form name==version: {line}")


def main() -> None:
    tally = Tally()
    for check in (check_sizes, check_words, check_scripts, check_requirements):
        check(tally)
    tally.finish()


if __name__ == "__main__":
    main()
