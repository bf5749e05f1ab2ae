"""Which version an alias, or a stage, named at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.history_support import ALIAS_AT, BAD_VALUE, NOT_FOUND, Clock, listed, ok
from tests.support import Client
from tests.test_registry_support import alias, made, move, version


class Story:
    """A server whose clock moves with each change, and what an alias or a stage named at each of them."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        self.clock = Clock(monkeypatch)
        self.start = self.clock.now

    def do(self, path: str, method: str = "POST", **body: Any) -> int:
        """Change something ten milliseconds after the last change; returns when."""
        self.clock.now += 10
        ok(self.client.send(method, path, body))
        return self.clock.now

    def version(self, name: str = "m") -> int:
        return self.do("model-versions/create", name=name, source="s3://b/m")

    def alias(self, number: int, name: str = "m", alias: str = "best") -> int:
        return self.do("registered-models/alias", name=name, alias=alias, version=str(number))

    def stage(self, number: int, stage: str, **more: Any) -> int:
        return self.do("model-versions/transition-stage", name="m", version=str(number), stage=stage, **more)

    def at(self, time: int | None, name: str = "m", **what: str) -> str | None:
        """The version named at a time, None for none."""
        query = {"alias": "best"} | what if "stage" not in what else what
        if time is not None:
            query["timestamp"] = str(time)
        reply = self.client.get(ALIAS_AT, name=name, **query)
        if reply.error == NOT_FOUND:
            return None
        body = ok(reply)
        assert body["version"] == body["change"]["version"]
        return str(body["version"])

    def around(self, time: int, **what: str) -> list[str | None]:
        """What was named just before a time, then, and just before the next change."""
        return [self.at(moment, **what) for moment in (time - 1, time, time + 9)]


