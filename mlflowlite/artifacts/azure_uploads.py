"""Uploads in parts on Azure Blob Storage: parts are blocks, which clients send straight to the container.

The signature of a URL (SAS) does not cover what is asked of the blob, so the URL signed for
writing it serves for its blocks too. Azure knows no uploads, only blocks of a blob that wait to be
listed: the names of the blocks hold the id of the upload, so that two uploads don't mix. It needs no
etags, forgets blocks after a week, and lists them again when asked twice.
"""

from __future__ import annotations

import base64
import logging
import re
import secrets
from collections.abc import Iterable
from urllib.parse import quote

from obstore.exceptions import BaseError
from obstore.store import AzureStore

from mlflowlite.artifacts import azure_sas
from mlflowlite.artifacts.headers import content_type
from mlflowlite.artifacts.multipart import (
    UPLOAD_SECONDS,
    Part,
    SignedUrl,
    Upload,
    in_order,
    no_multipart_upload,
    no_such_upload,
)
from mlflowlite.artifacts.object_errors import code_in, explained, unreachable
from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.errors import invalid

log = logging.getLogger(__name__)

_TIMEOUTS = (5, 120)
_OWN_REQUEST_SECONDS = 900
_ID = re.compile(r"([1-9][0-9]{0,4})-([0-9a-f]{27})")


class AzureUploads:
    """Uploads in parts to one container. Keys are whole names of blobs."""

    def __init__(self, container: str, client: AzureStore) -> None:
        self._container = container
        self._client = client

    def create(self, key: str, path: ArtifactPath, num_parts: int) -> Upload:
        """Begin an upload, which is no more than a name."""
        name = secrets.token_hex(14)[:27]
        url = self._sign(key, UPLOAD_SECONDS)
        blocks = (quote(_block(name, number), safe="") for number in range(1, num_parts + 1))
        urls = [SignedUrl(f"{url}&comp=block&blockid={block}") for block in blocks]
        return Upload(f"{num_parts}-{name}", urls)

    def complete(self, key: str, path: ArtifactPath, upload_id: str, parts: Iterable[Part]) -> None:
        """Make the blob of its blocks."""
        import requests

        num_parts, name = _parse(path, upload_id)
        listed = "".join(
            f"<Latest>{_block(name, part.number)}</Latest>"
            for part in in_order(parts, num_parts, etags=False)
        )
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
        url = f"{self._sign(key, _OWN_REQUEST_SECONDS)}&comp=blocklist"
        headers = {"x-ms-blob-content-type": content_type(path.name)}
        try:
            answer = requests.put(
                url, body.encode(), headers=headers, timeout=_TIMEOUTS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise unreachable() from error
        if answer.status_code < 300:
            return
        log.warning("artifact store %s, blocks of '%s': %s", self._container, key, answer.text[:500])
        if code_in(answer.text) in ("InvalidBlockList", "InvalidBlockId"):
            raise invalid(f"The upload of artifact '{path}' can't be completed: a part was not uploaded.")
        raise explained(answer.text, self._container, denied=answer.status_code in (401, 403))

    def abort(self, key: str, path: ArtifactPath, upload_id: str) -> None:
        """Nothing to do: blocks can't be removed, and go by themselves."""
        _parse(path, upload_id)

    def sweep(self, prefix: str, most: int) -> int:
        """Nothing to do, as for `abort`."""
        return 0

    def _sign(self, key: str, seconds: int) -> str:
        try:
            return azure_sas.sign(self._client, "PUT", key, seconds)
        except BaseError as error:  # no key of an account, nor the right to ask for one that signs
            log.warning("artifact store %s can't sign URLs: %s", self._container, error)
            raise no_multipart_upload() from error


def _block(name: str, number: int) -> str:
    """The id of a block. All of a blob's must be equally long: 32 bytes, as obstore's own."""
    return base64.b64encode(f"{name}{number:05}".encode()).decode()


def _parse(path: ArtifactPath, upload_id: str) -> tuple[int, str]:
    match = _ID.fullmatch(upload_id)
    if not match:
        raise no_such_upload(path)
    return int(match[1]), match[2]
