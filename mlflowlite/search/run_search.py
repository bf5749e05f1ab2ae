"""Searches of runs (`semantics.md` §9.2, §9.3)."""

from __future__ import annotations

from collections.abc import Sequence

from mlflowlite.search.compiler import SortKey, compile_filter, compile_order, resolve, sorted_segment
from mlflowlite.search.dialects import dialect_of
from mlflowlite.search.fields import Scope, metric_value
from mlflowlite.search.languages import METRIC, RUN_METRICS, RUNS
from mlflowlite.search.order import OrderTerm
from mlflowlite.search.parser import parse_filter
from mlflowlite.search.plan import SearchPlan, Segment
from mlflowlite.search.sql import Sql, all_of, negated, one_of, real_test, row_ids
from mlflowlite.search.tokens import request_digest
from mlflowlite.search.tree import And, Comparison, Node


def plan_run_search(
    experiment_ids: Sequence[int],
    filter: str,  # noqa: A002 the protocol's name
    order_by: Sequence[str],
    lifecycle_stages: Sequence[str],
    dialect: str,
) -> SearchPlan:
    """The plan of runs/search: `runs.id` of the runs of these experiments and stages.

    Runs of one experiment and one stage in default order come off an index, and so do runs of one
    experiment sorted by a metric first; any other order visits all candidates.

    Raises a 400 for a filter or an order that `semantics.md` §9 does not know.
    """
    experiments = row_ids(experiment_ids)
    stages = tuple(sorted(set(lifecycle_stages)))
    scope = Scope(dialect_of(dialect), experiments)
    tree = parse_filter(filter)
    where = all_of(
        [
            one_of("r.experiment_id", experiments, scope.dialect),
            one_of("r.lifecycle_stage", stages, scope.dialect),
            compile_filter(tree, RUNS, scope),
        ]
    )
    keys = compile_order(order_by, RUNS, scope)
    if len(experiments) == 1 and keys[0].entity == METRIC:
        segments = _metric_walk(keys, where, tree, scope)
    else:
        segments = (sorted_segment(Sql("runs r"), where, keys),)
    return SearchPlan(
        RUNS.row_id, segments, request_digest("runs", experiments, filter, list(order_by), stages)
    )


def _metric_walk(keys: list[SortKey], where: Sql, tree: Node | None, scope: Scope) -> tuple[Segment, ...]:
    """Three segments: runs with a number, with NaN, and without the metric that is sorted by first."""
    first, *rest = keys
    key_id = scope.key_id(first.key)
    walk = Sql(scope.dialect.metric_walk)
    named = Sql(f"o.key_id = {key_id.text}", key_id.params)
    bounds = _bounds(tree, first.key)

    numbers = sorted_segment(
        walk,
        all_of([named, Sql("o.is_nan = 0"), *bounds, where]),
        rest,
        first=OrderTerm("o.value", float, first.descending),
    )
    if bounds:
        return (numbers,)
    nans = sorted_segment(walk, all_of([named, Sql("o.is_nan = 1"), where]), rest)
    present = RUN_METRICS.present(first.key, scope)
    missing = sorted_segment(Sql("runs r"), all_of([where, negated(present)]), rest)
    return numbers, nans, missing


def _bounds(tree: Node | None, metric: str) -> list[Sql]:
    """What every match must fulfil on the metric's value, for the walk to start and stop at.

    With any such bound, runs without a number can't match.
    """
    bounds = []
    for node in tree.parts if isinstance(tree, And) else [tree]:
        if isinstance(node, Comparison) and node.operator != "!=":
            entity, key, _ = resolve(node.name, RUNS, RUNS.fields)
            if (entity, key) == (METRIC, metric):
                bounds.append(real_test("o.value", node.operator, metric_value(node.operator, node.value)))
    return bounds
