"""The HTTP headers of artifact transfers."""

from __future__ import annotations

from datetime import datetime, timezone
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflowlite.artifacts import headers
from mlflowlite.artifacts.base import Download, RangeNotSatisfiable, Stat, resolve_range


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("model.pkl", "attachment; filename=model.pkl"),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ('a"b\\c', 'attachment; filename="a\\"b\\\\c"'),
        ("é.txt", "attachment; filename=e.txt; filename*=UTF-8''%C3%A9.txt"),
        ("日本", "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
        ("日本.txt", "attachment; filename=.txt; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt"),
        ("é'(*).txt", "attachment; filename=\"e'(*).txt\"; filename*=UTF-8''%C3%A9%27%28%2A%29.txt"),
        ("a;b", 'attachment; filename="a;b"'),
        ("", 'attachment; filename=""'),
    ],
)
def test_content_disposition(name: str, header: str) -> None:
    """A name is a token, a quoted string, or for other scripts an RFC 8187 value beside a fallback."""
    assert headers.content_disposition(name) == header


@given(st.text(max_size=20))
def test_content_disposition_is_one_ascii_line(name: str) -> None:
    """No name can end the header or need another encoding, and non-ASCII names survive."""
    header = headers.content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    if "filename*=" in header and name.isprintable():
        assert unquote(header.split("''", 1)[1]) == name


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain"),
        ("MLmodel", "text/plain"),
        ("conda.yaml", "text/plain"),
        ("a.json", "text/plain"),
        ("plot.png", "image/png"),
        ("page.html", "text/html"),
        ("model.pkl", "application/octet-stream"),
        ("x.tar.gz", "application/octet-stream"),
        ("README", "application/octet-stream"),
    ],
)
def test_content_type(name: str, media_type: str) -> None:
    """The type follows the ending, the same on every machine."""
    assert headers.content_type(name) == media_type


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-9", (5, 10)),
        ("bytes=5-", (5, None)),
        ("bytes=-5", (-5, None)),
        ("bytes=-0", (0, 0)),
        ("Bytes = 1 - 2", (1, 3)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=9-5", None),
        ("bytes=a-b", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_range_header(header: str | None, wanted: tuple[int, int | None] | None) -> None:
    """One sensible range is taken; for all else the whole file is the answer."""
    assert headers.parse_range(header) == wanted


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (None, (0, 10)),
        ((0, 1), (0, 1)),
        ((5, None), (5, 10)),
        ((5, 100), (5, 10)),
        ((-3, None), (7, 10)),
        ((-30, None), (0, 10)),
    ],
)
def test_range_is_cut_to_the_file(wanted: tuple[int, int | None] | None, got: tuple[int, int]) -> None:
    """A range that reaches beyond the file ends with it."""
    assert resolve_range(wanted, 10) == got


@pytest.mark.parametrize("wanted", [(10, None), (10, 11), (99, None), (0, 0)])
def test_range_outside_the_file(wanted: tuple[int, int | None]) -> None:
    """A range without a byte in the file can't be satisfied, and the error knows the size."""
    with pytest.raises(RangeNotSatisfiable) as caught:
        resolve_range(wanted, 10)
    assert headers.unsatisfied_range(caught.value.total) == "bytes */10"


def test_content_range() -> None:
    """The 206 header names the first and the last byte."""
    stat = Stat(10, '"x"', datetime.now(timezone.utc))
    assert headers.content_range(Download(stat, 2, 5, iter([b"abc"]))) == "bytes 2-4/10"


@pytest.mark.parametrize(
    ("header", "listed"),
    [
        ('"x"', True),
        ('W/"x"', True),
        ('"a", "x"', True),
        ("*", True),
        ('"y"', False),
        ("", False),
        (None, False),
    ],
)
def test_if_none_match(header: str, listed: bool) -> None:
    """An etag counts as known when it is in the list, weak or not."""
    assert headers.etag_listed(header, '"x"') is listed
    assert not headers.etag_listed(header, None)
    assert not headers.etag_listed(None, '"x"')
