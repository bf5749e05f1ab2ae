"""The receiver's check in docs/webhooks.md takes what the server signs, and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.store.webhooks import ACTIONS
from mlflowlite.webhooks.calls import headers
from mlflowlite.webhooks.examples import EXAMPLES

PAGE = (Path(__file__).parent.parent / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"entity": "prompt", "data": {"name": "ä"}}'


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    """The function as the page shows it."""
    block = re.search(r"```python signature\n(.*?)```", PAGE, re.DOTALL)
    assert block
    names: dict[str, Any] = {}
    exec(block[1], names)
    return names["is_genuine"]  # type: ignore[no-any-return]


def test_the_page_s_check_takes_our_calls(is_genuine: Callable[..., bool]) -> None:
    """A call signed with the shared secret is genuine."""
    assert is_genuine("secret", headers(BODY, "an-id", "secret", int(time.time())), BODY.encode())


@pytest.mark.parametrize("change", ["secret", "body", "id", "time"])
def test_the_page_s_check_refuses_others(is_genuine: Callable[..., bool], change: str) -> None:
    """Another secret, body or delivery id, or an old call, is not."""
    sent = headers(BODY, "an-id", "secret", int(time.time()) - (301 if change == "time" else 0))
    if change == "id":
        sent["X-MLflow-Delivery-Id"] = "another"
    body = BODY.replace("prompt", "model") if change == "body" else BODY
    assert not is_genuine("other" if change == "secret" else "secret", sent, body.encode())


def test_the_page_lists_every_event() -> None:
    """The table has a row for each kind of change in the registry, with the fields of its data."""
    rows = dict(re.findall(r"^\| (`\w+\.\w+`.*?) \| (.*?) \|$", PAGE, re.MULTILINE))
    for entity, actions in ACTIONS.items():
        if entity == "BUDGET_POLICY":
            continue  # of the gateway, which is not here
        for action in actions:
            found = [
                text
                for events, text in rows.items()
                if f"`{entity.lower()}." in events and f".{action.lower()}`" in events
            ]
            assert len(found) == 1, (entity, action)
            for field in EXAMPLES[entity, action]:
                assert f"`{field}`" in found[0], (entity, action, field)
