"""Rows of the registry: finding and locking them, and making messages of them.

N models or versions, with all that they show, take a constant number of statements.

Writers lock the row of the registered model before any row below it. So two of them never wait for
each other, and one that finds a version knows that it stays as it is until the transaction ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlflowlite.db import Database, Row
from mlflowlite.errors import MlflowError, missing
from mlflowlite.protos.messages import (
    ENUM_NUMBERS,
    ModelVersion,
    ModelVersionStatus,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from mlflowlite.store.registry_checks import DELETED, PROMPT_TAG, STAGES, check_model_name, is_prompt
from mlflowlite.store.registry_history import details

STATUS_NUMBERS = ENUM_NUMBERS["ModelVersionStatus"]
_STATUS_NAMES: dict[int, ModelVersionStatus] = {number: name for name, number in STATUS_NUMBERS.items()}  # type: ignore[misc]

MODEL_COLUMNS = "id, name, description, creation_timestamp, last_updated_timestamp"
VERSION_COLUMNS = (
    "id, model_ref, version, creation_timestamp, last_updated_timestamp, current_stage, description, source, "
    "run_id, status, status_message, run_link"
)
ALIVE = f"current_stage <> '{DELETED}'"
VERSIONS = "registered_models m JOIN model_versions v ON v.model_ref = m.id"
_NAME_AND_COLUMNS = "m.name, " + ", ".join(f"v.{column}" for column in VERSION_COLUMNS.split(", "))
SELECT_VERSIONS = f"SELECT {_NAME_AND_COLUMNS} FROM {VERSIONS}"
ONE_VERSION = f"m.name = ? AND v.version = ? AND {ALIVE}"

_PROMPT_VALUE = "(SELECT value FROM registered_model_tags WHERE model_ref = ? AND key = ?)"

# What to add to a SELECT of tags: aliases, with a version and no value.
_ALL_ALIASES = " UNION ALL SELECT model_ref, alias, NULL, version FROM registered_model_aliases WHERE "
_STAGES = " UNION ALL ".join(f"SELECT '{stage}' AS stage" for stage in STAGES)


class LockedVersion(NamedTuple):
    """A version that stays as it is until the transaction ends."""

    version_ref: int
    model_ref: int
    stage: str
    description: str


def no_model(name: str) -> MlflowError:
    """The answer to a name that no registered model has. Raises another for one that none can have."""
    check_model_name(name)
    return missing(f"Registered Model with name={name} not found")


def no_version(name: str, number: int) -> MlflowError:
    """The answer to a version that isn't there. Raises another for a name that no model can have."""
    check_model_name(name)
    return missing(f"Model Version (name={name}, version={number}) not found")


def find_model(db: Database, name: str) -> int:
    """The row id of a registered model. Raises RESOURCE_DOES_NOT_EXIST."""
    row = db.row("SELECT id FROM registered_models WHERE name = ?", (name,))
    if row is None:
        raise no_model(name)
    return int(row[0])


def lock_model(db: Database, name: str) -> tuple[int, str | None]:
    """The row id and the description of a registered model, locked. Raises RESOURCE_DOES_NOT_EXIST."""
    row = db.row(f"SELECT id, description FROM registered_models WHERE name = ?{db.lock_row()}", (name,))
    if row is None:
        raise no_model(name)
    return row[0], row[1]


def lock_version(db: Database, name: str, number: int) -> LockedVersion:
    """A version, locked together with its model. Raises RESOURCE_DOES_NOT_EXIST."""
    row = db.row(
        f"SELECT v.id, m.id, v.current_stage, v.description FROM {VERSIONS} "
        f"WHERE {ONE_VERSION}{db.lock_row()}",
        (name, number),
    )
    if row is None:
        raise no_version(name, number)
    return LockedVersion(*row)


def tag_before(db: Database, model_ref: int, version_ref: int | None, key: str) -> tuple[str | None, bool]:
    """The value of a tag of a locked model, or of its version, if any; and whether the model is a prompt.

    Asked for only once the lock is held: a statement that waits for a lock sees what was before the wait.
    """
    if version_ref is None:
        table, column, ref = "registered_model_tags", "model_ref", model_ref
    else:
        table, column, ref = "model_version_tags", "version_ref", version_ref
    row = db.one(
        f"SELECT (SELECT value FROM {table} WHERE {column} = ? AND key = ?), {_PROMPT_VALUE}",
        (ref, key, model_ref, PROMPT_TAG),
    )
    return row[0], is_prompt(row[1])


def alias_before(db: Database, model_ref: int, alias: str) -> tuple[int | None, bool]:
    """The version that an alias of a locked model names, if any; and whether the model is a prompt."""
    row = db.one(
        "SELECT (SELECT version FROM registered_model_aliases WHERE model_ref = ? AND alias = ?), "
        f"{_PROMPT_VALUE}",
        (model_ref, alias, model_ref, PROMPT_TAG),
    )
    return row[0], is_prompt(row[1])


