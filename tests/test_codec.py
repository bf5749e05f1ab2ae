"""Request messages from JSON bodies and query strings, row by row (`wire.md` §2.2, §2.3, §5.3)."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from mlflowlite.errors import INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.protos import messages as m
from mlflowlite.wire import codec
from mlflowlite.wire.message import double

SEE_DOCS = " See the API docs for more information about request parameters."


def body(**fields: Any) -> bytes:
    """A JSON body."""
    return json.dumps(fields).encode()


def metric_body(**raw: str) -> bytes:
    """A body of log-metric whose fields are given as JSON text."""
    fields = {"run_id": '"r"', "key": '"k"', "value": "1", "timestamp": "1"} | raw
    return ("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}").encode()


def refusal(cls: Any, data: bytes, **path_fields: str) -> str:
    """The message of the error that a body earns."""
    with pytest.raises(MlflowError) as caught:
        codec.decode_body(cls, data, path_fields)
    assert caught.value.error_code == INVALID_PARAMETER_VALUE
    return caught.value.message


def missing(name: str) -> str:
    return f"Missing value for required parameter '{name}'.{SEE_DOCS}"


def wrong(name: str, shown: str, kind: str) -> str:
    return (
        f"Invalid value {shown} for parameter '{name}' supplied:  Hint: Value was of type '{kind}'.{SEE_DOCS}"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"null",
        b"{}",
        b'"{}"',
        b"{",
        b"nonsense",
        b'"nonsense"',
        b'{"name": "a"}x',
        b'{"name": "a",}',
        b"{'name': 'a'}",
        b'{"name": "a\nb"}',
        b'{"name": "a\x00b"}',
        b'{"name": "\xff"}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"name": ' + b"1" * 5000 + b"}",
    ],
)
def test_a_body_that_holds_nothing_readable_counts_as_empty(data: bytes) -> None:
    """Empty, null and malformed bodies are taken as `{}`, so the check for required fields answers."""
    assert refusal(m.CreateExperimentRequest, data) == missing("name")
    assert codec.decode_body(m.SearchRunsRequest, b"") == m.SearchRunsRequest()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"[]", "list"),
        (b'["name"]', "list"),
        (b"5", "int"),
        (b"1.5", "float"),
        (b"NaN", "float"),
        (b"true", "bool"),
        (b'"[1]"', "list"),
        (b'"\\"{}\\""', "str"),
        (b"[" * 900 + b"]" * 900, "list"),
    ],
)
def test_a_body_that_is_no_object_is_refused(data: bytes, kind: str) -> None:
    """JSON lists, numbers and the like are an error, not a crash."""
    message = refusal(m.CreateExperimentRequest, data)
    assert message == f"The request body must be a JSON object, not a {kind}."


@pytest.mark.parametrize(
    "data",
    [
        b'{"name": "\xc3\xa9"}',
        b'{"name": "\\u00e9"}',
        '"{\\"name\\": \\"é\\"}"'.encode(),
        b'\xef\xbb\xbf{"name": "\xc3\xa9"}',
        '{"name": "é"}'.encode("utf-16"),
        b'{"name": "\xc3\xa9", "unknown": {"deep": [null]}, "x": 1e400, "\\u0000": 0}',
        b'{"name": "\xc3\xa9", "artifact_location": null, "tags": null}',
        b'{"name": "first", "name": "\xc3\xa9"}',
        b'\n\t {"name" :"\xc3\xa9" }\r\n',
    ],
)
def test_an_object_is_read_however_it_is_written(data: bytes) -> None:
    """Encoded twice, with a BOM, with unknown fields, with nulls: the message is the same."""
    assert codec.decode_body(m.CreateExperimentRequest, data) == m.CreateExperimentRequest(name="é")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1.0),
        ("1.5", 1.5),
        ("-0.0", -0.0),
        ("1e308", 1e308),
        ("5e-324", 5e-324),
        ('"1.5"', 1.5),
        ('"-2e3"', -2000.0),
        ("12345678901234567890123", 1.2345678901234568e22),
        ("NaN", math.nan),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ('"NaN"', math.nan),
        ('"Infinity"', math.inf),
        ('"-Infinity"', -math.inf),
    ],
)
def test_doubles(text: str, value: float) -> None:
    """A double is a number, a number in a string, or a special value, bare or in a string."""
    got = codec.decode_body(m.LogMetricRequest, metric_body(value=text)).value
    assert repr(got) == repr(value)


@pytest.mark.parametrize(
    ("text", "shown", "kind"),
    [
        ("1e400", "Infinity", "float"),
        ("-1e400", "-Infinity", "float"),
        ('"1e400"', '"1e400"', "str"),
        ('"nan"', '"nan"', "str"),
        ('"inf"', '"inf"', "str"),
        ('"1_0"', '"1_0"', "str"),
        ('"0x1"', '"0x1"', "str"),
        ('"a"', '"a"', "str"),
        ("true", "true", "bool"),
        ("[]", "[]", "list"),
        ("{}", "{}", "dict"),
        ("1" + "0" * 309, "1" + "0" * 309, "int"),
    ],
)
def test_what_is_no_double(text: str, shown: str, kind: str) -> None:
    """What upstream would store as 0 at time 0 is refused."""
    assert refusal(m.LogMetricRequest, metric_body(value=text)) == wrong("value", shown, kind)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-1", -1),
        ("1.0", 1),
        ("1e3", 1000),
        ('"12"', 12),
        ('"-12"', -12),
        ("9223372036854775807", 2**63 - 1),
        ('"9223372036854775807"', 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
    ],
)
def test_integers(text: str, value: int) -> None:
    """An integer is a JSON integer, digits in a string, or a float without a fraction."""
    got = codec.decode_body(m.LogMetricRequest, metric_body(timestamp=text)).timestamp
    assert (got, type(got)) == (value, int)


@pytest.mark.parametrize(
    ("text", "shown", "kind"),
    [
        ("1.5", "1.5", "float"),
        ("1e400", "Infinity", "float"),
        ("NaN", "NaN", "float"),
        ('"1.0"', '"1.0"', "str"),
        ('" 1"', '" 1"', "str"),
        ('"1e3"', '"1e3"', "str"),
        ('"abc"', '"abc"', "str"),
        ('"\\u0661"', '"\\u0661"', "str"),
        ('"' + "0" * 21 + '"', '"' + "0" * 21 + '"', "str"),
        ("true", "true", "bool"),
        ("[1]", "[1]", "list"),
    ],
)
def test_what_is_no_integer(text: str, shown: str, kind: str) -> None:
    """Fractions, text and other types are refused by the protocol's type hint."""
    assert refusal(m.LogMetricRequest, metric_body(timestamp=text)) == wrong("timestamp", shown, kind)


