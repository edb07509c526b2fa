"""Counting checks: every runner and every check of ./test ends its output with the line that finish() prints."""
import re
import sys

LAST_LINE = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


class Tally:
    """Counts of passed, failed and skipped checks; failures are printed as they come."""

    def __init__(self, passed: int = 0, failed: int = 0, skipped: int = 0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def ok(self, count: int = 1) -> None:
        self.passed += count

    def skip(self, count: int = 1) -> None:
        self.skipped += count

    def fail(self, why: str) -> None:
        self.failed += 1
        print(why, flush=True)

    def check(self, holds: bool, why: str) -> None:
        self.ok() if holds else self.fail(why)

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def line(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")

    def finish(self) -> None:
        """Print the closing line and leave with exit code 0, or 1 where anything failed."""
        print(self.line(), flush=True)
        sys.exit(1 if self.failed else 0)


def read_closing_line(output: str) -> Tally | None:
    """The counts of the last non-empty line, or None where that is no closing line."""
    lines = output.rstrip().splitlines()
    match = LAST_LINE.match(lines[-1]) if lines else None
    return Tally(*(int(n or 0) for n in match.groups())) if match else None
