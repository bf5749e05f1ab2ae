"""What the two databases need said differently, and the hints that keep their planners on course.

Every search is meant to run in one of two ways: walk an index in the order of the answer and look the
conditions up per row by primary key, or visit all candidates, sort and cut. Neither database has
statistics to rely on in a fresh store, so the shape of the statement has to say which:

* SQLite joins in the order written when tables are joined by CROSS JOIN, and INDEXED BY names the
  index. It runs a correlated EXISTS once per row, as written.
* PostgreSQL would rewrite EXISTS as a join, which may read a whole table of params to answer for the
  first hundred runs. `OFFSET 0` inside the EXISTS keeps it a look-up per row, and inside LATERAL it
  keeps the order of a join.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True)
class Dialect:
    """The words of one database.

    `like_end` switches off LIKE's escape character, which SQLite has none of; `probe_end` ends a
    correlated EXISTS; `in_list` is a format for "is one of a list", whose parameter `array` makes;
    `metric_walk` joins the latest values of a metric, in order, with their runs.
    """

    like_end: str
    probe_end: str
    in_list: str
    metric_walk: str

    def array(self, items: Iterable[Any]) -> Any:
        """A list as one parameter of `in_list`."""
        values = list(items)
        return msgspec.json.encode(values).decode() if self is SQLITE else values


SQLITE = Dialect(
    like_end="",
    probe_end="",
    in_list="{} IN (SELECT value FROM json_each(?))",
    metric_walk="latest_metrics o INDEXED BY latest_metrics_by_value CROSS JOIN runs r ON r.id = o.run_ref",
)
POSTGRESQL = Dialect(
    like_end=" ESCAPE ''",
    probe_end=" OFFSET 0",
    in_list="{} = ANY(?)",
    metric_walk=(
        "latest_metrics o CROSS JOIN LATERAL (SELECT * FROM runs WHERE runs.id = o.run_ref OFFSET 0) r"
    ),
)


def dialect_of(name: str) -> Dialect:
    """The dialect of a `Database.dialect`."""
    return {"sqlite": SQLITE, "postgresql": POSTGRESQL}[name]
