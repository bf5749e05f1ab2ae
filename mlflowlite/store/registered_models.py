"""Registered models and their tags (`semantics.md` §10.1)."""

from __future__ import annotations

from collections.abc import Sequence

from mlflowlite.db import BulkInsert, Database, reads, writes
from mlflowlite.db.engine import translate
from mlflowlite.db.models import RegisteredModelTag as TagRow
from mlflowlite.errors import BAD_REQUEST, MlflowError, invalid, taken
from mlflowlite.protos.messages import ModelVersion, RegisteredModel, RegisteredModelTag
from mlflowlite.search import fetch_page, plan_registered_model_search
from mlflowlite.store.clock import now_ms
from mlflowlite.store.registry_checks import (
    INTERNAL_PROMPT_TAGS,
    MAX_DESCRIPTION,
    PROMPT_TAG,
    check_model_name,
    check_page_size,
    check_tag,
    checked_tags,
    is_prompt,
    parse_stage,
)
from mlflowlite.store.registry_history import Change, details, record
from mlflowlite.store.registry_rows import (
    MODEL_COLUMNS,
    all_versions,
    build_models,
    build_versions,
    find_model,
    load_models,
    lock_model,
    newest_version_rows,
    no_model,
    tag_before,
    version_details,
)
from mlflowlite.store.validation import check_key, check_length
from mlflowlite.store.webhook_events import emit

MAX_SEARCH_RESULTS = 1000

_STAGE = 6  # where a row of a version holds its stage
_UPSERT_TAGS = BulkInsert(
    "registered_model_tags",
    {"model_ref": "bigint", "key": "text", "value": "text"},
    "(model_ref, key) DO UPDATE SET value = excluded.value",
)


@writes
def create_registered_model(
    db: Database, name: str, tags: Sequence[RegisteredModelTag], description: str | None, *, user: str = ""
) -> RegisteredModel:
    """Create a registered model, or a prompt, without versions.

    Raises RESOURCE_ALREADY_EXISTS when a model or a prompt has the name.
    """
    check_model_name(name)
    values = checked_tags(tags)
    check_length("description", description or "", MAX_DESCRIPTION)
    now = now_ms()
    row = db.row(
        "INSERT INTO registered_models (name, description, creation_timestamp, last_updated_timestamp, "
        "last_version) VALUES (?, ?, ?, ?, 0) ON CONFLICT (name) DO NOTHING RETURNING id",
        (name, description, now, now),
    )
    prompt = is_prompt(values.get(PROMPT_TAG))
    if row is None:
        raise _name_taken(db, name, prompt)
    _write_tags(db, row[0], values)
    given = details({"description": description, "tags": values})
    record(db, row[0], name, user, [Change("CREATE", new_value=given)])
    shown = {key: value for key, value in values.items() if not (prompt and key in INTERNAL_PROMPT_TAGS)}
    emit(
        db,
        "PROMPT" if prompt else "REGISTERED_MODEL",
        "CREATED",
        {"name": name, "tags": shown, "description": description or ""},
    )
    return RegisteredModel(
        name=name,
        creation_timestamp=now,
        last_updated_timestamp=now,
        description=description or None,
        tags=[RegisteredModelTag(key, value) for key, value in values.items()],
    )


@reads
def get_registered_model(db: Database, name: str) -> RegisteredModel:
    """The registered model, or prompt, of this name. Raises RESOURCE_DOES_NOT_EXIST."""
    row = db.row(f"SELECT {MODEL_COLUMNS} FROM registered_models WHERE name = ?", (name,))
    if row is None:
        raise no_model(name)
    return build_models(db, [row])[0]


@reads
def search_registered_models(
    db: Database, *, filter_string: str, max_results: int, order_by: Sequence[str], page_token: str | None
) -> tuple[list[RegisteredModel], str | None]:
    """One page of registered models that match, and the token of the next (`semantics.md` §9.5)."""
    check_page_size(max_results, MAX_SEARCH_RESULTS)
    plan = plan_registered_model_search(filter_string, order_by, db.dialect)
    page = fetch_page(db, plan, page_token, max_results)
    return load_models(db, page.ids), page.next_page_token


@reads
def get_latest_versions(db: Database, name: str, stages: Sequence[str]) -> list[ModelVersion]:
    """The highest version of each of these stages, or of all; stages without versions are left out."""
    rows = newest_version_rows(db, "m.name = ?", name)
    if not rows:
        find_model(db, name)
    wanted = {parse_stage(stage) for stage in stages}
    return build_versions(db, [row for row in rows if not wanted or row[_STAGE] in wanted])


