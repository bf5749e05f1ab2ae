"""Webhooks: who is told of which changes of the registry (`semantics.md` §13.1)."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.errors import MlflowError, invalid, missing
from mlflowlite.protos.messages import ENUM_NUMBERS, Webhook, WebhookEvent, WebhookStatus
from mlflowlite.search.tokens import decode_token, encode_token, request_digest
from mlflowlite.store.clock import now_ms
from mlflowlite.store.validation import check_length

MAX_RESULTS = 1000
MAX_DESCRIPTION = 1000
MAX_URL = 2048
MAX_SECRET = 1000

# Which kinds of change exist.
ACTIONS: dict[str, tuple[str, ...]] = {
    "REGISTERED_MODEL": ("CREATED",),
    "MODEL_VERSION": ("CREATED",),
    "MODEL_VERSION_TAG": ("DELETED", "SET"),
    "MODEL_VERSION_ALIAS": ("CREATED", "DELETED"),
    "PROMPT": ("CREATED",),
    "PROMPT_VERSION": ("CREATED",),
    "PROMPT_TAG": ("DELETED", "SET"),
    "PROMPT_VERSION_TAG": ("DELETED", "SET"),
    "PROMPT_ALIAS": ("CREATED", "DELETED"),
    "BUDGET_POLICY": ("EXCEEDED",),
}

_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?\Z")
_STATUS_NUMBERS = ENUM_NUMBERS["WebhookStatus"]
_STATUS_NAMES: dict[int, WebhookStatus] = {number: name for name, number in _STATUS_NUMBERS.items()}  # type: ignore[misc]
_COLUMNS = "id, webhook_id, name, description, url, status, creation_timestamp, last_updated_timestamp"
_INSERT_EVENTS = BulkInsert(
    "webhook_events", {"webhook_ref": "bigint", "entity": "text", "action": "text"}, "DO NOTHING"
)


class Target(NamedTuple):
    """Where a webhook's calls go; the secret is still encrypted, empty without one."""

    url: str
    encrypted_secret: str
    first_event: WebhookEvent


@writes
def create_webhook(
    db: Database,
    *,
    name: str,
    description: str | None,
    url: str,
    events: Sequence[WebhookEvent],
    encrypted_secret: str,
    status: WebhookStatus,
) -> Webhook:
    """Create a webhook; names need not be unique. The URL has been checked (`mlflowlite.webhooks.urls`)."""
    _check(name, description, url)
    pairs = _checked_pairs(events)
    now = now_ms()
    row = db.one(
        "INSERT INTO webhooks (webhook_id, name, description, url, status, encrypted_secret, "
        "creation_timestamp, last_updated_timestamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        f"RETURNING {_COLUMNS}",
        (
            str(uuid.uuid4()),
            name,
            description or None,
            url,
            _STATUS_NUMBERS[status],
            encrypted_secret,
            now,
            now,
        ),
    )
    _write_events(db, row[0], pairs)
    return _messages(db, [row])[0]


@reads
def list_webhooks(db: Database, max_results: int, page_token: str | None) -> tuple[list[Webhook], str | None]:
    """One page of the webhooks, newest first, and the token of the next."""
    check_max_results(max_results)
    request = request_digest("webhooks")
    after = decode_token(page_token, request, [int, int])
    beyond = "AND creation_timestamp <= ? AND (creation_timestamp < ? OR id < ?)" if after else ""
    params = (after[0], after[0], after[1]) if after else ()
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM webhooks WHERE deleted_timestamp IS NULL {beyond} "
        "ORDER BY creation_timestamp DESC, id DESC LIMIT ?",
        (*params, max_results + 1),
    )
    page = rows[:max_results]
    token = encode_token(request, [page[-1][6], page[-1][0]]) if len(rows) > max_results else None
    return _messages(db, page), token


@reads
def get_webhook(db: Database, webhook_id: str) -> Webhook:
    """One webhook. Raises RESOURCE_DOES_NOT_EXIST."""
    return _messages(db, [_find(db, webhook_id)])[0]


@reads
def get_target(db: Database, webhook_id: str) -> Target:
    """Where the calls of a webhook go. Raises RESOURCE_DOES_NOT_EXIST."""
    row = _find(db, webhook_id)
    secret = db.row("SELECT encrypted_secret FROM webhooks WHERE id = ?", (row[0],))
    return Target(row[4], secret[0] or "" if secret else "", _messages(db, [row])[0].events[0])


