"""Run every libFuzzer target a fixed number of times: python -m tools.verify.fuzz FOLDER RUNS

Each starts from a fixed seed and the small files of tests/data and models that are of its kind, so that two runs try the
same inputs; tests/data/fuzz/TARGET may hold more. What it finds on the way stays in build/fuzz; an input that breaks a
target is left there, too, and its path is printed.
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


# Words in a target's name, and the files that it starts from.
KINDS = {"safetensors": "*.safetensors", "gguf": "*.gguf", "config": "*config.json", "tokenizer": "*tokenizer*.json",
         "index": "*.index.json", "merges": "merges.txt"}
MOST_SEED_BYTES = 100_000


def collect_seeds(name: str, folder: pathlib.Path) -> None:
    """Copies of the seeds of target `name`, under names that say where they come from."""
    folder.mkdir()
    patterns = [f"{place}/**/{kind}" for word, kind in KINDS.items() if word in name for place in ("tests/data", "models")]
    for path in ours(*patterns, f"tests/data/fuzz/{name}/*"):
        if (ROOT / path).stat().st_size <= MOST_SEED_BYTES:
            shutil.copyfile(ROOT / path, folder / str(path).replace("/", "-"))


def run(program: pathlib.Path, runs: int) -> tuple[bool, str]:
    work = ROOT / "build/fuzz" / program.name
    shutil.rmtree(work, ignore_errors=True)
    (work / "found").mkdir(parents=True)
    collect_seeds(program.name, work / "seeds")
    command = [program, f"-runs={runs}", "-seed=1", "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1",
               f"-artifact_prefix={work}/", work / "found", work / "seeds"]
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
