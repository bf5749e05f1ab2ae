"""Trying a webhook, and the log of its deliveries."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import pytest

from mlflowlite.settings import Settings
from mlflowlite.webhooks.examples import EXAMPLES
from tests.conftest import make_app
from tests.receiver import Receiver, sends
from tests.support import Client
from tests.webhook_support import EVENTS, Deliver, Hooks, open_settings

INVALID = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
CREATED = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class TestTrial:
    """The `test` endpoint."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return open_settings(settings)

    @pytest.mark.parametrize("event", EXAMPLES)
    def test_each_event(self, hooks: Hooks, receiver: Receiver, event: tuple[str, str]) -> None:
        """The example of an event is sent with id, time and signature, while the caller waits."""
        webhook = hooks.new(receiver.url, secret="hush")
        entity, action = event
        body = {"event": {"entity": entity, "action": action}}
        reply = hooks.client.post(f"webhooks/{webhook}/test", body)
        assert reply.body == {"result": {"success": True, "response_status": 200, "response_body": "ok"}}
        call = receiver.calls.get_nowait()
        assert (call.json["entity"], call.json["action"]) == (entity.lower(), action.lower())
        assert call.json["data"] == EXAMPLES[event]
        assert call.headers["X-MLflow-Signature"] == call.signature("hush")
        assert UUID(call.delivery_id).version == 4
        assert hooks.deliveries() == []

    def test_the_first_event(self, hooks: Hooks, receiver: Receiver) -> None:
        """Without an event it is the webhook's first one; a disabled webhook can be tried, too."""
        webhook = hooks.new(receiver.url, events=EVENTS[::-1], status="DISABLED")
        assert hooks.client.post(f"webhooks/{webhook}/test").status == 200
        call = receiver.next()
        assert (call.json["entity"], call.json["action"]) == ("budget_policy", "exceeded")

    @pytest.mark.parametrize("status", [204, 302, 399, 400, 503])
    def test_answers(self, hooks: Hooks, receiver: Receiver, status: int) -> None:
        """Anything below 400 is success, and there is one attempt."""
        receiver.answer(sends(f"HTTP/1.1 {status} X\r\nLocation: {receiver.url}\r\n\r\n".encode()))
        webhook = hooks.new(receiver.url)
        result = hooks.client.post(f"webhooks/{webhook}/test").body["result"]
        assert (result.get("success", False), result["response_status"]) == (status < 400, status)
        assert receiver.connections == 1

    def test_no_answer(self, hooks: Hooks) -> None:
        """Where there is no answer the result says why."""
        webhook = hooks.new("http://127.0.0.1:1/")
        result = hooks.client.post(f"webhooks/{webhook}/test").body["result"]
        assert not result.get("success")
        assert "refused" in result["error_message"]
        assert "response_status" not in result

    def test_a_target_that_is_not_allowed_any_more(
        self, hooks: Hooks, receiver: Receiver, settings: Settings
    ) -> None:
        """A private address that was stored while allowed is not called."""
        webhook = hooks.new(receiver.url)
        for strict in (
            replace(settings, webhook_allow_private_ips=False),
            replace(settings, webhook_allowed_schemes="https"),
        ):
            for app in make_app(strict):
                result = Client(app).post(f"webhooks/{webhook}/test").body["result"]
                assert not result.get("success")
                assert "non-public" in result["error_message"] or "scheme" in result["error_message"]
        assert receiver.connections == 0


class TestLog:
    """The log of deliveries, beyond MLflow's own server."""

    def test_a_pending_delivery(self, hooks: Hooks) -> None:
        """What is to be sent is in the log at once."""
        webhook = hooks.new()
        assert hooks.deliveries() == []
        hooks.model("m")
        [found] = hooks.deliveries()
        assert json.loads(found.pop("payload"))["data"]["name"] == "m"
        assert UUID(found.pop("delivery_id")).version == 4
        assert found.pop("creation_timestamp") == found.pop("next_attempt_timestamp") > 0
        assert found == {
            "webhook_id": webhook,
            "event": CREATED[0],
            "status": "PENDING",
            "attempts": 0,
        }

    def test_pages(self, hooks: Hooks) -> None:
        """Newest first, page by page, by status; a token is good for its own request."""
        webhook = hooks.new()
        for number in range(5):
            hooks.model(f"m{number}")
        path = f"/api/2.0/mlflowlite/webhooks/{webhook}/deliveries"
        first = hooks.client.get(path, max_results=3).body
        rest = hooks.client.get(path, max_results=3, page_token=first["next_page_token"]).body
        names = [
            json.loads(found["payload"])["data"]["name"] for found in first["deliveries"] + rest["deliveries"]
        ]
        assert names == ["m4", "m3", "m2", "m1", "m0"]
        assert "next_page_token" not in rest
        assert len(hooks.deliveries("PENDING")) == 5
        assert hooks.deliveries("DELIVERED") == hooks.deliveries("GIVEN_UP") == []
        for query in (
            {"status": "DELIVERED", "page_token": first["next_page_token"]},
            {"max_results": 0},
            {"max_results": 1001},
        ):
            assert hooks.client.get(path, **query).error == INVALID, query

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return open_settings(settings)

    def test_replay(self, hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
        """A finished delivery is sent once more with its id and body, and its attempts begin anew."""
        receiver.answer(404, 200, 200)
        hooks.new(receiver.url)
        deliver()
        hooks.model("m")
        first = receiver.next()
        assert hooks.finished()["status"] == "GIVEN_UP"
        for _ in range(2):
            reply = hooks.replay(first.delivery_id)
            assert reply.status == 200, reply.body
            assert reply.body["delivery"]["delivery_id"] == first.delivery_id
            assert (reply.body["delivery"]["status"], reply.body["delivery"]["attempts"]) == ("PENDING", 0)
            again = receiver.next()
            assert (again.delivery_id, again.body) == (first.delivery_id, first.body)
            done = hooks.finished()
            assert (done["status"], done["attempts"], done["response_status"]) == ("DELIVERED", 1, 200)
            assert "last_error" not in done

    def test_replay_of_a_pending_delivery(self, hooks: Hooks) -> None:
        """What is yet to be sent stays as it is."""
        hooks.new()
        hooks.model("m")
        [before] = hooks.deliveries()
        assert hooks.replay(before["delivery_id"]).body == {"delivery": before}
        assert hooks.deliveries() == [before]

    def test_replay_elsewhere(self, hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
        """A delivery is found under its own webhook only; elsewhere nothing is changed."""
        webhook = hooks.new(receiver.url)
        deliver()
        hooks.model("m")
        done = hooks.finished()
        other = hooks.new(receiver.url)
        for delivery_id in (done["delivery_id"], UNKNOWN):
            reply = hooks.replay(delivery_id, other)
            assert reply.error == MISSING
            assert reply.body["message"] == f"Webhook delivery with ID {delivery_id} not found."
        assert hooks.deliveries(webhook_id=webhook) == [done]
