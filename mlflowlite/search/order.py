"""What an answer is sorted by: terms of ORDER BY, none of them ever NULL.

What a row lacks is sorted last in both directions by a term of its own in front: 0 for a value, 1 for
none; for a metric 0 for a number, 1 for NaN, 2 for none (`semantics.md` §9.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mlflowlite.search.fields import Scope
from mlflowlite.search.sql import Sql
from mlflowlite.search.tokens import SortValue


@dataclass(frozen=True)
class OrderTerm:
    """One expression to sort by, without parameters; `kind` is the Python type of its values."""

    sql: str
    kind: type[SortValue]
    descending: bool = False


@dataclass(frozen=True)
class OrderSource:
    """How to sort by one field: a join that brings in the value, if one is needed, and the terms."""

    join: Sql | None
    terms: tuple[OrderTerm, ...]


class Sortable(Protocol):
    """A thing that can be sorted by."""

    def source(self, key: str, descending: bool, alias: str, scope: Scope) -> OrderSource:
        """The join, under the alias, and the terms."""


@dataclass(frozen=True)
class Column:
    """A column of the searched row, or an expression of its columns."""

    sql: str
    kind: type[SortValue] = str
    nullable: bool = False

    def source(self, key: str, descending: bool, alias: str, scope: Scope) -> OrderSource:
        if self.nullable:
            return OrderSource(None, _present_first(self.sql, self.kind, descending))
        return OrderSource(None, (OrderTerm(self.sql, self.kind, descending),))


@dataclass(frozen=True)
class RunValue:
    """A value of a run by its interned name: in `params`, `tags` or `latest_metrics`."""

    table: str
    metric: bool = False

    def source(self, key: str, descending: bool, alias: str, scope: Scope) -> OrderSource:
        if len(scope.experiment_ids) == 1:
            key_id = scope.key_id(key)
            text, params = f"{alias}.key_id = {key_id.text}", key_id.params
            keys = ""
        else:
            keys = (
                f"LEFT JOIN keys {alias}k ON {alias}k.experiment_id = r.experiment_id AND {alias}k.name = ? "
            )
            text, params = f"{alias}.key_id = {alias}k.id", (key,)
        join = Sql(f"{keys}LEFT JOIN {self.table} {alias} ON {alias}.run_ref = r.id AND {text}", params)
        if not self.metric:
            return OrderSource(join, _present_first(f"{alias}.value", str, descending))
        return OrderSource(
            join,
            (
                OrderTerm(f"COALESCE({alias}.is_nan, 2)", int),
                OrderTerm(f"COALESCE({alias}.value, 0)", float, descending),
            ),
        )


@dataclass(frozen=True)
class LoggedModelValue:
    """The newest value of a logged model's metric, of one dataset if the scope names one."""

    def source(self, key: str, descending: bool, alias: str, scope: Scope) -> OrderSource:
        datasets = scope.on_datasets()
        newest = (
            "SELECT x.timestamp, x.step, x.run_id FROM logged_model_metrics x "
            f"WHERE x.model_ref = l.id AND x.key = ? AND {datasets.text} "
            "ORDER BY x.timestamp DESC, x.step DESC, x.run_id LIMIT 1"
        )
        join = Sql(
            f"LEFT JOIN logged_model_metrics {alias} ON {alias}.model_ref = l.id AND {alias}.key = ? "
            f"AND ({alias}.timestamp, {alias}.step, {alias}.run_id) = ({newest})",
            (key, key, *datasets.params),
        )
        return OrderSource(join, _present_first(f"{alias}.value", float, descending))


def _present_first(sql: str, kind: type[SortValue], descending: bool) -> tuple[OrderTerm, ...]:
    stand_in = "''" if kind is str else "0"
    return (
        OrderTerm(f"CASE WHEN {sql} IS NULL THEN 1 ELSE 0 END", int),
        OrderTerm(f"COALESCE({sql}, {stand_in})", kind, descending),
    )
