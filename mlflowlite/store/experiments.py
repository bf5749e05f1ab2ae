"""Experiments and their tags (`semantics.md` §3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlflowlite.artifacts import uris
from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.db.models import ExperimentTag as TagRow
from mlflowlite.errors import INVALID_STATE, MlflowError, bad_request, invalid, missing, taken
from mlflowlite.protos.messages import Experiment, ExperimentTag
from mlflowlite.search import fetch_page, plan_experiment_search
from mlflowlite.store.clock import now_ms
from mlflowlite.store.validation import (
    MAX_EXPERIMENT_NAME,
    MAX_EXPERIMENT_TAG_VALUE,
    check_key,
    check_length,
    check_max_results,
    parse_experiment_id,
)

ACTIVE, DELETED = "active", "deleted"
LIFECYCLE_STAGES = {
    "ACTIVE_ONLY": (ACTIVE,),
    "DELETED_ONLY": (DELETED,),
    "ALL": (ACTIVE, DELETED),
}
MAX_SEARCH_RESULTS = 50_000

_COLUMNS = "experiment_id, name, artifact_location, lifecycle_stage, last_update_time, creation_time"
_UPSERT_TAGS = BulkInsert(
    "experiment_tags",
    {"experiment_id": "bigint", "key": "text", "value": "text"},
    "(experiment_id, key) DO UPDATE SET value = excluded.value",
)
_CUSTOM_VIEW = "mlflow.customView.view"
_MAX_CUSTOM_VIEWS = 50


@writes
def create_experiment(
    db: Database,
    name: str,
    artifact_location: str | None,
    tags: Sequence[ExperimentTag],
    *,
    artifact_root: str,
) -> str:
    """Create an experiment and return its id. Without a location it gets one below `artifact_root`.

    Raises RESOURCE_ALREADY_EXISTS when an active or deleted experiment has the name.
    """
    _check_name(name, "name")
    for tag in tags:
        _check_tag(tag.key, tag.value or "")
    now = now_ms()
    row = db.row(
        "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time) "
        "VALUES (?, ?, 'active', ?, ?) ON CONFLICT (name) DO NOTHING RETURNING experiment_id",
        (name, artifact_location or "", now, now),
    )
    if row is None:
        raise taken(
            f"Experiment(name={name}) already exists. A deleted experiment keeps its name until it is "
            "removed for good."
        )
    experiment_id = int(row[0])
    if not artifact_location:
        db.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
            (uris.experiment_location(artifact_root, str(experiment_id)), experiment_id),
        )
    _write_tags(db, experiment_id, tags)
    return str(experiment_id)


@writes
def ensure_default_experiment(db: Database, artifact_root: str) -> None:
    """Make experiment 0, `Default`, in a database that has no experiment yet."""
    if db.row("SELECT 1 FROM experiments LIMIT 1") is not None:
        return
    now = now_ms()
    db.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, "
        "last_update_time) VALUES (0, 'Default', ?, 'active', ?, ?) ON CONFLICT DO NOTHING",
        (uris.experiment_location(artifact_root, "0"), now, now),
    )


@reads
def get_experiment(db: Database, experiment_id: str) -> Experiment:
    """The experiment of this id, deleted or not. Raises RESOURCE_DOES_NOT_EXIST."""
    number = parse_experiment_id(experiment_id)
    found = load_experiments(db, [number])
    if not found:
        raise no_experiment(experiment_id)
    return found[0]


@reads
def get_experiment_by_name(db: Database, name: str) -> Experiment:
    """The experiment of this name, deleted or not. Raises RESOURCE_DOES_NOT_EXIST."""
    row = db.row("SELECT experiment_id FROM experiments WHERE name = ?", (name,))
    if row is None:
        raise missing(f"Could not find experiment with name '{name}'")
    return load_experiments(db, [row[0]])[0]


@reads
def search_experiments(
    db: Database,
    *,
    view_type: str,
    max_results: int,
    filter_string: str,
    order_by: Sequence[str],
    page_token: str | None,
) -> tuple[list[Experiment], str | None]:
    """One page of experiments that match, and the token of the next (`semantics.md` §9.4)."""
    check_max_results(max_results, MAX_SEARCH_RESULTS)
    plan = plan_experiment_search(filter_string, order_by, LIFECYCLE_STAGES[view_type], db.dialect)
    page = fetch_page(db, plan, page_token, max_results)
    return load_experiments(db, page.ids), page.next_page_token


@reads
def list_experiments(
    db: Database, *, view_type: str, max_results: int | None, page_token: str | None
) -> tuple[list[Experiment], str | None]:
    """What MLflow 1.x lists: by id, all of them unless a page size is given."""
    if max_results is not None:
        max_results = min(max_results, MAX_SEARCH_RESULTS)
        check_max_results(max_results, MAX_SEARCH_RESULTS)
    plan = plan_experiment_search("", ["experiment_id ASC"], LIFECYCLE_STAGES[view_type], db.dialect)
    page = fetch_page(db, plan, page_token, max_results or MAX_SEARCH_RESULTS)
    return load_experiments(db, page.ids), page.next_page_token


@writes
def rename_experiment(db: Database, experiment_id: str, new_name: str) -> None:
    """Give an active experiment another name. Raises BAD_REQUEST when the name is taken."""
    number = parse_experiment_id(experiment_id)
    _check_name(new_name, "name")
    if _lifecycle_stage(db, number, experiment_id) != ACTIVE:
        raise MlflowError(INVALID_STATE, "Cannot rename a non-active experiment.")
    other = db.row("SELECT 1 FROM experiments WHERE name = ? AND experiment_id <> ?", (new_name, number))
    if other is not None:
        raise bad_request(f"Experiment(name={new_name}) already exists.")
    db.execute(
        "UPDATE experiments SET name = ?, last_update_time = ? WHERE experiment_id = ?",
        (new_name, now_ms(), number),
    )


@writes
def delete_experiment(db: Database, experiment_id: str) -> None:
    """Mark an active experiment and all its runs as deleted. Raises RESOURCE_DOES_NOT_EXIST."""
    number = parse_experiment_id(experiment_id)
    now = now_ms()
    _change_stage(db, experiment_id, number, ACTIVE, DELETED, now)
    db.execute(
        "UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ? "
        "WHERE experiment_id = ? AND lifecycle_stage = 'active'",
        (now, number),
    )


@writes
def restore_experiment(db: Database, experiment_id: str) -> None:
    """Make a deleted experiment and all its runs active again. Raises RESOURCE_DOES_NOT_EXIST."""
    number = parse_experiment_id(experiment_id)
    _change_stage(db, experiment_id, number, DELETED, ACTIVE, now_ms())
    db.execute(
        "UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL "
        "WHERE experiment_id = ? AND lifecycle_stage = 'deleted'",
        (number,),
    )


@writes
def set_experiment_tag(db: Database, experiment_id: str, key: str, value: str) -> None:
    """Set a tag of an active experiment."""
    number = parse_experiment_id(experiment_id)
    _check_tag(key, value)
    check_active(db, number, experiment_id)
    _check_custom_views(db, number, key)
    _write_tags(db, number, [ExperimentTag(key=key, value=value)])


@writes
def delete_experiment_tag(db: Database, experiment_id: str, key: str) -> None:
    """Remove a tag of an active experiment. Raises RESOURCE_DOES_NOT_EXIST when it is not there."""
    number = parse_experiment_id(experiment_id)
    check_active(db, number, experiment_id)
    gone = db.run(TagRow.delete().where(TagRow.experiment_id == number, TagRow.key == key))
    if not gone:
        raise missing(f"No tag with name: {key} in experiment with id {experiment_id}")


def load_experiments(db: Database, ids: Sequence[int]) -> list[Experiment]:
    """The experiments of these ids, in this order; ids that don't exist are left out."""
    wanted = db.array(ids)
    tags: dict[int, list[ExperimentTag]] = {}
    for number, key, value in db.rows(
        f"SELECT experiment_id, key, value FROM experiment_tags WHERE {db.any_of('experiment_id')} "
        "ORDER BY experiment_id, key",
        (wanted,),
    ):
        tags.setdefault(number, []).append(ExperimentTag(key=key, value=value))
    rows = db.rows(f"SELECT {_COLUMNS} FROM experiments WHERE {db.any_of('experiment_id')}", (wanted,))
    found = {row[0]: _experiment(row, tags.get(row[0], [])) for row in rows}
    return [found[number] for number in ids if number in found]


