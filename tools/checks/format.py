"""clang-format on every C++ source: python -m tools.checks.format [--fix]"""
import subprocess
import sys

from tools.files import ROOT, ours
from tools.tally import Tally


def main() -> None:
    sources = [str(path) for path in ours("src/**/*.cpp", "src/**/*.h", "bench/**/*.cpp", "bench/**/*.h",
                                     "python/**/*.cpp", "python/**/*.h")]
    if "--fix" in sys.argv:
        subprocess.run(["clang-format-19", "-i", *sources], cwd=ROOT, check=True)
    done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *sources], cwd=ROOT, capture_output=True, text=True)
    bad = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "-Wclang-format-violations" in line})
    tally = Tally(passed=len(sources) - len(bad))
    for name in bad:
        tally.fail(f"{name}: not as clang-format lays it out (python3 -m tools.checks.format --fix)")
    if done.returncode and not bad:
        tally.fail(done.stderr)
    tally.finish()


if __name__ == "__main__":
    main()