@writes
def update_registered_model(
    db: Database, name: str, description: str | None, *, user: str = ""
) -> RegisteredModel:
    """Set the description of a registered model, or clear it with None."""
    check_length("description", description or "", MAX_DESCRIPTION)
    ref, before = lock_model(db, name)
    row = db.one(
        "UPDATE registered_models SET description = ?, last_updated_timestamp = ? WHERE id = ? "
        f"RETURNING {MODEL_COLUMNS}",
        (description, now_ms(), ref),
    )
    old, new = before or None, description or None
    if old != new:
        record(db, ref, name, user, [Change("UPDATE", None, "description", old, new)])
    return build_models(db, [row])[0]


@writes
def rename_registered_model(db: Database, name: str, new_name: str, *, user: str = "") -> RegisteredModel:
    """Give a registered model another name; versions, tags and aliases follow.

    Raises RESOURCE_ALREADY_EXISTS when the name is taken.
    """
    _check_new_name(new_name)
    now = now_ms()
    try:
        row = db.row(
            "UPDATE registered_models SET name = ?, last_updated_timestamp = ? WHERE name = ? "
            f"RETURNING {MODEL_COLUMNS}",
            (new_name, now, name),
        )
    except Exception as error:
        known = translate(error)
        if known is None or known.error_code != BAD_REQUEST:
            raise
        raise taken(f"Registered Model (name={new_name}) already exists.") from error
    if row is None:
        raise no_model(name)
    db.execute("UPDATE model_versions SET last_updated_timestamp = ? WHERE model_ref = ?", (now, row[0]))
    if new_name != name:
        record(db, row[0], new_name, user, [Change("RENAME", old_value=name, new_value=new_name)])
    return build_models(db, [row])[0]


@writes
def delete_registered_model(db: Database, name: str, *, user: str = "") -> None:
    """Remove a registered model with its versions, tags and aliases for good; its history stays."""
    ref, _ = lock_model(db, name)
    record(db, ref, name, user, _losses(db, ref))
    db.execute("DELETE FROM registered_models WHERE id = ?", (ref,))


@writes
def set_registered_model_tag(db: Database, name: str, key: str, value: str, *, user: str = "") -> None:
    """Set a tag of a registered model."""
    check_tag(key, value)
    ref, _ = lock_model(db, name)
    before, prompt = tag_before(db, ref, None, key)
    _write_tags(db, ref, {key: value})
    if before != value:
        record(db, ref, name, user, [Change("SET_TAG", None, key, before, value)])
    if is_prompt(value) if key == PROMPT_TAG else prompt:
        emit(db, "PROMPT_TAG", "SET", {"name": name, "key": key, "value": value})


@writes
def delete_registered_model_tag(db: Database, name: str, key: str, *, user: str = "") -> None:
    """Remove a tag of a registered model, if it is there."""
    check_key(key, "key")
    ref, _ = lock_model(db, name)
    before, prompt = tag_before(db, ref, None, key)
    if before is not None:
        db.run(TagRow.delete().where(TagRow.model_ref == ref, TagRow.key == key))
        record(db, ref, name, user, [Change("DELETE_TAG", None, key, before)])
    if prompt and key != PROMPT_TAG:
        emit(db, "PROMPT_TAG", "DELETED", {"name": name, "key": key})


def _losses(db: Database, ref: int) -> list[Change]:
    """What goes when a model is deleted, as changes: its versions, its aliases, then itself."""
    row = db.one(f"SELECT {MODEL_COLUMNS} FROM registered_models WHERE id = ?", (ref,))
    model = build_models(db, [row])[0]
    changes = [
        Change("DELETE", int(version.version or 0), None, version_details(version))
        for version in all_versions(db, ref)
    ]
    changes += [
        Change("DELETE_ALIAS", int(alias.version or 0), alias.alias, alias.version) for alias in model.aliases
    ]
    tags = {tag.key: tag.value for tag in model.tags}
    return [*changes, Change("DELETE", old_value=details({"description": model.description, "tags": tags}))]


def _write_tags(db: Database, ref: int, values: dict[str, str]) -> None:
    if values:
        db.insert_many(_UPSERT_TAGS, [(ref, key, value) for key, value in values.items()])


def _check_new_name(new_name: str) -> None:
    if not new_name.strip():
        raise invalid("Missing value for required parameter 'new_name'.")
    check_model_name(new_name)


def _name_taken(db: Database, name: str, prompt: bool) -> MlflowError:
    """The answer to a name in use; it says so when a model and a prompt want the same one."""
    row = db.row(
        "SELECT t.value FROM registered_models m JOIN registered_model_tags t ON t.model_ref = m.id "
        "WHERE m.name = ? AND t.key = ?",
        (name, PROMPT_TAG),
    )
    if is_prompt(row[0] if row else None) == prompt:
        return taken(f"{'Prompt' if prompt else 'Registered Model'} (name={name}) already exists.")
    wanted, owner = ("prompt", "registered model") if prompt else ("registered model", "prompt")
    return taken(
        f"Tried to create a {wanted} with name '{name}', but the name is already taken by a {owner}. "
        "MLflow does not allow creating a model and a prompt with the same name."
    )