@pytest.mark.parametrize("text", ["9223372036854775808", '"9223372036854775808"', "-9223372036854775809"])
def test_an_integer_out_of_range(text: str) -> None:
    """A number that 64 bits can't hold is named with the range."""
    assert refusal(m.LogMetricRequest, metric_body(timestamp=text)) == (
        f"Invalid value {text} for parameter 'timestamp' supplied: "
        "it must be an integer from -9223372036854775808 to 9223372036854775807."
    )


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("FINISHED", "FINISHED"),
        ("finished", "FINISHED"),
        ("Finished", "FINISHED"),
        (3, "FINISHED"),
        ("3", "FINISHED"),
        ("NO_SUCH", None),
        ("", None),
        (None, None),
    ],
)
def test_enums(value: Any, status: str | None) -> None:
    """An enum is a name in any case or a number; an unknown name leaves the field unset."""
    assert codec.decode_body(m.UpdateRunRequest, body(run_id="r", status=value)).status == status


@pytest.mark.parametrize(
    ("value", "kind"), [(99, "int"), (True, "bool"), ([], "list"), ({}, "dict"), (1.5, "float")]
)
def test_what_is_no_enum(value: Any, kind: str) -> None:
    """An unknown number and a value of another type are errors."""
    message = refusal(m.UpdateRunRequest, body(run_id="r", status=value))
    assert message == wrong("status", json.dumps(value), kind)


