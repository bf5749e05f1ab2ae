"""The history of the registry: each change once, with who, when and what; none that did not happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlflowlite.db import Database
from mlflowlite.store import aliases, model_versions, registered_models
from tests.history_support import Change, Clock, changes, held, listed, ok
from tests.support import Client
from tests.test_registry_support import PROMPT, S3, alias, made, move, version

TAG = [{"key": "k", "value": "v"}]
VERSION_1 = {"name": "m", "version": "1"}


def news(client: Client, work: Callable[[], Any], name: str = "m") -> list[Change]:
    """What a piece of work adds to the history."""
    before = len(changes(client, name))
    work()
    return changes(client, name)[before:]


@pytest.fixture
def model(client: Client) -> Client:
    """A client of a server with the model `m` of two versions."""
    made(client, "m")
    version(client)
    version(client)
    return client


class TestKinds:
    """What each kind of change says."""

    def test_create_model(self, client: Client) -> None:
        """A new model's change holds the description and the tags that it was given."""
        made(client, "m", description="d", tags=TAG)
        made(client, "bare")
        (change,) = changes(client)
        assert change[:4] == ("CREATE", None, None, None)
        assert held(change[4]) == {"description": "d", "tags": {"k": "v"}}
        assert changes(client, "bare") == [("CREATE", None, None, None, "{}")]

    def test_create_version(self, client: Client) -> None:
        """A new version's change holds what the version was given, and the stage that it begins in."""
        made(client, "m")
        version(client, tags=TAG, description="d", run_link="l", run_id="r")
        change = changes(client)[-1]
        assert change[:4] == ("CREATE", "1", None, None)
        assert held(change[4]) == {
            "source": S3,
            "run_id": "r",
            "run_link": "l",
            "description": "d",
            "current_stage": "None",
            "tags": {"k": "v"},
        }

    def test_create_version_of_a_logged_model(self, client: Client) -> None:
        """A version made of a logged model says of which, as the versions themselves never do."""
        made(client, "m")
        reply = client.post("logged-models", experiment_id="0", name="net")
        model_id = reply.body["model"]["info"]["model_id"]
        version(client, source=f"models:/{model_id}", model_id=model_id)
        assert held(changes(client)[-1][4])["model_id"] == model_id

    def test_rename(self, model: Client) -> None:
        """A rename says both names."""
        work = lambda: ok(model.post("registered-models/rename", name="m", new_name="n"))  # noqa: E731
        assert news(model, work) == [("RENAME", None, None, "m", "n")]

    def test_update_model(self, model: Client) -> None:
        """Descriptions of a model are set, changed and cleared."""

        def work() -> None:
            for fields in ({"description": "a"}, {"description": "ü😀"}, {}):
                ok(model.patch("registered-models/update", name="m", **fields))

        assert news(model, work) == [
            ("UPDATE", None, "description", None, "a"),
            ("UPDATE", None, "description", "a", "ü😀"),
            ("UPDATE", None, "description", "ü😀", None),
        ]

    def test_update_version(self, model: Client) -> None:
        """Descriptions of a version are set, changed and cleared."""

        def work() -> None:
            for fields in ({"description": "a"}, {"description": "b"}, {}):
                ok(model.patch("model-versions/update", **VERSION_1, **fields))

        assert news(model, work) == [
            ("UPDATE", "1", "description", "", "a"),
            ("UPDATE", "1", "description", "a", "b"),
            ("UPDATE", "1", "description", "b", ""),
        ]

    def test_transition(self, model: Client) -> None:
        """A transition says both stages, in the form in which they are stored."""

        def work() -> None:
            ok(move(model, 1, "staging"))
            ok(move(model, 1, "ARCHIVED"))

        assert news(model, work) == [
            ("TRANSITION_STAGE", "1", None, "None", "Staging"),
            ("TRANSITION_STAGE", "1", None, "Staging", "Archived"),
        ]

    def test_archiving(self, model: Client) -> None:
        """Each version that makes room for another has a change of its own, before that of the other."""
        for _ in range(2):
            version(model)
        for number in (2, 3, 1):
            ok(move(model, number, "Production"))
        assert news(model, lambda: ok(move(model, 4, "Production", archive=True))) == [
            *(("TRANSITION_STAGE", n, None, "Production", "Archived") for n in "123"),
            ("TRANSITION_STAGE", "4", None, "None", "Production"),
        ]
        ok(move(model, 2, "Production"))
        assert news(model, lambda: ok(move(model, 4, "Production", archive=True))) == [
            ("TRANSITION_STAGE", "2", None, "Production", "Archived")
        ]

    def test_aliases(self, model: Client) -> None:
        """An alias is set, moved and removed."""

        def work() -> None:
            ok(alias(model, "best", 1))
            ok(alias(model, "best", 2))
            ok(model.delete("registered-models/alias", name="m", alias="best"))

        assert news(model, work) == [
            ("SET_ALIAS", "1", "best", None, "1"),
            ("SET_ALIAS", "2", "best", "1", "2"),
            ("DELETE_ALIAS", "2", "best", "2", None),
        ]

    @pytest.mark.parametrize(
        ("kind", "where"), [("registered-models", {"name": "m"}), ("model-versions", VERSION_1)]
    )
    def test_tags(self, model: Client, kind: str, where: dict[str, str]) -> None:
        """Tags of models and versions are set, changed and removed; an empty value is a value."""

        def work() -> None:
            for value in ("", "b"):
                ok(model.post(f"{kind}/set-tag", **where, key="k é", value=value))
            ok(model.delete(f"{kind}/delete-tag", **where, key="k é"))

        number = where.get("version")
        assert news(model, work) == [
            ("SET_TAG", number, "k é", None, ""),
            ("SET_TAG", number, "k é", "", "b"),
            ("DELETE_TAG", number, "k é", "b", None),
        ]

    def test_delete_version(self, model: Client) -> None:
        """A deleted version leaves what it said, after its aliases."""
        ok(model.post("model-versions/set-tag", **VERSION_1, key="k", value="v"))
        ok(model.patch("model-versions/update", **VERSION_1, description="d"))
        ok(move(model, 1, "Staging"))
        for name, number in (("b", 1), ("a", 1), ("other", 2)):
            ok(alias(model, name, number))
        *gone, last = news(model, lambda: ok(model.delete("model-versions/delete", **VERSION_1)))
        assert gone == [("DELETE_ALIAS", "1", name, "1", None) for name in "ab"]
        assert last[:3] == ("DELETE", "1", None)
        assert last[4] is None
        assert held(last[3]) == {
            "source": S3,
            "description": "d",
            "current_stage": "Staging",
            "tags": {"k": "v"},
        }

    def test_delete_model(self, model: Client) -> None:
        """A deleted model leaves what it, its versions and aliases said; no version is deleted twice."""
        ok(model.post("registered-models/set-tag", name="m", key="k", value="v"))
        ok(model.patch("registered-models/update", name="m", description="d"))
        ok(model.delete("model-versions/delete", **VERSION_1))
        version(model, tags=TAG)
        ok(alias(model, "best", 3))
        lost = news(model, lambda: ok(model.delete("registered-models/delete", name="m")))
        assert [change[:3] for change in lost] == [
            ("DELETE", "2", None),
            ("DELETE", "3", None),
            ("DELETE_ALIAS", "3", "best"),
            ("DELETE", None, None),
        ]
        assert held(lost[1][3]) == {"source": S3, "current_stage": "None", "tags": {"k": "v"}}
        assert lost[2][3:] == ("3", None)
        assert held(lost[3][3]) == {"description": "d", "tags": {"k": "v"}}

    def test_prompts(self, client: Client) -> None:
        """Prompts have a history as models do."""
        text = {"key": "mlflow.prompt.text", "value": "Hello {{ name }} ünï"}
        made(client, "p", tags=[PROMPT])
        version(client, "p", source="dummy-source", tags=[PROMPT, text], description="commit")
        body = {"name": "p", "version": "1"}
        ok(client.post("registered-models/alias", body | {"alias": "live"}))
        ok(client.post("model-versions/set-tag", body | {"key": "k", "value": "v"}))
        first, second, *others = changes(client, "p")
        assert held(first[4]) == {"tags": {PROMPT["key"]: "true"}}
        assert held(second[4])["tags"] == {PROMPT["key"]: "true", text["key"]: text["value"]}
        assert others == [("SET_ALIAS", "1", "live", None, "1"), ("SET_TAG", "1", "k", None, "v")]


