"""Metrics and their history (`endpoints.md` §3)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
from flask import Request, Response

from mlflowlite.api.context import Context
from mlflowlite.errors import invalid
from mlflowlite.protos import messages as m
from mlflowlite.store import metrics

SEE_DOCS = " See the API docs for more information about request parameters."


def log_metric(ctx: Context, request: m.LogMetricRequest) -> m.LogMetricResponse:
    metric = m.Metric(
        key=request.key,
        value=request.value,
        timestamp=request.timestamp,
        step=request.step,
        model_id=request.model_id,
        dataset_name=request.dataset_name,
        dataset_digest=request.dataset_digest,
    )
    metrics.log_metric(ctx.db, request.run_id, metric)
    return m.LogMetricResponse()


def get_metric_history(
    ctx: Context, request: m.GetMetricHistoryRequest
) -> m.GetMetricHistoryResponse | Iterator[bytes]:
    if request.max_results is None and not request.page_token:
        return _whole_history(ctx, request)
    points, token = metrics.get_metric_history(
        ctx.db,
        request.run_id,
        request.metric_key,
        max_results=metrics.HISTORY_CHUNK if request.max_results is None else request.max_results,
        page_token=request.page_token,
    )
    return m.GetMetricHistoryResponse(metrics=points, next_page_token=token)


def _whole_history(ctx: Context, request: m.GetMetricHistoryRequest) -> Iterator[bytes]:
    """The answer in pieces: a history may be far larger than the memory it should cost."""
    chunks = metrics.iterate_metric_history(ctx.db, request.run_id, request.metric_key)
    first = next(chunks, None)  # errors must come before the first byte
    return _history_pieces(first, chunks)


def _history_pieces(first: list[m.Metric] | None, rest: Iterator[list[m.Metric]]) -> Iterator[bytes]:
    if not first:
        yield b"{}"
        return
    encode = msgspec.json.encode
    yield b'{"metrics":' + encode(first)[:-1]
    for chunk in rest:
        yield b"," + encode(chunk)[1:-1]
    yield b"]}"


def get_metric_history_bulk(ctx: Context, request: m.GetMetricHistoryBulkRequest, _: Request) -> Response:
    if not request.run_id:
        raise invalid("GetMetricHistoryBulk request must specify at least one run_id.")
    if len(request.run_id) > metrics.MAX_RUNS_AT_ONCE:
        raise invalid(
            f"GetMetricHistoryBulk request cannot specify more than {metrics.MAX_RUNS_AT_ONCE} run_ids. "
            f"Received {len(request.run_id)} run_ids."
        )
    if request.metric_key is None:
        raise invalid("GetMetricHistoryBulk request must specify a metric_key.")
    limit = metrics.MAX_BULK_RESULTS if request.max_results is None else request.max_results
    if limit < 0:
        raise invalid(f"Invalid value {limit} for parameter 'max_results' supplied. It can't be negative.")
    points = metrics.get_metric_history_bulk(
        ctx.db, request.run_id, request.metric_key, min(limit, metrics.MAX_BULK_RESULTS)
    )
    # Not a message of the protocol: NaN is a bare NaN here, which msgspec would not write.
    body = json.dumps(
        {
            "metrics": [
                {
                    "key": request.metric_key,
                    "value": float("nan") if is_nan else value,
                    "timestamp": timestamp,
                    "step": step,
                    "run_id": run_id,
                }
                for run_id, value, timestamp, step, is_nan in points
            ]
        }
    )
    return Response(body, mimetype="application/json")


def get_metric_history_bulk_interval(
    ctx: Context, request: m.GetMetricHistoryBulkIntervalRequest
) -> m.GetMetricHistoryBulkIntervalResponse:
    if not request.run_ids:
        raise invalid(f"Missing value for required parameter 'run_ids'.{SEE_DOCS}")
    if len(request.run_ids) > metrics.MAX_RUNS_AT_ONCE:
        raise invalid(
            f"GetMetricHistoryBulkInterval request must specify at most {metrics.MAX_RUNS_AT_ONCE} run_ids. "
            f"Received {len(request.run_ids)} run_ids.{SEE_DOCS}"
        )
    limit = metrics.MAX_INTERVAL_RESULTS if request.max_results is None else request.max_results
    if not 1 <= limit <= metrics.MAX_INTERVAL_RESULTS:
        raise invalid(f"max_results must be between 1 and {metrics.MAX_INTERVAL_RESULTS}.{SEE_DOCS}")
    points = metrics.get_metric_history_bulk_interval(
        ctx.db,
        request.run_ids,
        request.metric_key,
        steps=_interval(request.start_step, request.end_step),
        max_results=limit,
    )
    return m.GetMetricHistoryBulkIntervalResponse(metrics=points)


def _interval(start: int | None, end: int | None) -> tuple[int, int] | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise invalid("If either start step or end step are specified, both must be specified.")
    if start > end:
        raise invalid(
            f"end_step must be greater than start_step. Found start_step={start} and end_step={end}."
        )
    return start, end
