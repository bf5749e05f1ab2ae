"""Logged models: `endpoints.md` §5, `semantics.md` §12."""

from compat_tests.replay.script import Script

s = Script("logged_models", "Logged models from creation to deletion.")
UNKNOWN = "m-0123456789abcdef0123456789abcdef"

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})
s.post(
    "runs/create", {"experiment_id": "$e", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)

# Making and reading.
s.post("logged-models", {"experiment_id": "$e"}, save={"unnamed": "model.info.model_id"})
s.post(
    "logged-models",
    {
        "experiment_id": "$e",
        "name": "full",
        "model_type": "agent",
        "source_run_id": "$run",
        "params": [{"key": "p", "value": "1"}, {"key": "q", "value": ""}],
        "tags": [{"key": "t", "value": "1"}, {"key": "u", "value": ""}],
    },
    save={"m": "model.info.model_id"},
)
s.get("logged-models/$m")
s.get("logged-models/$unnamed")
s.get(f"logged-models/{UNKNOWN}")
s.get("logged-models/..%2fx")
s.get("logged-models/a%20b")
for name in (
    "a/b",
    "a:b",
    "a.b",
    "a%b",
    'a"b',
    "a'b",
    "",
    " ",
    "a b",
    "\u2603",
    "n" * 500,
    "full",
    "a\\b",
    "a\nb",
    "-",
    "n" * 501,
):
    s.post("logged-models", {"experiment_id": "$e", "name": name})
for fields in (
    {},
    {"experiment_id": ""},
    {"experiment_id": "424242"},
    {"experiment_id": "abc"},
    {"experiment_id": 7},
    {"experiment_id": "$e", "source_run_id": "nobody"},
    {"experiment_id": "$e", "params": [{"value": "1"}]},
    {"experiment_id": "$e", "params": [{"key": "a"}]},
    {"experiment_id": "$e", "tags": [{"key": "a"}]},
    {"experiment_id": "$e", "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
    {"experiment_id": "$e", "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
    {"experiment_id": "$e", "params": [{"key": "a!", "value": "1"}]},
    {"experiment_id": "$e", "tags": [{"key": "a!", "value": "1"}]},
    {"experiment_id": "$e", "params": [{"key": "k" * 251, "value": "1"}]},
    {"experiment_id": "$e", "tags": [{"key": "k" * 251, "value": "1"}]},
    {"experiment_id": "$e", "params": [{"key": "long", "value": "v" * 6001}]},
    {"experiment_id": "$e", "tags": [{"key": "long", "value": "v" * 8001}]},
    {"experiment_id": "$e", "params": ["x"]},
    {"experiment_id": "$e", "model_type": "t" * 501},
):
    s.post("logged-models", fields)

# Finalizing.
for status in ("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_PENDING", 2, "2"):
    s.patch("logged-models/$m", {"model_id": "$m", "status": status})
for status in ("READY", 99, "", None, "LOGGED_MODEL_STATUS_UNSPECIFIED", [], "logged_model_ready"):
    s.patch("logged-models/$unnamed", {"model_id": "$unnamed", "status": status})
s.patch("logged-models/$m", {"status": "LOGGED_MODEL_READY"})
s.patch("logged-models/$m", {"model_id": UNKNOWN, "status": "LOGGED_MODEL_READY"})
s.patch(f"logged-models/{UNKNOWN}", {"model_id": UNKNOWN, "status": "LOGGED_MODEL_READY"})
s.get("logged-models/$m")

# Tags and params.
s.patch(
    "logged-models/$m/tags",
    {"model_id": "$m", "tags": [{"key": "t", "value": "2"}, {"key": "new", "value": "x"}]},
)
s.patch("logged-models/$m/tags", {"model_id": "$m", "tags": []})
s.patch("logged-models/$m/tags", {"model_id": "$m"})
s.patch("logged-models/$m/tags", {"tags": [{"key": "by path", "value": "x"}]})
s.patch("logged-models/$m/tags", {"model_id": "$m", "tags": [{"key": "e!", "value": "x"}]})
s.patch("logged-models/$m/tags", {"model_id": "$m", "tags": [{"key": "no value"}]})
s.patch("logged-models/$unnamed/tags", {"model_id": "$unnamed", "tags": [{"value": "x"}]})
s.patch("logged-models/$unnamed/tags", {"model_id": "$unnamed", "tags": ["x"]})
s.patch(f"logged-models/{UNKNOWN}/tags", {"model_id": UNKNOWN, "tags": [{"key": "t", "value": "2"}]})
s.delete("logged-models/$m/tags/t", {})
s.delete("logged-models/$m/tags/t", {})
s.delete("logged-models/$m/tags/by%20path", {})
s.delete(f"logged-models/{UNKNOWN}/tags/t", {})
s.post("logged-models/$m/params", {"model_id": "$m", "params": [{"key": "later", "value": "1"}]})
s.post("logged-models/$m/params", {"model_id": "$m", "params": [{"key": "p", "value": "2"}]})
s.post("logged-models/$m/params", {"model_id": "$m", "params": []})
s.post("logged-models/$unnamed/params", {"params": [{"key": "by path", "value": "1"}]})
s.post(f"logged-models/{UNKNOWN}/params", {"model_id": UNKNOWN, "params": [{"key": "a", "value": "1"}]})
s.get("logged-models/$m")

# Metrics.
point = {"run_id": "$run", "model_id": "$m", "key": "loss", "timestamp": 1}
s.post("runs/log-metric", {**point, "value": 1.0, "step": 1})
s.post("runs/log-metric", {**point, "value": 1.0, "step": 1})
s.post("runs/log-metric", {**point, "value": 0.5, "step": 2, "dataset_name": "d", "dataset_digest": "x"})
s.post("runs/log-metric", {**point, "value": "NaN", "step": 3, "dataset_name": "d"})
s.post("runs/log-metric", {**point, "value": "Infinity", "step": 4})
s.post(
    "runs/log-batch",
    {
        "run_id": "$run",
        "metrics": [
            {
                "key": "acc",
                "value": 0.75,
                "timestamp": 9,
                "model_id": "$m",
                "dataset_name": "d",
                "dataset_digest": "x",
            },
            {"key": "plain", "value": 0.25, "timestamp": 9},
        ],
    },
)
s.get("logged-models/$m")
s.get("runs/get", {"run_id": "$run"})
s.get("metrics/get-history", {"run_id": "$run", "metric_key": "loss"})
s.post("runs/log-metric", {**point, "model_id": "$unnamed", "key": "again", "value": 1.0})
s.post("runs/log-metric", {**point, "model_id": "$unnamed", "key": "again", "value": 2.0})

# Deleting.
s.delete("logged-models/$m", {})
s.delete("logged-models/$m", {})
s.delete("logged-models/$unnamed")
s.delete(f"logged-models/{UNKNOWN}", {})
s.get("logged-models/$m")
s.get("logged-models/$m", {"allow_deleted": "true"})
s.get("logged-models/$m", {"allow_deleted": "false"})
s.get("logged-models/$m", {"allow_deleted": "True"})
s.patch("logged-models/$m", {"model_id": "$m", "status": "LOGGED_MODEL_READY"})
s.patch("logged-models/$m/tags", {"model_id": "$m", "tags": [{"key": "after", "value": "x"}]})
s.delete("logged-models/$m/tags/after", {})
s.post("logged-models/$m/params", {"model_id": "$m", "params": [{"key": "after", "value": "1"}]})

# Deleted with, or rather not with, their run and experiment.
s.post(
    "logged-models",
    {"experiment_id": "$e", "name": "kept", "source_run_id": "$run"},
    save={"kept": "model.info.model_id"},
)
s.post("runs/delete", {"run_id": "$run"})
s.get("logged-models/$kept")
s.post("experiments/delete", {"experiment_id": "$e"})
s.get("logged-models/$kept")
s.post("logged-models/search", {"experiment_ids": ["$e"], "filter": "name = 'kept'"})
