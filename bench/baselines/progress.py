"""One line on a terminal that says what is measured and when all of it is done; one line a cell elsewhere."""

import sys
import time


def clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


class Progress:
    """Scales the planned seconds by how long the finished work took."""

    def __init__(self, planned_seconds: float) -> None:
        self._left = planned_seconds
        self._done = 0.0
        self._start = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def scale(self) -> float:
        """Measured over planned time so far; 1 before a tenth of a minute of the plan is done."""
        return self.elapsed() / self._done if self._done > 6 else 1.0

    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def left(self) -> float:
        return self._left * self.scale()

    def advance(self, planned_seconds: float, what: str) -> None:
        self._left -= planned_seconds
        self._done += planned_seconds
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{what}; about {clock(self.left())} left")
            sys.stderr.flush()

    def forget(self, planned_seconds: float) -> None:
        """Planned work that is not done after all."""
        self._left -= planned_seconds

    def say(self, line: str) -> None:
        sys.stderr.write(("\r\x1b[K" if self._terminal else "") + line + "\n")
        sys.stderr.flush()
