"""The syntax tree of a filter, and how it prints.

Leaves are `Comparison` and `IsNull`; `And`, `Or` and `Not` join them. Names are kept as written: what
they mean is settled by the language of the searched entity (`mlflowlite.search.languages`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

_PLAIN = re.compile(r"[a-zA-Z_][\w.]*\Z", re.ASCII)


@dataclass(frozen=True)
class Name:
    """What a filter compares or an order sorts by: `entity.key`, or a bare `key` (entity None)."""

    entity: str | None
    key: str

    def __str__(self) -> str:
        if self.entity is not None and _PLAIN.match(self.key):
            key = self.key
        else:
            quote = '"' if "`" in self.key else "`"
            key = f"{quote}{self.key}{quote}"
        return key if self.entity is None else f"{self.entity}.{key}"


@dataclass(frozen=True)
class Text:
    """A quoted text, without its quotes. There are no escapes: what stands between them is the text."""

    text: str
    quote: str = "'"

    def __str__(self) -> str:
        return f"{self.quote}{self.text}{self.quote}"


@dataclass(frozen=True)
class Number:
    """A number as written."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Word:
    """A bare word where a value should stand. Only logged models take it as a text."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Texts:
    """A list for IN and NOT IN; never empty."""

    items: tuple[Text, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"


Value: TypeAlias = Text | Number | Word | Texts


@dataclass(frozen=True)
class Comparison:
    """`name operator value`; the operator in upper case with single blanks."""

    name: Name
    operator: str
    value: Value

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.value}"


@dataclass(frozen=True)
class IsNull:
    """`name IS NULL`, or `IS NOT NULL` when negated."""

    name: Name
    negated: bool

    def __str__(self) -> str:
        return f"{self.name} IS {'NOT ' if self.negated else ''}NULL"


@dataclass(frozen=True)
class Not:
    """The opposite of one condition."""

    part: Node

    def __str__(self) -> str:
        return f"NOT {_grouped(self.part)}"


@dataclass(frozen=True)
class And:
    """All of two or more conditions."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(map(_grouped, self.parts))


@dataclass(frozen=True)
class Or:
    """At least one of two or more conditions."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(map(_grouped, self.parts))


Node: TypeAlias = "Comparison | IsNull | Not | And | Or"


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, And | Or) else str(node)


def leaves(node: Node | None) -> list[Comparison | IsNull]:
    """The comparisons and null tests of a tree, from left to right."""
    if node is None:
        return []
    if isinstance(node, Comparison | IsNull):
        return [node]
    parts = (node.part,) if isinstance(node, Not) else node.parts
    return [leaf for part in parts for leaf in leaves(part)]
