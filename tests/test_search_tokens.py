"""Page tokens."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflowlite.errors import INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.search import decode_token, encode_token
from mlflowlite.search.tokens import SortValue, request_digest

KINDS = (int, float, str)


def refusal(token: str) -> str:
    """The message a token is refused with."""
    with pytest.raises(MlflowError) as caught:
        decode_token(token, "r", KINDS)
    assert caught.value.error_code == INVALID_PARAMETER_VALUE
    return caught.value.message


def forged(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@given(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
)
def test_values_come_back(number: int, real: float, text: str) -> None:
    """A token gives back exactly the values it was made of."""
    values: list[SortValue] = [number, real, text]
    assert decode_token(encode_token("r", values), "r", KINDS) == values


@pytest.mark.parametrize("token", [None, ""])
def test_first_page(token: str | None) -> None:
    """No token and the empty token both mean the first page."""
    assert decode_token(token, "r", KINDS) is None


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("!!", "Invalid page token, could not base64-decode"),
        ("e30", "Invalid page token, could not base64-decode"),
        ("é", "Invalid page token, could not base64-decode"),
        ("\ud800", "Invalid page token, could not base64-decode"),
        ("bm90anNvbg==", "Invalid page token, decoded value=b'notjson'"),
        ("/w==".replace("/", "_"), "Invalid page token, decoded value=b'\\xff'"),
        ("e30=", "Invalid page token, parsed value={}"),
        (forged({"offset": 100}), "Invalid page token, parsed value={'offset': 100}"),
        (forged([1]), "Invalid page token, parsed value=[1]"),
        (base64.b64encode(b"[" * 100_000).decode(), "Invalid page token, decoded value=b'[[["),
    ],
)
def test_malformed(token: str, message: str) -> None:
    """A token that is none is refused in the stock server's words."""
    assert refusal(token).startswith(message)


@pytest.mark.parametrize(
    "after",
    [
        [],
        [1, 1.0],
        [1, 1.0, "x", 1],
        ["1", 1.0, "x"],
        [True, 1.0, "x"],
        [1.5, 1.0, "x"],
        [2**63, 1.0, "x"],
        [1, float("nan"), "x"],
        [1, float("inf"), "x"],
        [1, 1.0, None],
        [1, 1.0, "a\0b"],
        [1, 1.0, "\ud800"],
        [1, [1.0], "x"],
        "x",
        None,
    ],
)
def test_wrong_values(after: object) -> None:
    """A token whose values no database could compare is refused."""
    assert refusal(forged({"request": "r", "after": after})).startswith("Invalid page token, parsed value=")


def test_other_request() -> None:
    """A token of another request is refused."""
    assert "belongs to another request" in refusal(encode_token("other", [1, 1.0, "x"]))
    assert "belongs to another request" in refusal(forged({"after": []}))


def test_digest_tells_requests_apart() -> None:
    """Each part of a request changes its digest."""
    assert request_digest("a", [1]) == request_digest("a", [1])
    assert request_digest("a", [1]) != request_digest("a", [1, 2]) != request_digest("b", [1, 2])


@given(st.text())
def test_garbage(token: str) -> None:
    """Whatever the token, the only exception is the one that clients see."""
    code = INVALID_PARAMETER_VALUE
    try:
        decode_token(token, "r", KINDS)
    except MlflowError as error:
        code = error.error_code
    assert code == INVALID_PARAMETER_VALUE
