"""Make one script's reference data again and compare: python -m tools.verify.references SCRIPT

A script that takes --check compares by itself (with tolerances where sums depend on the machine). Any other is run in a copy of
the tree, and whatever it writes there must be what is committed, byte for byte.
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
    if "--check" in (ROOT / script).read_text():
        done = run(script, ROOT, "--check")
        counted = read_closing_line(done.stdout)
        tally.check(done.returncode == 0, f"{script} --check ended with {done.returncode}")
        if counted:
            tally = counted
            tally.failed += done.returncode != 0 and counted.failed == 0
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
