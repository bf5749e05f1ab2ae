"""The tolerant way to read a request, and every message about one that can't be read.

What is accepted and how errors are worded: `wire.md` §2.2, §2.3, §5.3. Values that upstream drops
in silence are refused here (§2.3).
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs

from msgspec import inspect as types

from mlflowlite.errors import MlflowError, invalid
from mlflowlite.protos.messages import ALIASES, ENUM_NUMBERS
from mlflowlite.wire.message import Message

M = TypeVar("M", bound=Message)

_INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
_SEE_DOCS = " See the API docs for more information about request parameters."
_UNSET = object()


class _Special(float):
    """A bare `NaN`, `Infinity` or `-Infinity`: meant so, unlike a number that is too large for a double."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a message, as the lenient reader needs to know it."""

    name: str
    camel: str
    type: Any
    required: bool
    repeated: bool


def from_json(cls: type[M], body: bytes, path_fields: Mapping[str, str]) -> M:
    """Read a message from a JSON body, tolerantly."""
    data = _load(body)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise invalid(f"The request body must be a JSON object, not a {_kind(data)}.")
    return _message(cls, _with_path_fields(cls, data, path_fields), "")


def from_query(cls: type[M], query: str, path_fields: Mapping[str, str]) -> M:
    """Read a message from a query string, tolerantly."""
    if not query.isascii():
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")  # bytes, as WSGI spells them
    given = parse_qs(query, keep_blank_values=True)
    data: dict[str, Any] = {}
    for field in _fields(cls):
        values = given.get(field.name)
        if values is not None:
            data[field.name] = values if field.repeated else _query_value(field, values[0])
    return _message(cls, _with_path_fields(cls, data, path_fields), "")


def _with_path_fields(
    cls: type[Message], data: dict[str, Any], path_fields: Mapping[str, str]
) -> dict[str, Any]:
    """The fields of body or query with the variables of the path, which win over both spellings."""
    if not path_fields:
        return data
    aliases = {field.camel for field in _fields(cls) if field.name in path_fields}
    return {name: value for name, value in data.items() if name not in aliases} | dict(path_fields)


def _query_value(field: _Field, text: str) -> Any:
    if not isinstance(field.type, types.BoolType):
        return text
    if text.lower() not in ("true", "false"):
        raise invalid(f"Invalid boolean value: {text}, must be 'true' or 'false'.")
    return text.lower() == "true"


def _load(body: bytes) -> Any:
    """The JSON value of a body; None when it is empty or malformed, as upstream has it."""
    try:
        data = json.loads(body, parse_constant=_Special)
        # Old clients encode their JSON twice.
        return json.loads(data, parse_constant=_Special) if isinstance(data, str) else data
    except (ValueError, RecursionError):
        return None


@functools.cache
def _fields(cls: type[Message]) -> tuple[_Field, ...]:
    info = types.type_info(cls)
    assert isinstance(info, types.StructType)
    return tuple(_field(field) for field in info.fields)


def _field(field: types.Field) -> _Field:
    inner = field.type
    if isinstance(inner, types.UnionType):
        inner = next(member for member in inner.types if not isinstance(member, types.NoneType))
    head, *rest = field.name.split("_")
    camel = head + "".join(word[:1].upper() + word[1:] for word in rest)
    return _Field(field.name, camel, inner, field.required, isinstance(inner, types.ListType))


def _message(cls: type[M], data: dict[str, Any], path: str) -> M:
    """Build one message from a JSON object; `path` is what its fields' names start with in errors."""
    values: dict[str, Any] = {}
    aliases = ALIASES.get(cls, {})
    for field in _fields(cls):
        raw = _raw(data, field)
        if field.required and raw in (None, ""):
            raw = _aliased(data, cls, field.name)
        name = path + field.name
        if field.required and (raw is None or raw == ""):
            raise invalid(f"Missing value for required parameter '{name}'.{_SEE_DOCS}")
        if raw is None or (field.name in aliases and raw == ""):
            continue
        value = _value(field.type, raw, name)
        if value is not _UNSET:
            values[field.name] = value
        elif field.required:
            raise _wrong(name, raw)
    return cls(**values)


def _raw(data: dict[str, Any], field: _Field) -> Any:
    if field.camel != field.name and field.camel in data:
        if field.name in data:
            raise invalid(
                f"Request specifies both '{field.name}' and '{field.camel}'; provide only one of them."
            )
        return data[field.camel]
    return data.get(field.name)


