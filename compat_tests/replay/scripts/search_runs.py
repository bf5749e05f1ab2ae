"""Searching runs: `semantics.md` §9.1 to §9.3."""

from compat_tests.replay.script import Script, lines

s = Script("search_runs", "Searching runs: filters, orders, pages.")

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})
s.post("experiments/create", {"name": "f"}, save={"f": "experiment_id"})


def pairs(values):
    return [{"key": key, "value": value} for key, value in values.items()]


def run(
    name, start, metrics=None, params=None, tags=None, end=None, status="RUNNING", experiment="$e", user="u"
):
    """A run with all that searches look at."""
    s.post(
        "runs/create",
        {"experiment_id": experiment, "run_name": name, "start_time": start, "user_id": user},
        save={name: "run.info.run_id"},
    )
    points = [
        {"key": key, "value": value, "timestamp": 1, "step": 0} for key, value in (metrics or {}).items()
    ]
    batch = {"metrics": points, "params": pairs(params or {}), "tags": pairs(tags or {})}
    s.post("runs/log-batch", {"run_id": f"${name}", **batch})
    s.post("runs/update", {"run_id": f"${name}", "status": status, **({"end_time": end} if end else {})})


run(
    "a",
    100,
    {"loss": 0.5, "a/b": 1, "my metric": 3},
    {"lr": "0.1", "Net": "CNN"},
    {"team": "x"},
    200,
    "FINISHED",
)
run(
    "b",
    200,
    {"loss": 1.5, "acc": 0.9},
    {"lr": "0.01"},
    {"team": "y", "dotted.key": "1"},
    300,
    "FAILED",
    user="v",
)
run("c", 300, {"loss": "NaN"}, {"net": "cnn", "p q": "r"}, {"mlflow.note.content": "it's"})
run("d", 310, {"loss": "Infinity"}, {"empty": ""}, {"team": ""}, 50, "KILLED", user="")
run("e5", 400, {"loss": -2, "acc": 0.5}, {"lr": "0.10"}, {"team": "X", "a/b": "z"}, 400, "FINISHED")
run("g", 0, {}, {}, {}, None, "SCHEDULED")
run("other", 150, {"loss": 0.25}, {"lr": "0.1"}, {"team": "x"}, None, "RUNNING", "$f")
run("gone", 500, {"loss": 7}, {}, {}, 600, "FINISHED")
s.post("runs/delete", {"run_id": "$gone"})
s.post("runs/log-metric", {"run_id": "$a", "key": "loss", "value": 0.4, "timestamp": 2, "step": 1})
DATA = {"name": "data", "digest": "d1", "source_type": "local", "source": "{}"}
CONTEXT = {"key": "mlflow.data.context", "value": "training"}
s.post("runs/log-inputs", {"run_id": "$a", "datasets": [{"dataset": DATA, "tags": [CONTEXT]}]})
s.post(
    "runs/log-inputs", {"run_id": "$b", "datasets": [{"dataset": {**DATA, "name": "Other", "digest": "d2"}}]}
)


def find(text):
    fields = {"experiment_ids": ["$e"], "filter": text, "order_by": ["run_name"]}
    s.post("runs/search", fields, only="runs.info.run_name")


def search(**fields):
    s.post("runs/search", {"experiment_ids": ["$e"], **fields}, only="runs.info.run_name")


# The ordinary.
s.post("runs/search", {"experiment_ids": ["$e"]})
s.post("runs/search", {"experiment_ids": ["$e", "$f"]})
s.post("runs/search", {"experiment_ids": ["$e", "$e"]})
for fields in (
    {},
    {"experiment_ids": []},
    {"experiment_ids": ["424242"]},
    {"experiment_ids": ["abc"]},
    {"experiment_ids": [""]},
    {"experiment_ids": None},
    {"experiment_ids": "1"},
    {"experiment_ids": [0]},
    {"experiment_ids": [None]},
    {"experiment_ids": {}},
):
    s.post("runs/search", fields)
for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", "deleted_only", 2, "3", "NOPE", 9, ""):
    search(run_view_type=view, order_by=["run_name"])

# Filters that are fine: metrics.
for text in lines(
    """
    metrics.loss < 1
    metrics.loss > 0.4
    metrics.loss >= 0.4
    metrics.loss <= -2
    metrics.loss = 0.4
    metrics.loss != 0.4
    metric.loss < 1
    metrics.loss > -1e2
    metrics.loss > 1.5E-3
    metrics.loss = -2.0
    metrics.`a/b` = 1
    metrics."my metric" = 3
    metrics.nope = 1
    metrics.loss > 0 and metrics.acc > 0
    metrics.loss > 0 AND metrics.loss < 1
    metrics.loss > 1e300
    metrics.loss < .5
    metrics.loss>0.4
    metrics.Loss < 1
    metrics.loss = 1.7976931348623157e308
    metrics.`loss` < 1
    metrics.loss > +0.1
    """
):
    find(text)
