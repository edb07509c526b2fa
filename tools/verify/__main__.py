"""./test: choose parts, run them, print the table and the closing line."""
import sys
import time

from tools.tally import Tally
from tools.verify import record
from tools.verify.parts import LONG, SHORT, STEPS, Part
from tools.verify.runner import clock, run_all

KNOWN = {part.name: part for part in (*SHORT, *STEPS, *LONG)}


def with_needs(chosen: list[Part]) -> list[Part]:
    """The chosen parts and all that they need, each once, needs first."""
    ordered: list[Part] = []

    def visit(part: Part) -> None:
        for need in part.needs:
            visit(KNOWN[need])
        if part not in ordered:
            ordered.append(part)

    for part in chosen:
        visit(part)
    return ordered


def choose(arguments: list[str]) -> tuple[list[Part], dict[str, str]]:
    """The parts to run, and those of them to leave out because nothing changed."""
    full = arguments[:1] == ["full"]
    names = arguments[1:] if full else arguments
    offered = LONG if full else (*SHORT, *LONG)
    unknown = [name for name in names if name not in [part.name for part in offered]]
    if unknown:
        sys.exit(f"test: unknown part {', '.join(unknown)}; there are: {' '.join(part.name for part in offered)}")
    if names:
        return with_needs([KNOWN[name] for name in names]), {}
    if not full:
        return with_needs(list(SHORT)), {}
    dates = {part.name: record.passed_before(part) for part in LONG}
    unchanged = {name: f"unchanged since it passed on {date}" for name, date in dates.items() if date}
    stale = [part for part in LONG if part.name not in unchanged]
    parts = with_needs([*SHORT, *stale])
    return parts + [part for part in LONG if part not in parts], unchanged


def main() -> None:
    arguments = sys.argv[1:]
    if arguments == ["list"]:
        for title, parts in (("./test", SHORT), ("./test full", LONG)):
            print(title)
            for part in parts:
                print(f"  {part.name:<26} {part.proves}")
        return
    parts, unchanged = choose(arguments)
    start = time.monotonic()
    outcomes = run_all(parts, unchanged, lambda outcome: record.write(outcome) if outcome.part in LONG else None)
    total = Tally()
    for outcome in outcomes:
        total.add(outcome.tally)
    print(f"{len(outcomes)} parts in {clock(time.monotonic() - start)}; logs in build/test-logs")
    total.finish()


if __name__ == "__main__":
    main()
