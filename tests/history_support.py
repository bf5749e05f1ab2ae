"""What the tests of the registry's history share."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlflowlite.store import model_versions, registered_models, registry_history
from tests.support import Client, Reply

HISTORY = "/api/2.0/mlflowlite/registered-models/history"
ALIAS_AT = "/api/2.0/mlflowlite/registered-models/alias-at"
NOT_FOUND = (404, "RESOURCE_DOES_NOT_EXIST")
BAD_VALUE = (400, "INVALID_PARAMETER_VALUE")

# What a change says: action, version, key, old value, new value.
Change = tuple[str, str | None, str | None, str | None, str | None]


class Clock:
    """The registry's clock, which stands still until a test moves it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_700_000_000_000
        for module in (registered_models, model_versions, registry_history):
            monkeypatch.setattr(module, "now_ms", lambda: self.now)


def pages(client: Client, name: str = "m", **query: Any) -> list[list[dict[str, Any]]]:
    """All pages of a history, as the server answers them."""
    found: list[list[dict[str, Any]]] = []
    token: dict[str, str] = {}
    while True:
        reply = client.get(HISTORY, name=name, **query, **token)
        assert reply.status == 200, reply.body
        found.append(reply.body.get("changes", []))
        if "next_page_token" not in reply.body:
            return found
        token = {"page_token": reply.body["next_page_token"]}


def listed(client: Client, name: str = "m", **query: Any) -> list[dict[str, Any]]:
    """A whole history, oldest change first."""
    return [change for page in pages(client, name, **query) for change in page][::-1]


def said(change: dict[str, Any]) -> Change:
    """What a change says, but for who and when."""
    return (
        change["action"],
        change.get("version"),
        change.get("key"),
        change.get("old_value"),
        change.get("new_value"),
    )


def changes(client: Client, name: str = "m", **query: Any) -> list[Change]:
    """What a whole history says, oldest change first."""
    return [said(change) for change in listed(client, name, **query)]


def ok(reply: Reply) -> Any:
    """The body of a reply that must be a success."""
    assert reply.status == 200, reply.body
    return reply.body


def held(text: str | None) -> Any:
    """What a model or a version held, as a change keeps it."""
    return json.loads(text or "null")
