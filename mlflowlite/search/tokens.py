"""Page tokens: where a page ended, opaque to clients.

A token is base64url of JSON: the request it belongs to and the values by which the next page knows
where to start. It holds nothing that the client may not see, and is not signed: all it can say is
where to go on, and every value is checked before it becomes a parameter.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Sequence

from mlflowlite.errors import MlflowError, invalid
from mlflowlite.search.sql import INT64_MAX, INT64_MIN

SortValue = str | int | float

_SHOWN = 200  # characters of a bad token that an error repeats


def request_digest(*parts: object) -> str:
    """A short digest of all that makes a request the same one; the page size does not."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def encode_token(request: str, values: Sequence[SortValue]) -> str:
    """A token that says "go on after these values" of this request."""
    content = json.dumps({"request": request, "after": list(values)}, ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).decode()


def decode_token(text: str | None, request: str, kinds: Sequence[type[SortValue]]) -> list[SortValue] | None:
    """The values of a token, None for the first page. `kinds` are the types the values must have.

    Raises a 400 with the messages of `wire.md` §4, also for a token of another request.
    """
    values = read_token(text, request)
    if values is not None and not fit(values, kinds):
        raise bad_values(values)
    return values


def read_token(text: str | None, request: str) -> list[SortValue] | None:
    """The values of a token, still unchecked; None for the first page. Raises like `decode_token`."""
    if not text:
        return None
    try:
        decoded = base64.b64decode(text, altchars=b"-_", validate=True)
    except ValueError as error:
        raise invalid("Invalid page token, could not base64-decode") from error
    try:
        content = json.loads(decoded)
    except (ValueError, RecursionError) as error:
        raise invalid(f"Invalid page token, decoded value={decoded[:_SHOWN]!r}") from error
    if not isinstance(content, dict) or not isinstance(content.get("after"), list):
        raise bad_values(content)
    if content.get("request") != request:
        raise invalid(
            "Invalid page token: it belongs to another request. All fields but the page size and the token "
            "must stay the same from page to page."
        )
    return content["after"]  # type: ignore[no-any-return]


def bad_values(content: object) -> MlflowError:
    """The error for a token that decodes to something else than a token."""
    return invalid(f"Invalid page token, parsed value={ascii(content)[:_SHOWN]}")


def fit(values: Sequence[object], kinds: Sequence[type[SortValue]]) -> bool:
    """Whether there is one value of each kind, all of which the databases can compare."""
    return len(values) == len(kinds) and all(map(_fits, values, kinds))


def _fits(value: object, kind: type[SortValue]) -> bool:
    if kind is str:
        return isinstance(value, str) and "\0" not in value and _is_unicode(value)
    if type(value) is int:
        return INT64_MIN <= value <= INT64_MAX
    return kind is float and isinstance(value, float) and math.isfinite(value)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
