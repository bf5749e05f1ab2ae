"""Experiments: `endpoints.md` §2, `semantics.md` §3."""

from compat_tests.replay.script import Script

s = Script("experiments", "Experiments: making, reading, renaming, deleting, tagging.")

# The default experiment.
s.get("experiments/get", {"experiment_id": "0"})
s.get("experiments/get-by-name", {"experiment_name": "Default"})

# Making and reading.
s.post("experiments/create", {"name": "first"}, save={"first": "experiment_id"})
s.get("experiments/get", {"experiment_id": "$first"})
s.get("experiments/get-by-name", {"experiment_name": "first"})
s.post(
    "experiments/create",
    {"name": "tagged", "tags": [{"key": "a", "value": "1"}, {"key": "b/c", "value": ""}, {"key": "d"}]},
    save={"tagged": "experiment_id"},
)
s.get("experiments/get", {"experiment_id": "$tagged"})
s.get("experiments/get", {"experiment_id": "424242"})
s.get("experiments/get-by-name", {"experiment_name": "nobody"})
for hostile in ("abc", "-1", "1.5", "1e3", " 1", "0x1", "1'--", "../1", "9" * 20, "9" * 70, "\u0661", "1\n"):
    s.get("experiments/get", {"experiment_id": hostile})

# Names.
s.post("experiments/create", {"name": "first"})
s.post("experiments/create", {"name": "First"})
s.post("experiments/create", {"name": "Default"})
for name in (
    " ",
    "\t",
    "a/b",
    "../up",
    "n" * 500,
    "n" * 501,
    "caf\u00e9 \u2603 \U0001f600",
    "50% 'quoted' \"twice\"",
    "semi;colon--",
    "line\nbreak",
    "0",
    "<b>bold</b>",
):
    s.post("experiments/create", {"name": name})
s.get("experiments/get-by-name", {"experiment_name": "caf\u00e9 \u2603 \U0001f600"})
s.get("experiments/get-by-name", {"experiment_name": "FIRST"})

# Artifact locations.
for number, location in enumerate(
    [
        "s3://bucket/path",
        "s3://bucket/path/",
        "s3://bucket",
        "gs://b/p?version=1",
        "wasbs://c@a.net/x",
        "mlflow-artifacts:/elsewhere",
        "mlflow-artifacts:/elsewhere/",
        "dbfs:/x",
        "S3://Bucket/Path",
        "ftp://host/x",
        "sftp://user@host/x",
        "hdfs://host:9000/x",
        "http://host/x",
        "https://host/x",
        "mlflow-artifacts://host/x",
        "abfss://c@a.net/x",
        "r2://bucket@account/x",
        "viewfs://host/x",
        "s3://b/p#frag",
        "s3://b/p;params",
        "s3://b/p?a=..",
        "s3://b/../p",
        "s3://b/%2e%2e/p",
        "runs:/1/x",
        "models:/m/1",
        "s3://b/" + "x" * 2041,
        "s3://b/" + "x" * 2042,
        " ",
        "mailto:x",
        "s3://b/with blank",
        "s3://b/p?a=b#f",
        "file:///srv/x#f",
    ]
):
    s.post(
        "experiments/create",
        {"name": f"location {number}", "artifact_location": location},
    )
    s.get("experiments/get-by-name", {"experiment_name": f"location {number}"})
s.post("experiments/create", {"name": "empty location", "artifact_location": ""})

# Tags.
s.post("experiments/set-experiment-tag", {"experiment_id": "$first", "key": "k", "value": "v"})
s.post("experiments/set-experiment-tag", {"experiment_id": "$first", "key": "k", "value": "w"})
s.post("experiments/set-experiment-tag", {"experiment_id": "$first", "key": "empty", "value": ""})
s.post("experiments/set-experiment-tag", {"experiment_id": "$first", "key": "absent"})
s.post("experiments/set-experiment-tag", {"experiment_id": "424242", "key": "k", "value": "v"})
s.post("experiments/set-experiment-tag", {"experiment_id": "abc", "key": "k", "value": "v"})
for key in (
    "k" * 250,
    "k" * 251,
    "a/b",
    "/a",
    "a//b",
    "../a",
    ".",
    "..",
    "a!",
    "\u00e9",
    "a:b c.d-e_f",
    " ",
    "a\nb",
):
    s.post("experiments/set-experiment-tag", {"experiment_id": "$first", "key": key, "value": "v"})
