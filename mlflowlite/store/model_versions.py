"""Versions of registered models, their stages and tags (`semantics.md` §10.2, §10.3)."""

from __future__ import annotations

from collections.abc import Sequence

from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.db.models import ModelVersionTag as TagRow
from mlflowlite.db.models import RegisteredModelAlias as AliasRow
from mlflowlite.errors import invalid
from mlflowlite.protos.messages import ModelVersion, ModelVersionTag
from mlflowlite.search import fetch_page, plan_model_version_search
from mlflowlite.store.clock import now_ms
from mlflowlite.store.registry_checks import (
    ACTIVE_STAGES,
    DELETED,
    MAX_DESCRIPTION,
    MAX_SOURCE,
    PROMPT_TAG,
    check_page_size,
    check_tag,
    checked_tags,
    is_prompt,
    parse_stage,
    parse_version,
)
from mlflowlite.store.registry_rows import (
    ALIVE,
    ONE_VERSION,
    SELECT_VERSIONS,
    STATUS_NUMBERS,
    VERSION_COLUMNS,
    VERSIONS,
    build_versions,
    load_versions,
    lock_version,
    no_model,
    no_version,
    version_message,
)
from mlflowlite.store.sources import Source, note_registration, prompt_source, resolve_source
from mlflowlite.store.validation import check_key, check_length

MAX_SEARCH_RESULTS = 200_000

_READY = STATUS_NUMBERS["READY"]
_UPSERT_TAGS = BulkInsert(
    "model_version_tags",
    {"version_ref": "bigint", "key": "text", "value": "text"},
    "(version_ref, key) DO UPDATE SET value = excluded.value",
)


@writes
def create_model_version(
    db: Database,
    *,
    name: str,
    source: str,
    run_id: str | None,
    model_id: str | None,
    run_link: str,
    description: str,
    tags: Sequence[ModelVersionTag],
    source_pattern: str | None = None,
) -> ModelVersion:
    """Create the next version of a registered model, ready at once and in stage `None`.

    Raises INVALID_PARAMETER_VALUE for a source that can't be registered (`semantics.md` §10.5), and
    RESOURCE_DOES_NOT_EXIST when the model, or what the source names, is not there.
    """
    values = checked_tags(tags)
    check_length("description", description, MAX_DESCRIPTION)
    check_length("run_link", run_link, MAX_SOURCE)
    prompt = is_prompt(values.get(PROMPT_TAG))
    if prompt:
        origin = prompt_source(source, run_id)
    else:
        origin = resolve_source(db, source, run_id, model_id, source_pattern)
    row = _insert(db, name, origin, run_link, description)
    _write_tags(db, row[1], values)
    if model_id and not prompt:
        note_registration(db, model_id, name, row[3])
    return version_message(row, [ModelVersionTag(key, value) for key, value in values.items()], [])


@reads
def get_model_version(db: Database, name: str, version: str) -> ModelVersion:
    """One version. Raises RESOURCE_DOES_NOT_EXIST for an unknown or deleted one."""
    number = parse_version(version)
    row = db.row(f"{SELECT_VERSIONS} WHERE {ONE_VERSION}", (name, number))
    if row is None:
        raise no_version(name, number)
    return build_versions(db, [row])[0]


@reads
def get_model_version_download_uri(db: Database, name: str, version: str) -> str:
    """Where the files of a version are. Raises RESOURCE_DOES_NOT_EXIST."""
    number = parse_version(version)
    row = db.row(
        f"SELECT v.storage_location, v.source FROM {VERSIONS} WHERE {ONE_VERSION}",
        (name, number),
    )
    if row is None:
        raise no_version(name, number)
    return str(row[0] or row[1])


