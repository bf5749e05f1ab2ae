"""Where versions may come from: each row of `semantics.md` §10.5, allowed and refused."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from mlflowlite.errors import MlflowError
from mlflowlite.store.model_versions import create_model_version
from tests.support import Client, Reply
from tests.test_registry_models import PROMPT, S3, made

ABSOLUTE = "Please provide an absolute path."
RUN_OWNS = "The run_id request parameter must identify the resource that contains the source."
MODEL_OWNS = "The model_id request parameter must identify the resource that contains the source."
LOCAL = "To use a local path as a model version source, the {} request parameter has to be specified"


class Origin(NamedTuple):
    """A run, a logged model of it, and where their artifacts are."""

    run_id: str
    run_uri: str
    model_id: str
    model_uri: str


def origin(client: Client, experiment_id: str = "0") -> Origin:
    """A new run with a logged model."""
    run_id = client.new_run(experiment_id)
    run_uri = client.run(run_id)["info"]["artifact_uri"]
    body = {"experiment_id": experiment_id, "source_run_id": run_id}
    info = client.post("logged-models", body).body["model"]["info"]
    return Origin(run_id, run_uri, info["model_id"], info["artifact_uri"])


@pytest.fixture
def proxied(client: Client) -> Origin:
    """A run and a logged model whose artifacts go through the server."""
    made(client)
    return origin(client)


@pytest.fixture
def local(client: Client, tmp_path: Any) -> Origin:
    """A run and a logged model whose artifacts are in a folder."""
    made(client)
    return origin(client, client.new_experiment("local", artifact_location=str(tmp_path / "files")))


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


@pytest.mark.parametrize(
    "source",
    [
        "s3://b/a",
        "s3://b/a b/",
        "s3://b//a",
        "s3://b/a%2fb",
        "s3://b/..a",
        "gs://b/c",
        "wasbs://c@account.blob.core.windows.net/x",
        "dbfs:/a/b",
        "unknown://host/p",
        "foo:/bar",
    ],
)
def test_foreign_sources_are_free(client: Client, source: str) -> None:
    """What other services hold is registered unseen, with a run or without."""
    made(client)
    assert accept(client, source) == (source, "", source)
    assert accept(client, source, run_id="unknown") == (source, "unknown", source)


@pytest.mark.parametrize(
    "source",
    [
        "s3://bucket",
        "s3://bucket/",
        "s3:b",
        "s3://b/a/../c",
        "s3://b/./a",
        "s3://b/%2e%2e/c",
        "s3://b/%252e%252e/c",
        "s3://b/a%2f..%2fc",
        "s3://b/a%00",
        "foo:bar",
        "mlflow-artifacts:a",
        "/a/../b",
        "file:///a/%2e%2e/b",
    ],
)
def test_relative_sources(client: Client, source: str) -> None:
    """A source has an absolute path, and no way around is hidden in it."""
    made(client)
    refuse(client, ABSOLUTE, source)
    refuse(client, f"Invalid model version source: '{source}'", source, run_id="any")


@pytest.mark.parametrize(
    "source",
    [
        "http://h/a",
        "HTTPS://h/a",
        "ftp://h/a",
        "sftp://h/a",
        "hdfs://h/a",
        "viewfs://h/a",
        "r2://b/a",
        "b2://b/a",
        "abfss://c@h/a",
        "mlflow-artifacts://h/a",
    ],
)
def test_sources_that_name_a_host(client: Client, source: str) -> None:
    """The server does not register what it would have to fetch from any host."""
    made(client)
    scheme = source.partition(":")[0].lower()
    refuse(client, f"'source' cannot use the '{scheme}' scheme", source)


def test_local_source_inside_its_run(client: Client, local: Origin) -> None:
    """A local path is registered when it lies in the local artifacts of the run."""
    for source in (local.run_uri, f"{local.run_uri}/model", f"file://{local.run_uri}/model"):
        assert accept(client, source, run_id=local.run_id) == (source, local.run_id, source)


def test_local_source_elsewhere(client: Client, local: Origin) -> None:
    """A local path is refused without a run, or outside of the run's artifacts."""
    message = LOCAL.format("run_id")
    inside = f"{local.run_uri}/model"
    refuse(client, message, inside)
    for source in (f"{local.run_uri}x/model", local.model_uri, "/etc", "file:///etc", "model"):
        refuse(client, message, source, run_id=local.run_id)
    refuse(client, message, inside, run_id=client.new_run())
    refuse(client, RUN_OWNS, inside, run_id="0" * 32)
    refuse(client, "can't name another host", f"file://other{inside}", run_id=local.run_id)


def test_local_source_of_a_logged_model(client: Client, local: Origin) -> None:
    """With model_id the path has to lie in the logged model's artifacts; the run comes from the model."""
    source = f"{local.model_uri}/data"
    refuse(
        client, LOCAL.format("model_id"), f"{local.run_uri}/x", model_id=local.model_id, run_id=local.run_id
    )
    refuse(client, MODEL_OWNS, source, model_id="m-" + "0" * 32)
    assert accept(client, source, model_id=local.model_id) == (source, local.run_id, source)


