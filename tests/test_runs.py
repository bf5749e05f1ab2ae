"""Runs over HTTP: creating, updating, naming, tagging, deleting, restoring (`semantics.md` §4)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import Client, Reply

INVALID = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
NAME_TAG = "mlflow.runName"
WRITES = ["update", "log-metric", "log-parameter", "set-tag", "delete-tag", "log-batch", "log-model"]
# What every call that writes to a run needs, all in one.
FIELDS = {
    "key": "k",
    "value": "1",
    "timestamp": 1,
    "model_json": '{"artifact_path": "a", "flavors": {}, "utc_time_created": "t", "run_id": "r"}',
    "models": [{"model_id": "m", "step": 1}],
}


def tags_of(client: Client, run_id: str) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in client.run(run_id)["data"].get("tags", [])}


def names_of(client: Client, run_id: str) -> tuple[str, str | None]:
    """A run's name and its name tag."""
    return client.run(run_id)["info"]["run_name"], tags_of(client, run_id).get(NAME_TAG)


def update(client: Client, run_id: str, **fields: Any) -> dict[str, Any]:
    reply = client.post("runs/update", run_id=run_id, **fields)
    assert reply.status == 200, reply.body
    return reply.body["run_info"]


def test_a_new_run(client: Client) -> None:
    """A run starts active and RUNNING, with what was sent, its name as a tag and a place for artifacts."""
    experiment_id = client.new_experiment()
    tags = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}, {"key": "none"}]
    body = client.post(
        "runs/create", experiment_id=experiment_id, user_id="u", run_name="n", start_time=5, tags=tags
    ).body["run"]
    run_id = body["info"]["run_id"]
    assert re.fullmatch("[0-9a-f]{32}", run_id)
    assert body["info"] == {
        "run_id": run_id,
        "run_uuid": run_id,
        "experiment_id": experiment_id,
        "run_name": "n",
        "user_id": "u",
        "status": "RUNNING",
        "start_time": 5,
        "artifact_uri": f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts",
        "lifecycle_stage": "active",
    }
    assert (body["inputs"], "outputs" in body) == ({}, False)
    assert tags_of(client, run_id) == {"a": "2", "none": "", NAME_TAG: "n"}
    found = client.run(run_id)
    assert (found["info"], found["inputs"], found["outputs"]) == (body["info"], {}, {})
    assert client.get("runs/get", run_uuid=run_id).body["run"] == found


def test_defaults_of_a_new_run(client: Client) -> None:
    """Without them the user is empty, the start time 0, the name made up of at most 20 characters."""
    run = client.post("runs/create", experiment_id="0").body["run"]
    assert (run["info"]["user_id"], run["info"]["start_time"]) == ("", 0)
    name = run["info"]["run_name"]
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d{1,4}", name)
    assert len(name) <= 20
    assert run["data"] == {"tags": [{"key": NAME_TAG, "value": name}]}


def test_artifact_uri_keeps_the_query_of_the_location_last(shared: Client) -> None:
    """The query of an experiment's artifact location moves behind the run's path."""
    experiment_id = shared.new_experiment("query", artifact_location="s3://b/x?version=1")
    run_id = shared.new_run(experiment_id)
    assert shared.run(run_id)["info"]["artifact_uri"] == f"s3://b/x/{run_id}/artifacts?version=1"


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({}, (400, "BAD_REQUEST"), "Missing value for 'experiment_id'"),
        ({"experiment_id": ""}, (400, "BAD_REQUEST"), "Missing value for 'experiment_id'"),
        ({"experiment_id": "999"}, MISSING, "No Experiment with id=999 exists"),
        ({"experiment_id": "x"}, INVALID, "Invalid experiment ID 'x'."),
        ({"experiment_id": 3}, INVALID, "Invalid value 3 for parameter 'experiment_id' supplied:"),
        ({"experiment_id": "0", "start_time": 1.5}, INVALID, "Invalid value 1.5 for parameter 'start_time'"),
        ({"experiment_id": "0", "start_time": 2**63}, INVALID, "Invalid value 9223372036854775808 for"),
        ({"experiment_id": "0", "tags": ["a"]}, INVALID, "Invalid value \"a\" for parameter 'tags[0]'"),
        ({"experiment_id": "0", "tags": [{"key": "k" * 251}]}, INVALID, "'tags[0].key' exceeds the maximum"),
        (
            {"experiment_id": "0", "run_name": "a", "tags": [{"key": NAME_TAG, "value": "b"}]},
            INVALID,
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
            "(run_name='a', mlflow.runName='b').",
        ),
    ],
)
def test_create_refuses(shared: Client, fields: dict[str, Any], error: tuple[int, str], message: str) -> None:
    """A run needs an experiment that exists, values of the right type, and one name only."""
    reply = shared.post("runs/create", fields)
    assert reply.error == error
    assert reply.body["message"].startswith(message)


