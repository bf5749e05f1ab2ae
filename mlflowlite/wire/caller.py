"""Who sent the request at hand, for the history of the registry.

Nothing is checked here: a proxy in front of the server authenticates, and its header is taken at its
word; so is the user name of HTTP basic authentication, which stock clients send when they have one.
"""

from __future__ import annotations

import base64
import binascii
from contextvars import ContextVar
from typing import Any

# The WSGI environment of the request that this thread works on.
environ: ContextVar[dict[str, Any]] = ContextVar("environ")


def current_user(header: str) -> str:
    """The user of the request that this thread works on; empty when it names none.

    What a WSGI middleware found out comes first, then the header of this name, then basic authentication.
    """
    request = environ.get({})
    named = request.get("REMOTE_USER") or request.get(_variable(header)) if header else None
    user = str(named).encode("latin-1", "replace").decode("utf-8", "replace") if named else _basic(request)
    return "".join(character for character in user if character.isprintable()).strip()


def _variable(header: str) -> str:
    """The name under which WSGI keeps a header."""
    return "HTTP_" + header.upper().replace("-", "_")


def _basic(request: dict[str, Any]) -> str:
    scheme, _, credentials = request.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials).decode("utf-8", "replace").partition(":")[0]
    except (ValueError, binascii.Error):
        return ""
