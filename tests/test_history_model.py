"""Random changes of registered models, against a plain Python model of what each did.

Whatever happened, `alias-at` answers what the model knew at that time, the history is a chain in which
each old value is the new one of before, and playing it again gives the registry as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlflowlite.db import Database
from mlflowlite.errors import MlflowError
from mlflowlite.store import aliases, model_versions, registered_models, registry_history
from mlflowlite.store.registry_history import get_alias_at, get_registered_model_history

NAMES = "ab"
ALIASES = "xy"
STAGES = ("None", "Staging", "Production", "Archived")
CREATE: dict[str, Any] = {"source": "s3://b/m", "run_id": None, "model_id": None, "run_link": "", "tags": ()}


@dataclass
class Model:
    """A registered model as the model of this test sees it."""

    last: int = 0
    stages: dict[int, str] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)


World = dict[str, Model]

# A step: milliseconds since the last one, what to do, and choices of a model, a version and so on.
Step = tuple[int, str, str, int, str, str, bool]
KINDS = [*["alias", "stage"] * 4, *["version", "unalias"] * 2]
KINDS += ["create", "create", "tag", "rename", "rename", "delete", "delete version"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2]),
        st.sampled_from(KINDS),
        st.sampled_from(NAMES),
        st.integers(1, 4),
        st.sampled_from(ALIASES),
        st.sampled_from(STAGES),
        st.booleans(),
    ),
    min_size=12,
    max_size=40,
)
# So that most steps find what they are about.
FIRST: list[Step] = [(1, what, "a", 1, "x", "None", False) for what in ["create", *["version"] * 4]]


def predict(world: World, step: Step) -> bool:
    """Change the model's world as a step should; False when the step must be refused, and change nothing."""
    _, what, name, number, alias, stage, flag = step
    model = world.get(name)
    if what == "create":
        return world.setdefault(name, new := Model()) is new
    if model is None:
        return False
    if what in ("version", "tag", "unalias", "delete"):
        _predict_model(world, name, what, alias)
        return True
    if number not in model.stages:
        return False
    if what == "alias":
        model.aliases[alias] = number
    elif what == "delete version":
        del model.stages[number]
        model.aliases = {key: value for key, value in model.aliases.items() if value != number}
    else:
        flag = flag and stage in ("Staging", "Production")
        moved = {n: "Archived" if flag and s == stage else s for n, s in model.stages.items()}
        model.stages = moved | {number: stage}
    return True


def _predict_model(world: World, name: str, what: str, alias: str) -> None:
    model = world[name]
    if what == "version":
        model.last += 1
        model.stages[model.last] = "None"
    elif what == "unalias":
        model.aliases.pop(alias, None)
    elif what == "delete":
        del world[name]


def do(db: Database, step: Step) -> None:
    """Take a step for real."""
    _, what, name, number, alias, stage, flag = step
    text = str(number)
    work: dict[str, Callable[[], Any]] = {
        "create": lambda: registered_models.create_registered_model(db, name, [], None),
        "version": lambda: model_versions.create_model_version(db, name=name, description="", **CREATE),
        "alias": lambda: aliases.set_registered_model_alias(db, name, alias, text),
        "unalias": lambda: aliases.delete_registered_model_alias(db, name, alias),
        "tag": lambda: registered_models.set_registered_model_tag(db, name, alias, text),
        "delete": lambda: registered_models.delete_registered_model(db, name),
        "delete version": lambda: model_versions.delete_model_version(db, name, text),
        "stage": lambda: model_versions.transition_model_version_stage(
            db,
            name,
            text,
            stage,
            archive_existing_versions=flag and stage in ("Staging", "Production"),
        ),
    }
    work[what]()


def outcome(work: Callable[[], Any]) -> tuple[Any, bool]:
    """What came of some work, and whether it was done; only two errors are expected."""
    try:
        return work(), True
    except MlflowError as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"):
            raise
        return None, False


def rename(db: Database, world: World, name: str) -> None:
    """Give a model the other name, for real and in the model's world."""
    other = "b" if name == "a" else "a"
    expected = name in world and other not in world
    _, done = outcome(lambda: registered_models.rename_registered_model(db, name, other))
    assert done == expected
    if done:
        world[other] = world.pop(name)


def answer(db: Database, name: str, time: int | None, **what: str) -> str | None:
    given: dict[str, Any] = {"alias": None, "stage": None, **what}
    version, _ = outcome(lambda: get_alias_at(db, name, timestamp=time, **given).version)
    return version


def named(world: World, name: str) -> dict[str, str | None]:
    """What each alias and each stage of a name should be answered with."""
    model = world.get(name, Model())
    highest = {
        stage: max([n for n, s in model.stages.items() if s == stage], default=None) for stage in STAGES
    }
    latest = {"latest": max(model.stages, default=None)}
    found = {alias: model.aliases.get(alias) for alias in ALIASES} | highest | latest
    return {key: None if number is None else str(number) for key, number in found.items()}


def check_chain(db: Database) -> None:
    """Of each alias, stage and tag, every old value is the new value of the change before."""
    values: dict[Any, str | None] = {}
    rows = db.read(
        lambda: db.rows(
            "SELECT model_ref, version, action, key, old_value, new_value FROM registry_changes ORDER BY id"
        )
    )
    for ref, version, action, key, old, new in rows:
        if action in ("SET_ALIAS", "DELETE_ALIAS", "SET_TAG", "DELETE_TAG"):
            place = (ref, action.partition("_")[2], key)
        elif action == "TRANSITION_STAGE":
            place = (ref, "STAGE", version)
            values.setdefault(place, "None")
        else:
            continue
        assert values.get(place) == old != new
        values[place] = new


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_past(db: Database, steps: list[Step]) -> None:
    """After any changes, what was named at the end of each millisecond is what the model says."""
    with pytest.MonkeyPatch.context() as patch:
        now = 1000
        patch.setattr(registry_history, "now_ms", lambda: now)
        db.write(lambda: db.execute("DELETE FROM registered_models"))
        db.write(lambda: db.execute("DELETE FROM registry_changes"))
        world: World = {}
        past: dict[int, World] = {999: {}}
        for step in [*FIRST, *steps]:
            now += step[0]
            if step[1] == "rename":
                rename(db, world, step[2])
            else:
                expected = predict(world, step)
                _, done = outcome(lambda step=step: do(db, step))
                assert done == expected, step
            past[now] = copy.deepcopy(world)
    check_chain(db)
    for time, then in [*past.items(), (None, world)]:
        for name in NAMES:
            for what, expected_version in named(then, name).items():
                question = {"stage": what} if what in STAGES else {"alias": what}
                assert answer(db, name, time, **question) == expected_version, (time, name, what)
    for name in world:
        changes, _ = get_registered_model_history(db, name, version=None, max_results=1000, page_token=None)
        assert [c.timestamp for c in changes] == sorted((c.timestamp or 0 for c in changes), reverse=True)
