"""Run parts one after the other, keep their output in build/test-logs, and tell how they went."""
import dataclasses
import os
import signal
import subprocess
import sys
import time

from tools.files import ROOT
from tools.tally import Tally, read_closing_line
from tools.verify.parts import Part

LOGS = ROOT / "build/test-logs"
TAIL = 60  # lines of a failed part's output that are shown


@dataclasses.dataclass
class Outcome:
    part: Part
    tally: Tally
    seconds: float = 0.0
    note: str = ""  # why it did not run, or how it died

    @property
    def good(self) -> bool:
        return self.tally.failed == 0


def execute(part: Part) -> Outcome:
    """Run one part to its end or its time limit. A part that dies, or whose exit code and closing line disagree, has
    failed, whatever it counted."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{part.name}.log"
    start = time.monotonic()
    note = ""
    with log.open("w") as out:
        process = subprocess.Popen(part.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True,
                                   env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"})
        try:
            code = process.wait(part.minutes * 60)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            note = f"stopped after {part.minutes} minutes"
    output = log.read_text(errors="replace")
    tally = read_closing_line(output)
    if tally is None:
        tally = Tally(passed=int(code == 0), failed=int(code != 0))
    elif code != 0 and tally.failed == 0:
        tally.failed = 1
        note = note or f"ended with {code}"
    outcome = Outcome(part, tally, time.monotonic() - start, note)
    if not outcome.good:
        show_tail(part, output)
    return outcome


def show_tail(part: Part, output: str) -> None:
    lines = output.rstrip().splitlines()
    print(f"---- {part.name}: the end of build/test-logs/{part.name}.log")
    print("\n".join(lines[-TAIL:]))
    print("----", flush=True)


def row(name: str, result: str, seconds: str) -> None:
    print(f"{name:<26} {result:<40} {seconds:>8}", flush=True)


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def run_all(parts: list[Part], unchanged: dict[str, str], finished) -> list[Outcome]:
    """Run `parts` in order; one whose needs failed is not run and counts as failed. `unchanged` names those to leave
    out, and why. `finished` is called with the outcome of each that ran."""
    outcomes: list[Outcome] = []
    failed: set[str] = set()
    row("part", "result", "min:s")
    for part in parts:
        missing = [need for need in part.needs if need in failed]
        if part.name in unchanged:
            outcome = Outcome(part, Tally(skipped=1), note=unchanged[part.name])
        elif missing:
            outcome = Outcome(part, Tally(failed=1), note=f"not run: {', '.join(missing)} failed")
        else:
            if sys.stdout.isatty():
                print(f"{part.name} ...", end="\r", flush=True)
            outcome = execute(part)
            finished(outcome)
        if not outcome.good:
            failed.add(part.name)
        outcomes.append(outcome)
        row(part.name, outcome.tally.line() + (f" ({outcome.note})" if outcome.note else ""), clock(outcome.seconds))
    return outcomes
