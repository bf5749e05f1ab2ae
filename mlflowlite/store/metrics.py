"""Metrics: logging points, their latest values, their history (`semantics.md` §5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlflowlite.db import BulkInsert, Database, Row, reads, writes
from mlflowlite.errors import bad_request, invalid
from mlflowlite.protos.messages import Metric, MetricWithRunId
from mlflowlite.search import decode_token, encode_token
from mlflowlite.store.keys import find_key, intern_key
from mlflowlite.store.runs import RunRef, active_run
from mlflowlite.store.validation import check_key
from mlflowlite.wire.message import double

MAX_DOUBLE = 1.7976931348623157e308
MAX_INTERVAL_RESULTS = 2500
MAX_BULK_RESULTS = 25_000
MAX_RUNS_AT_ONCE = 100
HISTORY_CHUNK = 10_000

_POINT_COLUMNS = {
    "run_ref": "bigint",
    "key_id": "bigint",
    "timestamp": "bigint",
    "step": "bigint",
    "value": "float8",
    "is_nan": "bigint",
}
_INSERT_POINTS = BulkInsert("metrics", _POINT_COLUMNS, "DO NOTHING")
_UPSERT_LATEST = BulkInsert(
    "latest_metrics",
    _POINT_COLUMNS,
    "(run_ref, key_id) DO UPDATE SET timestamp = excluded.timestamp, step = excluded.step, "
    "value = excluded.value, is_nan = excluded.is_nan "
    "WHERE (excluded.step, excluded.timestamp, excluded.value) "
    "> (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)",
)
_INSERT_MODEL_METRICS = BulkInsert(
    "logged_model_metrics",
    {
        "model_ref": "bigint",
        "key": "text",
        "timestamp": "bigint",
        "step": "bigint",
        "run_id": "text",
        "value": "float8",
        "dataset_name": "text",
        "dataset_digest": "text",
    },
    # The same step logged again replaces the value; upstream fails and keeps half (`semantics.md` §5.8).
    "(model_ref, key, timestamp, step, run_id) DO UPDATE SET value = excluded.value, "
    "dataset_name = excluded.dataset_name, dataset_digest = excluded.dataset_digest",
)


class Point(NamedTuple):
    """A checked metric point, as it is stored."""

    key: str
    timestamp: int
    step: int
    value: float
    is_nan: int


def checked_point(metric: Metric, path: str = "") -> Point:
    """A metric of a request as a point. `path` is `metrics[3].` in a batch, for error messages."""
    if bool(metric.dataset_name) != bool(metric.dataset_digest):
        raise invalid("Both dataset_name and dataset_digest must be provided if one is provided")
    check_key(metric.key, f"{path}name", "Metric name")
    if metric.timestamp < 0:
        raise invalid(
            f"Invalid value {metric.timestamp} for parameter '{path}timestamp' supplied: metric "
            f"'{metric.key}' (value={metric.value}). Timestamp must be a nonnegative long (64-bit integer) "
        )
    value = metric.value
    if value != value:
        return Point(metric.key, metric.timestamp, metric.step or 0, 0.0, 1)
    if value > MAX_DOUBLE:
        value = MAX_DOUBLE
    elif value < -MAX_DOUBLE:
        value = -MAX_DOUBLE
    # -0.0 and 0.0 are one value: the databases disagree on whether they are two keys.
    return Point(metric.key, metric.timestamp, metric.step or 0, value or 0.0, 0)


@writes
def log_metric(db: Database, run_id: str, metric: Metric) -> None:
    """Log one point. Logging an identical one again changes nothing."""
    point = checked_point(metric)
    run = active_run(db, run_id)
    key_id = intern_key(db, run.experiment_id, point.key)
    write_points(db, run, [point], {point.key: key_id})
    write_model_metrics(db, run_id, [metric], [point])


def write_points(db: Database, run: RunRef, points: Sequence[Point], ids: dict[str, int]) -> None:
    """Store points and bring the latest values up to date; `ids` are the interned keys."""
    ref = run.ref
    # In one order, so that two batches of the same points can't wait for each other.
    rows = sorted((ref, ids[key], timestamp, step, value, nan) for key, timestamp, step, value, nan in points)
    latest: dict[int, Row] = {}
    for row in rows:
        known = latest.get(row[1])
        if known is None or (row[3], row[2], row[4]) > (known[3], known[2], known[4]):
            latest[row[1]] = row
    db.insert_many(_INSERT_POINTS, rows)
    db.insert_many(_UPSERT_LATEST, [latest[key_id] for key_id in sorted(latest)])


def write_model_metrics(
    db: Database, run_id: str, metrics: Sequence[Metric], points: Sequence[Point]
) -> None:
    """Store the points that name a logged model on that model too. Raises BAD_REQUEST for an unknown one."""
    named = [(metric, point) for metric, point in zip(metrics, points, strict=True) if metric.model_id]
    if not named:
        return
    refs: dict[str, int] = dict(
        db.rows(
            f"SELECT model_id, id FROM logged_models WHERE {db.any_of('model_id')}",
            (db.array(sorted({metric.model_id for metric, _ in named})),),
        )
    )
    rows: dict[Row, Row] = {}
    for metric, point in named:
        if metric.model_id not in refs:
            raise bad_request(f"Logged model with ID '{metric.model_id}' not found.")
        identity = (refs[metric.model_id], point.key, point.timestamp, point.step, run_id)
        rows[identity] = (*identity, point.value, metric.dataset_name, metric.dataset_digest)
    db.insert_many(_INSERT_MODEL_METRICS, [rows[identity] for identity in sorted(rows)])


@reads
def get_metric_history(
    db: Database, run_id: str, key: str, *, max_results: int, page_token: str | None
) -> tuple[list[Metric], str | None]:
    """One page of a metric's points by timestamp, step and value, and the token of the next page."""
    if max_results < 1:
        raise invalid(
            f"Invalid value {max_results} for parameter 'max_results' supplied. "
            "It must be a positive integer."
        )
    digest = f"{run_id}/{key}"
    after = decode_token(page_token, digest, (int, int, float, int))
    source = _find_series(db, run_id, key)
    if source is None:
        return [], None
    rows = _history_rows(db, source, after, max_results + 1)
    token = None
    if len(rows) > max_results:
        rows.pop()
        token = encode_token(digest, list(rows[-1]))
    return [_metric(key, row) for row in rows], token


