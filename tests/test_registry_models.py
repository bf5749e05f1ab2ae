"""Registered models: names, descriptions, tags, rename and delete (`semantics.md` §10.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Client
from tests.test_registry_support import (
    PROMPT,
    S3,
    found,
    get,
    made,
    tick,
    version,
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    tick(monkeypatch)


def test_create_answers_only_what_is_set(client: Client) -> None:
    """A new model has a name and two equal times, and nothing empty."""
    model = made(client, description="")
    assert model == {
        "name": "m",
        "creation_timestamp": model["creation_timestamp"],
        "last_updated_timestamp": model["creation_timestamp"],
    }
    assert get(client) == model


def test_create_with_tags_and_description(client: Client) -> None:
    """The last of a repeated tag counts, and a missing value is the empty one."""
    tags = [{"key": "b", "value": "1"}, {"key": "a"}, {"key": "b", "value": "2"}]
    model = made(client, tags=tags, description="text")
    assert model["tags"] == [{"key": "a", "value": ""}, {"key": "b", "value": "2"}]
    assert model["description"] == "text"
    assert get(client) == model


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Missing value for required parameter 'name'"),
        ("  ", "Missing value for required parameter 'name'."),
        ("a/b", "Invalid model name 'a/b'. Names cannot contain '/' or ':'."),
        ("a:b", "Invalid model name 'a:b'. Names cannot contain '/' or ':'."),
        (".", "This name would resolve to '.'"),
        ("..", "Invalid value \"..\" for parameter 'name' supplied: Names may be treated as files"),
        ("x" * 257, "'name' exceeds the maximum length of 256 characters"),
    ],
)
def test_bad_names(client: Client, name: str, message: str) -> None:
    """Every call refuses what can't be a name in the same words."""
    calls = [
        client.post("registered-models/create", name=name),
        client.get("registered-models/get", name=name),
        client.patch("registered-models/update", name=name),
        client.delete("registered-models/delete", name=name),
        client.post("model-versions/create", name=name, source=S3),
        client.get("model-versions/get", name=name, version="1"),
        client.post("registered-models/alias", name=name, alias="a", version="1"),
    ]
    for reply in calls:
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")
        assert message in reply.body["message"]


@pytest.mark.parametrize("name", ["a b", "a\\b", "ü", "100%", "M", "a'b\"c", "x" * 256])
def test_any_other_name_goes(client: Client, name: str) -> None:
    """Blanks, quotes and letters of any alphabet may be in a name."""
    assert made(client, name)["name"] == name
    assert get(client, name)["name"] == name


def test_names_differ_by_case(client: Client) -> None:
    """`m` and `M` are two models."""
    made(client, "m")
    made(client, "M")
    assert found(client) == ["M", "m"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([], [], "Registered Model (name=m) already exists."),
        ([PROMPT], [PROMPT], "Prompt (name=m) already exists."),
        (
            [PROMPT],
            [],
            "Tried to create a registered model with name 'm', but the name is already taken by a prompt. "
            "MLflow does not allow creating a model and a prompt with the same name.",
        ),
        (
            [],
            [PROMPT],
            "Tried to create a prompt with name 'm', but the name is already taken by a registered model. "
            "MLflow does not allow creating a model and a prompt with the same name.",
        ),
    ],
)
def test_taken_name(client: Client, first: list[Any], second: list[Any], message: str) -> None:
    """A name is given once, and the answer tells models and prompts apart."""
    made(client, tags=first)
    reply = client.post("registered-models/create", name="m", tags=second)
    assert reply.error == (400, "RESOURCE_ALREADY_EXISTS")
    assert reply.body["message"] == message


def test_unknown_model(client: Client) -> None:
    """Every call on an unknown model is RESOURCE_DOES_NOT_EXIST."""
    calls = [
        client.get("registered-models/get", name="m"),
        client.patch("registered-models/update", name="m", description="d"),
        client.post("registered-models/rename", name="m", new_name="n"),
        client.delete("registered-models/delete", name="m"),
        client.post("registered-models/get-latest-versions", name="m", stages=["no stage"]),
        client.post("registered-models/set-tag", name="m", key="k", value="v"),
        client.delete("registered-models/delete-tag", name="m", key="k"),
        client.get("registered-models/alias", name="m", alias="a"),
        client.get("registered-models/alias", name="m", alias="latest"),
        client.delete("registered-models/alias", name="m", alias="a"),
        client.post("model-versions/create", name="m", source=S3),
    ]
    for reply in calls:
        assert reply.error == (404, "RESOURCE_DOES_NOT_EXIST")
        assert reply.body["message"] == "Registered Model with name=m not found"


