"""Logged models: models of an experiment, beside the runs that made them (`semantics.md` §12)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from mlflowlite.artifacts import uris
from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.db.models import LoggedModelTag as TagRow
from mlflowlite.errors import bad_request, invalid, missing
from mlflowlite.protos.messages import (
    ENUM_NUMBERS,
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelOrderBy,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
)
from mlflowlite.search import fetch_page, plan_logged_model_search
from mlflowlite.store.clock import new_model_id, now_ms
from mlflowlite.store.experiments import check_active
from mlflowlite.store.names import random_name
from mlflowlite.store.validation import check_length, parse_experiment_id

MAX_NAME = 500
MAX_KEY = 255

STATUS_NUMBERS = ENUM_NUMBERS["LoggedModelStatus"]
_STATUS_NAMES: dict[int, LoggedModelStatus] = {number: name for name, number in STATUS_NUMBERS.items()}  # type: ignore[misc]
_FORBIDDEN_IN_NAMES = re.compile(r"[/:.%\"']")
_COLUMNS = (
    "id, model_id, experiment_id, name, creation_timestamp_ms, last_updated_timestamp_ms, artifact_uri, "
    "status, model_type, source_run_id, status_message"
)
_KEY_VALUE = {"model_ref": "bigint", "key": "text", "value": "text"}
_INSERT_PARAMS = BulkInsert("logged_model_params", _KEY_VALUE, "(model_ref, key) DO NOTHING")
_UPSERT_TAGS = BulkInsert(
    "logged_model_tags", _KEY_VALUE, "(model_ref, key) DO UPDATE SET value = excluded.value"
)


@writes
def create_logged_model(
    db: Database,
    *,
    experiment_id: str,
    name: str | None,
    model_type: str | None,
    source_run_id: str | None,
    params: Sequence[LoggedModelParameter],
    tags: Sequence[LoggedModelTag],
) -> LoggedModel:
    """Create a pending logged model in an active experiment. Names need not be unique."""
    number = parse_experiment_id(experiment_id)
    if name:
        _check_name(name)
    check_length("model_type", model_type or "", MAX_NAME)
    location = check_active(db, number, experiment_id)
    model_id, now = new_model_id(), now_ms()
    row = db.row(
        "INSERT INTO logged_models (model_id, experiment_id, name, model_type, source_run_id, status, "
        "artifact_uri, lifecycle_stage, creation_timestamp_ms, last_updated_timestamp_ms) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?) RETURNING {_COLUMNS}",
        (
            model_id,
            number,
            name or random_name(),
            model_type or "",
            source_run_id or "",
            STATUS_NUMBERS["LOGGED_MODEL_PENDING"],
            uris.model_artifact_uri(location, model_id),
            now,
            now,
        ),
    )
    assert row is not None
    _write_params(db, row[0], model_id, params)
    _write_tags(db, row[0], tags)
    return _build(db, [row])[0]


@reads
def get_logged_model(db: Database, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
    """The logged model of this id. Raises RESOURCE_DOES_NOT_EXIST for an unknown or deleted one."""
    row = db.row(
        f"SELECT {_COLUMNS}, lifecycle_stage FROM logged_models WHERE model_id = ?",
        (model_id,),
    )
    if row is None or (row[-1] != "active" and not allow_deleted):
        raise no_logged_model(model_id)
    return _build(db, [row[:-1]])[0]


@writes
def finalize_logged_model(db: Database, model_id: str, status: str) -> LoggedModel:
    """Set a logged model's status; any may follow any."""
    ref = _find(db, model_id)
    db.execute(
        "UPDATE logged_models SET status = ?, last_updated_timestamp_ms = ? WHERE id = ?",
        (STATUS_NUMBERS[status], now_ms(), ref),
    )
    return _load(db, [ref])[0]


@writes
def delete_logged_model(db: Database, model_id: str) -> None:
    """Mark a logged model as deleted; done again it changes only the time of the last update."""
    ref = _find(db, model_id)
    db.execute(
        "UPDATE logged_models SET lifecycle_stage = 'deleted', last_updated_timestamp_ms = ? WHERE id = ?",
        (now_ms(), ref),
    )


@reads
def search_logged_models(
    db: Database,
    *,
    experiment_ids: Sequence[str],
    filter_string: str,
    datasets: Sequence[tuple[str, str | None]],
    max_results: int,
    order_by: Sequence[LoggedModelOrderBy],
    page_token: str | None,
) -> tuple[list[LoggedModel], str | None]:
    """One page of logged models that match, and the token of the next."""
    if max_results < 0:
        raise invalid(
            f"Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer"
        )
    numbers = [parse_experiment_id(text) for text in experiment_ids]
    plan = plan_logged_model_search(numbers, filter_string, datasets, order_by, db.dialect)
    page = fetch_page(db, plan, page_token, max_results or 100)
    return _load(db, page.ids), page.next_page_token


@writes
def set_logged_model_tags(db: Database, model_id: str, tags: Sequence[LoggedModelTag]) -> None:
    """Set tags of a logged model."""
    _write_tags(db, _find(db, model_id), tags)


@writes
def delete_logged_model_tag(db: Database, model_id: str, key: str) -> None:
    """Remove a tag. Raises RESOURCE_DOES_NOT_EXIST when it is not there."""
    ref = _find(db, model_id)
    if not db.run(TagRow.delete().where(TagRow.model_ref == ref, TagRow.key == key)):
        raise missing(f"No tag with key '{key}' found for model with ID '{model_id}'.")


