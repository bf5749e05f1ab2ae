"""Which changes of the registry leave which events in the outbox (`semantics.md` §13.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from mlflowlite.app import App
from mlflowlite.db import BulkInsert, Database, reads
from mlflowlite.store import webhook_events
from mlflowlite.store.registered_models import create_registered_model
from mlflowlite.store.webhooks import ACTIONS
from tests.support import Client
from tests.test_registry_support import PROMPT, S3, made, version
from tests.webhook_support import EVENTS, Hooks

TEXT = "mlflow.prompt.text"
TAGS = [{"key": "b", "value": "2"}, {"key": "a", "value": "é ✓"}]
PROMPT_TAGS = [
    PROMPT,
    {"key": TEXT, "value": "Hello {{ x }}"},
    {"key": "_mlflow_prompt_type", "value": "text"},
]


def ready(client: Client) -> None:
    """A model `m` and a prompt `p` with a version each."""
    made(client)
    version(client)
    made(client, "p", tags=[PROMPT])
    version(client, "p", source="dummy-source", tags=PROMPT_TAGS)


def events(hooks: Hooks, webhook_id: str = "") -> list[tuple[str, Any]]:
    """What the webhook is told, oldest first: `entity.action` and data."""
    told = []
    for delivery in reversed(hooks.deliveries(webhook_id=webhook_id)):
        body = json.loads(delivery["payload"])
        kind = f"{body['entity']}.{body['action']}"
        event = delivery["event"]
        assert kind == f"{event['entity']}.{event['action']}".lower()
        assert set(body) == {"entity", "action", "timestamp", "data"}
        told.append((kind, body["data"]))
    return told


V1 = {"name": "m", "version": "1"}
P1 = {"name": "p", "version": "1"}
ALIAS = "registered-models/alias"
# A call, and the event it leaves, if any. The first word of a call is its verb.
CHANGES: dict[str, tuple[str, dict[str, Any], tuple[str, dict[str, Any]] | None]] = {
    "a model": (
        "POST registered-models/create",
        {"name": "new", "tags": TAGS, "description": "d"},
        ("registered_model.created", {"name": "new", "tags": {"a": "é ✓", "b": "2"}, "description": "d"}),
    ),
    "a bare model": (
        "POST registered-models/create",
        {"name": "new"},
        ("registered_model.created", {"name": "new", "tags": {}, "description": ""}),
    ),
    "a version": (
        "POST model-versions/create",
        {"name": "m", "source": "s3://b/x", "tags": TAGS, "description": "d"},
        (
            "model_version.created",
            {"name": "m", "version": "2", "source": "s3://b/x", "run_id": None}
            | {"tags": {"a": "é ✓", "b": "2"}, "description": "d"},
        ),
    ),
    "a bare version": (
        "POST model-versions/create",
        {"name": "m", "source": S3},
        (
            "model_version.created",
            {"name": "m", "version": "2", "source": S3, "run_id": None, "tags": {}, "description": None},
        ),
    ),
    "a version's tag": (
        "POST model-versions/set-tag",
        V1 | {"key": "k", "value": "v"},
        ("model_version_tag.set", V1 | {"key": "k", "value": "v"}),
    ),
    "no version's tag any more": (
        "DELETE model-versions/delete-tag",
        V1 | {"key": "absent"},
        ("model_version_tag.deleted", V1 | {"key": "absent"}),
    ),
    "an alias": ("POST " + ALIAS, V1 | {"alias": "a"}, ("model_version_alias.created", V1 | {"alias": "a"})),
    "no alias any more": (
        "DELETE " + ALIAS,
        {"name": "m", "alias": "absent"},
        ("model_version_alias.deleted", {"name": "m", "alias": "absent"}),
    ),
    "a prompt": (
        "POST registered-models/create",
        {"name": "new", "tags": [*TAGS, PROMPT], "description": "d"},
        ("prompt.created", {"name": "new", "tags": {"a": "é ✓", "b": "2"}, "description": "d"}),
    ),
    "a prompt's version": (
        "POST model-versions/create",
        {"name": "p", "source": "dummy-source", "tags": [*TAGS, *PROMPT_TAGS], "description": "commit"},
        (
            "prompt_version.created",
            {"name": "p", "version": "2", "template": "Hello {{ x }}"}
            | {"tags": {"a": "é ✓", "b": "2"}, "description": "commit"},
        ),
    ),
    "a bare prompt's version": (
        "POST model-versions/create",
        {"name": "p", "source": "dummy-source", "tags": PROMPT_TAGS},
        (
            "prompt_version.created",
            {"name": "p", "version": "2", "template": "Hello {{ x }}", "tags": {}, "description": None},
        ),
    ),
    "a prompt's tag": (
        "POST registered-models/set-tag",
        {"name": "p", "key": "k", "value": "v"},
        ("prompt_tag.set", {"name": "p", "key": "k", "value": "v"}),
    ),
    "no prompt's tag any more": (
        "DELETE registered-models/delete-tag",
        {"name": "p", "key": "k"},
        ("prompt_tag.deleted", {"name": "p", "key": "k"}),
    ),
    "a prompt version's tag": (
        "POST model-versions/set-tag",
        P1 | {"key": "k", "value": "v"},
        ("prompt_version_tag.set", P1 | {"key": "k", "value": "v"}),
    ),
    "no prompt version's tag any more": (
        "DELETE model-versions/delete-tag",
        P1 | {"key": "k"},
        ("prompt_version_tag.deleted", P1 | {"key": "k"}),
    ),
    "a prompt's alias": ("POST " + ALIAS, P1 | {"alias": "a"}, ("prompt_alias.created", P1 | {"alias": "a"})),
    "no prompt's alias any more": (
        "DELETE " + ALIAS,
        {"name": "p", "alias": "a"},
        ("prompt_alias.deleted", {"name": "p", "alias": "a"}),
    ),
    # no events
    "a model's tag": ("POST registered-models/set-tag", {"name": "m", "key": "k", "value": "v"}, None),
    "no model's tag any more": ("DELETE registered-models/delete-tag", {"name": "m", "key": "k"}, None),
    "a model's description": ("PATCH registered-models/update", {"name": "m", "description": "d"}, None),
    "a version's description": ("PATCH model-versions/update", V1 | {"description": "d"}, None),
    "a model's name": ("POST registered-models/rename", {"name": "m", "new_name": "n"}, None),
    "a stage": ("POST model-versions/transition-stage", V1 | {"stage": "Staging"}, None),
    "no version any more": ("DELETE model-versions/delete", V1, None),
    "no model any more": ("DELETE registered-models/delete", {"name": "m"}, None),
    "a prompt's description": ("PATCH registered-models/update", {"name": "p", "description": "d"}, None),
    "no prompt any more": ("DELETE registered-models/delete", {"name": "p"}, None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_and_its_event(client: Client, hooks: Hooks, change: str) -> None:
    """Each change leaves the event of the protocol, or none."""
    call, fields, event = CHANGES[change]
    ready(client)
    hooks.new()
    verb, path = call.split()
    reply = client.send(verb, path, fields)
    assert reply.status == 200, reply.body
    assert events(hooks) == ([event] if event else [])


def test_every_kind_of_event_is_tested() -> None:
    """The table above has each kind but that of the gateway."""
    kinds = {f"{entity}.{action}".lower() for entity, actions in ACTIONS.items() for action in actions}
    assert {event[0] for _, _, event in CHANGES.values() if event} == kinds - {"budget_policy.exceeded"}


def test_the_run_of_a_version(client: Client, hooks: Hooks) -> None:
    """A version made by a run says so."""
    run_id = client.new_run()
    made(client)
    hooks.new()
    version(client, run_id=run_id, source=f"mlflow-artifacts:/0/{run_id}/artifacts/model")
    [(kind, data)] = events(hooks)
    assert (kind, data["run_id"]) == ("model_version.created", run_id)


def test_an_alias_that_moves(client: Client, hooks: Hooks) -> None:
    """Setting an alias again is an event again, also where it stays as it was."""
    ready(client)
    version(client)
    hooks.new()
    for number in ("1", "2", "2"):
        assert client.post(ALIAS, name="m", alias="a", version=number).status == 200
    assert [(kind, data["version"]) for kind, data in events(hooks)] == [
        ("model_version_alias.created", number) for number in ("1", "2", "2")
    ]


def test_a_template_set_again(client: Client, hooks: Hooks) -> None:
    """The text of a prompt is a tag like any other, and its change an event."""
    ready(client)
    hooks.new()
    assert client.post("model-versions/set-tag", {**P1, "key": TEXT, "value": "new"}).status == 200
    assert events(hooks) == [("prompt_version_tag.set", P1 | {"key": TEXT, "value": "new"})]


FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "a name that is taken": ("POST registered-models/create", {"name": "m"}),
    "a bad name": ("POST registered-models/create", {"name": "a/b"}),
    "a version of no model": ("POST model-versions/create", {"name": "x", "source": S3}),
    "a bad source": ("POST model-versions/create", {"name": "m", "source": "/etc"}),
    "a tag of no version": ("POST model-versions/set-tag", {"name": "m", "version": "9", "key": "k"}),
    "a tag that is too long": ("POST model-versions/set-tag", V1 | {"key": "k" * 251, "value": "v"}),
    "an alias of no version": ("POST " + ALIAS, {"name": "m", "version": "9", "alias": "a"}),
    "an alias of no model": ("DELETE " + ALIAS, {"name": "x", "alias": "a"}),
    "a tag of no prompt": ("POST registered-models/set-tag", {"name": "x", "key": "k", "value": "v"}),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_change_that_fails(client: Client, hooks: Hooks, failure: str) -> None:
    """What was refused is told to nobody."""
    call, fields = FAILURES[failure]
    ready(client)
    hooks.new()
    verb, path = call.split()
    assert client.send(verb, path, fields).status >= 400
    assert events(hooks) == []


def test_who_is_told(hooks: Hooks) -> None:
    """Each active webhook that asked for the event is told, with an id of its own; others are not."""
    first = hooks.new()
    created = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    second = hooks.new(events=created)
    other = hooks.new(events=[event for event in EVENTS if event not in created])
    disabled = hooks.new(status="DISABLED")
    deleted = hooks.new()
    assert hooks.client.delete(f"webhooks/{deleted}").status == 200
    hooks.model("m")
    assert [len(events(hooks, webhook)) for webhook in (first, second, other, disabled)] == [1, 1, 0, 0]
    ids = {hooks.deliveries(webhook_id=webhook)[0]["delivery_id"] for webhook in (first, second)}
    assert len(ids) == 2
    assert {UUID(delivery_id).version for delivery_id in ids} == {4}


def test_from_when_on_a_webhook_is_told(hooks: Hooks) -> None:
    """A webhook is told of what happens from its creation on, while it is active and wants to know."""
    hooks.model("before")
    webhook = hooks.new()
    hooks.model("one")
    hooks.update(webhook, status="DISABLED")
    hooks.model("two")
    hooks.update(webhook, status="ACTIVE")
    hooks.model("three")
    hooks.update(webhook, events=[{"entity": "PROMPT", "action": "CREATED"}])
    hooks.model("four")
    assert [data["name"] for _, data in events(hooks)] == ["one", "three"]


def test_the_time_of_an_event(hooks: Hooks) -> None:
    """An event says when it happened, as ISO 8601 in UTC."""
    hooks.new()
    hooks.model("m")
    text = json.loads(hooks.deliveries()[0]["payload"])["timestamp"]
    assert text.endswith("+00:00")
    assert abs(datetime.fromisoformat(text) - datetime.now(timezone.utc)) < timedelta(minutes=1)


@pytest.fixture
def open_db(app: App, hooks: Hooks) -> Database:
    """The database of the application, with a webhook."""
    hooks.new()
    db: Database = app.config["mlflowlite"].db
    return db


@reads
def counts(db: Database) -> tuple[int, int]:
    """How many registered models and deliveries there are."""
    row = db.row("SELECT (SELECT count(*) FROM registered_models), (SELECT count(*) FROM webhook_deliveries)")
    assert row is not None
    return row[0], row[1]


def test_a_change_and_its_event_are_one(open_db: Database) -> None:
    """The event is in the transaction of the change: both are kept, or neither."""
    seen: list[tuple[int, int]] = []

    def work(db: Database, fail: bool) -> None:
        create_registered_model(db, f"m{fail}", [], None)
        seen.append(counts(db))
        if fail:
            raise RuntimeError("undo")

    with pytest.raises(RuntimeError):
        open_db.write(lambda: work(open_db, fail=True))
    assert seen == [(1, 1)]
    assert counts(open_db) == (0, 0)
    open_db.write(lambda: work(open_db, fail=False))
    assert counts(open_db) == (1, 1)


def test_an_event_that_cannot_be_kept(
    client: Client, open_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the outbox fails the change fails with it: nothing happens untold."""

    def broken(*_: Any) -> str:
        raise OSError("no room")

    monkeypatch.setattr(webhook_events, "payload", broken)
    assert client.post("registered-models/create", name="m").status == 500
    assert counts(open_db) == (0, 0)