# Params and tags.
for text in lines(
    r"""
    params.lr = '0.1'
    param.lr = '0.1'
    parameter.lr = '0.1'
    parameters.lr = '0.1'
    params.lr != '0.1'
    params.lr LIKE '0.1%'
    params.net = 'cnn'
    params.Net ILIKE 'cnn'
    params.net LIKE 'CNN'
    params.empty = ''
    params.`p q` = 'r'
    params."p q" = "r"
    params.lr IS NULL
    params.lr IS NOT NULL
    params.lr is not null
    tags.team = 'x'
    tag.team = 'x'
    tags.team != 'x'
    tags.team ILIKE 'x'
    tags.team LIKE 'x'
    tags.team = ''
    tags.dotted.key = '1'
    tags.`dotted.key` = '1'
    tags.`a/b` = 'z'
    tags.team IS NULL
    tags.nope IS NULL
    tags.mlflow.note.content = "it's"
    tags.mlflow.runName = 'a'
    tags.team LIKE '_'
    tags.team LIKE '%'
    tags.team = 'x' AND params.lr = '0.1'
    params.lr = '0.1' AND metrics.loss < 1 AND status = 'FINISHED'
    tags.team = 'it''s'
    params.lr = '%'
    params.lr LIKE '0._'
    tags.`mlflow.note.content` LIKE '%\'%'
    """
):
    find(text)
# Attributes and datasets.
for text in lines(
    """
    status = 'FINISHED'
    status = 'finished'
    status != 'FINISHED'
    status LIKE 'F%'
    status ILIKE 'f%'
    attribute.status = 'FAILED'
    attributes.status = 'FAILED'
    attr.status = 'FAILED'
    run.status = 'FAILED'
    run_id = '$a'
    run_id != '$a'
    run_id IN ('$a', '$b')
    run_id NOT IN ('$a')
    run_id IN ('$a','nope')
    run_id LIKE '%'
    run_name = 'a'
    run_name LIKE 'e%'
    `run name` = 'a'
    `Run name` = 'a'
    `Run Name` = 'a'
    run_name != 'a'
    run_name ILIKE 'A'
    attributes.run_name = 'a'
    attributes."run name" = "a"
    user_id = 'v'
    user_id = ''
    user_id != 'u'
    artifact_uri LIKE '%artifacts'
    artifact_uri ILIKE '%ARTIFACTS'
    start_time = 100
    start_time > 100
    start_time != 100
    start_time <= 0
    created > 100
    Created > 100
    end_time > 0
    end_time != 0
    end_time = 200
    attributes.start_time < 300
    start_time > -1
    end_time < 1000
    dataset.name = 'data'
    datasets.name = 'data'
    dataset.name != 'data'
    dataset.name LIKE 'd%'
    dataset.name ILIKE 'O%'
    dataset.digest = 'd2'
    dataset.context = 'training'
    dataset.context != 'training'
    dataset.name IN ('data', 'x')
    dataset.name NOT IN ('data')
    dataset.name = 'data' AND dataset.digest = 'd1'
    dataset.name = 'data' AND dataset.digest = 'd2'
    dataset.name = 'data' AND dataset.context = 'training'
    STATUS = 'FINISHED'
    Status = 'FINISHED'
    status='FINISHED';
    """
):
    find(text)

