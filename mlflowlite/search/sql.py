"""Pieces of SQL with their parameters, and the comparisons that all fields are made of.

Every condition made here is true or false, never NULL, so that NOT means the opposite.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlflowlite.errors import invalid
from mlflowlite.search.dialects import Dialect

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
NUMERIC_OPERATORS = ("=", "!=", ">", ">=", "<", "<=")
TEXT_OPERATORS = ("=", "!=", "LIKE", "ILIKE")
LIST_OPERATORS = ("IN", "NOT IN")
MAX_PATTERN = 10_000  # SQLite gives up on patterns of more than 50,000 bytes

_EXACT_DIGITS = 25  # longer whole numbers are far beyond 64 bits: a float will do
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True)
class Sql:
    """A piece of a statement with `?` for each of its parameters."""

    text: str
    params: tuple[Any, ...] = ()


TRUE = Sql("1 = 1")
FALSE = Sql("1 = 0")


def all_of(parts: Iterable[Sql]) -> Sql:
    """The conditions joined by AND; TRUE when there is none."""
    return _joined(" AND ", [part for part in parts if part is not TRUE]) or TRUE


def any_of(parts: Iterable[Sql]) -> Sql:
    """The conditions joined by OR, in parentheses; FALSE when there is none."""
    joined = _joined(" OR ", [Sql(f"({part.text})", part.params) for part in parts])
    return Sql(f"({joined.text})", joined.params) if joined else FALSE


def negated(part: Sql) -> Sql:
    """The opposite of a condition."""
    return Sql(f"NOT ({part.text})", part.params)


def _joined(word: str, parts: list[Sql]) -> Sql | None:
    if not parts:
        return None
    return Sql(word.join(part.text for part in parts), tuple(p for part in parts for p in part.params))


def one_of(column: str, items: Iterable[Any], dialect: Dialect) -> Sql:
    """The column's value is one of the items."""
    values = list(items)
    if not values:
        return FALSE
    if len(values) == 1:
        return Sql(f"{column} = ?", (values[0],))
    return Sql(dialect.in_list.format(column), (dialect.array(values),))


def row_ids(ids: Iterable[int]) -> tuple[int, ...]:
    """Ids in order, each once, without those that no row can have."""
    return tuple(sorted({number for number in ids if INT64_MIN <= number <= INT64_MAX}))


def text_test(column: str, operator: str, value: str | tuple[str, ...], dialect: Dialect) -> Sql:
    """A text compared with another, with a pattern, or with a list of texts.

    ILIKE folds the letters A to Z only, on both databases. Raises a 400 for an overlong pattern.
    """
    if isinstance(value, tuple):
        found = one_of(column, value, dialect)
        return found if operator == "IN" else negated(found)
    if operator in ("=", "!="):
        return Sql(f"{column} {'=' if operator == '=' else '<>'} ?", (value,))
    if len(value) > MAX_PATTERN:
        raise invalid(f"A pattern for LIKE or ILIKE can't be longer than {MAX_PATTERN} characters.")
    if operator == "ILIKE":
        column, value = f"lower({column})", value.translate(_LOWER)
    return Sql(f"{column} LIKE ?{dialect.like_end}", (value,))


def number_of(text: str) -> int | float:
    """The value of a number as written; whole numbers exactly, infinity for what is too large."""
    if text.lstrip("+-").isdigit() and len(text) <= _EXACT_DIGITS:
        return int(text)
    return float(text)


def real_test(column: str, operator: str, value: float) -> Sql:
    """A 64-bit float compared with a number."""
    return Sql(f"{column} {'<>' if operator == '!=' else operator} ?", (value,))


def integer_test(column: str, operator: str, value: float) -> Sql:
    """A 64-bit integer compared with any number, fractions and infinities included, exactly."""
    if value > INT64_MAX:
        return TRUE if operator in ("<", "<=", "!=") else FALSE
    if value < INT64_MIN:
        return TRUE if operator in (">", ">=", "!=") else FALSE
    whole = math.floor(value)
    if whole != value:
        if operator in ("=", "!="):
            return TRUE if operator == "!=" else FALSE
        operator = ">" if operator in (">", ">=") else "<="
    return Sql(f"{column} {'<>' if operator == '!=' else operator} ?", (whole,))
