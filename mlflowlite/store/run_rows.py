"""Run messages from rows: N runs with all they hold, in a constant number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from mlflowlite.db import Database, Row
from mlflowlite.protos.messages import (
    ENUM_NUMBERS,
    Dataset,
    DatasetInput,
    InputTag,
    Metric,
    ModelInput,
    ModelOutput,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)
from mlflowlite.store.keys import key_names
from mlflowlite.wire.message import double

STATUS_NUMBERS = ENUM_NUMBERS["RunStatus"]
_STATUS_NAMES: dict[int, RunStatus] = {number: name for name, number in STATUS_NUMBERS.items()}  # type: ignore[misc]

INFO_COLUMNS = (
    "id, run_id, experiment_id, run_name, user_id, status, start_time, end_time, lifecycle_stage, "
    "artifact_uri"
)


def run_info(row: Row) -> RunInfo:
    """The RunInfo of a row of INFO_COLUMNS."""
    _, run_id, experiment_id, name, user_id, status, start_time, end_time, stage, uri = row
    return RunInfo(
        run_uuid=run_id,
        experiment_id=str(experiment_id),
        run_name=name,
        user_id=user_id,
        status=_STATUS_NAMES[status],
        start_time=start_time,
        end_time=end_time,
        artifact_uri=uri,
        lifecycle_stage=stage,
        run_id=run_id,
    )


def load_runs(db: Database, refs: Sequence[int], *, model_inputs: bool) -> list[Run]:
    """The runs of these row ids, in this order. Searches leave `model_inputs` out (`semantics.md` §8)."""
    if not refs:
        return []
    rows = db.rows(f"SELECT {INFO_COLUMNS} FROM runs WHERE {db.any_of('id')}", (db.array(refs),))
    by_ref = {row[0]: row for row in rows}
    return build_runs(db, [by_ref[ref] for ref in refs if ref in by_ref], model_inputs=model_inputs)


def build_runs(db: Database, rows: Sequence[Row], *, model_inputs: bool) -> list[Run]:
    """The runs of these rows of INFO_COLUMNS, with their data, inputs and outputs."""
    refs = db.array([row[0] for row in rows])
    in_refs = db.any_of("run_ref")
    data = _load_data(db, refs, in_refs)
    datasets = _load_datasets(db, refs)
    inputs: dict[int, list[ModelInput]] = defaultdict(list)
    if model_inputs:
        for ref, model_id in db.rows(
            f"SELECT run_ref, model_id FROM model_inputs WHERE {in_refs}",
            (refs,),
        ):
            inputs[ref].append(ModelInput(model_id))
    outputs: dict[int, list[ModelOutput]] = defaultdict(list)
    for ref, model_id, step in db.rows(
        f"SELECT run_ref, model_id, step FROM model_outputs WHERE {in_refs}",
        (refs,),
    ):
        outputs[ref].append(ModelOutput(model_id, step))
    return [
        Run(
            info=run_info(row),
            data=data[row[0]],
            inputs=RunInputs(dataset_inputs=datasets[row[0]], model_inputs=inputs[row[0]]),
            outputs=RunOutputs(model_outputs=outputs[row[0]]),
        )
        for row in rows
    ]


def _load_data(db: Database, refs: object, in_refs: str) -> dict[int, RunData]:
    """Latest metrics, params and tags of the runs."""
    metrics = db.rows(
        f"SELECT run_ref, key_id, value, is_nan, timestamp, step FROM latest_metrics WHERE {in_refs}",
        (refs,),
    )
    params = db.rows(f"SELECT run_ref, key_id, value FROM params WHERE {in_refs}", (refs,))
    tags = db.rows(f"SELECT run_ref, key_id, value FROM tags WHERE {in_refs}", (refs,))
    used = {row[1] for row in metrics}
    used.update(row[1] for row in params)
    used.update(row[1] for row in tags)
    names = key_names(db, used)
    data: dict[int, RunData] = defaultdict(RunData)
    for ref, key_id, value, is_nan, timestamp, step in metrics:
        data[ref].metrics.append(Metric(names[key_id], double(value, is_nan), timestamp, step))
    for ref, key_id, value in params:
        data[ref].params.append(Param(names[key_id], value))
    for ref, key_id, value in tags:
        data[ref].tags.append(RunTag(names[key_id], value))
    return data


def _load_datasets(db: Database, refs: object) -> dict[int, list[DatasetInput]]:
    """The dataset inputs of the runs, in the order they were logged."""
    rows = db.rows(
        "SELECT i.run_ref, i.dataset_ref, d.name, d.digest, d.source_type, d.source, d.schema, d.profile "
        "FROM inputs i JOIN datasets d ON d.id = i.dataset_ref "
        f"WHERE {db.any_of('i.run_ref')} ORDER BY i.run_ref, i.position, i.dataset_ref",
        (refs,),
    )
    result: dict[int, list[DatasetInput]] = defaultdict(list)
    if not rows:
        return result
    tags: dict[tuple[int, int], list[InputTag]] = defaultdict(list)
    for run_ref, dataset_ref, key, value in db.rows(
        f"SELECT run_ref, dataset_ref, key, value FROM input_tags WHERE {db.any_of('run_ref')}",
        (refs,),
    ):
        tags[run_ref, dataset_ref].append(InputTag(key, value))
    for run_ref, dataset_ref, name, digest, source_type, source, schema, profile in rows:
        dataset = Dataset(
            name=name, digest=digest, source_type=source_type, source=source, schema=schema, profile=profile
        )
        result[run_ref].append(DatasetInput(tags=tags[run_ref, dataset_ref], dataset=dataset))
    return result
