"""Workloads that write runs."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import dataset
from dataset import Loaded
from measure import Job
from rawhttp import build_request
from session import API, Session, expect

BATCH = 1000
RUNS_PER_TURN = 20  # params and tags are spread over so many runs, as a run has tens of them, not thousands
CLIENTS = 16


def new_run(session: Session, loaded: Loaded) -> str:
    request = {"experiment_id": loaded.write_experiment, "start_time": dataset.BASE_TIME}
    return str(session.post("runs/create", request)["run"]["info"]["run_id"])


def new_runs(session: Session, loaded: Loaded) -> list[str]:
    return [new_run(session, loaded) for _ in range(RUNS_PER_TURN)]


def count_points(session: Session, run_id: str, key: str) -> int:
    return len(session.get("metrics/get-history", run_id=run_id, metric_key=key).get("metrics", []))


def point(key: str, step: int) -> dict[str, Any]:
    return {
        "key": key,
        "value": dataset.history_value(step),
        "timestamp": dataset.BASE_TIME + step,
        "step": step,
    }


def run_content(session: Session, run_id: str, kind: str) -> dict[str, Any]:
    data = session.get("runs/get", run_id=run_id)["run"]["data"]
    return {item["key"]: item["value"] for item in data.get(kind, [])}


def log_metric(session: Session, loaded: Loaded) -> Job:
    run_id = new_run(session, loaded)

    def operate(index: int) -> None:
        answer = session.post("runs/log-metric", {"run_id": run_id, **point("loss", index)})
        expect(answer == {}, f"log-metric answered {answer}")

    def verify(count: int) -> None:
        stored = count_points(session, run_id, "loss")
        expect(stored == count, f"{count} points acknowledged, {stored} stored")
        latest = run_content(session, run_id, "metrics")["loss"]
        expect(latest == dataset.history_value(count - 1), f"the latest value is {latest}")

    return Job(operate, verify)


def _log_pairs(session: Session, loaded: Loaded, path: str, kind: str) -> Job:
    """One param, or one tag, per request; each with a key of its own."""
    run_ids = new_runs(session, loaded)

    def operate(index: int) -> None:
        run_id, key = run_ids[index % RUNS_PER_TURN], f"key_{index // RUNS_PER_TURN}"
        answer = session.post(path, {"run_id": run_id, "key": key, "value": f"value {index}"})
        expect(answer == {}, f"{path} answered {answer}")

    def verify(count: int) -> None:
        contents = [run_content(session, run_id, kind) for run_id in run_ids]
        stored = sum(key.startswith("key_") for content in contents for key in content)
        expect(stored == count, f"{count} {kind} acknowledged, {stored} stored")

    return Job(operate, verify)


def log_param(session: Session, loaded: Loaded) -> Job:
    return _log_pairs(session, loaded, "runs/log-parameter", "params")


def set_tag(session: Session, loaded: Loaded) -> Job:
    return _log_pairs(session, loaded, "runs/set-tag", "tags")


def create_run(session: Session, loaded: Loaded) -> Job:
    names = {"mlflow.user": "bench", "mlflow.source.name": "bench", "mlflow.source.type": "LOCAL"}
    tags = dataset.pairs(names)  # as the stock client sends them

    def operate(index: int) -> None:
        start = dataset.start_time(index)
        request = {
            "experiment_id": loaded.write_experiment,
            "user_id": "bench",
            "run_name": f"quick {index}",
            "start_time": start,
            "tags": tags,
        }
        info = session.post("runs/create", request)["run"]["info"]
        expect(info["status"] == "RUNNING" and info["run_name"] == f"quick {index}", f"created {info}")
        finish = {"run_id": info["run_id"], "status": "FINISHED", "end_time": start + 5}
        info = session.post("runs/update", finish)["run_info"]
        expect(info["status"] == "FINISHED" and info["end_time"] == start + 5, f"finished {info}")

    return Job(operate)


def log_batch_metrics(session: Session, loaded: Loaded) -> Job:
    """1000 points: 10 metrics of 100 steps."""
    run_id = new_run(session, loaded)

    def operate(index: int) -> None:
        metrics = [point(f"metric_{n % 10}", index * 100 + n // 10) for n in range(BATCH)]
        answer = session.post("runs/log-batch", {"run_id": run_id, "metrics": metrics})
        expect(answer == {}, f"log-batch answered {answer}")

    def verify(count: int) -> None:
        stored = count_points(session, run_id, "metric_9")
        expect(stored == count * 100, f"{count * 100} points acknowledged, {stored} stored")

    return Job(operate, verify)


def log_batch_mixed(session: Session, loaded: Loaded) -> Job:
    """100 params, 100 tags and 800 metrics, each batch with keys new to its run."""
    run_ids = new_runs(session, loaded)

    def operate(index: int) -> None:
        run_id, turn = run_ids[index % RUNS_PER_TURN], index // RUNS_PER_TURN
        names = dataset.pairs({f"key_{turn}_{n}": f"value {n}" for n in range(100)})
        metrics = [point(f"metric_{n}", turn) for n in range(800)]
        batch = {"run_id": run_id, "metrics": metrics, "params": names, "tags": names}
        answer = session.post("runs/log-batch", batch)
        expect(answer == {}, f"log-batch answered {answer}")

    def verify(count: int) -> None:
        for kind in ("params", "tags"):
            contents = [run_content(session, run_id, kind) for run_id in run_ids]
            stored = sum(key.startswith("key_") for content in contents for key in content)
            expect(stored == count * 100, f"{count * 100} {kind} acknowledged, {stored} stored")
        expect(len(run_content(session, run_ids[0], "metrics")) == 800, "metrics are missing")

    return Job(operate, verify)


def clients_16(session: Session, loaded: Loaded) -> Job:
    """16 clients, each logging one point per request to a run of its own."""
    run_ids = [new_run(session, loaded) for _ in range(CLIENTS)]

    def request(run_id: str, index: int) -> bytes:
        body = json.dumps({"run_id": run_id, **point("loss", index)}).encode()
        return build_request("POST", API + "runs/log-metric", session.port, body)

    def verify_each(answered: list[int]) -> None:
        for run_id, count in zip(run_ids, answered, strict=True):
            stored = count_points(session, run_id, "loss")
            expect(stored >= count, f"{count} points acknowledged, {stored} stored")

    return Job(requests=[partial(request, run_id) for run_id in run_ids], verify_each=verify_each)