@writes
def log_logged_model_params(db: Database, model_id: str, params: Sequence[LoggedModelParameter]) -> None:
    """Add params to a logged model. Raises BAD_REQUEST for a key it has already."""
    _write_params(db, _find(db, model_id), model_id, params)


@reads
def logged_model_artifact_uri(db: Database, model_id: str) -> str:
    """Where a logged model's files are. Raises RESOURCE_DOES_NOT_EXIST."""
    row = db.row(
        "SELECT artifact_uri FROM logged_models WHERE model_id = ? AND lifecycle_stage = 'active'",
        (model_id,),
    )
    if row is None:
        raise no_logged_model(model_id)
    return str(row[0])


def no_logged_model(model_id: str) -> Exception:
    """The answer to an id that no logged model has."""
    return missing(f"Logged model with ID '{model_id}' not found.")


def _find(db: Database, model_id: str) -> int:
    """The row of a logged model, for writing: a deleted one can be written to as well."""
    row = db.row("SELECT id FROM logged_models WHERE model_id = ?", (model_id,))
    if row is None:
        raise no_logged_model(model_id)
    return int(row[0])


def _check_name(name: str) -> None:
    if _FORBIDDEN_IN_NAMES.search(name):
        raise invalid(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string and cannot "
            "contain the following characters: ('/', ':', '.', '%', '\"', \"'\")"
        )
    check_length("name", name, MAX_NAME)


def _write_params(db: Database, ref: int, model_id: str, params: Sequence[LoggedModelParameter]) -> None:
    rows = {}
    for index, param in enumerate(params):
        check_length(f"params[{index}].key", param.key, MAX_KEY)
        rows[param.key] = (ref, param.key, param.value or "")
    if len(rows) < len(params):
        raise bad_request(f"The params of model '{model_id}' name a key more than once.")
    if rows and db.insert_many(_INSERT_PARAMS, [rows[key] for key in sorted(rows)]) < len(rows):
        raise bad_request(
            f"A param of model '{model_id}' is set already, and params can't be changed: {sorted(rows)}."
        )


def _write_tags(db: Database, ref: int, tags: Sequence[LoggedModelTag]) -> None:
    rows = {}
    for index, tag in enumerate(tags):
        check_length(f"tags[{index}].key", tag.key, MAX_KEY)
        rows[tag.key] = (ref, tag.key, tag.value or "")
    if rows:
        db.insert_many(_UPSERT_TAGS, [rows[key] for key in sorted(rows)])


def _load(db: Database, refs: Sequence[int]) -> list[LoggedModel]:
    if not refs:
        return []
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM logged_models WHERE {db.any_of('id')}",
        (db.array(refs),),
    )
    by_ref = {row[0]: row for row in rows}
    return _build(db, [by_ref[ref] for ref in refs if ref in by_ref])


def _build(db: Database, rows: Sequence[Row]) -> list[LoggedModel]:
    """Logged models with tags, params and every metric value, in a constant number of statements."""
    refs = db.array([row[0] for row in rows])
    any_ref = db.any_of("model_ref")
    tags: dict[int, list[LoggedModelTag]] = defaultdict(list)
    for ref, key, value in db.rows(
        f"SELECT model_ref, key, value FROM logged_model_tags WHERE {any_ref} ORDER BY key",
        (refs,),
    ):
        tags[ref].append(LoggedModelTag(key, value))
    params: dict[int, list[LoggedModelParameter]] = defaultdict(list)
    for ref, key, value in db.rows(
        f"SELECT model_ref, key, value FROM logged_model_params WHERE {any_ref} ORDER BY key",
        (refs,),
    ):
        params[ref].append(LoggedModelParameter(key, value))
    metrics: dict[int, list[Metric]] = defaultdict(list)
    for row in db.rows(
        "SELECT model_ref, key, value, timestamp, step, dataset_name, dataset_digest, run_id "
        f"FROM logged_model_metrics WHERE {any_ref} ORDER BY key, timestamp, step, run_id",
        (refs,),
    ):
        metrics[row[0]].append(_metric(row))
    return [_model(row, tags[row[0]], params[row[0]], metrics[row[0]]) for row in rows]


def _metric(row: Row) -> Metric:
    _, key, value, timestamp, step, dataset_name, dataset_digest, run_id = row
    return Metric(
        key=key,
        value=value,
        timestamp=timestamp,
        step=step,
        dataset_name=dataset_name,
        dataset_digest=dataset_digest,
        run_id=run_id,
    )


def _model(
    row: Row, tags: list[LoggedModelTag], params: list[LoggedModelParameter], metrics: list[Metric]
) -> LoggedModel:
    _, model_id, experiment_id, name, created, updated, uri, status, kind, source_run_id, message = row
    for metric in metrics:
        metric.model_id = model_id
    info = LoggedModelInfo(
        model_id=model_id,
        experiment_id=str(experiment_id),
        name=name,
        creation_timestamp_ms=created,
        last_updated_timestamp_ms=updated,
        artifact_uri=uri,
        status=_STATUS_NAMES[status],
        model_type=kind,
        source_run_id=source_run_id,
        status_message=message,
        tags=tags,
    )
    return LoggedModel(info=info, data=LoggedModelData(params=params, metrics=metrics))
