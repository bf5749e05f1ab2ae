"""The contract and the code name the same things: RPCs in `proto/`, functions in `mlflowlite/api/`."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType

from mlflowlite.protos.methods import METHODS

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


def test_rpcs_and_functions_belong_together() -> None:
    """An RPC has a function of its name in its module, and a public function there answers an RPC."""
    for name in {method.module for method in METHODS}:
        known = {method.function for method in METHODS if method.module == name}
        assert functions_of(importlib.import_module(f"mlflowlite.api.{name}")) == known, name
