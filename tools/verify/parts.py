"""The parts of ./test and ./test full, as data."""
import ast
import dataclasses
import pathlib
import sys
import tomllib

from synth.inputs import INPUTS as SYNTHESIS
from tools.files import ROOT, ours

PYTHON = sys.executable


@dataclasses.dataclass(frozen=True)
class Part:
    name: str
    proves: str  # one line, for ./test list and docs/testing.md
    command: tuple[str, ...]  # ends with a closing line (tools/tally.py), or counts as one check by its exit code
    needs: tuple[str, ...] = ()  # parts that must have passed
    inputs: tuple[str, ...] = ()  # globs; a long part is run again when one of them changed
    minutes: int = 15  # stopped after this long


def module(name: str, *arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", name, *arguments)


SOURCES = ("src/**", "cmake/**", "CMakeLists.txt", "CMakePresets.json")
FUZZ_RUNS = "20000"
THREADED = ("base_test", "model_test", "golden_test", "compiler_test", "compress_test", "runtime_test")

SHORT = (
    Part("build", "the release preset builds without a warning", ("tools/build", "release"), minutes=30),
    Part("unit", "every room's GoogleTests", module("tools.verify.gtest", "build/release/bin"), ("build",)),
    Part("cli", "the program from outside: verbs, fields of --json, exit codes, hostile input",
         module("tools.verify.unittests", "tests/cli"), ("build",)),
    Part("python", "the Python binding builds, does what the command line does, and is what its stub says",
         ("bash", "-c", f"tools/build release godwit_python && exec {PYTHON} -m tools.verify.pytests python/tests"), ("build",)),
    Part("scripts", "the tests of everything in Python: generators, benchmarks, these tools",
         module("tools.verify.unittests", "--others", "tests/cli")),
    Part("cocotb", "the RTL's AXI ports against cocotbext-axi's memory and master: pauses, errors, resets and flushes",
         module("tools.verify.pytests", "tests/rtl"), ("build",)),
    Part("cosim", "10,000 random programs: the verilated machine beside golden, every write compared",
         ("build/release/bin/godwit", "cosim", "--programs", "10000", "--seed", "2026"), ("build",)),
    Part("sanitize-build", "the tests of base, model, compress and runtime, and all fuzz targets, build with the asan-ubsan preset",
         ("tools/build", "asan-ubsan", "base_test", "model_test", "compress_test", "runtime_test", "fuzzers"), minutes=30),
    Part("sanitize", "the GoogleTests of base, model, compress and runtime (without the verilated machine) under address and undefined-behaviour sanitizers",
         module("tools.verify.gtest", "build/asan-ubsan/bin", "base_test", "model_test", "compress_test", "runtime_test"),
         ("sanitize-build",)),
    Part("fuzz", f"{int(FUZZ_RUNS):,} inputs into every importer, under the same sanitizers",
         module("tools.verify.fuzz", "build/asan-ubsan/bin", FUZZ_RUNS), ("sanitize-build",)),
    Part("format", "clang-format changes nothing", module("tools.checks.format")),
    Part("systemverilog", "verible's formatter changes nothing in the SystemVerilog, and its lint is silent",
         module("tools.checks.systemverilog")),
    Part("parsers", "the machine and its Vitis kernel with every card's sizes in slang, with four cards' in Verilator",
         module("tools.verify.parsers"), minutes=20),
    Part("quick-proofs", "those proofs of the RTL that take seconds, and a fault that each of them finds",
         module("tools.verify.proofs", "quick")),
    Part("tidy", "clang-tidy is silent on what changed", module("tools.checks.tidy", "changed"), ("sanitize-build",)),
    Part("rules", "file sizes, no machine's paths, no unfinished work", module("tools.checks.rules")),
    Part("links", "links inside the documents lead somewhere", module("tools.checks.links")),
    Part("korean", "the Korean documents follow the English ones: headings, commands, numbers, names in code", module("tools.checks.korean")),
    Part("commands", "commands in the documents run and print what stands there",
         module("tools.checks.commands"), ("build",)),
    Part("generated", "generated documents and drawings are what their generators give",
         module("tools.checks.generated"), ("build",)),
)

# Steps that only others need.
STEPS = (
    Part("environment", "the pinned Python environment installs, llama.cpp's package with it",
         ("bash", "-c", "tools/install python reference && tools/install python baselines"), minutes=30),
    Part("tsan-build", "the tests of the rooms that have threads build with the tsan preset", ("tools/build", "tsan", *THREADED), minutes=30),
    Part("synthesis-environment", "Yosys and nextpnr install, as pinned", ("bash", "-c", "tools/install python synthesis")),
)


# What a script of tests/references writes outside of tests/data.
WRITTEN = {"make_unicode_tables": ("src/model/tokenizer/unicode_tables.txt",)}


def reference_part(script: pathlib.Path) -> Part:
    """What runs one script of tests/references: one that makes data makes it again, one that checks the program checks
    it. The script's docstring says what that is."""
    sentence = (ast.get_docstring(ast.parse((ROOT / script).read_text())) or script.stem).split("\n\n")[0]
    proves = " ".join(sentence.split()).rstrip(".")
    inputs = ("tests/references/**", "tests/data/**", "requirements/reference.txt", "tools/verify/references.py")
    run = module("tools.verify.references", str(script))
    if script.stem.startswith("check_"):
        return Part(script.stem.removeprefix("check_"), proves, run, ("build", "environment"), (*inputs, *SOURCES))
    return Part(f"again-{script.stem.removeprefix('make_')}", f"made again, nothing differs: {proves}", run,
                ("environment",), (*inputs, *WRITTEN.get(script.stem, ())))


# clang-tidy takes some 5 s a file: five parts, in the order of the journey. Whatever is in none of the other parts is in
# the last. Beside each, what its sources include.
TIDY = (
    ("tidy-checkpoints", ("src/model/format", "src/model/tokenizer"), (), ("src/base/**", "src/model/**")),
    ("tidy-model", ("src/base", "src/model"), ("src/model/format", "src/model/tokenizer"), ("src/base/**", "src/model/**")),
    ("tidy-compress", ("src/compress",), (), ("src/base/**", "src/model/**", "src/isa/**", "src/compress/**")),
    ("tidy-program", ("src/runtime", "src/report", "src/cli"), (), ("src/**",)),
    ("tidy-machine", ("src",), ("src/base", "src/model", "src/compress", "src/runtime", "src/report", "src/cli"), ("src/**",)),
)


def tidy_part(name: str, folders: tuple[str, ...], but: tuple[str, ...], included: tuple[str, ...]) -> Part:
    less = ("--but", *but) if but else ()
    where = ", ".join(folders) + (f" without {', '.join(but)}" if but else "")
    return Part(name, f"clang-tidy is silent on every file of {where}", module("tools.checks.tidy", *folders, *less),
                ("sanitize-build",), (*included, "cmake/**", "CMakeLists.txt", "CMakePresets.json", ".clang-tidy"))


def proof_part(proof: dict) -> Part:
    top, faults = proof["top"], len(proof.get("fault", []))
    sources = (f"rtl/proofs/{top}.sv", "rtl/proofs/proofs.toml", *(f"rtl/{name}.sv" for name in proof["sources"]), "rtl/*_pkg.sv",
               "src/isa/isa.toml", "src/isa/generator/**", "tools/verify/proofs.py", "tools/verify/decoder_facts.py")
    return Part(top.replace("_", "-"), f"k-induction: {', '.join(proof['sources'])}; {faults} faults are found",
                module("tools.verify.proofs", top), (), sources)


def synthesis_part(card: str) -> Part:
    return Part(f"synthesis-{card}", f"what Yosys counts of {card}'s machine, module by module, is what configs/synthesis and docs/qor.md say",
                module("synth", "--card", card, "--check"), ("synthesis-environment",),
                (*SYNTHESIS, f"configs/cards/{card}.toml", f"configs/synthesis/{card}.toml", "requirements/synthesis.txt"))


def place_part(card: str) -> Part:
    return Part(f"place-{card}", f"{card}'s whole machine, placed and routed by nextpnr, is as fast and as large as configs/placed and docs/qor.md say, and its bitstream is packed",
                module("synth.place", "--card", card, "--check"), ("synthesis-environment",),
                (*SYNTHESIS, "synth/bench/scanned.sv", f"configs/cards/{card}.toml", f"configs/placed/{card}.toml", "requirements/synthesis.txt"), minutes=60)


LONG = (
    Part("tsan", "the GoogleTests of the rooms that have threads are clean under the thread sanitizer",
         module("tools.verify.gtest", "build/tsan/bin", *THREADED), ("tsan-build",), (*SOURCES, "tests/data/**", "models/kjv/**")),
    Part("full-context", "the DistilGPT2 shape decodes to its last position on golden, and prefill gives the same logits, bit for bit",
         ("build/release/bin/runtime_test", "--gtest_also_run_disabled_tests", "--gtest_filter=FullContext.*"), ("build",), SOURCES),
    Part("distilgpt2-on-rtl", "the full-size DistilGPT2 shape decodes 32 tokens on the verilated machine, every word of memory as golden has it",
         module("tools.verify.whole_models", "distilgpt2"), ("build",), (*SOURCES, "rtl/*.sv", "tools/verify/whole_models.py")),
    Part("smollm2-on-rtl", "SmolLM2-135M answers a chat prompt on the verilated machine, every word of memory as golden has it",
         module("tools.verify.whole_models", "smollm2"), ("build",), (*SOURCES, "rtl/*.sv", "tools/verify/whole_models.py")),
    Part("wheel", "the Python binding's wheel builds from nothing and, installed into an empty folder, passes the binding's tests",
         module("tools.verify.wheel"), ("build",), (*SOURCES, "python/**", "pyproject.toml", "tools/verify/wheel.py")),
    Part("faults", "each seeded fault of the RTL is found by random programs; docs/faults.md says by which check",
         module("tools.verify.faults"), ("build",), (*SOURCES, "rtl/*.sv", "tools/verify/faults.py", "docs/faults.md")),
    *(proof_part(proof) for proof in tomllib.loads((ROOT / "rtl/proofs/proofs.toml").read_text())["proof"]),
    *(synthesis_part(card.stem) for card in ours("configs/synthesis/*.toml")),
    *(place_part(card.stem) for card in ours("configs/placed/*.toml")),
    Part("netlist", "the embedded model on the machine of ulx3s' size, its chains a netlist of UltraScale+ cells, as golden runs it",
         module("synth.netlist"), ("synthesis-environment",), (*SOURCES, *SYNTHESIS, "synth/bench/*.sv", "configs/cards/ulx3s.toml"), minutes=15),
    *(tidy_part(*row) for row in TIDY),
    *(reference_part(script) for script in ours("tests/references/*.py") if "__main__" in (ROOT / script).read_text()),
)
