"""`GET /openapi.json`: the contract for tools."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec
from flask import Response

if TYPE_CHECKING:
    from mlflowlite.api.context import Context
    from mlflowlite.app import App


def register(app: App, context: Context) -> None:
    """Add the document at /openapi.json."""

    @app.get(f"{context.settings.static_prefix}/openapi.json")
    def openapi() -> Response:
        return Response(_document(), mimetype="application/json")


@functools.cache
def _document() -> bytes:
    from mlflowlite.wire.openapi import document  # loads the descriptors, which nothing else needs

    return msgspec.json.encode(document())
