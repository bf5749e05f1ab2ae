"""How large pages are by default and at most, and which sizes are refused (`semantics.md` §2.1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Client, Reply

INVALID = (400, "INVALID_PARAMETER_VALUE")
BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
# By endpoint: verb, what else it needs, and the largest page it takes (None: any).
ENDPOINTS: dict[str, tuple[str, dict[str, Any], int | None]] = {
    "experiments/search": ("POST", {}, 50_000),
    "runs/search": ("POST", {"experiment_ids": ["0"]}, 50_000),
    "registered-models/search": ("GET", {}, 1000),
    "model-versions/search": ("GET", {}, 200_000),
    "logged-models/search": ("POST", {"experiment_ids": ["0"]}, None),
    "metrics/get-history": ("GET", {"run_id": "r", "metric_key": "m"}, None),
    "metrics/get-history-bulk-interval": ("GET", {"run_ids": "r", "metric_key": "m"}, 2500),
}


def ask(client: Client, endpoint: str, **fields: Any) -> Reply:
    verb, needed, _ = ENDPOINTS[endpoint]
    if verb == "GET":
        return client.get(endpoint, **needed, **fields)
    return client.post(endpoint, {**needed, **fields})


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_limits(shared: Client, endpoint: str) -> None:
    """The largest page is taken, a larger one refused, and so is one of nothing or less."""
    largest = ENDPOINTS[endpoint][2]
    assert ask(shared, endpoint, max_results=largest or 2**31 - 1).status == 200
    if largest is not None:
        assert ask(shared, endpoint, max_results=largest + 1).error == INVALID
    assert ask(shared, endpoint, max_results=-1).error == INVALID
    if endpoint != "logged-models/search":  # there 0 asks for pages of 100
        assert ask(shared, endpoint, max_results=0).error == INVALID


def test_runs_come_by_the_thousand(client: Client) -> None:
    """A search of runs without a page size gives pages of 1000."""
    db = client.app.config["mlflowlite"].db
    run = "INSERT INTO runs VALUES (?, ?, 0, 'n', 'u', 1, ?, NULL, 'active', NULL, 'a')"
    db.write(lambda: [db.execute(run, (number, f"r{number}", number)) for number in range(1, 1002)])
    first = ask(client, "runs/search").body
    assert len(first["runs"]) == 1000
    rest = ask(client, "runs/search", page_token=first["next_page_token"]).body
    assert [entry["info"]["run_id"] for entry in rest["runs"]] == ["r1"]
    assert "next_page_token" not in rest


def test_models_come_by_the_hundred(client: Client) -> None:
    """A search of registered models without a page size gives pages of 100."""
    for number in range(101):
        client.post("registered-models/create", name=f"m{number:03}")
    first = ask(client, "registered-models/search").body
    assert len(first["registered_models"]) == 100
    rest = ask(client, "registered-models/search", page_token=first["next_page_token"]).body
    assert [model["name"] for model in rest["registered_models"]] == ["m100"]


def test_versions_come_all_at_once(client: Client) -> None:
    """A search of versions without a page size gives up to 200,000 of them."""
    client.post("registered-models/create", name="m")
    for _ in range(101):
        client.post("model-versions/create", name="m", source="s3://b/m")
    found = ask(client, "model-versions/search").body
    assert len(found.pop("model_versions")) == 101
    assert found == {}


def test_logged_models_come_by_fifty_or_a_hundred(client: Client) -> None:
    """Without a page size pages are of 50 logged models, with 0 of 100."""
    for _ in range(101):
        client.post("logged-models", experiment_id="0")
    for fields, size in (({}, 50), ({"max_results": 0}, 100)):
        body = ask(client, "logged-models/search", **fields).body
        assert (len(body["models"]), bool(body["next_page_token"])) == (size, True)


def test_points_of_bulk_reads(client: Client) -> None:
    """A bulk read gives at most 25,000 points, a sample at most 2500 a run, asked for or not."""
    run_id = client.new_run()
    for start in range(0, 25_001, 1000):
        points = [
            {"key": "m", "value": step, "timestamp": step, "step": step}
            for step in range(start, min(start + 1000, 25_001))
        ]
        assert client.post("runs/log-batch", run_id=run_id, metrics=points).status == 200
    for query in ({}, {"max_results": 30_000}):
        found = client.get(BULK, run_id=run_id, metric_key="m", **query).body["metrics"]
        assert (len(found), found[-1]["step"]) == (25_000, 24_999)
    sample = {"run_ids": run_id, "metric_key": "m"}
    for query in ({}, {"max_results": 2500}):
        found = client.get("metrics/get-history-bulk-interval", **sample, **query).body["metrics"]
        assert (len(found), found[0]["step"], found[-1]["step"]) == (2500, 0, 25_000)
