"""Reading the history of a registered model: pages, tokens, the filter by version, bad requests."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.history_support import BAD_VALUE, HISTORY, NOT_FOUND, changes, listed, ok, pages
from tests.support import Client
from tests.test_registry_support import alias, made, move, version


@pytest.fixture
def model(client: Client) -> Client:
    """A client of a server with the model `m`, two versions of it, and 7 changes in all."""
    made(client, "m")
    for _ in range(2):
        version(client)
    ok(alias(client, "best", 1))
    ok(alias(client, "best", 2))
    ok(move(client, 1, "Staging"))
    ok(client.post("registered-models/set-tag", name="m", key="k", value="v"))
    return client


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 1000])
def test_pages_make_the_whole(model: Client, size: int) -> None:
    """Pages of any size hold each change once, newest first; only the last has no token."""
    found = pages(model, max_results=size)
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    assert len(found) == -(-7 // size)
    ids = [change["change_id"] for page in found for change in page]
    assert len(ids) == 7
    assert ids == sorted(ids, reverse=True)


def test_a_page_has_100_changes(client: Client) -> None:
    """Without max_results a page holds 100."""
    made(client, "m")
    for number in range(100):
        ok(client.post("registered-models/set-tag", name="m", key="k", value=str(number)))
    assert [len(page) for page in pages(client)] == [100, 1]


def test_changes_between_pages(model: Client) -> None:
    """What is added while someone reads, or a rename, neither repeats nor shifts what is to come."""
    whole = listed(model)[::-1]
    first = ok(model.get(HISTORY, name="m", max_results=3))
    ok(model.post("registered-models/set-tag", name="m", key="new", value="v"))
    ok(model.post("registered-models/rename", name="m", new_name="n"))
    second = ok(model.get(HISTORY, name="m", max_results=100, page_token=first["next_page_token"]))
    assert first["changes"] + second["changes"] == whole


@pytest.mark.parametrize("size", [1, 2, 100])
def test_pages_over_several_models(client: Client, size: int) -> None:
    """Models that had the name one after the other, or at times, are paged through as one history."""
    for _ in range(3):
        made(client, "m")
        version(client)
        ok(client.delete("registered-models/delete", name="m"))
    made(client, "other")
    ok(client.post("registered-models/rename", name="other", new_name="m"))
    ok(client.post("registered-models/rename", name="m", new_name="another"))
    made(client, "m")
    ok(client.post("registered-models/set-tag", name="another", key="k", value="v"))
    found = [change for page in pages(client, max_results=size) for change in page]
    assert [change["action"] for change in found[::-1]] == [
        *(["CREATE", "CREATE", "DELETE", "DELETE"] * 3),
        *("CREATE", "RENAME", "RENAME", "CREATE", "SET_TAG"),
    ]
    ids = [change["change_id"] for change in found]
    assert ids == sorted(set(ids), reverse=True)


def test_one_version(model: Client) -> None:
    """Only changes of the version are listed, and aliases that came to name it; in pages as well."""
    expected = [("CREATE", "1"), ("SET_ALIAS", "1"), ("TRANSITION_STAGE", "1")]
    for size in (1, 2, 100):
        found = changes(model, version="1", max_results=size)
        assert [change[:2] for change in found] == expected
    assert [change[0] for change in changes(model, version="2")] == ["CREATE", "SET_ALIAS"]


def test_a_version_that_never_was(model: Client) -> None:
    """A version without changes has an empty history; the whole one is what an empty text asks for."""
    for number in ("3", "0", "-1", "9" * 30):
        assert ok(model.get(HISTORY, name="m", version=number)) == {}
    assert len(changes(model, version="")) == 7


def test_deleted_versions(model: Client) -> None:
    """A deleted version's history ends with what it said."""
    ok(model.delete("model-versions/delete", name="m", version="1"))
    assert [change[0] for change in changes(model, version="1")][-1] == "DELETE"


@pytest.mark.parametrize("name", ["unknown", "M", "m\n", "%"])
def test_unknown_names(model: Client, name: str) -> None:
    """Names that no model had are not found, with or without a version."""
    for more in ({}, {"version": "1"}):
        reply = model.get(HISTORY, name=name, **more)
        assert reply.error == NOT_FOUND
        assert name in reply.body["message"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a/b"}, "Names cannot contain '/' or ':'"),
        ({"name": "m", "version": "one"}, "'version' must be an integer, got 'one'"),
        ({"name": "m", "max_results": "0"}, "max_results"),
        ({"name": "m", "max_results": "-1"}, "max_results"),
        ({"name": "m", "max_results": "1001"}, "max_results"),
        ({"name": "m", "max_results": "many"}, "max_results"),
        ({"name": "m", "max_results": "9" * 30}, "max_results"),
        ({"name": "m", "page_token": "!"}, "Invalid page token"),
        ({"name": "m", "page_token": "abcd"}, "Invalid page token"),
    ],
)
def test_bad_requests(shared: Client, query: dict[str, str], message: str) -> None:
    """Bad values are refused with a message that names the field."""
    shared.post("registered-models/create", name="m")
    reply = shared.get(HISTORY, **query)
    assert reply.error == BAD_VALUE
    assert message in reply.body["message"]


def token_of(client: Client, **query: Any) -> str:
    """The token of the second page of a history."""
    return str(ok(client.get(HISTORY, max_results=1, **query))["next_page_token"])


def test_tokens_of_other_requests(model: Client) -> None:
    """A token goes with the name and the version that it was made for."""
    made(model, "other")
    token = token_of(model, name="m")
    for query in ({"name": "other"}, {"name": "m", "version": "1"}):
        reply = model.get(HISTORY, page_token=token, **query)
        assert reply.error == BAD_VALUE
        assert "another request" in reply.body["message"]
    token = token_of(model, name="m", version="1")
    assert model.get(HISTORY, name="m", page_token=token).error == BAD_VALUE
    assert model.get(HISTORY, name="m", version="01", page_token=token).status == 200


@pytest.mark.parametrize("after", [[], ["1"], [1, 2], [1.5], [None], [2**63], "1", {}])
def test_forged_tokens(model: Client, after: Any) -> None:
    """A token whose values can't be an id is refused."""
    content = json.loads(base64.urlsafe_b64decode(token_of(model, name="m")))
    forged = base64.urlsafe_b64encode(json.dumps(content | {"after": after}).encode()).decode()
    assert model.get(HISTORY, name="m", page_token=forged).error == BAD_VALUE


def test_reading_takes_no_other_method(model: Client) -> None:
    """History can't be written by requests."""
    for method in ("POST", "PATCH", "DELETE", "PUT"):
        assert model.send(method, HISTORY, {"name": "m"}).status in (404, 405)
