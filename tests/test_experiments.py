"""Experiments over HTTP: creating, finding, renaming, tagging, deleting, restoring (`semantics.md` §3)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support import Client

INVALID = (400, "INVALID_PARAMETER_VALUE")
MISSING = (404, "RESOURCE_DOES_NOT_EXIST")
TAKEN = (400, "RESOURCE_ALREADY_EXISTS")


def get(client: Client, experiment_id: str) -> dict[str, Any]:
    reply = client.get("experiments/get", experiment_id=experiment_id)
    assert reply.status == 200, reply.body
    return reply.body["experiment"]


def search(client: Client, **fields: Any) -> list[str]:
    reply = client.post("experiments/search", max_results=1000, **fields)
    assert reply.status == 200, reply.body
    return [experiment["name"] for experiment in reply.body.get("experiments", [])]


def test_a_new_server_has_the_default_experiment(client: Client) -> None:
    """Experiment 0 is called Default, is active, and keeps its artifacts below the server's root."""
    default = get(client, "0")
    assert default.pop("creation_time") == default.pop("last_update_time")
    rest = {"name": "Default", "artifact_location": "mlflow-artifacts:/0", "lifecycle_stage": "active"}
    assert default == {"experiment_id": "0", **rest}


def test_an_experiment_is_found_by_id_and_by_name(client: Client) -> None:
    """Create answers an id that counts up; get and get-by-name show the same experiment, tags included."""
    first, second = client.new_experiment("a"), client.new_experiment("ü 日😀", tags=[{"key": "k"}])
    assert int(second) > int(first) > 0
    found = get(client, second)
    assert found["name"] == "ü 日😀"
    assert found["artifact_location"] == f"mlflow-artifacts:/{second}"
    assert found["tags"] == [{"key": "k", "value": ""}]
    assert "tags" not in get(client, first)
    assert client.get("experiments/get-by-name", experiment_name="ü 日😀").body["experiment"] == found
    reply = client.get("experiments/get-by-name", experiment_name="A")
    assert (reply.error, reply.body["message"]) == (MISSING, "Could not find experiment with name 'A'")


@pytest.mark.parametrize(
    ("location", "stored"),
    [
        ("s3://bucket/path", "s3://bucket/path"),
        ("mlflow-artifacts:/elsewhere", "mlflow-artifacts:/elsewhere"),
        ("runs:/abc/x", None),
        ("s3://bucket/x#fragment", None),
        ("s3://bucket/x?a=../y", None),
        ("http://elsewhere/x", None),
        ("mlflow-artifacts://elsewhere/x", None),
        ("s3://" + "x" * 2050, None),
    ],
)
def test_artifact_location(shared: Client, location: str, stored: str | None) -> None:
    """A location is kept as given; one that could lead elsewhere is refused."""
    reply = shared.post("experiments/create", name=f"at {location[:99]}", artifact_location=location)
    if stored is None:
        assert reply.error == INVALID
    else:
        assert get(shared, reply.body["experiment_id"])["artifact_location"] == stored


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Missing value for required parameter 'name'."),
        ({"name": ""}, "Missing value for required parameter 'name'."),
        ({"name": 3}, "Invalid value 3 for parameter 'name' supplied:  Hint: Value was of type 'int'."),
        ({"name": "x" * 501}, "'name' exceeds the maximum length of 500 characters"),
        ({"name": "n", "tags": [{"key": "a#"}]}, "Invalid value \"a#\" for parameter 'key' supplied: Names"),
        ({"name": "n", "tags": [{"key": "k" * 251}]}, "'key' exceeds the maximum length of 250 characters"),
        ({"name": "n", "tags": [{"key": "k", "value": "v" * 20_001}]}, "'value' exceeds the maximum"),
    ],
)
def test_create_refuses(shared: Client, fields: dict[str, Any], message: str) -> None:
    """A name is text of 1 to 500 characters; tags have normal keys and values of up to 20,000."""
    reply = shared.post("experiments/create", fields)
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)
    assert shared.get("experiments/get-by-name", experiment_name="n").error == MISSING


