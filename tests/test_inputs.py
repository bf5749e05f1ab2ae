"""What runs read and wrote over HTTP: datasets, model inputs and outputs (`semantics.md` §8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Client

INVALID = (400, "INVALID_PARAMETER_VALUE")
SEARCH_DATASETS = "/ajax-api/2.0/mlflow/experiments/search-datasets"


def dataset(name: str = "d", context: str | None = None, **fields: Any) -> dict[str, Any]:
    """A dataset input; the context is its tag."""
    entry = {"dataset": {"name": name, "digest": "g", "source_type": "local", "source": "s", **fields}}
    return entry if context is None else {"tags": [context_tag(context)], **entry}


def context_tag(context: str) -> dict[str, str]:
    return {"key": "mlflow.data.context", "value": context}


def log_inputs(client: Client, run_id: str, **fields: Any) -> None:
    reply = client.post("runs/log-inputs", run_id=run_id, **fields)
    assert (reply.status, reply.body) == (200, {})


def datasets_of(client: Client, run_id: str) -> list[dict[str, Any]]:
    return client.run(run_id)["inputs"].get("dataset_inputs", [])


def test_datasets_come_back_in_order(client: Client) -> None:
    """A run shows its datasets as logged, in the order logged; schema and profile only when given."""
    run_id = client.new_run()
    first = [dataset("z", "train", schema="{}", profile='{"rows": 1}'), dataset("a")]
    log_inputs(client, run_id, datasets=first)
    log_inputs(client, run_id, datasets=[dataset("m", schema="", profile="")])
    assert datasets_of(client, run_id) == [*first, dataset("m")]
    found = client.post("runs/search", experiment_ids=["0"]).body["runs"][0]
    assert found["inputs"]["dataset_inputs"] == datasets_of(client, run_id)


def test_an_input_is_noted_once(client: Client) -> None:
    """The same dataset logged again stays as it is, its tags included, also within one call."""
    run_id = client.new_run()
    log_inputs(client, run_id, datasets=[dataset(context="train"), dataset(context="eval")])
    log_inputs(client, run_id, datasets=[dataset(context="eval", source="other")])
    assert datasets_of(client, run_id) == [dataset(context="train")]


def test_a_dataset_belongs_to_its_experiment(client: Client) -> None:
    """Runs of one experiment share a dataset with the first writer's details; other experiments don't."""
    first, second = client.new_run(), client.new_run()
    foreign = client.new_run(client.new_experiment())
    for run_id, source in ((first, "one"), (second, "two"), (foreign, "three")):
        log_inputs(client, run_id, datasets=[dataset(context=source, source=source)])
    assert [datasets_of(client, run_id)[0] for run_id in (first, second, foreign)] == [
        dataset(context="one", source="one"),
        dataset(context="two", source="one"),
        dataset(context="three", source="three"),
    ]


def test_a_digest_makes_another_dataset(client: Client) -> None:
    """Datasets of one name with different digests are different ones."""
    run_id = client.new_run()
    both = [dataset(digest="1"), dataset(digest="2")]
    log_inputs(client, run_id, datasets=both)
    assert datasets_of(client, run_id) == both


def test_more_than_a_thousand_datasets(shared: Client) -> None:
    """One call may log any number of datasets."""
    run_id = shared.new_run()
    many = [dataset(f"d{number}") for number in range(1001)]
    log_inputs(shared, run_id, datasets=many)
    assert datasets_of(shared, run_id) == many


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (dataset("n" * 501), "'name' exceeds the maximum length of 500 characters"),
        (dataset(digest="g" * 37), "'digest' exceeds the maximum length of 36 characters"),
        (dataset(source="s" * 65_536), "'source' exceeds the maximum length of 65535 characters"),
        (dataset(schema="s" * 1_048_576), "'schema' exceeds the maximum length of 1048575 characters"),
        (dataset(context="c" * 501), "'value' exceeds the maximum length of 500 characters"),
        ({**dataset(), "tags": [{"key": "k" * 256}]}, "'key' exceeds the maximum length of 255 characters"),
        ({"tags": []}, "Missing value for required parameter 'datasets[0].dataset'."),
        (dataset(name=None), "Missing value for required parameter 'datasets[0].dataset.name'."),  # type: ignore[arg-type]
        (dataset(source=3), "Invalid value 3 for parameter 'datasets[0].dataset.source' supplied:"),
        ("d", "Invalid value \"d\" for parameter 'datasets[0]' supplied:"),
    ],
)
def test_log_inputs_refuses(shared: Client, entry: Any, message: str) -> None:
    """A dataset has a name, digest, source and source type, each within its limit; else nothing is noted."""
    run_id = shared.new_run()
    for datasets in ([entry], [entry, dataset("good")]):
        reply = shared.post("runs/log-inputs", run_id=run_id, datasets=datasets)
        assert reply.error == INVALID
        assert reply.body["message"].startswith(message)
    assert datasets_of(shared, run_id) == []


def test_texts_up_to_their_limits(client: Client) -> None:
    """The longest texts allowed are stored whole."""
    run_id = client.new_run()
    longest = dataset("ü" * 500, "c" * 500, digest="g" * 36, source="s" * 65_535, schema="s" * 1_048_575)
    log_inputs(client, run_id, datasets=[longest])
    assert datasets_of(client, run_id) == [longest]


def test_nothing_to_log_is_fine(shared: Client) -> None:
    """Calls without datasets and models answer 200; outputs need the list, be it empty."""
    run_id = shared.new_run()
    log_inputs(shared, run_id)
    log_inputs(shared, run_id, datasets=[], models=[])
    assert shared.post("runs/outputs", run_id=run_id, models=[]).body == {}
    assert shared.run(run_id)["inputs"] == shared.run(run_id)["outputs"] == {}


def test_model_inputs_and_outputs(client: Client) -> None:
    """A run shows the models it read and wrote; ids are not checked, and repeats change only the step."""
    run_id = client.new_run()
    for _ in range(2):
        log_inputs(client, run_id, models=[{"model_id": "m-1"}, {"model_id": "m-1"}, {"model_id": "m-2"}])
    for step in (1, -3):
        written = [{"model_id": "m-3", "step": step}, {"model_id": "m-4", "step": 0}]
        assert client.post("runs/outputs", run_id=run_id, models=written).body == {}
    run = client.run(run_id)
    assert run["inputs"] == {"model_inputs": [{"model_id": "m-1"}, {"model_id": "m-2"}]}
    assert run["outputs"] == {"model_outputs": written}
    found = client.post("runs/search", experiment_ids=["0"]).body["runs"][0]
    assert (found["inputs"], found["outputs"]) == ({}, run["outputs"])


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ([{"step": 1}], "Missing value for required parameter 'models[0].model_id'."),
        ([{"model_id": "m"}], "Missing value for required parameter 'models[0].step'."),
        ([{"model_id": "m", "step": "x"}], "Invalid value \"x\" for parameter 'models[0].step' supplied:"),
        (["m"], "Invalid value \"m\" for parameter 'models[0]' supplied:"),
        (None, "Missing value for required parameter 'models'."),
    ],
)
def test_outputs_refuse(shared: Client, models: Any, message: str) -> None:
    """An output has a model id and a step."""
    run_id = shared.new_run()
    reply = shared.post("runs/outputs", run_id=run_id, models=models)
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)
    assert shared.run(run_id)["outputs"] == {}


def test_search_datasets(client: Client) -> None:
    """The summaries name each dataset of the experiments once per context it was read in."""
    experiments = [client.new_experiment(name) for name in ("a", "b")]
    for experiment_id in experiments:
        for context in ("train", "eval", "train", None):
            log_inputs(client, client.new_run(experiment_id), datasets=[dataset(context=context)])
    body = client.post(SEARCH_DATASETS, experiment_ids=experiments[:1]).body
    common = {"experiment_id": experiments[0], "name": "d", "digest": "g"}
    assert sorted(body["dataset_summaries"], key=str) == sorted(
        [{**common, "context": "eval"}, {**common, "context": "train"}, common], key=str
    )
    assert len(client.post(SEARCH_DATASETS, experiment_ids=experiments).body["dataset_summaries"]) == 6
    assert client.post(SEARCH_DATASETS, experiment_ids=["0"]).body == {}


@pytest.mark.parametrize(
    ("experiment_ids", "message"),
    [
        ([], "SearchDatasets request must specify at least one experiment_id."),
        (["0"] * 21, "SearchDatasets request cannot specify more than 20 experiment_ids. Received 21"),
        (["x"], "Invalid experiment ID 'x'. Experiment ID must be a valid integer."),
        ("0", "Invalid value \"0\" for parameter 'experiment_ids' supplied:"),
    ],
)
def test_search_datasets_refuses(shared: Client, experiment_ids: Any, message: str) -> None:
    """Datasets are searched in 1 to 20 experiments."""
    reply = shared.post(SEARCH_DATASETS, experiment_ids=experiment_ids)
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)
