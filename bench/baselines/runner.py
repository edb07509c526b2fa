"""Our side of the engines: a worker process for each, or godwit's command line, behind one face."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .engines import godwit
from .engines.registry import Variant
from .figures import Sample
from .machine import process_seconds
from .models import BUILD, ROOT, BenchModel


class EngineFailed(Exception):
    """An engine that cannot load or run this model; the others go on."""


class Runner:
    """One loaded variant."""

    def generate(self, prompt: Sequence[int], count: int) -> Sample:
        raise NotImplementedError

    def logits(self, prompt: Sequence[int], follow: Sequence[int], file: Path, fp32: bool) -> bool:
        """Writes [1 + follow][vocabulary] to a .npy file; False where the engine shows no logits. `fp32`: computed in
        fp32 throughout, even where that is not as it is timed."""
        raise NotImplementedError

    def own_seconds(self) -> float:
        """Processor time that it used so far, unless it is counted among this process's ended children."""
        return 0.0

    def close(self) -> None:
        pass


class WorkerRunner(Runner):
    def __init__(self, variant: Variant, model: BenchModel, threads: int) -> None:
        log = BUILD / "logs" / f"{model.name}-{variant.name.replace(':', '-')}-{threads}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        arguments = [sys.executable, "-m", "bench.baselines.worker", variant.name, model.name, str(threads)]
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                arguments, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self._answer()

    def _answer(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            self.close()
            lines = self._log.read_text().strip().splitlines()
            said = lines[-1] if lines else "ended without a word"
            if (code := self._process.returncode) < 0:
                said = f"ended by {signal.Signals(-code).name} after {said!r}"
            raise EngineFailed(f"{said} (all of it: {self._log.relative_to(ROOT)})")
        return json.loads(line)

    def _ask(self, request: dict) -> dict:
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # _answer() tells why
        return self._answer()

    def generate(self, prompt: Sequence[int], count: int) -> Sample:
        said = self._ask({"do": "generate", "prompt": list(prompt), "count": count})
        return Sample(said["ttft_ms"], said["decode_ms"], tuple(said["tokens"]), said["energy_j"])

    def logits(self, prompt: Sequence[int], follow: Sequence[int], file: Path, fp32: bool) -> bool:
        request = {"do": "logits", "prompt": list(prompt), "follow": list(follow), "fp32": fp32, "file": str(file)}
        self._ask(request)
        return True

    def own_seconds(self) -> float:
        return process_seconds(self._process.pid)

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class GodwitRunner(Runner):
    def __init__(self, variant: Variant, model: BenchModel, threads: int) -> None:
        self._model, self._device, self._threads = model, variant.device, threads

    def generate(self, prompt: Sequence[int], count: int) -> Sample:
        try:
            return godwit.generate(self._model, self._device, self._threads, prompt, count)
        except (OSError, RuntimeError) as error:
            raise EngineFailed(str(error)) from error

    def logits(self, prompt: Sequence[int], follow: Sequence[int], file: Path, fp32: bool) -> bool:
        return False


def open_runner(variant: Variant, model: BenchModel, threads: int) -> Runner:
    """Raises EngineFailed."""
    return (GodwitRunner if variant.engine == "godwit" else WorkerRunner)(variant, model, threads)


def own_seconds(runners: Sequence[Runner]) -> float:
    """Processor time of this process, its ended children and the live workers."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used) + sum(r.own_seconds() for r in runners)
