"""clang-tidy on sources: python -m tools.checks.tidy changed | FOLDER... [--but FOLDER...]

Folders mean every source below them, less those below `--but`. `changed` means the sources that changed since base_of_change() (tools/files.py), and for a changed header the source of
its name, else one that includes it. Where history does not tell, all.
Flags come from build/asan-ubsan, whose compiler is clang and which compiles every source but those of
the verilated machine. clang-tidy itself is PyPI's (requirements/test.txt): from version 22 on it does not match its patterns
in system headers, which halves its time here.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

from tools.files import ROOT, changed
from tools.tally import Tally

DATABASE = ROOT / "build/asan-ubsan"
COUNTS = re.compile(r"^\d+ warnings?( and \d+ errors?)? generated|^Suppressed \d+|^Use -header-filter")


# Not asked of tests. GoogleTest's macros multiply the static analyser's paths (16 of 18 s for a file of 60 lines), and what it
# looks for, the sanitizers see when tests run; a test need not be fast, and its products of small numbers are small.
SPARED = ("clang-analyzer-*", "performance-*", "bugprone-misplaced-widening-cast")


def compiled() -> list[pathlib.Path]:
    commands = json.loads((DATABASE / "compile_commands.json").read_text())
    files = {pathlib.Path(command["file"]).resolve().relative_to(ROOT) for command in commands}
    return sorted(file for file in files if file.parts[0] == "src")


def speaker_for(header: pathlib.Path, sources: list[pathlib.Path]) -> pathlib.Path | None:
    """A source whose check shows what is wrong in `header`."""
    if header.with_suffix(".cpp") in sources:
        return header.with_suffix(".cpp")
    name = re.escape(str(header.relative_to("src")))
    includes = re.compile(rf'^#include "{name}"', re.MULTILINE)
    return next((s for s in sources if includes.search((ROOT / s).read_text())), None)


def touched(sources: list[pathlib.Path]) -> list[pathlib.Path]:
    change = changed()
    if change is None or pathlib.Path(".clang-tidy") in change:
        return sources
    headers = [path for path in change if path.suffix == ".h" and path.parts[0] == "src" and (ROOT / path).exists()]
    speakers = {speaker_for(header, sources) for header in headers}
    return [source for source in sources if source in change or source in speakers]


def below(sources: list[pathlib.Path], folders: list[str], but: list[str]) -> list[pathlib.Path]:
    """The sources below one of `folders` and none of `but`."""
    def inside(source: pathlib.Path, of: list[str]) -> bool:
        return any(source.is_relative_to(folder) for folder in of)

    return [source for source in sources if inside(source, folders) and not inside(source, but)]


def check(source: pathlib.Path) -> tuple[pathlib.Path, bool, str]:
    spared = ["--checks=" + ",".join(f"-{check}" for check in SPARED)] if source.stem.endswith("_test") else []
    done = subprocess.run([ROOT / ".venv/bin/clang-tidy", "--quiet", "-p", DATABASE, *spared, source], cwd=ROOT, capture_output=True, text=True)
    text = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if not COUNTS.search(line))
    return source, done.returncode == 0, text


def main() -> None:
    sources = compiled()
    folders = sys.argv[1:]
    cut = folders.index("--but") if "--but" in folders else len(folders)
    chosen = touched(sources) if folders == ["changed"] else below(sources, folders[:cut], folders[cut + 1:])
    print(f"{len(chosen)} of {len(sources)} sources")
    tally = Tally()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for source, good, text in pool.map(check, chosen):
            tally.check(good, f"{source}:\n{text}")
    tally.finish()


if __name__ == "__main__":
    main()
