"""Uploads in parts on S3: clients send the parts straight to the bucket, with URLs that are signed here.

obstore does uploads in parts, but has no way to leave the parts to somebody else. So the four requests
around them are made here, with signed URLs too. Where the bucket is and which region signs for it is
read from a URL that obstore has signed: there is one opinion about endpoints.
"""

from __future__ import annotations

import hashlib
import html
import logging
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import obstore

from mlflowlite.artifacts.aws_credentials import CredentialChain
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
from mlflowlite.artifacts.sigv4 import presign
from mlflowlite.errors import MlflowError, invalid

log = logging.getLogger(__name__)

# A bucket may have other writers, with uploads of their own: S3 itself allows a signed URL seven days.
STALE_AFTER = timedelta(days=7)
_TIMEOUTS = (5, 600)  # seconds to connect and to wait; joining many parts takes S3 minutes
_OWN_REQUEST_SECONDS = 900
_ID = re.compile(r"([1-9][0-9]{0,4})-([!-~]{1,1024})")
_REFUSED = {
    "InvalidPart": "one of the parts was not uploaded, or its etag is another one",
    "InvalidPartOrder": "the parts are not in order",
    "EntityTooSmall": "every part but the last must have 5 MiB or more",
    "EntityTooLarge": "the parts add up to more than the store takes",
}


class S3Uploads:
    """Uploads in parts to one bucket. Keys are whole keys of the bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._chains: dict[str, CredentialChain] = {}

    def create(self, key: str, path: ArtifactPath, num_parts: int) -> Upload:
        """Begin an upload. The number of parts goes into its id, since S3 does not keep it."""
        answer = self._request(
            "POST", key, {"uploads": ""}, path, headers={"Content-Type": content_type(path.name)}
        )
        match = re.search(r"<UploadId>([^<]+)</UploadId>", answer)
        if not match:
            raise unreachable()
        upload_id = html.unescape(match[1])
        sign = self._signer(key)
        urls = [
            SignedUrl(sign("PUT", {"partNumber": str(number), "uploadId": upload_id}, UPLOAD_SECONDS))
            for number in range(1, num_parts + 1)
        ]
        return Upload(f"{num_parts}-{upload_id}", urls)

    def complete(self, key: str, path: ArtifactPath, upload_id: str, parts: Iterable[Part]) -> None:
        """Make the object; fine when these very parts were completed before."""
        num_parts, native = _parse(path, upload_id)
        ordered = in_order(parts, num_parts)
        listed = "".join(
            f"<Part><PartNumber>{part.number}</PartNumber>"
            f"<ETag>&quot;{html.escape(part.etag)}&quot;</ETag></Part>"
            for part in ordered
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
        try:
            self._request("POST", key, {"uploadId": native}, path, data=body.encode())
        except MlflowError as error:
            if error.http_status != 404 or not self._is_made_of(key, ordered):
                raise

    def abort(self, key: str, path: ArtifactPath, upload_id: str) -> None:
        """Throw the parts away; fine when they are gone."""
        _, native = _parse(path, upload_id)
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

    def _is_made_of(self, key: str, parts: list[Part]) -> bool:
        """Whether the object is what these parts make, by S3's rule for the etags of such objects."""
        with suppress(FileNotFoundError, ValueError):
            etags = b"".join(bytes.fromhex(part.etag) for part in parts)
            etag = obstore.head(self._bucket.client, key)["e_tag"] or ""
            wanted = hashlib.md5(etags, usedforsecurity=False).hexdigest()
            return etag.strip('"') == f"{wanted}-{len(parts)}"
        return False

    def _signer(self, key: str) -> Any:
        """A function that signs requests on a key."""
        example = obstore.sign(self._bucket.client, "GET", "x", timedelta(seconds=60))
        parts = urlsplit(example)
        region = parse_qs(parts.query)["X-Amz-Credential"][0].split("/")[2]
        chain = self._chains.setdefault(region, CredentialChain(self._bucket.client.config, region))
        credentials, now = chain.get(), datetime.now(timezone.utc)
        folder = parts.path.removesuffix("x")
        url = f"{parts.scheme}://{parts.netloc}{folder}{quote(key, safe='/-_.~')}"

        def sign(method: str, query: Mapping[str, str], seconds: int) -> str:
            return presign(method, url, credentials, region=region, seconds=seconds, now=now, query=query)

        return sign

    def _request(
        self, method: str, key: str, query: Mapping[str, str], path: ArtifactPath, **more: Any
    ) -> str:
        """The body of S3's answer; its errors as the protocol's."""
        import requests

        url = self._signer(key)(method, query, _OWN_REQUEST_SECONDS)
        try:
            with requests.Session() as session:
                answer = session.request(
                    method,
                    url,
                    timeout=_TIMEOUTS,
                    allow_redirects=False,
                    verify=_verify(os.environ),
                    auth=lambda prepared: prepared,  # nothing from a .netrc: the URL is signed
                    **more,
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


def _parse(path: ArtifactPath, upload_id: str) -> tuple[int, str]:
    """The number of parts in an upload id, and S3's own id."""
    match = _ID.fullmatch(upload_id)
    if not match:
        raise no_such_upload(path)
    return int(match[1]), match[2]


def _verify(env: Mapping[str, str]) -> bool | str:
    """How to check S3's certificate, from the variables that `clouds` reads too."""
    if env.get("MLFLOW_S3_IGNORE_TLS", "").lower() in ("true", "1"):
        return False
    return env.get("AWS_CA_BUNDLE") or True
