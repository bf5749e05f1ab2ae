"""The tables as peewee models, for the cold paths: `db.run(Experiment.update(...).where(...))`.

The schema itself is made by the migrations, which explain the columns; a test keeps these models equal
to it. The models are bound to no database: `Database.run` executes a query on the one it is given.
"""

from __future__ import annotations

from peewee import BigAutoField, BigIntegerField, CompositeKey, DoubleField, Model, TextField

# The tables of the hot paths (runs, params, tags, metrics, latest_metrics, keys) have no model: building
# a statement costs several times what running it does, so their statements are fixed texts.


class Experiment(Model):
    experiment_id = BigAutoField()
    name = TextField(unique=True)
    artifact_location = TextField()
    lifecycle_stage = TextField()
    creation_time = BigIntegerField()
    last_update_time = BigIntegerField()

    class Meta:
        table_name = "experiments"


class ExperimentTag(Model):
    experiment_id = BigIntegerField()
    key = TextField()
    value = TextField()

    class Meta:
        table_name = "experiment_tags"
        primary_key = CompositeKey("experiment_id", "key")


class LoggedModel(Model):
    id = BigAutoField()
    model_id = TextField(unique=True)
    experiment_id = BigIntegerField()
    name = TextField()
    model_type = TextField()
    source_run_id = TextField()
    status = BigIntegerField()
    status_message = TextField(null=True)
    artifact_uri = TextField()
    lifecycle_stage = TextField()
    creation_timestamp_ms = BigIntegerField()
    last_updated_timestamp_ms = BigIntegerField()

    class Meta:
        table_name = "logged_models"


class LoggedModelParam(Model):
    model_ref = BigIntegerField()
    key = TextField()
    value = TextField()

    class Meta:
        table_name = "logged_model_params"
        primary_key = CompositeKey("model_ref", "key")


class LoggedModelTag(Model):
    model_ref = BigIntegerField()
    key = TextField()
    value = TextField()

    class Meta:
        table_name = "logged_model_tags"
        primary_key = CompositeKey("model_ref", "key")


class LoggedModelMetric(Model):
    model_ref = BigIntegerField()
    key = TextField()
    timestamp = BigIntegerField()
    step = BigIntegerField()
    run_id = TextField()
    value = DoubleField()
    dataset_name = TextField(null=True)
    dataset_digest = TextField(null=True)

    class Meta:
        table_name = "logged_model_metrics"
        primary_key = CompositeKey("model_ref", "key", "timestamp", "step", "run_id")


class RegisteredModel(Model):
    id = BigAutoField()
    name = TextField(unique=True)
    description = TextField(null=True)
    creation_timestamp = BigIntegerField()
    last_updated_timestamp = BigIntegerField()
    last_version = BigIntegerField(default=0)

    class Meta:
        table_name = "registered_models"


class RegisteredModelTag(Model):
    model_ref = BigIntegerField()
    key = TextField()
    value = TextField()

    class Meta:
        table_name = "registered_model_tags"
        primary_key = CompositeKey("model_ref", "key")


class ModelVersion(Model):
    id = BigAutoField()
    model_ref = BigIntegerField()
    version = BigIntegerField()
    description = TextField()
    source = TextField()
    storage_location = TextField()
    run_id = TextField()
    run_link = TextField()
    model_id = TextField()
    current_stage = TextField()
    status = BigIntegerField()
    status_message = TextField(null=True)
    creation_timestamp = BigIntegerField()
    last_updated_timestamp = BigIntegerField()

    class Meta:
        table_name = "model_versions"


class ModelVersionTag(Model):
    version_ref = BigIntegerField()
    key = TextField()
    value = TextField()

    class Meta:
        table_name = "model_version_tags"
        primary_key = CompositeKey("version_ref", "key")


class RegisteredModelAlias(Model):
    model_ref = BigIntegerField()
    alias = TextField()  # type: ignore[assignment]  # hides Model.alias(), which nothing needs here
    version = BigIntegerField()

    class Meta:
        table_name = "registered_model_aliases"
        primary_key = CompositeKey("model_ref", "alias")