def iterate_metric_history(db: Database, run_id: str, key: str) -> Iterator[list[Metric]]:
    """The whole history in chunks: memory stays bounded and no connection is held between them."""
    after: Row | None = None
    while True:
        chunk = _history_chunk(db, run_id, key, after)
        if not chunk:
            return
        yield [_metric(key, row) for row in chunk]
        if len(chunk) < HISTORY_CHUNK:
            return
        after = chunk[-1]


@reads
def _history_chunk(db: Database, run_id: str, key: str, after: Row | None) -> list[Row]:
    source = _find_series(db, run_id, key)
    return [] if source is None else _history_rows(db, source, after, HISTORY_CHUNK)


@reads
def get_metric_history_bulk(
    db: Database, run_ids: Sequence[str], key: str, max_results: int
) -> list[tuple[str, float, int, int, int]]:
    """Points of up to 100 runs, by run id, as (run_id, value, timestamp, step, is_nan)."""
    points: list[tuple[str, float, int, int, int]] = []
    for run_id in sorted(set(run_ids)):
        source = _find_series(db, run_id, key)
        if source is not None:
            rows = _history_rows(db, source, None, max_results - len(points))
            points.extend((run_id, value, timestamp, step, nan) for timestamp, step, value, nan in rows)
        if len(points) >= max_results:
            break
    return points


@reads
def get_metric_history_bulk_interval(
    db: Database,
    run_ids: Sequence[str],
    key: str,
    *,
    steps: tuple[int, int] | None,
    max_results: int,
) -> list[MetricWithRunId]:
    """At most `max_results` of each run's points, first and last among them (`semantics.md` §5.6)."""
    found: list[MetricWithRunId] = []
    for run_id in run_ids:
        source = _find_series(db, run_id, key)
        if source is None:
            continue
        for timestamp, step, value, nan in _sampled(db, source, steps, max_results):
            found.append(MetricWithRunId(key, double(value, nan), timestamp, step, run_id))
    return found


def _find_series(db: Database, run_id: str, key: str) -> Row | None:
    """(run_ref, key_id) of a run's metric; None when the run or the key is unknown."""
    row = db.row("SELECT id, experiment_id FROM runs WHERE run_id = ?", (run_id,))
    if row is None:
        return None
    key_id = find_key(db, row[1], key)
    return None if key_id is None else (row[0], key_id)


def _history_rows(db: Database, series: Row, after: Sequence[object] | None, limit: int) -> list[Row]:
    """Points as (timestamp, step, value, is_nan), in the order in which they are clustered."""
    beyond = "" if after is None else " AND (timestamp, step, value, is_nan) > (?, ?, ?, ?)"
    return db.rows(
        "SELECT timestamp, step, value, is_nan FROM metrics WHERE run_ref = ? AND key_id = ?"
        f"{beyond} ORDER BY timestamp, step, value, is_nan LIMIT ?",
        (*series, *(after or ()), limit),
    )


def _sampled(db: Database, series: Row, steps: tuple[int, int] | None, limit: int) -> list[Row]:
    """The points to show, picked by the database: a series may be far longer than its sample."""
    within = "run_ref = ? AND key_id = ?" + ("" if steps is None else " AND step BETWEEN ? AND ?")
    params = (*series, *(steps or ()))
    count = db.row(f"SELECT count(*) FROM metrics WHERE {within}", params)
    assert count is not None
    numbered = (
        "SELECT timestamp, step, value, is_nan, "
        "row_number() OVER (ORDER BY step, timestamp, value, is_nan) - 1 AS position "
        f"FROM metrics WHERE {within}"
    )
    return db.rows(
        f"SELECT timestamp, step, value, is_nan FROM ({numbered}) AS points "
        f"WHERE {db.any_of('position')} ORDER BY position",
        (*params, db.array(sample_indexes(count[0], limit))),
    )


def sample_indexes(count: int, limit: int) -> list[int]:
    """Which of `count` ordered points to show: the first of each of `limit` buckets, of the last its last.

    Buckets are as SQL's NTILE makes them: of equal size, the earlier ones larger by one.
    """
    if count <= limit:
        return list(range(count))
    size, larger = divmod(count, limit)
    starts = [bucket * size + min(bucket, larger) for bucket in range(limit)]
    starts[-1] = count - 1
    return starts


def _metric(key: str, row: Row) -> Metric:
    timestamp, step, value, is_nan = row
    return Metric(key, double(value, is_nan), timestamp, step)
