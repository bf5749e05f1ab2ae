"""The contract and the code name the same things: RPCs in `proto/`, functions in `mlflowlite/api/`."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType

import pytest

from mlflowlite.api import PLANNED
from mlflowlite.protos.methods import METHODS, Method
from tests.support import Client

SERVICES = (
    "artifacts",
    "experiments",
    "logged_models",
    "metrics",
    "model_registry",
    "registry_history",
    "runs",
    "server",
    "webhooks",
)


def rpcs_of_the_descriptors() -> Iterator[str]:
    """Every RPC of every service that protoc compiled."""
    for name in SERVICES:
        descriptor = importlib.import_module(f"mlflowlite.protos.{name}_pb2").DESCRIPTOR
        for service in descriptor.services_by_name.values():
            yield from (method.name for method in service.methods)


def functions_of(module: ModuleType) -> set[str]:
    """The public functions that a module defines itself."""
    return {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def test_methods_are_the_rpcs_of_the_descriptors() -> None:
    """The generated table has each RPC of the compiled contract once."""
    assert sorted(method.name for method in METHODS) == sorted(rpcs_of_the_descriptors())


def test_every_rpc_has_a_function_or_is_planned() -> None:
    """An RPC is either built, with a function of its name in its module, or planned; never both."""
    for method in METHODS:
        try:
            built = method.function in functions_of(
                importlib.import_module(f"mlflowlite.api.{method.module}")
            )
        except ModuleNotFoundError:
            built = False
        assert built != (method.name in PLANNED), method.name


def test_every_function_has_an_rpc() -> None:
    """A public function in a resource's module answers an RPC; helpers are private or live elsewhere."""
    modules = {method.module for method in METHODS if method.name not in PLANNED}
    for name in modules:
        known = {method.function for method in METHODS if method.module == name}
        assert functions_of(importlib.import_module(f"mlflowlite.api.{name}")) <= known, name


def test_only_rpcs_are_planned() -> None:
    """What is announced as planned is in the contract."""
    assert set(PLANNED) <= set(rpcs_of_the_descriptors())


@pytest.mark.parametrize("method", [m for m in METHODS if m.name in PLANNED], ids=lambda method: method.name)
def test_what_is_planned_answers_501(shared: Client, method: Method) -> None:
    """An endpoint whose function is to come says so, on each of its paths."""
    for verb, path in method.bindings:
        url = path.replace("<path:artifact_path>", "a").replace("<path:path>", "a")
        reply = shared.send(verb, url.replace("<webhook_id>", "w"), _complete(method.name))
        assert reply.error == (501, "NOT_IMPLEMENTED"), (verb, path, reply.body)


def _complete(name: str) -> dict[str, object]:
    """A body that has the required fields of the planned requests."""
    fields: dict[str, object] = {"path": "a", "run_id": "r", "parts": [], "name": "n", "url": "https://x"}
    if name == "CreateWebhook":
        fields["events"] = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    return fields