class TestNothing:
    """What leaves no trace."""

    def test_changes_of_nothing(self, model: Client) -> None:
        """What was so before is not recorded, though the request succeeds."""
        described = {"description": "d"}
        for path, where in (("registered-models", {"name": "m"}), ("model-versions", VERSION_1)):
            ok(model.post(f"{path}/set-tag", **where, key="k", value="v"))
            ok(model.patch(f"{path}/update", **where, **described))
        ok(alias(model, "best", 1))
        ok(move(model, 1, "Staging"))

        def work() -> None:
            for path, where in (("registered-models", {"name": "m"}), ("model-versions", VERSION_1)):
                ok(model.post(f"{path}/set-tag", **where, key="k", value="v"))
                ok(model.patch(f"{path}/update", **where, **described))
                ok(model.delete(f"{path}/delete-tag", **where, key="absent"))
            ok(alias(model, "best", 1))
            ok(model.delete("registered-models/alias", name="m", alias="absent"))
            ok(move(model, 1, "staging"))
            ok(move(model, 1, "Staging", archive=True))
            ok(model.post("registered-models/rename", name="m", new_name="m"))

        assert news(model, work) == []

    def test_empty_descriptions_are_none(self, client: Client) -> None:
        """An empty description and none at all are the same, as in the model's answers."""
        made(client, "m", description="")
        for fields in ({}, {"description": ""}, {}):
            ok(client.patch("registered-models/update", name="m", **fields))
        assert [change[0] for change in changes(client)] == ["CREATE"]

    def test_failures(self, model: Client) -> None:
        """A change that is refused is not recorded, whatever refuses it."""
        made(model, "taken")
        long = "x" * 100_001
        attempts = [
            ("POST", "registered-models/create", {"name": "m"}),
            ("POST", "registered-models/rename", {"name": "m", "new_name": "taken"}),
            ("POST", "registered-models/rename", {"name": "m", "new_name": "a/b"}),
            ("PATCH", "registered-models/update", {"name": "m", "description": long}),
            ("POST", "registered-models/set-tag", {"name": "m", "key": "k", "value": long}),
            ("POST", "registered-models/alias", {"name": "m", "alias": "v1", "version": "1"}),
            ("POST", "registered-models/alias", {"name": "m", "alias": "best", "version": "9"}),
            ("POST", "model-versions/create", {"name": "m", "source": "/etc"}),
            ("PATCH", "model-versions/update", {**VERSION_1, "description": long}),
            ("POST", "model-versions/transition-stage", {**VERSION_1, "stage": "Testing"}),
            ("POST", "model-versions/set-tag", {"name": "m", "version": "9", "key": "k", "value": "v"}),
            ("DELETE", "model-versions/delete", {"name": "m", "version": "9"}),
        ]

        def work() -> None:
            for method, path, body in attempts:
                assert model.send(method, path, body).status in (400, 404), path

        assert news(model, work) == []
        assert [change[0] for change in changes(model, "taken")] == ["CREATE"]

    def test_a_change_and_its_record_are_one(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the record can't be written, the change does not happen either."""
        registered_models.create_registered_model(db, "m", [], None)

        def broken(*_: Any) -> None:
            raise OSError("no room")

        for module in (registered_models, model_versions, aliases):
            monkeypatch.setattr(module, "record", broken)
        with pytest.raises(OSError, match="no room"):
            registered_models.rename_registered_model(db, "m", "n")
        with pytest.raises(OSError, match="no room"):
            registered_models.create_registered_model(db, "n", [], None)
        assert registered_models.get_registered_model(db, "m").name == "m"


def test_times(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes are listed newest first, with the time of each; those of one request have the same."""
    clock = Clock(monkeypatch)
    made(client, "m")
    times = [clock.now]
    for later in (1, 1, 5):
        clock.now += later
        version(client)
        times.append(clock.now)
    clock.now += 10
    ok(client.delete("registered-models/delete", name="m"))
    whole = listed(client)
    assert [change["timestamp"] for change in whole] == times + [clock.now] * 4
    ids = [change["change_id"] for change in whole]
    assert ids == sorted(set(ids))


def test_one_statement_for_history(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write adds all its changes with one statement, however many there are."""
    statements: list[int] = []
    insert = db.insert_many

    def counted(statement: Any, rows: Any) -> int:
        if statement.table == "registry_changes":
            statements.append(len(rows))
        return insert(statement, rows)

    monkeypatch.setattr(db, "insert_many", counted)
    given = {"source": S3, "run_id": None, "model_id": None, "run_link": "", "description": "", "tags": ()}

    def transition(number: str) -> Any:
        return model_versions.transition_model_version_stage(
            db, "m", number, "Staging", archive_existing_versions=True
        )

    for work, count in [
        (lambda: registered_models.create_registered_model(db, "m", [], None), 1),
        (lambda: model_versions.create_model_version(db, name="m", **given), 1),
        (lambda: model_versions.create_model_version(db, name="m", **given), 1),
        (lambda: transition("1"), 1),
        (lambda: transition("2"), 2),
        (lambda: aliases.set_registered_model_alias(db, "m", "best", "2"), 1),
        (lambda: aliases.delete_registered_model_alias(db, "m", "best"), 1),
        (lambda: aliases.set_registered_model_alias(db, "m", "best", "2"), 1),
        (lambda: model_versions.set_model_version_tag(db, "m", "1", "k", "v"), 1),
        (lambda: model_versions.delete_model_version_tag(db, "m", "1", "k"), 1),
        (lambda: registered_models.set_registered_model_tag(db, "m", "k", "v"), 1),
        (lambda: registered_models.delete_registered_model_tag(db, "m", "k"), 1),
        (lambda: registered_models.update_registered_model(db, "m", "d"), 1),
        (lambda: model_versions.update_model_version(db, "m", "1", "d"), 1),
        (lambda: registered_models.rename_registered_model(db, "m", "n"), 1),
        (lambda: model_versions.delete_model_version(db, "n", "2"), 2),
        (lambda: registered_models.delete_registered_model(db, "n"), 2),
    ]:
        statements.clear()
        work()
        assert statements == [count]
