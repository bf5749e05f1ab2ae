"""Where a model version may come from: `semantics.md` §10.5."""

from compat_tests.replay.script import Script, lines

s = Script("sources", "Sources of model versions.")

s.post("experiments/create", {"name": "e"}, save={"e": "experiment_id"})
s.post(
    "runs/create", {"experiment_id": "$e", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)
s.post(
    "runs/create",
    {"experiment_id": "$e", "run_name": "q", "start_time": 1},
    save={"other": "run.info.run_id"},
)
s.post(
    "experiments/create", {"name": "s3", "artifact_location": "s3://bucket/exp"}, save={"s3": "experiment_id"}
)
s.post(
    "runs/create", {"experiment_id": "$s3", "run_name": "s", "start_time": 1}, save={"far": "run.info.run_id"}
)
s.post(
    "logged-models",
    {"experiment_id": "$e", "name": "lm", "source_run_id": "$run"},
    save={"model": "model.info.model_id"},
)
s.post("logged-models", {"experiment_id": "$e", "name": "lm2"}, save={"second": "model.info.model_id"})
s.post("registered-models/create", {"name": "m"})
s.post("registered-models/create", {"name": "copy"})
s.post("registered-models/create", {"name": "with model"})
s.post(
    "registered-models/create",
    {"name": "prompt", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]},
)


def version(source, /, **fields):
    s.post("model-versions/create", {"name": "m", "source": source, **fields})


# Remote stores are free, relative paths are not.
for source in [
    *lines(
        """
    s3://bucket/model
    s3://bucket
    s3://bucket/
    gs://bucket/a/b
    dbfs:/x
    wasbs://c@a.net/x
    s3://bucket/a/../b
    s3://bucket/%2e%2e/b
    s3://bucket/%252e%252e/b
    s3://bucket/a..b
    s3:bucket
    """
    ),
    "s3://bucket/a\x00b",
    *lines(
        r"""
    s3://bucket/%00
    s3://bucket/a b
    s3://bucket/a#b
    s3://bucket/a?x=..
    s3://
    s3://bucket/a\..\b
    unknown://x/y
    http://host/x
    https://host/x
    ftp://host/x
    sftp://host/x
    hdfs://host/x
    abfss://c@a.net/x
    r2://b@a/x
    mlflow-artifacts://host/x
    viewfs://h/x
    dummy-source
    prompt-template
    x
    ../x
    ./x
    .
    ..
    /
    //host/x
    /etc/passwd
    ~/x
    file:///etc/passwd
    file:/etc
    file://host/etc
    file:relative
    FILE:///etc
    file:///%2e%2e/etc
    """
    ),
    " ",
]:
    version(source)
    version(source, run_id="$run")

# Artifacts of runs.
for source in lines(
    """
    mlflow-artifacts:/$e/$run/artifacts/model
    mlflow-artifacts:/$e/$run/artifacts
    mlflow-artifacts:/$e/$run/artifacts/
    mlflow-artifacts:/$e/$run/artifacts-not
    mlflow-artifacts:/$e/$run
    mlflow-artifacts:/$e/$run/artifacts/../x
    mlflow-artifacts:/$e/$other/artifacts/model
    mlflow-artifacts:$e/$run/artifacts/model
    mlflow-artifacts:///$e/$run/artifacts/model
    mlflow-artifacts:/
    mlflow-artifacts:/$e//$run/artifacts/model
    mlflow-artifacts:/$e/$run/artifacts/%2e%2e/x
    runs:/$run/model
    runs:/$run
    runs:/$run/
    runs:/$other/model
    runs:/
    runs:/unknown/model
    runs:$run/model
    runs:/$run/../x
    runs:/$run/%2e%2e/x
    runs://$run/model
    runs://host/$run/model
    """
):
    version(source)
    version(source, run_id="$run")
    version(source, run_id="unknown")
    version(source, model_id="$model")
version("s3://bucket/exp/$far/artifacts/model", run_id="$far")

# Logged models.
for source in lines(
    """
    models:/$model
    models:/$second
    models:/m-unknown
    mlflow-artifacts:/$e/models/$model/artifacts
    mlflow-artifacts:/$e/models/$model/artifacts/x
    mlflow-artifacts:/$e/models/$second/artifacts
    s3://bucket/model
    models:/$model/
    models:/$model/x
    /srv/x
    mlflow-artifacts:/$e/models/$model
    """
):
    version(source)
    version(source, model_id="$model")
    version(source, model_id="$model", run_id="$run")
    version(source, model_id="$model", run_id="$other")
    version(source, model_id="m-unknown")
s.get("logged-models/$model")

# Copies.
s.post("model-versions/create", {"name": "copy", "source": "s3://bucket/copied", "run_id": "$run"})
s.post("model-versions/create", {"name": "copy", "source": "models:/$model", "model_id": "$model"})
for source in lines(
    """
    models:/copy/1
    models:/copy/2
    models:/copy/99
    models:/nobody/1
    models:/copy/latest
    models:/copy@best
    models:/copy/Staging
    models:/copy
    models:/
    models:/copy/1/x
    models:copy/1
    models:/prompt/1
    models:/copy/01
    models:/copy/1@a
    models:/copy/-1
    models://copy/1
    """
):
    version(source)
    version(source, run_id="$run")
    version(source, run_id="$other")
    version(source, name="with model", model_id="$model")
s.get("model-versions/search", {"filter": "name = 'copy'", "order_by": "version_number ASC"})
s.get("model-versions/search", {"filter": "name = 'm'", "order_by": "version_number ASC"})
