"""The engines of one model and number of threads, loaded when the first cell needs them."""

from .engines.registry import Variant
from .measure import row_without_figures
from .models import MODELS
from .plan import Cell
from .progress import Progress
from .runner import EngineFailed, Runner, open_runner
from .verify import Verifier

LOAD_SECONDS = 4.0  # of one engine, checks included


def missing(cell: Cell, there: set[tuple]) -> tuple[Variant, ...]:
    """Variants of the cell without a row yet; with their reference, if any: ratios are taken within one run."""
    new = [v for v in cell.variants if row_without_figures(cell, v).key() not in there]
    references = {v.reference for v in new}
    return tuple(v for v in cell.variants if v in new or v.name in references)


class Group:
    def __init__(self, model: str, threads: int, progress: Progress) -> None:
        self._model, self._threads, self._progress = MODELS[model], threads, progress
        self._verifier: Verifier | None = None
        self._failed: set[str] = set()
        self.runners: dict[str, Runner] = {}
        self.errors: dict[str, float | None] = {}  # the column logit_error

    def load(self, variants: tuple[Variant, ...]) -> None:
        """Those that are not loaded yet. One that fails is said once and left out of `runners`."""
        for variant in variants:
            if variant.name in self.runners or variant.name in self._failed:
                continue
            self._progress.advance(0, f"{self._model.name}: loading and checking {variant.name}")
            try:
                self._open(variant)
            except EngineFailed as failure:
                self._progress.say(f"{variant.name} is left out for {self._model.name}: {failure}")
                self._failed.add(variant.name)
            self._progress.advance(LOAD_SECONDS, f"{self._model.name}: {variant.name} is loaded")

    def _open(self, variant: Variant) -> None:
        self._verifier = self._verifier or Verifier(self._model)
        runner = open_runner(variant, self._model, self._threads)
        try:
            self.errors[variant.name] = self._verifier.check(variant, runner)
        except EngineFailed:
            runner.close()
            raise
        self.runners[variant.name] = runner

    def close(self) -> None:
        for runner in self.runners.values():
            runner.close()