def test_tags_of_a_new_run_may_have_any_characters(shared: Client) -> None:
    """Clients don't check the tags they create a run with, so neither does the server; values are cut."""
    tags = [{"key": "a@b#c/../d", "value": "v" * 8001}]
    assert tags_of(shared, shared.new_run(tags=tags))["a@b#c/../d"] == "v" * 8000


CREATE_NAMES: list[tuple[dict[str, Any], str]] = [
    ({"run_name": "n"}, "n"),
    ({"tags": [{"key": NAME_TAG, "value": "t"}]}, "t"),
    ({"run_name": "n", "tags": [{"key": NAME_TAG, "value": "n"}]}, "n"),
    ({"run_name": "", "tags": [{"key": NAME_TAG, "value": "t"}]}, "t"),
]
RENAMES: list[tuple[Callable[[Client, str], Any], tuple[str, str | None]]] = [
    (lambda client, run_id: update(client, run_id, run_name="b"), ("b", "b")),
    (lambda client, run_id: update(client, run_id, run_name="", status="FINISHED"), ("a", "a")),
    (lambda client, run_id: client.post("runs/set-tag", run_id=run_id, key=NAME_TAG, value="b"), ("b", "b")),
    (
        lambda client, run_id: client.post(
            "runs/log-batch", run_id=run_id, tags=[{"key": NAME_TAG, "value": name} for name in "cb"]
        ),
        ("b", "b"),
    ),
    (lambda client, run_id: client.post("runs/delete-tag", run_id=run_id, key=NAME_TAG), ("a", None)),
]


def test_a_long_name_is_cut_like_its_tag(client: Client) -> None:
    """However a run gets its name, name and tag are the same and no longer than a tag's value."""
    long = "n" * 9000
    both = client.new_run(run_name=long, tags=[{"key": NAME_TAG, "value": long}])
    later = client.new_run()
    assert client.post("runs/update", run_id=later, run_name=long).status == 200
    tagged = client.new_run()
    assert client.post("runs/set-tag", run_id=tagged, key=NAME_TAG, value=long).status == 200
    for run_id in (both, later, tagged):
        assert names_of(client, run_id) == ("n" * 8000, "n" * 8000)


def test_name_and_name_tag_mirror_each_other(client: Client) -> None:
    """Name and tag agree however the run is named; deleting the tag leaves the name."""
    for fields, name in CREATE_NAMES:
        assert names_of(client, client.new_run(**fields)) == (name, name)
    for rename, names in RENAMES:
        run_id = client.new_run(run_name="a")
        rename(client, run_id)
        assert names_of(client, run_id) == names
        update(client, run_id, run_name="z")
        assert names_of(client, run_id) == ("z", "z")


def test_update_changes_what_is_sent(client: Client) -> None:
    """Status, end time and name change one by one; a run may leave a terminal status again."""
    run_id = client.new_run(run_name="n")
    assert "end_time" not in update(client, run_id, status="FINISHED")
    steps: list[tuple[dict[str, Any], tuple[str, int]]] = [
        ({"end_time": 7}, ("FINISHED", 7)),
        ({"status": "RUNNING"}, ("RUNNING", 7)),
        ({"status": 4, "end_time": "9"}, ("FAILED", 9)),
        ({}, ("FAILED", 9)),
        ({"status": "NO_SUCH_STATUS"}, ("FAILED", 9)),
        ({"status": "KILLED"}, ("KILLED", 9)),
    ]
    for fields, expected in steps:
        info = update(client, run_id, **fields)
        assert (info["status"], info["end_time"]) == expected
        assert client.run(run_id)["info"] == info
    assert info["run_name"] == "n"
    assert client.post("runs/update", run_id=run_id, end_time=1.5).error == INVALID