@pytest.mark.parametrize(
    ("cls", "given", "message"),
    [
        (m.CreateExperimentRequest, {"name": 3}, wrong("name", "3", "int")),
        (m.CreateExperimentRequest, {"name": True}, wrong("name", "true", "bool")),
        (m.CreateExperimentRequest, {"name": {"b": 1, "a": 2}}, wrong("name", '{"a":2,"b":1}', "dict")),
        (m.CreateExperimentRequest, {"name": "n", "tags": "t"}, wrong("tags", '"t"', "str")),
        (m.CreateExperimentRequest, {"name": "n", "tags": ["t"]}, wrong("tags[0]", '"t"', "str")),
        (m.CreateExperimentRequest, {"name": "n", "tags": [None]}, wrong("tags[0]", "null", "NoneType")),
        (m.SearchRunsRequest, {"experiment_ids": [0]}, wrong("experiment_ids[0]", "0", "int")),
        (m.SearchRunsRequest, {"experiment_ids": "0"}, wrong("experiment_ids", '"0"', "str")),
        (m.SearchRunsRequest, {"max_results": "x"}, wrong("max_results", '"x"', "str")),
        (m.LogBatchRequest, {"run_id": "r", "metrics": [{"key": "a"}]}, missing("metrics[0].value")),
        (m.LogBatchRequest, {"run_id": "r", "params": [{"key": "a"}, {}]}, missing("params[1].key")),
        (m.LogBatchRequest, {"run_id": "r", "tags": [{"key": ""}]}, missing("tags[0].key")),
        (m.LogBatchRequest, {"run_id": "r", "tags": [{"key": 1}]}, wrong("tags[0].key", "1", "int")),
        (m.LogMetricRequest, {}, missing("run_id")),
        (m.LogMetricRequest, {"run_uuid": ""}, missing("run_id")),
        (m.LogMetricRequest, {"run_uuid": "r"}, missing("key")),
        (m.LogMetricRequest, {"run_id": "r", "key": None}, missing("key")),
    ],
)
def test_messages_name_the_field(cls: Any, given: dict[str, Any], message: str) -> None:
    """Errors come in field order, name the field by its path, and say the type that was given."""
    assert refusal(cls, body(**given)) == message


def test_a_huge_value_is_shown_in_part() -> None:
    """An error does not send a megabyte back."""
    message = refusal(m.CreateExperimentRequest, body(name=["x" * 10_000]))
    assert len(message) < 1300
    assert "...'" not in message
    assert "xxx... for parameter 'name'" in message


@pytest.mark.parametrize("depth", range(950, 1000, 2))
def test_a_deeply_nested_value_is_refused_like_any_other(depth: int) -> None:
    """No depth of nesting escapes as another exception, whether or not the parser takes it."""
    refusal(m.CreateExperimentRequest, b'{"name": ' + b"[" * depth + b"]" * depth + b"}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('"a\\u0000b"', "the character U+0000"),
        ('"\\ud800"', "half of a surrogate pair"),
        ('"\\udc00\\ud800"', "half of a surrogate pair"),
    ],
)
def test_text_that_no_database_holds(text: str, why: str) -> None:
    """U+0000 and lone surrogates are refused in a field at any depth."""
    flat = refusal(m.CreateExperimentRequest, f'{{"name": {text}}}'.encode())
    assert flat == f"Invalid value for parameter 'name' supplied: text may not hold {why}."
    deep = refusal(m.LogBatchRequest, f'{{"run_id": "r", "params": [{{"key": {text}}}]}}'.encode())
    assert "'params[0].key'" in deep


def test_a_whole_surrogate_pair_is_a_character() -> None:
    """Escaped pairs are how clients send characters beyond the first plane."""
    assert codec.decode_body(m.CreateExperimentRequest, b'{"name": "\\ud83d\\ude00"}').name == "\U0001f600"


@pytest.mark.parametrize(
    ("cls", "given", "expected"),
    [
        (m.LogMetricRequest, {"runId": "r", "key": "k", "value": 1, "timestamp": 1}, {"run_id": "r"}),
        (m.LogMetricRequest, {"run_uuid": "r", "key": "k", "value": 1, "timestamp": 1}, {"run_id": "r"}),
        (m.LogMetricRequest, {"runUuid": "r", "key": "k", "value": 1, "timestamp": 1}, {"run_id": "r"}),
        (m.SearchRunsRequest, {"experimentIds": ["1"], "orderBy": ["a"]}, {"experiment_ids": ["1"]}),
    ],
)
def test_other_spellings(cls: Any, given: dict[str, Any], expected: dict[str, Any]) -> None:
    """camelCase names, and run_uuid for run_id, mean the same fields."""
    message = codec.decode_body(cls, body(**given))
    assert {name: getattr(message, name) for name in expected} == expected


def test_other_spellings_at_depth() -> None:
    """camelCase is read inside lists and messages too."""
    given = body(
        runId="r", datasets=[{"dataset": {"name": "n", "digest": "d", "sourceType": "t", "source": "s"}}]
    )
    assert codec.decode_body(m.LogInputsRequest, given).datasets[0].dataset.source_type == "t"


