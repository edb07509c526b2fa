"""Run every libFuzzer target a fixed number of times: python -m tools.verify.fuzz FOLDER RUNS

Each starts from the seeds in tests/data/fuzz/TARGET and a fixed seed, so that two runs try the same inputs. What it
finds on the way stays in build/fuzz; an input that breaks a target is left there, too, and its path is printed.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

from tools.files import ROOT, ours
from tools.tally import Tally


def run(program: pathlib.Path, runs: int) -> tuple[bool, str]:
    work = ROOT / "build/fuzz" / program.name
    shutil.rmtree(work, ignore_errors=True)
    (work / "found").mkdir(parents=True)
    seeds = ROOT / "tests/data/fuzz" / program.name
    command = [program, f"-runs={runs}", "-seed=1", "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1",
               f"-artifact_prefix={work}/", work / "found", *([seeds] if seeds.is_dir() else [])]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          env={**os.environ, "ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1"})
    (work / "log").write_text(done.stderr)
    executed = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    count = int(executed[1]) if executed else 0
    if done.returncode == 0 and count >= runs:
        cover = re.findall(r"cov: (\d+)", done.stderr)
        return True, f"{program.name}: {count} runs, {cover[-1] if cover else '?'} edges"
    return False, f"{program.name}: ended with {done.returncode} after {count} runs\n" + done.stderr[-4000:]


def main() -> None:
    folder, runs = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    programs = [folder / path.stem for path in ours("src/**/*_fuzz.cpp")]
    tally = Tally()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for good, text in pool.map(lambda program: run(program, runs), programs):
            print(text, flush=True) if good else None
            tally.check(good, text)
    if not programs:
        tally.fail("no fuzz targets")
    tally.finish()


if __name__ == "__main__":
    main()
