"""The operator's pattern for sources of versions, by option and over HTTP (`semantics.md` §10.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.support import Client
from tests.test_registry_support import PROMPT, accept, create, made, refuse


@pytest.fixture
def strict(settings: Settings) -> Iterator[Client]:
    """A server that takes sources of one bucket only, with a registered model `m`."""
    pattern = "^(s3://ours/|runs:/)"
    for client in map(
        Client, make_app(replace(settings, create_model_version_source_validation_regex=pattern))
    ):
        made(client)
        yield client


def test_sources_have_to_match(strict: Client) -> None:
    """A source that the pattern is not found in is refused; the other checks still hold for those it fits."""
    refuse(strict, "Invalid model version source: 's3://theirs/model'", "s3://theirs/model")
    refuse(strict, "Invalid model version source", "runs:/unknown/model")
    assert accept(strict, "s3://ours/model")[0] == "s3://ours/model"


def test_prompts_are_let_through(strict: Client) -> None:
    """The placeholder of a prompt version need not match."""
    assert create(strict, "dummy-source", tags=[PROMPT]).status == 200