@pytest.mark.parametrize(
    "call", ["delete", "restore", "update", "set-experiment-tag", "delete-experiment-tag"]
)
@pytest.mark.parametrize(
    ("experiment_id", "error", "message"),
    [
        ("987654", MISSING, "No Experiment with id=987654 exists"),
        ("-1", MISSING, "No Experiment with id=-1 exists"),
        ("9" * 30, MISSING, "No Experiment with id="),
        ("abc", INVALID, "Invalid experiment ID 'abc'. Experiment ID must be a valid integer."),
        ("1.0", INVALID, "Invalid experiment ID '1.0'. Experiment ID must be a valid integer."),
        ("", INVALID, "Missing value for required parameter 'experiment_id'."),
    ],
)
def test_ids_that_no_experiment_has(
    shared: Client, call: str, experiment_id: str, error: tuple[int, str], message: str
) -> None:
    """Every call on an unknown experiment answers 404, and 400 for what can't be an id."""
    fields = {"experiment_id": experiment_id, "new_name": "n", "key": "k", "value": "v"}
    for reply in (
        shared.get("experiments/get", experiment_id=experiment_id),
        shared.post(f"experiments/{call}", fields),
    ):
        assert reply.error == error
        assert reply.body["message"].startswith(message)


def test_a_name_is_taken_once_even_by_a_deleted_experiment(client: Client) -> None:
    """Creating answers RESOURCE_ALREADY_EXISTS for the name of an active or deleted one; case counts."""
    experiment_id = client.new_experiment("n")
    for _ in range(2):
        reply = client.post("experiments/create", name="n")
        assert reply.error == TAKEN
        assert reply.body["message"].startswith("Experiment(name=n) already exists.")
        client.post("experiments/delete", experiment_id=experiment_id)
    client.new_experiment("N")


def test_rename(client: Client) -> None:
    """An active experiment takes any free name, its own included, and gives the old one free."""
    experiment_id, other = client.new_experiment("old"), client.new_experiment("other")

    def rename(**fields: Any) -> Any:
        return client.post("experiments/update", experiment_id=experiment_id, **fields)

    assert rename(new_name="new").body == {}
    assert rename(new_name="new").status == 200
    assert get(client, experiment_id)["name"] == "new"
    client.new_experiment("old")
    for bad in ({}, {"new_name": ""}, {"new_name": "x" * 501}, {"new_name": 3}):
        assert rename(**bad).error == INVALID
    assert rename(new_name="other").error == (400, "BAD_REQUEST")
    client.post("experiments/delete", experiment_id=other)
    assert rename(new_name="other").error == (400, "BAD_REQUEST")
    client.post("experiments/delete", experiment_id=experiment_id)
    reply = rename(new_name="free")
    assert reply.error == (500, "INVALID_STATE")
    assert reply.body["message"] == "Cannot rename a non-active experiment."


def test_deleting_and_restoring_takes_the_runs_along(client: Client) -> None:
    """Delete marks all runs as deleted; restore brings back all, also those deleted one by one before."""
    experiment_id = client.new_experiment()
    kept, dropped = client.new_run(experiment_id), client.new_run(experiment_id)
    client.post("runs/delete", run_id=dropped)

    def stages() -> list[str]:
        owner = get(client, experiment_id)
        runs = [client.run(run_id)["info"] for run_id in (kept, dropped)]
        return [entity["lifecycle_stage"] for entity in (owner, *runs)]

    assert client.post("experiments/delete", experiment_id=experiment_id).body == {}
    assert stages() == ["deleted"] * 3
    assert client.post("experiments/delete", experiment_id=experiment_id).error == MISSING
    assert client.get("experiments/get-by-name", experiment_name="exp").status == 200
    assert client.post("experiments/restore", experiment_id=experiment_id).body == {}
    assert stages() == ["active"] * 3
    assert client.post("experiments/restore", experiment_id=experiment_id).error == MISSING


def test_a_deleted_experiment_takes_no_writes(client: Client) -> None:
    """Tags and runs are refused with the state in the message."""
    experiment_id = client.new_experiment()
    client.post("experiments/delete", experiment_id=experiment_id)
    for call, fields in {
        "experiments/set-experiment-tag": {"key": "k", "value": "v"},
        "experiments/delete-experiment-tag": {"key": "k"},
        "runs/create": {},
        "logged-models": {},
    }.items():
        reply = client.post(call, experiment_id=experiment_id, **fields)
        assert reply.error == INVALID
        assert reply.body["message"] == (
            f"The experiment {experiment_id} must be in the 'active' state. Current state is deleted."
        )