def check_active(db: Database, number: int, experiment_id: str) -> str:
    """Refuse an unknown or deleted experiment, and keep it from being deleted until the transaction ends.

    Returns its artifact location.
    """
    row = db.row(
        f"SELECT lifecycle_stage, artifact_location FROM experiments WHERE experiment_id = ?{db.share_row()}",
        (number,),
    )
    if row is None:
        raise no_experiment(experiment_id)
    if row[0] != ACTIVE:
        raise invalid(
            f"The experiment {experiment_id} must be in the 'active' state. Current state is {row[0]}."
        )
    return str(row[1])


def no_experiment(experiment_id: str) -> MlflowError:
    """The answer to an id that no experiment has."""
    return missing(f"No Experiment with id={experiment_id} exists")


def _experiment(row: Row, tags: list[ExperimentTag]) -> Experiment:
    number, name, location, stage, updated, created = row
    return Experiment(
        experiment_id=str(number),
        name=name,
        artifact_location=location,
        lifecycle_stage=stage,
        last_update_time=updated,
        creation_time=created,
        tags=tags,
    )


def _change_stage(db: Database, experiment_id: str, number: int, before: str, after: str, now: int) -> None:
    changed = db.execute(
        "UPDATE experiments SET lifecycle_stage = ?, last_update_time = ? "
        "WHERE experiment_id = ? AND lifecycle_stage = ?",
        (after, now, number, before),
    ).rowcount
    if not changed:
        raise no_experiment(experiment_id)


def _lifecycle_stage(db: Database, number: int, experiment_id: str) -> str:
    row = db.row(
        f"SELECT lifecycle_stage FROM experiments WHERE experiment_id = ?{db.lock_row()}",
        (number,),
    )
    if row is None:
        raise no_experiment(experiment_id)
    return str(row[0])


def _write_tags(db: Database, number: int, tags: Iterable[ExperimentTag]) -> None:
    rows = {tag.key: (number, tag.key, tag.value or "") for tag in tags}
    if rows:
        db.insert_many(_UPSERT_TAGS, [rows[key] for key in sorted(rows)])


def _check_name(name: str, path: str) -> None:
    if not name:
        raise invalid(f"Invalid experiment name: '{name}'")
    check_length(path, name, MAX_EXPERIMENT_NAME)


def _check_tag(key: str, value: str) -> None:
    check_key(key, "key")
    check_length("value", value, MAX_EXPERIMENT_TAG_VALUE)


def _check_custom_views(db: Database, number: int, key: str) -> None:
    if not key.startswith(_CUSTOM_VIEW):
        return
    rows = db.run(TagRow.select(TagRow.key).where(TagRow.experiment_id == number, TagRow.key != key).tuples())
    if sum(name.startswith(_CUSTOM_VIEW) for (name,) in rows) >= _MAX_CUSTOM_VIEWS:
        raise invalid(
            f"An experiment can hold at most {_MAX_CUSTOM_VIEWS} tags that start with {_CUSTOM_VIEW}."
        )
