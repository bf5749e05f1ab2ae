"""Webhooks as records: making, reading, changing, deleting and trying them (`semantics.md` §13.1)."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mlflowlite.errors import StartupError
from mlflowlite.settings import Settings
from mlflowlite.store.clock import now_ms
from mlflowlite.store.webhooks import ACTIONS
from tests.conftest import make_app
from tests.support import Client, Reply
from tests.webhook_support import EVENTS, KEY, URL, Hooks, open_settings

INVALID = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
CREATED = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server as it comes, but with a key for secrets."""
    return replace(settings, webhook_secret_encryption_key=KEY)


def create(client: Client, **fields: Any) -> Reply:
    return client.post("webhooks", {"name": "hook", "url": URL, "events": CREATED} | fields)


def message(reply: Reply) -> str:
    assert reply.error == INVALID, reply.body
    return str(reply.body["message"])


def test_a_new_webhook(client: Client) -> None:
    """It has an id, is active, has its times, and what was given."""
    began = now_ms()
    webhook = create(client).body["webhook"]
    assert UUID(webhook["webhook_id"]).version == 4
    assert began <= webhook["creation_timestamp"] == webhook["last_updated_timestamp"] <= now_ms()
    for name in ("webhook_id", "creation_timestamp", "last_updated_timestamp"):
        del webhook[name]
    assert webhook == {"name": "hook", "url": URL, "events": CREATED, "status": "ACTIVE"}


def test_all_that_can_be_given(client: Client) -> None:
    """Description and status are kept and shown, the secret is never shown; get and list say the same."""
    reply = create(client, description="what for ✓", secret="hush", status="DISABLED", events=EVENTS)
    webhook = reply.body["webhook"]
    assert (webhook["description"], webhook["status"]) == ("what for ✓", "DISABLED")
    got = client.get(f"webhooks/{webhook['webhook_id']}")
    listed = client.get("webhooks")
    assert got.body == {"webhook": webhook}
    assert listed.body == {"webhooks": [webhook]}
    for answer in (reply, got, listed):
        assert "hush" not in answer.raw.text
        assert "secret" not in answer.raw.text


def test_empty_descriptions_are_absent(client: Client) -> None:
    """An empty description is none, also after an update."""
    webhook = create(client, description="").body["webhook"]
    assert "description" not in webhook
    path = f"webhooks/{webhook['webhook_id']}"
    assert client.patch(path, description="some").body["webhook"]["description"] == "some"
    assert "description" not in client.patch(path, description="").body["webhook"]
    assert "description" not in client.get(path).body["webhook"]


@pytest.mark.parametrize("field", ["name", "url", "events"])
def test_required_fields(client: Client, field: str) -> None:
    """Name, URL and events must be given."""
    body = {"name": "hook", "url": URL, "events": CREATED}
    del body[field]
    assert field in message(client.post("webhooks", body))
    assert client.get("webhooks").body == {}


@pytest.mark.parametrize("missing", ["entity", "action"])
def test_required_fields_of_events(client: Client, missing: str) -> None:
    """An event has an entity and an action."""
    event = {name: value for name, value in CREATED[0].items() if name != missing}
    assert missing in message(create(client, events=[event]))


@pytest.mark.parametrize("name", ["a", "0", "a.b_c-d", "A" * 63, "a-" * 31 + "a"])
def test_good_names(client: Client, name: str) -> None:
    """Names have up to 63 letters, digits, dots, underscores and hyphens, and need not be unique."""
    for _ in range(2):
        assert create(client, name=name).body["webhook"]["name"] == name


@pytest.mark.parametrize(
    "name", [*" _é", "", "-a", "a-", ".a", "a.", "a b", "a/b", "a\n", "a" * 64, "a\u0663"]
)
def test_bad_names(client: Client, name: str) -> None:
    """Others are refused, on update too, but for the empty one, which leaves the name."""
    assert "name" in message(create(client, name=name))
    webhook = create(client).body["webhook"]["webhook_id"]
    reply = client.patch(f"webhooks/{webhook}", name=name)
    assert reply.error == INVALID or (not name and reply.body["webhook"]["name"] == "hook")