@pytest.mark.parametrize("call", [*WRITES, "log-inputs", "outputs", "delete", "restore"])
def test_unknown_runs(shared: Client, call: str) -> None:
    """Every call on a run that is not there answers 404; without a run id, 400."""
    reply = shared.post(f"runs/{call}", run_id="f" * 32, **FIELDS)
    assert (reply.error, reply.body["message"]) == (MISSING, f"Run with id={'f' * 32} not found")
    reply = shared.post(f"runs/{call}", FIELDS)
    assert reply.error == INVALID
    assert reply.body["message"].startswith("Missing value for required parameter 'run_id'.")


@pytest.mark.parametrize("call", ["log-batch", "log-inputs", "outputs", "set-tag"])
def test_ids_that_no_run_can_have(shared: Client, call: str) -> None:
    """Batches, inputs and outputs refuse an impossible id; other calls just don't find it."""
    reply = shared.post(f"runs/{call}", run_id="#", **FIELDS)
    if call in ("log-batch", "log-inputs"):
        assert reply.error == INVALID
        assert reply.body["message"] == "Invalid value \"#\" for parameter 'run_id' supplied."
    else:
        assert reply.error == MISSING


def test_get_needs_a_run_that_exists(shared: Client) -> None:
    """Unknown run: 404. No id: 400."""
    assert shared.get("runs/get", run_id="f" * 32).error == MISSING
    assert shared.get("runs/get").error == INVALID


def test_deleted_runs(client: Client) -> None:
    """Delete and restore may be repeated; a deleted run can be read but takes no writes."""
    run_id = client.new_run()
    for _ in range(2):
        assert client.post("runs/delete", run_id=run_id).body == {}
    assert client.run(run_id)["info"]["lifecycle_stage"] == "deleted"
    for call in [*WRITES, "log-inputs", "outputs"]:
        reply = client.post(f"runs/{call}", run_id=run_id, **FIELDS)
        assert reply.error == INVALID, call
        assert reply.body["message"] == (
            f"The run {run_id} must be in the 'active' state. Current state is deleted."
        )
    for _ in range(2):
        assert client.post("runs/restore", run_id=run_id).body == {}
    assert client.run(run_id)["info"]["lifecycle_stage"] == "active"
    assert client.post("runs/set-tag", run_id=run_id, key="k", value="v").status == 200


def test_tags(client: Client) -> None:
    """Setting overwrites, a missing value is the empty one, long values are cut, deleting twice is a 404."""
    run_id = client.new_run(run_name="n")

    def set_tag(**fields: Any) -> Reply:
        return client.post("runs/set-tag", run_id=run_id, **fields)

    assert set_tag(key="a", value="1").body == {}
    for fields in ({"key": "a", "value": "2"}, {"key": "none"}, {"key": "long", "value": "v" * 8001}):
        assert set_tag(**fields).status == 200
    assert set_tag(key="mlflow.parentRunId", value="no such run").status == 200
    stored = {"a": "2", "none": "", "long": "v" * 8000, "mlflow.parentRunId": "no such run"}
    assert tags_of(client, run_id) == {**stored, NAME_TAG: "n"}
    assert client.post("runs/delete-tag", run_id=run_id, key="a").body == {}
    reply = client.post("runs/delete-tag", run_id=run_id, key="a")
    assert (reply.error, reply.body["message"]) == (MISSING, f"No tag with name: a in run with id {run_id}")


def test_log_model_keeps_a_list_in_a_tag(client: Client) -> None:
    """Each model is appended to mlflow.log-model.history with the fields clients read, and no others."""
    run_id = client.new_run()
    model = {"run_id": run_id, "artifact_path": "a", "utc_time_created": "t", "flavors": {"f": {"x": 1}}}
    for extra in ({"model_uuid": "u"}, {"mlflow_version": "3"}):
        sent = json.dumps({**model, **extra})
        assert client.post("runs/log-model", run_id=run_id, model_json=sent).body == {}
    kept = json.loads(tags_of(client, run_id)["mlflow.log-model.history"])
    assert kept == [{**model, "model_uuid": "u"}, model]


@pytest.mark.parametrize(
    ("model_json", "message"),
    [
        ("", "Missing value for required parameter 'model_json'."),
        ("{", "Malformed model info. \n { \n is not a valid JSON."),
        ("[]", "Malformed model info"),
        ('{"flavors": {}, "run_id": "r"}', "Model json is missing mandatory fields: {'artifact_path', 'utc_"),
    ],
)
def test_log_model_refuses(shared: Client, model_json: str, message: str) -> None:
    """A model is a JSON object with its four fields."""
    reply = shared.post("runs/log-model", run_id=shared.new_run(), model_json=model_json)
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)
