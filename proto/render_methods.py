"""Writes `mlflowlite/protos/methods.py`: every endpoint, its messages and its paths."""

from __future__ import annotations

import re

from contract import Contract, Rpc, bindings, has_raw_body, local_name

HEADER = '''"""The endpoints of the protocol. Generated from `proto/`; do not edit."""

from __future__ import annotations

from dataclasses import dataclass

from mlflowlite.protos import messages as m
from mlflowlite.wire.message import Message


@dataclass(frozen=True, slots=True)
class Method:
    """One endpoint: its function, its messages, and every path that reaches it."""

    name: str
    function: str
    service: str
    module: str
    request: type[Message]
    response: type[Message] | None
    """None for an answer that is not a message: a file, a text."""
    bindings: tuple[tuple[str, str], ...]
    """HTTP method and Flask rule; the main one first."""
    raw_body: bool
    """The body is a file; the fields of the request come from path and query."""
    summary: str


METHODS: tuple[Method, ...] = (
'''


def render(contract: Contract) -> str:
    """Text of the module."""
    return "".join([HEADER, *(_method(rpc) for rpc in contract.rpcs()), ")\n"])


def _method(rpc: Rpc) -> str:
    name = rpc.descriptor.name
    response = local_name(rpc.descriptor.output_type)
    lines = [
        "    Method(",
        f'        name="{name}",',
        f'        function="{_snake_case(name)}",',
        f'        service="{rpc.service}",',
        f'        module="{rpc.module}",',
        f"        request=m.{local_name(rpc.descriptor.input_type)},",
        f"        response={'m.' + response if response else None},",
        *_bindings(rpc),
        f"        raw_body={has_raw_body(rpc)},",
        f'        summary="{rpc.comment}",',
        "    ),",
    ]
    return "\n".join(lines) + "\n"


def _bindings(rpc: Rpc) -> list[str]:
    rows = [f'            ("{verb}", "{rule}"),' for verb, rule in bindings(rpc)]
    if len(rows) == 1:
        return [f"        bindings=({rows[0].strip()}),"]
    return ["        bindings=(", *rows, "        ),"]


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
