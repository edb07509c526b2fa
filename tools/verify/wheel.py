"""Build the wheel, unpack it, and run the binding's tests with what was in it: python -m tools.verify.wheel

The tests also ask the program, which the release build has made."""
import os
import shutil
import subprocess

from tools.files import ROOT
from tools.verify import pytests

WHEELS = ROOT / "build/wheel"


def main() -> None:
    shutil.rmtree(WHEELS, ignore_errors=True)
    pip = [str(pytests.PYTHON), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", ".", "--no-deps", "-w", str(WHEELS)], cwd=ROOT, check=True)
    (wheel,) = WHEELS.glob("godwit-*.whl")
    subprocess.run([*pip, "install", "--no-index", "--no-deps", "--target", str(WHEELS / "site"), str(wheel)], cwd=ROOT, check=True)
    os.environ.update(PYTHONPATH=str(WHEELS / "site"), GODWIT_INSTALLED="1")
    pytests.run(["python/tests"]).finish()


if __name__ == "__main__":
    main()
