"""What every artifact store can do, and the small types that go in and out of it.

Stores take `ArtifactPath`s only, raise the protocol's errors, and move bytes in bounded memory. They know
nothing of HTTP; `headers` holds the pure rules for that side.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Protocol, TypeAlias

from mlflowlite.artifacts import multipart
from mlflowlite.artifacts.multipart import Part, PartTicket, SignedUrl, Upload
from mlflowlite.artifacts.paths import ArtifactPath, is_addressable
from mlflowlite.errors import MlflowError, invalid, missing

CHUNK = 1024 * 1024

# Names that start like this are the store's own: neither listed nor served nor taken.
RESERVED = ".mlflowlite-tmp"

ByteRange: TypeAlias = tuple[int, int | None]
"""First byte and the one after the last, None for "to the end". A negative start with None counts from
the end, as in a slice: `(-500, None)` is the last 500 bytes."""


class Readable(Protocol):
    """A stream of bytes, such as the body of a request."""

    def read(self, size: int, /) -> bytes: ...


Source: TypeAlias = Iterable[bytes] | Readable


@dataclass(frozen=True)
class Entry:
    """A direct child of a folder. Folders have no size."""

    name: str
    is_dir: bool
    size: int | None = None


Entries: TypeAlias = list[Entry]


@dataclass(frozen=True)
class Stat:
    """What is known of a file without reading it. `etag` is quoted, ready for the header."""

    size: int
    etag: str | None
    last_modified: datetime


class RangeNotSatisfiable(Exception):
    """The wanted range lies outside the file (HTTP 416)."""

    def __init__(self, total: int) -> None:
        super().__init__(f"range outside a file of {total} bytes")
        self.total = total


class Download:
    """An open file, or the range `start:stop` of it: iterate it once for its chunks, then close it."""

    def __init__(
        self,
        stat: Stat,
        start: int,
        stop: int,
        chunks: Iterator[bytes],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.total = stat.size
        self.etag = stat.etag
        self.last_modified = stat.last_modified
        self.start = start
        self.stop = stop
        self._chunks = chunks
        self._close = close

    @property
    def size(self) -> int:
        """How many bytes the chunks add up to."""
        return self.stop - self.start

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        """Let go of the file; harmless when repeated."""
        self._close()

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class ArtifactStore(ABC):
    """Files under one root, addressed by `ArtifactPath`."""

    # What the store can do beyond the ordinary, as far as that is known without asking it.
    multipart_uploads = False
    presigned_downloads = False
    # Whether the URLs of parts lead to this server, instead of past it.
    part_urls_lead_here = False

    @abstractmethod
    def list(self, path: ArtifactPath) -> Entries:
        """The direct children of a folder by name; empty when it is missing or a file."""

    @abstractmethod
    def stat(self, path: ArtifactPath) -> Stat:
        """Size, etag and time of a file; 404 when missing, 400 when it is a folder."""

    @abstractmethod
    def open(self, path: ArtifactPath, byte_range: ByteRange | None = None) -> Download:
        """The bytes of a file or of a range of it; raises like `stat`, or `RangeNotSatisfiable`."""

    def put(self, path: ArtifactPath, source: Source, length: int | None = None) -> None:
        """Store a file, replacing the one that was there.

        It becomes visible whole or not at all: not when `source` raises, nor when it holds fewer or more
        bytes than `length` promised. A folder in its place, or a file in the place of one of its
        folders, is a 400 that is raised before anything is read.
        """
        if path.is_root:
            raise invalid("Artifact path must include a filename (cannot end with '/').")
        self._put(path, exactly(read_chunks(source), length), length)

    @abstractmethod
    def _put(self, path: ArtifactPath, chunks: Iterator[bytes], length: int | None) -> None:
        """`put` for a path that isn't the root, and for chunks that raise when the length is wrong."""

    def delete(self, path: ArtifactPath) -> None:
        """Remove a file or a folder with all it holds; fine when missing, refused for the root."""
        if path.is_root:
            raise invalid("The root of the artifact store can't be deleted.")
        self._delete(path)

    @abstractmethod
    def _delete(self, path: ArtifactPath) -> None:
        """`delete` for a path that isn't the root."""

    @abstractmethod
    def clear(self) -> None:
        """Remove everything under the root, for garbage collection of a run's or model's own store."""

    @abstractmethod
    def sub_store(self, path: ArtifactPath) -> ArtifactStore:
        """A store whose root is the folder `path` of this one, and that can't reach above it."""

    @abstractmethod
    def check(self) -> None:
        """Find out at start-up whether the store is usable; `StartupError` when it is not."""

    def sweep(self, most: int = 10_000) -> int:
        """Remove what broken uploads of long ago left behind, up to `most` things; returns how many."""
        return 0

    # -- uploads in parts, and signed URLs: a store that can't do it says so with a 501 ----------------

    def create_upload(self, path: ArtifactPath, num_parts: int, server_url: str) -> Upload:
        """Begin an upload in parts. `server_url` is where clients reach this server's endpoints."""
        raise multipart.no_multipart_upload()

    def put_part(
        self, path: ArtifactPath, ticket: PartTicket, source: Source, length: int | None = None
    ) -> str:
        """Store a part that was sent to this server; its etag. A 403 when the ticket is forged or old."""
        raise multipart.no_multipart_upload()

    def complete_upload(self, path: ArtifactPath, upload_id: str, parts: Iterable[Part]) -> None:
        """Make the file of its parts, in the order of their numbers; fine when repeated.

        A 404 when there is no such upload (any more), a 400 when a part is missing or is another one.
        """
        raise multipart.no_multipart_upload()

    def abort_upload(self, path: ArtifactPath, upload_id: str) -> None:
        """Throw the parts away; fine when they are gone already."""
        raise multipart.no_multipart_upload()

    def sign_download(self, path: ArtifactPath, seconds: int) -> SignedUrl:
        """A URL that reads a file past this server; whether the file is there is not looked at."""
        raise multipart.no_presigned_download()

    def sign_upload(self, path: ArtifactPath, seconds: int) -> SignedUrl:
        """A URL that writes a file past this server."""
        raise multipart.no_presigned_upload()