def _aliased(data: dict[str, Any], cls: type[Message], name: str) -> Any:
    """The value of a field under its older name: `run_uuid` for `run_id`."""
    for alias, target in ALIASES.get(cls, {}).items():
        if target == name:
            for field in _fields(cls):
                if field.name == alias:
                    return _raw(data, field)
    return None


def _value(kind: Any, raw: Any, name: str) -> Any:
    """One field's value as its type; _UNSET for an enum value nobody knows."""
    reader = _READERS[type(kind)]
    return reader(kind, raw, name)


def _string(_: types.StrType, raw: Any, name: str) -> str:
    if not isinstance(raw, str):
        raise _wrong(name, raw)
    if "\0" in raw:
        raise invalid(
            f"Invalid value for parameter '{name}' supplied: text may not hold the character U+0000."
        )
    if not raw.isascii():
        try:
            raw.encode()
        except UnicodeEncodeError:
            raise invalid(
                f"Invalid value for parameter '{name}' supplied: text may not hold half of a surrogate pair."
            ) from None
    return raw


def _integer(kind: types.IntType, raw: Any, name: str) -> int:
    value: Any = raw
    if isinstance(raw, str) and len(raw) <= 20 and _INTEGER.match(raw):
        value = int(raw)
    elif isinstance(raw, float) and raw.is_integer():
        value = int(raw)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, raw)
    if not (kind.ge or 0) <= value <= (kind.le or 0):
        raise invalid(
            f"Invalid value {_shown(raw)} for parameter '{name}' supplied: "
            f"it must be an integer from {kind.ge} to {kind.le}."
        )
    return value


def _double(_: types.FloatType, raw: Any, name: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise _wrong(name, raw)
    if isinstance(raw, str) and raw not in ("NaN", "Infinity", "-Infinity"):
        try:
            number = float(raw) if "_" not in raw else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _wrong(name, raw)
        return number
    try:
        number = float(raw)
    except OverflowError:
        raise _wrong(name, raw) from None
    if math.isinf(number) and type(raw) is float:
        raise _wrong(name, raw)  # 1e400
    return number


def _bool(_: types.BoolType, raw: Any, name: str) -> bool:
    if not isinstance(raw, bool):
        raise _wrong(name, raw)
    return raw


def _enum(kind: types.LiteralType, raw: Any, name: str) -> Any:
    numbers = _numbers_of(kind.values)
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise _wrong(name, raw)
    if isinstance(raw, str) and raw.upper() in numbers:
        return raw.upper()
    for known, number in numbers.items():
        if str(number) == str(raw):
            return known
    if isinstance(raw, int):
        raise _wrong(name, raw)
    return _UNSET


@functools.cache
def _numbers_of(values: tuple[str, ...]) -> dict[str, int]:
    return next(numbers for numbers in ENUM_NUMBERS.values() if set(numbers) == set(values))


def _list(kind: types.ListType, raw: Any, name: str) -> list[Any]:
    if not isinstance(raw, list):
        raise _wrong(name, raw)
    items = (_value(kind.item_type, item, f"{name}[{index}]") for index, item in enumerate(raw))
    return [item for item in items if item is not _UNSET]


def _object(kind: Any, raw: Any, name: str) -> Message:
    if not isinstance(raw, dict):
        raise _wrong(name, raw)
    return _message(kind.cls, raw, f"{name}.")  # type: ignore[no-any-return]


def _map(_: types.DictType, raw: Any, name: str) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise _wrong(name, raw)
    for text in (*raw, *raw.values()):
        _string(types.StrType(), text, name)
    return raw


_READERS: dict[type[Any], Callable[[Any, Any, str], Any]] = {
    types.StrType: _string,
    types.IntType: _integer,
    types.FloatType: _double,
    types.BoolType: _bool,
    types.LiteralType: _enum,
    types.ListType: _list,
    types.StructType: _object,
    types.DictType: _map,
}


def _wrong(name: str, raw: Any) -> MlflowError:
    """The protocol's answer to a value of the wrong type."""
    hint = f" Hint: Value was of type '{_kind(raw)}'."
    return invalid(f"Invalid value {_shown(raw)} for parameter '{name}' supplied: {hint}{_SEE_DOCS}")


def _kind(raw: Any) -> str:
    return "float" if isinstance(raw, float) else type(raw).__name__


def _shown(raw: Any) -> str:
    try:
        text = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        return "..."
    return text if len(text) <= 1000 else text[:1000] + "..."


__all__ = ["from_json", "from_query"]
