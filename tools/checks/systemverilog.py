"""verible's formatter and lint on every SystemVerilog source: python -m tools.checks.systemverilog [--fix]

A second parser beside Verilator's, which lints the same sources with -Wall whenever it builds them.
"""
import subprocess
import sys

from tools.files import ROOT, ours
from tools.tally import Tally

BIN = ROOT / ".venv/bin"
COLUMNS = 120


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BIN / tool, *arguments], cwd=ROOT, capture_output=True, text=True)


def main() -> None:
    sources = [str(path) for path in ours("**/*.sv", "**/*.svh")]
    if "--fix" in sys.argv:
        run("verible-verilog-format", "--inplace", f"--column_limit={COLUMNS}", *sources)
    tally = Tally()
    for source in sources:
        laid_out = run("verible-verilog-format", "--verify", f"--column_limit={COLUMNS}", source)
        tally.check(laid_out.returncode == 0,
                    f"{source}: not as verible lays it out (python3 -m tools.checks.systemverilog --fix)")
        lint = run("verible-verilog-lint", f"--rules=line-length=length:{COLUMNS}", source)
        tally.check(lint.returncode == 0, lint.stdout + lint.stderr)
    tally.finish()


if __name__ == "__main__":
    main()
