"""Stages and aliases of versions (`semantics.md` §10.3, §10.4)."""

from __future__ import annotations

import pytest

from tests.support import Client
from tests.test_registry_support import (
    alias,
    get,
    made,
    move,
    read,
    stages,
    tick,
    version,
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    tick(monkeypatch)


@pytest.fixture
def model(client: Client) -> Client:
    """The client, with a registered model `m`."""
    made(client)
    return client


@pytest.mark.parametrize(
    ("given", "stored"),
    [("production", "Production"), ("STAGING", "Staging"), ("Archived", "Archived"), ("none", "None")],
)
def test_stages_in_any_case(model: Client, given: str, stored: str) -> None:
    """A stage is understood in any case, and kept in one."""
    before = version(model)
    answer = move(model, 1, given).body["model_version"]
    assert answer["current_stage"] == stored
    assert answer["last_updated_timestamp"] > before["last_updated_timestamp"]
    assert get(model)["last_updated_timestamp"] == answer["last_updated_timestamp"]
    assert read(model, 1) == answer


def test_unknown_stage(model: Client) -> None:
    """There are four stages, and the one of deleted versions is not among them."""
    version(model)
    for stage in ("Testing", "Deleted_Internal"):
        message = (
            f"Invalid Model Version stage: {stage}. Value must be one of None, Staging, Production, Archived."
        )
        assert move(model, 1, stage).body["message"] == message
        latest = model.post("registered-models/get-latest-versions", name="m", stages=[stage])
        assert latest.body["message"] == message


def test_transition_archives_the_others(model: Client) -> None:
    """On request the versions that are in the stage are archived, with a new time; others are left."""
    for _ in range(4):
        version(model)
    for number in (1, 2, 3):
        move(model, number, "Production")
    move(model, 4, "Staging")
    assert stages(model) == {"1": "Production", "2": "Production", "3": "Production", "4": "Staging"}
    answer = move(model, 3, "Production", archive=True).body["model_version"]
    assert stages(model) == {"1": "Archived", "2": "Archived", "3": "Production", "4": "Staging"}
    assert read(model, 1)["last_updated_timestamp"] == answer["last_updated_timestamp"]


@pytest.mark.parametrize("stage", ["None", "Archived"])
def test_only_active_stages_make_room(model: Client, stage: str) -> None:
    """Archiving others is for Staging and Production."""
    version(model)
    reply = move(model, 1, stage, archive=True)
    assert reply.error == (400, "INVALID_PARAMETER_VALUE")
    assert f"because '{stage}' is not an Active stage" in reply.body["message"]


def test_failed_transition_changes_nothing(model: Client) -> None:
    """A transition of a version that is not there archives nothing."""
    version(model)
    move(model, 1, "Staging")
    before = get(model)
    assert move(model, 2, "Staging", archive=True).status == 404
    assert get(model) == before


def test_latest_versions(model: Client) -> None:
    """The highest version of each stage, of all stages or of those asked for, with its aliases."""
    for _ in range(5):
        version(model)
    for number, stage in ((1, "Production"), (2, "Production"), (3, "Staging")):
        move(model, number, stage)
    alias(model, "best", 2)

    def latest(*wanted: str) -> dict[str, str]:
        body = model.post("registered-models/get-latest-versions", name="m", stages=wanted).body
        return {item["current_stage"]: item["version"] for item in body.get("model_versions", [])}

    assert latest() == {"Production": "2", "Staging": "3", "None": "5"}
    assert latest("production", "Archived") == {"Production": "2"}
    assert latest("Archived") == {}
    listed = model.get("registered-models/get-latest-versions", name="m", stages="Production").body
    assert listed == {"model_versions": [read(model, 2)]}
    assert listed["model_versions"][0]["aliases"] == ["best"]
    inside = {item["version"]: item for item in get(model)["latest_versions"]}
    assert set(inside) == {"2", "3", "5"}
    assert "aliases" not in inside["2"]


def test_latest_versions_of_an_empty_model(model: Client) -> None:
    """A model without versions has no latest ones."""
    assert model.post("registered-models/get-latest-versions", name="m").body == {}


def test_alias_is_set_moved_and_deleted(model: Client) -> None:
    """An alias names one version, a version may have several, and none of it is an update."""
    version(model)
    before = version(model)
    for name, number in (("b", 1), ("a", 1), ("b", 2), ("ü-_9", 2)):
        assert alias(model, name, number).body == {}
    assert read(model, 1)["aliases"] == ["a"]
    assert read(model, 2)["aliases"] == ["b", "ü-_9"]
    by_alias = model.get("registered-models/alias", name="m", alias="b").body
    assert by_alias == {"model_version": read(model, 2)}
    for name in ("b", "ü-_9", "b", "latest", "v1"):
        assert model.delete("registered-models/alias", name="m", alias=name).body == {}
    assert read(model, 2) == before
    after = get(model)
    assert after["aliases"] == [{"alias": "a", "version": "1"}]
    assert after["last_updated_timestamp"] == before["last_updated_timestamp"]


def test_absent_alias_is_an_invalid_parameter(model: Client) -> None:
    """An alias that is not there answers 400, as clients expect, also a reserved word."""
    version(model)
    for name in ("best", "v1"):
        reply = model.get("registered-models/alias", name="m", alias=name)
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")
        assert reply.body["message"] == f"Registered model alias {name} not found."


@pytest.mark.parametrize("word", ["latest", "LATEST"])
def test_latest_is_the_highest_version(model: Client, word: str) -> None:
    """The alias `latest` needs no setting, passes over deleted versions, and ignores stages."""
    none = model.get("registered-models/alias", name="m", alias=word)
    assert none.error == (404, "RESOURCE_DOES_NOT_EXIST")
    assert none.body["message"] == "Latest version not found for model m."
    for _ in range(3):
        version(model)
    move(model, 2, "Archived")
    model.delete("model-versions/delete", name="m", version="3")
    assert model.get("registered-models/alias", name="m", alias=word).body == {
        "model_version": read(model, 2)
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "a b",
            "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and "
            "dashes (-).",
        ),
        ("a\n", "Invalid alias name: 'a\n'. Names may only contain"),
        ("x" * 256, "'Registered model alias name' exceeds the maximum length of 255 characters"),
        ("latest", "'latest' alias name (case insensitive) is reserved."),
        ("LaTest", "'latest' alias name (case insensitive) is reserved."),
        ("v1", "Version alias name 'v1' is reserved."),
        ("V12", "Version alias name 'V12' is reserved."),
        ("", "Missing value for required parameter 'alias'."),
    ],
)
def test_bad_aliases(model: Client, name: str, message: str) -> None:
    """Words that mean something else in a URI, and other than word characters, are refused."""
    version(model)
    reply = alias(model, name, 1)
    assert reply.error == (400, "INVALID_PARAMETER_VALUE")
    assert message in reply.body["message"]


@pytest.mark.parametrize("name", ["v", "v1a", "version1", "latest1", "x" * 255])
def test_aliases_close_to_reserved_ones(model: Client, name: str) -> None:
    """Only the reserved words themselves are refused."""
    version(model)
    assert alias(model, name, 1).status == 200
