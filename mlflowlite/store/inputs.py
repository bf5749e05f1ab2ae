"""What runs read and wrote: datasets, model inputs, model outputs (`semantics.md` §8)."""

from __future__ import annotations

from collections.abc import Sequence

from mlflowlite.db import BulkInsert, Database, reads, writes
from mlflowlite.errors import invalid
from mlflowlite.protos.messages import DatasetInput, DatasetSummary, ModelInput, ModelOutput
from mlflowlite.store.runs import RunRef, active_run
from mlflowlite.store.validation import check_length, check_run_id, parse_experiment_id

MAX_SEARCHED_EXPERIMENTS = 20
MAX_SUMMARIES = 1000
CONTEXT_TAG = "mlflow.data.context"

_LIMITS = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
_MAX_TAG_KEY, _MAX_TAG_VALUE = 255, 500

_INSERT_DATASETS = BulkInsert(
    "datasets",
    {
        "experiment_id": "bigint",
        "name": "text",
        "digest": "text",
        "source_type": "text",
        "source": "text",
        "schema": "text",
        "profile": "text",
    },
    "(experiment_id, name, digest) DO NOTHING",
)
_INSERT_INPUTS = BulkInsert(
    "inputs",
    {"run_ref": "bigint", "dataset_ref": "bigint", "position": "bigint"},
    "(run_ref, dataset_ref) DO NOTHING",
)
_INSERT_TAGS = BulkInsert(
    "input_tags",
    {"run_ref": "bigint", "dataset_ref": "bigint", "key": "text", "value": "text"},
    "(run_ref, dataset_ref, key) DO NOTHING",
)
_INSERT_MODEL_INPUTS = BulkInsert(
    "model_inputs", {"run_ref": "bigint", "model_id": "text"}, "(run_ref, model_id) DO NOTHING"
)
_UPSERT_OUTPUTS = BulkInsert(
    "model_outputs",
    {"run_ref": "bigint", "model_id": "text", "step": "bigint"},
    "(run_ref, model_id) DO UPDATE SET step = excluded.step",
)

_Identity = tuple[str, str]


@writes
def log_inputs(
    db: Database, run_id: str, datasets: Sequence[DatasetInput], models: Sequence[ModelInput]
) -> None:
    """Note what a run read. An input that is noted already stays as it is, its tags included."""
    check_run_id(run_id)
    for dataset_input in datasets:
        _check_dataset(dataset_input)
    run = active_run(db, run_id)
    if datasets:
        _write_datasets(db, run, datasets)
    if models:
        ids = sorted({model.model_id for model in models})
        db.insert_many(_INSERT_MODEL_INPUTS, [(run.ref, model_id) for model_id in ids])


@writes
def log_outputs(db: Database, run_id: str, models: Sequence[ModelOutput]) -> None:
    """Note which logged models a run wrote, and at which step."""
    run = active_run(db, run_id)
    steps = {model.model_id: model.step for model in models}
    if steps:
        db.insert_many(_UPSERT_OUTPUTS, [(run.ref, model_id, steps[model_id]) for model_id in sorted(steps)])


@reads
def search_datasets(db: Database, experiment_ids: Sequence[str]) -> list[DatasetSummary]:
    """The datasets that runs of up to 20 experiments read, each with each of its contexts."""
    if not experiment_ids:
        raise invalid("SearchDatasets request must specify at least one experiment_id.")
    if len(experiment_ids) > MAX_SEARCHED_EXPERIMENTS:
        raise invalid(
            f"SearchDatasets request cannot specify more than {MAX_SEARCHED_EXPERIMENTS} experiment_ids. "
            f"Received {len(experiment_ids)} experiment_ids."
        )
    numbers = sorted({parse_experiment_id(text) for text in experiment_ids})
    rows = db.rows(
        "SELECT DISTINCT d.experiment_id, d.name, d.digest, t.value FROM datasets d "
        "JOIN inputs i ON i.dataset_ref = d.id "
        "LEFT JOIN input_tags t ON t.run_ref = i.run_ref AND t.dataset_ref = i.dataset_ref AND t.key = ? "
        f"WHERE {db.any_of('d.experiment_id')} "
        "ORDER BY d.experiment_id, d.name, d.digest, t.value LIMIT ?",
        (CONTEXT_TAG, db.array(numbers), MAX_SUMMARIES),
    )
    return [
        DatasetSummary(experiment_id=str(number), name=name, digest=digest, context=context)
        for number, name, digest, context in rows
    ]


def _check_dataset(dataset_input: DatasetInput) -> None:
    for field, limit in _LIMITS.items():
        check_length(field, getattr(dataset_input.dataset, field) or "", limit)
    for tag in dataset_input.tags:
        check_length("key", tag.key, _MAX_TAG_KEY)
        check_length("value", tag.value or "", _MAX_TAG_VALUE)


def _write_datasets(db: Database, run: RunRef, datasets: Sequence[DatasetInput]) -> None:
    # The first of several inputs with one identity counts.
    inputs: dict[_Identity, DatasetInput] = {}
    for dataset_input in datasets:
        inputs.setdefault((dataset_input.dataset.name, dataset_input.dataset.digest), dataset_input)
    refs = _intern_datasets(db, run.experiment_id, inputs)
    known = {row[0] for row in db.rows("SELECT dataset_ref FROM inputs WHERE run_ref = ?", (run.ref,))}
    new = [(refs[identity], inputs[identity]) for identity in inputs if refs[identity] not in known]
    db.insert_many(_INSERT_INPUTS, [(run.ref, ref, len(known) + index) for index, (ref, _) in enumerate(new)])
    tags = {
        (run.ref, ref, tag.key): (run.ref, ref, tag.key, tag.value or "")
        for ref, dataset_input in new
        for tag in dataset_input.tags
    }
    db.insert_many(_INSERT_TAGS, [tags[key] for key in sorted(tags)])


def _intern_datasets(
    db: Database, experiment_id: int, inputs: dict[_Identity, DatasetInput]
) -> dict[_Identity, int]:
    """The row ids of the datasets, made where they are new; the first writer's details stay."""
    rows = []
    for identity in sorted(inputs):
        dataset = inputs[identity].dataset
        rows.append(
            (
                experiment_id,
                dataset.name,
                dataset.digest,
                dataset.source_type,
                dataset.source,
                dataset.schema or None,
                dataset.profile or None,
            )
        )
    db.insert_many(_INSERT_DATASETS, rows)
    found = db.rows(
        f"SELECT id, name, digest FROM datasets WHERE experiment_id = ? AND {db.any_of('name')}",
        (experiment_id, db.array(sorted({name for name, _ in inputs}))),
    )
    return {(name, digest): ref for ref, name, digest in found}
