"""Delivering webhooks: calls, answers, attempts (`semantics.md` §13.3)."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from mlflowlite.settings import Settings
from mlflowlite.webhooks.dispatcher import Policy, parse_retry_after
from tests import receiver as misbehaviour
from tests.receiver import Receiver, receiving
from tests.webhook_support import POLICY, Deliver, Hooks, open_settings, until

HASTY = replace(POLICY, timeout=0.3, max_retries=0)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return open_settings(settings)


def test_a_call(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """A call is a POST of the event with the headers of the protocol and a signature that holds."""
    hooks.new(receiver.url, secret="s3cret ✓")
    deliver()
    began = int(time.time())
    hooks.model("m")
    call = receiver.next()
    assert (call.method, call.path) == ("POST", "/hook")
    assert call.json["data"] == {"name": "m", "tags": {}, "description": ""}
    assert call.headers["Content-Type"] == "application/json"
    assert began <= int(call.headers["X-MLflow-Timestamp"]) <= time.time()
    assert call.headers["X-MLflow-Signature"] == call.signature("s3cret ✓")
    done = hooks.finished()
    assert done["status"] == "DELIVERED"
    assert done["delivery_id"] == call.delivery_id
    assert done["payload"] == call.body
    assert (done["attempts"], done["response_status"]) == (1, 200)
    assert "last_error" not in done
    assert "next_attempt_timestamp" not in done
    assert done["creation_timestamp"] <= done["last_attempt_timestamp"]


def test_no_secret_no_signature(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """Calls of a webhook without a secret are not signed."""
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    assert "X-MLflow-Signature" not in receiver.next().headers


def test_a_secret_taken_away(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """After an update with an empty secret calls are not signed any more."""
    webhook = hooks.new(receiver.url, secret="old")
    hooks.update(webhook, secret="")
    deliver()
    hooks.model("m")
    assert "X-MLflow-Signature" not in receiver.next().headers


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_attempts_are_repeated(hooks: Hooks, receiver: Receiver, deliver: Deliver, status: int) -> None:
    """A status that may pass is tried again: same id and body, signed anew."""
    receiver.answer(status, status)
    hooks.new(receiver.url, secret="s")
    deliver()
    hooks.model("m")
    calls = [receiver.next() for _ in range(3)]
    assert len({(call.delivery_id, call.body) for call in calls}) == 1
    for call in calls:
        assert call.headers["X-MLflow-Signature"] == call.signature("s")
    done = hooks.finished()
    assert (done["status"], done["attempts"], done["response_status"]) == ("DELIVERED", 3, 200)
    assert "last_error" not in done


def test_attempts_are_bounded(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """After the first attempt and three more a delivery is given up, and the log says why."""
    receiver.answer(*[503] * 10)
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    done = hooks.finished()
    assert (done["status"], done["attempts"], done["response_status"]) == ("GIVEN_UP", 4, 503)
    assert done["last_error"] == "The URL answered 503, an error"
    assert "next_attempt_timestamp" not in done
    assert receiver.calls.qsize() == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 501])
def test_final_answers(hooks: Hooks, receiver: Receiver, deliver: Deliver, status: int) -> None:
    """A status that another attempt would not change is final."""
    receiver.answer(status)
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    done = hooks.finished()
    assert (done["status"], done["attempts"], done["response_status"]) == ("GIVEN_UP", 1, status)
    assert done["last_error"] == f"The URL answered {status}, an error"


def test_a_receiver_that_is_down(hooks: Hooks, deliver: Deliver) -> None:
    """A connection that is refused is tried again."""
    with receiving() as gone:
        url = gone.url
    hooks.new(url)
    deliver()
    hooks.model("m")
    done = hooks.finished()
    assert (done["status"], done["attempts"]) == ("GIVEN_UP", 4)
    assert done["last_error"] == "The call failed: [Errno 111] Connection refused"
    assert "response_status" not in done


@pytest.mark.parametrize(("attempt", "low"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (20, 60)])
def test_waits_grow(attempt: int, low: float) -> None:
    """The waits are 1, 2, 4 … 60 seconds and up to one more, by chance."""
    policy = Policy(max_retries=30)
    waits = [policy.wait(attempt, 0) for _ in range(50)]
    assert all(low <= wait < low + 1 for wait in waits if wait is not None)
    assert None not in waits
    assert len(set(waits)) > 1
    assert policy.wait(31, 0) is None
    assert Policy(max_retries=0).wait(1, 0) is None


def test_retry_after(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """An answer says when to call again."""
    receiver.answer((503, {"Retry-After": "120"}))
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    waiting = until(lambda: next((d for d in hooks.deliveries() if d["attempts"] == 1), None))
    assert waiting["status"] == "PENDING"
    assert waiting["last_error"] == "The URL answered 503, an error"
    wait = waiting["next_attempt_timestamp"] - waiting["last_attempt_timestamp"]
    assert 118_000 < wait < 122_000


def test_what_retry_after_may_hold() -> None:
    """Seconds or a date, at most an hour; anything else counts as absent."""
    soon = datetime.now(timezone.utc) + timedelta(seconds=100)
    assert parse_retry_after("7") == 7
    assert 98 < parse_retry_after(format_datetime(soon, usegmt=True)) <= 100
    assert 98 < parse_retry_after(format_datetime(soon.replace(tzinfo=None))) <= 100
    assert parse_retry_after("99999999") == 3600
    assert parse_retry_after("9" * 400) == parse_retry_after("9" * 5000) == 3600
    for text in (None, "", "-5", "soon", "1.5", "nan", "inf", "Mon, 01 Jan 1990 00:00:00 GMT"):
        assert parse_retry_after(text) == 0, text
    for year in ("99999999999", "0", "-1", "10000"):
        assert parse_retry_after(f"Mon, 01 Jan {year} 00:00:00 GMT") == 0
    assert parse_retry_after("Fri, 31 Dec 9999 23:59:59 -2359") in (0, 3600)


@pytest.mark.parametrize("text", ["9" * 400, "Mon, 01 Jan 99999999999 00:00:00 GMT", "\x00", "é"])
def test_retry_after_nonsense(hooks: Hooks, receiver: Receiver, deliver: Deliver, text: str) -> None:
    """A Retry-After that makes no sense neither ends the attempts nor makes them endless."""
    receiver.answer((503, {"Retry-After": text}))
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    tried = until(lambda: next((d for d in hooks.deliveries() if d["attempts"] >= 1), None))
    assert tried["response_status"] in (200, 503)


def test_redirects_are_not_followed(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """A redirect is an answer like any other: nobody calls where it points."""
    with receiving() as target:
        for status in (301, 302, 303, 307, 308):
            receiver.answer((status, {"Location": target.url}))
        hooks.new(receiver.url)
        deliver()
        for number in range(5):
            hooks.model(f"m{number}")
        done = until(lambda: hooks.deliveries("GIVEN_UP") if len(hooks.deliveries("GIVEN_UP")) == 5 else None)
        assert {d["response_status"] for d in done} == {301, 302, 303, 307, 308}
        assert all(d["attempts"] == 1 for d in done)
        assert all("a redirect, which is not followed" in d["last_error"] for d in done)
        assert target.calls.empty()


@pytest.mark.parametrize("name", ["hang", "drip_headers", "drip_body"])
def test_the_time_limit(hooks: Hooks, receiver: Receiver, deliver: Deliver, name: str) -> None:
    """A call ends at the time limit, however the receiver keeps it busy."""
    receiver.answer(getattr(misbehaviour, name))
    hooks.new(receiver.url)
    deliver(HASTY)
    hooks.model("m")
    done = hooks.finished()
    assert done["status"] == "GIVEN_UP"
    assert done["last_error"] == "There was no answer within 0.3 seconds"


ODD_ANSWERS = {
    "nothing": b"",
    "no http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "control characters": b"\x1b[31m\x00\x07\r\n\r\n",
    "a NUL in the status": b"HTTP/1.1 \x00\x00 \x00\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    "a long header": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
    "bad chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
}


@pytest.mark.parametrize("kind", ODD_ANSWERS)
def test_broken_answers(hooks: Hooks, receiver: Receiver, deliver: Deliver, kind: str) -> None:
    """An answer that is none counts as a failure, and the log says so in printable words."""
    receiver.answer(*[misbehaviour.sends(ODD_ANSWERS[kind])] * 4)
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    done = hooks.finished()
    assert (done["status"], done["attempts"]) == ("GIVEN_UP", 4)
    assert done["last_error"].isprintable()


GOOD_ANSWERS = {
    "huge": (b"Content-Length: 100000000", b"a" * 1_000_000),
    "compressed": (b"Content-Encoding: gzip\r\nContent-Length: 3", b"abc"),
    "unknown charset": (b"Content-Type: text/plain; charset=no-such\r\nContent-Length: 1", b"a"),
    "charset that is no text": (b"Content-Type: a/b; charset=zlib\r\nContent-Length: 1", b"a"),
    "half a character": (b"Content-Type: a/b; charset=utf-8\r\nContent-Length: 1", b"\xe2"),
    "a lone surrogate": (b"Content-Type: a/b; charset=utf-7\r\nContent-Length: 5", b"+2AA-"),
    "cut short": (b"Content-Length: 100", b"ab"),
}


@pytest.mark.parametrize("kind", GOOD_ANSWERS)
def test_odd_answers(hooks: Hooks, receiver: Receiver, deliver: Deliver, kind: str) -> None:
    """Of an answer, the status decides; its body may be huge, packed or unreadable."""
    head, body = GOOD_ANSWERS[kind]
    receiver.answer(*[misbehaviour.sends(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)] * 2)
    webhook = hooks.new(receiver.url)
    tried = hooks.client.post(f"webhooks/{webhook}/test")
    assert tried.status == 200, tried.body
    assert tried.body["result"]["success"] is True
    assert len(tried.body["result"].get("response_body", "")) <= 64 * 1024
    deliver()
    hooks.model("m")
    assert hooks.finished()["status"] == "DELIVERED"
