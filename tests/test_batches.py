"""Params, keys and batches over HTTP: what is taken, what is refused, all or nothing (`semantics.md` §6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Client, Reply

INVALID = (400, "INVALID_PARAMETER_VALUE")
NAME_TAG = "mlflow.runName"


def batch(client: Client, run_id: str, **fields: Any) -> Reply:
    return client.post("runs/log-batch", run_id=run_id, **fields)


def data_of(client: Client, run_id: str) -> dict[str, dict[str, Any]]:
    """The values a run holds, {"metrics": {key: value}, "params": ..., "tags": ...}, without its name tag."""
    data = client.run(run_id)["data"]
    found = {
        kind: {entry["key"]: entry["value"] for entry in data.get(kind, [])}
        for kind in ("metrics", "params", "tags")
    }
    found["tags"].pop(NAME_TAG, None)
    return found


def metric(key: str, value: float = 1, **fields: Any) -> dict[str, Any]:
    return {"key": key, "value": value, "timestamp": 1, **fields}


def pairs(count: int, prefix: str) -> list[dict[str, str]]:
    return [{"key": f"{prefix}{number}", "value": "v"} for number in range(count)]


# -- keys: one rule for metrics, params and tags ------------------------------------------------------

SINGLE = {
    "metrics": ("runs/log-metric", "name", "Metric name"),
    "params": ("runs/log-parameter", "key", "Param key"),
    "tags": ("runs/set-tag", "key", "key"),
}
CHARACTERS = "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces"
AS_FILE = (
    "Names may be treated as files in certain cases, and must not resolve to other names when treated as "
    "such. This name would resolve to '{}'"
)
BAD_KEYS = [
    ("a#b", CHARACTERS),
    ('a"b', CHARACTERS),
    ("a\nb", CHARACTERS),
    ("😀", CHARACTERS),
    (".", AS_FILE.format(".")),
    ("..", AS_FILE.format("..")),
    ("../a", AS_FILE.format("../a")),
    ("/a", AS_FILE.format("/a")),
    ("a/", AS_FILE.format("a")),
    ("a//b", AS_FILE.format("a/b")),
    ("a/./b", AS_FILE.format("a/b")),
    ("a/../b", AS_FILE.format("b")),
]


@pytest.mark.parametrize("kind", SINGLE)
@pytest.mark.parametrize(("key", "fault"), BAD_KEYS)
def test_bad_keys(shared: Client, kind: str, key: str, fault: str) -> None:
    """A key has known characters and is a normalised relative path, in single calls as in batches."""
    run_id = shared.new_run()
    call, path, _ = SINGLE[kind]
    for reply, name in (
        (shared.post(call, {"run_id": run_id, **metric(key), "value": "1"}), path),
        (batch(shared, run_id, **{kind: [{**metric(key), "value": "1"}]}), f"{kind}[0].{path}"),
    ):
        assert reply.error == INVALID
        assert reply.body["message"].startswith("Invalid value ")
        assert f" for parameter '{name}' supplied: {fault}" in reply.body["message"]


@pytest.mark.parametrize("kind", SINGLE)
def test_length_of_keys(shared: Client, kind: str) -> None:
    """A key has 1 to 250 characters of any script."""
    run_id = shared.new_run()
    call, _, label = SINGLE[kind]
    good, bad = "ü" * 250, "k" * 251
    assert batch(shared, run_id, **{kind: [{**metric(good), "value": "1"}]}).status == 200
    assert set(data_of(shared, run_id)[kind]) == {good}
    for fields, messages in (
        ({"key": bad}, {f"'{label}' exceeds the maximum length of 250 characters", "'tags[0].key' exceeds"}),
        ({"key": ""}, {"Missing value for required parameter 'key'", f"{kind}[0].key'"}),
    ):
        entry = {**metric("k"), "value": "1", **fields}
        for reply in (shared.post(call, run_id=run_id, **entry), batch(shared, run_id, **{kind: [entry]})):
            assert reply.error == INVALID
            assert any(message in reply.body["message"] for message in messages)


# -- params -------------------------------------------------------------------------------------------


def test_params_never_change(client: Client) -> None:
    """The same value again is fine, after cutting to 6000 characters; another is refused and not stored."""
    run_id = client.new_run()
    first = {"p": "1", "empty": "", "long": "v" * 6001, "quote": "it's"}
    for _ in range(2):
        for key, value in first.items():
            assert client.post("runs/log-parameter", run_id=run_id, key=key, value=value).body == {}
    assert client.post("runs/log-parameter", run_id=run_id, key="none").status == 200
    for key, value, old in (("p", "2", "1"), ("empty", "x", ""), ("none", "x", ""), ("quote", '"', "it's")):
        reply = client.post("runs/log-parameter", run_id=run_id, key=key, value=value)
        assert reply.error == INVALID
        assert reply.body["message"] == (
            f"Changing param values is not allowed. Param with key='{key}' was already logged with "
            f"value='{old}' for run ID='{run_id}'. Attempted logging new value '{value}'."
        )
    assert data_of(client, run_id)["params"] == {**first, "long": "v" * 6000, "none": ""}


def test_params_never_change_in_batches(client: Client) -> None:
    """A batch may repeat params that are set; one that changes some names them and writes nothing."""
    run_id = client.new_run()
    params = [{"key": "p", "value": "1"}, {"key": "q"}]
    for _ in range(2):
        assert batch(client, run_id, params=params).body == {}
    changed = [{"key": "new", "value": "n"}, {"key": "p", "value": "it's"}, {"key": "q"}]
    reply = batch(client, run_id, params=changed)
    assert reply.error == INVALID
    assert reply.body["message"] == (
        "Changing param values is not allowed. Params were already logged="
        f"'[{{'key': 'p', 'old_value': '1', 'new_value': \"it's\"}}]' for run ID='{run_id}'."
    )
    assert data_of(client, run_id)["params"] == {"p": "1", "q": ""}


# -- batches ------------------------------------------------------------------------------------------


def test_a_batch_holds_metrics_params_and_tags(client: Client) -> None:
    """Everything of a batch is stored; of a repeated tag the last counts, long values are cut."""
    run_id = client.new_run()
    tags = [{"key": "t", "value": "1"}, {"key": "t", "value": "2"}, {"key": "none"}]
    for _ in range(2):
        reply = batch(
            client,
            run_id,
            metrics=[metric("m", 1, step=1), metric("m", 2, step=0), metric("n", "NaN")],
            params=[{"key": "p", "value": "v" * 6001}],
            tags=[*tags, {"key": "long", "value": "v" * 8001}],
        )
        assert (reply.status, reply.body) == (200, {})
    assert data_of(client, run_id) == {
        "metrics": {"m": 1.0, "n": "NaN"},
        "params": {"p": "v" * 6000},
        "tags": {"t": "2", "none": "", "long": "v" * 8000},
    }


def test_an_empty_batch_is_fine(shared: Client) -> None:
    """A batch of nothing answers 200."""
    run_id = shared.new_run()
    assert batch(shared, run_id).body == {}
    assert batch(shared, run_id, metrics=[], params=None, tags=[]).body == {}


SPLIT = "Please split up {0} across multiple requests and try again."
TOO_MANY = "A batch logging request can contain at most {1} {0}. Got {2} {0}. " + SPLIT
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"metrics": [metric(f"m{n}") for n in range(1001)]}, TOO_MANY.format("metrics", 1000, 1001)),
    ({"params": pairs(101, "p")}, TOO_MANY.format("params", 100, 101)),
    ({"tags": pairs(101, "t")}, TOO_MANY.format("tags", 100, 101)),
    (
        {"metrics": [metric(f"m{n}") for n in range(999)], "params": pairs(1, "p"), "tags": pairs(1, "t")},
        TOO_MANY.format("metrics, params, and tags", 1000, 1001),
    ),
    (
        {"params": [*pairs(2, "p"), *pairs(1, "p")]},
        "Duplicate parameter keys have been submitted: ['p0']. Please ensure the request contains only one "
        "param value per param key.",
    ),
    ({"metrics": [{"key": "m", "value": 1}]}, "Missing value for required parameter 'metrics[0].timestamp'."),
    ({"metrics": [{"key": "m", "timestamp": 1}]}, "Missing value for required parameter 'metrics[0].value'."),
    ({"metrics": [metric("m", "x")]}, "Invalid value \"x\" for parameter 'metrics[0].value' supplied:"),  # type: ignore[arg-type]
    ({"metrics": [metric("m", timestamp=-1)]}, "Invalid value -1 for parameter 'metrics[0].timestamp'"),
    ({"metrics": [metric("m", dataset_digest="d")]}, "Both dataset_name and dataset_digest must be"),
    ({"params": [{"value": "v"}]}, "Missing value for required parameter 'params[0].key'."),
    ({"params": [{"key": "p", "value": 1}]}, "Invalid value 1 for parameter 'params[0].value' supplied:"),
    ({"tags": ["t"]}, "Invalid value \"t\" for parameter 'tags[0]' supplied:"),
    ({"tags": {"t": "v"}}, 'Invalid value {"t":"v"} for parameter \'tags\' supplied:'),
    ({"tags": [{"key": "a#"}]}, "Invalid value \"a#\" for parameter 'tags[0].key' supplied:"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS)
def test_a_batch_with_a_fault_writes_nothing(shared: Client, fault: dict[str, Any], message: str) -> None:
    """Limits, repeated params, bad keys and wrong types are refused before anything is stored."""
    run_id = shared.new_run()
    good = {"metrics": [metric("good")], "params": pairs(1, "good"), "tags": pairs(1, "good")}
    reply = batch(shared, run_id, **{**good, **fault})
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)
    assert data_of(shared, run_id) == {"metrics": {}, "params": {}, "tags": {}}


@pytest.mark.parametrize("fault", ["param", "model"])
def test_a_batch_that_fails_late_leaves_nothing(client: Client, fault: str) -> None:
    """A changed param, or metrics of an unknown model, undo the whole batch: metrics, tags, even the name."""
    run_id = client.new_run(run_name="before")
    batch(client, run_id, params=[{"key": "p", "value": "old"}])
    reply = batch(
        client,
        run_id,
        metrics=[metric("m"), metric("n", **({"model_id": "m-unknown"} if fault == "model" else {}))],
        params=[{"key": "p", "value": "new" if fault == "param" else "old"}, {"key": "q", "value": "v"}],
        tags=[{"key": "t", "value": "v"}, {"key": NAME_TAG, "value": "after"}],
    )
    assert reply.error == (INVALID if fault == "param" else (400, "BAD_REQUEST"))
    assert data_of(client, run_id) == {"metrics": {}, "params": {"p": "old"}, "tags": {}}
    assert client.run(run_id)["info"]["run_name"] == "before"
    assert client.get("metrics/get-history", run_id=run_id, metric_key="m").body == {}


def test_the_largest_batch(client: Client) -> None:
    """A batch of 1000 entries with 100 params and 100 tags is taken whole."""
    run_id = client.new_run()
    metrics = [metric(f"m{number}", number) for number in range(800)]
    assert batch(client, run_id, metrics=metrics, params=pairs(100, "p"), tags=pairs(100, "t")).status == 200
    assert [len(held) for held in data_of(client, run_id).values()] == [800, 100, 100]
