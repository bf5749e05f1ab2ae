"""Rules of tracking beside the subjects of other files: ids, times, ended runs, datasets, logged models."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from mlflowlite.server import prepare
from mlflowlite.settings import Settings
from tests.support import Client
from tests.test_inputs import SEARCH_DATASETS, dataset, log_inputs
from tests.test_logged_models import get, new_model, pairs, search

INVALID = (400, "INVALID_PARAMETER_VALUE")


def test_times_are_milliseconds(client: Client) -> None:
    """Times that the server gives are whole milliseconds since the epoch."""
    before = int(time.time() * 1000)
    experiment = client.get("experiments/get", experiment_id=client.new_experiment()).body["experiment"]
    model = client.post("registered-models/create", name="m").body["registered_model"]
    logged = get(client, new_model(client))["info"]
    after = int(time.time() * 1000)
    for given in (
        experiment["creation_time"],
        experiment["last_update_time"],
        model["creation_timestamp"],
        model["last_updated_timestamp"],
        logged["creation_timestamp_ms"],
        logged["last_updated_timestamp_ms"],
    ):
        assert type(given) is int
        assert before <= given <= after


def test_the_default_experiment_is_like_any_other(client: Client, settings: Settings) -> None:
    """Experiment 0 may be renamed and deleted; starting the server again does not bring it back."""
    assert client.post("experiments/update", experiment_id="0", new_name="mine").status == 200
    assert client.post("experiments/delete", experiment_id="0").status == 200
    prepare(settings)  # what a server does when it starts
    found = client.get("experiments/get", experiment_id="0").body["experiment"]
    assert (found["name"], found["lifecycle_stage"]) == ("mine", "deleted")
    assert client.get("experiments/get-by-name", experiment_name="Default").status == 404
    assert int(client.new_experiment("Default")) > 0


@pytest.mark.parametrize("location", ["s3://bucket/path/", "mlflow-artifacts:/a/b/"])
def test_a_trailing_slash_of_a_location(client: Client, location: str) -> None:
    """A location keeps its slash at the end; what lives below it has no doubled one."""
    experiment_id = client.new_experiment(artifact_location=location)
    found = client.get("experiments/get", experiment_id=experiment_id).body["experiment"]
    assert found["artifact_location"] == location
    run_id, model_id = client.new_run(experiment_id), new_model(client, experiment_id)
    assert client.run(run_id)["info"]["artifact_uri"] == f"{location}{run_id}/artifacts"
    assert get(client, model_id)["info"]["artifact_uri"] == f"{location}models/{model_id}/artifacts"


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_an_ended_run_takes_writes(client: Client, status: str) -> None:
    """A run in a terminal status takes metrics, params, tags, inputs and outputs as before."""
    run_id = client.new_run()
    client.post("runs/update", run_id=run_id, status=status, end_time=5)
    batch = {"metrics": [{"key": "m", "value": 1, "timestamp": 1}], "params": pairs({"p": "1"})}
    assert client.post("runs/log-batch", run_id=run_id, tags=pairs({"t": "1"}), **batch).status == 200
    log_inputs(client, run_id, datasets=[dataset()])
    assert client.post("runs/outputs", run_id=run_id, models=[{"model_id": "m", "step": 0}]).status == 200
    run = client.run(run_id)
    assert (run["info"]["status"], run["info"]["end_time"]) == (status, 5)
    assert run["data"]["params"] == pairs({"p": "1"})
    assert (len(run["data"]["metrics"]), len(run["data"]["tags"])) == (1, 2)
    assert (len(run["inputs"]["dataset_inputs"]), len(run["outputs"]["model_outputs"])) == (1, 1)


def test_a_dataset_of_a_metric_needs_a_model(client: Client) -> None:
    """Dataset fields of a point without a model are taken and forgotten."""
    run_id = client.new_run()
    point = {"key": "m", "value": 1.0, "timestamp": 1}
    on = {"dataset_name": "d", "dataset_digest": "g"}
    assert client.post("runs/log-metric", run_id=run_id, **point, **on).body == {}
    assert client.post("runs/log-batch", run_id=run_id, metrics=[{**point, **on, "step": 1}]).body == {}
    assert client.run(run_id)["data"]["metrics"] == [{**point, "step": 1}]
    history = client.get("metrics/get-history", run_id=run_id, metric_key="m").body["metrics"]
    assert history == [{**point, "step": 0}, {**point, "step": 1}]


def test_a_point_of_a_model_is_told_apart_by_its_run(client: Client) -> None:
    """Runs that log the same metric of one model at the same time and step each keep their value."""
    model_id = new_model(client)
    runs = [client.new_run() for _ in range(2)]
    for number, run_id in enumerate(runs):
        point = {"key": "m", "value": number, "timestamp": 1, "model_id": model_id}
        assert client.post("runs/log-metric", run_id=run_id, **point).status == 200
    found = get(client, model_id)["data"]["metrics"]
    assert {metric["run_id"]: metric["value"] for metric in found} == {runs[0]: 0.0, runs[1]: 1.0}


def test_dataset_summaries_end_at_a_thousand(client: Client) -> None:
    """A search of datasets gives at most 1000 of them."""
    run_id = client.new_run()
    log_inputs(client, run_id, datasets=[dataset(f"d{number}") for number in range(1001)])
    assert len(client.post(SEARCH_DATASETS, experiment_ids=["0"]).body["dataset_summaries"]) == 1000


def test_runs_are_chosen_by_experiments_and_stage(client: Client) -> None:
    """A search of runs looks at the experiments and the lifecycle stage that the request names."""
    other = client.new_experiment()
    kept, gone, foreign = client.new_run(), client.new_run(), client.new_run(other)
    client.post("runs/delete", run_id=gone)

    def found(**fields: Any) -> set[str]:
        body = client.post("runs/search", fields).body
        return {run["info"]["run_id"] for run in body.get("runs", [])}

    assert found(experiment_ids=["0"]) == {kept}
    assert found(experiment_ids=["0", other]) == {kept, foreign}
    assert found(experiment_ids=["0"], run_view_type="DELETED_ONLY") == {gone}
    assert found(experiment_ids=["0"], run_view_type="ALL") == {kept, gone}
    assert found(experiment_ids=["987"]) == found(experiment_ids=[]) == set()


class TestLoggedModelSearch:
    """What the 3.x client asks, and what is refused (`semantics.md` §12.3)."""

    def test_by_name_and_run(self, client: Client) -> None:
        """A model is found by the name of its artifact path, among others of the name, in pages of two."""
        run_id = client.new_run()
        for source in ("", run_id, ""):
            new_model(client, name="model", source_run_id=source)
        new_model(client, name="other")
        asked = {"experiment_ids": ["0"], "filter": "name = 'model'", "max_results": 2}
        first = client.post("logged-models/search", asked).body
        rest = client.post("logged-models/search", {**asked, "page_token": first["next_page_token"]}).body
        infos = [model["info"] for body in (first, rest) for model in body["models"]]
        assert [len(body["models"]) for body in (first, rest)] == [2, 1]
        assert sum(info["source_run_id"] == run_id for info in infos) == 1

    def test_quotes(self, client: Client) -> None:
        """A value stands in single quotes, in double quotes, or bare."""
        new_model(client, name="model")
        for value in ("'model'", '"model"', "model"):
            assert search(client, filter=f"name = {value}") == ["model"]

    def test_infinity_and_nan(self, client: Client) -> None:
        """NaN counts as 0 in conditions, infinities as the largest doubles."""
        run_id = client.new_run()
        for name in ("NaN", "Infinity"):
            place = {"model_id": new_model(client, name=name), "timestamp": 1}
            assert client.post("runs/log-metric", run_id=run_id, key="m", value=name, **place).status == 200
        assert search(client, filter="metrics.m = 0") == ["NaN"]
        assert search(client, filter="metrics.m >= 1.7976931348623157e308") == ["Infinity"]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"order_by": [{"field_name": "params.p"}]}, "Invalid order by field name: params.p. Only met"),
            ({"order_by": [{"field_name": "attributes.name"}]}, "Invalid order by field name: attributes.n"),
            ({"order_by": [{"field_name": "unknown"}]}, "Invalid attribute key 'unknown' specified."),
            ({"order_by": [{"field_name": "name"}] * 2}, "`order_by` contains duplicate fields"),
            ({"datasets": [{}]}, "Missing value for required parameter 'datasets[0].dataset_name'."),
            ({"filter": "unknown = 'x'"}, "Invalid attribute key 'unknown' specified."),
            ({"filter": "attribute.name = 'x'"}, "Invalid entity type 'attribute'."),
            ({"experiment_ids": ["x"]}, "Invalid experiment ID 'x'. Experiment ID must be a valid integer."),
        ],
        ids=json.dumps,
    )
    def test_refused(self, client: Client, fields: dict[str, Any], message: str) -> None:
        """Orders by anything but attributes and metrics, and unknown names, are refused."""
        reply = client.post("logged-models/search", {"experiment_ids": ["0"], **fields})
        assert reply.error == INVALID
        assert reply.body["message"].startswith(message)
