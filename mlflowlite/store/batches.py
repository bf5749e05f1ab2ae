"""Params, and batches of metrics, params and tags (`semantics.md` §6). A batch is one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mlflowlite.db import BulkInsert, Database, writes
from mlflowlite.errors import invalid
from mlflowlite.protos.messages import Metric, Param, RunTag
from mlflowlite.store.keys import intern_key, intern_keys
from mlflowlite.store.metrics import Point, checked_point, write_model_metrics, write_points
from mlflowlite.store.runs import RUN_NAME_TAG, RunRef, active_run, checked_tags, rename, write_tags
from mlflowlite.store.validation import MAX_PARAM_VALUE, check_batch_limit, check_key, check_run_id

MAX_METRICS, MAX_PARAMS, MAX_TAGS, MAX_TOTAL = 1000, 100, 100, 1000

_INSERT_PARAM = (
    "INSERT INTO params (run_ref, key_id, value) VALUES (?, ?, ?) ON CONFLICT (run_ref, key_id) DO NOTHING"
)
_INSERT_PARAMS = BulkInsert(
    "params", {"run_ref": "bigint", "key_id": "bigint", "value": "text"}, "(run_ref, key_id) DO NOTHING"
)


@writes
def log_param(db: Database, run_id: str, key: str, value: str) -> None:
    """Log one param. The same value again is fine; another raises INVALID_PARAMETER_VALUE."""
    check_key(key, "key", "Param key")
    value = value[:MAX_PARAM_VALUE]
    run = active_run(db, run_id)
    key_id = intern_key(db, run.experiment_id, key)
    if db.execute(_INSERT_PARAM, (run.ref, key_id, value)).rowcount:
        return
    row = db.row("SELECT value FROM params WHERE run_ref = ? AND key_id = ?", (run.ref, key_id))
    if row is not None and row[0] != value:
        raise invalid(
            f"Changing param values is not allowed. Param with key='{key}' was already logged with "
            f"value='{row[0]}' for run ID='{run_id}'. Attempted logging new value '{value}'."
        )


@writes
def log_batch(
    db: Database,
    run_id: str,
    *,
    metrics: Sequence[Metric],
    params: Sequence[Param],
    tags: Sequence[RunTag],
) -> None:
    """Log metrics, params and tags of one run: all of them, or none when one is at fault."""
    check_run_id(run_id)
    points = _checked_points(metrics)
    values = _checked_params(params)
    tag_values = checked_tags(tags, "tags")
    _check_limits(len(metrics), len(params), len(tags))
    _check_unique(params)
    run = active_run(db, run_id)
    if not (points or values or tag_values):
        return
    ids = intern_keys(db, run.experiment_id, [*{point.key for point in points}, *values, *tag_values])
    if RUN_NAME_TAG in tag_values:
        rename(db, run, tag_values[RUN_NAME_TAG])
    _write_params(db, run, run_id, values, ids)
    if points:
        write_points(db, run, points, ids)
        write_model_metrics(db, run_id, metrics, points)
    write_tags(db, run, tag_values, ids)


def _checked_points(metrics: Sequence[Metric]) -> list[Point]:
    return [checked_point(metric, f"metrics[{index}].") for index, metric in enumerate(metrics)]


def _checked_params(params: Sequence[Param]) -> dict[str, str]:
    values = {}
    for index, param in enumerate(params):
        check_key(param.key, f"params[{index}].key", "Param key")
        values[param.key] = (param.value or "")[:MAX_PARAM_VALUE]
    return values


def _check_limits(metrics: int, params: int, tags: int) -> None:
    check_batch_limit("metrics", MAX_METRICS, metrics)
    check_batch_limit("params", MAX_PARAMS, params)
    check_batch_limit("tags", MAX_TAGS, tags)
    check_batch_limit("metrics, params, and tags", MAX_TOTAL, metrics + params + tags)


def _check_unique(params: Sequence[Param]) -> None:
    repeated = [key for key, count in Counter(param.key for param in params).items() if count > 1]
    if repeated:
        raise invalid(
            f"Duplicate parameter keys have been submitted: {repeated}. Please ensure the request contains "
            "only one param value per param key."
        )


def _write_params(
    db: Database, run: RunRef, run_id: str, values: dict[str, str], ids: dict[str, int]
) -> None:
    if not values:
        return
    keys = {ids[key]: key for key in values}
    inserted = db.insert_many(
        _INSERT_PARAMS, [(run.ref, key_id, values[keys[key_id]]) for key_id in sorted(keys)]
    )
    if inserted == len(keys):
        return
    stored = db.rows(
        f"SELECT key_id, value FROM params WHERE run_ref = ? AND {db.any_of('key_id')}",
        (run.ref, db.array(keys)),
    )
    changed = [
        {"key": keys[key_id], "old_value": old, "new_value": values[keys[key_id]]}
        for key_id, old in stored
        if old != values[keys[key_id]]
    ]
    if changed:
        raise invalid(
            f"Changing param values is not allowed. Params were already logged='{changed}' for run "
            f"ID='{run_id}'."
        )
