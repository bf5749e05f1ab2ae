"""URLs signed for S3 and for Google: Signature Version 4 in the query, which both have.

obstore signs too, but only for whole objects; parts of an upload have a query of their own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urlsplit

from mlflowlite.artifacts.aws_credentials import Credentials
from mlflowlite.artifacts.google_account import ServiceAccount

_NOTHING: Mapping[str, str] = MappingProxyType({})


def presign(
    method: str,
    url: str,
    credentials: Credentials,
    *,
    region: str,
    seconds: int,
    now: datetime,
    query: Mapping[str, str] = _NOTHING,
    headers: Mapping[str, str] = _NOTHING,
) -> str:
    """`url` (without a query, its path percent-encoded) with `query` and a signature for S3 that is good for
    so many seconds after `now` (UTC). Only the host and `headers` are signed, so other headers are free."""
    token = {"X-Amz-Security-Token": credentials.session_token} if credentials.session_token else {}
    scope = (f"{now:%Y%m%d}", region, "s3", "aws4_request")

    def sign(text: str) -> str:
        key = f"AWS4{credentials.secret_access_key}".encode()
        for step in scope:
            key = _hmac(key, step)
        return _hmac(key, text).hex()

    return _signed(
        "X-Amz",
        "AWS4-HMAC-SHA256",
        credentials.access_key_id,
        "/".join(scope),
        sign,
        method=method,
        url=url,
        seconds=seconds,
        now=now,
        query={**query, **token},
        headers=headers,
    )


def presign_google(
    method: str,
    url: str,
    account: ServiceAccount,
    *,
    seconds: int,
    now: datetime,
    query: Mapping[str, str] = _NOTHING,
    headers: Mapping[str, str] = _NOTHING,
) -> str:
    """The same for Google, which wants every header signed that begins with `x-goog-`."""
    return _signed(
        "X-Goog",
        "GOOG4-RSA-SHA256",
        account.email,
        f"{now:%Y%m%d}/auto/storage/goog4_request",
        lambda text: account.sign(text.encode()).hex(),
        method=method,
        url=url,
        seconds=seconds,
        now=now,
        query=query,
        headers=headers,
    )


def _signed(
    prefix: str,
    algorithm: str,
    identity: str,
    scope: str,
    sign: Callable[[str], str],
    *,
    method: str,
    url: str,
    seconds: int,
    now: datetime,
    query: Mapping[str, str],
    headers: Mapping[str, str],
) -> str:
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    covered = {"host": parts.netloc, **{name.lower(): value for name, value in headers.items()}}
    names = ";".join(sorted(covered))
    fields = {
        **query,
        f"{prefix}-Algorithm": algorithm,
        f"{prefix}-Credential": f"{identity}/{scope}",
        f"{prefix}-Date": stamp,
        f"{prefix}-Expires": str(seconds),
        f"{prefix}-SignedHeaders": names,
    }
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in fields.items())
    encoded = "&".join(f"{name}={value}" for name, value in pairs)
    lines = [f"{name}:{covered[name]}" for name in sorted(covered)]
    canonical = "\n".join([method, parts.path, encoded, *lines, "", names, "UNSIGNED-PAYLOAD"])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signature = sign("\n".join([algorithm, stamp, scope, digest]))
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{encoded}&{prefix}-Signature={signature}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
