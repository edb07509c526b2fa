"""Every benchmark, and then every page that shows its figures: python -m bench [NAME...] [--plan] [--pages]

Each benchmark goes on where it stopped: what its table has for this machine and this program is not measured again. A benchmark
of godwit that says that a figure became worse is shown at the end, and the exit code is then 1.
"""
import argparse
import subprocess
import sys
import time

from bench.plan import PAGES, STEPS, Step
from tools.files import ROOT


def show(step: Step, result: str) -> None:
    print(f"{step.name:<12} {result:<10} {step.gives}", flush=True)


def run(commands: tuple[tuple[str, ...], ...]) -> list[str]:
    """What failed of `commands`, each as people would type it."""
    return [" ".join(command) for command in commands if subprocess.run(command, cwd=ROOT, check=False).returncode]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    names = [step.name for step in STEPS]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these of {', '.join(names)}")
    parser.add_argument("--plan", action="store_true", help="say what would run, and about how long it takes")
    parser.add_argument("--pages", action="store_true", help="measure nothing, make the pages anew")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(names)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(names)}")
    chosen = [] if given.pages else [step for step in STEPS if not given.names or step.name in given.names]
    if given.plan:
        for step in chosen:
            show(step, f"~{step.minutes:g} min" + (", quiet" if step.quiet else ""))
        return 0
    failed = []
    for step in chosen:
        start = time.monotonic()
        wrong = run(step.commands)
        failed += wrong
        show(step, "failed" if wrong else f"{(time.monotonic() - start) / 60:.1f} min")
    failed += run(PAGES)
    for command in failed:
        print(f"not well: {command}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