# Filters that are not fine.
for text in [
    " ",
    "\n",
    *lines(
        """
    metrics
    metrics.loss
    metrics.loss <
    < 1
    metrics.loss < 'x'
    metrics.loss < '1'
    metrics.loss LIKE '1'
    metrics.loss IN ('1')
    metrics.loss IS NULL
    metrics.loss IS NOT NULL
    metrics. < 1
    metrics.loss == 1
    metrics.loss <> 1
    metrics.loss < abc
    metrics.loss < NaN
    metrics.loss < 1 2
    .loss < 1
    metrics.a/b > 1
    metrics.my metric > 1
    metrics.loss < 1e
    metrics.loss < --1
    metrics.loss < 0x10
    params.lr = 0.1
    params.lr > '0.1'
    params.lr IN ('0.1')
    params.lr = lr
    params.lr = `0.1`
    params.lr
    tags.team = x
    tags.team < 'x'
    tags.team IN ('x')
    tags.team NOT LIKE 'x'
    tags.team IS
    tags.team IS x
    status = FINISHED
    status > 'A'
    status IN ('FINISHED')
    status IS NULL
    status = 5
    nope = 'x'
    attributes.nope = 'x'
    x.y = 'z'
    run_id IN ()
    run_id IN (1)
    run_id IN 'x'
    run_id IN ('a'
    run_id > 'x'
    run_name IN ('a')
    user_id IN ('a')
    start_time = '100'
    start_time LIKE '1'
    start_time > 1.5
    start_time IN ('1')
    start_time IS NULL
    start_time > abc
    experiment_id = '1'
    lifecycle_stage = 'active'
    dataset.nope = 'x'
    dataset.name > 'x'
    dataset.name = 5
    dataset.name IS NULL
    dataset.name = data
    metrics.loss < 1;;
    metrics.loss < 1; status = 'x'
    metrics.loss < 1 -- c
    /* c */ metrics.loss < 1
    metrics.loss < 1 XOR status = 'x'
    metrics.loss BETWEEN 1 AND 2
    EXISTS (x)
    CASE WHEN 1 THEN 2 END
    '
    "
    `
    (
    )
    ()
    ''
    status = 'x
    status = "x
    status = 'x''
    AND
    OR
    NOT
    =
    1
    1 = 1
    status = 'FINISHED' AND
    metrics.loss < 1, status = 'x'
    metrics[loss] < 1
    metrics.loss < 1 AND 5
    run name = 'a'
    params.lr = 'a' 'b'
    status = UPPER('finished')
    """
    ),
    "\x00",
    *lines(
        """
    metrics.loss < $$1
    status = :x
    """
    ),
]:
    find(text)

# What this server adds.
for text in lines(
    """
    status = 'FINISHED' OR status = 'FAILED'
    NOT status = 'FINISHED'
    (metrics.loss < 1)
    (metrics.loss < 1 OR metrics.acc > 0.8) AND status = 'FINISHED'
    NOT (params.lr = '0.1' OR tags.team = 'x')
    metrics.loss < 1 or tags.team IS NULL
    ((status = 'FINISHED'))
    """
):
    find(text)

# ANDs missing or doubled.
for text in (
    "metrics.loss < 1 status = 'FINISHED'",
    "AND metrics.loss < 1",
    "metrics.loss < 1 AND AND status = 'FINISHED'",
):
    find(text)

# Orders.
for order in (
    ["metrics.loss"],
    ["metrics.loss DESC"],
    ["metrics.loss ASC"],
    ["metrics.acc"],
    ["metrics.acc DESC"],
    ["metrics.`a/b`"],
    ["params.lr"],
    ["params.lr DESC"],
    ["tags.team"],
    ["tags.team DESC"],
    ["start_time"],
    ["start_time ASC"],
    ["start_time DESC"],
    ["end_time"],
    ["end_time DESC"],
    ["status"],
    ["status DESC", "run_name"],
    ["run_name"],
    ["run_name DESC"],
    ["`Run Name`"],
    ["user_id", "run_name"],
    ["artifact_uri"],
    ["run_id"],
    ["created"],
    ["attribute.start_time"],
    ["attributes.end_time desc"],
    ["params.nope", "run_name"],
    ["metric.loss"],
    ['metrics."my metric" DESC'],
    ["tag.team", "metrics.loss"],
    [],
    [" start_time  DESC "],
    ["tags.mlflow.runName"],
    ["parameter.lr"],
    ["START_TIME"],
):
    if order != ["run_id"] and order != ["artifact_uri"]:
        search(order_by=order)
for order in (
    ["nope"],
    ["metrics"],
    ["metrics."],
    ["metrics.loss SIDEWAYS"],
    ["metrics.loss ASC DESC"],
    [""],
    [" "],
    ["x.y"],
    ["metrics.loss NULLS FIRST"],
    ["metrics.loss, run_name"],
    ["lower(run_name)"],
    ["metrics.a/b"],
    ["'run_name'"],
    ["experiment_id"],
    ["dataset.name"],
    ["run_name;"],
    ["1"],
    [7],
    [None],
    "run_name",
    ["metrics.my metric"],
    ["-run_name"],
):
    search(order_by=order)
for order in (["run_name", "run_name"], ["metrics.loss", "metrics.loss DESC"], ["start_time", "created"]):
    search(order_by=order)

# Pages.
paged = {"experiment_ids": ["$e"], "max_results": 3, "order_by": ["metrics.loss DESC"]}
s.post("runs/search", paged, save={"t": "next_page_token"})
s.post("runs/search", {**paged, "page_token": "$t"})
search(max_results=6)
search(max_results=7)
for size in (0, -1, 1, 50000, 50001, "2", "x", 1.5, None, True, 2**31, 2**63):
    search(max_results=size)
for token in [
    *lines(
        """
    junk
    MTI
    eyJvZmZzZXQiOiAwfQ==
    eyJvZmZzZXQiOiAtMX0=
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
    search(page_token=token)
search(page_token=7)
search(filter=7)
search(filter=["x"])
s.get("runs/search", {"experiment_ids": "$e"})
