"""Fills a server through its REST API, so that it works on any that speaks the protocol."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import dataset
from dataset import ALIAS, BIG_MODEL, Loaded, Sizes
from measure import FAULTS, describe
from session import Session

BATCH = 1000
PARTS = frozenset({"runs", "history", "experiments", "registry"})


class LoadFailure(Exception):
    """A server that did not take what it was given."""


class Progress:
    """One line on stderr for all servers that load; now and then a new line when stderr is no terminal."""

    def __init__(self, totals: dict[str, int]) -> None:
        self._totals = totals
        self._done = dict.fromkeys(totals, 0)
        self._lock = threading.Lock()
        self._shown = 0.0
        self._live = sys.stderr.isatty()

    def step(self, name: str) -> None:
        with self._lock:
            self._done[name] += 1
            if time.monotonic() - self._shown > (0.2 if self._live else 15.0):
                self._show()

    def finish(self) -> None:
        with self._lock:
            self._show()
            sys.stderr.write("\n" if self._live else "")

    def _show(self) -> None:
        self._shown = time.monotonic()
        line = "load  " + "   ".join(self._bar(name) for name in self._totals)
        sys.stderr.write(f"\r{line}" if self._live else f"{line}\n")
        sys.stderr.flush()

    def _bar(self, name: str) -> str:
        share = self._done[name] / max(1, self._totals[name])
        full = int(share * 20)
        return f"{name} [{'#' * full}{'.' * (20 - full)}] {share:4.0%}"


@dataclass(frozen=True)
class Step:
    """A kind of thing to make so many times, by several clients at once where order does not matter."""

    make: Callable[[Session, int], None]
    count: int
    together: bool = True


class Loader:
    """Loads one server with the parts that the chosen workloads need."""

    def __init__(self, port: int, sizes: Sizes, parts: frozenset[str], clients: int = 2) -> None:
        self._port = port
        self._clients = clients
        self._here = threading.local()
        self.cancelled = threading.Event()
        self._loaded = Loaded(sizes, run_ids=[""] * sizes.runs)
        self._steps = [step for part, step in self._all_steps(sizes) if part in parts]

    @property
    def size(self) -> int:
        return sum(step.count for step in self._steps)

    def run(self, advance: Callable[[], None]) -> Loaded:
        try:
            return self._run_steps(advance)
        except FAULTS as error:
            raise LoadFailure(describe(error)) from error

    def _run_steps(self, advance: Callable[[], None]) -> Loaded:
        session = Session(self._port)
        loaded = self._loaded
        loaded.main_experiment = session.post("experiments/create", {"name": "runs"})["experiment_id"]
        loaded.write_experiment = session.post("experiments/create", {"name": "writes"})["experiment_id"]
        loaded.history_run = self._create_run(session, loaded.write_experiment, 0)
        session.close()
        for step in self._steps:
            with ThreadPoolExecutor(self._clients if step.together else 1) as pool:
                for _ in pool.map(partial(self._one, step.make), range(step.count)):
                    advance()
        return loaded

    def _all_steps(self, sizes: Sizes) -> list[tuple[str, Step]]:
        return [
            ("runs", Step(self._run, sizes.runs)),
            ("history", Step(self._history, -(-sizes.points // BATCH))),
            ("experiments", Step(self._experiment, sizes.experiments)),
            ("registry", Step(self._model, sizes.models)),
            ("registry", Step(self._big_model, 1)),
            ("registry", Step(self._version, sizes.versions, together=False)),
            ("registry", Step(self._stages_and_alias, 1)),
        ]

    def _one(self, make: Callable[[Session, int], None], index: int) -> None:
        """Make one thing on the connection of this thread."""
        if self.cancelled.is_set():
            raise LoadFailure("cancelled")
        if not hasattr(self._here, "session"):
            self._here.session = Session(self._port)
        make(self._here.session, index)

    @staticmethod
    def _create_run(session: Session, experiment: str, index: int) -> str:
        request = {
            "experiment_id": experiment,
            "run_name": dataset.run_name(index),
            "start_time": dataset.start_time(index),
        }
        return str(session.post("runs/create", request)["run"]["info"]["run_id"])

    def _run(self, session: Session, index: int) -> None:
        run_id = self._create_run(session, self._loaded.main_experiment, index)
        session.post("runs/log-batch", dataset.run_batch(index, run_id))
        self._loaded.run_ids[index] = run_id

    def _history(self, session: Session, index: int) -> None:
        first = index * BATCH
        points = dataset.history_points(first, min(BATCH, self._loaded.sizes.points - first))
        session.post("runs/log-batch", {"run_id": self._loaded.history_run, "metrics": points})

    @staticmethod
    def _experiment(session: Session, index: int) -> None:
        tags = dataset.pairs({"team": f"team-{index % 7}", "purpose": "bench"})
        session.post("experiments/create", {"name": f"experiment {index}", "tags": tags})

    @staticmethod
    def _model(session: Session, index: int) -> None:
        tags = dataset.pairs({"team": f"team-{index % 7}"})
        session.post("registered-models/create", {"name": f"model-{index:05}", "tags": tags})

    @staticmethod
    def _big_model(session: Session, _index: int) -> None:
        session.post("registered-models/create", {"name": BIG_MODEL})

    @staticmethod
    def _version(session: Session, index: int) -> None:
        source = f"s3://bucket/{BIG_MODEL}/{index}"
        session.post("model-versions/create", {"name": BIG_MODEL, "source": source, "tags": []})

    def _stages_and_alias(self, session: Session, _index: int) -> None:
        """One version in production, one in staging, and an alias in the middle."""
        middle = str(self._loaded.sizes.versions // 2)
        for version, stage in (("1", "Production"), ("2", "Staging")):
            change = {"name": BIG_MODEL, "version": version, "stage": stage}
            session.post("model-versions/transition-stage", {**change, "archive_existing_versions": False})
        session.post("registered-models/alias", {"name": BIG_MODEL, "alias": ALIAS, "version": middle})


def load_all(loaders: dict[str, Loader], parallel: bool) -> dict[str, Loaded]:
    """Load the servers, one after another or all at once."""
    progress = Progress({name: loader.size for name, loader in loaders.items()})
    with ThreadPoolExecutor(len(loaders) if parallel else 1) as pool:
        futures = {
            name: pool.submit(loader.run, partial(progress.step, name)) for name, loader in loaders.items()
        }
        try:
            return {name: _outcome(name, future) for name, future in futures.items()}
        finally:  # also on Ctrl-C: else leaving the pool would wait for the whole load
            for loader in loaders.values():
                loader.cancelled.set()
            progress.finish()


def _outcome(name: str, future: Future[Loaded]) -> Loaded:
    try:
        return future.result()
    except LoadFailure as error:
        raise LoadFailure(f"loading {name}: {error}") from error