def test_update_sets_and_clears_the_description(client: Client) -> None:
    """An absent description clears the one that is there, and the time of last update changes."""
    before = made(client, description="one")
    changed = client.patch("registered-models/update", name="m", description="two").body["registered_model"]
    assert changed["description"] == "two"
    assert changed["last_updated_timestamp"] > before["last_updated_timestamp"]
    assert "description" not in client.patch("registered-models/update", name="m").body["registered_model"]
    assert "description" not in get(client)


def test_rename_takes_everything_along(client: Client) -> None:
    """Versions, tags and aliases follow to the new name, and versions get a new time."""
    made(client, tags=[{"key": "k", "value": "v"}])
    old = version(client)
    client.post("registered-models/alias", name="m", alias="best", version="1")
    reply = client.post("registered-models/rename", name="m", new_name="n")
    model = reply.body["registered_model"]
    assert (model["name"], model["tags"]) == ("n", [{"key": "k", "value": "v"}])
    assert model["aliases"] == [{"alias": "best", "version": "1"}]
    newest = model["latest_versions"][0]
    assert newest["name"] == "n"
    assert newest["last_updated_timestamp"] == model["last_updated_timestamp"]
    assert newest["last_updated_timestamp"] > old["last_updated_timestamp"]
    assert client.get("registered-models/get", name="m").status == 404
    assert version(client, "n")["version"] == "2"


def test_rename_refuses_bad_and_taken_names(client: Client) -> None:
    """The new name is checked like any, and may not be in use; the own one is fine."""
    made(client, "m")
    made(client, "n", tags=[PROMPT])
    blank = client.post("registered-models/rename", name="m", new_name=" ")
    assert blank.body["message"] == "Missing value for required parameter 'new_name'."
    bad = client.post("registered-models/rename", name="m", new_name="a:b")
    assert bad.error == (400, "INVALID_PARAMETER_VALUE")
    absent = client.post("registered-models/rename", name="m")
    assert absent.error == (400, "INVALID_PARAMETER_VALUE")
    reply = client.post("registered-models/rename", name="m", new_name="n")
    assert reply.error == (400, "RESOURCE_ALREADY_EXISTS")
    assert reply.body["message"] == "Registered Model (name=n) already exists."
    assert client.post("registered-models/rename", name="m", new_name="m").status == 200


def test_delete_leaves_nothing(client: Client) -> None:
    """A new model of a deleted one's name is empty and starts at version 1."""
    made(client, tags=[{"key": "k", "value": "v"}])
    version(client, tags=[{"key": "k", "value": "v"}])
    version(client)
    client.post("registered-models/alias", name="m", alias="best", version="1")
    assert client.delete("registered-models/delete", name="m").body == {}
    assert client.get("model-versions/search").body == {}
    assert set(made(client)) == {"name", "creation_timestamp", "last_updated_timestamp"}
    assert version(client)["version"] == "1"
    assert "aliases" not in get(client)


def test_tags_are_set_replaced_and_deleted(client: Client) -> None:
    """Setting a tag again replaces it, deleting an absent one is fine, and neither is an update."""
    before = made(client)
    for key, value in (("a", "1"), ("a", "2"), ("mlflow.note", "")):
        assert client.post("registered-models/set-tag", name="m", key=key, value=value).body == {}
    client.post("registered-models/set-tag", name="m", key="b")
    model = get(client)
    values = {tag["key"]: tag["value"] for tag in model["tags"]}
    assert values == {"a": "2", "b": "", "mlflow.note": ""}
    for key in ("a", "b", "mlflow.note", "never set"):
        assert client.delete("registered-models/delete-tag", name="m", key=key).body == {}
    assert get(client) == before


@pytest.mark.parametrize(
    ("key", "size", "message"),
    [
        ("a//b", 1, "Names may be treated as files in certain cases"),
        ("a=b", 1, "Names may only contain alphanumerics"),
        ("k" * 251, 1, "'key' exceeds the maximum length of 250 characters"),
        ("k", 100_001, "'value' exceeds the maximum length of 100000 characters"),
    ],
)
def test_bad_tags(client: Client, key: str, size: int, message: str) -> None:
    """Tags of models and versions are checked alike, alone and at creation."""
    made(client)
    version(client)
    tag = {"key": key, "value": "v" * size}
    calls = [
        client.post("registered-models/create", name="n", tags=[tag]),
        client.post("registered-models/set-tag", {"name": "m", **tag}),
        client.post("model-versions/create", name="m", source=S3, tags=[tag]),
        client.post("model-versions/set-tag", {"name": "m", "version": "1", **tag}),
    ]
    for reply in calls:
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")
        assert message in reply.body["message"]
