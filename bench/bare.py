"""The least a WSGI application can do with a big file: what the server's road is measured against."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

CHUNK = 2**20
FOLDER = Path(os.environ.get("BARE_FOLDER", "."))


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """PUT keeps the body in a file, GET sends it back."""
    target = FOLDER / Path(environ["PATH_INFO"]).name
    if environ["REQUEST_METHOD"] == "PUT":
        with target.open("wb", buffering=0) as file:
            while chunk := environ["wsgi.input"].read(CHUNK):
                file.write(chunk)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"{}"]
    if environ["REQUEST_METHOD"] == "POST" or target.name == "health":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"{}"]
    start_response("200 OK", [("Content-Length", str(target.stat().st_size))])
    return _pieces(target)


def _pieces(target: Path) -> Iterable[bytes]:
    with target.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk
