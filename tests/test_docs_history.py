"""The examples of docs/registry-history.md answer what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from mlflowlite.protos.messages import ENUM_NUMBERS
from tests.history_support import Clock
from tests.support import API, Client

PAGE = (Path(__file__).parent.parent / "docs" / "registry-history.md").read_text(encoding="utf-8")
SERVER = "http://localhost:5000"
# The millisecond before the first request of the page.
START = 1_767_225_600_000


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def ann(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A server to which Ann has sent the requests of the page, one in each millisecond."""
    clock = Clock(monkeypatch)
    (text,) = blocks("requests")
    lines = text.splitlines()
    assert lines
    for number, line in enumerate(lines, 1):
        clock.now = START + number
        method, path, body = line.split(" ", 2)
        reply = client.http.open(
            API + path, method=method, json=json.loads(body), headers={"X-Forwarded-User": "ann"}
        )
        assert reply.status_code == 200, line
    return client


def test_examples(ann: Client) -> None:
    """Each call of curl is answered with the JSON that follows it."""
    calls = re.findall(r"^```sh\n(.*?)```\n\n```answer\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert len(calls) == len(blocks("sh")) == len(blocks("answer")) >= 4
    for command, answer in calls:
        found = re.fullmatch(rf"curl '{SERVER}(\S+)'\n", command)
        assert found, command
        path, _, query = found[1].partition("?")
        body = ann.get(path, **dict(parse_qsl(query))).body
        if "next_page_token" in body:
            body["next_page_token"] = "..."
        assert body == json.loads(answer), command


def test_every_action_is_explained() -> None:
    """The table of actions names all that the contract has."""
    (table,) = re.findall(r"^\| `action` .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    named = re.findall(r"`([A-Z_]+)`", "".join(line.split("|")[1] for line in table.splitlines()))
    assert sorted(named) == sorted(ENUM_NUMBERS["RegistryAction"])


def test_every_block_is_run() -> None:
    """The page has no other fenced blocks."""
    assert set(re.findall(r"^```(\S+)", PAGE, re.MULTILINE)) == {"requests", "sh", "answer"}
