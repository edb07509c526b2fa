"""Yosys, as PyPI's pyosys has it: native, with the slang front end. A script runs in a process of its own, its output in a log."""
import functools
import pathlib
import subprocess
import sys

from tools.files import ROOT

RUN = "import sys; from pyosys import libyosys; libyosys.run_pass('script ' + sys.argv[1], libyosys.Design())"


@functools.cache
def python() -> str:
    """The interpreter that has pyosys: this one or .venv's. SystemExit where neither has."""
    for program in (sys.executable, str(ROOT / ".venv/bin/python")):
        if subprocess.run([program, "-c", "import pyosys"], capture_output=True).returncode == 0:
            return program
    raise SystemExit("Yosys is not there: tools/install python synthesis")


@functools.cache
def version() -> str:
    """What results name as their tool."""
    question = "import importlib.metadata; print(importlib.metadata.version('pyosys'))"
    return f"Yosys {subprocess.run([python(), '-c', question], capture_output=True, text=True, check=True).stdout.strip()}"


def run(script: str, folder: pathlib.Path, name: str) -> None:
    """Runs `script` in the root of the tree; NAME.ys and NAME.log stay in `folder`. SystemExit with the log's end if it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ys").write_text(script)
    with open(folder / f"{name}.log", "w", encoding="utf8") as log:
        done = subprocess.run([python(), "-c", RUN, str(folder / f"{name}.ys")], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log,
                              stderr=subprocess.STDOUT)
    if done.returncode:
        tail = (folder / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
        raise SystemExit("\n".join([f"{name}: Yosys failed, the end of {folder / name}.log:", *tail]))
