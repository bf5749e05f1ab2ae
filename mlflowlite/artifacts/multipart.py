"""Uploads in parts and signed URLs: the types, limits and checks that all stores share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.errors import NOT_IMPLEMENTED, PERMISSION_DENIED, MlflowError, invalid, missing

# S3's limits, kept by every store, so that a client meets one rule.
MAX_PARTS: Final = 10_000
MAX_PART_BYTES: Final = 5 * 2**30
# How long an upload may take, and how long the URLs of its parts are good.
UPLOAD_SECONDS: Final = 24 * 60 * 60
# The longest that the clouds let a signed URL live: seven days.
MAX_URL_SECONDS: Final = 604_800

_MAX_ETAG_CHARS = 200
_MOST_NAMED = 5


@dataclass(frozen=True)
class SignedUrl:
    """A URL that lets who holds it do one thing, and the headers that have to go with it."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """An upload that has begun; `part_urls` holds the URL of part 1 first."""

    id: str
    part_urls: list[SignedUrl]


@dataclass(frozen=True)
class Part:
    """A part that a client says has arrived. `etag` is without quotes; empty when none was given."""

    number: int
    etag: str

    @classmethod
    def of(cls, number: int | None, etag: str | None) -> Part:
        """A part as a client names it; a 400 for a number or an etag that no part can have."""
        if number is None or not 1 <= number <= MAX_PARTS:
            raise invalid(f"'part_number' must be between 1 and {MAX_PARTS}, got {number}.")
        plain = (etag or "").removeprefix("W/").strip('"')
        if len(plain) > _MAX_ETAG_CHARS or any(not "!" <= character <= "~" for character in plain):
            raise invalid(f"'etag' of part {number} is no etag of a part.")
        return cls(number, plain)


@dataclass(frozen=True)
class PartTicket:
    """What the URL of a part says: which part it is for, until when (Unix seconds), and its signature."""

    upload_id: str
    part_number: int
    expires: int
    signature: str


def check_num_parts(num_parts: int | None) -> int:
    """The number of parts a client asks URLs for; a 400 when no upload can have so many, or none."""
    if num_parts is None or not 1 <= num_parts <= MAX_PARTS:
        raise invalid(
            f"'num_parts' must be between 1 and {MAX_PARTS}, got {num_parts}. Clients cut a file into parts "
            "of MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE bytes; raise that for a file this large."
        )
    return num_parts


def in_order(parts: Iterable[Part], num_parts: int, *, etags: bool = True) -> list[Part]:
    """The parts of a complete upload by number; a 400 when one is missing, repeated, or has no etag."""
    by_number: dict[int, Part] = {}
    for part in parts:
        if part.number > num_parts:
            raise invalid(f"'parts' names part {part.number}, but the upload has {num_parts} parts.")
        if part.number in by_number:
            raise invalid(f"'parts' names part {part.number} twice.")
        if etags and not part.etag:
            raise invalid(f"'etag' of part {part.number} is missing.")
        by_number[part.number] = part
    absent = [number for number in range(1, num_parts + 1) if number not in by_number]
    if absent:
        named = ", ".join(map(str, absent[:_MOST_NAMED])) + (", ..." if absent[_MOST_NAMED:] else "")
        raise invalid(f"'parts' lacks {len(absent)} of the upload's {num_parts} parts: {named}.")
    return [by_number[number] for number in sorted(by_number)]


def check_seconds(seconds: int) -> int:
    """How long a signed URL is to be good; a 400 for a time that the clouds refuse."""
    if not 1 <= seconds <= MAX_URL_SECONDS:
        raise invalid(f"expiration must be between 1 and {MAX_URL_SECONDS} seconds (got {seconds}).")
    return seconds


def no_such_upload(path: ArtifactPath) -> MlflowError:
    return missing(
        f"There is no such multipart upload of artifact '{path}': it was completed or aborted, is older than "
        f"{UPLOAD_SECONDS // 3600} hours, or never was."
    )


def wrong_part(path: ArtifactPath, number: int) -> MlflowError:
    return invalid(f"Part {number} of artifact '{path}' was not uploaded, or its etag is another one.")


def url_refused(reason: str) -> MlflowError:
    return MlflowError(PERMISSION_DENIED, f"The URL of the part {reason}.")


# Clients know the first two texts and go on with a plain PUT or GET (`wire.md` §5.5).


def no_multipart_upload() -> MlflowError:
    return _unsupported("Multipart upload")


def no_multipart_download() -> MlflowError:
    return _unsupported("Multipart download")


def no_presigned_upload() -> MlflowError:
    return _unsupported("Presigned upload")


def no_presigned_download() -> MlflowError:
    return _unsupported("Presigned download")


def _unsupported(what: str) -> MlflowError:
    return MlflowError(NOT_IMPLEMENTED, f"{what} is not supported for the current artifact repository")
