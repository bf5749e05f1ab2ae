"""Searches of the registry: filters, order, pages, prompts (`semantics.md` §2.1, §9.5, §9.6, §11.3)."""

from __future__ import annotations

import pytest

from tests.support import Client
from tests.test_registry_support import (
    PROMPT,
    alias,
    found,
    made,
    read,
    version,
)


def test_models_are_filtered_sorted_and_paged(client: Client) -> None:
    """A search gives whole models in the order asked for, page by page."""
    for name in ("a1", "a2", "b1"):
        made(client, name)
        version(client, name, tags=[{"key": "k", "value": name}])
    assert found(client, filter="name LIKE 'a%'", order_by="name DESC") == ["a2", "a1"]
    first = client.get("registered-models/search", max_results=2).body
    assert [model["name"] for model in first["registered_models"]] == ["a1", "a2"]
    newest = first["registered_models"][1]["latest_versions"][0]
    assert (newest["version"], newest["tags"]) == ("1", [{"key": "k", "value": "a2"}])
    second = client.get("registered-models/search", max_results=2, page_token=first["next_page_token"]).body
    assert [model["name"] for model in second["registered_models"]] == ["b1"]
    assert "next_page_token" not in second


def test_search_hides_prompts(client: Client) -> None:
    """Prompts are found only when the filter asks for them."""
    made(client, "model")
    made(client, "prompt", tags=[PROMPT])
    assert found(client) == ["model"]
    assert found(client, filter="tags.`mlflow.prompt.is_prompt` = 'true'") == ["prompt"]
    assert found(client, filter="tag.`mlflow.prompt.is_prompt` != 'true'") == ["model"]


@pytest.mark.parametrize(
    ("path", "size", "message"),
    [
        ("registered-models/search", 0, "It must be a positive integer, but got 0"),
        ("registered-models/search", -1, "It must be a positive integer, but got -1"),
        ("registered-models/search", 1001, "Hint: Value was of type 'str'."),
        ("model-versions/search", 0, "It must be a positive integer, but got 0"),
        (
            "model-versions/search",
            200_001,
            "Invalid value \"200001\" for parameter 'max_results' supplied:  Hint",
        ),
    ],
)
def test_page_sizes_out_of_range(client: Client, path: str, size: int, message: str) -> None:
    """Searches refuse pages that are empty or too large."""
    reply = client.get(path, max_results=size)
    assert reply.error == (400, "INVALID_PARAMETER_VALUE")
    assert message in reply.body["message"]


@pytest.mark.parametrize(("path", "size"), [("registered-models", 1000), ("model-versions", 200_000)])
def test_largest_page_sizes(client: Client, path: str, size: int) -> None:
    """The largest page size is still accepted; nothing found is an empty object."""
    assert client.get(f"{path}/search", max_results=size).body == {}


def test_list_of_1x_clients(client: Client) -> None:
    """The list of 1.x goes by name, in pages, without prompts, at the preview path only."""
    for name in ("c", "a", "b"):
        made(client, name)
    made(client, "prompt", tags=[PROMPT])
    path = "/api/2.0/preview/mlflow/registered-models/list"
    first = client.get(path, max_results=2).body
    assert [model["name"] for model in first["registered_models"]] == ["a", "b"]
    second = client.get(path, page_token=first["next_page_token"], max_results=2).body
    assert [model["name"] for model in second["registered_models"]] == ["c"]
    assert client.get("registered-models/list").status == 404


def test_versions_are_filtered_sorted_and_paged(client: Client) -> None:
    """A search gives whole versions in the order asked for, page by page, without prompts."""
    made(client)
    for number in range(1, 4):
        version(client, tags=[{"key": "n", "value": str(number)}])
    version(client, source="dummy-source", tags=[PROMPT])
    alias(client, "best", 2)
    query = {"filter": "name = 'm'", "order_by": "version_number ASC", "max_results": 2}
    first = client.get("model-versions/search", **query).body
    assert first["model_versions"] == [read(client, 1), read(client, 2)]
    assert first["model_versions"][1]["aliases"] == ["best"]
    second = client.get("model-versions/search", **query, page_token=first["next_page_token"]).body
    assert second == {"model_versions": [read(client, 3)]}
    by_tag = client.get("model-versions/search", filter="tags.n = '3'").body["model_versions"]
    assert [item["version"] for item in by_tag] == ["3"]
