"""Signatures of the URLs that this server hands out for the parts of an upload.

The key is a file in the artifact folder itself: every process and host that serves the folder then has
it, also hosts that share no database (`--artifacts-only`), and who can read it can read and write the
artifacts anyway. Its name is one that no artifact path can reach, and only the server's own user may
read it. It is read for each request, so removing the file revokes all URLs at once.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from contextlib import suppress
from urllib.parse import quote, urlencode

from mlflowlite.artifacts.base import RESERVED
from mlflowlite.artifacts.multipart import PartTicket, SignedUrl, url_refused
from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.errors import INTERNAL_ERROR, MlflowError

KEY_NAME = f"{RESERVED}-signing-key"
# Where the contract has `UploadPart`.
PARTS_ENDPOINT = "/api/2.0/mlflowlite/artifacts/parts/"
_KEY_BYTES = 32


def part_urls(
    folder: str, path: ArtifactPath, upload_id: str, num_parts: int, expires: int, server_url: str
) -> list[SignedUrl]:
    """The URLs of all parts of an upload, good until `expires` (Unix seconds)."""
    key = _key(folder)
    urls = []
    for number in range(1, num_parts + 1):
        query = {
            "upload_id": upload_id,
            "part_number": number,
            "expires": expires,
            "signature": _signature(key, path, upload_id, number, expires),
        }
        urls.append(SignedUrl(f"{server_url}{PARTS_ENDPOINT}{quote(str(path))}?{urlencode(query)}"))
    return urls


def check_part(folder: str, path: ArtifactPath, ticket: PartTicket) -> None:
    """Raises a 403 when the URL was not made by this server for this very part, or is too old."""
    wanted = _signature(_key(folder), path, ticket.upload_id, ticket.part_number, ticket.expires)
    # Bytes: compare_digest takes no text beyond ASCII, and this one comes from a client.
    if not hmac.compare_digest(wanted.encode(), ticket.signature.encode("utf-8", "replace")):
        raise url_refused("has a wrong signature")
    if ticket.expires < time.time():
        raise url_refused("has expired; create the upload anew")


def _signature(key: bytes, path: ArtifactPath, upload_id: str, part_number: int, expires: int) -> str:
    # No path holds a line end, nor does an upload id that gets this far with a right signature.
    text = "\n".join(["part-v1", "PUT", str(path), upload_id, str(part_number), str(expires)])
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _key(folder: str) -> bytes:
    """The key of an artifact folder, which is made when missing."""
    name = os.path.join(folder, KEY_NAME)
    with suppress(FileNotFoundError):
        return _read(name)
    os.makedirs(folder, exist_ok=True)
    temporary = f"{name}-{secrets.token_hex(8)}"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        _publish(temporary, name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
    return _read(name)


def _publish(temporary: str, name: str) -> None:
    try:
        os.link(temporary, name)  # unlike a rename, it never replaces
    except FileExistsError:
        return  # another process was first: its key counts
    except OSError:  # a file system without hard links
        os.rename(temporary, name)


def _read(name: str) -> bytes:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        key = file.read(_KEY_BYTES)
    if len(key) != _KEY_BYTES:  # an empty key would let everybody sign
        raise MlflowError(
            INTERNAL_ERROR, f"The signing key is damaged: remove {KEY_NAME} from the artifact folder."
        )
    return key
