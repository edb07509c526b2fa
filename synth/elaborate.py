"""The machine of a card as word-level modules (Yosys with slang), cut into units. Large modules that stand in it many times are units of
their own, elaborated and mapped once with the parameters that they have there, and black boxes elsewhere: 32 slices would take
minutes and gigabytes, and the tables of 32 vector lanes as much again."""
import dataclasses
import pathlib
import re

from synth.rtlil import black_boxes, modules_of, unique
from synth.yosys import run
from tools.files import ROOT, ours

PACKAGES = ("fault_pkg", "slice_pkg", "machine_pkg", "sfu_pkg")
REPEATED = ("core", "slice", "port", "sfu_lane", "activate")


@dataclasses.dataclass(frozen=True)
class Unit:
    module: str
    parameters: tuple[tuple[str, int], ...] = ()

    @property
    def name(self) -> str:
        """As a file's name and as the name of its black box."""
        return "-".join([self.module, *(f"{key}{value}" for key, value in self.parameters)])


def sources(family: str, package: pathlib.Path) -> list[str]:
    """The contract's package, the family's own modules (synth/parts) and all of rtl/ but those that these replace."""
    own = sorted((ROOT / "synth/parts" / family).glob("*.sv"))
    replaced = {path.name for path in own}
    packages = [f"rtl/{name}.sv" for name in PACKAGES]
    modules = [str(path) for path in ours("rtl/*.sv") if path.name not in replaced and str(path) not in packages]
    return [str(package), *packages, *(str(path.relative_to(ROOT)) for path in own), *modules]


def settable(module: str, values: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Those of a cell's parameters that the module's header has; the others are its own constants."""
    header = (ROOT / f"rtl/{module}.sv").read_text().split(") (", 1)[0]
    return tuple((name, value) for name, value in values.items() if re.search(rf"^ *parameter .*\b{name} *=", header, re.MULTILINE))


def elaborate(unit: Unit, files: list[str], folder: pathlib.Path) -> list[Unit]:
    """Writes NAME.il with the unit's modules, each once; the units that are black boxes in it."""
    raw = folder / f"{unit.name}.raw.il"
    settings = " ".join(f"-G {key}={value}" for key, value in unit.parameters)
    without = " ".join(f"--blackboxed-module {module}" for module in REPEATED if module != unit.module)
    run(f"read_slang --threads 1 --keep-hierarchy --ignore-assertions -DSYNTHESIS {without} --top {unit.module} {settings} {' '.join(files)}\n"
        f"hierarchy -top {unit.module}\nproc\nopt\nwrite_rtlil {raw}\n", folder, f"{unit.name}.read")
    text = raw.read_text()
    outside: dict[str, Unit] = {}
    for _, body in modules_of(text).values():
        for cell, box, values in black_boxes(body):
            module = box.removeprefix("\\")
            if module in REPEATED and module != unit.module:
                outside[cell] = Unit(module, settable(module, values))
    names = {cell: f"\\{other.name}" for cell, other in outside.items()}
    (folder / f"{unit.name}.il").write_text(unique(text, f"\\{unit.module}", names))
    return list(dict.fromkeys(outside.values()))
