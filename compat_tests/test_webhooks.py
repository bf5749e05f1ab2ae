"""Webhooks, made and read by the stock client, and what they are told."""

import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities.webhook import VALID_ENTITY_ACTIONS, Webhook, WebhookEvent, WebhookStatus
from mlflow.webhooks.delivery import _generate_hmac_signature
from mlflow.webhooks.types import get_example_payload_for_event, get_payload_class_for_event

from tests.receiver import Call, Receiver, receiving

SECRET = "s3cret ✓"
EVENTS = sorted(
    f"{entity}.{action}" for entity, actions in VALID_ENTITY_ACTIONS.items() for action in actions
)
FREE = [event for event in EVENTS if event != "budget_policy.exceeded"]

Hook = Callable[..., Webhook]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def hook(client: MlflowClient, receiver: Receiver, unique_name: str) -> Iterator[Hook]:
    """A function that makes a webhook which calls the receiver; they are deleted afterwards."""
    made: list[str] = []

    def make(**options: object) -> Webhook:
        fields = {"name": unique_name[-63:].lstrip("_-"), "url": receiver.url, "events": FREE} | options
        webhook = client.create_webhook(**fields)
        made.append(webhook.webhook_id)
        return webhook

    yield make
    for webhook_id in made:
        with suppress(mlflow.MlflowException):
            client.delete_webhook(webhook_id)


def check_signature(call: Call) -> None:
    """The signature is the one that the stock package makes."""
    timestamp = call.headers["X-MLflow-Timestamp"]
    expected = _generate_hmac_signature(SECRET, call.delivery_id, timestamp, call.body)
    assert hmac.compare_digest(call.headers["X-MLflow-Signature"], expected)


def told(receiver: Receiver, count: int) -> list[tuple[str, dict]]:
    """The next events, in any order, as `entity.action` and data, with the fields that the client knows."""
    found = []
    for _ in range(count):
        call = receiver.next()
        check_signature(call)
        kind = f"{call.json['entity']}.{call.json['action']}"
        payload = get_payload_class_for_event(WebhookEvent.from_str(kind))
        assert payload is not None
        assert set(call.json["data"]) == set(payload.__annotations__)
        found.append((kind, call.json["data"]))
    return sorted(found, key=json.dumps)


