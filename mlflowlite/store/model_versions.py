"""Versions of registered models, their stages and tags (`semantics.md` §10.2, §10.3)."""

from __future__ import annotations

from collections.abc import Sequence

from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.db.models import ModelVersionTag as TagRow
from mlflowlite.db.models import RegisteredModelAlias as AliasRow
from mlflowlite.errors import invalid
from mlflowlite.protos.messages import ModelVersion, ModelVersionTag, WebhookEntity
from mlflowlite.search import fetch_page, plan_model_version_search
from mlflowlite.store.clock import now_ms
from mlflowlite.store.registry_checks import (
    ACTIVE_STAGES,
    DELETED,
    INTERNAL_PROMPT_TAGS,
    MAX_DESCRIPTION,
    MAX_SOURCE,
    PROMPT_TAG,
    PROMPT_TEXT_TAG,
    check_page_size,
    check_tag,
    checked_tags,
    is_prompt,
    parse_stage,
    parse_version,
)
from mlflowlite.store.registry_history import Change, record
from mlflowlite.store.registry_rows import (
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
    tag_before,
    version_details,
    version_message,
)
from mlflowlite.store.sources import Source, note_registration, prompt_source, resolve_source
from mlflowlite.store.validation import check_key, check_length
from mlflowlite.store.webhook_events import emit

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
    user: str = "",
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
    version = version_message(row, [ModelVersionTag(key, value) for key, value in values.items()], [])
    given = version_details(version, model_id=origin.model_id)
    record(db, row[2], name, user, [Change("CREATE", row[3], None, None, given)])
    _emit_created(db, version, values, prompt)
    return version


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
def update_model_version(
    db: Database, name: str, version: str, description: str, *, user: str = ""
) -> ModelVersion:
    """Set the description of a version. The model's time of last update stays."""
    check_length("description", description, MAX_DESCRIPTION)
    number = parse_version(version)
    locked = lock_version(db, name, number)
    row = db.one(
        "UPDATE model_versions SET description = ?, last_updated_timestamp = ? WHERE id = ? "
        f"RETURNING {VERSION_COLUMNS}",
        (description, now_ms(), locked.version_ref),
    )
    if locked.description != description:
        change = Change("UPDATE", number, "description", locked.description, description)
        record(db, locked.model_ref, name, user, [change])
    return build_versions(db, [(name, *row)])[0]


@writes
def transition_model_version_stage(
    db: Database, name: str, version: str, stage: str, *, archive_existing_versions: bool, user: str = ""
) -> ModelVersion:
    """Move a version to a stage, and on request all others that are there to `Archived`."""
    target = parse_stage(stage)
    if archive_existing_versions and target not in ACTIVE_STAGES:
        raise invalid(
            "Model version transition cannot archive existing model versions because "
            f"'{stage}' is not an Active stage. Valid stages are {list(ACTIVE_STAGES)}"
        )
    number, now = parse_version(version), now_ms()
    locked = lock_version(db, name, number)
    db.execute(
        "UPDATE registered_models SET last_updated_timestamp = ? WHERE id = ?", (now, locked.model_ref)
    )
    changes = []
    if archive_existing_versions:
        archived = db.rows(
            "UPDATE model_versions SET current_stage = 'Archived', last_updated_timestamp = ? "
            "WHERE model_ref = ? AND current_stage = ? AND version <> ? RETURNING version",
            (now, locked.model_ref, target, number),
        )
        changes = [
            Change("TRANSITION_STAGE", other, None, target, "Archived") for (other,) in sorted(archived)
        ]
    row = db.one(
        "UPDATE model_versions SET current_stage = ?, last_updated_timestamp = ? WHERE id = ? "
        f"RETURNING {VERSION_COLUMNS}",
        (target, now, locked.version_ref),
    )
    if locked.stage != target:
        changes.append(Change("TRANSITION_STAGE", number, None, locked.stage, target))
    record(db, locked.model_ref, name, user, changes)
    return build_versions(db, [(name, *row)])[0]


@writes
def delete_model_version(db: Database, name: str, version: str, *, user: str = "") -> None:
    """Delete a version: its number stays used, what it said is wiped out. Raises RESOURCE_DOES_NOT_EXIST.

    Its history keeps what it said.
    """
    number, now = parse_version(version), now_ms()
    ref, model_ref, *_ = lock_version(db, name, number)
    before = load_versions(db, [ref])[0]
    db.execute("UPDATE registered_models SET last_updated_timestamp = ? WHERE id = ?", (now, model_ref))
    db.execute(
        "UPDATE model_versions SET current_stage = ?, last_updated_timestamp = ?, description = '', "
        "source = '', storage_location = '', run_id = '', run_link = '', model_id = '', "
        "status_message = NULL WHERE id = ?",
        (DELETED, now, ref),
    )
    db.run(TagRow.delete().where(TagRow.version_ref == ref))
    db.run(AliasRow.delete().where(AliasRow.model_ref == model_ref, AliasRow.version == number))
    changes = [Change("DELETE_ALIAS", number, alias, str(number)) for alias in before.aliases]
    changes.append(Change("DELETE", number, None, version_details(before)))
    record(db, model_ref, name, user, changes)


@writes
def set_model_version_tag(
    db: Database, name: str, version: str, key: str, value: str, *, user: str = ""
) -> None:
    """Set a tag of a version. Raises RESOURCE_DOES_NOT_EXIST."""
    check_tag(key, value)
    number = parse_version(version)
    ref, model_ref, *_ = lock_version(db, name, number)
    before, prompt = tag_before(db, model_ref, ref, key)
    _write_tags(db, ref, {key: value})
    if before != value:
        record(db, model_ref, name, user, [Change("SET_TAG", number, key, before, value)])
    event = {"name": name, "version": str(number), "key": key, "value": value}
    emit(db, _tag_entity(prompt), "SET", event)


@writes
def delete_model_version_tag(db: Database, name: str, version: str, key: str, *, user: str = "") -> None:
    """Remove a tag of a version, if it is there. Raises RESOURCE_DOES_NOT_EXIST for an unknown version."""
    check_key(key, "key")
    number = parse_version(version)
    ref, model_ref, *_ = lock_version(db, name, number)
    before, prompt = tag_before(db, model_ref, ref, key)
    if before is not None:
        db.run(TagRow.delete().where(TagRow.version_ref == ref, TagRow.key == key))
        record(db, model_ref, name, user, [Change("DELETE_TAG", number, key, before)])
    emit(db, _tag_entity(prompt), "DELETED", {"name": name, "version": str(number), "key": key})


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
    row = db.one(
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
    return (name, *row)


def _emit_created(db: Database, version: ModelVersion, tags: dict[str, str], prompt: bool) -> None:
    event = {"name": version.name, "version": version.version, "description": version.description or None}
    if prompt:
        hidden = (*INTERNAL_PROMPT_TAGS, PROMPT_TEXT_TAG)
        shown = {key: value for key, value in tags.items() if key not in hidden}
        emit(db, "PROMPT_VERSION", "CREATED", event | {"template": tags.get(PROMPT_TEXT_TAG), "tags": shown})
    else:
        origin = {"source": version.source, "run_id": version.run_id or None}
        emit(db, "MODEL_VERSION", "CREATED", event | origin | {"tags": tags})


def _tag_entity(prompt: bool) -> WebhookEntity:
    return "PROMPT_VERSION_TAG" if prompt else "MODEL_VERSION_TAG"


def _write_tags(db: Database, ref: int, values: dict[str, str]) -> None:
    if values:
        db.insert_many(_UPSERT_TAGS, [(ref, key, value) for key, value in values.items()])
