"""A syntax tree and an order, in the words of one language, as SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mlflowlite.errors import invalid
from mlflowlite.search.fields import Scope
from mlflowlite.search.languages import ATTRIBUTE, Language
from mlflowlite.search.order import OrderTerm, Sortable
from mlflowlite.search.parser import parse_order
from mlflowlite.search.plan import Segment
from mlflowlite.search.sql import TRUE, Sql, all_of, any_of, negated
from mlflowlite.search.tree import And, Comparison, IsNull, Name, Node, Not

MAX_ORDER_ENTRIES = 20  # SQLite joins at most 64 tables

T = TypeVar("T")


@dataclass(frozen=True)
class SortKey:
    """One entry of an order: a field that can be sorted by, and the direction."""

    entity: str
    key: str
    field: Sortable
    descending: bool
    scope: Scope


def compile_filter(tree: Node | None, language: Language, scope: Scope) -> Sql:
    """The condition that rows matching the filter meet; TRUE without a filter.

    Raises a 400 for unknown entities and attributes, and for operators and values that don't fit them.
    """
    if tree is None:
        return TRUE
    if isinstance(tree, Comparison):
        _, key, field = resolve(tree.name, language, language.fields)
        return field.compare(key, tree.operator, tree.value, scope)
    if isinstance(tree, IsNull):
        _, key, field = resolve(tree.name, language, language.fields)
        present = field.present(key, scope)
        return present if tree.negated else negated(present)
    if isinstance(tree, Not):
        return negated(compile_filter(tree.part, language, scope))
    if isinstance(tree, And):
        return all_of(compile_filter(part, language, scope) for part in sorted(tree.parts, key=_reach))
    return any_of(compile_filter(part, language, scope) for part in tree.parts)


def compile_order(entries: Sequence[str], language: Language, scope: Scope) -> list[SortKey]:
    """The order of a request, made total.

    Raises a 400 for entries that can't be parsed, that name what can't be sorted by, or that repeat.
    """
    keys = []
    for entry in entries:
        name, descending = parse_order(entry)
        keys.append(SortKey(*resolve(name, language, language.sortable), descending, scope))
    return complete_order(keys, entries, language, scope)


def complete_order(
    keys: list[SortKey], entries: Sequence[object], language: Language, scope: Scope
) -> list[SortKey]:
    """The sort keys of a request and those that settle ties; `entries` is the request's own text.

    Raises a 400 for more than MAX_ORDER_ENTRIES keys and for one that repeats.
    """
    if len(keys) > MAX_ORDER_ENTRIES:
        raise invalid(f"`order_by` can't hold more than {MAX_ORDER_ENTRIES} fields.")
    seen = {(key.entity, key.key, key.scope.datasets) for key in keys}
    if len(seen) < len(keys):
        raise invalid(f"`order_by` contains duplicate fields: {list(entries)}")
    given = {key.key for key in keys if key.entity == ATTRIBUTE}
    ties = [
        SortKey(*resolve(Name(None, attribute), language, language.sortable), descending, scope)
        for attribute, descending in (language.ties if keys else language.default_order)
        if attribute not in given
    ]
    return keys + ties


def sorted_segment(
    source: Sql, where: Sql, keys: Sequence[SortKey], first: OrderTerm | None = None
) -> Segment:
    """The rows of a source that meet a condition, sorted by a term of the source itself, then by keys."""
    terms = [first] if first else []
    for number, key in enumerate(keys, 1):
        added = key.field.source(key.key, key.descending, f"o{number}", key.scope)
        terms += added.terms
        if added.join is not None:
            source = Sql(f"{source.text} {added.join.text}", source.params + added.join.params)
    return Segment(source, where, tuple(terms))


def resolve(name: Name, language: Language, table: Mapping[str, Mapping[str, T] | T]) -> tuple[str, str, T]:
    """What a name stands for in a table of the language: entity, key without alias, and the field.

    Raises a 400 when the language knows no such entity or attribute.
    """
    entity = ATTRIBUTE if name.entity is None else language.spellings.get(name.entity)
    if entity is None:
        raise invalid(f"Invalid entity type '{name.entity}'. Valid values are {sorted(language.spellings)}")
    fields = table.get(entity)
    if fields is None:
        raise invalid(f"Invalid identifier type '{entity}'")
    if not isinstance(fields, Mapping):
        return entity, name.key, fields
    key = language.aliases.get(name.key, name.key) if entity == ATTRIBUTE else name.key
    if key not in fields:
        known = sorted([*fields, *(alias for alias, key in language.aliases.items() if key in fields)])
        raise invalid(f"Invalid {entity} key '{name.key}' specified. Valid keys are {known}")
    return entity, key, fields[key]


def _reach(node: Node) -> int:
    """A guess at how many rows meet a condition: SQLite tests conditions in the order written."""
    if not isinstance(node, Comparison):
        return 4
    return {"=": 0, "IN": 1, "LIKE": 2, "ILIKE": 2, "!=": 4, "NOT IN": 4}.get(node.operator, 3)
