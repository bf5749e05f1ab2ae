"""Logged models over HTTP: their life, tags, params, metrics, and finding them (`semantics.md` §12)."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.support import Client, Reply

INVALID = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
REFUSED = (400, "BAD_REQUEST")
MAX = 1.7976931348623157e308


def new_model(client: Client, experiment_id: str = "0", **fields: Any) -> str:
    reply = client.post("logged-models", experiment_id=experiment_id, **fields)
    assert reply.status == 200, reply.body
    return reply.body["model"]["info"]["model_id"]


def get(client: Client, model_id: str, **query: Any) -> dict[str, Any]:
    reply = client.get(f"logged-models/{model_id}", **query)
    assert reply.status == 200, reply.body
    return reply.body["model"]


def search(client: Client, **fields: Any) -> list[str]:
    """The names of the models found."""
    reply = client.post("logged-models/search", {"experiment_ids": ["0"], **fields})
    assert reply.status == 200, reply.body
    return [model["info"]["name"] for model in reply.body.get("models", [])]


def pairs(entries: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in entries.items()]


def test_a_new_model(client: Client) -> None:
    """A model starts pending, with what was sent and a place for its artifacts."""
    run_id, experiment_id = client.new_run(), client.new_experiment()
    params, tags = pairs({"a": "1", "b": ""}), pairs({"#": "t" * 9000})
    reply = client.post(
        "logged-models",
        experiment_id=experiment_id,
        name="m",
        model_type="t",
        source_run_id=run_id,
        params=params,
        tags=tags,
    )
    model = reply.body["model"]
    assert model["data"] == {"params": params}
    info = dict(model["info"])
    model_id = info.pop("model_id")
    assert re.fullmatch("m-[0-9a-f]{32}", model_id)
    assert info.pop("creation_timestamp_ms") == info.pop("last_updated_timestamp_ms")
    assert info == {
        "experiment_id": experiment_id,
        "name": "m",
        "artifact_uri": f"mlflow-artifacts:/{experiment_id}/models/{model_id}/artifacts",
        "status": "LOGGED_MODEL_PENDING",
        "model_type": "t",
        "source_run_id": run_id,
        "tags": tags,
    }
    assert get(client, model_id) == model


def test_defaults_of_a_new_model(client: Client) -> None:
    """Without them the name is made up, type and source run are empty; names need not be unique."""
    model = get(client, new_model(client, name=""))
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,4}", model["info"]["name"])
    assert (model["info"]["model_type"], model["info"]["source_run_id"], model["data"]) == ("", "", {})
    assert new_model(client, name="m") != new_model(client, name="m")


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"experiment_id": None}, INVALID, "Missing value for required parameter 'experiment_id'."),
        ({"experiment_id": "987"}, MISSING, "No Experiment with id=987 exists"),
        ({"name": "n" * 501}, INVALID, "'name' exceeds the maximum length of 500 characters"),
        ({"model_type": "n" * 501}, INVALID, "'model_type' exceeds the maximum length of 500 characters"),
        ({"params": pairs({"k" * 256: "v"})}, INVALID, "'params[0].key' exceeds the maximum length of 255"),
        ({"tags": pairs({"k" * 256: "v"})}, INVALID, "'tags[0].key' exceeds the maximum length of 255"),
        ({"params": pairs({"a": "1"}) * 2}, REFUSED, "The params of model"),
        *(({"name": f"a{mark}b"}, INVALID, "Invalid model name (") for mark in "/:.%\"'"),
    ],
)
def test_create_refuses(shared: Client, fields: dict[str, Any], error: tuple[int, str], message: str) -> None:
    """A model needs an experiment, a name without path characters, and params with different keys."""
    reply = shared.post("logged-models", {"experiment_id": "0", **fields})
    assert reply.error == error
    assert reply.body["message"].startswith(message)


def calls(client: Client, model_id: str) -> dict[str, Reply]:
    """Every call on one model, deleting it last."""
    path = f"logged-models/{model_id}"
    return {
        "get": client.get(path),
        "finalize": client.patch(path, status="LOGGED_MODEL_READY"),
        "set tags": client.patch(f"{path}/tags", tags=pairs({"t": "v"})),
        "delete tag": client.delete(f"{path}/tags/t"),
        "params": client.post(f"{path}/params", params=pairs({"p": "v"})),
        "artifacts": client.get(f"{path}/artifacts/directories"),
        "delete": client.delete(path),
    }


def test_unknown_models(shared: Client) -> None:
    """Every call on a model that is not there answers 404."""
    for name, reply in calls(shared, "m-unknown").items():
        assert reply.error == MISSING, name
        assert reply.body["message"] == "Logged model with ID 'm-unknown' not found."


def test_deleted_models(client: Client) -> None:
    """Delete may be repeated; a deleted model can be written to but is only seen with allow_deleted."""
    model_id = new_model(client, name="m")
    before = get(client, model_id)
    time.sleep(0.002)
    assert client.delete(f"logged-models/{model_id}").body == {}
    assert search(client) == []
    for name, reply in calls(client, model_id).items():
        assert reply.error == MISSING if name in ("get", "artifacts") else reply.status == 200, name
    for flag in ("true", "True"):
        after = get(client, model_id, allow_deleted=flag)
        assert after["info"]["last_updated_timestamp_ms"] > before["info"]["last_updated_timestamp_ms"]
        assert after["data"] == {"params": pairs({"p": "v"})}
    assert client.get(f"logged-models/{model_id}", allow_deleted="false").error == MISSING


def test_finalize(client: Client) -> None:
    """Any status may follow any; each change moves the time of the last update."""
    model_id = new_model(client)
    last = get(client, model_id)["info"]["last_updated_timestamp_ms"]
    for status in ("READY", "UPLOAD_FAILED", "PENDING", "READY"):
        time.sleep(0.002)
        reply = client.patch(f"logged-models/{model_id}", status=f"LOGGED_MODEL_{status}")
        assert reply.body["model"] == get(client, model_id)
        info = reply.body["model"]["info"]
        assert info["status"] == f"LOGGED_MODEL_{status}"
        assert info["last_updated_timestamp_ms"] > last
        last = info["last_updated_timestamp_ms"]
    for fields in ({}, {"status": "READY"}):
        assert client.patch(f"logged-models/{model_id}", **fields).error == INVALID


def test_tags(client: Client) -> None:
    """Setting overwrites, the last of a repeated key counts, deleting an absent tag answers 404."""
    model_id = new_model(client, tags=pairs({"a": "1"}))
    path = f"logged-models/{model_id}/tags"
    sent = [*pairs({"a": "2", "b c": "x"}), *pairs({"a": "3"}), {"key": "none"}]
    assert client.patch(path, tags=sent).body == {}
    assert client.patch(path).body == {}
    assert client.delete(f"{path}/b%20c").status == 200
    assert get(client, model_id)["info"]["tags"] == pairs({"a": "3", "none": ""})
    client.delete(f"{path}/a")
    reply = client.delete(f"{path}/a")
    assert reply.error == MISSING
    assert reply.body["message"] == f"No tag with key 'a' found for model with ID '{model_id}'."


def test_params_are_set_once(client: Client) -> None:
    """Params may be added; a key that is set already is refused, and nothing of that call is kept."""
    model_id = new_model(client, params=pairs({"a": "1"}))
    path = f"logged-models/{model_id}/params"
    assert client.post(path, params=pairs({"long": "v" * 7000})).body == {}
    for refused in ({"a": "1"}, {"a": "2"}, {"new": "1", "a": "2"}):
        assert client.post(path, params=pairs(refused)).error == REFUSED
    assert get(client, model_id)["data"]["params"] == pairs({"a": "1", "long": "v" * 7000})


def test_metrics(client: Client) -> None:
    """Points logged with a model id are on the run and on the model, where all are listed, NaN as 0."""
    run_id, model_id = client.new_run(), new_model(client)
    place = {"model_id": model_id, "dataset_name": "d", "dataset_digest": "g"}
    sent = [("a", 0.5, 1), ("a", 0.25, 2), ("a", "NaN", 3), ("b", "Infinity", 1)]
    points = [{"key": key, "value": value, "timestamp": 9, "step": step} for key, value, step in sent]
    assert client.post("runs/log-metric", run_id=run_id, **points[0], **place).body == {}
    batch = [{**point, **place} for point in points]
    for _ in range(2):
        assert client.post("runs/log-batch", run_id=run_id, metrics=batch).body == {}
    stored = {"NaN": 0.0, "Infinity": MAX}
    assert get(client, model_id)["data"]["metrics"] == [
        {**point, "value": stored.get(str(point["value"]), point["value"]), **place, "run_id": run_id}
        for point in points
    ]
    assert client.run(run_id)["data"]["metrics"] == [points[2], {**points[3], "value": MAX}]


def test_a_point_logged_again_with_another_value(client: Client) -> None:
    """At the same time and step of the same run the model keeps the last value; the run keeps both."""
    run_id, model_id = client.new_run(), new_model(client)
    for value in (1.0, 2.0):
        point = {"key": "a", "value": value, "timestamp": 1, "model_id": model_id}
        assert client.post("runs/log-metric", run_id=run_id, **point).status == 200
    assert [metric["value"] for metric in get(client, model_id)["data"]["metrics"]] == [2.0]
    history = client.get("metrics/get-history", run_id=run_id, metric_key="a").body["metrics"]
    assert [metric["value"] for metric in history] == [1.0, 2.0]


def test_metrics_of_an_unknown_model(client: Client) -> None:
    """They are refused, and the run does not keep them either."""
    run_id = client.new_run()
    point = {"key": "a", "value": 1, "timestamp": 1, "model_id": "m-unknown"}
    assert client.post("runs/log-metric", run_id=run_id, **point).error == REFUSED
    assert client.run(run_id)["data"].get("metrics") is None


def test_deleting_run_or_experiment_leaves_models_alone(client: Client) -> None:
    """A model stays readable, and found by searches, when its run and its experiment are deleted."""
    experiment_id = client.new_experiment()
    run_id = client.new_run(experiment_id)
    model_id = new_model(client, experiment_id, name="m", source_run_id=run_id)
    client.post("runs/delete", run_id=run_id)
    client.post("experiments/delete", experiment_id=experiment_id)
    assert get(client, model_id)["info"]["name"] == "m"
    assert search(client, experiment_ids=[experiment_id]) == ["m"]


def test_search(client: Client) -> None:
    """Searches find models of the experiments by filter; the newest come first, or the order asked for."""
    run_id = client.new_run()
    for name, accuracy in (("a", 0.1), ("b", 0.9), ("c", None)):
        model_id = new_model(client, name=name, params=pairs({"p": name}), source_run_id=run_id)
        time.sleep(0.002)
        if accuracy is not None:
            point = {"key": "acc", "value": accuracy, "timestamp": 1, "model_id": model_id}
            client.post("runs/log-metric", run_id=run_id, **point)
    client.patch(f"logged-models/{model_id}", status="LOGGED_MODEL_READY")
    by_accuracy = [{"field_name": "metrics.acc", "ascending": False}]
    for fields, names in (
        ({}, ["c", "b", "a"]),
        ({"filter": f"name = 'a' AND source_run_id = '{run_id}'"}, ["a"]),
        ({"filter": "metrics.acc > 0.5"}, ["b"]),
        ({"filter": "params.p != 'a'"}, ["c", "b"]),
        ({"filter": "status = 2"}, ["c"]),
        ({"order_by": [{"field_name": "name"}]}, ["a", "b", "c"]),
        ({"order_by": by_accuracy}, ["b", "a", "c"]),
        ({"experiment_ids": []}, []),
    ):
        assert search(client, **fields) == names, fields


def test_search_pages(client: Client) -> None:
    """Pages follow each other; a token belongs to its own request, and 0 asks for pages of 100."""
    for number in range(3):
        new_model(client, name=f"m{number}")
    wanted = {"experiment_ids": ["0"], "max_results": 2, "order_by": [{"field_name": "name"}]}
    first = client.post("logged-models/search", wanted).body
    rest = client.post("logged-models/search", **wanted, page_token=first["next_page_token"]).body
    names = [model["info"]["name"] for body in (first, rest) for model in body["models"]]
    assert (names, set(rest)) == (["m0", "m1", "m2"], {"models"})
    assert len(search(client, max_results=0)) == 3
    for fields in ({"filter": "name = 'm0'"}, {"page_token": "x"}, {"max_results": -1}):
        request = {**wanted, "page_token": first["next_page_token"], **fields}
        assert client.post("logged-models/search", request).error == INVALID
