"""What a search runs, and how a page of it is fetched.

A plan is one or more segments, one after the other in the answer. Most searches have one. A search
sorted by a metric of one experiment has three: runs with a number, with NaN, without the metric
(`semantics.md` §9.3); the first walks the index of the metric's values, and the others run only when a
page reaches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlflowlite.db import Database, Row, reads
from mlflowlite.search.order import OrderTerm
from mlflowlite.search.sql import Sql
from mlflowlite.search.tokens import SortValue, bad_values, encode_token, fit, read_token


@dataclass(frozen=True)
class Segment:
    """One SELECT: what follows FROM, the condition, and a total order."""

    source: Sql
    where: Sql
    order: tuple[OrderTerm, ...]

    def select(self, row_id: str, after: Sequence[SortValue] | None, limit: int) -> Sql:
        """The statement for rows that come after the given sort values: row id, then sort values."""
        columns = ", ".join([row_id, *(term.sql for term in self.order)])
        order = ", ".join(
            f"{number} DESC" if term.descending else f"{number}" for number, term in enumerate(self.order, 2)
        )
        keyset = _after(self.order, after) if after is not None else Sql("")
        return Sql(
            f"SELECT {columns} FROM {self.source.text} WHERE {self.where.text}"
            f"{' AND ' if keyset.text else ''}{keyset.text} ORDER BY {order} LIMIT ?",
            (*self.source.params, *self.where.params, *keyset.params, limit),
        )


@dataclass(frozen=True)
class SearchPlan:
    """A search, ready to run. `digest` tells requests apart: a page token belongs to one of them."""

    row_id: str
    segments: tuple[Segment, ...]
    digest: str


@dataclass(frozen=True)
class Page:
    """The integer ids of a page's rows in order, and the token of the next page if there is one."""

    ids: list[int]
    next_page_token: str | None


@reads
def fetch_page(db: Database, plan: SearchPlan, page_token: str | None, max_results: int) -> Page:
    """One page of at most `max_results` rows; the first one without a token or with an empty one.

    Costs the same at any depth: rows before the page are not visited where an index gives the order.
    Raises a 400 for a token that is malformed or belongs to another request (`wire.md` §4).
    """
    start, after = _start(plan, page_token)
    found: list[tuple[int, Row]] = []
    for index in range(start, len(plan.segments)):
        statement = plan.segments[index].select(plan.row_id, after, max_results + 1 - len(found))
        found += [(index, row) for row in db.rows(statement.text, statement.params)]
        if len(found) > max_results:
            break
        after = None
    ids = [row[0] for _, row in found[:max_results]]
    if len(found) <= max_results:
        return Page(ids, None)
    index, row = found[max_results - 1]
    return Page(ids, encode_token(plan.digest, [index, *row[1:]]))


def _start(plan: SearchPlan, page_token: str | None) -> tuple[int, list[SortValue] | None]:
    """Where a page starts: the segment, and the sort values of the row before it there."""
    values = read_token(page_token, plan.digest)
    if values is None:
        return 0, None
    segment, after = (values[0], values[1:]) if values else (None, [])
    if type(segment) is not int or not 0 <= segment < len(plan.segments):
        raise bad_values(values)
    if not fit(after, [term.kind for term in plan.segments[segment].order]):
        raise bad_values(values)
    return segment, after


def _after(order: Sequence[OrderTerm], values: Sequence[SortValue]) -> Sql:
    """The condition of rows that come after the one with these sort values.

    Its first part bounds the first term alone, which an index on it turns into the place to start.
    """
    term, value = order[0], values[0]
    beyond = "<" if term.descending else ">"
    if len(order) == 1:
        return Sql(f"{term.sql} {beyond} ?", (value,))
    rest = _after(order[1:], values[1:])
    text = f"{term.sql} {beyond}= ? AND ({term.sql} {beyond} ? OR ({rest.text}))"
    return Sql(text, (value, value, *rest.params))
