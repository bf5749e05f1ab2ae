"""Workloads of the model registry and of the artifact proxy."""

from __future__ import annotations

import random
import uuid

from dataset import ALIAS, BIG_MODEL, Loaded
from measure import Job
from session import Session, expect

PAGE = 100
FILES = 16
CONTENT = random.Random(0).randbytes(2**20)


def new_model(session: Session) -> str:
    name = f"turn-{uuid.uuid4().hex}"
    session.post("registered-models/create", {"name": name})
    return name


def new_version(session: Session, name: str) -> str:
    request = {"name": name, "source": "s3://bucket/model", "description": "made by bench"}
    return str(session.post("model-versions/create", request)["model_version"]["version"])


def version_create(session: Session, loaded: Loaded) -> Job:
    name = new_model(session)

    def operate(index: int) -> None:
        version = new_version(session, name)
        expect(version == str(index + 1), f"got version {version} instead of {index + 1}")

    return Job(operate)


def version_alias(session: Session, loaded: Loaded) -> Job:
    expected = str(loaded.sizes.versions // 2)

    def operate(_: int) -> None:
        answer = session.get("registered-models/alias", name=BIG_MODEL, alias=ALIAS)["model_version"]
        expect(answer["version"] == expected and answer["aliases"] == [ALIAS], f"got {answer}")

    return Job(operate)


def version_transition(session: Session, loaded: Loaded) -> Job:
    name = new_model(session)
    version = new_version(session, name)

    def operate(index: int) -> None:
        stage = ("Staging", "Production")[index % 2]
        change = {"name": name, "version": version, "stage": stage, "archive_existing_versions": False}
        answer = session.post("model-versions/transition-stage", change)["model_version"]
        expect(answer["current_stage"] == stage, f"the stage is {answer['current_stage']}")

    return Job(operate)


def search_models(session: Session, loaded: Loaded) -> Job:
    count = min(PAGE, loaded.sizes.models)

    def operate(_: int) -> None:
        found = session.get("registered-models/search", max_results=PAGE, filter="name LIKE 'model-%'")
        names = [model["name"] for model in found["registered_models"]]
        expect(names[:count] == [f"model-{index:05}" for index in range(count)], "wrong models")

    return Job(operate)


def search_versions(session: Session, loaded: Loaded) -> Job:
    count = min(PAGE, loaded.sizes.versions)

    def operate(_: int) -> None:
        found = session.get("model-versions/search", max_results=PAGE, filter=f"name = '{BIG_MODEL}'")
        versions = {item["version"] for item in found["model_versions"]}
        expect(len(versions) == count, f"got {len(versions)} versions instead of {count}")

    return Job(operate)


def latest_versions(session: Session, loaded: Loaded) -> Job:
    """Of the model with many versions: the newest of each stage."""
    expected = {("Production", "1"), ("Staging", "2"), ("None", str(loaded.sizes.versions))}

    def operate(_: int) -> None:
        answer = session.post("registered-models/get-latest-versions", {"name": BIG_MODEL})
        found = {(item["current_stage"], item["version"]) for item in answer["model_versions"]}
        expect(found == expected, f"got {found}")

    return Job(operate)


def artifact_put(session: Session, loaded: Loaded) -> Job:
    def operate(index: int) -> None:
        session.put_artifact(f"bench/file-{index % FILES}.bin", CONTENT)

    def verify(_: int) -> None:
        expect(session.get_artifact("bench/file-0.bin") == CONTENT, "the file came back different")

    return Job(operate, verify)


def artifact_get(session: Session, loaded: Loaded) -> Job:
    session.put_artifact("bench/read.bin", CONTENT)

    def operate(_: int) -> None:
        expect(session.get_artifact("bench/read.bin") == CONTENT, "the file came back different")

    return Job(operate)
