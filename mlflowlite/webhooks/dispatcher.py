"""The background of a server process that delivers webhooks.

One thread looks for deliveries that are due and hands them to others that make the calls. It is woken
by a change made in this process, and by the clock for attempts to repeat and for what other processes
left behind. Any number of processes may do so on one database: each delivery is taken up by one.
"""

from __future__ import annotations

import logging
import math
import queue
import random
import threading
import time
from collections.abc import Sequence
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
    first_wait: float = 1  # before the second attempt; each further wait is twice as long

    def wait(self, attempt: int, retry_after: float) -> float | None:
        """Seconds from an attempt (1 is the first) that failed to the next; None when there is none."""
        if attempt > self.max_retries:
            return None
        wait = min(MAX_WAIT_SECONDS, self.first_wait * 2.0 ** (attempt - 1))
        return max(retry_after, wait) + self.first_wait * random.random()  # noqa: S311 jitter, no secret


class Dispatcher:
    """Delivers webhooks from `start` to `stop`. Make it before the process forks, start it after."""

    def __init__(self, db: Database, secrets: Secrets, policy: Policy) -> None:
        self._db = db
        self._secrets = secrets
        self._policy = policy
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._working: dict[int, Claimed] = {}
        self._silent: set[int] = set()  # webhooks whose last call had no answer in time
        self._queue: queue.SimpleQueue[Claimed | None] = queue.SimpleQueue()
        self._workers = 0
        self._loop: threading.Thread | None = None  # made after the fork, which would mark it as ended
        self._renewed_at = -math.inf
        self._pruned_at = -math.inf

    def start(self) -> None:
        """Begin, in threads that end with the process."""
        self._db.listen(TOPIC, self._wake.set)
        self._loop = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._loop.start()

    def stop(self, seconds: float) -> None:
        """Take up nothing more, and give the running calls some time. What they leave is sent again later."""
        self._stopping.set()
        self._wake.set()
        end = time.monotonic() + seconds
        if self._loop is not None:
            self._loop.join(seconds)
        while self._working and time.monotonic() < end:
            time.sleep(0.05)
        for _ in range(self._workers):
            self._queue.put(None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                wait = self._step()
            except Exception as error:  # noqa: BLE001 whatever it is, deliveries have to go on
                log.warning("Webhooks wait: %s", error)
                wait = POLL_SECONDS
            if not self._stopping.is_set():
                self._wake.wait(wait)

    def _step(self) -> float:
        """Take up what is due; returns for how many seconds there is nothing to do."""
        with self._lock:
            working = list(self._working.values())
        self._renew(working)
        self._prune()
        longest = RENEWAL_SECONDS if working else POLL_SECONDS
        free = self._policy.max_workers - len(working)
        if free <= 0:
            return longest  # the first call that ends wakes us
        due = deliveries.next_due(self._db)
        if due is None or due > now_ms():
            return longest if due is None else min(longest, max(0.01, (due - now_ms()) / 1000))
        held = []
        for claimed in deliveries.claim_due(self._db, free, LEASE_MS):
            if self._has_to_wait(claimed):
                held.append(claimed)
            else:
                self._hand_over(claimed)
        if held:
            deliveries.postpone(self._db, held, int(self._policy.timeout * 1000))
        return 0

    def _has_to_wait(self, claimed: Claimed) -> bool:
        """Whether a webhook that keeps calls waiting is being called already: one at a time then, for the
        others' sake, and what waits keeps its attempts for better days."""
        with self._lock:
            return claimed.webhook_ref in self._silent and any(
                other.webhook_ref == claimed.webhook_ref for other in self._working.values()
            )

    def _note_silence(self, claimed: Claimed, *, silent: bool) -> None:
        with self._lock:
            if silent:
                self._silent.add(claimed.webhook_ref)
            else:
                self._silent.discard(claimed.webhook_ref)

    def _hand_over(self, claimed: Claimed) -> None:
        """Give a delivery to a worker. If there can't be one, it is taken up again when its lease ends."""
        with self._lock:
            if claimed.row_id in self._working:
                return  # the clock was put forward, and its lease seemed to be over
            calls = len(self._working)
        if calls >= self._workers:
            threading.Thread(target=self._work, name="webhook", daemon=True).start()
            self._workers += 1
        with self._lock:
            self._working[claimed.row_id] = claimed
        self._queue.put(claimed)

    def _work(self) -> None:
        while (claimed := self._queue.get()) is not None:
            self._deliver(claimed)
            with self._lock:
                self._working.pop(claimed.row_id, None)
            self._wake.set()

    def _deliver(self, claimed: Claimed) -> None:
        try:
            deliveries.finish(self._db, claimed, self._attempt(claimed))
        except Exception:  # the database is away; the delivery is taken up again when its time comes
            log.exception("Webhook delivery %s was not brought to an end", claimed.delivery_id)

    def _attempt(self, claimed: Claimed) -> Outcome:
        """Make one call and judge how it went."""
        if not claimed.wanted:
            return Outcome("GIVEN_UP", error="The webhook was disabled or deleted meanwhile", tried=False)
        try:
            return self._call(claimed)
        except Exception as error:  # a fault of ours, which must not be repeated for ever
            log.exception("Webhook delivery %s", claimed.delivery_id)
            return self._failed(claimed, None, f"Unexpected {type(error).__name__}", self._wait(claimed))

    def _call(self, claimed: Claimed) -> Outcome:
        from mlflowlite.webhooks.calls import CallError, call  # here: requests costs memory

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
            self._note_silence(claimed, silent=error.late)
            return self._failed(claimed, None, str(error), None if error.final else self._wait(claimed))
        self._note_silence(claimed, silent=False)
        if 200 <= answer.status < 300:
            return Outcome("DELIVERED", answer.status)
        again = answer.status in RETRIED_STATUSES
        wait = self._wait(claimed, parse_retry_after(answer.retry_after)) if again else None
        text = "a redirect, which is not followed" if 300 <= answer.status < 400 else "an error"
        return self._failed(claimed, answer.status, f"The URL answered {answer.status}, {text}", wait)

    def _wait(self, claimed: Claimed, retry_after: float = 0) -> float | None:
        return self._policy.wait(claimed.attempts + 1, retry_after)

    def _failed(self, claimed: Claimed, status: int | None, error: str, wait: float | None) -> Outcome:
        log.warning(
            "Webhook delivery %s, attempt %d: %s. %s",
            claimed.delivery_id,
            claimed.attempts + 1,
            error,
            "It is given up." if wait is None else f"Again in {wait:.0f} s.",
        )
        if wait is None:
            return Outcome("GIVEN_UP", status, error)
        return Outcome("PENDING", status, error, again_timestamp=now_ms() + int(wait * 1000))

    def _renew(self, working: Sequence[Claimed]) -> None:
        """Now and then, say that we still work on these."""
        if working and time.monotonic() - self._renewed_at >= RENEWAL_SECONDS:
            deliveries.renew(self._db, working, LEASE_MS)
            self._renewed_at = time.monotonic()

    def _prune(self) -> None:
        """At start and once in a while, forget what was finished long ago; some at a time: nobody waits."""
        if time.monotonic() - self._pruned_at < PRUNE_SECONDS:
            return
        if deliveries.prune(self._db, now_ms() - self._policy.keep_days * DAY_MS) < deliveries.PRUNE_AT_ONCE:
            self._pruned_at = time.monotonic()


def parse_retry_after(text: str | None) -> float:
    """The seconds that a Retry-After header asks for, as a number or as a date; 0 without a usable one."""
    text = (text or "").strip()
    if text.isdecimal():
        return float(min(int(text[:20]), MAX_RETRY_AFTER_SECONDS))
    try:
        then = parsedate_to_datetime(text)
        if then.tzinfo is None:
            then = then.replace(tzinfo=timezone.utc)
        seconds = (then - datetime.now(timezone.utc)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):  # what its parser raises differs by release
        return 0
    return min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS)
