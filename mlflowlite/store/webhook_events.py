"""The events that webhooks are told of, written beside the change that they tell (`semantics.md` §13.2).

An event goes into the table `webhook_deliveries` once for each webhook that asked for it, in the
transaction of the change: it is sent if and only if the change is kept, whatever happens to the
process in between. `mlflowlite.webhooks` sends it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from mlflowlite.db import BulkInsert, Database
from mlflowlite.protos.messages import ENUM_NUMBERS, WebhookAction, WebhookEntity
from mlflowlite.store.clock import now_ms

# What `Database.listen` is asked for to be told of new deliveries.
TOPIC = "webhook_deliveries"

_ACTIVE = ENUM_NUMBERS["WebhookStatus"]["ACTIVE"]
_PENDING = ENUM_NUMBERS["WebhookDeliveryStatus"]["PENDING"]
_INSERT = BulkInsert(
    "webhook_deliveries",
    {
        "delivery_id": "text",
        "webhook_ref": "bigint",
        "entity": "text",
        "action": "text",
        "payload": "text",
        "status": "bigint",
        "attempts": "bigint",
        "due_timestamp": "bigint",
        "creation_timestamp": "bigint",
    },
    "DO NOTHING",
)


def emit(db: Database, entity: WebhookEntity, action: WebhookAction, data: Mapping[str, Any]) -> None:
    """Leave an event for the webhooks that asked for it. To be called in the transaction of the change."""
    refs = db.rows(
        "SELECT e.webhook_ref FROM webhook_events e JOIN webhooks w ON w.id = e.webhook_ref "
        "WHERE e.entity = ? AND e.action = ? AND w.status = ? AND w.deleted_timestamp IS NULL",
        (entity, action, _ACTIVE),
    )
    if not refs:
        return
    now, text = now_ms(), payload(entity, action, data)
    rows = [(str(uuid.uuid4()), ref, entity, action, text, _PENDING, 0, now, now) for (ref,) in refs]
    db.insert_many(_INSERT, rows)
    db.announce(TOPIC)


def payload(entity: WebhookEntity, action: WebhookAction, data: Mapping[str, Any]) -> str:
    """The body of the call that tells of an event."""
    return json.dumps(
        {
            "entity": entity.lower(),
            "action": action.lower(),
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "data": data,
        }
    )