def test_tags(client: Client) -> None:
    """Setting a tag overwrites, no value means the empty one, deleting an absent tag answers 404."""
    experiment_id = client.new_experiment(tags=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}])

    def tags() -> dict[str, str]:
        return {tag["key"]: tag["value"] for tag in get(client, experiment_id).get("tags", [])}

    def call(name: str, **fields: Any) -> Any:
        return client.post(f"experiments/{name}-experiment-tag", experiment_id=experiment_id, **fields)

    assert tags() == {"a": "2"}
    call("set", key="a", value="3")
    call("set", key="b c/d", value="v" * 20_000)
    call("set", key="none")
    assert tags() == {"a": "3", "b c/d": "v" * 20_000, "none": ""}
    assert call("delete", key="a").body == {}
    reply = call("delete", key="a")
    assert reply.error == MISSING
    assert reply.body["message"] == f"No tag with name: a in experiment with id {experiment_id}"
    for bad in ({}, {"key": ""}, {"key": "../a"}, {"key": "k" * 251}, {"key": "k", "value": "v" * 20_001}):
        assert call("set", **bad).error == INVALID


def test_an_experiment_holds_50_custom_views(shared: Client) -> None:
    """The 51st tag that starts with mlflow.customView.view is refused; changing one of the 50 is not."""
    experiment_id = shared.new_experiment("views")
    replies = [
        shared.post("experiments/set-experiment-tag", experiment_id=experiment_id, key=key, value="{}")
        for key in (f"mlflow.customView.view{number}" for number in [*range(51), 3])
    ]
    assert [reply.status for reply in replies] == [200] * 50 + [400, 200]


def test_last_update_time(client: Client) -> None:
    """Renaming, deleting and restoring change it; runs and tags leave it alone."""
    experiment_id = client.new_experiment("a")
    for changes, call, fields in (
        (False, "runs/create", {}),
        (False, "experiments/set-experiment-tag", {"key": "k", "value": "v"}),
        (True, "experiments/update", {"new_name": "b"}),
        (True, "experiments/delete", {}),
        (True, "experiments/restore", {}),
    ):
        before = get(client, experiment_id)["last_update_time"]
        time.sleep(0.002)
        assert client.post(call, experiment_id=experiment_id, **fields).status == 200
        assert (get(client, experiment_id)["last_update_time"] > before) is changes, call


def test_search_by_stage_and_filter(client: Client) -> None:
    """Searches show active experiments unless told otherwise; the newest come first."""
    ids = [client.new_experiment(name, tags=[{"key": "k", "value": name}]) for name in ("a", "b", "c")]
    client.post("experiments/delete", experiment_id=ids[1])
    assert sorted(search(client)) == ["Default", "a", "c"]
    assert search(client, view_type="DELETED_ONLY") == ["b"]
    assert search(client, view_type="ALL", order_by=["name DESC"]) == ["c", "b", "a", "Default"]
    assert search(client, filter="tags.k = 'a' AND name LIKE 'a%'") == ["a"]
    assert client.post("experiments/search", max_results=5, filter="name = 'x'").body == {}


def test_search_pages(client: Client) -> None:
    """Pages follow each other without gaps or repeats; only a page that has a successor carries a token."""
    names = sorted(f"e{number}" for number in range(5))
    for name in names:
        client.new_experiment(name)
    wanted = {"max_results": 2, "order_by": ["name"], "filter": "name LIKE 'e%'"}
    pages, token = [], None
    while not pages or token:
        body = client.post("experiments/search", page_token=token, **wanted).body
        pages.append([experiment["name"] for experiment in body["experiments"]])
        token = body.get("next_page_token")
    assert pages == [names[:2], names[2:4], names[4:]]


@pytest.mark.parametrize(
    ("max_results", "message"),
    [
        (None, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer"),
        (-1, "Invalid value -1 for parameter 'max_results' supplied. It must be a positive integer"),
        (50_001, "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000"),
        ("many", "Invalid value \"many\" for parameter 'max_results' supplied:"),
    ],
)
def test_search_refuses_page_sizes(shared: Client, max_results: Any, message: str) -> None:
    """A search names its page size, from 1 to 50,000."""
    reply = shared.post("experiments/search", max_results=max_results)
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)


def test_list_experiments_for_old_clients(shared: Client) -> None:
    """The 1.x list is by id and holds everything unless a page size is given."""
    for name in ("listed", "listed too"):
        shared.new_experiment(name)
    body = shared.get("experiments/list").body
    ids = [int(experiment["experiment_id"]) for experiment in body["experiments"]]
    assert ids == sorted({0, *ids})
    first = shared.get("experiments/list", max_results=2).body
    rest = shared.get("experiments/list", max_results=1000, page_token=first["next_page_token"]).body
    assert first["experiments"] + rest["experiments"] == body["experiments"]
