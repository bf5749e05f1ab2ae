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
    LATEST,
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
# By these changes a model comes to a name or loses it. Two indexes are of them alone.
_NAMING = "version IS NULL AND action IN ('CREATE', 'RENAME', 'DELETE')"
_ALIASING = "action IN ('SET_ALIAS', 'DELETE_ALIAS')"
# The models that have, or had, a name. The order makes PostgreSQL take the index that begins with the name,
# whatever it believes about names when the changes of one model are most of all.
_REFS = (
    "SELECT DISTINCT model_ref FROM "
    f"(SELECT model_ref FROM registry_changes WHERE name = ? AND {_NAMING} ORDER BY id) n"
)
_END_OF_TIME = 2**63 - 1


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
    rows = _page(db, name, number, int(after[0]) if after else _END_OF_TIME, max_results + 1)
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

    Of several versions in the stage the highest counts; the alias `latest` is the highest version of all.
    Raises RESOURCE_DOES_NOT_EXIST when no model had the name then, or when nothing was named.
    """
    if (alias is None) == (stage is None):
        raise invalid("Give one of the parameters 'alias' and 'stage'.")
    if timestamp is not None and timestamp < 0:
        raise invalid(f"Parameter 'timestamp' must not be negative, got {timestamp}.")
    # Without a time the last change counts, even one by a server whose clock is ahead of this one's.
    time = _END_OF_TIME if timestamp is None else timestamp
    if alias is not None:
        check_alias(alias)
        what = f"alias '{alias}'"
    else:
        stage = parse_stage(stage or "")
        what = f"stage '{stage}'"
    when = "now" if timestamp is None else f"at {timestamp}"
    model_ref = _model_at(db, name, time, when)
    if alias is None or alias.lower() == LATEST:
        row = _highest_version_row(db, model_ref, stage, time)
    else:
        row = _alias_row(db, model_ref, alias, time)
    if row is None:
        raise missing(f"The {what} of Registered Model with name={name} named no version {when}")
    return _message(row)


def _page(db: Database, name: str, version: int | None, before: int, count: int) -> list[Row]:
    """The newest changes with ids below `before`, of a version if not None.

    Each model that had the name is looked into from its newest change on, no further than the page can
    reach: the whole of a long history is never sorted.
    """
    condition = "model_ref = r.model_ref AND id < ?" + ("" if version is None else " AND version = ?")
    params = (before,) if version is None else (before, version)
    return db.rows(
        "WITH refs AS MATERIALIZED (SELECT r.model_ref, coalesce((SELECT id FROM registry_changes "
        f"WHERE {condition} ORDER BY id DESC LIMIT 1 OFFSET ?), 0) AS lowest FROM ({_REFS}) r) "
        f"SELECT {_COLUMNS} FROM refs r CROSS JOIN registry_changes c "
        f"WHERE c.{condition} AND id >= lowest ORDER BY id DESC LIMIT ?",
        (*params, count - 1, name, *params, count),
    )


def _model_at(db: Database, name: str, time: int, when: str) -> int:
    """The row id of the model that had a name at a time."""
    row = db.row(
        f"SELECT c.model_ref FROM registry_changes c WHERE name = ? AND {_NAMING} AND timestamp <= ? "
        "AND action <> 'DELETE' AND NOT EXISTS (SELECT 1 FROM registry_changes "
        f"WHERE model_ref = c.model_ref AND id > c.id AND {_NAMING} AND timestamp <= ?) "
        "ORDER BY id DESC LIMIT 1",
        (name, time, time),
    )
    if row is None:
        check_model_name(name)
        raise missing(f"Registered Model with name={name} not found {when}")
    return int(row[0])


def _alias_row(db: Database, model_ref: int, alias: str, time: int) -> Row | None:
    """The last change of an alias by then, if it named a version."""
    row = db.row(
        f"SELECT {_COLUMNS} FROM registry_changes WHERE model_ref = ? AND key = ? AND {_ALIASING} "
        "AND timestamp <= ? ORDER BY id DESC LIMIT 1",
        (model_ref, alias, time),
    )
    return None if row is None or row[5] == "DELETE_ALIAS" else row


def _highest_version_row(db: Database, model_ref: int, stage: str | None, time: int) -> Row | None:
    """The last change of stage of the highest version that was there, or in this stage, then.

    A version that has had no transition is in `None` by its creation.
    """
    condition = "" if stage is None else "AND CASE action WHEN 'CREATE' THEN 'None' ELSE new_value END = ? "
    return db.row(
        f"SELECT {_COLUMNS} FROM registry_changes WHERE id IN (SELECT max(id) FROM registry_changes "
        "WHERE model_ref = ? AND version IS NOT NULL AND action IN ('CREATE', 'TRANSITION_STAGE', 'DELETE') "
        f"AND timestamp <= ? GROUP BY version) AND action <> 'DELETE' {condition}"
        "ORDER BY version DESC LIMIT 1",
        (model_ref, time, *([] if stage is None else [stage])),
    )


def _refuse_unknown(db: Database, name: str) -> None:
    if db.row(f"{_REFS} LIMIT 1", (name,)) is None:
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
