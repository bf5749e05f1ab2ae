"""Uploads in parts on S3: clients send the parts straight to the bucket, with URLs that are signed here.

obstore does uploads in parts, but has no way to leave the parts to somebody else. So the four requests
around them are made here, with signed URLs too.
"""

from __future__ import annotations

import hashlib
import html
import logging
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

import obstore

from mlflowlite.artifacts.clouds import Bucket
from mlflowlite.artifacts.headers import content_type
from mlflowlite.artifacts.multipart import (
    UPLOAD_SECONDS,
    Part,
    SignedUrl,
    Upload,
    in_order,
    no_such_upload,
)
from mlflowlite.artifacts.object_errors import code_in, explained, unreachable
from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.artifacts.url_signers import Signer
from mlflowlite.errors import MlflowError, invalid

log = logging.getLogger(__name__)

# A bucket may have other writers, with uploads of their own: S3 itself allows a signed URL seven days.
STALE_AFTER = timedelta(days=7)
_TIMEOUTS = (5, 600)  # seconds to connect and to wait; joining many parts takes S3 minutes
_OWN_REQUEST_SECONDS = 900
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_REFUSED = {
    "InvalidPart": "one of the parts was not uploaded, or its etag is another one",
    "InvalidPartOrder": "the parts are not in order",
    "EntityTooSmall": "every part but the last must have 5 MiB or more",
    "EntityTooLarge": "the parts add up to more than the store takes",
}


class S3Uploads:
    """Uploads in parts to one bucket. Keys are whole keys of the bucket."""

    # The number of parts goes into the id of an upload, since S3 does not keep it; S3's own id comes last.
    _id = re.compile(r"([1-9][0-9]{0,4})-([!-~]{1,1024})")

    def __init__(self, bucket: Bucket, signer: Signer) -> None:
        self._bucket = bucket
        self._signer = signer

    def create(self, key: str, path: ArtifactPath, num_parts: int) -> Upload:
        """Begin an upload."""
        native = self._begin(key, path)
        return Upload(f"{num_parts}-{native}", self._part_urls(key, native, num_parts))

    def complete(self, key: str, path: ArtifactPath, upload_id: str, parts: Iterable[Part]) -> None:
        """Make the object; fine when these very parts were completed before."""
        num_parts, native = self._parse(path, upload_id)
        ordered = in_order(parts, num_parts)
        listed = "".join(
            f"<Part><PartNumber>{part.number}</PartNumber>"
            f"<ETag>&quot;{html.escape(part.etag)}&quot;</ETag></Part>"
            for part in ordered
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
        try:
            self._request("POST", key, {"uploadId": native}, path, body.encode())
        except MlflowError as error:
            if error.http_status != 404 or not self._was_completed(key, upload_id, ordered):
                raise

    def abort(self, key: str, path: ArtifactPath, upload_id: str) -> None:
        """Throw the parts away; fine when they are gone."""
        _, native = self._parse(path, upload_id)
        try:
            self._request("DELETE", key, {"uploadId": native}, path)
        except MlflowError as error:
            if error.http_status != 404:
                raise

    def sweep(self, prefix: str, most: int) -> int:
        """Abort uploads below a prefix that began `STALE_AFTER` ago; the first page of S3's list counts."""
        before = datetime.now(timezone.utc) - STALE_AFTER
        page = self._request("GET", "", {"uploads": "", "prefix": prefix}, ArtifactPath())
        count = 0
        for upload in re.findall(r"<Upload>(.*?)</Upload>", page, re.DOTALL):
            found = {name: html.unescape(value) for name, value in re.findall(r"<(\w+)>([^<]*)</", upload)}
            began = datetime.fromisoformat(found["Initiated"].replace("Z", "+00:00"))
            if began < before and count < most:
                self._request("DELETE", found["Key"], {"uploadId": found["UploadId"]}, ArtifactPath())
                count += 1
        return count

    def _begin(self, key: str, path: ArtifactPath, signed_headers: Mapping[str, str] = _NO_HEADERS) -> str:
        """The id that S3 gives to a new upload."""
        headers = {"Content-Type": content_type(path.name)}
        answer = self._request(
            "POST", key, {"uploads": ""}, path, headers=headers, signed_headers=signed_headers
        )
        match = re.search(r"<UploadId>([^<]+)</UploadId>", answer)
        if not match:
            raise unreachable()
        return html.unescape(match[1])

    def _part_urls(self, key: str, native: str, num_parts: int) -> list[SignedUrl]:
        sign = self._signer.on(key)
        queries = ({"partNumber": str(number), "uploadId": native} for number in range(1, num_parts + 1))
        return [SignedUrl(sign("PUT", query=query, seconds=UPLOAD_SECONDS)) for query in queries]

    def _was_completed(self, key: str, upload_id: str, parts: list[Part]) -> bool:
        """Whether the object is what these parts make, by S3's rule for the etags of such objects."""
        with suppress(FileNotFoundError, ValueError):
            etags = b"".join(bytes.fromhex(part.etag) for part in parts)
            etag = obstore.head(self._bucket.client, key)["e_tag"] or ""
            wanted = hashlib.md5(etags, usedforsecurity=False).hexdigest()
            return etag.strip('"') == f"{wanted}-{len(parts)}"
        return False

    def _parse(self, path: ArtifactPath, upload_id: str) -> tuple[int, str]:
        """The number of parts in an upload id, and S3's own id."""
        match = self._id.fullmatch(upload_id)
        if not match:
            raise no_such_upload(path)
        return int(match[1]), match[match.re.groups]

    def _request(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        path: ArtifactPath,
        data: bytes | None = None,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        signed_headers: Mapping[str, str] = _NO_HEADERS,
    ) -> str:
        """The body of S3's answer; its errors as the protocol's."""
        import requests

        sign = self._signer.on(key)
        url = sign(method, query=query, seconds=_OWN_REQUEST_SECONDS, headers=signed_headers)
        try:
            with requests.Session() as session:
                answer = session.request(
                    method,
                    url,
                    data=data,
                    headers={**headers, **signed_headers},
                    timeout=_TIMEOUTS,
                    allow_redirects=False,
                    verify=self._signer.verify,
                    auth=lambda prepared: prepared,  # nothing from a .netrc: the URL is signed
                )
        except requests.RequestException as error:
            log.warning(
                "artifact store %s, %s '%s': %s", self._bucket.name, method, key, type(error).__name__
            )
            raise unreachable() from error
        # S3 answers before it knows how the joining of parts ends: an error may come as a 200.
        if answer.status_code < 300 and "<Error>" not in answer.text:
            return answer.text
        log.warning("artifact store %s: %s '%s': %s", self._bucket.name, method, key, answer.text[:500])
        raise _explained(answer.status_code, answer.text, self._bucket.name, path)


def _explained(status: int, text: str, bucket: str, path: ArtifactPath) -> MlflowError:
    code = code_in(text)
    if code == "NoSuchUpload":
        return no_such_upload(path)
    if code in _REFUSED:
        return invalid(f"The upload of artifact '{path}' can't be completed: {_REFUSED[code]}.")
    return explained(text, bucket, denied=status in (401, 403))