@writes
def update_webhook(
    db: Database,
    webhook_id: str,
    *,
    name: str | None,
    description: str | None,
    url: str | None,
    events: Sequence[WebhookEvent],
    encrypted_secret: str | None,
    status: WebhookStatus | None,
) -> Webhook:
    """Change what is given; None, an empty name, URL or list of events leave theirs as it is.

    An empty description or secret takes the old one away. Raises RESOURCE_DOES_NOT_EXIST.
    """
    _check(name or "name", description, url or "")
    pairs = _checked_pairs(events) if events else []
    ref = _find(db, webhook_id, lock=db.lock_row())[0]
    changes = {
        "name": name or None,
        "description": description,
        "url": url or None,
        "encrypted_secret": encrypted_secret,
        "status": _STATUS_NUMBERS[status] if status else None,
    }
    given = {column: value for column, value in changes.items() if value is not None}
    row = db.one(
        f"UPDATE webhooks SET {''.join(f'{column} = ?, ' for column in given)}last_updated_timestamp = ? "
        f"WHERE id = ? RETURNING {_COLUMNS}",
        (*given.values(), now_ms(), ref),
    )
    if pairs:
        db.execute("DELETE FROM webhook_events WHERE webhook_ref = ?", (ref,))
        _write_events(db, ref, pairs)
    return _messages(db, [row])[0]


@writes
def delete_webhook(db: Database, webhook_id: str) -> None:
    """Delete a webhook: it is shown no more and told nothing more. Raises RESOURCE_DOES_NOT_EXIST."""
    now = now_ms()
    row = db.row(
        "UPDATE webhooks SET deleted_timestamp = ?, last_updated_timestamp = ?, encrypted_secret = '' "
        "WHERE webhook_id = ? AND deleted_timestamp IS NULL RETURNING id",
        (now, now, webhook_id),
    )
    if row is None:
        raise no_webhook(webhook_id)


def no_webhook(webhook_id: str) -> MlflowError:
    """The answer to an id that no webhook has."""
    return missing(f"Webhook with ID {webhook_id} not found.")


def check_max_results(max_results: int) -> None:
    """Refuse a page size of which there is no page of webhooks or deliveries."""
    if not 1 <= max_results <= MAX_RESULTS:
        raise invalid(f"max_results must be between 1 and {MAX_RESULTS}, got {max_results}.")


def check_secret(secret: str) -> None:
    """Refuse a secret that is too long."""
    check_length("secret", secret, MAX_SECRET)


def check_event(event: WebhookEvent) -> None:
    """Refuse a kind of change that does not exist."""
    valid = ACTIONS.get(event.entity)
    if valid is None:
        raise invalid(f"Invalid entity '{event.entity.lower()}'. Valid entities are: {_listed(ACTIONS)}")
    if event.action not in valid:
        raise invalid(
            f"Invalid action '{event.action.lower()}' for entity '{event.entity.lower()}'. "
            f"Valid actions are: {_listed(valid)}"
        )


def _listed(names: Sequence[str] | dict[str, tuple[str, ...]]) -> list[str]:
    return [name.lower() for name in names]


def _check(name: str, description: str | None, url: str) -> None:
    if not _NAME.match(name):
        raise invalid(
            f"Webhook name {name!r} is invalid: it must have 1 to 63 characters, only letters, digits, dots "
            "(.), underscores (_) and hyphens (-), and begin and end with a letter or digit."
        )
    check_length("description", description or "", MAX_DESCRIPTION)
    check_length("url", url, MAX_URL)


def _checked_pairs(events: Sequence[WebhookEvent]) -> list[tuple[str, str]]:
    """The kinds of change as (entity, action), each once, sorted."""
    if not events:
        raise invalid("Webhook events must be a non-empty list.")
    for event in events:
        check_event(event)
    return sorted({(event.entity, event.action) for event in events})


def _write_events(db: Database, ref: int, pairs: Sequence[tuple[str, str]]) -> None:
    db.insert_many(_INSERT_EVENTS, [(ref, *pair) for pair in pairs])


def _find(db: Database, webhook_id: str, *, lock: str = "") -> Row:
    row = db.row(
        f"SELECT {_COLUMNS} FROM webhooks WHERE webhook_id = ? AND deleted_timestamp IS NULL{lock}",
        (webhook_id,),
    )
    if row is None:
        raise no_webhook(webhook_id)
    return row


def _messages(db: Database, rows: Sequence[Row]) -> list[Webhook]:
    events: dict[int, list[WebhookEvent]] = defaultdict(list)
    for ref, entity, action in db.rows(
        f"SELECT webhook_ref, entity, action FROM webhook_events WHERE {db.any_of('webhook_ref')} "
        "ORDER BY entity, action",
        (db.array(row[0] for row in rows),),
    ):
        events[ref].append(WebhookEvent(entity=entity, action=action))
    return [
        Webhook(
            webhook_id=webhook_id,
            name=name,
            description=description or None,
            url=url,
            events=events[ref],
            status=_STATUS_NAMES[status],
            creation_timestamp=created,
            last_updated_timestamp=updated,
        )
        for ref, webhook_id, name, description, url, status, created, updated in rows
    ]