URLS = {
    "": "",
    " ": "Webhook URL cannot be empty.",
    "no scheme": "spaces or control characters",
    "example.com/hook": "scheme: ''. Allowed schemes are: https.",
    "http://93.184.215.14/": "scheme: 'http'. Allowed schemes are: https.",
    "ftp://93.184.215.14/": "scheme: 'ftp'",
    "file:///etc/passwd": "scheme: 'file'",
    "javascript:alert(1)": "scheme: 'javascript'",
    "https://": "must include a hostname",
    "https:///path": "must include a hostname",
    "https://:443/": "must include a hostname",
    "https://user@/": "must include a hostname",
    "https://93.184.215.14:99999/": "ort",
    "https://93.184.215.14:x/": "ort",
    "https://93.184.215.14:-1/": "ort",
    "https://[::1": "Invalid",
    "https://[93.184.215.14]/": "Invalid",
    "https://93.184.215.14/a b": "spaces or control characters",
    "https://93.184.\n215.14/": "spaces or control characters",
    "https://no-such-host.invalid/": "Cannot resolve Webhook URL hostname 'no-such-host.invalid'",
    f"https://{'a' * 64}.example/": "Cannot resolve",
    "https://a..b/": "Cannot resolve",
    "https://93.184.215.14/" + "a" * 2030: "2048",
}


@pytest.mark.parametrize("url", URLS)
def test_bad_urls(client: Client, url: str) -> None:
    """A URL needs an allowed scheme and a host that can be found."""
    assert URLS[url] in message(create(client, url=url))
    webhook = create(client).body["webhook"]
    reply = client.patch(f"webhooks/{webhook['webhook_id']}", url=url)
    assert reply.error == INVALID or (not url and reply.body["webhook"]["url"] == URL)


PRIVATE = """
    127.0.0.1 127.1 2130706433 0177.0.0.1 0x7f.0.0.1 0x7f000001 017700000001 0 0.0.0.0 localhost LOCALHOST
    10.1.2.3 172.16.0.1 192.168.0.1 169.254.169.254 2852039166 100.64.0.1 192.0.0.192 168.63.129.16 224.0.0.1
    255.255.255.255 [::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:a9fe:a9fe] [fe80::1] [fd00:ec2::254]
    [2002:7f00:1::] [64:ff9b::127.0.0.1] [64:ff9b:1::a00:1] [::127.0.0.1] [fec0::1] 127.0.0.1. ①②⑦.0.0.1
""".split()


@pytest.mark.parametrize("host", PRIVATE)
def test_private_targets(client: Client, host: str) -> None:
    """Private, loopback and link-local addresses are refused, however they are written."""
    for authority in (host, f"{host}:8443", f"me:secret@{host}"):
        text = message(create(client, url=f"https://{authority}/x"))
        assert "must not resolve to a non-public IP address" in text or "Cannot resolve" in text
        assert "secret" not in text
    assert client.get("webhooks").body == {}


def test_what_an_operator_allows(settings: Settings) -> None:
    """With the settings for it, other schemes and private addresses are taken."""
    urls = ("http://127.0.0.1:9/", "https://localhost/", "http://[::1]/", "HTTP://printer.internal/")
    for app in make_app(open_settings(settings)):
        for url in urls:
            assert create(Client(app), url=url).status == 200, url
        assert create(Client(app), url="ftp://localhost/").error == INVALID


