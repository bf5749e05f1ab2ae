"""Real server processes for tests: start them on a free port, talk to them, end them in several ways."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support import API

ROOT = Path(__file__).parent.parent


class Server:
    """A running server: its port, its process, and small ways to talk to it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
        self.folder = folder
        self.log = (folder / f"log-{time.monotonic_ns()}").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mlflowlite", "server", "--port", "0", *arguments],
            cwd=folder,
            env=inherited | {"PYTHONPATH": str(ROOT)},
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.port = self._port()

    def _port(self) -> int:
        """The port it listens on, as it says at start."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"listens on http://\S+:(\d+)", self.output())
            if found:
                return int(found[1])
            time.sleep(0.02)
        raise AssertionError(self.output())

    def output(self) -> str:
        """All it has said so far."""
        return Path(self.log.name).read_text()

    def connect(self) -> http.client.HTTPConnection:
        """A keep-alive connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def post(self, path: str, **fields: Any) -> tuple[int, Any]:
        """One request on a connection of its own."""
        with contextlib.closing(self.connect()) as connection:
            return post(connection, path, **fields)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal to the main process; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)

    def kill(self) -> None:
        """What the kernel does when memory runs out, to all its processes at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        self.log.close()


def post(connection: http.client.HTTPConnection, path: str, **fields: Any) -> tuple[int, Any]:
    """One request on a connection: status and JSON body."""
    headers = {"Content-Type": "application/json"}
    connection.request("POST", API + path, json.dumps(fields).encode(), headers)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())
