"""Datasets, model inputs and outputs of runs: `semantics.md` §8."""

from compat_tests.replay.script import Script

s = Script("inputs", "Datasets, model inputs and outputs of runs.")
UNKNOWN = "0123456789abcdef0123456789abcdef"
DATA = {"name": "d", "digest": "1", "source_type": "local", "source": "{}"}

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})
for name in ("a", "b", "c", "bad"):
    s.post(
        "runs/create",
        {"experiment_id": "$e", "run_name": name, "start_time": 1},
        save={name: "run.info.run_id"},
    )


def log(run="$a", /, *datasets, **more):
    s.post("runs/log-inputs", {"run_id": run, "datasets": list(datasets), **more})


def dataset(tags=None, **fields):
    entry = {"dataset": {**DATA, **fields}}
    return entry if tags is None else {"tags": tags, **entry}


# The ordinary.
log("$a", dataset())
log("$a", dataset([{"key": "mlflow.data.context", "value": "eval"}]))
log(
    "$b",
    dataset([{"key": "mlflow.data.context", "value": "training"}], schema="S", profile="P", source="other"),
)
log("$b", dataset(name="second", schema="S", profile="P"), dataset([{"key": "k", "value": ""}], name="third"))
log("$b", dataset(name="twice"), dataset([{"key": "k", "value": "v"}], name="twice"))
s.get("runs/get", {"run_id": "$a"})
s.get("runs/get", {"run_id": "$b"})
s.post("runs/search", {"experiment_ids": ["$e"], "order_by": ["run_name"]})
SEARCH = "/ajax-api/2.0/mlflow/experiments/search-datasets"
s.post(SEARCH, {"experiment_ids": ["$e"]}, unordered="dataset_summaries")
s.post(SEARCH, {"experiment_ids": []})
s.post(SEARCH, {})
s.post(SEARCH, {"experiment_ids": ["$e"] * 20}, unordered="dataset_summaries")
s.post(SEARCH, {"experiment_ids": ["$e"] * 21})
s.post(SEARCH, {"experiment_ids": ["424242"]})
s.post(SEARCH, {"experiment_ids": ["abc"]})
s.post("experiments/search-datasets", {"experiment_ids": ["$e"]})

# Models.
log("$c", models=[{"model_id": "m-1"}, {"model_id": "m-2"}])
log("$c", models=[{"model_id": "m-1"}])
s.post(
    "runs/outputs",
    {"run_id": "$c", "models": [{"model_id": "m-3", "step": 4}, {"model_id": "m-4", "step": 0}]},
)
s.post("runs/outputs", {"run_id": "$bad", "models": [{"model_id": "m-3", "step": 9}]})
s.post("runs/outputs", {"run_id": "$bad", "models": [{"model_id": "m-3", "step": 10}]})
s.post("runs/outputs", {"run_id": "$c", "models": []})
s.get("runs/get", {"run_id": "$c"})
s.post("runs/search", {"experiment_ids": ["$e"], "filter": "run_name = 'c'"})

# Bad requests.
s.post("runs/log-inputs", {"run_id": "$bad"})
s.post("runs/log-inputs", {"datasets": [dataset()]})
s.post("runs/log-inputs", {"run_uuid": "$bad", "datasets": [dataset()]})
log(UNKNOWN, dataset())
log("a b", dataset())
for entry in (
    {},
    {"dataset": {}},
    {"dataset": None},
    {"dataset": "x"},
    {"tags": []},
    {"tags": "x", "dataset": DATA},
    {"tags": [{}], "dataset": DATA},
    {"tags": [{"key": "k"}], "dataset": DATA},
    {"tags": [7], "dataset": DATA},
    {"tags": [{"key": 7, "value": "v"}], "dataset": DATA},
    {"tags": [{"value": "v"}], "dataset": DATA},
):
    log("$bad", entry)
for field in DATA:
    for value in (None, "", 7, [], {}):
        log("$bad", dataset(**{field: value}))
for field, limit in (("name", 500), ("digest", 36), ("source", 65535)):
    log("$bad", dataset(**{"name": field, field: "x" * limit}))
    log("$bad", dataset(**{"name": field, field: "x" * (limit + 1)}))
log("$bad", dataset([{"key": "k" * 255, "value": "v" * 500}], name="tags"))
log("$bad", dataset([{"key": "k" * 256, "value": "v"}], name="tags"))
log("$bad", dataset([{"key": "k", "value": "v" * 501}], name="tags"))
log("$bad", *[dataset(name=f"n{index}") for index in range(1001)])
for models in ([{}], [{"model_id": ""}], [{"model_id": 7}], ["m-1"], "m-1", [{"model_id": None}], [None]):
    log("$bad", models=models)
for models in (
    [{}],
    [{"model_id": "m-1"}],
    [{"step": 1}],
    [{"model_id": "m-1", "step": "x"}],
    [{"model_id": 7, "step": 1}],
    ["m-1"],
    "m-1",
    [{"model_id": "m-5", "step": "7"}],
    [{"model_id": "m-6", "step": -1}],
    [{"model_id": "m-1", "step": 1.5}],
    [{"model_id": "", "step": 1}],
    None,
):
    s.post("runs/outputs", {"run_id": "$bad", "models": models})
s.post("runs/outputs", {"run_id": UNKNOWN, "models": [{"model_id": "m-1", "step": 1}]})
s.post("runs/outputs", {"models": [{"model_id": "m-1", "step": 1}]})