def test_a_name_that_cannot_be_looked_up_now(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """When name resolution itself is down a webhook is taken: its name is looked up for each call."""

    def down(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr("mlflowlite.webhooks.urls.socket.getaddrinfo", down)
    assert create(client, url="https://example.com/").status == 200


PAIRS = [
    (entity, action)
    for entity in ACTIONS
    for action in ("CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED")
    if action not in ACTIONS[entity]
]


@pytest.mark.parametrize(("entity", "action"), PAIRS)
def test_pairs_that_do_not_exist(client: Client, entity: str, action: str) -> None:
    """Each entity has its own actions; the answer names them."""
    text = (
        f"Invalid action '{action.lower()}' for entity '{entity.lower()}'. "
        f"Valid actions are: {[name.lower() for name in ACTIONS[entity]]}"
    )
    event = {"entity": entity, "action": action}
    assert message(create(client, events=[*CREATED, event])) == text
    webhook = create(client).body["webhook"]["webhook_id"]
    assert message(client.patch(f"webhooks/{webhook}", events=[event])) == text
    assert message(client.post(f"webhooks/{webhook}/test", event=event)) == text
    assert client.get(f"webhooks/{webhook}").body["webhook"]["events"] == CREATED


@pytest.mark.parametrize(
    "event", [{"entity": "RUN", "action": "SET"}, {"entity": "PROMPT", "action": 77}, "x", None]
)
def test_events_that_are_none(client: Client, event: Any) -> None:
    """Unknown entities and actions, and what is no event at all."""
    assert create(client, events=[event]).error == INVALID


def test_events_are_merged_and_sorted(client: Client) -> None:
    """Each event once, by entity and action, on creation and on update."""
    mixed = [
        {"entity": "PROMPT_TAG", "action": "SET"},
        {"entity": "MODEL_VERSION", "action": "CREATED"},
        {"entity": "PROMPT_TAG", "action": "SET"},
        {"entity": "PROMPT_TAG", "action": "DELETED"},
    ]
    tidy = [mixed[1], mixed[3], mixed[0]]
    webhook = create(client, events=mixed).body["webhook"]
    assert webhook["events"] == tidy
    reply = client.patch(f"webhooks/{webhook['webhook_id']}", events=mixed[::-1])
    assert reply.body["webhook"]["events"] == tidy


@pytest.mark.parametrize(("field", "longest"), [("description", 1000), ("secret", 1000), ("name", 63)])
def test_longest_text(client: Client, field: str, longest: int) -> None:
    """One character more is refused."""
    assert create(client, **{field: "a" * longest}).status == 200
    assert field in message(create(client, **{field: "a" * (longest + 1)}))


@pytest.mark.parametrize("field", ["name", "url", "description", "secret"])
def test_nul_is_refused(client: Client, field: str) -> None:
    """Text with the character U+0000, which PostgreSQL can't hold, is refused on both databases."""
    assert create(client, **{field: "https://93.184.215.14/\x00"}).error == INVALID


@pytest.mark.parametrize("status", [7, 0, [], {}])
def test_bad_status(client: Client, status: Any) -> None:
    """There are ACTIVE and DISABLED; a name that no status has counts as absent, as in all messages."""
    assert create(client, status=status).error == INVALID
    assert create(client, status="ON").body["webhook"]["status"] == "ACTIVE"


def test_update_changes_what_is_sent(client: Client) -> None:
    """Each field is changed alone; the time of the last change moves on."""
    webhook = create(client, description="d").body["webhook"]
    path = f"webhooks/{webhook['webhook_id']}"
    for field, value in {
        "name": "other",
        "description": "other",
        "url": "https://8.8.8.8/",
        "events": [{"entity": "PROMPT", "action": "CREATED"}],
        "status": "DISABLED",
    }.items():
        webhook[field] = value
        changed = client.patch(path, **{field: value}).body["webhook"]
        assert changed["last_updated_timestamp"] >= webhook["last_updated_timestamp"]
        webhook["last_updated_timestamp"] = changed["last_updated_timestamp"]
        assert changed == webhook
    assert client.patch(path, name="", url="", events=[]).body["webhook"]["name"] == "other"
    assert client.get(path).body["webhook"]["events"] == webhook["events"]


def test_a_bad_update_changes_nothing(client: Client) -> None:
    """An update is done as a whole or not at all."""
    webhook = create(client).body["webhook"]
    path = f"webhooks/{webhook['webhook_id']}"
    bad = {"entity": "PROMPT", "action": "SET"}
    for fields in (
        {"events": [bad]},
        {"url": "http://x"},
        {"description": "a" * 1001},
        {"secret": "a" * 1001},
    ):
        assert client.patch(path, **{"name": "other", "status": "DISABLED"} | fields).error == INVALID
    assert client.get(path).body["webhook"] == webhook


def test_delete(client: Client, hooks: Hooks) -> None:
    """A deleted webhook is gone from everything; its id is as good as an unknown one."""
    webhook = hooks.new()
    other = hooks.new()
    assert client.delete(f"webhooks/{webhook}").body == {}
    assert [found["webhook_id"] for found in client.get("webhooks").body["webhooks"]] == [other]
    deliveries = "/api/2.0/mlflowlite/webhooks/{}/deliveries"
    for webhook_id in (webhook, UNKNOWN, "x", webhook.upper()):
        for reply in (
            client.get(f"webhooks/{webhook_id}"),
            client.patch(f"webhooks/{webhook_id}", name="a"),
            client.delete(f"webhooks/{webhook_id}"),
            client.post(f"webhooks/{webhook_id}/test"),
            client.get(deliveries.format(webhook_id)),
            client.post(f"{deliveries.format(webhook_id)}/{UNKNOWN}/replay"),
        ):
            assert reply.error == MISSING
            assert reply.body["message"] == f"Webhook with ID {webhook_id} not found."


def test_pages(client: Client) -> None:
    """Lists are newest first, page by page, also where many were made in one millisecond."""
    assert client.get("webhooks").body == {}
    made = [create(client).body["webhook"]["webhook_id"] for _ in range(7)][::-1]
    found: list[str] = []
    token: dict[str, str] = {}
    for size in (3, 3, 1):
        page = client.get("webhooks", max_results=3, **token).body
        assert len(page["webhooks"]) == size
        found += [webhook["webhook_id"] for webhook in page["webhooks"]]
        token = {"page_token": page["next_page_token"]} if "next_page_token" in page else {}
    assert not token
    assert found == made


def test_page_sizes(shared: Client) -> None:
    """1 to 1000; 0 counts as 100."""
    for size in (0, 1, 1000):
        assert shared.get("webhooks", max_results=size).status == 200
    for size in (-1, 1001):
        assert shared.get("webhooks", max_results=size).error == INVALID
    assert shared.get("webhooks", page_token="nonsense").error == INVALID


def test_0_counts_as_100(client: Client) -> None:
    """A page without a size, or of 0, holds 100."""
    for _ in range(101):
        create(client)
    for query in ({}, {"max_results": 0}):
        page = client.get("webhooks", **query).body
        assert len(page["webhooks"]) == 100
        assert page["next_page_token"]


@pytest.mark.parametrize("key", [None, "short", "é" * 44, "!" * 44])
def test_a_secret_without_a_key(tmp_path: Path, postgres_uri: str, key: str | None) -> None:
    """On PostgreSQL a secret needs a key, and the answer says so; without a secret all is well."""
    settings = Settings(
        backend_store_uri=postgres_uri,
        artifacts_destination=str(tmp_path),
        webhook_secret_encryption_key=key,
    )
    if key:
        with pytest.raises(StartupError, match="MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY must hold 32 bytes"):
            next(make_app(settings))
        return
    for app in make_app(settings):
        client = Client(app)
        assert "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY" in message(create(client, secret="s"))
        assert client.get("webhooks").body == {}
        webhook = create(client).body["webhook"]["webhook_id"]
        assert "key" in message(client.patch(f"webhooks/{webhook}", secret="s"))
        assert client.patch(f"webhooks/{webhook}", secret="").status == 200
