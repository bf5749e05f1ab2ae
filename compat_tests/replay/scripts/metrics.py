"""Single metrics and params, metric histories: `semantics.md` §5 and §6."""

from compat_tests.replay.script import Script

s = Script("metrics", "Metrics, params and metric histories.")
UNKNOWN = "0123456789abcdef0123456789abcdef"

s.post(
    "runs/create", {"experiment_id": "0", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)
s.post(
    "runs/create", {"experiment_id": "0", "run_name": "q", "start_time": 1}, save={"other": "run.info.run_id"}
)
s.post(
    "runs/create",
    {"experiment_id": "0", "run_name": "h", "start_time": 1},
    save={"hostile": "run.info.run_id"},
)


def metric(run="$run", **fields):
    """A request that logs one metric."""
    s.post("runs/log-metric", {"run_id": run, "key": "m", "value": 1.0, "timestamp": 1, **fields})


# What the latest value is.
metric(value=1.5, timestamp=10, step=1)
metric(value=1.5, timestamp=10, step=1)
metric(value=2.5, timestamp=11, step=1)
metric(value=9.0, timestamp=99, step=0)
s.get("runs/get", {"run_id": "$run"})
metric(value=3.5, timestamp=11, step=1)
metric(value=-1.0, timestamp=11, step=1)
s.get("runs/get", {"run_id": "$run"})
metric(value=0.25, timestamp=5, step=2)
metric(key="negative", value=-0.0, timestamp=0, step=-5)
metric(key="no step", value=7, timestamp=3)
metric(key="big step", value=1, timestamp=3, step=2**62)
s.get("runs/get", {"run_id": "$run"})

# Special values.
for index, value in enumerate(
    [
        "NaN",
        "Infinity",
        "-Infinity",
        1.7976931348623157e308,
        5e-324,
        1e-400,
        "1.5",
        "1e3",
        0,
        -0.0,
        10**20,
        0.1,
    ]
):
    metric(key=f"special {index}", value=value, timestamp=5)
metric(key="nan then number", value="NaN", timestamp=5)
metric(key="nan then number", value=-3, timestamp=5)
metric(key="number then nan", value=-3, timestamp=5)
metric(key="number then nan", value="NaN", timestamp=5)
metric(key="number then nan", value=3, timestamp=5)
s.get("runs/get", {"run_id": "$run"})
s.get("metrics/get-history", {"run_id": "$run", "metric_key": "number then nan"})

# Numbers in other spellings; each on a key of its own.
for index, fields in enumerate(
    [
        {"step": "7"},
        {"timestamp": "12"},
        {"step": 1.0},
        {"timestamp": 5.0},
        {"step": None},
        {"value": "-2"},
        {"timestamp": 0},
        {"step": -(2**63)},
        {"step": 2**63 - 1},
        {"timestamp": 2**63 - 1},
        {"value": 3},
        {"timestamp": -1},
        {"key": "a" * 251},
        {"timestamp": ""},
        {"value": ""},
        {"key": ""},
        {"key": None},
        {"value": None},
        {"timestamp": None},
        {"value": "abc"},
        {"value": []},
        {"value": {}},
        {"step": []},
        {"key": 7},
        {"step": ""},
    ]
):
    metric(**{"key": f"spelled {index}", **fields})
s.get("runs/get", {"run_id": "$run"})

# What upstream drops in silence, see wire.md §2.3.
for fields in (
    {"value": "nan"},
    {"value": "inf"},
    {"value": "+Infinity"},
    {"value": "1_000"},
    {"value": " 1"},
    {"timestamp": 1.5},
    {"timestamp": "1.5"},
    {"timestamp": "abc"},
    {"step": 1.5},
    {"step": "x"},
    {"step": 2**63},
    {"timestamp": 2**63},
    {"step": "9" * 30},
    {"step": True},
    {"value": True},
    {"timestamp": True},
):
    metric(run="$hostile", **fields)
for literal in ("NaN", "Infinity", "-Infinity", "1e400"):
    s.post("runs/log-metric", f'{{"run_id": "$hostile", "key": "bare", "value": {literal}, "timestamp": 1}}')

# Keys.
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
    "\u2603",
    "a\u0000b",
    "a;b",
    'a"b',
    "a'b",
    "\u4e2d",
    "a@1",
):
    metric(key=key)
    s.post("runs/log-parameter", {"run_id": "$run", "key": key, "value": "v"})
metric(run=UNKNOWN)
metric(run="a b")
metric(run="")
s.post("runs/log-metric", {"run_uuid": "$run", "key": "by uuid", "value": 1, "timestamp": 1})
s.post("runs/log-metric", {"key": "m", "value": 1, "timestamp": 1})

# Datasets and models beside a metric.
metric(key="data", dataset_name="d", dataset_digest="x")
metric(key="data", model_id="m-00000000000000000000000000000000")
s.get("metrics/get-history", {"run_id": "$run", "metric_key": "data"})