@reads
def search_model_versions(
    db: Database, *, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> tuple[list[ModelVersion], str | None]:
    """One page of versions that match, and the token of the next (`semantics.md` §9.6)."""
    check_page_size(max_results, MAX_SEARCH_RESULTS)
    plan = plan_model_version_search(filter_string, order_by, db.dialect)
    page = fetch_page(db, plan, page_token, max_results)
    return load_versions(db, page.ids), page.next_page_token


@writes
def update_model_version(db: Database, name: str, version: str, description: str) -> ModelVersion:
    """Set the description of a version. The model's time of last update stays."""
    check_length("description", description, MAX_DESCRIPTION)
    number = parse_version(version)
    row = db.row(
        "UPDATE model_versions SET description = ?, last_updated_timestamp = ? "
        "WHERE model_ref = (SELECT id FROM registered_models WHERE name = ?) AND version = ? "
        f"AND {ALIVE} RETURNING {VERSION_COLUMNS}",
        (description, now_ms(), name, number),
    )
    if row is None:
        raise no_version(name, number)
    return build_versions(db, [(name, *row)])[0]


@writes
def transition_model_version_stage(
    db: Database, name: str, version: str, stage: str, *, archive_existing_versions: bool
) -> ModelVersion:
    """Move a version to a stage, and on request all others that are there to `Archived`."""
    target = parse_stage(stage)
    if archive_existing_versions and target not in ACTIVE_STAGES:
        raise invalid(
            "Model version transition cannot archive existing model versions because "
            f"'{stage}' is not an Active stage. Valid stages are {list(ACTIVE_STAGES)}"
        )
    number, now = parse_version(version), now_ms()
    model_ref = _touch_model(db, name, number, now)
    if archive_existing_versions:
        db.execute(
            "UPDATE model_versions SET current_stage = 'Archived', last_updated_timestamp = ? "
            "WHERE model_ref = ? AND current_stage = ? AND version <> ?",
            (now, model_ref, target, number),
        )
    row = db.row(
        "UPDATE model_versions SET current_stage = ?, last_updated_timestamp = ? "
        f"WHERE model_ref = ? AND version = ? AND {ALIVE} RETURNING {VERSION_COLUMNS}",
        (target, now, model_ref, number),
    )
    if row is None:
        raise no_version(name, number)
    return build_versions(db, [(name, *row)])[0]


@writes
def delete_model_version(db: Database, name: str, version: str) -> None:
    """Delete a version: its number stays used, what it said is wiped out. Raises RESOURCE_DOES_NOT_EXIST."""
    number, now = parse_version(version), now_ms()
    model_ref = _touch_model(db, name, number, now)
    row = db.row(
        "UPDATE model_versions SET current_stage = ?, last_updated_timestamp = ?, description = '', "
        "source = '', storage_location = '', run_id = '', run_link = '', model_id = '', "
        f"status_message = NULL WHERE model_ref = ? AND version = ? AND {ALIVE} RETURNING id",
        (DELETED, now, model_ref, number),
    )
    if row is None:
        raise no_version(name, number)
    db.run(TagRow.delete().where(TagRow.version_ref == row[0]))
    db.run(AliasRow.delete().where(AliasRow.model_ref == model_ref, AliasRow.version == number))


@writes
def set_model_version_tag(db: Database, name: str, version: str, key: str, value: str) -> None:
    """Set a tag of a version. Raises RESOURCE_DOES_NOT_EXIST."""
    check_tag(key, value)
    ref, _ = lock_version(db, name, parse_version(version))
    _write_tags(db, ref, {key: value})


@writes
def delete_model_version_tag(db: Database, name: str, version: str, key: str) -> None:
    """Remove a tag of a version, if it is there. Raises RESOURCE_DOES_NOT_EXIST for an unknown version."""
    check_key(key, "key")
    ref, _ = lock_version(db, name, parse_version(version))
    db.run(TagRow.delete().where(TagRow.version_ref == ref, TagRow.key == key))


def _insert(db: Database, name: str, origin: Source, run_link: str, description: str) -> Row:
    """Add the next version; returns its row as SELECT_VERSIONS gives it.

    Counting up locks the model's row, so that versions made at the same time get different numbers.
    """
    now = now_ms()
    model = db.row(
        "UPDATE registered_models SET last_version = last_version + 1, last_updated_timestamp = ? "
        "WHERE name = ? RETURNING id, last_version",
        (now, name),
    )
    if model is None:
        raise no_model(name)
    row = db.row(
        "INSERT INTO model_versions (model_ref, version, description, source, storage_location, run_id, "
        "run_link, model_id, current_stage, status, creation_timestamp, last_updated_timestamp) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'None', ?, ?, ?) RETURNING {VERSION_COLUMNS}",
        (
            *model,
            description,
            origin.uri,
            origin.storage_location,
            origin.run_id,
            run_link,
            origin.model_id,
            _READY,
            now,
            now,
        ),
    )
    assert row is not None
    return (name, *row)


def _touch_model(db: Database, name: str, number: int, now: int) -> int:
    """Lock the model of a version and set its time of last update; returns its row id."""
    row = db.row(
        "UPDATE registered_models SET last_updated_timestamp = ? WHERE name = ? RETURNING id", (now, name)
    )
    if row is None:
        raise no_version(name, number)
    return int(row[0])


def _write_tags(db: Database, ref: int, values: dict[str, str]) -> None:
    if values:
        db.insert_many(_UPSERT_TAGS, [(ref, key, value) for key, value in values.items()])
