"""log-batch: `semantics.md` §6."""

from compat_tests.replay.script import Script

s = Script("batches", "Batches of metrics, params and tags.")
UNKNOWN = "0123456789abcdef0123456789abcdef"


def metrics(count, **fields):
    return [
        {"key": f"m{index}", "value": index, "timestamp": 1, "step": 0, **fields} for index in range(count)
    ]


def pairs(count, prefix="k"):
    return [{"key": f"{prefix}{index}", "value": str(index)} for index in range(count)]


s.post(
    "runs/create", {"experiment_id": "0", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)
s.post(
    "runs/create", {"experiment_id": "0", "run_name": "big", "start_time": 1}, save={"big": "run.info.run_id"}
)
s.post(
    "runs/create", {"experiment_id": "0", "run_name": "odd", "start_time": 1}, save={"odd": "run.info.run_id"}
)


def batch(run="$run", /, **fields):
    s.post("runs/log-batch", {"run_id": run, **fields})


def show(run="$run"):
    s.get("runs/get", {"run_id": run})


# The ordinary.
batch()
batch(metrics=[], params=[], tags=[])
batch(metrics=metrics(3), params=pairs(2, "p"), tags=pairs(2, "t"))
show()
batch(metrics=metrics(3), params=pairs(2, "p"), tags=pairs(2, "t"))
show()
batch(
    metrics=[{"key": "m0", "value": 5, "timestamp": 2, "step": 1}, {"key": "m0", "value": 6, "timestamp": 1}]
)
batch(
    metrics=[
        {"key": "nan", "value": "NaN", "timestamp": 2},
        {"key": "inf", "value": "-Infinity", "timestamp": 2},
    ]
)
batch(
    metrics=[
        {"key": "no step", "value": 5, "timestamp": 2},
        {"key": "text", "value": "2.5", "timestamp": "3", "step": "4"},
    ]
)
batch(metrics=[{"key": "same", "value": 5, "timestamp": 2}] * 3)
batch(tags=[{"key": "last", "value": "1"}, {"key": "last", "value": "2"}])
batch(tags=[{"key": "mlflow.runName", "value": "by batch"}])
batch(
    params=[{"key": "empty", "value": ""}, {"key": "absent"}],
    tags=[{"key": "empty", "value": ""}, {"key": "absent"}],
)
batch(params=[{"key": "long", "value": "v" * 6001}], tags=[{"key": "long", "value": "v" * 8001}])
show()

# Params do not change.
batch(params=[{"key": "p0", "value": "other"}])
batch(params=[{"key": "p0", "value": "other"}, {"key": "p1", "value": "other"}])
batch(params=[{"key": "x", "value": "1"}, {"key": "x", "value": "1"}])
batch(params=[{"key": "x", "value": "1"}, {"key": "x", "value": "2"}])
batch(params=[{"key": "p0", "value": "it's"}])

# All or nothing: a batch that fails leaves nothing behind.
batch("$odd", params=pairs(1, "p"))
batch("$odd", params=[{"key": "p0", "value": "other"}], metrics=metrics(1), tags=pairs(1, "t"))
batch("$odd", params=[{"key": "fresh", "value": "1"}], tags=[{"key": "a!", "value": "1"}])
batch("$odd", params=[{"key": "fresh", "value": "1"}], metrics=[{"key": "m", "value": 1, "timestamp": -1}])
show("$odd")

# Neither does one whose last part fails.
s.post(
    "runs/create",
    {"experiment_id": "0", "run_name": "torn", "start_time": 1},
    save={"torn": "run.info.run_id"},
)
unknown_model = {"key": "m", "value": 1, "timestamp": 1, "model_id": "m-00000000000000000000000000000000"}
batch("$torn", params=pairs(1, "p"), metrics=[unknown_model], tags=pairs(1, "t"))
show("$torn")

# Limits.
batch("$big", metrics=metrics(1000))
batch("$big", metrics=metrics(1001))
batch("$big", params=pairs(100))
batch("$big", params=pairs(101))
batch("$big", tags=pairs(100))
batch("$big", tags=pairs(101))
batch("$big", metrics=metrics(900), params=pairs(50), tags=pairs(50))
batch("$big", metrics=metrics(950), params=pairs(50), tags=pairs(50))
batch("$big", metrics=metrics(999), params=pairs(101))

# Bad entries; the message names the place.
for entry in (
    {},
    {"key": "m"},
    {"key": "m", "value": 1},
    {"value": 1, "timestamp": 1},
    {"key": "m", "timestamp": 1},
    {"key": "", "value": 1, "timestamp": 1},
    {"key": 7, "value": 1, "timestamp": 1},
    {"key": "a!", "value": 1, "timestamp": 1},
    {"key": "../a", "value": 1, "timestamp": 1},
    {"key": "k" * 251, "value": 1, "timestamp": 1},
    {"key": "m", "value": "x", "timestamp": 1},
    {"key": "m", "value": 1, "timestamp": "x"},
    {"key": "m", "value": 1, "timestamp": -1},
    {"key": "m", "value": 1, "timestamp": 1.5},
    {"key": "m", "value": 1, "timestamp": 1, "step": "x"},
    {"key": "m", "value": True, "timestamp": 1},
    {"key": "m", "value": None, "timestamp": 1},
    {"key": "m", "value": "nan", "timestamp": 1},
    {"key": "m", "value": 1, "timestamp": 1, "step": 2**63},
    {"key": "m", "value": [], "timestamp": 1},
    {"key": "m", "value": 1, "timestamp": None},
):
    batch("$odd", metrics=[{"key": "fine", "value": 1, "timestamp": 1}, entry])
for entry in (
    {},
    {"value": "v"},
    {"key": "", "value": "v"},
    {"key": None, "value": "v"},
    {"key": 7, "value": "v"},
    {"key": "a!", "value": "v"},
    {"key": "/a", "value": "v"},
    {"key": "k" * 251, "value": "v"},
    {"key": "v7", "value": 7},
    {"key": "vt", "value": True},
    {"key": "vl", "value": ["v"]},
    {"key": "vo", "value": {}},
):
    batch("$odd", params=[{"key": "p0", "value": "0"}, entry])
    batch("$odd", tags=[{"key": "fine", "value": "v"}, entry])
for kind in ("metrics", "params", "tags"):
    for value in ("x", 7, {}, [7], ["x"], [None], [[]], None, True):
        batch("$odd", **{kind: value})
batch(UNKNOWN, tags=pairs(1))
batch(UNKNOWN)
batch("")
batch("a b")
s.post("runs/log-batch", {"tags": pairs(1)})
s.post("runs/log-batch", {"run_uuid": "$run", "tags": pairs(1)})
