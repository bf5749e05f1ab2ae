"""Lengths over HTTP: the longest text allowed is kept whole, a longer one refused (`semantics.md` §2).

Texts that are cut instead, params and tags of runs, are in `test_batches.py` and `test_runs.py`, texts of
datasets in `test_inputs.py`, aliases in `test_registry_stages.py`.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from tests.support import API, Client
from tests.test_registry_support import S3, made, version

INVALID = (400, "INVALID_PARAMETER_VALUE")
MODEL = "logged-models/MODEL"


class Limited(NamedTuple):
    """A field with a limit: TEXT in the body is what is measured, `shown_by` a GET that shows it."""

    longest: int
    method: str
    path: str
    body: dict[str, Any]
    shown_by: str


def tag(**fields: str) -> dict[str, str]:
    return {"key": "k", "value": "v", **fields}


M1 = {"name": "m", "version": "1"}
GET_MODEL, GET_VERSION = "registered-models/get?name=m", "model-versions/get?name=m&version=1"
GET_LOGGED = "POST logged-models/search"
LIMITS = {
    "experiment name": Limited(
        500, "POST", "experiments/create", {"name": "TEXT"}, "experiments/search?max_results=9"
    ),
    "experiment artifact_location": Limited(
        2048 - len("s3://b/"),
        "POST",
        "experiments/create",
        {"name": "at", "artifact_location": "s3://b/TEXT"},
        "experiments/search?max_results=9",
    ),
    "experiment tag key": Limited(
        250,
        "POST",
        "experiments/set-experiment-tag",
        {"experiment_id": "0", **tag(key="TEXT")},
        "experiments/get?experiment_id=0",
    ),
    "experiment tag value": Limited(
        20_000,
        "POST",
        "experiments/set-experiment-tag",
        {"experiment_id": "0", **tag(value="TEXT")},
        "experiments/get?experiment_id=0",
    ),
    "model name": Limited(
        256, "POST", "registered-models/create", {"name": "TEXT"}, "registered-models/search"
    ),
    "model description": Limited(
        5000, "PATCH", "registered-models/update", {"name": "m", "description": "TEXT"}, GET_MODEL
    ),
    "model tag key": Limited(
        250, "POST", "registered-models/set-tag", {"name": "m", **tag(key="TEXT")}, GET_MODEL
    ),
    "model tag value": Limited(
        100_000, "POST", "registered-models/set-tag", {"name": "m", **tag(value="TEXT")}, GET_MODEL
    ),
    "version description": Limited(
        5000, "PATCH", "model-versions/update", {**M1, "description": "TEXT"}, GET_VERSION
    ),
    "version tag key": Limited(250, "POST", "model-versions/set-tag", {**M1, **tag(key="TEXT")}, GET_VERSION),
    "version tag value": Limited(
        100_000, "POST", "model-versions/set-tag", {**M1, **tag(value="TEXT")}, GET_VERSION
    ),
    "logged model name": Limited(
        500, "POST", "logged-models", {"experiment_id": "0", "name": "TEXT"}, GET_LOGGED
    ),
    "logged model type": Limited(
        500, "POST", "logged-models", {"experiment_id": "0", "model_type": "TEXT"}, GET_LOGGED
    ),
    "logged model tag key": Limited(255, "PATCH", f"{MODEL}/tags", {"tags": [tag(key="TEXT")]}, MODEL),
    "logged model param key": Limited(255, "POST", f"{MODEL}/params", {"params": [tag(key="TEXT")]}, MODEL),
}


def shown(client: Client, path: str) -> str:
    """The text of an answer."""
    if path == GET_LOGGED:
        return str(client.post("logged-models/search", experiment_ids=["0"]).raw.text)
    return str(client.http.get(API + path).text)


@pytest.mark.parametrize("limited", LIMITS.values(), ids=LIMITS)
def test_longest_text(client: Client, limited: Limited) -> None:
    """The longest text comes back whole; a longer one is refused, with the limit in the message."""
    made(client)
    version(client)
    model = client.post("logged-models", experiment_id="0").body["model"]["info"]["model_id"]
    path, shown_by = limited.path.replace("MODEL", model), limited.shown_by.replace("MODEL", model)

    def send(text: str) -> Any:
        return client.send(limited.method, path, json.dumps(limited.body).replace("TEXT", text))

    longest = "x" * limited.longest
    reply = send(f"y{longest}")
    assert reply.error == INVALID
    assert f"{limited.longest} characters" in reply.body["message"] or "2048" in reply.body["message"]
    assert "yx" not in shown(client, shown_by)
    assert send(longest).status == 200
    assert f'x{longest[1:]}"' in shown(client, shown_by)


def test_lengths_count_characters(client: Client) -> None:
    """A limit is of characters, however many bytes each of them takes."""
    name = "日" * 256
    assert made(client, name)["name"] == name
    assert version(client, name, source=S3, description="ü" * 5000)["description"] == "ü" * 5000


def test_values_of_logged_models_have_no_limit(client: Client) -> None:
    """Tags and params of logged models hold texts of any length."""
    long = [{"key": "k", "value": "v" * 200_000}]
    model = client.post("logged-models", experiment_id="0", params=long, tags=long).body["model"]
    assert model["data"]["params"] == model["info"]["tags"] == long
    assert client.get(f"logged-models/{model['info']['model_id']}").body["model"] == model


def test_profiles_of_datasets(shared: Client) -> None:
    """A dataset's profile has at most 16,777,215 characters."""
    run_id = shared.new_run()
    entry = {"name": "d", "digest": "g", "source_type": "local", "source": "s"}
    for length, status in ((16_777_216, 400), (16_777_215, 200)):
        datasets = [{"dataset": {**entry, "profile": "p" * length}}]
        assert shared.post("runs/log-inputs", run_id=run_id, datasets=datasets).status == status


def test_a_batch_may_be_larger_than_a_megabyte(client: Client) -> None:
    """Only the number of entries of a batch is limited, not its size."""
    run_id = client.new_run()
    params = [{"key": f"p{number}", "value": "v" * 6000} for number in range(100)]
    tags = [{"key": f"t{number}", "value": "v" * 8000} for number in range(100)]
    assert client.post("runs/log-batch", run_id=run_id, params=params, tags=tags).status == 200
    data = client.run(run_id)["data"]
    assert sum(len(entry["value"]) for kind in ("params", "tags") for entry in data[kind]) > 1_400_000
