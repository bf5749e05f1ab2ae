"""The background of a server process that delivers webhooks.

One thread looks for deliveries that are due and hands them to others that make the calls. It is woken
by a change made in this process, and by the clock for attempts to repeat and for what other processes
left behind. Any number of processes may do so on one database: each delivery is taken up by one.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from mlflowlite.db import Database
from mlflowlite.store import webhook_deliveries as deliveries
from mlflowlite.store.clock import now_ms
from mlflowlite.store.webhook_deliveries import Claimed, Outcome
from mlflowlite.store.webhook_events import TOPIC
from mlflowlite.webhooks.secrets import SecretError, Secrets

log = logging.getLogger(__name__)

# How long a delivery stays this process's own when it says nothing, and how often it says something.
LEASE_MS = 20_000
RENEWAL_SECONDS = 5.0
# How long what another process left behind may wait, and how long to wait when the database is away.
POLL_SECONDS = 10.0
PRUNE_SECONDS = 3600.0
DAY_MS = 86_400_000

RETRIED_STATUSES = (429, 500, 502, 503, 504)
MAX_WAIT_SECONDS = 60.0
# An answer may ask for more patience than we have of our own accord, within reason.
MAX_RETRY_AFTER_SECONDS = 3600.0


@dataclass(frozen=True)
class Policy:
    """How webhooks are called; times in seconds."""

    timeout: float = 30
    max_retries: int = 3
    max_workers: int = 10
    allow_private: bool = False
    keep_days: int = 30


class Dispatcher:
    """Delivers webhooks from `start` to `stop`. Make it before the process forks, start it after."""

    def __init__(self, db: Database, secrets: Secrets, policy: Policy) -> None:
        self._db = db
        self._secrets = secrets
        self._policy = policy
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._working: set[int] = set()
        self._queue: queue.SimpleQueue[Claimed] = queue.SimpleQueue()
        self._workers = 0
        self._pruned_at = time.monotonic()

    def start(self) -> None:
        """Begin, in threads that end with the process."""
        self._db.listen(TOPIC, self._wake.set)
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self, seconds: float) -> None:
        """Take up nothing more, and give the running calls some time. What they leave is sent again later."""
        self._stopping.set()
        self._wake.set()
        end = time.monotonic() + seconds
        while self._working and time.monotonic() < end:
            time.sleep(0.05)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                wait = self._step()
            except Exception as error:  # noqa: BLE001 whatever it is, deliveries have to go on
                log.warning("Webhooks wait: %s", error)
                wait = POLL_SECONDS
            self._wake.wait(wait)

    def _step(self) -> float:
        """Take up what is due; returns for how many seconds there is nothing to do."""
        with self._lock:
            working = list(self._working)
        if working:
            deliveries.renew(self._db, working, LEASE_MS)
        else:
            self._prune()
        longest = RENEWAL_SECONDS if working else POLL_SECONDS
        free = self._policy.max_workers - len(working)
        if free <= 0:
            return longest  # the first call that ends wakes us
        due = deliveries.next_due(self._db)
        if due is None or due > now_ms():
            return longest if due is None else min(longest, max(0.01, (due - now_ms()) / 1000))
        for claimed in deliveries.claim_due(self._db, free, LEASE_MS):
            self._hand_over(claimed)
        return 0

    def _hand_over(self, claimed: Claimed) -> None:
        with self._lock:
            self._working.add(claimed.row_id)
            more = len(self._working) > self._workers
            self._workers += more
        if more:
            threading.Thread(target=self._work, name="webhook", daemon=True).start()
        self._queue.put(claimed)

    def _work(self) -> None:
        while True:
            claimed = self._queue.get()
            try:
                deliveries.finish(self._db, claimed.row_id, self._attempt(claimed))
            except Exception:  # it is taken up again when its time comes
                log.exception("Webhook delivery %s was not brought to an end", claimed.delivery_id)
            finally:
                with self._lock:
                    self._working.discard(claimed.row_id)
                self._wake.set()

    def _attempt(self, claimed: Claimed) -> Outcome:
        """Make one call and judge the answer."""
        from mlflowlite.webhooks.calls import CallError, call  # here: requests costs memory

        if not claimed.wanted:
            return Outcome(False, None, "The webhook was disabled or deleted meanwhile", None)
        try:
            answer = call(
                claimed.url,
                claimed.payload,
                delivery_id=claimed.delivery_id,
                secret=self._secrets.decrypt(claimed.encrypted_secret),
                timeout=self._policy.timeout,
                allow_private=self._policy.allow_private,
            )
        except SecretError as error:
            return self._failed(claimed, None, str(error), None)
        except CallError as error:
            return self._failed(claimed, None, str(error), None if error.final else self._wait(claimed, None))
        if 200 <= answer.status < 300:
            return Outcome(True, answer.status, None, None)
        wait = self._wait(claimed, answer.retry_after) if answer.status in RETRIED_STATUSES else None
        text = "a redirect, which is not followed" if 300 <= answer.status < 400 else "an error"
        return self._failed(claimed, answer.status, f"The URL answered {answer.status}, {text}", wait)

    def _wait(self, claimed: Claimed, retry_after: str | None) -> float | None:
        """Seconds until the next attempt; None when there have been enough."""
        if claimed.attempts >= self._policy.max_retries:
            return None
        wait = min(MAX_WAIT_SECONDS, 2.0**claimed.attempts)
        return max(parse_retry_after(retry_after), wait) + random.random()  # noqa: S311 jitter, no secret

    def _failed(self, claimed: Claimed, status: int | None, error: str, wait: float | None) -> Outcome:
        log.warning(
            "Webhook delivery %s, attempt %d: %s. %s",
            claimed.delivery_id,
            claimed.attempts + 1,
            error,
            "It is given up." if wait is None else f"Again in {wait:.0f} s.",
        )
        again = None if wait is None else now_ms() + int(wait * 1000)
        return Outcome(False, status, error, again)

    def _prune(self) -> None:
        """Once in a while, forget what was finished long ago; some at a time, so that nobody waits."""
        if time.monotonic() - self._pruned_at < PRUNE_SECONDS:
            return
        if deliveries.prune(self._db, now_ms() - self._policy.keep_days * DAY_MS) < deliveries.PRUNE_AT_ONCE:
            self._pruned_at = time.monotonic()


def parse_retry_after(text: str | None) -> float:
    """The seconds that a Retry-After header asks for, as a number or as a date; 0 without a usable one."""
    if not text:
        return 0
    try:
        seconds = float(int(text))
    except ValueError:
        try:
            then = parsedate_to_datetime(text)
            if then.tzinfo is None:
                then = then.replace(tzinfo=timezone.utc)
            seconds = (then - datetime.now(timezone.utc)).total_seconds()
        except ValueError:
            return 0
    return min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS)
