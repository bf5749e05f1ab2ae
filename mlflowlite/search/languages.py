"""The tables of fields: what each searched entity lets filters compare and answers be sorted by.

One `Language` per entity, after `semantics.md` §9.2 to §9.6 and §12.3. The searched row is `r` for runs,
`e` for experiments, `m` for registered models, `v` for model versions (with `m`, its model) and `l` for
logged models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlflowlite.search.fields import (
    ChildText,
    ChildTexts,
    ExperimentId,
    Field,
    IntegerColumn,
    LatestMetrics,
    LoggedMetrics,
    RegistryTags,
    RunName,
    TextColumn,
)
from mlflowlite.search.order import Column, LoggedModelValue, RunValue, Sortable

ATTRIBUTE = "attribute"
METRIC = "metric"
PARAMETER = "parameter"
TAG = "tag"
DATASET = "dataset"


@dataclass(frozen=True)
class Language:
    """What can be said about one kind of entity.

    `spellings` maps the prefixes to entities. `fields` and `sortable` hold, by entity, either a table
    of the known keys or one field that takes any key. `aliases` are other names of attributes.
    `default_order` is used when a request gives none, `ties` ends the order of one that does; both are
    attributes with "descending", and both make the order total.
    """

    row_id: str
    spellings: Mapping[str, str]
    fields: Mapping[str, Mapping[str, Field] | Field]
    sortable: Mapping[str, Mapping[str, Sortable] | Sortable]
    default_order: tuple[tuple[str, bool], ...]
    ties: tuple[tuple[str, bool], ...]
    aliases: Mapping[str, str] = field(default_factory=dict)


_RUN_STATUS = (
    "CASE r.status WHEN 1 THEN 'RUNNING' WHEN 2 THEN 'SCHEDULED' WHEN 3 THEN 'FINISHED' "
    "WHEN 4 THEN 'FAILED' ELSE 'KILLED' END"
)
RUN_METRICS = LatestMetrics("latest_metrics x WHERE x.run_ref = r.id")
_RUN_TAGS = ChildTexts(TAG, "tags x WHERE x.run_ref = r.id", interned=True)
_RUN_LISTS = ("run_id",)
_RUN_DATASETS = "inputs x JOIN datasets d ON d.id = x.dataset_ref WHERE x.run_ref = r.id"
_RUN_CONTEXTS = "input_tags x WHERE x.run_ref = r.id AND x.key = 'mlflow.data.context'"

RUNS = Language(
    row_id="r.id",
    spellings={
        "metric": METRIC,
        "metrics": METRIC,
        "parameter": PARAMETER,
        "parameters": PARAMETER,
        "param": PARAMETER,
        "params": PARAMETER,
        "tag": TAG,
        "tags": TAG,
        "attribute": ATTRIBUTE,
        "attributes": ATTRIBUTE,
        "attr": ATTRIBUTE,
        "run": ATTRIBUTE,
        "dataset": DATASET,
        "datasets": DATASET,
    },
    aliases={
        "created": "start_time",
        "Created": "start_time",
        "run name": "run_name",
        "Run name": "run_name",
        "Run Name": "run_name",
    },
    fields={
        METRIC: RUN_METRICS,
        PARAMETER: ChildTexts(PARAMETER, "params x WHERE x.run_ref = r.id", interned=True),
        TAG: _RUN_TAGS,
        ATTRIBUTE: {
            "run_id": TextColumn("r.run_id", _RUN_LISTS),
            "run_name": RunName(_RUN_TAGS, _RUN_LISTS),
            "status": TextColumn(_RUN_STATUS, _RUN_LISTS),
            "user_id": TextColumn("r.user_id", _RUN_LISTS),
            "artifact_uri": TextColumn("r.artifact_uri", _RUN_LISTS),
            "start_time": IntegerColumn("r.start_time"),
            "end_time": IntegerColumn("r.end_time", nullable=True),
        },
        DATASET: {
            "name": ChildText(_RUN_DATASETS, "d.name"),
            "digest": ChildText(_RUN_DATASETS, "d.digest"),
            "context": ChildText(_RUN_CONTEXTS, "x.value"),
        },
    },
    sortable={
        METRIC: RunValue("latest_metrics", metric=True),
        PARAMETER: RunValue("params"),
        TAG: RunValue("tags"),
        ATTRIBUTE: {
            "run_id": Column("r.run_id"),
            "run_name": Column("r.run_name"),
            "status": Column(_RUN_STATUS),
            "user_id": Column("r.user_id"),
            "artifact_uri": Column("r.artifact_uri"),
            "start_time": Column("r.start_time", int),
            "end_time": Column("r.end_time", int, nullable=True),
        },
    },
    default_order=(("start_time", True), ("run_id", False)),
    ties=(("start_time", True), ("run_id", False)),
)

_PLAIN_SPELLINGS = {"attribute": ATTRIBUTE, "tag": TAG, "tags": TAG}

EXPERIMENTS = Language(
    row_id="e.experiment_id",
    spellings=_PLAIN_SPELLINGS,
    fields={
        ATTRIBUTE: {
            "name": TextColumn("e.name", ("experiment_id",)),
            "experiment_id": ExperimentId("e.experiment_id"),
            "creation_time": IntegerColumn("e.creation_time", whole=True),
            "last_update_time": IntegerColumn("e.last_update_time", whole=True),
        },
        TAG: ChildTexts(TAG, "experiment_tags x WHERE x.experiment_id = e.experiment_id"),
    },
    sortable={
        ATTRIBUTE: {
            "name": Column("e.name"),
            "experiment_id": Column("e.experiment_id", int),
            "creation_time": Column("e.creation_time", int),
            "last_update_time": Column("e.last_update_time", int),
        },
    },
    default_order=(("creation_time", True), ("experiment_id", False)),
    ties=(("experiment_id", True),),
)

REGISTERED_MODELS = Language(
    row_id="m.id",
    spellings=_PLAIN_SPELLINGS,
    aliases={"timestamp": "last_updated_timestamp"},
    fields={
        ATTRIBUTE: {"name": TextColumn("m.name", ("name",))},
        TAG: RegistryTags(TAG, "registered_model_tags x WHERE x.model_ref = m.id"),
    },
    sortable={
        ATTRIBUTE: {
            "name": Column("m.name"),
            "last_updated_timestamp": Column("m.last_updated_timestamp", int),
        },
    },
    default_order=(("name", False),),
    ties=(("name", False),),
)

_VERSION_LISTS = ("name", "run_id")
# By the model's row id, the index of a model's versions gives the default order as well.
_OF_MODEL = "v.model_ref = coalesce((SELECT id FROM registered_models WHERE name = ?), 0)"

MODEL_VERSIONS = Language(
    row_id="v.id",
    spellings=_PLAIN_SPELLINGS,
    fields={
        ATTRIBUTE: {
            "name": TextColumn("m.name", _VERSION_LISTS, equal=_OF_MODEL),
            "run_id": TextColumn("v.run_id", _VERSION_LISTS),
            "source_path": TextColumn("v.source", _VERSION_LISTS),
            "version_number": IntegerColumn("v.version", whole=True, quoted=True),
        },
        TAG: RegistryTags(TAG, "model_version_tags x WHERE x.version_ref = v.id"),
    },
    sortable={
        ATTRIBUTE: {
            "name": Column("m.name"),
            "version_number": Column("v.version", int),
            "creation_timestamp": Column("v.creation_timestamp", int),
            "last_updated_timestamp": Column("v.last_updated_timestamp", int),
        },
    },
    default_order=(("last_updated_timestamp", True), ("name", False), ("version_number", True)),
    ties=(("name", False), ("version_number", True)),
)

_LOGGED_TEXTS = {
    "name": "l.name",
    "model_id": "l.model_id",
    "model_type": "l.model_type",
    "source_run_id": "l.source_run_id",
    "artifact_location": "l.artifact_uri",
    "lifecycle_stage": "l.lifecycle_stage",
}
_LOGGED_INTEGERS = {"experiment_id": "l.experiment_id", "status": "l.status"}
_LOGGED_TIMES = {
    "creation_timestamp_ms": "l.creation_timestamp_ms",
    "last_updated_timestamp_ms": "l.last_updated_timestamp_ms",
}
_LOGGED_LISTS = (*_LOGGED_TEXTS, *_LOGGED_INTEGERS, "status_message")


def _logged_text(column: str, *, nullable: bool = False) -> TextColumn:
    return TextColumn(column, _LOGGED_LISTS, nullable=nullable, bare=True)


LOGGED_MODELS = Language(
    row_id="l.id",
    spellings={"attributes": ATTRIBUTE, "metrics": METRIC, "params": PARAMETER, "tags": TAG},
    aliases={
        "creation_time": "creation_timestamp_ms",
        "creation_timestamp": "creation_timestamp_ms",
        "last_updated_timestamp": "last_updated_timestamp_ms",
    },
    fields={
        ATTRIBUTE: {
            **{key: _logged_text(column) for key, column in _LOGGED_TEXTS.items()},
            # Compared as texts: `status = 2` and `status = '2'` are the same, 'READY' is neither.
            **{key: _logged_text(f"CAST({column} AS TEXT)") for key, column in _LOGGED_INTEGERS.items()},
            "status_message": _logged_text("l.status_message", nullable=True),
            **{key: IntegerColumn(column) for key, column in _LOGGED_TIMES.items()},
        },
        METRIC: LoggedMetrics("logged_model_metrics x WHERE x.model_ref = l.id"),
        PARAMETER: ChildTexts(PARAMETER, "logged_model_params x WHERE x.model_ref = l.id", lists=True),
        TAG: ChildTexts(TAG, "logged_model_tags x WHERE x.model_ref = l.id", lists=True),
    },
    sortable={
        ATTRIBUTE: {
            **{key: Column(column) for key, column in _LOGGED_TEXTS.items()},
            **{key: Column(column, int) for key, column in (_LOGGED_INTEGERS | _LOGGED_TIMES).items()},
            "status_message": Column("l.status_message", nullable=True),
        },
        METRIC: LoggedModelValue(),
    },
    default_order=(("creation_timestamp_ms", True), ("model_id", False)),
    ties=(("creation_timestamp_ms", True), ("model_id", False)),
)
