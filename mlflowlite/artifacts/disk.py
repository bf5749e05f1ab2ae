"""What a store on a disk asks of the operating system, and what its errors mean to clients."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO

from mlflowlite.artifacts.base import CHUNK, RESERVED, no_such_artifact, too_long
from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.errors import INTERNAL_ERROR, PERMISSION_DENIED, MlflowError

NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)
_MAX_NAME_BYTES = 255  # on every common file system
_REMOVE_ATTEMPTS = 10
_COPY_AT_ONCE = 2**30
_NO_COPY_FILE_RANGE = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF)


def refuse_long_names(path: ArtifactPath) -> None:
    """A 400 for what would be no name to any disk, before a folder is made for it."""
    if any(len(part.encode()) > _MAX_NAME_BYTES for part in path.parts):
        raise too_long(path)


def is_within(root: str, target: str) -> bool:
    """Whether one resolved path is another one, or below it."""
    return target == root or target.startswith(root.rstrip("/") + "/")


def read_chunks_of(file: FileIO, left: int) -> Iterator[bytes]:
    """The next `left` bytes, piece by piece."""
    while left:
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            raise OSError("the file shrank while it was read")
        left -= len(chunk)
        yield chunk


def write_all(file: FileIO, chunk: bytes) -> None:
    """Write a chunk whole, which an unbuffered file doesn't promise."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def append(source: FileIO, target: FileIO) -> None:
    """Write the rest of one file to the end of another.

    In the kernel where that can be: XFS, Btrfs and NFS then share or copy blocks without moving them
    through this machine's memory, and others copy from page to page.
    """
    left = os.fstat(source.fileno()).st_size - source.tell()
    while left and hasattr(os, "copy_file_range"):
        try:
            copied = os.copy_file_range(source.fileno(), target.fileno(), min(left, _COPY_AT_ONCE))
        except OSError as error:
            if error.errno not in _NO_COPY_FILE_RANGE:
                raise
            break
        if not copied:  # some file systems say so instead of failing
            break
        left -= copied
    for chunk in read_chunks_of(source, left):
        write_all(target, chunk)


def move(source: str, target: str) -> None:
    """Rename, also onto another file system, as when a folder inside the root is a mount."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = os.path.join(os.path.dirname(target), f"{RESERVED}-{os.path.basename(source)}")
        try:
            shutil.copyfile(source, beside)
            os.replace(beside, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
        os.unlink(source)


def remove(path: str) -> None:
    """Remove a file or a tree, also one into which an upload of the same moment still falls."""
    if not os.path.isdir(path) or os.path.islink(path):
        os.unlink(path)
        return
    for attempts_left in reversed(range(_REMOVE_ATTEMPTS)):
        try:
            shutil.rmtree(path)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.ENOENT) or not attempts_left:
                raise
        if not os.path.lexists(path):
            return


@contextmanager
def plain_errors(path: ArtifactPath) -> Iterator[None]:
    """Turn what the operating system says into the protocol's errors, without paths of this machine."""
    try:
        yield
    except OSError as error:
        if error.errno in NOT_THERE:
            raise no_such_artifact(path) from error
        if error.errno == errno.ENAMETOOLONG:
            raise too_long(path) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise MlflowError(
                PERMISSION_DENIED, f"The server has no permission for artifact '{path}'."
            ) from error
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise MlflowError(INTERNAL_ERROR, "The artifact store is full.") from error
        raise
