"""Uploads in parts on a disk: one folder per upload among the store's temporary files, one file per part.

How many parts there will be is known from the start, their sizes are not: clients never tell. So each
part is a file of its own, complete or absent, whatever the order, the repeats and the breaks; the file is
joined from them at the end, by the kernel (`disk.append`), which takes a second for a GiB, or none on a
file system that shares blocks.

A name says it all, and no process remembers anything: the folder of an upload is named by its id (which
holds the number of parts and the time it began) and a digest of its path, the file of a part by its
number and its etag, which is the MD5 of its bytes as in S3. So two attempts at one part don't meet, and
an upload can't be taken to another path. A completed upload leaves an empty folder, named by what was
completed, until the sweep: by that a repeated request is known.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO

from mlflowlite.artifacts.base import exactly
from mlflowlite.artifacts.disk import append, remove, write_all
from mlflowlite.artifacts.multipart import (
    MAX_PART_BYTES,
    UPLOAD_SECONDS,
    Part,
    in_order,
    no_such_upload,
    wrong_part,
)
from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.errors import TEMPORARILY_UNAVAILABLE, MlflowError, invalid

# What is swept is past its time by this much: a file that is being joined then is not disturbed.
_GRACE_SECONDS = 60 * 60
_ID = re.compile(r"([1-9][0-9]{0,4})-([0-9]{10,12})-[0-9a-f]{32}")
_LEFTOVER = re.compile(r"(?:upload|done)-[0-9]+-([0-9]{10,12})-")


@dataclass(frozen=True)
class LocalUpload:
    """One upload: its folder while it goes on, and the path it is for."""

    staging: str
    path: ArtifactPath
    id: str
    scope: str  # tells apart equal paths below different roots of one staging folder

    @classmethod
    def begin(cls, staging: str, scope: str, path: ArtifactPath, num_parts: int) -> LocalUpload:
        """A new upload, with its folder."""
        upload = cls(staging, path, f"{num_parts}-{int(time.time()):010d}-{secrets.token_hex(16)}", scope)
        os.makedirs(upload.folder)
        return upload

    @classmethod
    def parse(cls, staging: str, scope: str, path: ArtifactPath, upload_id: str) -> LocalUpload:
        """The upload of that id, which may be gone; a 404 for an id that this server never gave."""
        match = _ID.fullmatch(upload_id)
        if not match:
            raise no_such_upload(path)
        return cls(staging, path, upload_id, scope)

    @property
    def num_parts(self) -> int:
        return int(self.id.split("-")[0])

    @property
    def expires(self) -> int:
        """Unix seconds."""
        return int(self.id.split("-")[1]) + UPLOAD_SECONDS

    @property
    def folder(self) -> str:
        return os.path.join(self.staging, f"upload-{self._name}")

    @property
    def _name(self) -> str:
        target = f"{self.scope}\n{self.path}"
        return f"{self.id}-{hashlib.sha256(target.encode()).hexdigest()[:32]}"

    def check_is_on(self) -> None:
        """Raises a 404 when the upload is over, expired, or another path's."""
        if self.expires < time.time() or not os.path.isdir(self.folder):
            raise no_such_upload(self.path)

    def add(self, number: int, chunks: Iterator[bytes], length: int | None) -> str:
        """Store a part; its etag. It is there whole or not at all."""
        self.check_is_on()
        if number > self.num_parts:
            raise invalid(f"The upload has {self.num_parts} parts, there is no part {number}.")
        _check_size(number, length or 0)
        digest = hashlib.md5(usedforsecurity=False)
        temporary = os.path.join(self.folder, f"new-{secrets.token_hex(8)}")
        try:
            with self.present(), FileIO(temporary, "xb") as file:
                for chunk in exactly(chunks, length):
                    _check_size(number, file.tell() + len(chunk))
                    digest.update(chunk)
                    write_all(file, chunk)
            with self.present():
                os.rename(temporary, self._part(Part(number, digest.hexdigest())))
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        return digest.hexdigest()

    def is_done(self, parts: Iterable[Part]) -> bool:
        """Whether these parts were completed before."""
        return os.path.isdir(self._done(in_order(parts, self.num_parts)))

    def join(self, parts: Iterable[Part], target: str) -> None:
        """Write the parts one after the other to a new file."""
        files = [self._checked(part) for part in in_order(parts, self.num_parts)]
        with FileIO(target, "xb") as whole:
            for file in files:
                with self.present(), FileIO(file, "rb") as part:
                    append(part, whole)

    def finish(self, parts: Iterable[Part]) -> None:
        """Remember that these parts were completed, and let go of them."""
        done = self._done(in_order(parts, self.num_parts))
        os.rename(self.folder, done)
        for name in os.listdir(done):
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(done, name))

    def abort(self) -> None:
        """Make the upload vanish at once, then remove its parts; fine when it is gone."""
        doomed = os.path.join(self.staging, secrets.token_hex(16))
        with suppress(FileNotFoundError):
            with self.locked():
                os.rename(self.folder, doomed)
            remove(doomed)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one, on any host, to complete or abort; a 503 when another is at it.

        The lock goes with the process that holds it. Where the file system has no locks two requests may
        join the same parts at once, which costs time and nothing else.
        """
        handle = os.open(os.path.join(self.folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MlflowError(
                    TEMPORARILY_UNAVAILABLE, f"The parts of artifact '{self.path}' are being joined."
                ) from None
            except OSError:  # no locks here, see above
                pass
            yield
        finally:
            os.close(handle)

    @contextmanager
    def present(self) -> Iterator[None]:
        """The upload may end at any moment: then it is the upload that is missing."""
        try:
            yield
        except FileNotFoundError:
            raise no_such_upload(self.path) from None

    def _checked(self, part: Part) -> str:
        file = self._part(part)
        if not re.fullmatch(r"[0-9a-f]{32}", part.etag) or not os.path.isfile(file):
            raise wrong_part(self.path, part.number)
        return file

    def _part(self, part: Part) -> str:
        return os.path.join(self.folder, f"part-{part.number}-{part.etag}")

    def _done(self, parts: list[Part]) -> str:
        listed = "\n".join(f"{part.number} {part.etag}" for part in parts)
        return os.path.join(
            self.staging, f"done-{self._name}-{hashlib.sha256(listed.encode()).hexdigest()[:32]}"
        )


def stale_since(name: str) -> int | None:
    """From when on (Unix seconds) a folder of an upload may be swept; None for other names."""
    match = _LEFTOVER.match(name)
    return int(match[1]) + UPLOAD_SECONDS + _GRACE_SECONDS if match else None


def _check_size(number: int, size: int) -> None:
    if size > MAX_PART_BYTES:
        raise invalid(f"Part {number} is larger than the limit of {MAX_PART_BYTES} bytes.")
