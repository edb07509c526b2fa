"""Run one script of tests/references: python -m tools.verify.references SCRIPT

One named check_* compares the program with another, and is just run. One that takes --check makes its data again and compares by
itself (with tolerances where sums depend on the machine). Any other is run in a copy of the tree, and whatever it writes
there must be what is committed, byte for byte.
"""
import os
import pathlib
import shutil
import subprocess
import sys

from tools.files import ROOT, ours
from tools.tally import Tally, read_closing_line

COPIED = ("tests/**", "src/**", "models/**")  # what a script may read or write
PYTHON = ROOT / ".venv/bin/python"


def run(script: str, root: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    done = subprocess.run([PYTHON, script, *arguments], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    print(done.stdout, flush=True)
    return done


def copy_of_tree() -> pathlib.Path:
    copy = ROOT / "build/references"
    shutil.rmtree(copy, ignore_errors=True)
    for path in ours(*COPIED):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy / path)
        os.utime(copy / path, (0, 0))  # so that whatever is written later shows
    return copy


def compare(copy: pathlib.Path, tally: Tally) -> None:
    """Every file that the script wrote against the committed one."""
    known = set(ours(*COPIED))
    written = [file for file in copy.rglob("*") if file.is_file() and file.stat().st_mtime > 0]
    for file in sorted(written):
        path = file.relative_to(copy)
        if path in known:
            tally.check(file.read_bytes() == (ROOT / path).read_bytes(), f"{path}: comes out differently")
        else:
            tally.fail(f"{path}: is made, but not committed")
    if not written:
        tally.fail("the script wrote nothing")


def main() -> None:
    script = sys.argv[1]
    tally = Tally()
    checks = pathlib.Path(script).name.startswith("check_")
    if checks or "--check" in (ROOT / script).read_text():
        done = run(script, ROOT, *(() if checks else ("--check",)))
        tally = read_closing_line(done.stdout) or Tally(passed=int(done.returncode == 0))
        if done.returncode and not tally.failed:
            tally.fail(f"{script} ended with {done.returncode}")
    else:
        copy = copy_of_tree()
        done = run(script, copy)
        if done.returncode:
            tally.fail(f"{script} ended with {done.returncode}")
        else:
            compare(copy, tally)
        shutil.rmtree(copy)
    tally.finish()


if __name__ == "__main__":
    main()
