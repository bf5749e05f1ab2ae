"""What every generated message is built from.

`mlflowlite/protos/messages.py` is generated from `proto/`; its classes derive from `Message` and use
the scalar types below. A field that is unset holds `None` (or an empty list) and is not sent; a field
that is set is sent, default or not (`wire.md` §3).

Decoding with msgspec is strict on purpose: whatever is not plainly right (an unknown field, `null` for
a required one, a number sent as text) fails, and `mlflowlite.wire.codec` then takes the slow road that
knows the protocol's leniency and its error messages.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec


class Message(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A message of the protocol. Generated; presence is `is not None`."""


RequiredStr = Annotated[str, msgspec.Meta(min_length=1)]
Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


def double(value: float, is_nan: Any = False) -> float:
    """A double as responses carry it: NaN travels as the text `"NaN"`, which msgspec passes through."""
    return "NaN" if is_nan or value != value else value  # type: ignore[return-value]
