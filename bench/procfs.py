"""CPU time and memory of a tree of processes, read from /proc (Linux)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    session: int
    started: int  # with the pid, what tells this process from a later one of the same number
    own_seconds: float  # user and system time, in clock ticks' precision
    reaped_seconds: float  # the same of all children already waited for, theirs included


def read_process(pid: int) -> Process | None:
    """The process's entry, or None when it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(b")") + 2 :].split()  # the name before ")" may hold blanks
    user, system, child_user, child_system = (int(field) for field in fields[11:15])
    own, reaped = (user + system) / TICKS, (child_user + child_system) / TICKS
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), own, reaped)


def all_processes() -> dict[int, Process]:
    found = (read_process(int(name)) for name in os.listdir(PROC) if name.isdigit())
    return {process.pid: process for process in found if process is not None}


def process_tree(root: int) -> list[Process]:
    """The root, its descendants, and whatever else lives in the session that the root leads."""
    table = all_processes()
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    pending = [root, *(process.pid for process in table.values() if process.session == root)]
    members: dict[int, Process] = {}
    while pending:
        pid = pending.pop()
        if pid in table and pid not in members:
            members[pid] = table[pid]
            pending += children.get(pid, [])
    return list(members.values())


def precise_seconds(process: Process) -> float:
    """The CPU clock of a live process, ended threads included; nanoseconds where ticks would be 10 ms."""
    try:
        return time.clock_gettime(((~process.pid) << 3) | 2)
    except OSError:  # a zombie: the clock is gone, the entry remains until it is waited for
        return process.own_seconds


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU time a tree has used so far.

    A process counts its own time and that of the children it has waited for. A child is in exactly one
    of the two places, alive in the table or summed in its parent, so nothing counts twice.
    """
    members = {process.pid: process for root in roots for process in process_tree(root)}
    return sum(precise_seconds(process) + process.reaped_seconds for process in members.values())


def pss_mib(root: int) -> float:
    """Proportional set size of a tree: pages shared by n processes count 1/n in each."""
    return sum(_pss_kib(process.pid) for process in process_tree(root)) / 1024


def _pss_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def machine_busy_seconds() -> float:
    """CPU time used by everything on the machine, stolen time included."""
    fields = [int(field) for field in (PROC / "stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / TICKS
