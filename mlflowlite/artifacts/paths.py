"""The one place where the path of an artifact is judged: text from a client becomes an `ArtifactPath`.

An `ArtifactPath` can only hold a safe relative path, so a store that takes nothing else can join it to
its root without a second thought. Rules: `semantics.md` §7.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from mlflowlite.errors import MlflowError, invalid

MAX_BYTES = 4096
_MAX_TEXT = 4 * MAX_BYTES
_MAX_DECODINGS = 10

# Control characters, and `#`, which ends the path of a URL for every client.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f#]")
# Absolute on POSIX, absolute or rooted on Windows (`C:/x`, `\x`, `\\host\share`), or a file: URI.
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]|file:", re.IGNORECASE)
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True, order=True)
class ArtifactPath:
    """A relative path of plain names; the empty one is the root of a store and is false."""

    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        text = str(self)
        if any(part in ("", ".") or "/" in part for part in self.parts) or not _is_safe(text):
            raise _invalid_path()

    @classmethod
    def parse(cls, text: str) -> ArtifactPath:
        """The path a client means by `text`, or a 400.

        Percent-encoding is undone until nothing is left of it, and the decoded name is the one that is
        stored. Stock clients send `a%20b.txt` and `a b.txt` as one and the same URL and decode what
        they list, so only this makes uploads, lists and downloads of a name meet. A `%` that starts no
        escape stays (`100%.txt`). Empty segments and `.` vanish, as they do on a disk.
        """
        decoded = _decode(text)
        if not _is_safe(decoded):
            raise _invalid_path()
        return cls(tuple(part for part in decoded.split("/") if part not in ("", ".")))

    @classmethod
    def parse_file(cls, text: str) -> ArtifactPath:
        """Like `parse`, for a path that has to name a file: neither empty nor ending in a slash."""
        path = cls.parse(text)
        if path.is_root or _decode(text).endswith("/"):
            raise invalid("Artifact path must include a filename (cannot end with '/').")
        return path

    def __str__(self) -> str:
        return "/".join(self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __truediv__(self, other: ArtifactPath) -> ArtifactPath:
        return ArtifactPath(self.parts + other.parts)

    @property
    def is_root(self) -> bool:
        return not self.parts

    @property
    def name(self) -> str:
        """The last name; empty for the root."""
        return self.parts[-1] if self.parts else ""

    @property
    def parent(self) -> ArtifactPath:
        """The folder it lies in; the root is its own parent."""
        return ArtifactPath(self.parts[:-1])

    @property
    def ancestors(self) -> tuple[ArtifactPath, ...]:
        """All folders above it but the root, outermost first."""
        return tuple(ArtifactPath(self.parts[:depth]) for depth in range(1, len(self.parts)))


def is_addressable(name: str) -> bool:
    """Whether a name found in a store can be part of an `ArtifactPath`."""
    try:
        ArtifactPath((name,))
    except MlflowError:
        return False
    return True


def decode_fully(text: str) -> str | None:
    """`text` with percent-encoding undone until it is stable; None when that takes suspiciously long."""
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            return text
        text = decoded
    return None


def _decode(text: str) -> str:
    decoded = decode_fully(text) if len(text) <= _MAX_TEXT else None
    if decoded is None:
        raise _invalid_path()
    return decoded


def _is_safe(text: str) -> bool:
    return not (
        _FORBIDDEN.search(text) or _ABSOLUTE.match(text) or ".." in _SEPARATORS.split(text) or not _fits(text)
    )


def _fits(text: str) -> bool:
    try:
        return len(text.encode()) <= MAX_BYTES
    except UnicodeEncodeError:  # a lone surrogate
        return False


def _invalid_path() -> MlflowError:
    return invalid("Invalid path")


ROOT = ArtifactPath()
