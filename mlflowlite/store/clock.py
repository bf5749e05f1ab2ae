"""Times and ids as the server gives them (`semantics.md` §1)."""

from __future__ import annotations

import time
import uuid


def now_ms() -> int:
    """The time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def new_run_id() -> str:
    """A run id: 32 hex characters."""
    return uuid.uuid4().hex


def new_model_id() -> str:
    """A logged model's id: `m-` and 32 hex characters."""
    return f"m-{uuid.uuid4().hex}"