for value in ("v" * 5000, "v" * 5001, "v" * 20000, "v" * 20001, "\u2603", "a\nb\tc"):
    s.post("experiments/set-experiment-tag", {"experiment_id": "$first", "key": "long", "value": value})
s.get("experiments/get", {"experiment_id": "$first"})
s.post("experiments/delete-experiment-tag", {"experiment_id": "$first", "key": "k"})
s.post("experiments/delete-experiment-tag", {"experiment_id": "$first", "key": "k"})
s.post("experiments/delete-experiment-tag", {"experiment_id": "424242", "key": "k"})
s.post("experiments/create", {"name": "bad tags", "tags": [{"key": "a!", "value": "1"}]})
s.post(
    "experiments/create", {"name": "twice", "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}
)
s.post("experiments/create", {"name": "long tag", "tags": [{"key": "a", "value": "v" * 20001}]})

# Renaming.
s.post("experiments/update", {"experiment_id": "$first", "new_name": "renamed"})
s.get("experiments/get-by-name", {"experiment_name": "renamed"})
s.get("experiments/get-by-name", {"experiment_name": "first"})
s.post("experiments/update", {"experiment_id": "$first", "new_name": "renamed"})
s.post("experiments/update", {"experiment_id": "$first", "new_name": "tagged"})
s.post("experiments/update", {"experiment_id": "$first", "new_name": ""})
s.post("experiments/update", {"experiment_id": "$first", "new_name": "n" * 501})
s.post("experiments/update", {"experiment_id": "$first"})
s.post("experiments/update", {"experiment_id": "424242", "new_name": "x"})
s.post("experiments/update", {"experiment_id": "abc", "new_name": "x"})

# Deleting and restoring.
s.post("experiments/create", {"name": "mortal"}, save={"mortal": "experiment_id"})
s.post("runs/create", {"experiment_id": "$mortal", "start_time": 1}, save={"run": "run.info.run_id"})
s.post("experiments/restore", {"experiment_id": "$mortal"})
s.post("experiments/delete", {"experiment_id": "$mortal"})
s.post("experiments/delete", {"experiment_id": "$mortal"})
s.get("experiments/get", {"experiment_id": "$mortal"})
s.get("experiments/get-by-name", {"experiment_name": "mortal"})
s.get("runs/get", {"run_id": "$run"})
s.post("experiments/create", {"name": "mortal"})
s.post("experiments/update", {"experiment_id": "$mortal", "new_name": "x"})
s.post("experiments/set-experiment-tag", {"experiment_id": "$mortal", "key": "k", "value": "v"})
s.post("experiments/delete-experiment-tag", {"experiment_id": "$mortal", "key": "k"})
s.post("runs/create", {"experiment_id": "$mortal", "start_time": 1})
s.post("logged-models", {"experiment_id": "$mortal", "name": "m"})
s.post("runs/restore", {"run_id": "$run"})
s.post("experiments/restore", {"experiment_id": "$mortal"})
s.get("experiments/get", {"experiment_id": "$mortal"})
s.get("runs/get", {"run_id": "$run"})
s.post("experiments/delete", {"experiment_id": "424242"})
s.post("experiments/delete", {"experiment_id": "abc"})
s.post("experiments/restore", {"experiment_id": "424242"})
s.post("experiments/delete", {"experiment_id": "0"})
s.get("experiments/get", {"experiment_id": "0"})
s.post("runs/create", {"experiment_id": "0", "start_time": 1})
s.post("experiments/restore", {"experiment_id": "0"})
