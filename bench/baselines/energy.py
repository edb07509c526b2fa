"""Energy counters, where the machine lets us read them: RAPL for the processor package, NVML for a GPU."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NVML_SHORTEST = 0.5  # s; the driver moves its counter about every 0.1 s (docs/baselines.md)


@dataclass(frozen=True)
class Meter:
    read: Callable[[], float]  # joules since some fixed moment
    shortest: float  # seconds: less cannot be measured with this counter's steps


def energy_meter(device: str) -> Meter | None:
    """None where nothing is readable: the cell then stays empty."""
    return _nvml() if device == "cuda" else _rapl()


def _rapl(folder: Path = Path("/sys/class/powercap")) -> Meter | None:
    packages = sorted(p for p in folder.glob("intel-rapl:*") if p.name.count(":") == 1)
    if not packages:
        return None
    try:
        ranges = [int((p / "max_energy_range_uj").read_text()) for p in packages]
        last = [int((p / "energy_uj").read_text()) for p in packages]
    except (OSError, ValueError):
        return None
    total = 0

    def read() -> float:
        nonlocal total
        for i, package in enumerate(packages):
            now = int((package / "energy_uj").read_text())
            total += (now - last[i]) % (ranges[i] + 1)  # the counter wraps
            last[i] = now
        return total * 1e-6

    return Meter(read, 0.0)  # moves every millisecond


def _nvml() -> Meter | None:
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    device = ctypes.c_void_p()
    if nvml.nvmlInit_v2() != 0 or nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device)) != 0:
        return None
    millijoules = ctypes.c_ulonglong()
    if nvml.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(millijoules)) != 0:
        return None

    def read() -> float:
        nvml.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(millijoules))
        return millijoules.value * 1e-3

    return Meter(read, NVML_SHORTEST)
