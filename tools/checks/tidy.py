"""clang-tidy on sources: python -m tools.checks.tidy changed | FOLDER... [--but FOLDER...]

Folders mean every source below them, less those below `--but`. `changed` means the sources that changed since base_of_change() (tools/files.py), and for a changed header the source of
its name, else one that includes it. Where history does not tell, all.
Flags come from build/asan-ubsan, whose compiler is clang and which compiles every source but those of
the verilated machine. clang-tidy itself is PyPI's (requirements/test.txt): from version 22 on it does not match its patterns
in system headers, which halves its time here. A source that passed is not checked again while it, what it includes of ours, its
flags and .clang-tidy are the same (build/tidy); headers of the system are taken to stay as they are.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

from tools.files import ROOT, changed
from tools.tally import Tally

DATABASE = ROOT / "build/asan-ubsan"
PROGRAM = ROOT / ".venv/bin/clang-tidy"
PASSED = ROOT / "build/tidy"
INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)
COUNTS = re.compile(r"^\d+ warnings?( and \d+ errors?)? generated|^Suppressed \d+|^Use -header-filter")


# Not asked of tests. GoogleTest's macros multiply the static analyser's paths (16 of 18 s for a file of 60 lines), and what it
# looks for, the sanitizers see when tests run; a test need not be fast, and its products of small numbers are small.
SPARED = ("clang-analyzer-*", "performance-*", "bugprone-misplaced-widening-cast")


@functools.cache
def flags() -> dict[pathlib.Path, str]:
    """The command that compiles each of our sources."""
    commands = json.loads((DATABASE / "compile_commands.json").read_text())
    files = {pathlib.Path(command["file"]).resolve().relative_to(ROOT): command["command"] for command in commands}
    return {file: files[file] for file in sorted(files) if file.parts[0] == "src"}


@functools.cache
def included(file: pathlib.Path, roots: tuple[pathlib.Path, ...]) -> tuple[pathlib.Path, ...]:
    """The files that this one names and that lie below one of `roots`, or beside it."""
    places = (file.parent, *roots)
    found = (next((place / name for place in places if (place / name).is_file()), None) for name in INCLUDE.findall(file.read_text()))
    return tuple(path for path in found if path)


def key_of(source: pathlib.Path, spared: list[str]) -> str:
    """The same as long as clang-tidy would say the same."""
    command = flags()[source]
    roots = tuple(path for path in map(pathlib.Path, re.findall(r"-I *(\S+)", command)) if path.is_relative_to(ROOT))
    files, waiting = set(), [ROOT / source]
    while waiting:
        file = waiting.pop()
        if file not in files:
            files.add(file)
            waiting += included(file, roots)
    total = hashlib.sha256("\n".join((version(), (ROOT / ".clang-tidy").read_text(), command, *spared)).encode())
    for file in sorted(files):
        total.update(f"{file}\0".encode() + file.read_bytes())
    return total.hexdigest()


@functools.cache
def version() -> str:
    return subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout


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
    passed = PASSED / key_of(source, spared)
    if passed.exists():
        return source, True, ""
    done = subprocess.run([PROGRAM, "--quiet", "-p", DATABASE, *spared, source], cwd=ROOT, capture_output=True, text=True)
    if done.returncode == 0:
        passed.parent.mkdir(parents=True, exist_ok=True)
        passed.touch()
    text = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if not COUNTS.search(line))
    return source, done.returncode == 0, text


def main() -> None:
    sources = list(flags())
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
