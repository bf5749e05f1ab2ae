"""The contract as an OpenAPI 3.1 document, for tools that make clients or pages from it.

Built from the compiled descriptors in `mlflowlite/protos/`, which take a while to load and which
nothing else needs: hence the late imports. Twins of paths are left out; see `proto/options.proto`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
    FileDescriptor,
    MethodDescriptor,
)

from mlflowlite import __version__
from mlflowlite.protos import messages
from mlflowlite.protos.methods import METHODS

Schema = dict[str, Any]

MODULES = tuple(dict.fromkeys(method.module for method in METHODS))
_SUMMARIES = {method.name: method.summary for method in METHODS}
_JSON = "application/json"
_BYTES = "application/octet-stream"
_DOUBLE: Schema = {
    "anyOf": [
        {"type": "number", "format": "double"},
        {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]},
    ]
}
_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: _DOUBLE,
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_INT64: {"type": "integer", "format": "int64"},
}
_ERROR: Schema = {
    "type": "object",
    "description": "Why a request failed.",
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error_code", "message"],
}


class _Options(NamedTuple):
    """The extensions that carry what plain descriptors do not."""

    http: Any
    field_behavior: Any
    required: int
    alias_of: Any
    produces: Any


class _Binding(NamedTuple):
    """One way to reach a method: HTTP verb, path template, and whether the body is a JSON message."""

    verb: str
    path: str
    has_json_body: bool


def document() -> dict[str, Any]:
    """The whole document, ready for a JSON encoder."""
    options = _load_options()
    files = [_load(module) for module in MODULES]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mlflowlite",
            "version": __version__,
            "description": "The MLflow REST protocol as mlflowlite speaks it.",
        },
        "paths": _paths(files, options),
        "components": {
            "schemas": {**_schemas(files, options), "Error": _ERROR},
            "responses": {
                "Error": {
                    "description": "The request failed.",
                    "content": {_JSON: {"schema": _ref("Error")}},
                }
            },
        },
    }


def _load(module: str) -> FileDescriptor:
    descriptor: FileDescriptor = importlib.import_module(f"mlflowlite.protos.{module}_pb2").DESCRIPTOR
    return descriptor


def _load_options() -> _Options:
    behavior = importlib.import_module("google.api.field_behavior_pb2")
    ours = importlib.import_module("mlflowlite.protos.options_pb2")
    return _Options(
        http=importlib.import_module("google.api.annotations_pb2").http,
        field_behavior=behavior.field_behavior,
        required=behavior.REQUIRED,
        alias_of=ours.alias_of,
        produces=ours.produces,
    )


def _paths(files: list[FileDescriptor], options: _Options) -> Schema:
    paths: Schema = {}
    for file in files:
        for service in file.services_by_name.values():
            for method in service.methods:
                for index, binding in enumerate(_bindings(method, options)):
                    path = re.sub(r"=\*\*\}", "}", binding.path)
                    operation = _operation(method, binding, options)
                    # Ids of operations must differ, also where one method has two verbs.
                    operation["operationId"] += f"_{binding.verb}" if index else ""
                    paths.setdefault(path, {})[binding.verb] = operation
    return paths


def _bindings(method: MethodDescriptor, options: _Options) -> Iterator[_Binding]:
    rule = method.GetOptions().Extensions[options.http]
    for each in (rule, *rule.additional_bindings):
        verb = each.WhichOneof("pattern")
        yield _Binding(verb, getattr(each, verb), bool(each.body))


def _operation(method: MethodDescriptor, binding: _Binding, options: _Options) -> Schema:
    operation: Schema = {
        "operationId": method.name,
        "summary": _SUMMARIES[method.name],
        "tags": [method.containing_service.name],
        "parameters": _parameters(method, binding, options),
        "responses": {
            "200": _response(method, options),
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    body = _request_body(method, binding)
    if body:
        operation["requestBody"] = body
    return operation


def _parameters(method: MethodDescriptor, binding: _Binding, options: _Options) -> list[Schema]:
    """Fields in the path; where no JSON body carries them, the others in the query."""
    in_path = set(re.findall(r"\{(\w+)", binding.path))
    aliased = _aliased(method.input_type, options)
    return [
        {
            "name": field.name,
            "in": "path" if field.name in in_path else "query",
            "required": field.name in in_path or (_is_required(field, options) and field.name not in aliased),
            "schema": _field(field, options),
        }
        for field in method.input_type.fields
        if field.name in in_path or not binding.has_json_body
    ]


def _request_body(method: MethodDescriptor, binding: _Binding) -> Schema | None:
    if binding.has_json_body:
        return {"required": True, "content": {_JSON: {"schema": _ref(f"{method.input_type.name}")}}}
    if binding.verb in ("post", "put"):
        return {"required": True, "content": {_BYTES: {"schema": {}}}}
    return None


def _response(method: MethodDescriptor, options: _Options) -> Schema:
    produces = method.GetOptions().Extensions[options.produces]
    if produces:
        return {"description": "The content itself.", "content": {produces: {"schema": {}}}}
    name = method.output_type.name
    return {"description": _description(name), "content": {_JSON: {"schema": _ref(name)}}}


def _schemas(files: list[FileDescriptor], options: _Options) -> Schema:
    schemas: Schema = {}
    for file in files:
        for enum in file.enum_types_by_name.values():
            schemas[enum.name] = _enum(enum)
        for message in file.message_types_by_name.values():
            schemas[message.name] = _message(message, options)
    return schemas


def _enum(enum: EnumDescriptor) -> Schema:
    return {"type": "string", "enum": [value.name for value in enum.values]}


def _message(message: Descriptor, options: _Options) -> Schema:
    aliased = _aliased(message, options)
    required = [field.name for field in message.fields if _is_required(field, options)]
    schema: Schema = {
        "type": "object",
        "description": _description(message.name),
        "properties": {field.name: _field(field, options) for field in message.fields},
    }
    plain = [name for name in required if name not in aliased]
    if plain:
        schema["required"] = plain
    if aliased:
        schema["allOf"] = [
            {"anyOf": [{"required": [name]}, {"required": [aliased[name]]}]}
            for name in required
            if name in aliased
        ]
    return schema


def _aliased(message: Descriptor, options: _Options) -> dict[str, str]:
    """Fields that an older name can stand in for, and that name."""
    names = ((field.GetOptions().Extensions[options.alias_of], field.name) for field in message.fields)
    return {target: alias for target, alias in names if target}


def _field(field: FieldDescriptor, options: _Options) -> Schema:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _value(field.message_type.fields_by_name["value"])}
    if field.is_repeated:
        return {"type": "array", "items": _value(field)}
    schema = _value(field)
    if field.type == FieldDescriptor.TYPE_STRING and _is_required(field, options):
        return {**schema, "minLength": 1}
    if field.has_default_value:
        return {**schema, "default": _default(field)}
    return schema


def _value(field: FieldDescriptor) -> Schema:
    if field.message_type is not None:
        return _ref(field.message_type.name)
    if field.enum_type is not None:
        return _ref(field.enum_type.name)
    return _SCALARS[field.type]


def _default(field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values_by_number[field.default_value].name
    return field.default_value


def _is_required(field: FieldDescriptor, options: _Options) -> bool:
    return options.required in field.GetOptions().Extensions[options.field_behavior]


def _description(message: str) -> str:
    return str(getattr(messages, message).__doc__)


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
