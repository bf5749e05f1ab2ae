"""Versions of registered models, their stages and aliases (`semantics.md` §10.2 to §10.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Client, Reply
from tests.test_registry_models import PROMPT, S3, get, made, version


@pytest.fixture
def model(client: Client) -> Client:
    """The client, with a registered model `m`."""
    made(client)
    return client


def read(client: Client, number: int | str, name: str = "m") -> dict[str, Any]:
    """A version, as the server answers it."""
    reply = client.get("model-versions/get", name=name, version=number)
    assert reply.status == 200, reply.body
    return reply.body["model_version"]


def move(client: Client, number: int, stage: str, archive: bool = False) -> Reply:
    """A transition of a version of `m`."""
    return client.post(
        "model-versions/transition-stage",
        name="m",
        version=str(number),
        stage=stage,
        archive_existing_versions=archive,
    )


def stages(client: Client) -> dict[str, str]:
    """The stage of each version that a search finds."""
    listed = client.get("model-versions/search", order_by="version_number ASC").body["model_versions"]
    return {item["version"]: item["current_stage"] for item in listed}


def alias(client: Client, name: str, number: int) -> Reply:
    """Let an alias name a version of `m`."""
    return client.post("registered-models/alias", name="m", alias=name, version=str(number))


def test_create_answers_every_field(model: Client) -> None:
    """A new version is ready, in stage None, and shows what it was not given as empty."""
    answer = version(model)
    now = answer["creation_timestamp"]
    assert answer == {
        "name": "m",
        "version": "1",
        "creation_timestamp": now,
        "last_updated_timestamp": now,
        "current_stage": "None",
        "description": "",
        "source": S3,
        "run_id": "",
        "status": "READY",
        "run_link": "",
    }
    assert read(model, 1) == answer
    assert get(model)["last_updated_timestamp"] == now


def test_create_keeps_what_is_given(model: Client) -> None:
    """Description, run, link and tags come back; the last of a repeated tag counts."""
    tags = [{"key": "b", "value": "1"}, {"key": "a"}, {"key": "b", "value": "2"}]
    answer = version(model, description="d", run_id="any", run_link="l", tags=tags)
    assert (answer["description"], answer["run_id"], answer["run_link"]) == ("d", "any", "l")
    assert answer["tags"] == [{"key": "a", "value": ""}, {"key": "b", "value": "2"}]
    assert read(model, 1) == answer


def test_numbers_are_not_used_again(model: Client) -> None:
    """Versions count up, also after the last one was deleted."""
    assert [version(model)["version"] for _ in range(3)] == ["1", "2", "3"]
    model.delete("model-versions/delete", name="m", version="3")
    assert version(model)["version"] == "4"


@pytest.mark.parametrize("number", ["x", "1.0", "", "9" * 5000])
def test_bad_version(model: Client, number: str) -> None:
    """A version has to be a whole number."""
    reply = model.get("model-versions/get", name="m", version=number)
    assert reply.error == (400, "INVALID_PARAMETER_VALUE")


def test_version_as_a_json_number_is_refused(model: Client) -> None:
    """In a body the version is text."""
    version(model)
    assert model.delete("model-versions/delete", name="m", version=1).error == (
        400,
        "INVALID_PARAMETER_VALUE",
    )


@pytest.mark.parametrize(
    "number", ["0", "-1", "2", "9223372036854775807", "99999999999999999999", "-" + "9" * 20]
)
def test_unknown_version(model: Client, number: str) -> None:
    """A number that no version has is RESOURCE_DOES_NOT_EXIST everywhere, however large it is."""
    version(model)
    that = {"name": "m", "version": number}
    calls = [
        model.get("model-versions/get", **that),
        model.get("model-versions/get-download-uri", **that),
        model.patch("model-versions/update", **that),
        model.delete("model-versions/delete", **that),
        model.post("model-versions/set-tag", {**that, "key": "k", "value": "v"}),
        model.delete("model-versions/delete-tag", **that, key="k"),
        model.post("registered-models/alias", {**that, "alias": "a"}),
        model.post(
            "model-versions/transition-stage",
            {**that, "stage": "Staging", "archive_existing_versions": True},
        ),
    ]
    for reply in calls:
        assert reply.error == (404, "RESOURCE_DOES_NOT_EXIST")
        assert reply.body["message"].startswith("Model Version (name=m, version=")


def test_version_of_unknown_model(client: Client) -> None:
    """A version of a model that is not there is answered like an unknown version."""
    reply = client.get("model-versions/get", name="nope", version="1")
    assert reply.error == (404, "RESOURCE_DOES_NOT_EXIST")
    assert reply.body["message"] == "Model Version (name=nope, version=1) not found"


def test_update_changes_only_the_version(model: Client) -> None:
    """Setting and clearing the description leaves the model's time of last update."""
    before = version(model, description="one")
    changed = model.patch("model-versions/update", name="m", version="1", description="two").body
    assert changed["model_version"]["description"] == "two"
    assert changed["model_version"]["last_updated_timestamp"] > before["last_updated_timestamp"]
    model.patch("model-versions/update", name="m", version="1")
    assert read(model, 1)["description"] == ""
    assert get(model)["last_updated_timestamp"] == before["creation_timestamp"]


