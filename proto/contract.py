"""The contract as compiled: messages, enums and methods of `proto/`, with their comments.

Works on plain descriptors in a pool of their own options, so that generating never depends on what was
generated before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.api import annotations_pb2, field_behavior_pb2  # type: ignore[import-untyped]
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)

PACKAGE = "mlflowlite"
VERBS = ("get", "put", "post", "delete", "patch")
# Numbers that google.protobuf's descriptor.proto gives to lists of messages, enums and services in a file,
# and of methods in a service: the steps of a path to a comment.
MESSAGES, ENUMS, SERVICES, METHODS = 4, 5, 6, 2


@dataclass(frozen=True)
class Message:
    """A message and its comment."""

    descriptor: DescriptorProto
    comment: str

    @property
    def name(self) -> str:
        return self.descriptor.name


@dataclass(frozen=True)
class Rpc:
    """A method, where it belongs, and its comment."""

    descriptor: MethodDescriptorProto
    service: str
    module: str
    preview: bool
    comment: str


class Contract:
    """Every file of `proto/`, in the order that the compiler gives: imported files first."""

    def __init__(self, compiled: Path) -> None:
        data = compiled.read_bytes()
        _register_options(FileDescriptorSet.FromString(data))
        self._files = [f for f in FileDescriptorSet.FromString(data).file if f.package == PACKAGE]

    def enums(self) -> Iterator[EnumDescriptorProto]:
        """Every enum."""
        for file in self._files:
            yield from file.enum_type

    def messages(self) -> Iterator[Message]:
        """Every message; messages inside messages do not occur, but for the entries of maps."""
        for file in self._files:
            for index, message in enumerate(file.message_type):
                yield Message(message, _comment(file, MESSAGES, index))

    def rpcs(self) -> Iterator[Rpc]:
        """Every method of every service."""
        for file in self._files:
            for at, service in enumerate(file.service):
                for index, method in enumerate(service.method):
                    yield Rpc(
                        method,
                        service.name,
                        Path(file.name).stem,
                        option(service, "preview") or option(method, "method_preview"),
                        _comment(file, SERVICES, at, METHODS, index),
                    )


def _register_options(files: FileDescriptorSet) -> None:
    """Make our own options known, so that the next parse of the descriptors can read them."""
    for file in files.file:
        if file.name.endswith("/options.proto"):
            file.ClearField("source_code_info")
            descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


def _comment(file: FileDescriptorProto, *path: int) -> str:
    for location in file.source_code_info.location:
        if tuple(location.path) == path:
            return location.leading_comments.strip()
    return ""


def option(thing: Any, name: str) -> Any:
    """Value of the option of ours called `name`, on a field, method or service."""
    extension = descriptor_pool.Default().FindExtensionByName(f"{PACKAGE}.{name}")
    return thing.options.Extensions[extension]


def is_required(field: FieldDescriptorProto) -> bool:
    """Whether a request without the field is refused."""
    behaviors = field.options.Extensions[field_behavior_pb2.field_behavior]
    return field_behavior_pb2.REQUIRED in behaviors


def is_repeated(field: FieldDescriptorProto) -> bool:
    """Whether the field is a list (or a map)."""
    return field.label == FieldDescriptorProto.LABEL_REPEATED


def is_map(message: DescriptorProto, field: FieldDescriptorProto) -> bool:
    """Whether the field is a map."""
    entries = {nested.name for nested in message.nested_type if nested.options.map_entry}
    return field.type_name.rpartition(".")[2] in entries


def local_name(type_name: str) -> str | None:
    """Name of one of our own types, or None for a type of somebody else."""
    package, _, name = type_name.strip(".").rpartition(".")
    return name if package == PACKAGE else None


def bindings(rpc: Rpc) -> list[tuple[str, str]]:
    """Each (HTTP method, Flask rule) that reaches the method, with the twins of every path."""
    rule = rpc.descriptor.options.Extensions[annotations_pb2.http]
    found = []
    for binding in (rule, *rule.additional_bindings):
        verb = binding.WhichOneof("pattern")
        path = _flask_rule(getattr(binding, verb))
        found += [(verb.upper(), twin) for twin in _twins(path, rpc.preview)]
    return found


def has_raw_body(rpc: Rpc) -> bool:
    """Whether the body is a file, and the fields come from path and query only."""
    rule = rpc.descriptor.options.Extensions[annotations_pb2.http]
    return rule.WhichOneof("pattern") in ("post", "put") and not rule.body


def _flask_rule(path: str) -> str:
    return re.sub(r"\{(\w+)\}", r"<\1>", re.sub(r"\{(\w+)=\*\*\}", r"<path:\1>", path))


def _twins(path: str, preview: bool) -> list[str]:
    paths = [path]
    if preview and path.startswith("/api/2.0/mlflow/"):
        paths.append(path.replace("/api/2.0/mlflow/", "/api/2.0/preview/mlflow/", 1))
    if not path.startswith("/api/"):
        return paths
    return [twin for each in paths for twin in (each, each.replace("/api/", "/ajax-api/", 1))]
