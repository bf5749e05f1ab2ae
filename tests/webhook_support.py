"""What the tests of webhooks share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from mlflowlite.db import Database, connect
from mlflowlite.settings import Settings
from mlflowlite.store.webhooks import ACTIONS
from mlflowlite.webhooks.dispatcher import Dispatcher, Policy
from mlflowlite.webhooks.secrets import Secrets
from tests.receiver import SECONDS
from tests.support import Client

T = TypeVar("T")

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
EVENTS = [{"entity": entity, "action": action} for entity, actions in ACTIONS.items() for action in actions]
URL = "https://93.184.215.14/hook"  # a public address: no name has to be looked up


# Waits of a thousandth of those of a server, and receivers on this machine.
POLICY = Policy(timeout=SECONDS, first_wait=0.001, allow_private=True)


def open_settings(settings: Settings) -> Settings:
    """Settings with which webhooks may call this machine, and secrets can be kept."""
    return replace(
        settings,
        webhook_allowed_schemes="http,https",
        webhook_allow_private_ips=True,
        webhook_secret_encryption_key=KEY,
    )


def until(found: Callable[[], T | None]) -> T:
    """What a function returns as soon as it is something."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.02)
    raise AssertionError("it has not come about")


class Hooks:
    """Webhooks of a server, and the changes that they tell of."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.newest = ""

    def new(self, url: str = URL, **fields: Any) -> str:
        """Make a webhook for all events; returns its id."""
        reply = self.client.post("webhooks", {"name": "hook", "url": url, "events": EVENTS} | fields)
        assert reply.status == 200, reply.body
        self.newest = reply.body["webhook"]["webhook_id"]
        return self.newest

    def update(self, webhook_id: str, **fields: Any) -> dict[str, Any]:
        reply = self.client.patch(f"webhooks/{webhook_id}", **fields)
        assert reply.status == 200, reply.body
        webhook: dict[str, Any] = reply.body["webhook"]
        return webhook

    def model(self, name: str, **fields: Any) -> None:
        """Make a registered model: one event."""
        reply = self.client.post("registered-models/create", {"name": name} | fields)
        assert reply.status == 200, reply.body

    def deliveries(self, status: str | None = None, webhook_id: str = "") -> list[dict[str, Any]]:
        """The deliveries of a webhook, the newest one if not named, latest first."""
        path = f"/api/2.0/mlflowlite/webhooks/{webhook_id or self.newest}/deliveries"
        reply = self.client.get(path, max_results=1000, **({"status": status} if status else {}))
        assert reply.status == 200, reply.body
        return reply.body.get("deliveries", [])

    def finished(self) -> dict[str, Any]:
        """The newest delivery, once it is done."""

        def done() -> dict[str, Any] | None:
            newest = self.deliveries()[0]
            return newest if newest["status"] != "PENDING" else None

        return until(done)

    def replay(self, delivery_id: str, webhook_id: str = "") -> Any:
        path = f"/api/2.0/mlflowlite/webhooks/{webhook_id or self.newest}/deliveries/{delivery_id}/replay"
        return self.client.post(path)


class Deliver:
    """Starts dispatchers: the first on the database given, as the server itself does, each other as another
    process would, on connections of its own."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._running: list[tuple[Dispatcher, Database | None]] = []

    def __call__(self, policy: Policy = POLICY, key: str | None = KEY) -> Dispatcher:
        own = connect(self._db.uri) if self._running else None
        dispatcher = Dispatcher(own or self._db, Secrets(key, None), policy)
        dispatcher.start()
        self._running.append((dispatcher, own))
        return dispatcher

    def stop(self, seconds: float) -> None:
        """Stop all."""
        for dispatcher, own in self._running:
            dispatcher.stop(seconds)
            if own is not None:
                own.close()
        self._running.clear()
