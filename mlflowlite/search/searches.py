"""Searches of experiments, registered models, model versions and logged models.

Searches of runs are in `mlflowlite.search.run_search`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from mlflowlite.errors import invalid
from mlflowlite.search.compiler import (
    SortKey,
    compile_filter,
    compile_order,
    complete_order,
    resolve,
    sorted_segment,
)
from mlflowlite.search.dialects import dialect_of
from mlflowlite.search.fields import IS_PROMPT, RegistryTags, Scope
from mlflowlite.search.languages import (
    EXPERIMENTS,
    LOGGED_MODELS,
    METRIC,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    TAG,
    Language,
)
from mlflowlite.search.lexer import check_text
from mlflowlite.search.parser import parse_filter
from mlflowlite.search.plan import SearchPlan
from mlflowlite.search.sql import Sql, all_of, one_of, row_ids
from mlflowlite.search.tokens import request_digest
from mlflowlite.search.tree import Name, Node, leaves


class LoggedModelOrder(Protocol):
    """One `order_by` object of logged-models/search; `ascending` unset is True, no dataset is any."""

    @property
    def field_name(self) -> str: ...
    @property
    def ascending(self) -> bool | None: ...
    @property
    def dataset_name(self) -> str | None: ...
    @property
    def dataset_digest(self) -> str | None: ...


def plan_experiment_search(
    filter: str,  # noqa: A002 the protocol's name
    order_by: Sequence[str],
    lifecycle_stages: Sequence[str],
    dialect: str,
) -> SearchPlan:
    """The plan of experiments/search: `experiments.experiment_id` (`semantics.md` §9.4).

    Raises a 400 for a filter or an order that is not known there.
    """
    stages = tuple(sorted(set(lifecycle_stages)))
    scope = Scope(dialect_of(dialect))
    condition = compile_filter(parse_filter(filter), EXPERIMENTS, scope)
    where = all_of([one_of("e.lifecycle_stage", stages, scope.dialect), condition])
    return _plan(EXPERIMENTS, Sql("experiments e"), where, order_by, scope, filter, stages)


def plan_registered_model_search(
    filter: str,  # noqa: A002
    order_by: Sequence[str],
    dialect: str,
) -> SearchPlan:
    """The plan of registered-models/search: `registered_models.id` (`semantics.md` §9.5).

    Prompts are hidden unless the filter asks for them (§11.3). Raises a 400 for a filter or an order
    that is not known there.
    """
    scope = Scope(dialect_of(dialect))
    where = _without_prompts(parse_filter(filter), REGISTERED_MODELS, scope)
    return _plan(REGISTERED_MODELS, Sql("registered_models m"), where, order_by, scope, filter)


def plan_model_version_search(
    filter: str,  # noqa: A002
    order_by: Sequence[str],
    dialect: str,
) -> SearchPlan:
    """The plan of model-versions/search: `model_versions.id` (`semantics.md` §9.6).

    Deleted versions are left out, prompt versions as in §11.3. Raises a 400 for a filter or an order
    that is not known there.
    """
    scope = Scope(dialect_of(dialect))
    living = Sql("v.current_stage <> 'Deleted_Internal'")
    where = all_of([living, _without_prompts(parse_filter(filter), MODEL_VERSIONS, scope)])
    source = Sql("model_versions v JOIN registered_models m ON m.id = v.model_ref")
    return _plan(MODEL_VERSIONS, source, where, order_by, scope, filter)


def plan_logged_model_search(
    experiment_ids: Sequence[int],
    filter: str,  # noqa: A002
    datasets: Sequence[tuple[str, str | None]],
    order_by: Sequence[LoggedModelOrder],
    dialect: str,
) -> SearchPlan:
    """The plan of logged-models/search: `logged_models.id` (`semantics.md` §12.3).

    `datasets` are (name, digest) pairs, digest None for any. Raises a 400 for a filter or an order
    that is not known there.
    """
    experiments = row_ids(experiment_ids)
    scope = Scope(dialect_of(dialect), experiments, tuple(datasets))
    for name, digest in scope.datasets:
        if not name:
            raise invalid("`dataset_name` in the `datasets` clause must be specified.")
        check_text(name + (digest or ""))
    tree = parse_filter(filter)
    conditions = [
        one_of("l.experiment_id", experiments, scope.dialect),
        Sql("l.lifecycle_stage = 'active'"),
        compile_filter(tree, LOGGED_MODELS, scope),
    ]
    if scope.datasets and METRIC not in {entity for entity, _ in _named(tree, LOGGED_MODELS)}:
        conditions.append(
            scope.exists("logged_model_metrics x WHERE x.model_ref = l.id", scope.on_datasets())
        )
    keys = [_logged_model_key(entry, scope) for entry in order_by]
    keys = complete_order(keys, [entry.field_name for entry in order_by], LOGGED_MODELS, scope)
    segment = sorted_segment(Sql("logged_models l"), all_of(conditions), keys)
    directions = [(key.entity, key.key, key.descending, key.scope.datasets) for key in keys]
    digest = request_digest(LOGGED_MODELS.row_id, experiments, filter, scope.datasets, directions)
    return SearchPlan(LOGGED_MODELS.row_id, (segment,), digest)


def _plan(
    language: Language, source: Sql, where: Sql, order_by: Sequence[str], scope: Scope, *request: object
) -> SearchPlan:
    segment = sorted_segment(source, where, compile_order(order_by, language, scope))
    return SearchPlan(language.row_id, (segment,), request_digest(language.row_id, list(order_by), *request))


def _without_prompts(tree: Node | None, language: Language, scope: Scope) -> Sql:
    """The filter's condition, and that rows are no prompts unless the filter speaks of prompts itself."""
    condition = compile_filter(tree, language, scope)
    tags = language.fields[TAG]
    if (TAG, IS_PROMPT) in _named(tree, language) or not isinstance(tags, RegistryTags):
        return condition
    return all_of([condition, tags.no_prompt(scope)])


def _named(tree: Node | None, language: Language) -> set[tuple[str, str]]:
    """The (entity, key) pairs that a filter compares."""
    return {resolve(leaf.name, language, language.fields)[:2] for leaf in leaves(tree)}


def _logged_model_key(order: LoggedModelOrder, scope: Scope) -> SortKey:
    """The sort key of one `order_by` object. Names are not quoted there, and only metrics have a prefix."""
    check_text(order.field_name + (order.dataset_name or "") + (order.dataset_digest or ""))
    entity, dot, key = order.field_name.partition(".")
    if dot and entity != "metrics":
        raise invalid(f"Invalid order by field name: {order.field_name}. Only metrics are supported.")
    name = Name(entity, key) if dot else Name(None, order.field_name)
    dataset = (order.dataset_name or None, order.dataset_digest or None)
    datasets = (dataset,) if dot and any(dataset) else ()
    resolved = resolve(name, LOGGED_MODELS, LOGGED_MODELS.sortable)
    return SortKey(*resolved, order.ascending is False, replace(scope, datasets=datasets))