def newest_version_rows(db: Database, models: str, param: Any) -> list[Row]:
    """The highest version of each stage, by model and number; `models` is a condition on the models `m`.

    However many versions a model has, this looks into an index once for each stage.
    """
    return db.rows(
        "WITH newest AS MATERIALIZED (SELECT m.id, m.name, (SELECT max(x.version) FROM model_versions x "
        "WHERE x.model_ref = m.id AND x.current_stage = s.stage) AS version "
        f"FROM registered_models m CROSS JOIN ({_STAGES}) s WHERE {models}) "
        f"SELECT {_NAME_AND_COLUMNS} FROM newest m "
        "JOIN model_versions v ON v.model_ref = m.id AND v.version = m.version ORDER BY m.id, v.version",
        (param,),
    )


def load_versions(db: Database, ids: Sequence[int]) -> list[ModelVersion]:
    """The versions of these row ids, in this order; ids that don't exist are left out."""
    if not ids:
        return []
    rows = {row[1]: row for row in db.rows(f"{SELECT_VERSIONS} WHERE {db.any_of('v.id')}", (db.array(ids),))}
    return build_versions(db, [rows[number] for number in ids if number in rows])


def all_versions(db: Database, model_ref: int) -> list[ModelVersion]:
    """Every version of a model, without aliases."""
    rows = db.rows(f"{SELECT_VERSIONS} WHERE m.id = ? AND v.{ALIVE} ORDER BY v.version", (model_ref,))
    return build_versions(db, rows, aliases=False)


def load_models(db: Database, ids: Sequence[int]) -> list[RegisteredModel]:
    """The registered models of these row ids, in this order; ids that don't exist are left out."""
    if not ids:
        return []
    sql = f"SELECT {MODEL_COLUMNS} FROM registered_models WHERE {db.any_of('id')}"
    rows = {row[0]: row for row in db.rows(sql, (db.array(ids),))}
    return build_models(db, [rows[number] for number in ids if number in rows])


def build_versions(db: Database, rows: Sequence[Row], *, aliases: bool = True) -> list[ModelVersion]:
    """The versions of these rows of SELECT_VERSIONS, with tags and, where they are shown, aliases."""
    if not rows:
        return []
    sql = f"SELECT version_ref, key, value, 0 FROM model_version_tags WHERE {db.any_of('version_ref')}"
    params = [db.array(row[1] for row in rows)]
    if aliases:
        sql += _ALL_ALIASES + db.any_of("model_ref")
        params.append(db.array({row[2] for row in rows}))
    tags: dict[int, list[ModelVersionTag]] = defaultdict(list)
    named: dict[tuple[int, int], list[str]] = defaultdict(list)
    for ref, key, value, version in db.rows(f"{sql} ORDER BY 2", params):
        if value is None:
            named[ref, version].append(key)
        else:
            tags[ref].append(ModelVersionTag(key, value))
    return [version_message(row, tags.get(row[1], []), named.get((row[2], row[3]), [])) for row in rows]


def version_message(row: Row, tags: list[ModelVersionTag], aliases: list[str]) -> ModelVersion:
    """The message of one row of SELECT_VERSIONS."""
    name, _, _, number, created, updated, stage, description, source, run_id, status, message, link = row
    return ModelVersion(
        name=name,
        version=str(number),
        creation_timestamp=created,
        last_updated_timestamp=updated,
        current_stage=stage,
        description=description,
        source=source,
        run_id=run_id,
        status=_STATUS_NAMES[status],
        status_message=message,
        tags=tags,
        run_link=link,
        aliases=aliases,
    )


def version_details(version: ModelVersion, *, model_id: str = "") -> str:
    """What a version holds, as a change of it keeps it; `model_id` is that of its logged model."""
    return details(
        {
            "source": version.source,
            "run_id": version.run_id,
            "model_id": model_id,
            "run_link": version.run_link,
            "description": version.description,
            "current_stage": version.current_stage,
            "tags": {tag.key: tag.value for tag in version.tags},
        }
    )


def build_models(db: Database, rows: Sequence[Row]) -> list[RegisteredModel]:
    """The registered models of these rows of MODEL_COLUMNS, with newest versions, tags and aliases."""
    refs = [row[0] for row in rows]
    newest: dict[int, list[ModelVersion]] = defaultdict(list)
    version_rows = newest_version_rows(db, db.any_of("m.id"), db.array(refs))
    for row, version in zip(version_rows, build_versions(db, version_rows, aliases=False), strict=True):
        newest[row[2]].append(version)
    tags: dict[int, list[RegisteredModelTag]] = defaultdict(list)
    aliases: dict[int, list[RegisteredModelAlias]] = defaultdict(list)
    any_ref, wanted = db.any_of("model_ref"), db.array(refs)
    for ref, key, value, number in db.rows(
        f"SELECT model_ref, key, value, 0 FROM registered_model_tags WHERE {any_ref}"
        f"{_ALL_ALIASES}{any_ref} ORDER BY 2",
        (wanted, wanted),
    ):
        if value is None:
            aliases[ref].append(RegisteredModelAlias(key, str(number)))
        else:
            tags[ref].append(RegisteredModelTag(key, value))
    return [_model(row, newest[row[0]], tags[row[0]], aliases[row[0]]) for row in rows]


def _model(
    row: Row,
    newest: list[ModelVersion],
    tags: list[RegisteredModelTag],
    aliases: list[RegisteredModelAlias],
) -> RegisteredModel:
    _, name, description, created, updated = row
    return RegisteredModel(
        name=name,
        creation_timestamp=created,
        last_updated_timestamp=updated,
        description=description or None,
        latest_versions=newest,
        tags=tags,
        aliases=aliases,
    )
