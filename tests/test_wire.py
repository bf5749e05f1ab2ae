"""What holds for every message and every RPC of the contract, whatever is sent."""

from __future__ import annotations

import json
import math
import sqlite3
from typing import Any

import msgspec
import peewee
import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from msgspec import inspect

from mlflowlite.app import App
from mlflowlite.db.engine import translate
from mlflowlite.errors import HTTP_STATUS, INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.protos import messages as m
from mlflowlite.protos.messages import ENUM_NUMBERS
from mlflowlite.protos.methods import METHODS, Method
from mlflowlite.wire import codec
from mlflowlite.wire.http import render
from mlflowlite.wire.lenient import from_json
from tests.support import Client

REQUESTS = sorted({method.request for method in METHODS}, key=lambda cls: cls.__name__)

ENUM_NAMES = {name for numbers in ENUM_NUMBERS.values() for name in numbers}
# `tolerated` knows an enum by its name, so no other text may be one.
TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda text: text not in ENUM_NAMES)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["NaN", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def valid(kind: Any) -> st.SearchStrategy[Any]:
    """JSON values that the fast road takes for a type."""
    if isinstance(kind, inspect.StructType):
        parts = {field.name: valid(field.type) for field in kind.fields}
        required = {field.name: parts[field.name] for field in kind.fields if field.required}
        return st.fixed_dictionaries(
            required, optional={name: part for name, part in parts.items() if name not in required}
        )
    if isinstance(kind, inspect.UnionType):
        return valid(next(member for member in kind.types if not isinstance(member, inspect.NoneType)))
    if isinstance(kind, inspect.ListType):
        return st.lists(valid(kind.item_type), max_size=3)
    if isinstance(kind, inspect.DictType):
        return st.dictionaries(TEXTS, TEXTS, max_size=3)
    if isinstance(kind, inspect.LiteralType):
        return st.sampled_from(kind.values)
    if isinstance(kind, inspect.IntType):
        return st.integers(kind.ge, kind.le)
    if isinstance(kind, inspect.FloatType):
        return st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70)
    return st.booleans() if isinstance(kind, inspect.BoolType) else TEXTS


def tolerated(value: Any) -> st.SearchStrategy[Any]:
    """Other ways to write the same JSON value, which only the lenient road takes."""
    if isinstance(value, dict):
        return st.fixed_dictionaries({name: tolerated(inner) for name, inner in value.items()}).flatmap(
            _respelled
        )
    if isinstance(value, list):
        return st.tuples(*map(tolerated, value)).map(list)
    if isinstance(value, bool) or value is None:
        return st.just(value)
    if isinstance(value, float):
        return st.sampled_from([value, repr(value)])
    if isinstance(value, int) and abs(value) < 2**63:
        return st.sampled_from([value, str(value)])
    if value in ENUM_NAMES:
        return st.sampled_from([value, value.lower()])
    return st.just(value)


