"""Run unittest files: python -m tools.verify.unittests FOLDER... | --others FOLDER...

Every *test*.py of the folders, a folder a process, because files in two folders may have the same name. `--others` means every
folder of the tree that has *_test.py files, but those named. They run in .venv where it is: some of them read with its packages.
"""
import subprocess
import sys
import unittest

from tools.files import ROOT, ours
from tools.tally import Tally, read_closing_line

VENV = ROOT / ".venv/bin/python"


def run_here(folder: str) -> None:
    """Run one folder's tests in this process, and leave."""
    sys.path.insert(0, str(ROOT))
    suite = unittest.TestLoader().discover(str(ROOT / folder), pattern="*test*.py")
    result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    tally = Tally(max(0, result.testsRun - bad - len(result.skipped)), bad, len(result.skipped))
    if result.testsRun == 0 and not bad:
        tally.fail(f"no tests in {folder}")
    tally.finish()


def run_apart(folder: str) -> Tally:
    done = subprocess.run([VENV if VENV.exists() else sys.executable, "-m", "tools.verify.unittests", "--here", folder], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"{folder}\n{done.stdout}", flush=True)
    tally = read_closing_line(done.stdout)
    return tally or Tally(failed=1)


def main() -> None:
    first, *rest = sys.argv[1:]
    if first == "--here":
        run_here(rest[0])
    folders = [first, *rest]
    if first == "--others":
        folders = sorted({str(path.parent) for path in ours("**/*_test.py")} - set(rest))
    total = Tally()
    for folder in folders:
        total.add(run_apart(folder))
    total.finish()


if __name__ == "__main__":
    main()