def test_runs_uri(client: Client, proxied: Origin) -> None:
    """A `runs:/` URI goes with exactly its run, which need not exist."""
    source = f"runs:/{proxied.run_id}/model"
    refuse(client, RUN_OWNS, source)
    refuse(client, RUN_OWNS, source, run_id=client.new_run())
    refuse(client, RUN_OWNS, f"runs://{proxied.run_id}/model", run_id=proxied.run_id)
    refuse(client, RUN_OWNS, f"runs:/{proxied.run_id}x/model", run_id=proxied.run_id)
    refuse(client, MODEL_OWNS, source, run_id=proxied.run_id, model_id=proxied.model_id)
    assert accept(client, source, run_id=proxied.run_id) == (source, proxied.run_id, source)
    assert accept(client, "runs:/unknown", run_id="unknown")[1] == "unknown"


def test_proxied_source_of_a_run(client: Client, proxied: Origin) -> None:
    """A place behind the server has to lie in the run's artifacts; a deleted run will do."""
    source = f"{proxied.run_uri}/model"
    refuse(client, RUN_OWNS, source)
    refuse(client, RUN_OWNS, source, run_id=client.new_run())
    refuse(client, RUN_OWNS, source, run_id="0" * 32)
    refuse(client, RUN_OWNS, f"{proxied.run_uri}x", run_id=proxied.run_id)
    refuse(client, RUN_OWNS, proxied.model_uri, run_id=proxied.run_id)
    client.post("runs/delete", run_id=proxied.run_id)
    assert accept(client, source, run_id=proxied.run_id) == (source, proxied.run_id, source)
    assert accept(client, proxied.run_uri, run_id=proxied.run_id)[0] == proxied.run_uri


def test_proxied_source_of_a_logged_model(client: Client, proxied: Origin) -> None:
    """With model_id it has to lie in the logged model's artifacts."""
    other = origin(client)
    refuse(client, MODEL_OWNS, proxied.run_uri, model_id=proxied.model_id, run_id=proxied.run_id)
    refuse(client, MODEL_OWNS, other.model_uri, model_id=proxied.model_id)
    refuse(client, MODEL_OWNS, proxied.model_uri, model_id="m-" + "0" * 32)
    source = f"{proxied.model_uri}/data"
    assert accept(client, source, model_id=proxied.model_id) == (source, proxied.run_id, source)


def test_logged_model_uri(client: Client, proxied: Origin) -> None:
    """`models:/m-…` goes with exactly its model_id; the files are the logged model's."""
    source = f"models:/{proxied.model_id}"
    other = origin(client)
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


def test_foreign_source_with_model_id(client: Client, proxied: Origin) -> None:
    """A foreign source is free, but a logged model that is named has to exist."""
    assert accept(client, S3, model_id=proxied.model_id) == (S3, proxied.run_id, S3)
    assert create(client, S3, model_id="m-unknown").error == (404, "RESOURCE_DOES_NOT_EXIST")
    client.delete(f"logged-models/{proxied.model_id}")
    assert create(client, S3, model_id=proxied.model_id).error == (404, "RESOURCE_DOES_NOT_EXIST")


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


@pytest.mark.parametrize("source", ["dummy-source", "prompt-template"])
def test_prompt_sources(client: Client, source: str) -> None:
    """Versions of prompts have a placeholder for a source, which is for prompts only."""
    made(client)
    refuse(client, LOCAL.format("run_id"), source)
    refuse(client, LOCAL.format("run_id"), source, tags=[{"key": PROMPT["key"], "value": "false"}])
    assert create(client, source, tags=[PROMPT]).status == 200
    assert create(client, source, tags=[{"key": PROMPT["key"], "value": "TRUE"}]).status == 200


def test_other_sources_of_prompts(client: Client) -> None:
    """A prompt version with a real source is refused."""
    made(client)
    message = f"Invalid prompt source: '{S3}'. Prompt sources must use an MLflow placeholder."
    refuse(client, message, S3, tags=[PROMPT])


def test_pattern_of_the_operator(client: Client) -> None:
    """The operator's regular expression has to be found in every source but those of prompts."""
    made(client)
    db = client.app.config["mlflowlite"].db

    def attempt(source: str, tags: Any = ()) -> str | None:
        return create_model_version(
            db,
            name="m",
            source=source,
            run_id=None,
            model_id=None,
            run_link="",
            description="",
            tags=tags,
            source_pattern="^s3://ours/",
        ).version

    assert attempt("s3://ours/model") == "1"
    with pytest.raises(MlflowError, match="Invalid model version source: 's3://theirs/model'"):
        attempt("s3://theirs/model")


@pytest.mark.parametrize("field", ["source", "run_id", "run_link", "description"])
def test_long_texts(client: Client, field: str) -> None:
    """Texts have limits that hold on both databases."""
    made(client)
    limit = 5000 if field == "description" else 500
    long = "s3://b/" + "x" * limit
    refuse(
        client, f"'{field}' exceeds the maximum length of {limit} characters", **{"source": S3, field: long}
    )
    assert create(client, **{"source": S3, field: long[:limit]}).status == 200
