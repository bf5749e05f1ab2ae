"""The examples of docs/search.md give what the page says, on stores filled from its tables."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import Client, Reply

PAGE = (Path(__file__).parent.parent / "docs" / "search.md").read_text(encoding="utf-8")
REFUSED = "refused"
PROMPT = {"key": "mlflow.prompt.is_prompt", "value": "true"}
Record = dict[str, str]  # a row of a table by column


def table(first_column: str) -> list[Record]:
    """The rows of the table whose first column has this head; what a row lacks is left out."""
    text = re.search(rf"^\| {first_column} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert text, first_column
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text[0].splitlines()]
    return [{name: cell for name, cell in zip(head, row, strict=True) if cell} for row in rows]


def blocks(kind: str) -> list[tuple[str, str]]:
    """The fenced blocks of a kind, as (what follows the kind, content)."""
    return re.findall(rf"^```{kind} (\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def pairs(record: Record, entity: str) -> list[dict[str, str]]:
    """The params or tags of a row."""
    return [
        {"key": name.partition(".")[2], "value": value}
        for name, value in record.items()
        if name.startswith(f"{entity}.")
    ]


# -- filling the stores -----------------------------------------------------------------------------------


def done(reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    return reply.body


def fill_runs(client: Client) -> None:
    for row in table("run"):
        fields = {"experiment_id": "0", "run_name": row["run"], "start_time": int(row["start_time"])}
        run_id = done(client.post("runs/create", fields))["run"]["info"]["run_id"]
        loss = [row["metrics.loss"]] if "metrics.loss" in row else []
        metrics = [{"key": "loss", "value": value, "timestamp": 1} for value in loss]
        batch = {"metrics": metrics, "params": pairs(row, "params"), "tags": pairs(row, "tags")}
        done(client.post("runs/log-batch", {"run_id": run_id, **batch}))
        datasets = [
            {
                "dataset": {"name": name, "digest": "d", "source_type": "local", "source": "s"},
                "tags": [{"key": "mlflow.data.context", "value": context}],
            }
            for name, context in re.findall(r"(\w+) \((\w+)\)", row.get("dataset", ""))
        ]
        done(client.post("runs/log-inputs", run_id=run_id, datasets=datasets))
        end = {"end_time": int(row["end_time"])} if "end_time" in row else {}
        done(client.post("runs/update", run_id=run_id, status=row["status"], **end))


def fill_experiments(client: Client) -> None:
    for row in table("experiment"):
        if row["experiment"] != "Default":
            client.new_experiment(row["experiment"], tags=pairs(row, "tags"))
        time.sleep(0.002)


def fill_models(client: Client) -> None:
    for row in table("model"):
        name, _, prompt = row["model"].partition(" ")
        tags = pairs(row, "tags") + ([PROMPT] if prompt else [])
        done(client.post("registered-models/create", name=name, tags=tags))


def fill_versions(client: Client) -> None:
    rows = table("version")
    for model in {row["version"].partition("/")[0] for row in rows}:
        done(client.post("registered-models/create", name=model))
    for row in rows:
        name, _, number = row["version"].partition("/")
        origin = {"source": row["source_path"], "run_id": row.get("run_id", "")}
        body = done(client.post("model-versions/create", name=name, tags=pairs(row, "tags"), **origin))
        assert body["model_version"]["version"] == number
        time.sleep(0.002)


def fill_logged_models(client: Client) -> None:
    run_id = client.new_run()
    statuses = {"1": "LOGGED_MODEL_PENDING", "2": "LOGGED_MODEL_READY"}
    for row in table("logged model"):
        fields = {"experiment_id": "0", "params": pairs(row, "params"), "tags": pairs(row, "tags")}
        body = done(client.post("logged-models", name=row["logged model"], **fields))
        model_id = body["model"]["info"]["model_id"]
        done(client.patch(f"logged-models/{model_id}", status=statuses[row["status"]]))
        for step, value in enumerate(row.get("metrics.acc", "").split(", ") if "metrics.acc" in row else []):
            number, _, dataset = value.partition(" on ")
            place = {"model_id": model_id, "dataset_name": dataset, "dataset_digest": "d"}
            point = {"key": "acc", "value": number, "timestamp": 1, "step": step, **place}
            done(client.post("runs/log-metric", run_id=run_id, **point))
        time.sleep(0.002)


FILLERS: dict[str, Callable[[Client], None]] = {
    "runs": fill_runs,
    "experiments": fill_experiments,
    "models": fill_models,
    "versions": fill_versions,
    "logged": fill_logged_models,
}


# -- asking -----------------------------------------------------------------------------------------------


def ask(client: Client, entity: str, size: int, token: str | None, **query: Any) -> Reply:
    """One page of a search."""
    query = {**query, "max_results": size, **({"page_token": token} if token else {})}
    if entity == "runs":
        return client.post("runs/search", experiment_ids=["0"], **query)
    if entity == "experiments":
        return client.post("experiments/search", **query)
    if entity == "logged":
        return client.post("logged-models/search", {"experiment_ids": ["0"], **query})
    kind = {"models": "registered-models", "versions": "model-versions"}[entity]
    return client.get(f"{kind}/search", **query)


def names(body: dict[str, Any]) -> list[str]:
    """What the page calls the things that an answer holds."""
    found = [thing for key, things in body.items() if key != "next_page_token" for thing in things]
    infos = [thing.get("info", thing) for thing in found]
    return [
        f"{info['name']}/{info['version']}" if "version" in info else info.get("run_name") or info["name"]
        for info in infos
    ]


def answer(client: Client, entity: str, size: int, **query: Any) -> list[str] | str:
    """The names that a search finds, page by page, or `refused`."""
    found: list[str] = []
    token: str | None = None
    while True:
        reply = ask(client, entity, size, token, **query)
        if reply.status != 200:
            assert reply.error == (400, "INVALID_PARAMETER_VALUE"), reply.body
            return REFUSED
        found += names(reply.body)
        token = reply.body.get("next_page_token")
        if not token:
            return found


def expected(text: str) -> list[str] | str:
    words = [word.strip() for word in text.split(",") if word.strip()]
    return REFUSED if words == [REFUSED] else words


@pytest.mark.parametrize("entity", FILLERS)
def test_examples(client: Client, entity: str) -> None:
    """Each filter and each order finds what stands behind its arrow, in whole and in pages of one."""
    FILLERS[entity](client)
    seen = 0
    for kind in ("filter", "order"):
        for subject, content in blocks(kind):
            for line in content.splitlines() if subject == entity else []:
                text, arrow, wanted = line.partition("→")
                assert arrow, line
                text = text.strip()
                query = {"filter": text} if kind == "filter" else {"order_by": text.split(", ")}
                for size in (100, 1):
                    assert answer(client, entity, size, **query) == expected(wanted), line
                seen += 1
    assert seen >= 5


def test_requests(client: Client) -> None:
    """Each whole request finds what its last line says."""
    fill_logged_models(client)
    for path, content in blocks("request"):
        body, _, wanted = content.partition("→")
        assert names(done(client.post(path, json.loads(body)))) == expected(wanted), content


def test_every_block_is_run() -> None:
    """Each fenced block of the page is of a kind that the tests above run."""
    kinds = re.findall(r"^```(\S.*)$", PAGE, re.MULTILINE)
    run = {f"{kind} {entity}" for kind in ("filter", "order") for entity in FILLERS}
    assert kinds
    assert set(kinds) <= run | {"request logged-models/search"}