@pytest.fixture
def story(client: Client, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A server with the model `m` of three versions."""
    story = Story(client, monkeypatch)
    made(client)
    for _ in range(3):
        story.version()
    return story


class TestAliases:
    """What an alias named."""

    def test_set_moved_removed(self, story: Story) -> None:
        """From the millisecond of each change on, its new version is named; the last change counts now."""
        times = [story.alias(1), story.alias(2), story.alias(1)]
        times.append(story.do("registered-models/alias", "DELETE", name="m", alias="best"))
        assert story.at(None) is None
        times.append(story.alias(3))
        assert [story.around(time) for time in times] == [
            [None, "1", "1"],
            ["1", "2", "2"],
            ["2", "1", "1"],
            ["1", None, None],
            [None, "3", "3"],
        ]
        assert story.at(None) == story.at(2**63 - 1) == "3"
        assert story.at(0) is None

    def test_the_change_that_made_it_so(self, story: Story) -> None:
        """The answer holds the change, as the history lists it."""
        story.alias(1)
        time = story.alias(2)
        story.alias(3)
        reply = story.client.get(ALIAS_AT, name="m", alias="best", timestamp=time + 5)
        (change,) = (c for c in listed(story.client) if c["timestamp"] == time)
        assert reply.body == {"version": "2", "change": change}
        assert (change["old_value"], change["new_value"]) == ("1", "2")

    def test_one_millisecond(self, story: Story) -> None:
        """Of several changes in one millisecond the last counts."""
        for number in (1, 2, 3, 2):
            ok(alias(story.client, "best", number))
        assert story.at(story.clock.now) == "2"
        ok(story.client.delete("registered-models/alias", name="m", alias="best"))
        assert story.at(story.clock.now) is None

    def test_aliases_do_not_mix(self, story: Story) -> None:
        """Each alias has its own past, in its own spelling."""
        story.alias(1)
        time = story.alias(2, alias="Best")
        story.alias(3, alias="tested")
        assert story.at(time) == "1"
        assert story.at(time, alias="Best") == "2"
        assert story.at(time, alias="tested") is None

    def test_tags_are_no_aliases(self, story: Story) -> None:
        """A tag, or a description, called like the alias is something else."""
        time = story.alias(1)
        story.do("registered-models/set-tag", name="m", key="best", value="2")
        story.do("model-versions/set-tag", name="m", version="2", key="best", value="3")
        story.do("model-versions/delete-tag", "DELETE", name="m", version="2", key="best")
        assert story.at(None) == "1"
        assert story.at(time) == "1"

    def test_deleted_version(self, story: Story) -> None:
        """An alias names nothing once its version is deleted."""
        story.alias(2)
        time = story.do("model-versions/delete", "DELETE", name="m", version="2")
        assert story.around(time) == ["2", None, None]

    def test_renamed_model(self, story: Story) -> None:
        """A model is asked for by the name that it had at the time."""
        story.alias(1)
        time = story.do("registered-models/rename", name="m", new_name="n")
        assert story.around(time) == ["1", None, None]
        assert story.around(time, name="n") == [None, "1", "1"]
        story.alias(2, name="n")
        assert story.at(None, name="n") == "2"
        assert story.at(None) is None

    def test_name_of_another_model(self, story: Story) -> None:
        """A name leads to the model that had it at the time, also when it comes back."""
        story.alias(1)
        renamed = story.do("registered-models/rename", name="m", new_name="n")
        created = story.do("registered-models/create", name="m")
        story.version()
        story.version()
        aliased = story.alias(2)
        assert [story.at(t) for t in (renamed - 1, renamed, created, aliased - 1, aliased)] == [
            "1",
            None,
            None,
            None,
            "2",
        ]
        story.do("registered-models/rename", name="m", new_name="other")
        back = story.do("registered-models/rename", name="n", new_name="m")
        assert story.around(back) == [None, "1", "1"]
        assert story.at(aliased) == "2"
        assert story.at(aliased, name="n") == "1"

    def test_deleted_and_made_again(self, story: Story) -> None:
        """Nothing is named after a model is deleted, nor by a new model of its name until it is set."""
        story.alias(1)
        deleted = story.do("registered-models/delete", "DELETE", name="m")
        assert story.around(deleted) == ["1", None, None]
        created = story.do("registered-models/create", name="m")
        assert story.around(created) == [None, None, None]
        story.version()
        again = story.alias(1)
        assert story.around(again) == [None, "1", "1"]
        assert story.at(deleted - 1) == "1"

    def test_deleted_and_made_again_at_once(self, story: Story) -> None:
        """A model deleted and made again in one millisecond has at its end the aliases of the new one."""
        story.alias(3)
        story.do("registered-models/delete", "DELETE", name="m")
        made(story.client)
        assert story.at(story.clock.now) is None
        version(story.client)
        ok(alias(story.client, "best", 1))
        assert story.at(story.clock.now) == "1"

    def test_latest(self, story: Story) -> None:
        """`latest` is the highest version that was there, as in the lookup of aliases."""
        assert [story.at(story.start + ms, alias="latest") for ms in (9, 10, 20)] == [None, "1", "2"]
        story.stage(3, "Staging")
        story.alias(1)
        deleted = story.do("model-versions/delete", "DELETE", name="m", version="3")
        assert story.around(deleted, alias="Latest") == ["3", "2", "2"]
        assert story.at(None, alias="LATEST") == "2"

    def test_without_a_time(self, story: Story) -> None:
        """Now means the last change, also when the clock of the server that made it was ahead."""
        story.clock.now += 5000
        story.alias(1)
        story.do("registered-models/rename", name="m", new_name="n")
        story.clock.now -= 5000
        assert story.at(None, name="n") == "1"
        assert story.at(None) is None
        assert story.at(None, name="n", stage="None") == "3"
        assert story.at(story.clock.now) is None


class TestStages:
    """What a stage named."""

    def test_new_versions_are_in_none(self, story: Story) -> None:
        """The newest version of those in `None` is named, from its creation on."""
        start = story.start
        assert [story.at(start + ms, stage="None") for ms in (9, 10, 19, 20, 30, 999)] == [
            None,
            "1",
            "1",
            "2",
            "3",
            "3",
        ]
        assert story.at(None, stage="none") == "3"
        assert story.at(None, stage="Production") is None

    def test_transitions(self, story: Story) -> None:
        """The highest version of the stage counts, not the last that came."""
        times = [story.stage(2, "Production"), story.stage(1, "Production"), story.stage(3, "Production")]
        times += [story.stage(3, "Archived"), story.stage(2, "Staging"), story.stage(1, "None")]
        assert [story.around(time, stage="production")[1:] for time in times] == [
            ["2", "2"],
            ["2", "2"],
            ["3", "3"],
            ["2", "2"],
            ["1", "1"],
            [None, None],
        ]
        named = {stage: story.at(None, stage=stage) for stage in ("None", "Staging", "Archived")}
        assert named == {"None": "1", "Staging": "2", "Archived": "3"}
        assert story.at(times[2], stage="None") is None

    def test_archiving(self, story: Story) -> None:
        """Versions that made room are out of their stage at the same time."""
        story.stage(3, "Production")
        time = story.stage(1, "Production", archive_existing_versions=True)
        assert story.around(time, stage="Production") == ["3", "1", "1"]
        assert story.around(time, stage="Archived") == [None, "3", "3"]

    def test_deleted_version(self, story: Story) -> None:
        """A deleted version is in no stage; the next lower one takes its place."""
        story.stage(2, "Staging")
        story.stage(3, "Staging")
        time = story.do("model-versions/delete", "DELETE", name="m", version="3")
        assert story.around(time, stage="Staging") == ["3", "2", "2"]
        assert story.around(time, stage="None") == ["1", "1", "1"]

    def test_renamed_and_made_again(self, story: Story) -> None:
        """Stages follow names as aliases do."""
        story.stage(3, "Staging")
        renamed = story.do("registered-models/rename", name="m", new_name="n")
        created = story.do("registered-models/create", name="m")
        assert story.around(renamed, stage="Staging") == ["3", None, None]
        assert story.around(renamed, name="n", stage="Staging") == [None, "3", "3"]
        assert story.at(created, stage="None") is None
        story.version()
        assert story.at(None, stage="None") == "1"
        assert story.at(None, name="n", stage="None") == "2"

    def test_the_change_that_made_it_so(self, story: Story) -> None:
        """The answer holds the transition, or the creation of a version that has had none."""
        story.stage(2, "Staging")
        for stage, action, number in (("Staging", "TRANSITION_STAGE", "2"), ("None", "CREATE", "3")):
            body = ok(story.client.get(ALIAS_AT, name="m", stage=stage))
            assert (body["version"], body["change"]["action"]) == (number, action)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"alias": "a"}, "name"),
        ({"name": "", "alias": "a"}, "name"),
        ({"name": "a:b", "alias": "a"}, "Names cannot contain '/' or ':'"),
        ({"name": "m"}, "one of the parameters 'alias' and 'stage'"),
        ({"name": "m", "alias": "a", "stage": "None"}, "one of the parameters 'alias' and 'stage'"),
        ({"name": "m", "alias": ""}, "alias"),
        ({"name": "m", "alias": "a b"}, "Invalid alias name: 'a b'"),
        ({"name": "m", "alias": "a" * 256}, "alias"),
        ({"name": "m", "stage": ""}, "stage"),
        ({"name": "m", "stage": "Testing"}, "Invalid Model Version stage: Testing"),
        ({"name": "m", "alias": "a", "timestamp": "-1"}, "'timestamp' must not be negative, got -1"),
        ({"name": "m", "alias": "a", "timestamp": "yesterday"}, "timestamp"),
        ({"name": "m", "alias": "a", "timestamp": "1.5"}, "timestamp"),
        ({"name": "m", "alias": "a", "timestamp": "9" * 30}, "timestamp"),
    ],
)
def test_bad_requests(shared: Client, query: dict[str, str], message: str) -> None:
    """Bad values are refused with a message that names the field, before anything is looked up."""
    reply = shared.get(ALIAS_AT, **query)
    assert reply.error == BAD_VALUE, reply.body
    assert message in reply.body["message"]


def test_not_found(story: Story) -> None:
    """What was not there is told by model, alias or stage, and time."""
    time = story.alias(1)
    for query, message in (
        ({"name": "x", "alias": "best"}, "Registered Model with name=x not found"),
        ({"name": "m", "alias": "x"}, "The alias 'x' of Registered Model with name=m named no version"),
        ({"name": "m", "stage": "Archived"}, "The stage 'Archived' of Registered Model with name=m named"),
        ({"name": "m", "alias": "best", "timestamp": str(time - 1)}, f"named no version at {time - 1}"),
        ({"name": "m", "alias": "best", "timestamp": "5"}, "with name=m not found at 5"),
    ):
        reply = story.client.get(ALIAS_AT, **query)
        assert reply.error == NOT_FOUND
        assert message in reply.body["message"]
    story.do("registered-models/delete", "DELETE", name="m")
    reply = story.client.get(ALIAS_AT, name="m", alias="best")
    assert reply.body["message"] == "Registered Model with name=m not found now"


def test_prompts(story: Story) -> None:
    """Aliases of prompts have a past as well."""
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    story.do("registered-models/create", name="p", tags=tags)
    story.do("model-versions/create", name="p", source="dummy-source", tags=tags)
    assert story.around(story.alias(1, name="p"), name="p") == [None, "1", "1"]
    assert move(story.client, 1, "Staging").status == 200
