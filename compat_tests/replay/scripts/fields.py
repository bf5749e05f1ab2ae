"""Every field of every request, absent, empty and of the wrong type: `wire.md` §5.3.

A table gives a request that works for each endpoint, and the kind of each of its fields; the steps are
made from it.
"""

from compat_tests.replay.script import Script

s = Script("fields", "Every field of every request, absent, empty, and of the wrong type.")

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})
s.post(
    "runs/create", {"experiment_id": "$e", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)
s.post("logged-models", {"experiment_id": "$e", "name": "m"}, save={"model": "model.info.model_id"})
s.post("registered-models/create", {"name": "m"})
s.post("model-versions/create", {"name": "m", "source": "s3://bucket/m"})

WRONG = {
    "text": (None, "", 7, 1.5, True, [], {}),
    "integer": (None, "", "x", True, [], {}),
    "number": (None, "", "x", True, [], {}),
    "flag": (None, "", "x", [], {}),
    "list": (None, "", "x", 7, {}, [7]),
    "texts": (None, "", "x", 7, {}, [{}], [None]),
    "name": (None, "", 7, [], {}),
}

VERSION = {"name": "m", "version": "1"}
RUN = {"run_id": "$run"}

# Method, path, a request that works, the kind of each field that is tried.
REQUESTS = (
    (
        "POST",
        "experiments/create",
        {"name": "x"},
        {"name": "text", "artifact_location": "text", "tags": "list"},
    ),
    (
        "POST",
        "experiments/search",
        {"max_results": 1},
        {
            "max_results": "integer",
            "filter": "text",
            "order_by": "texts",
            "page_token": "text",
            "view_type": "name",
        },
    ),
    ("POST", "experiments/delete", {"experiment_id": "424242"}, {"experiment_id": "text"}),
    ("POST", "experiments/restore", {"experiment_id": "424242"}, {"experiment_id": "text"}),
    (
        "POST",
        "experiments/update",
        {"experiment_id": "$e", "new_name": "e"},
        {"experiment_id": "text", "new_name": "text"},
    ),
    (
        "POST",
        "experiments/set-experiment-tag",
        {"experiment_id": "$e", "key": "k", "value": "v"},
        {"experiment_id": "text", "key": "text", "value": "text"},
    ),
    (
        "POST",
        "experiments/delete-experiment-tag",
        {"experiment_id": "$e", "key": "nope"},
        {"experiment_id": "text", "key": "text"},
    ),
    (
        "POST",
        "runs/create",
        {"experiment_id": "$e", "run_name": "n", "start_time": 1},
        {
            "experiment_id": "text",
            "user_id": "text",
            "run_name": "text",
            "start_time": "integer",
            "tags": "list",
        },
    ),
    (
        "POST",
        "runs/update",
        RUN,
        {"run_id": "text", "run_uuid": "text", "status": "name", "end_time": "integer", "run_name": "text"},
    ),
    ("POST", "runs/delete", {"run_id": "unknown"}, {"run_id": "text"}),
    ("POST", "runs/restore", {"run_id": "unknown"}, {"run_id": "text"}),
    (
        "POST",
        "runs/log-metric",
        {**RUN, "key": "k", "value": 1, "timestamp": 1},
        {
            "run_id": "text",
            "key": "text",
            "value": "number",
            "timestamp": "integer",
            "step": "integer",
            "model_id": "text",
            "dataset_name": "text",
            "dataset_digest": "text",
        },
    ),
    (
        "POST",
        "runs/log-parameter",
        {**RUN, "key": "k", "value": ""},
        {"run_id": "text", "key": "text", "value": "text"},
    ),
    (
        "POST",
        "runs/set-tag",
        {**RUN, "key": "k", "value": "v"},
        {"run_id": "text", "key": "text", "value": "text"},
    ),
    ("POST", "runs/delete-tag", {**RUN, "key": "nope"}, {"run_id": "text", "key": "text"}),
    ("POST", "runs/log-batch", RUN, {"run_id": "text", "metrics": "list", "params": "list", "tags": "list"}),
    ("POST", "runs/log-model", {**RUN, "model_json": "{}"}, {"run_id": "text", "model_json": "text"}),
    ("POST", "runs/log-inputs", RUN, {"run_id": "text", "datasets": "list", "models": "list"}),
    ("POST", "runs/outputs", {**RUN, "models": []}, {"run_id": "text", "models": "list"}),
    (
        "POST",
        "runs/search",
        {"experiment_ids": ["0"]},
        {
            "experiment_ids": "texts",
            "filter": "text",
            "run_view_type": "name",
            "max_results": "integer",
            "order_by": "texts",
            "page_token": "text",
        },
    ),
    (
        "POST",
        "logged-models",
        {"experiment_id": "$e", "name": "x"},
        {
            "experiment_id": "text",
            "name": "text",
            "model_type": "text",
            "source_run_id": "text",
            "params": "list",
            "tags": "list",
        },
    ),
    (
        "PATCH",
        "logged-models/$model",
        {"model_id": "$model", "status": 2},
        {"model_id": "text", "status": "name"},
    ),
    (
        "PATCH",
        "logged-models/$model/tags",
        {"model_id": "$model", "tags": []},
        {"model_id": "text", "tags": "list"},
    ),
    (
        "POST",
        "logged-models/$model/params",
        {"model_id": "$model", "params": []},
        {"model_id": "text", "params": "list"},
    ),
    (
        "POST",
        "logged-models/search",
        {"experiment_ids": ["0"]},
        {
            "experiment_ids": "texts",
            "filter": "text",
            "datasets": "list",
            "max_results": "integer",
            "order_by": "list",
            "page_token": "text",
        },
    ),
    (
        "POST",
        "registered-models/create",
        {"name": "m"},
        {"name": "text", "description": "text", "tags": "list"},
    ),
    (
        "POST",
        "registered-models/rename",
        {"name": "m", "new_name": "m"},
        {"name": "text", "new_name": "text"},
    ),
    ("PATCH", "registered-models/update", {"name": "m"}, {"name": "text", "description": "text"}),
    ("DELETE", "registered-models/delete", {"name": "unknown"}, {"name": "text"}),
    ("POST", "registered-models/get-latest-versions", {"name": "m"}, {"name": "text", "stages": "texts"}),
    (
        "POST",
        "registered-models/set-tag",
        {"name": "m", "key": "k", "value": "v"},
        {"name": "text", "key": "text", "value": "text"},
    ),
    ("DELETE", "registered-models/delete-tag", {"name": "m", "key": "k"}, {"name": "text", "key": "text"}),
    (
        "POST",
        "registered-models/alias",
        {**VERSION, "alias": "a"},
        {"name": "text", "alias": "text", "version": "text"},
    ),
    ("DELETE", "registered-models/alias", {"name": "m", "alias": "a"}, {"name": "text", "alias": "text"}),
    (
        "POST",
        "model-versions/create",
        {"name": "m", "source": "s3://bucket/m"},
        {
            "name": "text",
            "source": "text",
            "run_id": "text",
            "tags": "list",
            "run_link": "text",
            "description": "text",
            "model_id": "text",
        },
    ),
    ("PATCH", "model-versions/update", VERSION, {"name": "text", "version": "text", "description": "text"}),
    (
        "POST",
        "model-versions/transition-stage",
        {**VERSION, "stage": "Staging", "archive_existing_versions": False},
        {"name": "text", "version": "text", "stage": "text", "archive_existing_versions": "flag"},
    ),
    ("DELETE", "model-versions/delete", {**VERSION, "version": "99"}, {"name": "text", "version": "text"}),
    (
        "POST",
        "model-versions/set-tag",
        {**VERSION, "key": "k", "value": "v"},
        {"name": "text", "version": "text", "key": "text", "value": "text"},
    ),
    (
        "DELETE",
        "model-versions/delete-tag",
        {**VERSION, "key": "k"},
        {"name": "text", "version": "text", "key": "text"},
    ),
)

# Requests that a query carries, with their fields; each is left out and left empty in turn.
QUERIES = (
    ("experiments/get", {"experiment_id": "0"}),
    ("experiments/get-by-name", {"experiment_name": "Default"}),
    ("runs/get", RUN),
    ("metrics/get-history", {**RUN, "metric_key": "k"}),
    ("metrics/get-history-bulk-interval", {"run_ids": "$run", "metric_key": "k"}),
    ("artifacts/list", RUN),
    ("registered-models/get", {"name": "m"}),
    ("registered-models/alias", {"name": "m", "alias": "latest"}),
    ("registered-models/get-latest-versions", {"name": "m"}),
    ("model-versions/get", VERSION),
    ("model-versions/get-download-uri", VERSION),
)

for method, path, fine, kinds in REQUESTS:
    s.send(method, path, body={})
    for field, kind in kinds.items():
        s.send(method, path, body={name: value for name, value in fine.items() if name != field})
        for value in WRONG[kind]:
            s.send(method, path, body={**fine, field: value})

for path, fine in QUERIES:
    s.get(path)
    for field in fine:
        s.get(path, {name: value for name, value in fine.items() if name != field})
        s.get(path, {**fine, field: ""})
        s.get(path, {**fine, field: ["x", "y"]})
