"""Attacks by where artifacts are said to be: locations of experiments and sources of model versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests import path_attacks as table
from tests.attack_target import Reply, Target, attack_target  # noqa: F401
from tests.path_attacks import SECRET_NAME, Group


def _groups(groups: dict[str, Group]) -> Any:
    return pytest.mark.parametrize("group", groups.values(), ids=groups)


def _through_an_experiment(target: Target, location: str, name: str) -> Iterator[Reply]:
    """All that a client can ask of an experiment at a location of its choice."""

    def post(path: str, **fields: Any) -> Reply:
        body = json.dumps(fields).encode()
        return target.send("POST", f"/api/2.0/mlflow/{path}", body, "application/json")

    reply = post("experiments/create", name=name, artifact_location=location)
    yield reply
    if reply.status != 200:
        return
    experiment = reply.json["experiment_id"]
    run = post("runs/create", experiment_id=experiment)
    model = post("logged-models", experiment_id=experiment, name="m")
    yield from (run, model)
    for owner in ({"run_id": _run(run)["run_id"]}, {"model_id": _model(model)["model_id"]}):
        uri = (_run(run) if "run_id" in owner else _model(model))["artifact_uri"]
        version = post("model-versions/create", name="model", source=uri, **owner)
        yield version
        if version.status == 200:
            yield from _read_version(target, version.json["model_version"]["version"])
    yield from _read_and_write(target, _run(run)["run_id"], _model(model)["model_id"])


def _run(reply: Reply) -> Any:
    return reply.json["run"]["info"]


def _model(reply: Reply) -> Any:
    return reply.json["model"]["info"]


def _read_version(target: Target, version: str) -> Iterator[Reply]:
    for path in (SECRET_NAME, "passwd", "etc/passwd", "present.txt/../../../.."):
        yield target.send("GET", f"/model-versions/get-artifact?name=model&version={version}&path={path}")


def _read_and_write(target: Target, run: str, model: str) -> Iterator[Reply]:
    models = f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts"
    for path in ("", SECRET_NAME, "passwd", "etc/passwd"):
        yield target.send("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}")
        yield target.send("GET", f"/get-artifact?run_id={run}&path={path}")
        yield target.send("GET", f"{models}/directories?artifact_directory_path={path}")
        yield target.send("GET", f"{models}/files?artifact_file_path={path}")
    yield target.send("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=evil.txt", b"evil")


@_groups(table.LOCATIONS)
def test_locations(target: Target, group: Group) -> None:
    """An experiment's location is refused, or shows and changes nothing that is not the server's to show."""
    failures = []
    for number, text in enumerate(group.attacks):
        location = text.replace("{outer}", str(target.outer))
        replies = list(_through_an_experiment(target, location, f"{id(group)}-{number}"))
        if group.refused and replies[0].error != "INVALID_PARAMETER_VALUE":
            failures.append((text[:80], "not refused", replies[0].status, replies[0].body[:200]))
        for reply in replies:
            harm = target.harm(reply)
            if harm or (reply.status >= 400 and not reply.error):
                failures.append((text[:80], harm, reply.status, reply.body[:200]))
    assert failures == []


@pytest.mark.parametrize("owner", ["nobody", "run", "model", "prompt"])
@_groups(table.LOCATIONS)
def test_sources(target: Target, group: Group, owner: str) -> None:
    """The source of a model version is refused, or leads to nothing that is not the server's to show.

    A version of a prompt has no files, so it may not have a source either (CVE-2026-2614).
    """
    fields: dict[str, Any] = {
        "nobody": {},
        "run": {"run_id": target.run},
        "model": {"model_id": target.model},
        "prompt": {"run_id": target.run, "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]},
    }[owner]
    failures = []
    for text in group.attacks:
        source = text.replace("{outer}", str(target.outer))
        body = json.dumps({"name": "model", "source": source, **fields}).encode()
        reply = target.send("POST", "/api/2.0/mlflow/model-versions/create", body, "application/json")
        replies = [reply]
        if reply.status == 200:
            replies.extend(_read_version(target, reply.json["model_version"]["version"]))
        for answer in replies:
            harm = target.harm(answer)
            if harm or (answer.status >= 400 and not answer.error):
                failures.append((text[:80], harm, answer.status, answer.body[:200]))
    assert failures == []
