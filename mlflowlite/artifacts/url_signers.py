"""Who signs the requests of uploads in parts: S3 and Google ask for the same ones, signed in two ways.

Where a bucket is, and which region signs for it, is read from a URL that obstore has signed: there is one
opinion about endpoints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, quote, urlsplit

import obstore

from mlflowlite.artifacts.aws_credentials import CredentialChain
from mlflowlite.artifacts.google_account import ServiceAccount
from mlflowlite.artifacts.sigv4 import presign, presign_google

if TYPE_CHECKING:
    from mlflowlite.artifacts.clouds import Client


class Signer(Protocol):
    """Signs requests on one bucket."""

    @property
    def verify(self) -> bool | str:
        """How to check the certificate of the service, in the words of `requests`."""

    def on(self, key: str) -> Callable[..., str]:
        """A function that signs requests on a key; it takes the method and, by name, `query`, `seconds`
        that the URL is good for, and the `headers` that are signed along."""


class S3Signer:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._chains: dict[str, CredentialChain] = {}

    @property
    def verify(self) -> bool | str:
        """From the variables that `clouds` reads too."""
        if os.environ.get("MLFLOW_S3_IGNORE_TLS", "").lower() in ("true", "1"):
            return False
        return os.environ.get("AWS_CA_BUNDLE") or True

    def on(self, key: str) -> Callable[..., str]:
        url, fields = _address(self._client, key)
        region = fields["X-Amz-Credential"].split("/")[2]
        chain = self._chains.setdefault(region, CredentialChain(self._client.config, region))
        credentials, now = chain.get(), datetime.now(timezone.utc)
        return partial(presign, url=url, credentials=credentials, region=region, now=now)


class GoogleSigner:
    verify = True

    def __init__(self, client: Client, account: ServiceAccount) -> None:
        self._client = client
        self._account = account

    def on(self, key: str) -> Callable[..., str]:
        url, _ = _address(self._client, key)
        return partial(presign_google, url=url, account=self._account, now=datetime.now(timezone.utc))


def _address(client: Client, key: str) -> tuple[str, Mapping[str, str]]:
    """The URL of a key without a query, and the query of a signed URL in the same bucket."""
    example = urlsplit(obstore.sign(client, "GET", "x", timedelta(seconds=60)))
    folder = example.path.removesuffix("x")
    url = f"{example.scheme}://{example.netloc}{folder}{quote(key, safe='/-_.~')}"
    return url, {name: values[0] for name, values in parse_qs(example.query).items()}
