"""Turns: one server does one workload for a while, and the clocks are read before and after."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import procfs
from crowd import run_crowd
from dataset import Loaded
from rawhttp import HttpFailure
from session import Session, WrongAnswer

MOST_ERRORS = 10  # in one turn of a single client; then the turn ends
WRONG_SHAPE = (KeyError, IndexError, TypeError, ValueError)  # what reading an unexpected answer raises
FAULTS = (WrongAnswer, HttpFailure, OSError, *WRONG_SHAPE)


def describe(error: Exception) -> str:
    return str(error) if isinstance(error, (WrongAnswer, HttpFailure)) else f"{type(error).__name__}: {error}"


class Target(Protocol):
    """What measuring needs of a server."""

    name: str
    port: int

    def cpu_seconds(self) -> float: ...


@dataclass
class Job:
    """A prepared workload: what to do again and again, and a check of what is stored afterwards.

    `operate` gets the number of the operation, `verify` how many were acknowledged. A job of many
    clients has `requests` instead, one maker of requests per client, and `verify_each`. `warm` is
    off where one operation takes seconds, so that a first one for nothing would only take time.
    """

    operate: Callable[[int], None] | None = None
    verify: Callable[[int], None] | None = None
    warm: bool = True
    requests: list[Callable[[int], bytes]] = field(default_factory=list)
    verify_each: Callable[[list[int]], None] | None = None


@dataclass
class Turn:
    latencies: list[float] = field(default_factory=list)
    elapsed: float = 0.0  # time spent in requests; for many clients the wall time
    cpu: float = 0.0  # of the server's processes
    foreign_cpu: float = 0.0  # of anything that is neither the server nor this client
    wall: float = 0.0
    errors: list[str] = field(default_factory=list)


Prepare = Callable[[Session, Loaded], Job]


def take_turn(server: Target, prepare: Prepare, loaded: Loaded, seconds: float) -> Turn:
    """Prepare, warm up, measure, check. A failure becomes an error of the turn."""
    session, turn = Session(server.port), Turn()
    try:
        job = prepare(session, loaded)
        if job.requests:
            _measure_crowd(server, job, seconds, turn)
        else:
            _measure_single(server, session, job, seconds, turn)
    except FAULTS as error:
        turn.errors.append(describe(error))
    finally:
        session.close()
    return turn


def _measure_single(server: Target, session: Session, job: Job, seconds: float, turn: Turn) -> None:
    assert job.operate is not None
    if job.warm:
        job.operate(0)
    done = int(job.warm)
    with Clocks(server, turn):
        while turn.elapsed < seconds and len(turn.errors) < MOST_ERRORS:
            session.elapsed = 0.0
            try:
                job.operate(done + len(turn.errors))
            except FAULTS as error:
                turn.errors.append(describe(error))
            else:
                turn.latencies.append(session.elapsed)
                done += 1
            turn.elapsed += session.elapsed
    if job.verify is not None and not turn.errors:
        job.verify(done)


def _measure_crowd(server: Target, job: Job, seconds: float, turn: Turn) -> None:
    with Clocks(server, turn):
        result = run_crowd(server.port, job.requests, seconds)
    turn.latencies, turn.elapsed, turn.errors = result.latencies, result.wall, result.errors
    if job.verify_each is not None:
        job.verify_each(result.answered)


class Clocks:
    """Reads the CPU clocks around a block and adds what passed to the turn."""

    def __init__(self, server: Target, turn: Turn) -> None:
        self._server = server
        self._turn = turn

    def __enter__(self) -> None:
        gc.collect()
        gc.disable()  # the client's own pauses would show in its latencies
        self._before = self._read()

    def __exit__(self, *_: object) -> None:
        wall, machine, server, client = (
            after - before for after, before in zip(self._read(), self._before, strict=True)
        )
        gc.enable()
        self._turn.wall, self._turn.cpu = wall, server
        self._turn.foreign_cpu = max(0.0, machine - server - client)

    def _read(self) -> tuple[float, float, float, float]:
        server = self._server.cpu_seconds()
        return time.perf_counter(), procfs.machine_busy_seconds(), server, time.process_time()


@dataclass
class Result:
    """All turns of one server with one workload."""

    workload: str
    server: str
    turns: list[Turn] = field(default_factory=list)

    @property
    def latencies(self) -> list[float]:
        return [latency for turn in self.turns for latency in turn.latencies]

    @property
    def operations(self) -> int:
        return len(self.latencies)

    @property
    def errors(self) -> list[str]:
        return [error for turn in self.turns for error in turn.errors]

    @property
    def median_ms(self) -> float | None:
        return statistics.median(self.latencies) * 1000 if self.operations else None

    @property
    def best_ms(self) -> float | None:
        return min(self.latencies) * 1000 if self.operations else None

    @property
    def cpu_ms(self) -> float | None:
        """CPU per operation: the median of the turns, so that background work in one of them does not count.

        Failed operations cost too, and so count against the good ones.
        """
        costs = [turn.cpu * 1000 / len(turn.latencies) for turn in self.turns if turn.latencies]
        return statistics.median(costs) if costs else None

    @property
    def cpu_mean_ms(self) -> float | None:
        return sum(turn.cpu for turn in self.turns) * 1000 / self.operations if self.operations else None

    @property
    def per_second(self) -> float | None:
        elapsed = sum(turn.elapsed for turn in self.turns)
        return self.operations / elapsed if elapsed else None

    def share_slower(self, seconds: float) -> float:
        """The share of operations that took at least so long."""
        return sum(latency >= seconds for latency in self.latencies) / max(1, self.operations)
