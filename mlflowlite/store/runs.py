"""Runs: their life, their tags, finding them (`semantics.md` §4, §9.2, §9.3)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlflowlite.artifacts import uris
from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.errors import bad_request, invalid, missing
from mlflowlite.protos.messages import Run, RunData, RunInfo, RunInputs, RunTag
from mlflowlite.search import fetch_page, plan_run_search
from mlflowlite.store.clock import new_run_id, now_ms
from mlflowlite.store.experiments import LIFECYCLE_STAGES, check_active
from mlflowlite.store.keys import find_key, intern_key, intern_keys
from mlflowlite.store.names import random_name
from mlflowlite.store.run_rows import INFO_COLUMNS, STATUS_NUMBERS, build_runs, load_runs, run_info
from mlflowlite.store.validation import (
    MAX_KEY,
    MAX_TAG_VALUE,
    check_key,
    check_length,
    check_max_results,
    json_list,
    parse_experiment_id,
)

RUN_NAME_TAG = "mlflow.runName"
MODEL_HISTORY_TAG = "mlflow.log-model.history"
MAX_SEARCH_RESULTS = 50_000

_UPSERT_TAG = (
    "INSERT INTO tags (run_ref, key_id, value) VALUES (?, ?, ?) "
    "ON CONFLICT (run_ref, key_id) DO UPDATE SET value = excluded.value"
)
_UPSERT_TAGS = BulkInsert(
    "tags",
    {"run_ref": "bigint", "key_id": "bigint", "value": "text"},
    "(run_ref, key_id) DO UPDATE SET value = excluded.value",
)


class RunRef(NamedTuple):
    """What writing to a run needs to know of it."""

    ref: int
    experiment_id: int
    lifecycle_stage: str


def find_run(db: Database, run_id: str) -> RunRef:
    """The run of this id, deleted or not. Raises RESOURCE_DOES_NOT_EXIST."""
    return RunRef(*_row_of(db, "id, experiment_id, lifecycle_stage", run_id))


def _row_of(db: Database, columns: str, run_id: str) -> Row:
    row = db.row(f"SELECT {columns} FROM runs WHERE run_id = ?", (run_id,))
    if row is None:
        raise missing(f"Run with id={run_id} not found")
    return row


def active_run(db: Database, run_id: str) -> RunRef:
    """The run of this id, for writing. Raises INVALID_PARAMETER_VALUE when it is deleted."""
    run = find_run(db, run_id)
    if run.lifecycle_stage != "active":
        raise invalid(
            f"The run {run_id} must be in the 'active' state. Current state is {run.lifecycle_stage}."
        )
    return run


@writes
def create_run(
    db: Database,
    *,
    experiment_id: str,
    user_id: str,
    run_name: str,
    start_time: int,
    tags: Sequence[RunTag],
) -> Run:
    """Create a running run in an active experiment."""
    if not experiment_id:
        raise bad_request("Missing value for 'experiment_id': a run belongs to an experiment.")
    number = parse_experiment_id(experiment_id)
    values = _first_tags(tags)
    location = check_active(db, number, experiment_id)
    # The name is a tag too, and so no longer than a tag's value.
    name = _name_of(run_name[:MAX_TAG_VALUE], values)
    values[RUN_NAME_TAG] = name
    run_id = new_run_id()
    row = db.row(
        "INSERT INTO runs (run_id, experiment_id, run_name, user_id, status, start_time, lifecycle_stage, "
        f"artifact_uri) VALUES (?, ?, ?, ?, ?, ?, 'active', ?) RETURNING {INFO_COLUMNS}",
        (
            run_id,
            number,
            name,
            user_id,
            STATUS_NUMBERS["RUNNING"],
            start_time,
            uris.run_artifact_uri(location, run_id),
        ),
    )
    assert row is not None
    write_tags(db, RunRef(row[0], number, "active"), values)
    # What a new run holds is known: nothing has to be read back.
    data = RunData(tags=[RunTag(key, value) for key, value in values.items()])
    return Run(info=run_info(row), data=data, inputs=RunInputs())


@writes
def update_run(
    db: Database, run_id: str, *, status: str | None, end_time: int | None, run_name: str | None
) -> RunInfo:
    """Change what is given of an active run; an empty name counts as not given."""
    run = active_run(db, run_id)
    changes: dict[str, Any] = {}
    if status is not None:
        changes["status"] = STATUS_NUMBERS[status]
    if end_time is not None:
        changes["end_time"] = end_time or None  # 0 unsets it
    if run_name:
        run_name = run_name[:MAX_TAG_VALUE]
        changes["run_name"] = run_name
        _write_tag(db, run, RUN_NAME_TAG, run_name)
    if changes:
        columns = ", ".join(f"{column} = ?" for column in changes)
        db.execute(f"UPDATE runs SET {columns} WHERE id = ?", (*changes.values(), run.ref))
    return run_info(_info_row(db, run.ref))


@writes
def delete_run(db: Database, run_id: str) -> None:
    """Mark a run as deleted; done again it changes nothing."""
    run = find_run(db, run_id)
    db.execute(
        "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ? "
        "WHERE id = ? AND lifecycle_stage = 'active'",
        (now_ms(), run.ref),
    )


@writes
def restore_run(db: Database, run_id: str) -> None:
    """Make a deleted run active again; done again it changes nothing."""
    run = find_run(db, run_id)
    db.execute("UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE id = ?", (run.ref,))


@reads
def get_run(db: Database, run_id: str) -> Run:
    """The run of this id with everything it holds, deleted or not. Raises RESOURCE_DOES_NOT_EXIST."""
    return build_runs(db, [_row_of(db, INFO_COLUMNS, run_id)], model_inputs=True)[0]


@reads
def run_artifact_uri(db: Database, run_id: str) -> str:
    """Where a run's files are. Raises RESOURCE_DOES_NOT_EXIST."""
    return str(_row_of(db, "artifact_uri", run_id)[0])