# Params.
s.post("runs/log-parameter", {"run_id": "$run", "key": "p", "value": "1"})
s.post("runs/log-parameter", {"run_id": "$run", "key": "p", "value": "1"})
s.post("runs/log-parameter", {"run_id": "$run", "key": "p", "value": "2"})
s.post("runs/log-parameter", {"run_id": "$run", "key": "empty", "value": ""})
s.post("runs/log-parameter", {"run_id": "$run", "key": "absent"})
s.post("runs/log-parameter", {"run_id": "$run", "key": "null", "value": None})
s.post("runs/log-parameter", {"run_id": "$run", "key": "long", "value": "v" * 6000})
s.post("runs/log-parameter", {"run_id": "$run", "key": "longer", "value": "v" * 6001})
s.post("runs/log-parameter", {"run_id": "$run", "key": "longer", "value": "v" * 6005})
s.post("runs/log-parameter", {"run_id": "$run", "key": "text", "value": 'it\'s \u2603 "quoted" \n'})
s.post("runs/log-parameter", {"run_id": "$run", "key": "text", "value": "changed"})
s.post("runs/log-parameter", {"run_uuid": "$run", "key": "by uuid", "value": "1"})
s.post("runs/log-parameter", {"run_id": UNKNOWN, "key": "p", "value": "1"})
s.get("runs/get", {"run_id": "$run"})

# Histories.
for step in range(20):
    metric(run="$other", key="h", value=step * 0.5, timestamp=100 - step, step=step)
metric(run="$other", key="h", value="NaN", timestamp=100, step=0)
metric(run="$other", key="h", value="Infinity", timestamp=100, step=0)
s.get("metrics/get-history", {"run_id": "$other", "metric_key": "h"})
s.get("metrics/get-history", {"run_uuid": "$other", "metric_key": "h", "max_results": "30"})
s.get(
    "metrics/get-history",
    {"run_id": "$other", "metric_key": "h", "max_results": "8"},
    save={"t": "next_page_token"},
)
s.get(
    "metrics/get-history",
    {"run_id": "$other", "metric_key": "h", "max_results": "8", "page_token": "$t"},
    save={"t": "next_page_token"},
)
s.get("metrics/get-history", {"run_id": "$other", "metric_key": "h", "max_results": "8", "page_token": "$t"})
s.get("metrics/get-history", {"run_id": "$other", "metric_key": "h", "max_results": "22"})
for query in (
    {"metric_key": "absent"},
    {},
    {"metric_key": "h", "max_results": "0"},
    {"metric_key": "h", "max_results": "-1"},
    {"metric_key": "h", "max_results": "x"},
    {"metric_key": "h", "page_token": "junk", "max_results": "3"},
    {"metric_key": "h", "page_token": ""},
    {"metric_key": ""},
    {"metric_key": "h", "max_results": "1.5"},
    {"metric_key": "h", "page_token": "junk"},
):
    s.get("metrics/get-history", {"run_id": "$other", **query})
s.get("metrics/get-history", {"run_id": UNKNOWN, "metric_key": "h"})
s.get("metrics/get-history", {"metric_key": "h"})

# Histories of several runs.
BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
s.get(BULK, {"run_id": ["$other"], "metric_key": "h"})
s.get(BULK, {"run_id": ["$other"], "metric_key": "h", "max_results": 5})
for query in (
    {},
    {"run_id": "$other"},
    {"metric_key": "h"},
    {"run_id": UNKNOWN, "metric_key": "h"},
    {"run_id": ["r"] * 101, "metric_key": "h"},
    {"run_id": "$other", "metric_key": "h", "max_results": "x"},
    *({"run_id": "$other", "metric_key": "h", "max_results": n} for n in (0, -1, 25001)),
):
    s.get(BULK, query)
s.get("metrics/get-history-bulk", {"run_id": "$other", "metric_key": "h"})

INTERVAL = "metrics/get-history-bulk-interval"
for query in (
    {},
    {"max_results": 5},
    {"max_results": 7},
    {"max_results": 1},
    {"start_step": 3, "end_step": 17},
    {"start_step": 3, "end_step": 17, "max_results": 7},
    {"start_step": 5, "end_step": 5},
    {"start_step": 9, "end_step": 3},
    {"start_step": 1},
    {"end_step": 1},
    {"start_step": 100, "end_step": 200},
    *({"max_results": n} for n in (0, -1, 2500, 2501, "x", "")),
    {"start_step": "x", "end_step": 1},
    {"start_step": -5, "end_step": 2},
):
    s.get(INTERVAL, {"run_ids": ["$other"], "metric_key": "h", **query})
s.get(INTERVAL, {"run_ids": ["$other", UNKNOWN], "metric_key": "h", "max_results": 3})
s.get(INTERVAL, {"run_ids": [UNKNOWN], "metric_key": "h"})
s.get(INTERVAL, {"run_ids": ["$other"], "metric_key": "absent"})
s.get(INTERVAL, {"run_ids": ["$other"]})
s.get(INTERVAL, {"metric_key": "h"})
s.get(INTERVAL, {"run_ids": ["r"] * 101, "metric_key": "h"})