def test_tags_are_set_replaced_and_deleted(model: Client) -> None:
    """Setting a tag again replaces it, deleting an absent one is fine, and neither is an update."""
    before = version(model)
    that = {"name": "m", "version": "1"}
    model.post("model-versions/set-tag", {**that, "key": "k", "value": "1"})
    model.post("model-versions/set-tag", {**that, "key": "k", "value": "2"})
    model.post("model-versions/set-tag", {**that, "key": "empty"})
    assert read(model, 1)["tags"] == [{"key": "empty", "value": ""}, {"key": "k", "value": "2"}]
    for key in ("k", "empty", "never set"):
        assert model.delete("model-versions/delete-tag", **that, key=key).body == {}
    assert read(model, 1) == before


def test_prompt_text_has_its_own_message(model: Client) -> None:
    """The text of a prompt that is too long is called by its name."""
    tag = {"key": "mlflow.prompt.text", "value": "x" * 100_001}
    reply = model.post("model-versions/set-tag", {"name": "m", "version": "1", **tag})
    assert reply.body["message"] == "Prompt text exceeds max length of 100000 characters."


def test_delete_wipes_the_version_out(model: Client) -> None:
    """A deleted version is gone from every view, with its aliases, and the model was updated."""
    version(model, description="secret", tags=[{"key": "k", "value": "secret"}])
    kept = version(model)
    alias(model, "gone", 1)
    alias(model, "stays", 2)
    assert model.delete("model-versions/delete", name="m", version="1").body == {}
    assert model.delete("model-versions/delete", name="m", version="1").status == 404
    assert model.get("model-versions/get", name="m", version="1").status == 404
    assert list(stages(model)) == ["2"]
    after = get(model)
    assert after["aliases"] == [{"alias": "stays", "version": "2"}]
    assert [item["version"] for item in after["latest_versions"]] == ["2"]
    assert after["last_updated_timestamp"] > kept["last_updated_timestamp"]
    row = model.app.config["mlflowlite"].db
    stored = row.read(
        lambda: row.row("SELECT description, source, run_id FROM model_versions WHERE version = 1")
    )
    assert tuple(stored) == ("", "", "")


def test_search_filters_sorts_and_pages(model: Client) -> None:
    """A search gives whole versions in the order asked for, page by page, without prompts."""
    for number in range(1, 4):
        version(model, tags=[{"key": "n", "value": str(number)}])
    version(model, source="dummy-source", tags=[PROMPT])
    alias(model, "best", 2)
    query = {"filter": "name = 'm'", "order_by": "version_number ASC", "max_results": 2}
    first = model.get("model-versions/search", **query).body
    assert first["model_versions"] == [read(model, 1), read(model, 2)]
    assert first["model_versions"][1]["aliases"] == ["best"]
    second = model.get("model-versions/search", **query, page_token=first["next_page_token"]).body
    assert second == {"model_versions": [read(model, 3)]}
    by_tag = model.get("model-versions/search", filter="tags.n = '3'").body["model_versions"]
    assert [item["version"] for item in by_tag] == ["3"]


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


def test_download_uri(model: Client) -> None:
    """The files of a version are at its source."""
    version(model)
    reply = model.get("model-versions/get-download-uri", name="m", version="1")
    assert reply.body == {"artifact_uri": S3}


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