@reads
def search_runs(
    db: Database,
    *,
    experiment_ids: Sequence[str],
    filter_string: str,
    run_view_type: str,
    max_results: int,
    order_by: Sequence[str],
    page_token: str | None,
) -> tuple[list[Run], str | None]:
    """One page of runs that match, and the token of the next."""
    check_max_results(max_results, MAX_SEARCH_RESULTS)
    numbers = [parse_experiment_id(text) for text in experiment_ids]
    plan = plan_run_search(numbers, filter_string, order_by, LIFECYCLE_STAGES[run_view_type], db.dialect)
    page = fetch_page(db, plan, page_token, max_results)
    return load_runs(db, page.ids, model_inputs=False), page.next_page_token


@writes
def set_tag(db: Database, run_id: str, key: str, value: str) -> None:
    """Set a tag of an active run; the name tag renames the run."""
    check_key(key, "key")
    _write_tag(db, active_run(db, run_id), key, value[:MAX_TAG_VALUE])


@writes
def delete_tag(db: Database, run_id: str, key: str) -> None:
    """Remove a tag of an active run. Raises RESOURCE_DOES_NOT_EXIST when it is not there."""
    run = active_run(db, run_id)
    key_id = find_key(db, run.experiment_id, key)
    gone = key_id is not None and (
        db.execute("DELETE FROM tags WHERE run_ref = ? AND key_id = ?", (run.ref, key_id)).rowcount
    )
    if not gone:
        raise missing(f"No tag with name: {key} in run with id {run_id}")


@writes
def log_model(db: Database, run_id: str, model_json: str) -> None:
    """Append a model to the run's list of models, which 1.x and 2.x clients keep in a tag."""
    model = _parse_model(model_json)
    run = active_run(db, run_id)
    key_id = intern_key(db, run.experiment_id, MODEL_HISTORY_TAG)
    # Rows of runs come before rows of tags in every transaction that locks both.
    db.row(f"SELECT 1 FROM runs WHERE id = ?{db.lock_row()}", (run.ref,))
    row = db.row("SELECT value FROM tags WHERE run_ref = ? AND key_id = ?", (run.ref, key_id))
    history = json_list(row[0]) if row else []
    history.append(model)
    value = json.dumps(history)
    if len(value) > MAX_TAG_VALUE:
        raise invalid(
            f"The list of the run's models in tag '{MODEL_HISTORY_TAG}' would exceed {MAX_TAG_VALUE} "
            "characters."
        )
    db.execute(_UPSERT_TAG, (run.ref, key_id, value))


def checked_tags(tags: Sequence[RunTag], path: str) -> dict[str, str]:
    """Tags as key and value, the last of a repeated key; long values are cut."""
    values = {}
    for index, tag in enumerate(tags):
        check_key(tag.key, f"{path}[{index}].key")
        values[tag.key] = (tag.value or "")[:MAX_TAG_VALUE]
    return values


def _first_tags(tags: Sequence[RunTag]) -> dict[str, str]:
    """The tags a run is made with: as `checked_tags`, but any characters may be in their keys."""
    for index, tag in enumerate(tags):
        check_length(f"tags[{index}].key", tag.key, MAX_KEY)
    return {tag.key: (tag.value or "")[:MAX_TAG_VALUE] for tag in tags}


def write_tags(db: Database, run: RunRef, values: dict[str, str], ids: dict[str, int] | None = None) -> None:
    """Set the tags of a run, whose keys' ids may be known already. The name tag is the caller's to mirror."""
    if not values:
        return
    ids = ids or intern_keys(db, run.experiment_id, values)
    rows = sorted((run.ref, ids[key], value) for key, value in values.items())
    db.insert_many(_UPSERT_TAGS, rows)


def rename(db: Database, run: RunRef, name: str) -> None:
    """Give a run the name its name tag has."""
    db.execute("UPDATE runs SET run_name = ? WHERE id = ?", (name, run.ref))


def _write_tag(db: Database, run: RunRef, key: str, value: str) -> None:
    if key == RUN_NAME_TAG:
        rename(db, run, value)
    db.execute(_UPSERT_TAG, (run.ref, intern_key(db, run.experiment_id, key), value))


def _info_row(db: Database, ref: int) -> Row:
    row = db.row(f"SELECT {INFO_COLUMNS} FROM runs WHERE id = ?", (ref,))
    assert row is not None
    return row


def _name_of(run_name: str, tags: dict[str, str]) -> str:
    tagged = tags.get(RUN_NAME_TAG)
    if run_name and tagged and run_name != tagged:
        raise invalid(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            f"(run_name='{run_name}', mlflow.runName='{tagged}')."
        )
    return run_name or tagged or random_name()


def _parse_model(model_json: str) -> dict[str, Any]:
    """What the run's list keeps of an MLmodel document."""
    if not model_json:
        raise invalid("Missing value for required parameter 'model_json'.")
    try:
        model = json.loads(model_json)
    except (ValueError, RecursionError):
        raise invalid(f"Malformed model info. \n {model_json} \n is not a valid JSON.") from None
    if not isinstance(model, dict):
        raise invalid("Malformed model info: a JSON object is needed.")
    lacking = {"artifact_path", "flavors", "utc_time_created", "run_id"} - model.keys()
    if lacking:
        raise invalid(f"Model json is missing mandatory fields: {{{str(sorted(lacking))[1:-1]}}}")
    names = ("run_id", "artifact_path", "utc_time_created", "model_uuid", "flavors")
    return {name: model[name] for name in names if name in model}
