"""Versions of the engines, asked of the package metadata: nothing heavy is imported, so that a finished run resumes fast."""

import functools
import subprocess
from importlib import metadata

from .engines import godwit

_PACKAGES = {
    "pytorch": (("torch",), ("transformers",)),
    "onnxruntime": (("onnxruntime", "onnxruntime-gpu"),),
    "llama.cpp": (("llama-cpp-python",),),
}


@functools.cache
def engine_version(engine: str) -> str:
    """The column engine_version. Raises LookupError, with what to do, where the engine is not installed."""
    if engine == "godwit":
        try:
            return godwit.version()
        except (OSError, subprocess.CalledProcessError) as error:
            raise LookupError("build/release/bin/godwit does not run; ./run --build makes it") from error
    return ", ".join(_version(names) for names in _PACKAGES[engine])


def _version(names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return f"{name} {metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue
    raise LookupError(f"{names[0]} is not installed; tools/install python baselines installs it")
