"""Records what the stock server answers to the scripts.

    python -m compat_tests.replay.record --mlflow /path/to/mlflow [SCRIPT ...]

Starts that server once, on SQLite and an empty folder, plays the scripts (all, or those named), each on
an empty database, and writes `recorded/<script>.json`. The tests compare with these files.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from compat_tests.replay.play import MISSING, Answer, over_http, play
from compat_tests.replay.script import Script
from compat_tests.replay.scripts import SCRIPTS

RECORDED = Path(__file__).parent / "recorded"
STARTUP_SECONDS = 120


def main() -> None:
    """Record from the command line."""
    parser = argparse.ArgumentParser(description="Record the stock server's answers.")
    parser.add_argument("--mlflow", default="mlflow", help="the stock server's program")
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT", help=f"of {', '.join(SCRIPTS)}; default: all")
    options = parser.parse_args()
    if not set(options.scripts) <= set(SCRIPTS):
        parser.error(f"no such script; there are {', '.join(SCRIPTS)}")
    with tempfile.TemporaryDirectory(prefix="replay-") as name:
        folder = Path(name) / "server"
        folder.mkdir()
        placeholders = {str(folder): "<folder>", name: "<above>"}
        with stock_server(options.mlflow, folder) as url:
            reset = fresh_state(folder)
            for script in options.scripts or SCRIPTS:
                reset()
                write(SCRIPTS[script], play(SCRIPTS[script], over_http(url), placeholders))


def write(script: Script, answers: list[Answer]) -> None:
    """Store the answers to a script, one line each."""
    lines = []
    for step, answer in zip(script.steps, answers, strict=True):
        if MISSING in json.dumps(answer):
            raise ValueError(f"{script.name}: {step.name}: an earlier answer lacked a value to be saved")
        entry = {"step": step.name, "status": answer.status, "body": answer.body}
        if answer.headers:
            entry["headers"] = answer.headers
        lines.append(json.dumps(entry))
    RECORDED.mkdir(exist_ok=True)
    path = RECORDED / f"{script.name}.json"
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(f"{path.name}: {len(lines)} steps")


def read(script: Script) -> list[Answer]:
    """The recorded answers to a script. Raises ValueError when they belong to another version of it."""
    entries = json.loads((RECORDED / f"{script.name}.json").read_text(encoding="utf-8"))
    if [entry["step"] for entry in entries] != [step.name for step in script.steps]:
        raise ValueError(f"{script.name}: the script has changed since; run compat_tests.replay.record")
    return [Answer(entry["status"], entry["body"], entry.get("headers", {})) for entry in entries]


@contextlib.contextmanager
def stock_server(program: str, folder: Path) -> Iterator[str]:
    """The URL of a stock server that keeps everything in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    command = [
        *(program, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**kept, **quiet},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, folder / "server.log")
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def fresh_state(folder: Path) -> Callable[[], None]:
    """A function that puts a server's database and artifacts back to what they are now."""
    pristine = sqlite3.connect(":memory:")
    with contextlib.closing(sqlite3.connect(folder / "mlflow.db")) as live:
        live.backup(pristine)

    def reset() -> None:
        shutil.rmtree(folder / "artifacts", ignore_errors=True)
        with contextlib.closing(sqlite3.connect(folder / "mlflow.db")) as live:
            pristine.backup(live)

    return reset


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=2):
            return
        time.sleep(0.3)
    raise RuntimeError(f"the stock server did not start; its log:\n{log.read_text(errors='replace')[-3000:]}")


if __name__ == "__main__":
    main()