@pytest.mark.parametrize("value", ["b", None])
def test_both_spellings_at_once(value: Any) -> None:
    """Giving a field twice is refused at any depth, with the names in question."""
    both = "Request specifies both '{}' and '{}'; provide only one of them."
    assert refusal(m.LogMetricRequest, body(run_id="a", runId=value)) == both.format("run_id", "runId")
    dataset = {"name": "n", "digest": "d", "sourceType": "t", "source_type": value}
    assert refusal(m.LogInputsRequest, body(run_id="r", datasets=[{"dataset": dataset}])) == both.format(
        "source_type", "sourceType"
    )


def test_path_variables_win() -> None:
    """A variable of the URL counts, whatever the body says and however it spells it."""
    for given in (b"", b'{"model_id": "x"}', b'{"modelId": "x"}', b'{"model_id": 3}', b"null"):
        message = codec.decode_body(m.DeleteLoggedModelTagRequest, given, {"model_id": "m", "tag_key": "k"})
        assert message == m.DeleteLoggedModelTagRequest(model_id="m", tag_key="k")
    assert "U+0000" in refusal(m.DeleteLoggedModelTagRequest, b"", model_id="m\0", tag_key="k")


@pytest.mark.parametrize(
    ("cls", "query", "message"),
    [
        (m.GetRunRequest, "run_id=a", m.GetRunRequest(run_id="a")),
        (m.GetRunRequest, "run_id=a&run_id=b", m.GetRunRequest(run_id="a")),
        (m.GetRunRequest, "run_uuid=a&run_id=", m.GetRunRequest(run_id="a", run_uuid="a")),
        (m.GetRunRequest, "run_id=%C3%A9+%2B&x=1", m.GetRunRequest(run_id="é +")),
        (m.GetRunRequest, "run_id=\xc3\xa9", m.GetRunRequest(run_id="é")),
        (m.GetRunRequest, "run_id=%FF", m.GetRunRequest(run_id="\ufffd")),
        (
            m.GetMetricHistoryBulkIntervalRequest,
            "run_ids=a&run_ids=b&metric_key=k&start_step=-1&end_step=5",
            m.GetMetricHistoryBulkIntervalRequest(
                run_ids=["a", "b"], metric_key="k", start_step=-1, end_step=5
            ),
        ),
    ],
)
def test_queries(cls: Any, query: str, message: Any) -> None:
    """GET fields are read by their snake_case names; lists by repeating the name."""
    assert codec.decode_query(cls, query) == message


@pytest.mark.parametrize(
    ("cls", "query", "message"),
    [
        (m.GetRunRequest, "", missing("run_id")),
        (m.GetRunRequest, "runId=a", missing("run_id")),
        (
            m.GetMetricHistoryRequest,
            "run_id=r&metric_key=k&max_results=x",
            wrong("max_results", '"x"', "str"),
        ),
    ],
)
def test_wrong_queries(cls: Any, query: str, message: str) -> None:
    """A query is checked as a body is."""
    with pytest.raises(MlflowError) as caught:
        codec.decode_query(cls, query)
    assert (caught.value.error_code, caught.value.message) == (INVALID_PARAMETER_VALUE, message)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("True", True), ("FALSE", False)])
def test_booleans_in_queries(text: str, value: bool) -> None:
    """A boolean in a query is true or false in any case."""
    message = codec.decode_query(m.GetLoggedModelRequest, f"model_id=m&allow_deleted={text}")
    assert message.allow_deleted is value


@pytest.mark.parametrize("text", ["1", "", "yes"])
def test_what_is_no_boolean_in_a_query(text: str) -> None:
    """Other words are refused with the protocol's own sentence."""
    with pytest.raises(MlflowError) as caught:
        codec.decode_query(m.GetLoggedModelRequest, f"model_id=m&allow_deleted={text}")
    assert caught.value.message == f"Invalid boolean value: {text}, must be 'true' or 'false'."


def test_special_doubles_in_responses() -> None:
    """NaN leaves as a string; fields that are unset do not leave at all."""
    metric = m.Metric(key="k", value=double(math.nan), timestamp=0)
    assert json.loads(codec.encode(metric)) == {"key": "k", "value": "NaN", "timestamp": 0}
    assert double(1.5) == 1.5
    assert double(0.0, is_nan=1) == "NaN"