def test_the_process_is_woken_after_the_commit(open_db: Database) -> None:
    """What delivers is told when the event can be seen, and not told of one that was undone."""
    seen: list[int] = []
    open_db.listen(webhook_events.TOPIC, lambda: seen.append(1))
    with pytest.raises(RuntimeError):
        open_db.write(lambda: _then_fail(lambda: create_registered_model(open_db, "a", [], None)))
    assert seen == []
    create_registered_model(open_db, "b", [], None)
    assert seen == [1]


def _then_fail(work: Callable[[], Any]) -> None:
    work()
    raise RuntimeError("undo")


@pytest.mark.parametrize("with_webhook", [False, True])
def test_what_it_costs(
    client: Client, app: App, hooks: Hooks, monkeypatch: pytest.MonkeyPatch, with_webhook: bool
) -> None:
    """A change costs one statement for the webhooks when there are none, and one more when there are."""
    db = app.config["mlflowlite"].db
    ready(client)
    if with_webhook:
        hooks.new()
    statements: list[str] = []
    execute, insert_many = db.execute, db.insert_many

    def noting_execute(sql: str, *params: Any) -> Any:
        statements.append(sql)
        return execute(sql, *params)

    def noting_insert(insert: BulkInsert, rows: Any) -> int:
        statements.append(insert.table)
        return insert_many(insert, rows)  # type: ignore[no-any-return]

    monkeypatch.setattr(db, "execute", noting_execute)
    monkeypatch.setattr(db, "insert_many", noting_insert)
    for call, fields, event in CHANGES.values():
        if event is None or fields["name"] == "new":
            continue
        statements.clear()
        assert client.send(*call.split(), fields).status == 200
        assert len([sql for sql in statements if "webhook" in sql]) == 1 + with_webhook, call
    statements.clear()
    assert client.post("registered-models/create", name="new").status == 200
    assert len([sql for sql in statements if "webhook" in sql]) == 1 + with_webhook
