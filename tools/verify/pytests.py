"""Run pytest files in .venv: python -m tools.verify.pytests FOLDER...; where pytest or cocotb is not there, they are skipped."""
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from tools.files import ROOT
from tools.tally import Tally

PYTHON = ROOT / ".venv/bin/python"
NEEDS = ("pytest", "cocotb", "cocotbext.axi")


def missing() -> list[str]:
    """Packages of requirements/test.txt that cannot be imported."""
    def there(name: str) -> bool:
        done = subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True, check=False)
        return done.returncode == 0
    return list(NEEDS) if not PYTHON.exists() else [name for name in NEEDS if not there(name)]


def run(folders: list[str]) -> Tally:
    tally = Tally()
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        done = subprocess.run([PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report.name}",
                               *folders], cwd=ROOT, stdin=subprocess.DEVNULL)
        try:
            suites = list(xml.etree.ElementTree.parse(report.name).iter("testsuite"))
        except xml.etree.ElementTree.ParseError:
            suites = []
    for suite in suites:
        bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped = int(suite.get("skipped", 0))
        tally.add(Tally(int(suite.get("tests", 0)) - bad - skipped, bad, skipped))
    if tally.passed + tally.failed + tally.skipped == 0 or (done.returncode != 0 and tally.failed == 0):
        tally.fail(f"pytest ended with {done.returncode}")
    return tally


def main() -> None:
    absent = missing()
    if absent:
        print(f"not installed: {', '.join(absent)} (requirements/test.txt)")
        Tally(skipped=1).finish()
    run(sys.argv[1:]).finish()


if __name__ == "__main__":
    main()
