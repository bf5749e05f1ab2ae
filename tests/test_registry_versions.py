"""Versions of registered models and their tags (`semantics.md` §10.2)."""

from __future__ import annotations

import pytest

from tests.support import Client
from tests.test_registry_support import (
    S3,
    alias,
    get,
    made,
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


def test_download_uri(model: Client) -> None:
    """The files of a version are at its source."""
    version(model)
    reply = model.get("model-versions/get-download-uri", name="m", version="1")
    assert reply.body == {"artifact_uri": S3}
