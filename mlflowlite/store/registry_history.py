"""The history of the registry: every change of a registered model, who made it, and when.

Beyond upstream (`proto/registry_history.proto`). Rows are appended in the transaction of the change,
by stores that hold the lock on the model's row; so for one model their ids follow the order of the
changes. They are never altered, and they outlive the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mlflowlite.db import BulkInsert, Database, Row, reads
from mlflowlite.errors import invalid, missing
from mlflowlite.protos.messages import RegistryAction, RegistryChange
from mlflowlite.search.tokens import decode_token, encode_token, request_digest
from mlflowlite.store.clock import now_ms
from mlflowlite.store.registry_checks import (
    check_alias,
    check_model_name,
    check_page_size,
    parse_stage,
    parse_version,
)

MAX_RESULTS = 1000
MAX_USER = 255

_INSERT = BulkInsert(
    "registry_changes",
    {
        "model_ref": "bigint",
        "name": "text",
        "version": "bigint",
        "action": "text",
        "key": "text",
        "old_value": "text",
        "new_value": "text",
        "user_name": "text",
        "timestamp": "bigint",
    },
    "DO NOTHING",
)
_COLUMNS = "id, timestamp, user_name, name, version, action, key, old_value, new_value"
# The models that have, or had, a name. Changes of versions don't name a model anew.
_REFS = "(SELECT model_ref FROM registry_changes WHERE name = ? AND version IS NULL)"
_NAMING = "version IS NULL AND action IN ('CREATE', 'RENAME', 'DELETE')"


class Change(NamedTuple):
    """What changed; `version` is None for a change of the model itself."""

    action: RegistryAction
    version: int | None = None
    key: str | None = None
    old_value: str | None = None
    new_value: str | None = None


def record(db: Database, model_ref: int, name: str, user: str, changes: Sequence[Change]) -> None:
    """Append changes of one model to its history; `name` is the model's after them."""
    if changes:
        now = now_ms()
        rows = [
            (model_ref, name, change.version, change.action, *change[2:], user[:MAX_USER], now)
            for change in changes
        ]
        db.insert_many(_INSERT, rows)


def details(fields: Mapping[str, Any]) -> str:
    """What a model or a version holds, as a change keeps it: JSON without the empty fields."""
    return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


@reads
def get_registered_model_history(
    db: Database, name: str, *, version: str | None, max_results: int, page_token: str | None
) -> tuple[list[RegistryChange], str | None]:
    """One page of the changes of the models that have, or had, this name: newest first; and the next token.

    Raises RESOURCE_DOES_NOT_EXIST when no model ever had the name.
    """
    check_page_size(max_results, MAX_RESULTS)
    number = parse_version(version) if version else None
    request = request_digest("history", name, number)
    after = decode_token(page_token, request, [int])
    condition, params = f"model_ref IN {_REFS}", [name]
    for text, value in (("version = ?", number), ("id < ?", after[0] if after else None)):
        if value is not None:
            condition += f" AND {text}"
            params.append(value)  # type: ignore[arg-type]
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM registry_changes WHERE {condition} ORDER BY id DESC LIMIT ?",
        (*params, max_results + 1),
    )
    if not rows and not after:
        _refuse_unknown(db, name)
    more = len(rows) > max_results
    rows = rows[:max_results]
    return [_message(row) for row in rows], encode_token(request, [rows[-1][0]]) if more else None


@reads
def get_alias_at(
    db: Database, name: str, *, alias: str | None, stage: str | None, timestamp: int | None
) -> RegistryChange:
    """The change after which an alias, or a stage, named the version that it did at a time (now if None).

    Of several versions in the stage the highest counts. Raises RESOURCE_DOES_NOT_EXIST when no model had
    the name then, or when the alias or the stage named nothing.
    """
    if (alias is None) == (stage is None):
        raise invalid("Give one of the parameters 'alias' and 'stage'.")
    time = now_ms() if timestamp is None else timestamp
    if time < 0:
        raise invalid(f"Parameter 'timestamp' must not be negative, got {time}.")
    if alias is not None:
        check_alias(alias)
        row = _alias_row(db, _model_at(db, name, time), alias, time)
        what = f"alias '{alias}'"
    else:
        wanted = parse_stage(stage or "")
        row = _stage_row(db, _model_at(db, name, time), wanted, time)
        what = f"stage '{wanted}'"
    if row is None:
        raise missing(f"The {what} of Registered Model with name={name} named no version at {time}")
    return _message(row)


def _model_at(db: Database, name: str, time: int) -> int:
    """The row id of the model that had a name at a time."""
    row = db.row(
        f"SELECT c.model_ref FROM registry_changes c WHERE c.id IN (SELECT max(id) FROM registry_changes "
        f"WHERE model_ref IN {_REFS} AND {_NAMING} AND timestamp <= ? GROUP BY model_ref) "
        "AND c.name = ? AND c.action <> 'DELETE' ORDER BY c.id DESC LIMIT 1",
        (name, time, name),
    )
    if row is None:
        check_model_name(name)
        raise missing(f"Registered Model with name={name} not found at {time}")
    return int(row[0])


def _alias_row(db: Database, model_ref: int, alias: str, time: int) -> Row | None:
    row = db.row(
        f"SELECT {_COLUMNS} FROM registry_changes WHERE model_ref = ? AND key = ? "
        "AND action IN ('SET_ALIAS', 'DELETE_ALIAS') AND timestamp <= ? ORDER BY id DESC LIMIT 1",
        (model_ref, alias, time),
    )
    return None if row is None or row[5] == "DELETE_ALIAS" else row


def _stage_row(db: Database, model_ref: int, stage: str, time: int) -> Row | None:
    """The last change of stage of the highest version that was in the stage then; new ones are in `None`."""
    return db.row(
        f"SELECT {_COLUMNS} FROM registry_changes WHERE id IN (SELECT max(id) FROM registry_changes "
        "WHERE model_ref = ? AND version IS NOT NULL AND action IN ('CREATE', 'TRANSITION_STAGE', 'DELETE') "
        "AND timestamp <= ? GROUP BY version) AND action <> 'DELETE' "
        "AND CASE action WHEN 'CREATE' THEN 'None' ELSE new_value END = ? ORDER BY version DESC LIMIT 1",
        (model_ref, time, stage),
    )


def _refuse_unknown(db: Database, name: str) -> None:
    if db.row(f"SELECT 1 WHERE EXISTS {_REFS}", (name,)) is None:
        check_model_name(name)
        raise missing(f"Registered Model with name={name} not found")


def _message(row: Row) -> RegistryChange:
    change_id, timestamp, user, name, version, action, key, old_value, new_value = row
    return RegistryChange(
        change_id=change_id,
        timestamp=timestamp,
        user=user,
        name=name,
        version=None if version is None else str(version),
        action=action,
        key=key,
        old_value=old_value,
        new_value=new_value,
    )
