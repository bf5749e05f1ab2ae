"""Uploads in parts to object stores and URLs signed for them: which client can do what, and how."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Literal, TypeAlias

import obstore
from obstore.exceptions import BaseError, NotSupportedError
from obstore.store import AzureStore, GCSStore, S3Store

from mlflowlite.artifacts import azure_sas, multipart
from mlflowlite.artifacts.azure_uploads import AzureUploads
from mlflowlite.artifacts.clouds import Bucket
from mlflowlite.artifacts.google_uploads import GoogleUploads
from mlflowlite.artifacts.headers import content_type
from mlflowlite.artifacts.multipart import SignedUrl
from mlflowlite.artifacts.s3_uploads import S3Uploads
from mlflowlite.artifacts.url_signers import GoogleSigner, S3Signer
from mlflowlite.errors import MlflowError

log = logging.getLogger(__name__)

Uploads: TypeAlias = S3Uploads | AzureUploads

_SWEEP_EVERY_SECONDS = 60 * 60
_SWEPT_AT_ONCE = 10


class Transfers:
    """What clients may do past this server with one bucket. Keys are whole keys of the bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._uploads: Uploads | None = None
        self._google: GoogleSigner | None = None
        self._last_sweep: float | None = None
        if isinstance(bucket.client, S3Store):
            self._uploads = S3Uploads(bucket, S3Signer(bucket.client))
        elif isinstance(bucket.client, AzureStore):
            self._uploads = AzureUploads(bucket.name, bucket.client)
        elif bucket.service_account:
            self._google = GoogleSigner(bucket.client, bucket.service_account)
            self._uploads = GoogleUploads(bucket, self._google)

    @property
    def are_certain(self) -> bool:
        """Whether the server's credentials can sign for sure. Azure's without the key of an account may or
        may not, as Google's without the key of a service account: only asking the cloud tells."""
        if isinstance(self._bucket.client, AzureStore):
            return bool(azure_sas.account_key(self._bucket.client))
        return self._uploads is not None

    @property
    def uploads(self) -> Uploads:
        """The bucket's uploads in parts. A 501 at Google without the key of a service account: the parts'
        URLs need a query each, which obstore can't sign."""
        if self._uploads is None:
            raise multipart.no_multipart_upload()
        return self._uploads

    def sign_download(self, key: str, seconds: int) -> SignedUrl:
        return SignedUrl(self._sign("GET", key, seconds, multipart.no_presigned_download()))

    def sign_upload(self, key: str, seconds: int) -> SignedUrl:
        url = self._sign("PUT", key, seconds, multipart.no_presigned_upload())
        headers = {"Content-Type": content_type(key.rpartition("/")[2])}
        if isinstance(self._bucket.client, AzureStore):
            headers["x-ms-blob-type"] = "BlockBlob"
        return SignedUrl(url, headers)

    def sweep(self, prefix: str) -> None:
        """Now and then, remove some left-over uploads below a prefix.

        Never fails: a server that may not list uploads works all the same.
        """
        now = time.monotonic()
        if self._last_sweep is not None and now - self._last_sweep < _SWEEP_EVERY_SECONDS:
            return
        self._last_sweep = now
        try:
            self.uploads.sweep(f"{prefix}/" if prefix else "", _SWEPT_AT_ONCE)
        except (MlflowError, BaseError, KeyError, ValueError) as error:
            log.warning("artifact store %s: left-over uploads stay: %s", self._bucket.name, error)

    def _sign(self, method: Literal["GET", "PUT"], key: str, seconds: int, refusal: MlflowError) -> str:
        """A signed URL; raises `refusal` when the server's credentials are of a kind that can't sign."""
        try:
            if isinstance(self._bucket.client, AzureStore):
                return azure_sas.sign(self._bucket.client, method, key, seconds)
            if self._google:
                return self._google.on(key)(method, seconds=seconds)
            if isinstance(self._bucket.client, GCSStore) and "%" in key:
                raise NotSupportedError("obstore leaves the % of a name as it is in the URL")
            return obstore.sign(self._bucket.client, method, key, timedelta(seconds=seconds))
        except BaseError as error:
            log.warning("artifact store %s can't sign URLs: %s", self._bucket.name, error)
            raise refusal from error
