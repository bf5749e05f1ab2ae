"""The deliveries of webhooks: taking up what is due, noting how it went, and the log of it all.

A process takes a delivery up by moving its `due_timestamp` ahead, which only one can do; it does so
again while it works on it. If it dies, the time comes and another takes the delivery up: so every event
is sent at least once, and only once as long as nobody dies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mlflowlite.db import Database, Row, reads, writes
from mlflowlite.errors import missing
from mlflowlite.protos.messages import (
    ENUM_NUMBERS,
    WebhookDelivery,
    WebhookDeliveryStatus,
    WebhookEvent,
)
from mlflowlite.search.tokens import decode_token, encode_token, request_digest
from mlflowlite.store.clock import now_ms
from mlflowlite.store.webhook_events import TOPIC
from mlflowlite.store.webhooks import check_max_results, get_webhook

MAX_ERROR = 1000
PRUNE_AT_ONCE = 1000

_ACTIVE = ENUM_NUMBERS["WebhookStatus"]["ACTIVE"]
_STATUS_NUMBERS = ENUM_NUMBERS["WebhookDeliveryStatus"]
_STATUS_NAMES: dict[int, WebhookDeliveryStatus] = {number: name for name, number in _STATUS_NUMBERS.items()}  # type: ignore[misc]
_COLUMNS = (
    "d.id, d.delivery_id, w.webhook_id, d.entity, d.action, d.payload, d.status, d.attempts, "
    "d.creation_timestamp, d.last_attempt_timestamp, d.due_timestamp, d.response_status, d.last_error"
)
# Each attempt counts up, so the number of those before tells whether somebody else has made ours.
_STILL_OURS = "id = ? AND attempts = ? AND due_timestamp IS NOT NULL"
_FROM = "webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_ref"


class Claimed(NamedTuple):
    """A delivery that this process has taken up. The secret is encrypted, empty without one."""

    row_id: int
    delivery_id: str
    payload: str
    attempts: int
    url: str
    encrypted_secret: str
    wanted: bool  # the webhook is neither disabled nor deleted
    webhook_ref: int


class Outcome(NamedTuple):
    """How an attempt went. `again_timestamp` is when to try once more, if the delivery is still pending."""

    status: WebhookDeliveryStatus
    response_status: int | None = None
    error: str | None = None
    again_timestamp: int | None = None
    tried: bool = True


@reads
def next_due(db: Database) -> int | None:
    """When the next delivery is due, in ms since the epoch; None when there is none."""
    row = db.row("SELECT min(due_timestamp) FROM webhook_deliveries WHERE due_timestamp IS NOT NULL")
    return row[0] if row else None


@writes
def claim_due(db: Database, limit: int, lease_ms: int) -> list[Claimed]:
    """Take up at most `limit` deliveries that are due; nobody else does for `lease_ms`."""
    now = now_ms()
    taken = db.rows(
        "UPDATE webhook_deliveries SET due_timestamp = ? WHERE id IN (SELECT id FROM webhook_deliveries "
        f"WHERE due_timestamp <= ? ORDER BY due_timestamp, id LIMIT ?{db.lock_row()}) RETURNING id",
        (now + lease_ms, now, limit),
    )
    rows = db.rows(
        "SELECT d.id, d.delivery_id, d.payload, d.attempts, w.url, w.encrypted_secret, "
        f"w.status = {_ACTIVE} AND w.deleted_timestamp IS NULL, w.id FROM {_FROM} "
        f"WHERE {db.any_of('d.id')} ORDER BY d.id",
        (db.array(row[0] for row in taken),),
    )
    return [
        Claimed(row_id, delivery_id, payload, attempts, url, secret or "", bool(wanted), ref)
        for row_id, delivery_id, payload, attempts, url, secret, wanted, ref in rows
    ]


@writes
def renew(db: Database, claimed: Sequence[Claimed], lease_ms: int) -> None:
    """Keep deliveries that this process works on for `lease_ms` more; those finished meanwhile stay so."""
    due = now_ms() + lease_ms
    for one in claimed:
        db.execute(
            f"UPDATE webhook_deliveries SET due_timestamp = ? WHERE {_STILL_OURS}",
            (due, one.row_id, one.attempts),
        )


@writes
def postpone(db: Database, claimed: Sequence[Claimed], wait_ms: int) -> None:
    """Give deliveries back untried, to be due in `wait_ms`; so is whatever else is due of their webhooks."""
    now = now_ms()
    for one in claimed:
        db.execute(
            f"UPDATE webhook_deliveries SET due_timestamp = ? WHERE {_STILL_OURS}",
            (now + wait_ms, one.row_id, one.attempts),
        )
    for ref in sorted({one.webhook_ref for one in claimed}):
        db.execute(
            "UPDATE webhook_deliveries SET due_timestamp = ? WHERE webhook_ref = ? AND due_timestamp <= ?",
            (now + wait_ms, ref, now),
        )


@writes
def finish(db: Database, claimed: Claimed, outcome: Outcome) -> None:
    """Note how an attempt went, unless another process has taken the delivery over and finished it."""
    db.execute(
        "UPDATE webhook_deliveries SET status = ?, attempts = attempts + ?, due_timestamp = ?, "
        "last_attempt_timestamp = COALESCE(?, last_attempt_timestamp), response_status = ?, last_error = ? "
        f"WHERE {_STILL_OURS}",
        (
            _STATUS_NUMBERS[outcome.status],
            int(outcome.tried),
            outcome.again_timestamp,
            now_ms() if outcome.tried else None,
            outcome.response_status,
            outcome.error[:MAX_ERROR] if outcome.error else None,
            claimed.row_id,
            claimed.attempts,
        ),
    )


@writes
def prune(db: Database, before: int) -> int:
    """Forget some of the finished deliveries made before a time (ms since the epoch); returns how many."""
    deleted: int = db.execute(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries "
        "WHERE creation_timestamp < ? AND due_timestamp IS NULL LIMIT ?)",
        (before, PRUNE_AT_ONCE),
    ).rowcount
    return deleted


@reads
def list_webhook_deliveries(
    db: Database,
    webhook_id: str,
    *,
    status: WebhookDeliveryStatus | None,
    max_results: int,
    page_token: str | None,
) -> tuple[list[WebhookDelivery], str | None]:
    """One page of a webhook's deliveries, newest first, and the token of the next.

    Raises RESOURCE_DOES_NOT_EXIST for an unknown webhook.
    """
    check_max_results(max_results)
    get_webhook(db, webhook_id)
    request = request_digest("deliveries", webhook_id, status)
    after = decode_token(page_token, request, [int])
    condition, params = "d.webhook_ref = (SELECT id FROM webhooks WHERE webhook_id = ?)", [webhook_id]
    for text, value in (
        ("d.status = ?", _STATUS_NUMBERS[status] if status else None),
        ("d.id < ?", after[0] if after else None),
    ):
        if value is not None:
            condition += f" AND {text}"
            params.append(value)  # type: ignore[arg-type]
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE {condition} ORDER BY d.id DESC LIMIT ?",
        (*params, max_results + 1),
    )
    page = rows[:max_results]
    token = encode_token(request, [page[-1][0]]) if len(rows) > max_results else None
    return [_message(row) for row in page], token


@writes
def replay_webhook_delivery(db: Database, webhook_id: str, delivery_id: str) -> WebhookDelivery:
    """Send a finished delivery once more, with all its attempts; a pending one stays as it is.

    Raises RESOURCE_DOES_NOT_EXIST for an unknown webhook or delivery.
    """
    get_webhook(db, webhook_id)
    db.execute(
        "UPDATE webhook_deliveries SET status = ?, attempts = 0, due_timestamp = ? "
        "WHERE delivery_id = ? AND due_timestamp IS NULL",
        (_STATUS_NUMBERS["PENDING"], now_ms(), delivery_id),
    )
    row = db.row(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE w.webhook_id = ? AND d.delivery_id = ?",
        (webhook_id, delivery_id),
    )
    if row is None:
        raise missing(f"Webhook delivery with ID {delivery_id} not found.")
    db.announce(TOPIC)
    return _message(row)


def _message(row: Row) -> WebhookDelivery:
    _, delivery_id, webhook_id, entity, action, payload, status, attempts, *rest = row
    made, tried, due, answer, error = rest
    return WebhookDelivery(
        delivery_id=delivery_id,
        webhook_id=webhook_id,
        event=WebhookEvent(entity=entity, action=action),
        payload=payload,
        status=_STATUS_NAMES[status],
        attempts=attempts,
        creation_timestamp=made,
        last_attempt_timestamp=tried,
        next_attempt_timestamp=due,
        response_status=answer,
        last_error=error,
    )