def _respelled(fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = [st.sampled_from([name, _camel(name)]) for name in fields]
    return st.tuples(*names, st.booleans()).map(
        lambda chosen: (
            dict(zip(chosen[:-1], fields.values(), strict=True))
            | ({"unknown field": {"deep": [1]}} if chosen[-1] else {})
        )
    )


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


@given(st.data())
@effort(max_examples=200, deadline=None)
def test_both_roads_lead_to_the_same_message(data: st.DataObject) -> None:
    """The fast road and the lenient one read a valid request alike, for every request of the contract."""
    cls = data.draw(st.sampled_from(REQUESTS))
    fields = data.draw(valid(inspect.type_info(cls)))
    body = json.dumps(fields).encode()
    fast = msgspec.json.Decoder(cls).decode(body)
    assert from_json(cls, body, {}) == fast
    assert codec.decode_body(cls, body) == fast
    other = data.draw(tolerated(fields))
    assert codec.decode_body(cls, json.dumps(other).encode()) == fast


@given(st.data())
@effort(max_examples=200, deadline=None)
def test_a_message_survives_the_wire(data: st.DataObject) -> None:
    """What is encoded is read back as the same message."""
    cls = data.draw(st.sampled_from(REQUESTS))
    message = msgspec.convert(data.draw(valid(inspect.type_info(cls))), cls)
    assert codec.decode_body(cls, codec.encode(message)) == message


@given(st.data())
@effort(max_examples=400, deadline=None)
def test_junk_is_refused_or_taken_and_nothing_else(data: st.DataObject) -> None:
    """No JSON value in any field raises anything but INVALID_PARAMETER_VALUE."""
    cls = data.draw(st.sampled_from(REQUESTS))
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    fields = {field.name: JUNK | valid(field.type) for field in info.fields}
    body = json.dumps(data.draw(st.fixed_dictionaries({}, optional=fields) | JUNK)).encode()
    taken_or_refused(cls, body)


@given(st.sampled_from(REQUESTS), st.binary(max_size=40))
@effort(max_examples=200, deadline=None)
def test_bytes_are_refused_or_taken_and_nothing_else(cls: Any, data: bytes) -> None:
    """No bytes raise anything but INVALID_PARAMETER_VALUE, alone or inside a string."""
    taken_or_refused(cls, data)
    taken_or_refused(cls, b'{"name": "' + data + b'", "run_id": "' + data + b'"}')
    taken_or_refused(cls, data.decode("latin-1"))


def taken_or_refused(cls: Any, given: bytes | str) -> None:
    """A body or query is read, or refused with an error that can be rendered."""
    try:
        codec.encode(
            codec.decode_query(cls, given) if isinstance(given, str) else codec.decode_body(cls, given)
        )
    except MlflowError as error:
        answer = render(error)
        assert (answer.status, error.error_code) == (400, INVALID_PARAMETER_VALUE)  # noqa: PT017


# -- errors of the databases ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (sqlite3.OperationalError("database is locked"), (503, "TEMPORARILY_UNAVAILABLE")),
        (sqlite3.OperationalError("disk I/O error"), (503, "TEMPORARILY_UNAVAILABLE")),
        (peewee.OperationalError("database is locked"), (503, "TEMPORARILY_UNAVAILABLE")),
        (psycopg.OperationalError("server closed the connection"), (503, "TEMPORARILY_UNAVAILABLE")),
        (psycopg.errors.AdminShutdown("terminating"), (503, "TEMPORARILY_UNAVAILABLE")),
        (peewee.InterfaceError("connection already closed"), (503, "TEMPORARILY_UNAVAILABLE")),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), (400, "BAD_REQUEST")),
        (psycopg.errors.ForeignKeyViolation("x"), (400, "BAD_REQUEST")),
        (sqlite3.DataError("string or blob too big"), (400, "INVALID_PARAMETER_VALUE")),
        (psycopg.errors.ProgramLimitExceeded("index row size"), (400, "INVALID_PARAMETER_VALUE")),
        (sqlite3.OperationalError("no such column: x"), None),
        (sqlite3.OperationalError('near "x": syntax error'), None),
        (peewee.OperationalError("no such table: x"), None),
        (psycopg.errors.UndefinedColumn("x"), None),
        (sqlite3.ProgrammingError("wrong number of bindings"), None),
        (ValueError("x"), None),
    ],
)
def test_what_clients_see_of_errors(error: Exception, answer: tuple[int, str] | None) -> None:
    """Trouble outside is a 503 that clients repeat; a mistake of ours must not look like that."""
    known = translate(error)
    assert (known and (known.http_status, known.error_code)) == answer
    assert not (known and known.http_status == 503 and str(error) in known.message)


# -- every RPC ------------------------------------------------------------------------------------------


BODIES = [
    b"",
    b"{}",
    b"null",
    b"garbage",
    b"\xff",
    b"[1]",
    b'"x"',
    b'{"run_id": 5, "name": [], "max_results": {}}',
]


def test_errors_of_every_rpc_have_one_shape(app: App) -> None:
    """An empty or garbage request is never a 500, and its error is `error_code` and `message` alone."""
    client = Client(app).http
    for method in METHODS:
        for verb, path in method.bindings:
            url = path.replace("<path:", "<").replace("<", "").replace(">", "")
            for body in BODIES:
                reply = client.open(url, method=verb, data=body, content_type="application/json")
                check_shape(method, reply, f"{verb} {url} {body!r}")


def check_shape(method: Method, reply: Any, what: str) -> None:
    """An answer is a 200 or an error of the protocol with the status of its code."""
    if reply.status_code < 300:
        assert method.response is None or isinstance(reply.get_json(), dict), what
        return
    assert reply.content_type == "application/json", what
    body = reply.get_json()
    assert set(body) == {"error_code", "message"}, what
    assert reply.status_code == HTTP_STATUS[body["error_code"]], what
    assert reply.status_code < 500 or reply.status_code == 501, (what, body)
    assert body["message"], what


def test_every_api_path_has_its_twin() -> None:
    """Whatever is under /api is under /ajax-api too, for the web page."""
    for method in METHODS:
        for verb, path in method.bindings:
            if path.startswith("/api/"):
                assert (verb, "/ajax-api/" + path.removeprefix("/api/")) in method.bindings


def test_infinite_and_missing_values_are_json(client: Client) -> None:
    """Special values of metrics come back as JSON that any parser reads."""
    run_id = client.new_run()
    for key, value in {"nan": "NaN", "up": "Infinity", "down": "-Infinity"}.items():
        assert client.post("runs/log-metric", run_id=run_id, key=key, value=value, timestamp=1).status == 200
    metrics = client.run(run_id)["data"]["metrics"]
    values = {metric["key"]: float(metric["value"]) for metric in metrics}
    assert math.isnan(values["nan"])
    assert values["up"] >= 1.7976931348623157e308
    assert values["down"] <= -1.7976931348623157e308


def test_requests_of_the_contract_are_found() -> None:
    """The property tests above look at every request message there is."""
    assert m.LogBatchRequest in REQUESTS
    assert len(REQUESTS) > 50
