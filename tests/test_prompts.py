"""Prompts: registered models and versions with special tags, as clients write them (`semantics.md` §11)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Client
from tests.test_registry_support import PROMPT, found, get, made, read, version

IS_PROMPT = "tags.`mlflow.prompt.is_prompt`"
TEXT = "mlflow.prompt.text"
TEMPLATE = "  Hello {{ name }},\r\n\t'quoted' \"text\" \\n ünï 日😀 <b>&amp;</b>\n\n"


def tags(**values: str) -> list[dict[str, str]]:
    """The tags of a prompt or of its version; dots are written as two underscores."""
    return [PROMPT, *({"key": key.replace("__", "."), "value": value} for key, value in values.items())]


def new_prompt(client: Client, name: str = "p", experiments: str = ",0,") -> None:
    """A prompt and its first version, with the calls of the 3.x client."""
    made(client, name, tags=tags(_mlflow_experiment_ids=experiments))
    new_version(client, name, TEMPLATE)


def new_version(client: Client, name: str, text: str, **fields: Any) -> dict[str, Any]:
    given = tags(mlflow__prompt__text=text, _mlflow_prompt_type="text")
    return version(client, name, **{"source": "dummy-source", "tags": given, **fields})


def values(entity: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in entity["tags"]}


def test_a_prompt_is_kept_verbatim(client: Client) -> None:
    """Template, kind and commit message of a version come back as they were sent."""
    new_prompt(client)
    new_version(client, "p", '[{"role": "user", "content": "{{ q }}"}]', description="second")
    first, second = read(client, 1, "p"), read(client, 2, "p")
    assert values(first)[TEXT] == TEMPLATE
    assert values(first)["_mlflow_prompt_type"] == "text"
    assert (second["description"], second["source"]) == ("second", "dummy-source")
    assert values(second)[TEXT] == '[{"role": "user", "content": "{{ q }}"}]'


def test_getting_does_not_hide_prompts(client: Client) -> None:
    """A prompt is got by name like any model, with the tag by which clients know it."""
    new_prompt(client)
    assert values(get(client, "p")) == {"mlflow.prompt.is_prompt": "true", "_mlflow_experiment_ids": ",0,"}
    assert client.get("registered-models/alias", name="p", alias="latest").status == 200


def test_the_text_may_be_set_again(client: Client) -> None:
    """It is the clients that do not change a prompt's text: the server sets the tag like any other."""
    new_prompt(client)
    body = {"name": "p", "version": "1", "key": TEXT, "value": "new"}
    assert client.post("model-versions/set-tag", body).body == {}
    assert values(read(client, 1, "p"))[TEXT] == "new"


def test_aliases_of_prompts(client: Client) -> None:
    """A version of a prompt is named by aliases, as one of a model."""
    new_prompt(client)
    new_version(client, "p", "two")
    assert client.post("registered-models/alias", name="p", alias="live", version="1").body == {}
    by_alias = client.get("registered-models/alias", name="p", alias="live").body["model_version"]
    assert values(by_alias)[TEXT] == TEMPLATE
    assert get(client, "p")["aliases"] == [{"alias": "live", "version": "1"}]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("", ["m", "n"]),
        (f"{IS_PROMPT} = 'true'", ["p", "q"]),
        (f"{IS_PROMPT} != 'false'", ["p", "q"]),
        (f"{IS_PROMPT} != 'true'", ["m", "n"]),
        (f"{IS_PROMPT} = 'false'", ["m", "n"]),
        (f"name LIKE 'q%' AND {IS_PROMPT} = 'true'", ["q"]),
        (f"{IS_PROMPT} = 'true' AND tags.`_mlflow_experiment_ids` LIKE '%,7,%'", ["q"]),
        ("name = 'p'", []),
    ],
)
def test_searches(client: Client, condition: str, names: list[str]) -> None:
    """Models and versions hide prompts alike, unless the filter asks for them."""
    made(client, "m")
    version(client, "m")
    made(client, "n", tags=[{**PROMPT, "value": "false"}])
    version(client, "n", tags=[{**PROMPT, "value": "false"}])
    new_prompt(client)
    new_prompt(client, "q", ",5,7,")
    assert found(client, filter=condition) == names
    if "experiment_ids" not in condition:  # that is a tag of models only
        query = {"filter": condition, "order_by": "name ASC"}
        versions = client.get("model-versions/search", **query).body.get("model_versions", [])
        assert [item["name"] for item in versions] == names


def test_runs_name_the_prompts_they_used(client: Client) -> None:
    """The links between runs and prompt versions are tags on both sides."""
    new_prompt(client)
    run_id = client.new_run()
    links = '[{"name": "p", "version": "1"}]'
    assert client.post("runs/set-tag", run_id=run_id, key="mlflow.linkedPrompts", value=links).status == 200
    body = {"name": "p", "version": "1", "key": "mlflow.prompt.associatedRunIds", "value": run_id}
    assert client.post("model-versions/set-tag", body).status == 200
    condition = "tags.`mlflow.linkedPrompts` LIKE '%\"p\"%'"
    runs = client.post("runs/search", experiment_ids=["0"], filter=condition).body["runs"]
    assert [run["info"]["run_id"] for run in runs] == [run_id]
