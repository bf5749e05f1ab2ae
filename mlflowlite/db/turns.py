"""Turns: a fair queue of the processes that write to one SQLite database.

SQLite lets a writer that finds the database locked sleep and try again. A process with many writers then
keeps the lock for itself, from one thread to the next, and others wait for seconds. Here a process first
gets in line and then waits for its turn, both by file locks: the kernel wakes the next at once, and who
has just had a turn stands behind who waits already. The locks are those of two bytes of an empty file
beside the database. They order, they don't protect: SQLite's own locks do that.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

_LINE, _TURN = 0, 1  # the bytes


class Turns:
    """This process's place in the queue. One thread at a time may ask for a turn."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._off = False  # the file system has no locks, or no room for the file

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for this process's turn, and have it for the time of a `with`."""
        taken = self._take()
        try:
            yield
        finally:
            if taken is not None:
                fcntl.lockf(taken, fcntl.LOCK_UN, 1, _TURN)

    def close(self) -> None:
        """Leave. The next turn opens the file anew."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self) -> int | None:
        """The locked file; None where there are no turns."""
        if self._off:
            return None
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _LINE)
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _TURN)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _LINE)
        except OSError as error:
            log.warning("Writers don't take turns: %s can't be locked: %s", self._path, error)
            self._off = True
            return None
        return self._file
