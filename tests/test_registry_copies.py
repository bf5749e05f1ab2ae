"""Versions made from logged models and from other versions by `models:/` URIs (`semantics.md` §10.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Client
from tests.test_registry_support import (
    MODEL_OWNS,
    PROMPT,
    S3,
    Origin,
    accept,
    create,
    made,
    new_origin,
    refuse,
)


@pytest.fixture
def proxied(client: Client) -> Origin:
    """A run and a logged model whose artifacts go through the server."""
    made(client)
    return new_origin(client)


def test_logged_model_uri(client: Client, proxied: Origin) -> None:
    """`models:/m-…` goes with exactly its model_id; the files are the logged model's."""
    source = f"models:/{proxied.model_id}"
    other = new_origin(client)
    refuse(client, MODEL_OWNS, source)
    refuse(client, MODEL_OWNS, source, model_id=other.model_id)
    refuse(client, MODEL_OWNS, "models:/m-unknown", model_id="m-unknown")
    refuse(
        client,
        "must use the active model registry",
        f"models://{proxied.model_id}",
        model_id=proxied.model_id,
    )
    for malformed in ("models:/a/b/c", "models:/a/ ", "models:/ /1", "models:a/1", "models:/", "models:/@a"):
        assert create(client, malformed, model_id=proxied.model_id).error == (400, "INVALID_PARAMETER_VALUE")
    given = accept(client, source, model_id=proxied.model_id, run_id=other.run_id)
    assert given == (source, other.run_id, proxied.model_uri)
    assert accept(client, source, model_id=proxied.model_id) == (source, proxied.run_id, proxied.model_uri)


def test_model_id_is_not_shown(client: Client, proxied: Origin) -> None:
    """No answer names the logged model of a version, as upstream."""
    accept(client, f"models:/{proxied.model_id}", model_id=proxied.model_id)
    reply = client.get("model-versions/get", name="m", version="1")
    assert "model_id" not in reply.body["model_version"]


def registrations(client: Client, model_id: str) -> Any:
    """What a logged model's tag says of its versions."""
    info = client.get(f"logged-models/{model_id}").body["model"]["info"]
    tags = {tag["key"]: tag["value"] for tag in info.get("tags", [])}
    return json.loads(tags["mlflow.modelVersions"]) if "mlflow.modelVersions" in tags else None


def test_logged_model_learns_of_its_versions(client: Client, proxied: Origin) -> None:
    """Each version made with a model_id is added to a tag of the logged model, whatever that holds."""
    source = f"models:/{proxied.model_id}"
    assert registrations(client, proxied.model_id) is None
    for _ in range(2):
        accept(client, source, model_id=proxied.model_id)
    both = [{"name": "m", "version": 1}, {"name": "m", "version": 2}]
    assert registrations(client, proxied.model_id) == both
    for broken in ("no json", '"no list"'):
        tag = {"key": "mlflow.modelVersions", "value": broken}
        client.patch(f"logged-models/{proxied.model_id}/tags", tags=[tag])
        accept(client, source, model_id=proxied.model_id)
        assert len(registrations(client, proxied.model_id)) == 1


@pytest.mark.parametrize("selector", ["/1", "/01", "@best", "/production", "/latest", "/Latest"])
def test_copy_of_a_version(client: Client, proxied: Origin, selector: str) -> None:
    """A version copied by number, alias or stage keeps run and files, and names its source by number."""
    made(client, "from")
    body = {"name": "from", "version": "1"}
    client.post(
        "model-versions/create",
        {"name": "from", "source": f"models:/{proxied.model_id}", "model_id": proxied.model_id},
    )
    client.post("registered-models/alias", {**body, "alias": "best"})
    client.post(
        "model-versions/transition-stage",
        {**body, "stage": "Production", "archive_existing_versions": False},
    )
    expected = ("models:/from/1", proxied.run_id, proxied.model_uri)
    assert accept(client, f"models:/from{selector}") == expected
    assert accept(client, f"models:/from{selector}", run_id=proxied.run_id, model_id="") == expected
    assert accept(client, f"models:/from{selector}", model_id=proxied.model_id) == expected


def test_copy_of_a_copy(client: Client) -> None:
    """The files of a copy's copy are still those of the first one."""
    made(client)
    accept(client, S3)
    accept(client, "models:/m/1")
    assert accept(client, "models:/m/2") == ("models:/m/2", "", S3)


def test_copies_that_are_refused(client: Client, proxied: Origin) -> None:
    """A copy needs a version that is there, is no prompt, and has the run and model that are named."""
    made(client, "from")
    client.post("model-versions/create", name="from", source=S3, run_id="r")
    made(client, "prompt", tags=[PROMPT])
    client.post("model-versions/create", name="prompt", source="dummy-source", tags=[PROMPT])
    mismatch = "The run_id and model_id request parameters must match the referenced model version."
    for fields in ({"run_id": "x"}, {"run_id": ""}, {"model_id": proxied.model_id}):
        refuse(client, mismatch, "models:/from/1", **fields)
    refuse(client, "Prompt versions cannot be used as model version sources.", "models:/prompt/1")
    refuse(client, "Registered model alias a not found.", "models:/from@a")
    refuse(client, "Invalid Model Version stage: nope.", "models:/from/nope")
    for source in ("models:/from/2", "models:/unknown/1", "models:/from/Staging", "models:/m/latest"):
        assert create(client, source).error == (404, "RESOURCE_DOES_NOT_EXIST")


def test_deleted_version_is_not_copied(client: Client) -> None:
    """What a deleted version pointed to can't be reached through its number."""
    made(client)
    accept(client, S3)
    client.delete("model-versions/delete", name="m", version="1")
    assert create(client, "models:/m/1").error == (404, "RESOURCE_DOES_NOT_EXIST")
