"""Where versions may come from: each row of `semantics.md` §10.5 but `models:/`, allowed and refused."""

from __future__ import annotations

from typing import Any

import pytest

from mlflowlite.errors import MlflowError
from mlflowlite.store.model_versions import create_model_version
from tests.support import Client
from tests.test_registry_support import (
    ABSOLUTE,
    LOCAL,
    MODEL_OWNS,
    PROMPT,
    RUN_OWNS,
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


@pytest.fixture
def local(client: Client, tmp_path: Any) -> Origin:
    """A run and a logged model whose artifacts are in a folder."""
    made(client)
    return new_origin(client, client.new_experiment("local", artifact_location=str(tmp_path / "files")))


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
    uri = local.run_uri
    for source in (
        uri,
        f"{uri}/model",
        f"file://{uri}/model",
        f"{uri}/.",
        f"{uri}/a/..",
        f"file://{uri}/a/%2e%2e",
    ):
        assert accept(client, source, run_id=local.run_id) == (source, local.run_id, source)


def test_local_source_elsewhere(client: Client, local: Origin) -> None:
    """A local path is refused without a run, or outside of the run's artifacts."""
    message = LOCAL.format("run_id")
    inside = f"{local.run_uri}/model"
    refuse(client, message, inside)
    above = (f"{local.run_uri}/..", f"{local.run_uri}/a/../..", f"file://{local.run_uri}/%2e%2e/b")
    for source in (f"{local.run_uri}x/model", local.model_uri, "/etc", "file:///etc", "model", *above):
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
    other = new_origin(client)
    refuse(client, MODEL_OWNS, proxied.run_uri, model_id=proxied.model_id, run_id=proxied.run_id)
    refuse(client, MODEL_OWNS, other.model_uri, model_id=proxied.model_id)
    refuse(client, MODEL_OWNS, proxied.model_uri, model_id="m-" + "0" * 32)
    source = f"{proxied.model_uri}/data"
    assert accept(client, source, model_id=proxied.model_id) == (source, proxied.run_id, source)


def test_foreign_source_with_model_id(client: Client, proxied: Origin) -> None:
    """A foreign source is free, but a logged model that is named has to exist."""
    assert accept(client, S3, model_id=proxied.model_id) == (S3, proxied.run_id, S3)
    assert create(client, S3, model_id="m-unknown").error == (404, "RESOURCE_DOES_NOT_EXIST")
    client.delete(f"logged-models/{proxied.model_id}")
    assert create(client, S3, model_id=proxied.model_id).error == (404, "RESOURCE_DOES_NOT_EXIST")


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
