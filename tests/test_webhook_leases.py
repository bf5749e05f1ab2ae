"""Which process delivers what, and when: leases, restarts, several processes, the log of deliveries."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from mlflowlite.app import App
from mlflowlite.db import Database
from mlflowlite.settings import Settings
from mlflowlite.store import webhook_deliveries as store
from mlflowlite.store.clock import now_ms
from mlflowlite.store.webhook_deliveries import Outcome
from mlflowlite.webhooks import calls, dispatcher
from mlflowlite.webhooks.dispatcher import Dispatcher, Policy
from mlflowlite.webhooks.secrets import Secrets
from tests.receiver import SECONDS, Handler, Receiver, hang, receiving
from tests.webhook_support import KEY, POLICY, Deliver, Hooks, open_settings, until

OTHER_KEY = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ="


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return open_settings(settings)


@pytest.fixture
def db(app: App) -> Database:
    database: Database = app.config["mlflowlite"].db
    return database


def due(db: Database) -> int | None:
    """When the only delivery is due."""
    row = db.read(lambda: db.row("SELECT due_timestamp FROM webhook_deliveries"))
    assert row is not None
    timestamp: int | None = row[0]
    return timestamp


def change(db: Database, sql: str, *params: Any) -> None:
    """Change the database behind the server's back."""
    db.write(lambda: db.execute(sql, params))


