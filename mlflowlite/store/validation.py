"""Checks of names, ids and lengths that several resources share (`semantics.md` §1, §2; `wire.md` §5.4)."""

from __future__ import annotations

import functools
import json
import posixpath
import re
from typing import Any

from mlflowlite.errors import invalid

MAX_KEY = 250
MAX_CACHED_KEY = 1000
MAX_PARAM_VALUE = 6000
MAX_TAG_VALUE = 8000
MAX_EXPERIMENT_NAME = 500
MAX_EXPERIMENT_TAG_VALUE = 20_000
MAX_REGISTRY_TAG_VALUE = 100_000

_KEY = re.compile(r"[/\w.\- :]*\Z")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}\Z")
_EXPERIMENT_ID = re.compile(r"-?\d+\Z", re.ASCII)
_MAX_ID_DIGITS = 18


@functools.lru_cache(maxsize=8192)
def _key_fault(key: str) -> str | None:
    """What is wrong with the characters of a key; None when nothing is."""
    if not _KEY.match(key):
        return (
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), "
            "colon(:) and slashes (/)."
        )
    normal = posixpath.normpath(key)
    if normal != key or normal == "." or normal.startswith(("..", "/")):
        return (
            "Names may be treated as files in certain cases, and must not resolve to other names when "
            f"treated as such. This name would resolve to {normal!r}"
        )
    return None


def check_key(key: str, path: str, length_path: str | None = None, limit: int = MAX_KEY) -> None:
    """Check the key of a metric, param or tag; `path` is its name in error messages."""
    # An overlong key is not worth a place in the cache, whose entries stay.
    fault = _key_fault(key) if len(key) <= MAX_CACHED_KEY else _key_fault.__wrapped__(key)
    if fault is not None:
        raise invalid(f"Invalid value {json.dumps(key)} for parameter '{path}' supplied: {fault}")
    if len(key) > limit:
        raise too_long(length_path or path, limit)


def check_length(path: str, value: str, limit: int) -> None:
    """Refuse a text of more than `limit` characters."""
    if len(value) > limit:
        raise too_long(path, limit)


def too_long(path: str, limit: int) -> Exception:
    """The protocol's answer to a text that is too long."""
    return invalid(f"'{path}' exceeds the maximum length of {limit} characters")


def check_run_id(run_id: str) -> None:
    """Refuse what can't be a run id."""
    if not _RUN_ID.match(run_id):
        raise invalid(f"Invalid value {json.dumps(run_id)} for parameter 'run_id' supplied.")


def parse_experiment_id(text: str) -> int:
    """An experiment id as the integer it is."""
    if not _EXPERIMENT_ID.match(text):
        raise invalid(f"Invalid experiment ID '{text}'. Experiment ID must be a valid integer.")
    # No database row can have a longer one; -1 is an id that is never given.
    return int(text) if len(text) <= _MAX_ID_DIGITS else -1


def check_batch_limit(what: str, limit: int, size: int) -> None:
    """Refuse a batch of more than `limit` things."""
    if size > limit:
        raise invalid(
            f"A batch logging request can contain at most {limit} {what}. Got {size} {what}. Please split "
            f"up {what} across multiple requests and try again."
        )


def json_list(text: str) -> list[Any]:
    """The JSON list in a tag, which clients may have overwritten with anything; then an empty one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else []


def check_max_results(value: int, limit: int) -> None:
    """Refuse a page size below 1 or above the endpoint's limit (`semantics.md` §2.1)."""
    if value < 1:
        raise invalid(
            f"Invalid value {value} for parameter 'max_results' supplied. It must be a positive integer"
        )
    if value > limit:
        raise invalid(
            f"Invalid value {value} for parameter 'max_results' supplied. It must be at most {limit}"
        )
