"""JSON to request messages and response messages to JSON, by the rules of `wire.md` §2, §3 and §5.3.

Two roads lead to the same message. The fast one is msgspec's typed parser, which checks a whole
batch while it reads it; it takes only what is plainly right. Whatever it refuses goes the lenient
road in `mlflowlite.wire.lenient`, which knows the protocol's tolerance (numbers as text, camelCase,
`null`, enums by number, ...) and its error messages.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from mlflowlite.wire.lenient import from_json, from_query
from mlflowlite.wire.message import Message

M = TypeVar("M", bound=Message)

_encode = msgspec.json.Encoder().encode
_ESCAPED_NUL = b"\\u0000"

_decoders: dict[type[Message], msgspec.json.Decoder[Any]] = {}
_building = threading.Lock()


def prepare(cls: type[M]) -> msgspec.json.Decoder[M]:
    """The strict decoder of a message; made at start, before there are threads.

    msgspec gathers what it knows of a type at its first use, and two threads that do so at once crash the
    process. So decoders are made one at a time, and those of all requests before the first one comes.
    """
    with _building:
        decoder = _decoders.get(cls)
        if decoder is None:
            decoder = _decoders[cls] = msgspec.json.Decoder(cls)
        return decoder


def decode_body(cls: type[M], body: bytes, path_fields: Mapping[str, str] | None = None) -> M:
    """The request message in a JSON body; `path_fields` are the variables of the URL, which win.

    Raises MlflowError INVALID_PARAMETER_VALUE naming the field that is missing or of the wrong type.
    """
    # PostgreSQL can't hold U+0000 in text, so neither database may: the lenient road looks closer.
    if not path_fields and body and _ESCAPED_NUL not in body:
        try:
            return (_decoders.get(cls) or prepare(cls)).decode(body)  # type: ignore[no-any-return]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    return from_json(cls, body, path_fields or {})


def decode_query(cls: type[M], query: str, path_fields: Mapping[str, str] | None = None) -> M:
    """The request message in a query string (GET). Raises as `decode_body`."""
    return from_query(cls, query, path_fields or {})


def encode(message: Message) -> bytes:
    """A response message as JSON."""
    return _encode(message)
