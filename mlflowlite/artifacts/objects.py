"""Artifacts in an object store: S3 and what speaks its protocol, GCS, Azure Blob, through obstore.

Keys are `<prefix>/<artifact path>`, unescaped, as the stock server's own stores lay them out. Folders
exist only as beginnings of keys.

obstore moves bytes in threads of its own, which a fork leaves behind: used before a fork, it would hang
forever in the child. So nothing touches it before the first request of a process, `check` does its work
in a process of its own, and a use on the wrong side of a fork fails instead.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError

from mlflowlite.artifacts.base import (
    CHUNK,
    RESERVED,
    ArtifactStore,
    ByteRange,
    Download,
    Entries,
    Entry,
    Stat,
    folder_is_a_file,
    is_a_folder,
    is_listed,
    is_reserved,
    no_such_artifact,
    reserved_name,
    resolve_range,
    too_long,
)
from mlflowlite.artifacts.clouds import Bucket, connect
from mlflowlite.artifacts.headers import content_type
from mlflowlite.artifacts.multipart import Part, SignedUrl, Upload
from mlflowlite.artifacts.object_errors import translated
from mlflowlite.artifacts.object_transfers import Transfers
from mlflowlite.artifacts.paths import ROOT, ArtifactPath
from mlflowlite.errors import MlflowError, StartupError, invalid

log = logging.getLogger(__name__)

# A multipart upload holds PART * _PARTS_AT_ONCE bytes in memory and can have 10,000 parts.
_PART = 8 * 1024 * 1024
_PARTS_AT_ONCE = 4
_MOST_PARTS = 9_000
_UNKNOWN_LENGTH_PART = 2 * _PART
_MAX_KEY_BYTES = 1024
_MOST_KNOWN_FOLDERS = 10_000
_CHECK_SECONDS = 60

_process: int | None = None  # the one that obstore's threads run in


class ObjectStore(ArtifactStore):
    """Files below `<scheme>://<bucket>/<prefix>`; see `clouds` for the settings that apply."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        folders = [part for part in parts.path.split("/") if part]
        if any(part in (".", "..") for part in folders):
            raise invalid(f"Artifacts can't be stored at '{uri}': '.' and '..' mean nothing there.")
        self._address = f"{parts.scheme}://{parts.netloc}"
        self._prefix = "/".join(folders)
        self._bucket: Bucket = connect(parts.scheme, parts.netloc)
        self._transfers = Transfers(self._bucket)
        self.multipart_uploads = self.presigned_downloads = self._transfers.are_certain

    def __repr__(self) -> str:
        return f"ObjectStore({self._address}/{self._prefix!r})"

    def list(self, path: ArtifactPath) -> Entries:
        if is_reserved(path):
            return []
        key = self._key(path)
        with self._plain_errors(path):
            found = obstore.list_with_delimiter(self._bucket.client, key or None)
        folders = {prefix.rpartition("/")[2] for prefix in found["common_prefixes"]}
        entries = [Entry(name, is_dir=True) for name in folders]
        for item in found["objects"]:
            name = item["path"].rpartition("/")[2]
            # A key that ends in a slash marks a folder; it comes without the slash.
            if item["path"] != key and name not in folders:
                entries.append(Entry(name, is_dir=False, size=item["size"]))
        return sorted((e for e in entries if is_listed(e.name)), key=lambda entry: entry.name)

    def stat(self, path: ArtifactPath) -> Stat:
        key = self._file_key(path)
        with self._plain_errors(path):
            try:
                meta = obstore.head(self._bucket.client, key)
            except FileNotFoundError:
                raise self._missing(path) from None
        return _stat(meta)

    def open(self, path: ArtifactPath, byte_range: ByteRange | None = None) -> Download:
        key = self._file_key(path)
        options: obstore.GetOptions = {}
        if byte_range is not None:  # not every cloud can count from the end, or says what is wrong
            options["range"] = resolve_range(byte_range, self.stat(path).size)
        with self._plain_errors(path):
            try:
                result = obstore.get(self._bucket.client, key, options=options)
            except FileNotFoundError:
                raise self._missing(path) from None
            meta, (start, stop) = result.meta, result.range
        chunks = self._read(path, result)
        return Download(_stat(meta), start, stop, chunks, chunks.close)

    def _read(self, path: ArtifactPath, result: obstore.GetResult) -> Generator[bytes, None, None]:
        with self._plain_errors(path):
            for chunk in result.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    def _put(self, path: ArtifactPath, chunks: Iterator[bytes], length: int | None) -> None:
        key = self._new_key(path)
        part = _UNKNOWN_LENGTH_PART if length is None else max(_PART, length // _MOST_PARTS + 1)
        # What reading the upload raises arrives here as it was raised, and the upload is given up.
        head = _take(chunks, part)
        attributes: obstore.Attributes = {"Content-Type": content_type(path.name)}
        with self._plain_errors(path):
            if len(head) < part:
                obstore.put(self._bucket.client, key, head, attributes=attributes, use_multipart=False)
            else:
                obstore.put(
                    self._bucket.client,
                    key,
                    chain([head], chunks),
                    attributes=attributes,
                    use_multipart=True,
                    chunk_size=part,
                    max_concurrency=_PARTS_AT_ONCE,
                )

    def _delete(self, path: ArtifactPath) -> None:
        if is_reserved(path):
            return
        with self._plain_errors(path):
            with suppress(FileNotFoundError):
                obstore.delete(self._bucket.client, self._key(path))
            self._delete_below(self._key(path))

    def clear(self) -> None:
        if not self._prefix:
            raise invalid("A whole bucket can't be cleared.")
        with self._plain_errors(ROOT):
            self._delete_below(self._prefix)

    def sub_store(self, path: ArtifactPath) -> ObjectStore:
        if is_reserved(path):
            raise reserved_name()
        return ObjectStore(f"{self._address}/{self._key(path)}")

    def check(self) -> None:
        """Write and remove a small file, and sweep, in another process (see the top of this module)."""
        command = [sys.executable, "-m", "mlflowlite.artifacts.objects", f"{self._address}/{self._prefix}"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            done = subprocess.run(  # noqa: S603  # this very module
                command, env=environment, capture_output=True, text=True, timeout=_CHECK_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise self._unusable(f"no answer within {_CHECK_SECONDS} seconds.") from None
        if done.returncode:
            raise self._unusable((done.stderr.strip().splitlines() or ["unknown reason."])[-1])

    def probe(self) -> None:
        """What `check` does, in this process."""
        key = self._key(ArtifactPath((f"{RESERVED}-check",)))
        with self._plain_errors(ROOT):
            obstore.list_with_delimiter(self._bucket.client, key)
            obstore.put(self._bucket.client, key, b"", use_multipart=False)
            with suppress(BaseError):  # writing without deleting is a way to run a server
                obstore.delete(self._bucket.client, key)
            self._transfers.sweep(self._prefix)

    def create_upload(self, path: ArtifactPath, num_parts: int, server_url: str) -> Upload:
        uploads, key = self._transfers.uploads, self._new_key(path)
        with self._plain_errors(path):
            self._transfers.sweep(self._prefix)
            return uploads.create(key, path, num_parts)

    def complete_upload(self, path: ArtifactPath, upload_id: str, parts: Iterable[Part]) -> None:
        uploads, key = self._transfers.uploads, self._new_key(path)
        with self._plain_errors(path):
            uploads.complete(key, path, upload_id, parts)

    def abort_upload(self, path: ArtifactPath, upload_id: str) -> None:
        uploads, key = self._transfers.uploads, self._file_key(path)
        with self._plain_errors(path):
            uploads.abort(key, path, upload_id)

    def sign_download(self, path: ArtifactPath, seconds: int) -> SignedUrl:
        key = self._file_key(path)
        with self._plain_errors(path):
            return self._transfers.sign_download(key, seconds)

    def sign_upload(self, path: ArtifactPath, seconds: int) -> SignedUrl:
        key = self._new_key(path)
        with self._plain_errors(path):
            return self._transfers.sign_upload(key, seconds)

    def _unusable(self, reason: str) -> StartupError:
        return StartupError(f"The artifact store {self._address}/{self._prefix} can't be used: {reason}")

    def _key(self, path: ArtifactPath) -> str:
        return "/".join(filter(None, (self._prefix, str(path))))

    def _file_key(self, path: ArtifactPath) -> str:
        if is_reserved(path):
            raise no_such_artifact(path)
        if path.is_root:
            raise is_a_folder(path)
        return self._key(path)

    def _new_key(self, path: ArtifactPath) -> str:
        """The key to write a file to; a 400 for what no upload may write to."""
        if is_reserved(path):
            raise reserved_name()
        key = self._key(path)
        if len(key.encode()) > _MAX_KEY_BYTES:
            raise too_long(path)
        if any(character in key for character in self._bucket.unfit):
            raise invalid(
                f"Artifact path '{path}' can't have a '{self._bucket.unfit}' in this artifact store."
            )
        self._refuse_folder(path)
        return key

    def _missing(self, path: ArtifactPath) -> MlflowError:
        return is_a_folder(path) if self._is_folder(self._key(path)) else no_such_artifact(path)

    def _is_folder(self, key: str) -> bool:
        return any(obstore.list(self._bucket.client, key, chunk_size=1))

    def _refuse_folder(self, path: ArtifactPath) -> None:
        """A 400 for what no file system could hold, so that a store can be copied to a disk.

        Costs one request, and one more for each folder that is new to this process.
        """
        known = self._bucket.folders
        with self._plain_errors(path):
            if self._is_folder(self._key(path)):
                raise is_a_folder(path)
            for folder in path.ancestors:
                key = self._key(folder)
                if key in known:
                    continue
                with suppress(FileNotFoundError):
                    obstore.head(self._bucket.client, key)
                    raise folder_is_a_file(path)
                if len(known) >= _MOST_KNOWN_FOLDERS:
                    known.clear()
                known.add(key)

    def _delete_below(self, folder: str) -> None:
        for batch in obstore.list(self._bucket.client, folder, chunk_size=1000):
            with suppress(FileNotFoundError):
                obstore.delete(self._bucket.client, [item["path"] for item in batch])

    @contextmanager
    def _plain_errors(self, path: ArtifactPath) -> Iterator[None]:
        """Turn obstore's errors into the protocol's. The details go to the log, not to clients."""
        _claim_process()
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            log.warning("artifact store %s, artifact '%s': %s", self._address, path, error)
            raise translated(error, self._bucket.name) from error


def _claim_process() -> None:
    global _process
    if _process is None:
        _process = os.getpid()
    elif _process != os.getpid():
        raise RuntimeError("The object store was used before the server forked; it would hang now.")


def _stat(meta: obstore.ObjectMeta) -> Stat:
    return Stat(meta["size"], meta["e_tag"], meta["last_modified"])


def _take(chunks: Iterator[bytes], size: int) -> bytes:
    """The chunks that make up the first `size` bytes; fewer bytes only when there are no more."""
    taken = bytearray()
    while len(taken) < size and (chunk := next(chunks, None)) is not None:
        taken += chunk
    return bytes(taken)


def _main(uri: str) -> None:
    try:
        ObjectStore(uri).probe()
    except (MlflowError, StartupError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main(sys.argv[1])
