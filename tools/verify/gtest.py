"""Run GoogleTest programs one after the other: python -m tools.verify.gtest FOLDER [NAME...]

Without names, every *_test program of the folder. A program that dies counts as a failure of its own.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from tools.tally import Tally


def run(program: pathlib.Path, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.json"
        done = subprocess.run(
            [program, "--gtest_brief=1", f"--gtest_output=json:{report}"],
            env={**os.environ, "GTEST_COLOR": "no"},
            stdin=subprocess.DEVNULL,
        )
        if not report.exists():
            tally.fail(f"{program.name}: ended with {done.returncode} before it wrote its report")
            return
        counts = json.loads(report.read_text())
    cases = [case for suite in counts["testsuites"] for case in suite["testsuite"]]
    for case in cases:
        if case.get("result") == "SKIPPED" or case["status"] == "NOTRUN":
            tally.skip()
        elif case.get("failures"):
            tally.fail(f"{program.name}: {case['classname']}.{case['name']} failed")
        else:
            tally.ok()
    slow = sorted(cases, key=lambda c: -float(c["time"].rstrip("s")))[:3]
    print(f"{program.name}: {len(cases)} tests, {counts['time']}; slowest: "
          + ", ".join(f"{c['classname']}.{c['name']} {c['time']}" for c in slow), flush=True)
    if done.returncode and not any(case.get("failures") for case in cases):
        tally.fail(f"{program.name}: every test passed, but it ended with {done.returncode}")


def main() -> None:
    folder = pathlib.Path(sys.argv[1]).resolve()
    programs = [folder / name for name in sys.argv[2:]] or sorted(folder.glob("*_test"))
    tally = Tally()
    if not programs:
        tally.fail(f"no test programs in {folder}")
    for program in programs:
        if program.exists():
            run(program, tally)
        else:
            tally.fail(f"{program} is missing")
    tally.finish()


if __name__ == "__main__":
    main()
