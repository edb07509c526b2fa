"""What the measurements ran on, and how much else ran there meanwhile."""

import functools
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ["src", "cmake", "CMakeLists.txt", "CMakePresets.json"]


@dataclass(frozen=True)
class Machine:
    cpu: str
    cores: int
    memory_gib: int
    os: str


@functools.cache
def this_machine() -> Machine:
    return Machine(_cpu_name(), len(os.sched_getaffinity(0)), round(_memory_bytes() / 2**30), _os_name())


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _os_name() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, Linux {platform.release()}"


@functools.cache
def godwit_commit() -> str:
    """The last commit that touched the program; "+" after it if the tree differs. Empty outside a git checkout."""

    changed = _said("git", "status", "--porcelain", "--", *SOURCES)
    return _said("git", "log", "-1", "--format=%h", "--", *SOURCES) + ("+" if changed else "")


@functools.cache
def gpu_name() -> str:
    """The first NVIDIA GPU and its driver's version; empty where there is none."""
    said = _said("nvidia-smi", "--id=0", "--query-gpu=name,driver_version", "--format=csv,noheader")
    return said.replace(", ", ", driver ")


def _said(*arguments: str) -> str:
    """Standard output of a command run from the root; empty where it fails or is not there."""
    try:
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class OtherLoad:
    """Share of the machine's processor time taken by processes that are not ours, since construction."""

    def __init__(self) -> None:
        self._busy, self._total = _machine_ticks()

    def share(self, own_seconds: float) -> float:
        """`own_seconds`: processor time that our processes used meanwhile."""
        busy, total = _machine_ticks()
        if total == self._total:
            return 0.0
        own = own_seconds * os.sysconf("SC_CLK_TCK")
        return max(0.0, (busy - self._busy - own) / (total - self._total))


def _machine_ticks() -> tuple[int, int]:
    values = [int(v) for v in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = values[3] + values[4]  # idle, iowait; the rest includes time stolen by the host
    return sum(values) - idle, sum(values)


def process_seconds(pid: int) -> float:
    """Processor time of a live process and of its children that have ended."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(v) for v in after_name[11:15]) / os.sysconf("SC_CLK_TCK")
