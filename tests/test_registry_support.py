"""What the tests of the registry share."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import pytest

from mlflowlite.store import model_versions, registered_models
from tests.support import Client, Reply

PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
S3 = "s3://bucket/model"

ABSOLUTE = "Please provide an absolute path."
RUN_OWNS = "The run_id request parameter must identify the resource that contains the source."
MODEL_OWNS = "The model_id request parameter must identify the resource that contains the source."
LOCAL = "To use a local path as a model version source, the {} request parameter has to be specified"


def tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each change to the registry come a millisecond after the last one, however fast it is."""
    times = itertools.count(1_700_000_000_000)
    for module in (registered_models, model_versions):
        monkeypatch.setattr(module, "now_ms", lambda: next(times))


def made(client: Client, name: str = "m", **fields: Any) -> dict[str, Any]:
    """A new registered model, as the server answers it."""
    reply = client.post("registered-models/create", {"name": name, **fields})
    assert reply.status == 200, reply.body
    return reply.body["registered_model"]


def version(client: Client, name: str = "m", **fields: Any) -> dict[str, Any]:
    """A new version of a registered model, as the server answers it."""
    reply = client.post("model-versions/create", {"name": name, "source": S3, **fields})
    assert reply.status == 200, reply.body
    return reply.body["model_version"]


def get(client: Client, name: str = "m") -> dict[str, Any]:
    """A registered model, as the server answers it."""
    reply = client.get("registered-models/get", name=name)
    assert reply.status == 200, reply.body
    return reply.body["registered_model"]


def found(client: Client, **query: Any) -> list[str]:
    """The names that a search gives."""
    reply = client.get("registered-models/search", **query)
    assert reply.status == 200, reply.body
    return [model["name"] for model in reply.body.get("registered_models", [])]


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


class Origin(NamedTuple):
    """A run, a logged model of it, and where their artifacts are."""

    run_id: str
    run_uri: str
    model_id: str
    model_uri: str


def new_origin(client: Client, experiment_id: str = "0") -> Origin:
    """A new run with a logged model."""
    run_id = client.new_run(experiment_id)
    run_uri = client.run(run_id)["info"]["artifact_uri"]
    body = {"experiment_id": experiment_id, "source_run_id": run_id}
    info = client.post("logged-models", body).body["model"]["info"]
    return Origin(run_id, run_uri, info["model_id"], info["artifact_uri"])


def create(client: Client, source: str, **fields: Any) -> Reply:
    """An attempt to make a version of `m`."""
    return client.post("model-versions/create", {"name": "m", "source": source, **fields})


def accept(client: Client, source: str, **fields: Any) -> tuple[str, str, str]:
    """Make a version; returns its source, run and download URI."""
    reply = create(client, source, **fields)
    assert reply.status == 200, reply.body
    answer = reply.body["model_version"]
    that = {"name": "m", "version": answer["version"]}
    uri = client.get("model-versions/get-download-uri", **that).body["artifact_uri"]
    return answer["source"], answer["run_id"], uri


def refuse(client: Client, message: str, source: str, **fields: Any) -> None:
    """Expect the source to be refused with a message, and no version to be made."""
    reply = create(client, source, **fields)
    assert reply.error == (400, "INVALID_PARAMETER_VALUE"), reply.body
    assert message in reply.body["message"]
    assert client.get("model-versions/search", filter="name = 'm'").body == {}