def test_records(client: MlflowClient, hook: Hook, receiver: Receiver):
    """A webhook is made, got, listed, changed and deleted."""
    webhook = hook(description="d", secret=SECRET, events=EVENTS)
    assert sorted(map(str, webhook.events)) == EVENTS
    assert (webhook.status, webhook.description, webhook.secret) == (WebhookStatus.ACTIVE, "d", None)
    got = client.get_webhook(webhook.webhook_id)
    assert vars(got) == vars(webhook)
    newest = client.list_webhooks(max_results=1)[0]
    assert newest.webhook_id == webhook.webhook_id
    changed = client.update_webhook(webhook.webhook_id, status="DISABLED", events=["prompt.created"])
    assert (changed.status, list(map(str, changed.events))) == (WebhookStatus.DISABLED, ["prompt.created"])
    assert (changed.url, changed.description) == (receiver.url, "d")
    client.delete_webhook(webhook.webhook_id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.get_webhook(webhook.webhook_id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        client.delete_webhook(webhook.webhook_id)


def test_pages(client: MlflowClient, hook: Hook):
    """Lists are paged, newest first."""
    made = [hook().webhook_id for _ in range(3)][::-1]
    first = client.list_webhooks(max_results=2)
    rest = client.list_webhooks(max_results=2, page_token=first.token)
    assert [webhook.webhook_id for webhook in [*first, *rest]][:3] == made


@pytest.mark.parametrize(
    "bad", [{"name": "a b"}, {"url": "ftp://8.8.8.8/"}, {"url": "nonsense"}, {"events": []}], ids=str
)
def test_refusals(hook: Hook, bad: dict):
    """Bad names, URLs and events are refused."""
    with refused("INVALID_PARAMETER_VALUE"):
        hook(**bad)


@pytest.mark.parametrize("event", EVENTS)
def test_trial(client: MlflowClient, hook: Hook, receiver: Receiver, event: str):
    """The trial call of each event carries the stock package's example and its signature."""
    webhook = hook(secret=SECRET, events=EVENTS)
    result = client.test_webhook(webhook.webhook_id, event)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "ok")
    call = receiver.calls.get_nowait()
    check_signature(call)
    assert call.json["data"] == get_example_payload_for_event(WebhookEvent.from_str(event))


def test_models(client: MlflowClient, hook: Hook, receiver: Receiver, unique_name: str):
    """What happens to a model and its version."""
    hook(secret=SECRET)
    name = unique_name
    client.create_registered_model(name, tags={"a": "b"}, description="d")
    client.create_model_version(name, "s3://bucket/x", tags={"t": "1"}, await_creation_for=0)
    client.set_model_version_tag(name, "1", "k", "v")
    client.delete_model_version_tag(name, "1", "k")
    client.set_registered_model_alias(name, "champion", "1")
    client.delete_registered_model_alias(name, "champion")
    # these raise none
    client.set_registered_model_tag(name, "k", "v")
    client.update_registered_model(name, "other")
    client.transition_model_version_stage(name, "1", "Staging")
    client.delete_model_version(name, "1")
    client.delete_registered_model(name)
    version = {"name": name, "version": "1"}
    made = version | {"source": "s3://bucket/x", "run_id": None, "tags": {"t": "1"}, "description": None}
    assert told(receiver, 6) == [
        ("model_version.created", made),
        ("model_version_alias.created", version | {"alias": "champion"}),
        ("model_version_alias.deleted", {"name": name, "alias": "champion"}),
        ("model_version_tag.deleted", version | {"key": "k"}),
        ("model_version_tag.set", version | {"key": "k", "value": "v"}),
        ("registered_model.created", {"name": name, "tags": {"a": "b"}, "description": "d"}),
    ]


def test_prompts(client: MlflowClient, hook: Hook, receiver: Receiver, unique_name: str):
    """What happens to a prompt and its version."""
    mlflow.genai.register_prompt(unique_name, "Hello {{x}}", commit_message="first")
    hook(secret=SECRET)
    name = unique_name
    mlflow.genai.register_prompt(name, "Bye {{x}}", commit_message="second")
    mlflow.genai.set_prompt_alias(name, "live", 2)
    mlflow.genai.delete_prompt_alias(name, "live")
    client.set_prompt_tag(name, "k", "v")
    client.delete_prompt_tag(name, "k")
    client.set_prompt_version_tag(name, "2", "k", "v")
    client.delete_prompt_version_tag(name, "2", "k")
    seen: dict[str, dict] = {}
    while len(seen) < 7:
        [(kind, data)] = told(receiver, 1)
        if data.get("key") != "_mlflow_experiment_ids":  # the client's own, when an experiment is active
            seen[kind] = data
    version = {"name": name, "version": "2"}
    made = seen.pop("prompt_version.created")
    assert (made["template"], made["description"], made["tags"]) == ("Bye {{x}}", "second", {})
    assert seen == {
        "prompt_alias.created": version | {"alias": "live"},
        "prompt_alias.deleted": {"name": name, "alias": "live"},
        "prompt_tag.deleted": {"name": name, "key": "k"},
        "prompt_tag.set": {"name": name, "key": "k", "value": "v"},
        "prompt_version_tag.deleted": version | {"key": "k"},
        "prompt_version_tag.set": version | {"key": "k", "value": "v"},
    }


def test_a_new_prompt(hook: Hook, receiver: Receiver, unique_name: str):
    """A prompt that is registered for the first time is two events; its tags hold none of MLflow's own."""
    hook(secret=SECRET, events=["prompt.created", "prompt_version.created"])
    chat = [{"role": "user", "content": "Hi {{x}}"}]
    mlflow.genai.register_prompt(unique_name, chat, tags={"t": "1"})
    created, version = told(receiver, 2)
    assert (created[0], created[1]["name"]) == ("prompt.created", unique_name)
    assert "mlflow.prompt.is_prompt" not in created[1]["tags"]
    assert (version[0], json.loads(version[1]["template"])) == ("prompt_version.created", chat)


def test_a_disabled_webhook_hears_nothing(
    client: MlflowClient, hook: Hook, receiver: Receiver, unique_name: str
):
    """Only the active one of two webhooks is told."""
    hook(status="DISABLED", url=f"{receiver.url}/disabled")
    hook(secret=SECRET)
    client.create_registered_model(unique_name)
    assert receiver.next().path == "/hook"
    assert receiver.calls.empty()