def test_what_was_left_by_an_earlier_process(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """A process that starts delivers what is in the database."""
    hooks.new(receiver.url)
    for number in range(30):
        hooks.model(f"m{number}")
    deliver()
    names = {receiver.next().json["data"]["name"] for _ in range(30)}
    assert names == {f"m{number}" for number in range(30)}


def test_a_change_wakes_the_process(
    hooks: Hooks, receiver: Receiver, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process has changed itself it delivers at once, not when it next looks around."""
    monkeypatch.setattr(dispatcher, "POLL_SECONDS", 3600)
    monkeypatch.setattr(dispatcher, "RENEWAL_SECONDS", 3600)
    hooks.new(receiver.url)
    deliver()
    for number in range(50):
        hooks.model(f"m{number}")
        assert receiver.next().json["data"]["name"] == f"m{number}"


def test_several_processes_deliver_each_event_once(
    hooks: Hooks, receiver: Receiver, deliver: Deliver
) -> None:
    """Of 200 events, each arrives once, though three processes look for them."""
    hooks.new(receiver.url)
    for number in range(100):
        hooks.model(f"a{number}")
    for _ in range(3):
        deliver()
    for number in range(100):
        hooks.model(f"b{number}")
    arrived = Counter(receiver.next().json["data"]["name"] for _ in range(200))
    assert len(arrived) == 200
    until(lambda: len(hooks.deliveries("DELIVERED")) == 200)
    deliver.stop(SECONDS)
    assert receiver.calls.empty()
    assert {delivery["attempts"] for delivery in hooks.deliveries()} == {1}


def test_a_process_that_died(hooks: Hooks, receiver: Receiver, deliver: Deliver, db: Database) -> None:
    """A delivery that a dead process had taken up is taken up again when its lease ends, not before."""
    hooks.new(receiver.url)
    hooks.model("m")
    [taken] = store.claim_due(db, 10, 700)
    end = due(db)
    assert store.claim_due(db, 10, 700) == []
    deliver()
    assert receiver.next().delivery_id == taken.delivery_id
    assert end is not None
    assert now_ms() >= end


def test_a_lease_is_renewed(
    hooks: Hooks, receiver: Receiver, deliver: Deliver, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a call takes, no other process takes its delivery up."""
    monkeypatch.setattr(dispatcher, "LEASE_MS", 1500)
    monkeypatch.setattr(dispatcher, "RENEWAL_SECONDS", 0.1)
    answered = threading.Event()

    def slow(handler: Handler) -> None:
        answered.wait(SECONDS)
        handler.send_response(200)
        handler.end_headers()

    receiver.answer(slow)
    hooks.new(receiver.url)
    hooks.model("m")
    began = now_ms()
    deliver()
    deliver()
    receiver.next()
    until(lambda: (due(db) or 0) > began + 4000)
    answered.set()
    assert hooks.finished()["attempts"] == 1
    assert receiver.calls.empty()


def test_who_comes_late_changes_nothing(hooks: Hooks, receiver: Receiver, db: Database) -> None:
    """A process that was away while another finished its delivery neither undoes nor repeats that."""
    hooks.new(receiver.url)
    hooks.model("m")
    [late] = store.claim_due(db, 10, 0)
    [early] = store.claim_due(db, 10, 1000)
    assert late == early
    store.finish(db, early, Outcome("DELIVERED", 200))
    store.finish(db, late, Outcome("PENDING", 503, "late", now_ms()))
    store.renew(db, [late], 1000)
    assert due(db) is None
    [delivery] = hooks.deliveries()
    assert (delivery["status"], delivery["attempts"], delivery["response_status"]) == ("DELIVERED", 1, 200)


def test_renewing_leaves_what_is_finished(hooks: Hooks, receiver: Receiver, db: Database) -> None:
    """The time of the next attempt stays, when the process renews its leases at the same moment."""
    hooks.new(receiver.url)
    hooks.model("m")
    [claimed] = store.claim_due(db, 10, 1000)
    store.finish(db, claimed, Outcome("PENDING", 503, "no", 12345))
    store.renew(db, [claimed], 1000)
    assert due(db) == 12345


def test_calls_at_once_are_bounded(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """A process makes no more calls at once than it was told."""
    lock, go_on = threading.Lock(), threading.Event()
    running, most = 0, 0

    def count(handler: Handler) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go_on.wait(SECONDS)
        with lock:
            running -= 1
        handler.send_response(200)
        handler.end_headers()

    receiver.answer(*[count] * 12)
    hooks.new(receiver.url)
    for number in range(12):
        hooks.model(f"m{number}")
    deliver(replace(POLICY, max_workers=3))
    for _ in range(3):
        receiver.next()
    go_on.set()
    for _ in range(9):
        receiver.next()
    assert most == 3


def test_a_slow_receiver_does_not_hold_up_the_others(
    hooks: Hooks, receiver: Receiver, deliver: Deliver
) -> None:
    """While one call waits for its answer, others are made, and changes are answered."""
    go_on = threading.Event()

    def slow(handler: Handler) -> None:
        go_on.wait(SECONDS)
        handler.send_response(200)
        handler.end_headers()

    receiver.answer(slow)
    hooks.new(receiver.url)
    deliver()
    hooks.model("slow")
    assert receiver.next().json["data"]["name"] == "slow"
    for number in range(20):
        hooks.model(f"m{number}")
    names = {receiver.next().json["data"]["name"] for _ in range(20)}
    assert names == {f"m{number}" for number in range(20)}
    until(lambda: len(hooks.deliveries("DELIVERED")) == 20)
    [waiting] = hooks.deliveries("PENDING")
    assert '"slow"' in waiting["payload"]
    go_on.set()
    until(lambda: not hooks.deliveries("PENDING"))


def test_a_receiver_that_hangs_is_called_once_at_a_time(
    hooks: Hooks, receiver: Receiver, deliver: Deliver
) -> None:
    """A webhook that keeps its callers waiting does not take them all, however much there is to tell it."""
    with receiving() as silent:
        silent.answer(*[hang] * 50)
        silent_id = hooks.new(silent.url)
        for number in range(12):
            hooks.model(f"m{number}")
        hooks.new(receiver.url)
        hooks.model("for both")
        deliver(replace(POLICY, timeout=1, max_workers=2))
        assert receiver.next().json["data"]["name"] == "for both"
        assert silent.calls.qsize() <= 4
        waiting = hooks.deliveries("PENDING", silent_id)
        assert len(waiting) == 13
        assert sum(delivery["attempts"] for delivery in waiting) <= 3


def test_disabled_meanwhile(hooks: Hooks, receiver: Receiver, deliver: Deliver) -> None:
    """What waits for a webhook that is disabled is not sent, and does not count as tried."""
    webhook = hooks.new(receiver.url)
    hooks.model("m")
    hooks.update(webhook, status="DISABLED")
    deliver()
    done = hooks.finished()
    assert (done["status"], done["attempts"]) == ("GIVEN_UP", 0)
    assert done["last_error"] == "The webhook was disabled or deleted meanwhile"
    assert "last_attempt_timestamp" not in done
    assert receiver.connections == 0


def test_deleted_meanwhile(hooks: Hooks, receiver: Receiver, deliver: Deliver, db: Database) -> None:
    """What waits for a webhook that is deleted is not sent."""
    webhook = hooks.new(receiver.url)
    hooks.model("m")
    assert hooks.client.delete(f"webhooks/{webhook}").status == 200
    deliver()
    until(lambda: due(db) is None)
    assert receiver.connections == 0


def test_old_deliveries_are_forgotten(
    hooks: Hooks, receiver: Receiver, deliver: Deliver, db: Database
) -> None:
    """A process that starts forgets deliveries finished and old; what is pending or young stays."""
    hooks.new(receiver.url)
    for number in range(3):
        hooks.model(f"m{number}")
    old, young, pending = (delivery["delivery_id"] for delivery in reversed(hooks.deliveries()))
    finish = "UPDATE webhook_deliveries SET due_timestamp = NULL, status = 2 WHERE delivery_id IN (?, ?)"
    change(db, finish, old, young)
    age = "UPDATE webhook_deliveries SET creation_timestamp = ? WHERE delivery_id IN (?, ?)"
    change(db, age, now_ms() - 8 * 86_400_000, old, pending)
    deliver(replace(POLICY, keep_days=7))
    assert receiver.next().delivery_id == pending
    kept = until(lambda: hooks.deliveries() if len(hooks.deliveries()) < 3 else None)
    assert {delivery["delivery_id"] for delivery in kept} <= {young, pending}
    assert young in {delivery["delivery_id"] for delivery in kept}


def test_prune_takes_some_at_a_time(
    hooks: Hooks, receiver: Receiver, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgetting much does not hold the database for long."""
    monkeypatch.setattr(store, "PRUNE_AT_ONCE", 2)
    hooks.new(receiver.url)
    for number in range(5):
        hooks.model(f"m{number}")
    change(db, "UPDATE webhook_deliveries SET due_timestamp = NULL")
    assert [store.prune(db, now_ms() + 1) for _ in range(4)] == [2, 2, 1, 0]


def test_another_key(
    hooks: Hooks, receiver: Receiver, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    """With another key than the secret was kept with, nothing is sent, and the log says what to do."""
    hooks.new(receiver.url, secret="hush hush")
    deliver(key=OTHER_KEY)
    with caplog.at_level(logging.WARNING):
        hooks.model("m")
        done = hooks.finished()
    assert (done["status"], done["attempts"]) == ("GIVEN_UP", 1)
    assert "can't be decrypted" in done["last_error"]
    assert "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY" in done["last_error"]
    assert done["last_error"] in caplog.text
    assert "hush" not in caplog.text
    assert receiver.connections == 0


def test_a_fault_of_ours_is_bounded(
    hooks: Hooks, receiver: Receiver, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception that nobody foresaw counts as an attempt like any other."""

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(calls, "call", broken)
    hooks.new(receiver.url)
    deliver()
    hooks.model("m")
    done = hooks.finished()
    assert (done["status"], done["attempts"]) == ("GIVEN_UP", 4)
    assert done["last_error"] == "Unexpected RuntimeError"


def test_a_database_that_is_away(
    hooks: Hooks, receiver: Receiver, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that can't read the database tries again after a while."""
    monkeypatch.setattr(dispatcher, "POLL_SECONDS", 0.01)
    failures, real = iter([OSError("away")] * 3), store.next_due

    def next_due(db: Database) -> int | None:
        if failure := next(failures, None):
            raise failure
        return real(db)

    monkeypatch.setattr(store, "next_due", next_due)
    hooks.new(receiver.url)
    hooks.model("m")
    deliver()
    receiver.next()
    assert next(failures, None) is None


def test_stopping_leaves_no_thread(hooks: Hooks, receiver: Receiver, db: Database) -> None:
    """After `stop` all threads end, and what comes later waits for another process."""
    before = set(threading.enumerate())
    one = Dispatcher(db, Secrets(KEY, None), POLICY)
    hooks.new(receiver.url)
    for number in range(5):
        hooks.model(f"m{number}")
    one.start()
    for _ in range(5):
        receiver.next()
    one.stop(SECONDS)
    until(lambda: not any(t.name.startswith("webhook") for t in set(threading.enumerate()) - before))
    hooks.model("late")
    assert hooks.deliveries()[0]["status"] == "PENDING"
    Dispatcher(db, Secrets(KEY, None), Policy()).stop(SECONDS)  # one that never began
