"""Whose changes a name leads to, when models are renamed, deleted and made again."""

from __future__ import annotations

import pytest

from tests.history_support import HISTORY, NOT_FOUND, changes, listed, ok
from tests.support import Client
from tests.test_registry_support import made, version


@pytest.fixture
def model(client: Client) -> Client:
    """A client of a server with the model `m` of two versions."""
    made(client, "m")
    version(client)
    version(client)
    return client


def test_chain_of_renames(model: Client) -> None:
    """Every name that a model had leads to its whole history; each change says the name of its time."""
    for old, new in ("mn", "no", "om", "mp"):
        ok(model.post("registered-models/rename", name=old, new_name=new))
    whole = listed(model, "p")
    assert [change["name"] for change in whole] == list("mmmnomp")
    assert all(listed(model, name) == whole for name in "mno")


def test_name_of_two_models(client: Client) -> None:
    """A name that one model left and another took leads to the changes of both."""
    made(client, "a", description="first")
    ok(client.post("registered-models/rename", name="a", new_name="b"))
    made(client, "a", description="second")
    ok(client.post("registered-models/rename", name="a", new_name="c"))
    both = changes(client, "a")
    assert [change[0] for change in both] == ["CREATE", "RENAME", "CREATE", "RENAME"]
    assert changes(client, "b") == both[:2]
    assert changes(client, "c") == both[2:]


def test_deleted_model(model: Client) -> None:
    """History outlives its model; another model of the name adds to what is shown, and numbers anew."""
    ok(model.delete("registered-models/delete", name="m"))
    assert len(changes(model)) == 6
    made(model, "m")
    assert version(model)["version"] == "1"
    actions = [change[:2] for change in changes(model)]
    assert actions[-2:] == [("CREATE", None), ("CREATE", "1")]
    assert actions.count(("CREATE", "1")) == 2


def test_swapped_names(client: Client) -> None:
    """Models that swapped their names keep their own changes apart, each under both names."""
    made(client, "a")
    made(client, "b")
    for old, new in (("a", "t"), ("b", "a"), ("t", "b")):
        ok(client.post("registered-models/rename", name=old, new_name=new))
    assert [c[3:] for c in changes(client, "t")] == [(None, "{}"), ("a", "t"), ("t", "b")]
    assert len(changes(client, "a")) == len(changes(client, "b")) == 5


def test_unknown_name(model: Client) -> None:
    """A name that no model ever had has no history, in any other case of letters either."""
    for name in ("x", "M", "m "):
        assert model.get(HISTORY, name=name).error == NOT_FOUND
