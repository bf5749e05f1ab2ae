"""The rules of the wire: routing, bodies, spellings of names and values. `wire.md` §1 and §2."""

from compat_tests.replay.script import Script, lines

s = Script("wire", "Routing, content types, bodies, spellings of names and values, headers.")
CREATE = "experiments/create"

# Routing.
for path in lines(
    """
    /health
    /api/2.0/mlflow/experiments/get/
    /api/2.0/mlflow/nope
    /api/3.0/mlflow/experiments/get
    /api/1.0/mlflow/experiments/get
    /api/2.0/mlflow
    /api/2.0/mlflow/EXPERIMENTS/get
    /ajax-api/2.0/mlflow/nope
    /ajax-api/2.0/mlflow/experiments/get?experiment_id=0
    /api/2.0/preview/mlflow/experiments/get?experiment_id=0
    /api/3.0/mlflow/server-features
    /api/3.0/mlflow/workspaces
    /api/3.0/mlflow/workspaces/x
    /api/2.0/mlflow/experiments/%67et?experiment_id=0
    /api//2.0/mlflow/experiments/get?experiment_id=0
    /api/3.0/mlflow/server-info
    /ajax-api/3.0/mlflow/server-info
    """
):
    s.get(path)
for method, path in (
    ("GET", CREATE),
    ("PUT", CREATE),
    ("DELETE", CREATE),
    ("PATCH", CREATE),
    ("POST", "experiments/get"),
    ("POST", "runs/get"),
    ("GET", "runs/create"),
    ("PUT", "runs/update"),
    ("POST", "registered-models/update"),
    ("POST", "registered-models/delete"),
    ("GET", "registered-models/create"),
    ("POST", "/health"),
    ("PUT", "logged-models"),
):
    s.send(method, path, body={} if method != "GET" else None)

# Content types.
for number, kind in enumerate(
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "APPLICATION/JSON",
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/json",
        "application/jsonx",
        "application/vnd.api+json",
        None,
        "",
        " ",
        "application/json, text/plain",
        "multipart/form-data; boundary=x",
        "application/json ; q=1",
    ]
):
    s.post(CREATE, {"name": f"kind {number}"}, content_type=kind)
s.post("runs/search", None)
s.post("runs/search", None, headers={"Content-Type": "application/json"})
s.delete("registered-models/delete", None)
s.patch("registered-models/update", None, headers={"Content-Type": "application/json"})

# Bodies that are no JSON objects.
BODIES = [
    "",
    " ",
    *lines(
        """
    null
    {}
    {
    }
    {"name"
    {"name": }
    {'name': 'x'}
    name=x
    {"name": "x"} extra
    """
    ),
    "\u2603",
    *lines(
        """
    []
    [1]
    [{"name": "x"}]
    7
    1.5
    true
    false
    "text"
    "{}"
    ""
    NaN
    """
    ),
]
for body in BODIES:
    s.post(CREATE, body, headers={"Content-Type": "application/json"})
    s.post("runs/search", body, headers={"Content-Type": "application/json"})
s.post(CREATE, '"{\\"name\\": \\"in a text\\"}"')
s.post(CREATE, '{"name": "first", "name": "second"}')
s.get("experiments/get-by-name", {"experiment_name": "second"})
s.post(CREATE, b'\xef\xbb\xbf{"name": "byte order mark"}')
s.post(CREATE, '{"name": "sixteen"}'.encode("utf-16"))
s.post(CREATE, b'{"name": "\xff"}')
s.post(CREATE, '{"name": "\\ud800"}')
s.post(CREATE, '{"name": "a\\u0000b"}')
s.post(CREATE, "{" * 200)
s.post(CREATE, '{"name": "deep", "x": ' + "[" * 200 + "]" * 200 + "}")
s.post(
    CREATE, {"name": "unknown fields", "x": 1, "y": {"z": []}, "tags": [{"key": "a", "value": "b", "c": 1}]}
)

# camelCase, null, both spellings.
s.post(CREATE, {"name": "camel", "artifactLocation": "s3://b/camel"})
s.get("experiments/get-by-name", {"experiment_name": "camel"})
s.post(CREATE, {"name": "both", "artifact_location": "s3://b/a", "artifactLocation": "s3://b/b"})
s.post(CREATE, {"name": "nulls", "artifact_location": None, "tags": None})
s.post(
    "runs/create",
    {"experimentId": "0", "runName": "camel", "startTime": 5, "userId": "u"},
    save={"run": "run.info.run_id"},
)
s.post("runs/create", {"experiment_id": "0", "run_name": "x"}, save={"other": "run.info.run_id"})
s.post("runs/log-metric", {"runId": "$other", "key": "k", "value": 1, "timestamp": 1, "modelId": None})
s.post("runs/log-metric", {"run_id": "$run", "runId": "$run", "key": "k", "value": 1, "timestamp": 1})
s.post("runs/update", {"runUuid": "$other", "endTime": "7", "status": "FINISHED"})
s.post(
    "runs/search", {"experimentIds": ["0"], "maxResults": 1, "orderBy": ["run_name"], "runViewType": "ALL"}
)
s.get("experiments/get", {"experimentId": "0"})
s.get("runs/get", {"runId": "$run"})
s.post(
    "runs/log-inputs",
    {
        "runId": "$other",
        "datasets": [{"dataset": {"name": "d", "digest": "1", "sourceType": "l", "source": "s"}}],
    },
)
s.post("runs/create", {"EXPERIMENT_ID": "0", "experiment_id": "0", "Run_Name": "x", "run_name": "y"})

# Queries.
s.get("experiments/get", "experiment_id=0&experiment_id=1")
s.get("experiments/get", "experiment_id=")
s.get("experiments/get", "experiment_id")
s.get("experiments/get", "&&experiment_id=0&x=%zz")
s.get("experiments/get-by-name", "experiment_name=%ff")
s.get("experiments/get-by-name", "experiment_name=a+b")
s.get("runs/get", "run_id=$run&unknown=1")
s.send("GET", "experiments/get", body={"experiment_id": "0"})
s.send("GET", "experiments/get", query="experiment_id=0", body={"experiment_id": "424242"})
s.send("GET", "experiments/get", body={"experiment_id": "0"}, content_type=None)
s.post("experiments/delete?experiment_id=0", {"experiment_id": "424242"})
s.post("experiments/delete?experiment_id=0", {})

# Headers.
for headers in (
    {"Host": "evil.example"},
    {"Host": "127.0.0.1"},
    {"Host": "192.168.3.4:99"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:3000"},
    {"X-MLFLOW-WORKSPACE": "team"},
    {"X-MLFLOW-WORKSPACE": ""},
    {"Authorization": "Basic eDp5"},
):
    s.get("experiments/get", {"experiment_id": "0"}, headers=headers)
    s.post("runs/search", {"experiment_ids": []}, headers=headers)
s.get("/health", headers={"Host": "evil.example"})
s.get(
    "experiments/get",
    {"experiment_id": "0"},
    show=("Content-Type", "X-Content-Type-Options", "X-Frame-Options"),
)
s.get(
    "experiments/get",
    {"experiment_id": "x"},
    show=("Content-Type", "X-Content-Type-Options", "X-Frame-Options"),
)
