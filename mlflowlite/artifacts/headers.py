"""The HTTP side of artifacts as pure functions over header values (RFC 9110, 6266, 8187)."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from urllib.parse import quote

from mlflowlite.artifacts.base import ByteRange, Download

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ATTR_CHARS = "!#$&+-.^_`|~"
_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)", re.IGNORECASE)
_MAX_DIGITS = 18

# What people look at in a browser: shown as text whatever the table of media types says.
_TEXT_ENDINGS = frozenset(
    {"MLmodel", "MLproject", "cf", "cfg", "cnf", "conf", "csv", "err", "hocon", "ini", "ipynb", "js", "json"}
    | {"log", "md", "prop", "properties", "py", "py3", "rst", "toml", "tsv", "txt", "xml", "yaml", "yml"}
)
# The system's own table differs from one machine to the next; this one comes with Python.
_TYPES = mimetypes.MimeTypes()


def content_type(name: str) -> str:
    """The media type that the name of a file suggests."""
    ending = name.rpartition(".")[2]
    if ending in _TEXT_ENDINGS:
        return "text/plain"
    guessed, encoding = _TYPES.guess_type(name)
    return guessed if guessed and not encoding else "application/octet-stream"


def content_disposition(name: str) -> str:
    """`attachment` with the file's name, which may hold any character."""
    plain = re.sub(r"[\x00-\x1f\x7f]", "_", name)
    if plain.isascii():
        return f"attachment; filename={_quoted(plain)}"
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    fallback = ascii_only if ascii_only.strip(". ") else "download"
    exact = quote(plain, safe=_ATTR_CHARS, errors="replace")
    return f"attachment; filename={_quoted(fallback)}; filename*=UTF-8''{exact}"


def parse_range(header: str | None) -> ByteRange | None:
    """What `ArtifactStore.open` is to be asked for, given a `Range` header.

    None means the whole file: no header, one that makes no sense, or one with several ranges, all of
    which a server may ignore. Whether the range fits the file turns out on opening it.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if not match:
        return None
    first, last = match.groups()
    if not (first or last) or len(first) > _MAX_DIGITS or len(last) > _MAX_DIGITS:
        return None
    if not first:
        return (-int(last), None) if int(last) else (0, 0)  # no bytes: can't be satisfied
    if not last:
        return int(first), None
    return (int(first), int(last) + 1) if int(first) <= int(last) else None


def content_range(download: Download) -> str:
    """The `Content-Range` of a 206."""
    return f"bytes {download.start}-{download.stop - 1}/{download.total}"


def unsatisfied_range(total: int) -> str:
    """The `Content-Range` of a 416."""
    return f"bytes */{total}"


def etag_listed(header: str | None, etag: str | None) -> bool:
    """Whether `If-None-Match` names this etag, so that a 304 will do (weak comparison)."""
    if not header or not etag:
        return False
    listed = [candidate.strip().removeprefix("W/") for candidate in header.split(",")]
    return "*" in listed or etag.removeprefix("W/") in listed


def _quoted(text: str) -> str:
    if _TOKEN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
