"""Who sent the request at hand, for the history of the registry.

Nothing is checked here: a proxy in front of the server authenticates, and its header is taken at its
word; so is the user name of HTTP basic authentication, which stock clients send when they have one.
"""

from __future__ import annotations

import base64
from contextvars import ContextVar
from typing import Any

# The WSGI environment of the request that this thread works on.
environ: ContextVar[dict[str, Any]] = ContextVar("environ")


def current_user(header: str) -> str:
    """The user of the request that this thread works on; empty when it names none.

    What a WSGI middleware found out comes first, then the header of this name (none if empty), then basic
    authentication.
    """
    request = environ.get({})
    return (
        _text(request.get("REMOTE_USER"))
        or (_text(request.get(_variable(header))) if header else "")
        or _printable(_basic(request))
    )


def _variable(header: str) -> str:
    """The name under which WSGI keeps a header."""
    return "HTTP_" + header.upper().replace("-", "_")


def _text(value: object) -> str:
    """A value of the WSGI environment, whose characters stand for the bytes of UTF-8."""
    return _printable(str(value or "").encode("latin-1", "replace").decode("utf-8", "replace"))


def _basic(request: dict[str, Any]) -> str:
    """The user name in the credentials; without a colon they hold none, but perhaps a secret."""
    scheme, _, credentials = request.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        user, colon, _ = base64.b64decode(credentials).partition(b":")
    except ValueError:
        return ""
    return user.decode("utf-8", "replace") if colon else ""


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).strip()
