"""Runs and their tags: `endpoints.md` §3, `semantics.md` §4."""

import json

from compat_tests.replay.script import Script, lines

s = Script("runs", "Runs: making, reading, changing, deleting, tagging, log-model.")
UNKNOWN = "0123456789abcdef0123456789abcdef"

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})

# Making and reading.
s.post("runs/create", {"experiment_id": "$e"}, save={"run": "run.info.run_id"})
s.get("runs/get", {"run_id": "$run"})
s.get("runs/get", {"run_uuid": "$run"})
s.get("runs/get", {"run_id": "$run", "run_uuid": "$run"})
s.get("runs/get", {"run_id": "$run", "run_uuid": UNKNOWN})
s.post(
    "runs/create", {"experiment_id": "$e", "user_id": "u", "run_name": "named", "start_time": 1234567890123}
)
s.post(
    "runs/create",
    {"experiment_id": "0", "start_time": 1, "tags": [{"key": "mlflow.runName", "value": "by tag"}]},
)
both = {"experiment_id": "$e", "run_name": "one"}
s.post(
    "runs/create", {**both, "tags": [{"key": "mlflow.runName", "value": "one"}, {"key": "x", "value": "y"}]}
)
s.post("runs/create", {**both, "tags": [{"key": "mlflow.runName", "value": "two"}]})
s.post(
    "runs/create", {"experiment_id": "$e", "run_name": "", "tags": [{"key": "mlflow.runName", "value": ""}]}
)
s.post(
    "runs/create", {"experiment_id": "$e", "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}
)
s.post("runs/create", {"experiment_id": "$e", "tags": [{"key": "a!", "value": "1"}]})
s.post("runs/create", {"experiment_id": "$e", "tags": [{"value": "1"}]})
s.post("runs/create", {"experiment_id": "$e", "tags": [{"key": "a"}]})
s.post("runs/create", {"experiment_id": "$e", "tags": [{"key": "long", "value": "v" * 8001}]})
for fields in (
    {},
    {"experiment_id": ""},
    {"experiment_id": "424242"},
    {"experiment_id": "abc"},
    {"experiment_id": None},
    {"experiment_id": "-1"},
    {"experiment_id": "$e", "start_time": -5},
    {"experiment_id": "$e", "user_id": ""},
    {"experiment_id": "$e", "start_time": 2**62},
    {"experiment_id": "$e", "run_name": "n" * 250},
    {"experiment_id": "$e", "run_name": "caf\u00e9 \U0001f600 \n"},
):
    s.post("runs/create", fields)
for run_id in (UNKNOWN, "abc", "", "a b", "../x", "a" * 257, "'; DROP TABLE runs", "\u00e9", "a\nb"):
    s.get("runs/get", {"run_id": run_id})
    s.post("runs/delete", {"run_id": run_id})
s.get("runs/get")

# Updating.
s.post("runs/update", {"run_id": "$run", "status": "FINISHED", "end_time": 42})
s.post("runs/update", {"run_id": "$run", "status": "RUNNING"})
s.post("runs/update", {"run_uuid": "$run", "run_name": "renamed"})
s.get("runs/get", {"run_id": "$run"})
for change in (
    {"run_name": ""},
    {"end_time": 0},
    {"status": "SCHEDULED"},
    {"status": "FAILED"},
    {"status": "KILLED"},
    {},
    {"status": 3},
    {"status": "3"},
    {"status": "finished"},
    {"run_name": "n" * 250},
    {"end_time": "77"},
):
    s.post("runs/update", {"run_id": "$run", **change})
for change in ({"status": "NOPE"}, {"status": 99}, {"status": ""}, {"end_time": -1}):
    s.post("runs/update", {"run_id": "$run", **change})
s.post("runs/update", {"run_id": UNKNOWN, "status": "FINISHED"})
s.post("runs/update", {"status": "FINISHED"})
s.get("runs/get", {"run_id": "$run"})

# Tags.
s.post("runs/set-tag", {"run_id": "$run", "key": "t", "value": "v"})
s.post("runs/set-tag", {"run_id": "$run", "key": "t", "value": "w"})
s.post("runs/set-tag", {"run_uuid": "$run", "key": "empty", "value": ""})
s.post("runs/set-tag", {"run_id": "$run", "key": "absent"})
s.post("runs/set-tag", {"run_id": "$run", "key": "mlflow.runName", "value": "by tag"})
s.post("runs/set-tag", {"run_id": UNKNOWN, "key": "t", "value": "v"})
s.post("runs/set-tag", {"run_id": "", "key": "t", "value": "v"})
s.post("runs/set-tag", {"key": "t", "value": "v"})
for key in (
    "k" * 250,
    "k" * 251,
    "a/b/c",
    "/a",
    "a/",
    "a//b",
    "./a",
    "../a",
    "a/../b",
    ".",
    "..",
    "..a",
    "...",
    "a!",
    "a,b",
    "a=b",
    "\u00e9t\u00e9",
    "a:b c.d-e_f",
    " ",
    "a\nb",
    "a\\b",
    "mlflow.user",
    "\u2603",
    "a\u0000b",
    "x" * 300,
):
    s.post("runs/set-tag", {"run_id": "$run", "key": key, "value": "v"})
for value in ("v" * 5000, "v" * 8000, "v" * 8001, "\u2603" * 10, "a\nb\tc", " "):
    s.post("runs/set-tag", {"run_id": "$run", "key": "long", "value": value})
s.get("runs/get", {"run_id": "$run"})
s.post("runs/delete-tag", {"run_id": "$run", "key": "t"})
s.post("runs/delete-tag", {"run_id": "$run", "key": "t"})
s.post("runs/delete-tag", {"run_id": "$run", "key": "mlflow.runName"})
s.post("runs/delete-tag", {"run_id": UNKNOWN, "key": "t"})
s.get("runs/get", {"run_id": "$run"})

# Deleting and restoring.
s.post("runs/delete", {"run_id": "$run"})
s.post("runs/delete", {"run_id": "$run"})
s.get("runs/get", {"run_id": "$run"})
for path, fields in (
    ("runs/update", {"status": "FAILED"}),
    ("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1}),
    ("runs/log-parameter", {"key": "p", "value": "1"}),
    ("runs/set-tag", {"key": "t", "value": "1"}),
    ("runs/delete-tag", {"key": "long"}),
    ("runs/log-batch", {"metrics": [{"key": "m", "value": 1, "timestamp": 1}]}),
    ("runs/log-batch", {}),
    ("runs/log-inputs", {"models": [{"model_id": "m-1"}]}),
    ("runs/outputs", {"models": [{"model_id": "m-1", "step": 1}]}),
):
    s.post(path, {"run_id": "$run", **fields})
s.post("runs/restore", {"run_id": "$run"})
s.post("runs/restore", {"run_id": "$run"})
s.post("runs/restore", {"run_id": UNKNOWN})
s.get("runs/get", {"run_id": "$run"})

# log-model.
model = {
    "artifact_path": "model",
    "flavors": {"python_function": {"x": 1}},
    "utc_time_created": "2026-01-01 00:00:00.000000",
    "run_id": "$run",
    "model_uuid": "u1",
}
s.post("runs/log-model", {"run_id": "$run", "model_json": json.dumps(model)})
s.post("runs/log-model", {"run_id": "$run", "model_json": json.dumps({**model, "artifact_path": "second"})})
s.get("runs/get", {"run_id": "$run"})
for text in [
    *lines(
        """
    {}
    []
    3
    "text"
    null
    not json
    """
    ),
    "",
    *lines(
        """
    {"run_id": "x", "flavors": {}}
    """
    ),
]:
    s.post("runs/log-model", {"run_id": "$run", "model_json": text})
s.post("runs/log-model", {"run_id": UNKNOWN, "model_json": json.dumps(model)})
s.post("runs/log-model", {"run_id": "$run"})
