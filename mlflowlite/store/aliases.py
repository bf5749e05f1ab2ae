"""Aliases: second names for the versions of a registered model (`semantics.md` §10.4)."""

from __future__ import annotations

from mlflowlite.db import Database, reads, writes
from mlflowlite.db.models import RegisteredModelAlias as AliasRow
from mlflowlite.errors import invalid, missing
from mlflowlite.protos.messages import ModelVersion, WebhookEntity
from mlflowlite.store.registry_checks import LATEST, check_alias, check_new_alias, parse_version
from mlflowlite.store.registry_history import Change, record
from mlflowlite.store.registry_rows import (
    SELECT_VERSIONS,
    alias_before,
    build_versions,
    find_model,
    lock_model,
    lock_version,
    newest_version_rows,
)
from mlflowlite.store.webhook_events import emit

_BY_ALIAS = (
    f"{SELECT_VERSIONS} JOIN registered_model_aliases a "
    "ON a.model_ref = v.model_ref AND a.version = v.version WHERE m.name = ? AND a.alias = ?"
)


@writes
def set_registered_model_alias(db: Database, name: str, alias: str, version: str, *, user: str = "") -> None:
    """Let an alias name a version; an alias that is there moves. Raises RESOURCE_DOES_NOT_EXIST."""
    check_new_alias(alias)
    number = parse_version(version)
    model_ref = lock_version(db, name, number).model_ref
    before, prompt = alias_before(db, model_ref, alias)
    db.execute(
        "INSERT INTO registered_model_aliases (model_ref, alias, version) VALUES (?, ?, ?) "
        "ON CONFLICT (model_ref, alias) DO UPDATE SET version = excluded.version",
        (model_ref, alias, number),
    )
    if before != number:
        old = None if before is None else str(before)
        record(db, model_ref, name, user, [Change("SET_ALIAS", number, alias, old, str(number))])
    emit(db, _entity(prompt), "CREATED", {"name": name, "alias": alias, "version": str(number)})


@writes
def delete_registered_model_alias(db: Database, name: str, alias: str, *, user: str = "") -> None:
    """Remove an alias, if it is there."""
    check_alias(alias)
    ref, _ = lock_model(db, name)
    before, prompt = alias_before(db, ref, alias)
    if before is not None:
        db.run(AliasRow.delete().where(AliasRow.model_ref == ref, AliasRow.alias == alias))
        record(db, ref, name, user, [Change("DELETE_ALIAS", before, alias, str(before))])
    emit(db, _entity(prompt), "DELETED", {"name": name, "alias": alias})


def _entity(prompt: bool) -> WebhookEntity:
    return "PROMPT_ALIAS" if prompt else "MODEL_VERSION_ALIAS"


@reads
def get_model_version_by_alias(db: Database, name: str, alias: str) -> ModelVersion:
    """The version that an alias names; `latest`, in any case of letters, is the highest one.

    Raises RESOURCE_DOES_NOT_EXIST for an unknown model or one without versions, but
    INVALID_PARAMETER_VALUE for an alias that is not there.
    """
    check_alias(alias)
    latest = alias.lower() == LATEST
    rows = newest_version_rows(db, "m.name = ?", name) if latest else db.rows(_BY_ALIAS, (name, alias))
    if rows:
        return build_versions(db, rows[-1:])[0]
    find_model(db, name)
    if latest:
        raise missing(f"Latest version not found for model {name}.")
    raise invalid(f"Registered model alias {alias} not found.")
