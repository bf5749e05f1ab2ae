"""Writes `mlflowlite/protos/messages.py`: one msgspec struct per message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract import Contract, Message, is_map, is_repeated, is_required, local_name, option
from google.protobuf.descriptor_pb2 import EnumDescriptorProto, FieldDescriptorProto

HEADER = '''"""The messages of the protocol as msgspec structs. Generated from `proto/`; do not edit."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from mlflowlite.wire.message import Int32, Int64, Message, RequiredStr
'''

WIDTH = 110
SCALARS = {
    FieldDescriptorProto.TYPE_STRING: "str",
    FieldDescriptorProto.TYPE_BYTES: "str",  # base64 text
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_DOUBLE: "float",
    FieldDescriptorProto.TYPE_INT32: "Int32",
    FieldDescriptorProto.TYPE_INT64: "Int64",
}


def render(contract: Contract) -> str:
    """Text of the module."""
    enums = list(contract.enums())
    messages = list(contract.messages())
    parts = [
        HEADER,
        "\n".join(_alias(enum) for enum in enums),
        _enum_numbers(enums),
        *(f"\n{_struct(message)}" for message in messages),
        f"\n{_field_aliases(messages)}",
    ]
    return "\n".join(parts)


def _alias(enum: EnumDescriptorProto) -> str:
    values = [f'"{value.name}"' for value in enum.value]
    line = f"{enum.name}: TypeAlias = Literal[{', '.join(values)}]\n"
    if len(line) <= WIDTH + 1:
        return line.rstrip("\n")
    return "\n".join([f"{enum.name}: TypeAlias = Literal[", *(f"    {v}," for v in values), "]"])


def _enum_numbers(enums: list[EnumDescriptorProto]) -> str:
    lines = ["", "# Clients may send the number of an enum's value instead of its name."]
    lines.append("ENUM_NUMBERS: dict[str, dict[str, int]] = {")
    for enum in enums:
        lines += [
            f'    "{enum.name}": {{',
            *(f'        "{value.name}": {value.number},' for value in enum.value),
            "    },",
        ]
    return "\n".join([*lines, "}", ""])


def _struct(message: Message) -> str:
    fields = message.descriptor.field
    settings = ["Message"]
    if _required_after_optional(fields):
        settings.append("kw_only=True")
    if all(_is_scalar(field) for field in fields):
        settings.append("gc=False")
    lines = [f"class {message.name}({', '.join(settings)}):", f'    """{message.comment}"""']
    if fields:
        lines.append("")
    lines += [f"    {field.name}: {_declaration(message, field)}" for field in fields]
    return "\n".join([*lines, ""])


def _required_after_optional(fields: Sequence[FieldDescriptorProto]) -> bool:
    required = [is_required(field) for field in fields]
    return required != sorted(required, reverse=True)


def _is_scalar(field: FieldDescriptorProto) -> bool:
    return not is_repeated(field) and field.type != FieldDescriptorProto.TYPE_MESSAGE


def _declaration(message: Message, field: FieldDescriptorProto) -> str:
    """Type and default of a field, as they stand after its name."""
    if is_map(message.descriptor, field):
        return "dict[str, str] = msgspec.field(default_factory=dict)"
    kind = _type(field)
    if is_repeated(field):
        default = "" if is_required(field) else " = msgspec.field(default_factory=list)"
        return f"list[{kind}]{default}"
    if not is_required(field):
        return f"{kind} | None = None"
    return "RequiredStr" if kind == "str" else kind


def _type(field: FieldDescriptorProto) -> str:
    return SCALARS.get(field.type) or local_name(field.type_name) or field.type_name


def _field_aliases(messages: list[Message]) -> str:
    lines = ["# Older names of fields: a request may hold the first, the second or both."]
    lines.append("ALIASES: dict[type[Message], dict[str, str]] = {")
    for message in messages:
        pairs = ", ".join(_alias_pairs(message))
        if pairs:
            lines.append(f"    {message.name}: {{{pairs}}},")
    return "\n".join([*lines, "}", ""])


def _alias_pairs(message: Message) -> Iterator[str]:
    for field in message.descriptor.field:
        target = option(field, "alias_of")
        if target:
            yield f'"{field.name}": "{target}"'
