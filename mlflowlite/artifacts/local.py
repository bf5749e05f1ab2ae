"""Artifacts in a folder of this machine, or of a file system shared by several.

A file is written under a temporary name and renamed into place, so readers see the old one or the new
one, whole. Nothing is fsynced: what was acknowledged survives the death of the server (`kill -9`) but
not for certain a power cut in the seconds after: fsync would cost small files most of their speed.

Symbolic links that stay inside the root are followed; others are refused, and hidden from lists.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat as st
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from io import FileIO
from itertools import islice

from mlflowlite.artifacts import signing
from mlflowlite.artifacts.base import (
    RESERVED,
    ArtifactStore,
    ByteRange,
    Download,
    Entries,
    Entry,
    Source,
    Stat,
    folder_is_a_file,
    is_a_folder,
    is_listed,
    is_reserved,
    no_such_artifact,
    read_chunks,
    reserved_name,
    resolve_range,
)
from mlflowlite.artifacts.disk import (
    NOT_THERE,
    is_within,
    move,
    plain_errors,
    read_chunks_of,
    refuse_long_names,
    remove,
    write_all,
)
from mlflowlite.artifacts.local_uploads import LocalUpload, stale_since
from mlflowlite.artifacts.multipart import Part, PartTicket, Upload
from mlflowlite.artifacts.paths import ROOT, ArtifactPath
from mlflowlite.errors import TEMPORARILY_UNAVAILABLE, MlflowError, StartupError, invalid

_STALE_SECONDS = 24 * 60 * 60
_SWEPT_AT_CREATE = 10
_PUBLISH_ATTEMPTS = 50
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LocalStore(ArtifactStore):
    """Files below the folder `root`, which appears with the first upload."""

    multipart_uploads = True
    part_urls_lead_here = True

    def __init__(self, root: str | os.PathLike[str], *, top: str | None = None) -> None:
        self.root = os.path.abspath(root)
        self._top = top or self.root  # of the store this one is a part of
        # For unfinished uploads and for trees on their way out. Being inside the root it is on the same
        # file system, so that renaming out of it is atomic.
        self._staging = os.path.join(self._top, RESERVED)

    def __repr__(self) -> str:
        return f"LocalStore({self.root!r})"

    def list(self, path: ArtifactPath) -> Entries:
        if is_reserved(path):
            return []
        with plain_errors(path):
            try:
                with os.scandir(self._resolve(path)) as children:
                    found = [self._entry(child) for child in children]
            except OSError as error:
                if error.errno in NOT_THERE:
                    return []
                raise
        return sorted((entry for entry in found if entry), key=lambda entry: entry.name)

    def stat(self, path: ArtifactPath) -> Stat:
        with self.open(path) as download:
            return Stat(download.total, download.etag, download.last_modified)

    def open(self, path: ArtifactPath, byte_range: ByteRange | None = None) -> Download:
        if is_reserved(path):
            raise no_such_artifact(path)
        with plain_errors(path):
            handle = os.open(self._resolve(path), _READ_FLAGS)
        try:
            info = os.fstat(handle)
            if st.S_ISDIR(info.st_mode):
                raise is_a_folder(path)
            if not st.S_ISREG(info.st_mode):
                raise no_such_artifact(path)
            start, stop = resolve_range(byte_range, info.st_size)
            file = FileIO(handle, "rb")
        except BaseException:
            os.close(handle)
            raise
        file.seek(start)
        etag = f'"{info.st_mtime_ns:x}-{info.st_size:x}-{info.st_ino:x}"'
        modified = datetime.fromtimestamp(info.st_mtime, tz=timezone.utc)
        chunks = read_chunks_of(file, stop - start)
        return Download(Stat(info.st_size, etag, modified), start, stop, chunks, file.close)

    def _put(self, path: ArtifactPath, chunks: Iterator[bytes], length: int | None) -> None:
        self._check_target(path)
        with plain_errors(path):
            temporary = self._temporary()
            file = FileIO(temporary, "xb")
        try:
            with file:
                for chunk in chunks:  # what reading raises is not for plain_errors
                    with plain_errors(path):
                        write_all(file, chunk)
            with plain_errors(path):
                self._publish(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def _delete(self, path: ArtifactPath) -> None:
        if is_reserved(path):
            return
        refuse_long_names(path)
        with plain_errors(path), suppress(FileNotFoundError, NotADirectoryError):
            target = os.path.join(self._resolve(path.parent), path.name)
            if st.S_ISDIR(os.lstat(target).st_mode):
                self._remove_tree(target)
            else:
                os.unlink(target)

    def clear(self) -> None:
        with plain_errors(ROOT), suppress(FileNotFoundError):
            remove(self._resolve(ROOT))

    def sub_store(self, path: ArtifactPath) -> LocalStore:
        if is_reserved(path):
            raise reserved_name()
        return LocalStore(os.path.join(self.root, *path.parts), top=self._top)

    def check(self) -> None:
        try:
            temporary = self._temporary()
            with open(temporary, "xb"):
                pass
            os.unlink(temporary)
        except OSError as error:
            raise StartupError(
                f"The artifacts folder '{self.root}' can't be written to: {error.strerror}."
            ) from error

    def sweep(self, most: int = 10_000) -> int:
        now = time.time()
        count = 0
        with suppress(FileNotFoundError), os.scandir(self._staging) as leftovers:
            for leftover in islice(leftovers, 10 * most):
                with suppress(FileNotFoundError):
                    modified = leftover.stat(follow_symlinks=False).st_mtime
                    if (stale_since(leftover.name) or modified + _STALE_SECONDS) < now:
                        remove(leftover.path)
                        count += 1
                if count >= most:
                    break
        return count

    def create_upload(self, path: ArtifactPath, num_parts: int, server_url: str) -> Upload:
        self._check_target(path)
        with plain_errors(path):
            self.sweep(_SWEPT_AT_CREATE)
            upload = LocalUpload.begin(self._staging, self._scope, path, num_parts)
            urls = signing.part_urls(self._top, path, upload.id, num_parts, upload.expires, server_url)
        return Upload(upload.id, urls)

    def put_part(
        self, path: ArtifactPath, ticket: PartTicket, source: Source, length: int | None = None
    ) -> str:
        with plain_errors(path):
            signing.check_part(self._top, path, ticket)
            upload = self._upload(path, ticket.upload_id)
            return upload.add(ticket.part_number, read_chunks(source), length)

    def complete_upload(self, path: ArtifactPath, upload_id: str, parts: Iterable[Part]) -> None:
        upload, parts = self._upload(path, upload_id), list(parts)
        if upload.is_done(parts):
            return
        try:
            self._join(upload, parts)
        except MlflowError:
            if not upload.is_done(parts):  # by another request at the same time
                raise

    def _join(self, upload: LocalUpload, parts: Iterable[Part]) -> None:
        """Make the file of an upload appear."""
        upload.check_is_on()
        self._check_target(upload.path)
        temporary = self._temporary()
        try:
            with plain_errors(upload.path), upload.present(), upload.locked():
                upload.join(parts, temporary)
                self._publish(temporary, upload.path)
                upload.finish(parts)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def abort_upload(self, path: ArtifactPath, upload_id: str) -> None:
        with plain_errors(path):
            self._upload(path, upload_id).abort()

    def _resolve(self, path: ArtifactPath) -> str:
        """Where `path` is after all symbolic links; a 400 when that is not inside the root."""
        refuse_long_names(path)
        root = os.path.realpath(self.root)
        target = os.path.realpath(os.path.join(root, *path.parts))
        if not (is_within(root, target) and is_within(os.path.realpath(self._top), root)):
            raise invalid("Invalid path: resolved path is outside the artifact directory")
        return target

    def _entry(self, child: os.DirEntry[str]) -> Entry | None:
        """How a child shows up in a list; None for what is not served."""
        if not is_listed(child.name):
            return None
        if child.is_symlink() and not is_within(os.path.realpath(self.root), os.path.realpath(child.path)):
            return None
        try:
            if child.is_dir():
                return Entry(child.name, is_dir=True)
            if child.is_file():
                return Entry(child.name, is_dir=False, size=child.stat().st_size)
        except OSError:  # it vanished meanwhile, or is a loop of links
            pass
        return None

    def _refuse_folder(self, path: ArtifactPath) -> None:
        """A 400 when a folder is in the way of the file, or a file in the way of its folders."""
        folder = self._resolve(path.parent)
        try:
            info = os.stat(os.path.join(folder, path.name))
        except FileNotFoundError:
            return
        except NotADirectoryError:
            raise folder_is_a_file(path) from None
        if st.S_ISDIR(info.st_mode):
            raise is_a_folder(path)

    def _check_target(self, path: ArtifactPath) -> None:
        """A 400 for what no upload may write to."""
        if is_reserved(path):
            raise reserved_name()
        refuse_long_names(path)
        with plain_errors(path):
            self._refuse_folder(path)

    @property
    def _scope(self) -> str:
        return os.path.relpath(self.root, self._top)

    def _upload(self, path: ArtifactPath, upload_id: str) -> LocalUpload:
        if is_reserved(path):
            raise reserved_name()
        return LocalUpload.parse(self._staging, self._scope, path, upload_id)

    def _temporary(self) -> str:
        """A free name in the staging folder, which is made when missing."""
        os.makedirs(self._staging, exist_ok=True)
        return os.path.join(self._staging, secrets.token_hex(16))

    def _publish(self, temporary: str, path: ArtifactPath) -> None:
        for _ in range(_PUBLISH_ATTEMPTS):
            folder = self._resolve(path.parent)
            try:
                os.makedirs(folder, exist_ok=True)
                move(temporary, os.path.join(folder, path.name))
                return
            except (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError):
                # Something is in the way for good, or the folder was deleted between the two steps.
                self._refuse_folder(path)
        raise MlflowError(
            TEMPORARILY_UNAVAILABLE, f"The folder of artifact '{path}' keeps being deleted meanwhile."
        )

    def _remove_tree(self, target: str) -> None:
        """Make a tree vanish at once, then take it apart."""
        doomed = self._temporary()
        try:
            os.rename(target, doomed)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EBUSY):  # other than a mount
                raise
            doomed = target
        remove(doomed)
