"""Searching logged models: `semantics.md` §12.3."""

from compat_tests.replay.script import Script, lines

s = Script("search_logged_models", "Searching logged models: filters, orders, datasets, pages.")

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})
s.post(
    "runs/create", {"experiment_id": "$e", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)
for name, kind, params, tags in (
    ("one", "agent", {"lr": "0.1", "Net": "CNN"}, {"team": "x"}),
    ("two", "model", {"lr": "0.2", "p q": "r"}, {"team": "y", "a/b": "z", "dotted.key": "1"}),
    ("Three", "", {}, {}),
    ("gone", "agent", {}, {}),
):
    fields = {
        "experiment_id": "$e",
        "name": name,
        "model_type": kind,
        "source_run_id": "$run" if name == "one" else "",
    }
    listed = {
        kind_of: [{"key": key, "value": value} for key, value in values.items()]
        for kind_of, values in (("params", params), ("tags", tags))
    }
    s.post("logged-models", {**fields, **listed}, save={name: "model.info.model_id"})
s.patch("logged-models/$one", {"model_id": "$one", "status": "LOGGED_MODEL_READY"})
s.delete("logged-models/$gone", {})
for model, key, value, step, data in (
    ("one", "loss", 1.0, 0, None),
    ("one", "loss", 0.5, 1, None),
    ("two", "loss", 2.0, 0, ("d", "1")),
    ("two", "acc", 0.9, 0, ("d", "2")),
    ("Three", "loss", "NaN", 0, None),
    ("Three", "acc", 0.1, 0, ("other", "1")),
    ("one", "acc", 0.3, 0, ("d", None)),
):
    point = {
        "run_id": "$run",
        "model_id": f"${model}",
        "key": key,
        "value": value,
        "timestamp": 5,
        "step": step,
    }
    if data:
        point["dataset_name"] = data[0]
        if data[1]:
            point["dataset_digest"] = data[1]
    s.post("runs/log-metric", point)


NAMES = "models.info.name"
ORDER = [{"field_name": "name", "ascending": True}]


def find(text):
    fields = {"experiment_ids": ["$e"], "filter": text, "order_by": ORDER}
    s.post("logged-models/search", fields, only=NAMES)


def search(**fields):
    s.post("logged-models/search", {"experiment_ids": ["$e"], **fields}, only=NAMES)


s.post("logged-models/search", {"experiment_ids": ["$e"], "order_by": ORDER})
for fields in (
    {},
    {"experiment_ids": []},
    {"experiment_ids": ["424242"]},
    {"experiment_ids": ["abc"]},
    {"experiment_ids": "x"},
    {"experiment_ids": [7]},
):
    s.post("logged-models/search", fields)

# Filters that are fine.
for text in [
    "",
    *lines(
        """
    name = 'one'
    name='one'
    name != 'one'
    name LIKE 't%'
    name ILIKE 'T%'
    name IN ('one', 'two')
    name NOT IN ('one')
    attributes.name = 'one'
    model_id = '$one'
    model_id IN ('$one', '$two')
    name = one
    model_type = 'agent'
    model_type = ''
    source_run_id = '$run'
    source_run_id = ''
    experiment_id = '$e'
    artifact_location LIKE '%artifacts'
    lifecycle_stage = 'active'
    lifecycle_stage = 'deleted'
    status = 1
    status = 2
    status = '2'
    status != 2
    status = 'READY'
    status_message = 'x'
    creation_timestamp > 0
    creation_time > 0
    last_updated_timestamp > 0
    creation_timestamp < 5
    attributes.creation_timestamp_ms > 0
    attributes.last_updated_timestamp_ms > 0
    creation_timestamp != 0
    metrics.loss < 1
    metrics.loss >= 2
    metrics.loss = 0
    metrics.loss != 1
    metrics.acc > 0.2
    metrics.nope > 1
    params.lr = '0.1'
    params.lr != '0.1'
    params.lr LIKE '0.%'
    params.Net ILIKE 'cnn'
    params.lr IN ('0.1')
    params.lr NOT IN ('0.1')
    tags.team = 'x'
    tags.team ILIKE 'X'
    tags.team != 'x'
    tags.dotted.key = '1'
    tags.`a/b` = 'z'
    params.`p q` = 'r'
    params."p q" = 'r'
    name = 'one' AND tags.team = 'x'
    metrics.loss < 1 AND params.lr = '0.1' AND name LIKE 'o%'
    name = 'it''s'
    tags.nope = 'x'
    """
    ),
]:
    find(text)

# Filters that are not.
for text in [
    " ",
    *lines(
        """
    name
    name =
    = 'one'
    name > 'one'
    name == 'one'
    name <> 'one'
    name IS NULL
    name = 5
    attribute.name = 'one'
    name = "one"
    nope = 'x'
    attributes.nope = 'x'
    x.y = 'z'
    name IN ()
    name IN (1)
    creation_timestamp = 'x'
    creation_timestamp LIKE '1'
    attributes.creation_timestamp > 0
    creation_time > 1.5
    creation_timestamp_ms > 0
    metrics.loss < 'x'
    metrics.loss LIKE '1'
    metrics.loss IS NULL
    metrics.loss < x
    params.lr = 0.1
    params.lr > '0.1'
    params.lr = x
    params.lr IS NULL
    tags.team > 'x'
    tags.team IS NOT NULL
    metrics.a/b > 1
    metric.loss < 1
    param.lr = '0.1'
    tag.team = 'x'
    metrics. > 1
    tags = 'x'
    run_id = 'x'
    name = 'one
    name = 'one';
    name = 'one' -- c
    name = 'one'; DROP TABLE x
    AND
    (
    ()
    1 = 1
    name LIKE x
    """
    ),
]:
    find(text)

# What this server adds.
for text in (
    "name = 'one' OR name = 'two'",
    "NOT name = 'one'",
    "(name = 'one')",
    "(name = 'one' OR tags.team = 'y')",
):
    find(text)
for text in (
    "name = 'one' tags.team = 'x'",
    "AND name = 'one'",
    "name = 'one' AND AND tags.team = 'x'",
    "name = 'one' AND",
):
    find(text)

# Datasets.
for datasets in (
    [{"dataset_name": "d"}],
    [{"dataset_name": "d", "dataset_digest": "1"}],
    [{"dataset_name": "other"}],
    [{"dataset_name": "d", "dataset_digest": "1"}, {"dataset_name": "other", "dataset_digest": "1"}],
    [],
    [{"dataset_name": "nope", "dataset_digest": "1"}],
    [{}],
    [{"dataset_digest": "1"}],
    "d",
    ["d"],
):
    search(datasets=datasets, order_by=ORDER)
    search(datasets=datasets, filter="metrics.acc > 0.2", order_by=ORDER)

# Orders.
for order in (
    [{"field_name": "name", "ascending": False}],
    [{"field_name": "creation_timestamp", "ascending": True}],
    [{"field_name": "metrics.loss"}],
    [{"field_name": "metrics.loss", "ascending": False}],
    [{"field_name": "model_type"}],
    [{"field_name": "metrics.acc", "dataset_name": "d", "dataset_digest": "2"}],
    [{"field_name": "metrics.nope"}],
    [{"field_name": "metrics.acc", "dataset_name": "d"}],
    [{"field_name": "name", "dataset_name": "d"}],
    [],
    [{"field_name": "status"}, {"field_name": "name"}],
    [{"field_name": "creation_time", "ascending": False}],
    [{"field_name": "creation_timestamp_ms", "ascending": True}],
    [{"field_name": "last_updated_timestamp"}],
):
    search(order_by=order)
for order in (
    [{}],
    [{"field_name": ""}],
    [{"field_name": "nope"}],
    [{"field_name": "params.lr"}],
    [{"field_name": "tags.team"}],
    [{"field_name": "attributes.name"}],
    [{"field_name": "metrics."}],
    [{"field_name": "name DESC"}],
    ["name"],
    "name",
    [{"field_name": "metric.loss"}],
    [{"field_name": "name", "ascending": "x"}],
    [{"field_name": 7}],
    [{"field_name": "name"}, {"field_name": "name"}],
    [{"field_name": "metrics.loss", "dataset_digest": "1"}],
):
    search(order_by=order)

# Pages.
s.post(
    "logged-models/search",
    {"experiment_ids": ["$e"], "max_results": 2, "order_by": ORDER},
    save={"t": "next_page_token"},
)
s.post(
    "logged-models/search",
    {"experiment_ids": ["$e"], "max_results": 2, "order_by": ORDER, "page_token": "$t"},
)
s.post("logged-models/search", {"experiment_ids": ["$e"], "max_results": 2, "page_token": "$t"})
s.post("logged-models/search", {"experiment_ids": ["$e"], "filter": "name = 'x'", "page_token": "$t"})
for size in (0, -1, 1, 3, 4, 100000, "2", "x", 1.5, None, True, 2**31):
    search(max_results=size, order_by=ORDER)
for token in [
    *lines(
        """
    junk
    MTI
    eyJvZmZzZXQiOiAwfQ==
    e30=
    """
    ),
    "\u2603",
    "",
    *lines(
        """
    bnVsbA==
    """
    ),
]:
    search(page_token=token, order_by=ORDER)