def read_chunks(source: Source) -> Iterator[bytes]:
    """The non-empty chunks of an iterable, or of a stream read piece by piece."""
    if isinstance(source, Iterable) and not hasattr(source, "read"):
        yield from filter(None, source)
        return
    while chunk := source.read(CHUNK):
        yield chunk


def exactly(chunks: Iterator[bytes], length: int | None) -> Iterator[bytes]:
    """Pass chunks on; a 400 when they don't add up to `length`, as when a client went away."""
    count = 0
    for chunk in chunks:
        count += len(chunk)
        if length is not None and count > length:
            raise invalid(f"The upload is longer than the announced {length} bytes.")
        yield chunk
    if length is not None and count < length:
        raise invalid(f"The upload ended early, after {count} of {length} bytes.")


def resolve_range(byte_range: ByteRange | None, total: int) -> tuple[int, int]:
    """The start and stop that a wanted range has in a file of `total` bytes."""
    if byte_range is None:
        return 0, total
    start, stop, _ = slice(*byte_range).indices(total)
    if start >= stop:
        raise RangeNotSatisfiable(total)
    return start, stop


def is_reserved(path: ArtifactPath) -> bool:
    # In any case: some file systems don't tell them apart.
    return any(part.lower().startswith(RESERVED) for part in path.parts)


def is_listed(name: str) -> bool:
    """Whether a name found in a store is shown to clients, being one they can ask for."""
    return not name.lower().startswith(RESERVED) and is_addressable(name)


def no_such_artifact(path: ArtifactPath) -> MlflowError:
    return missing(f"No such artifact: '{path}'")


def is_a_folder(path: ArtifactPath) -> MlflowError:
    return invalid(f"Artifact path refers to a directory, not a file: '{path}'")


def folder_is_a_file(path: ArtifactPath) -> MlflowError:
    return invalid(f"Artifact path '{path}' lies inside a path that is a file, not a directory.")


def reserved_name() -> MlflowError:
    return invalid(f"Artifact names starting with '{RESERVED}' are reserved.")


def too_long(path: ArtifactPath) -> MlflowError:
    return invalid(f"Artifact path is too long for the artifact store: '{path}'")
