"""URLs signed for S3: AWS Signature Version 4 in the query.

obstore signs too, but only for whole objects; parts of an upload have a query of their own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from mlflowlite.artifacts.aws_credentials import Credentials

_SERVICE = "s3"


def presign(
    method: str,
    url: str,
    credentials: Credentials,
    *,
    region: str,
    seconds: int,
    now: datetime,
    query: Mapping[str, str] | None = None,
) -> str:
    """`url` (without a query, its path percent-encoded) with `query` and a signature that is good for so
    many seconds after `now` (UTC). Only the host is signed, so other headers are free."""
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    fields = {
        **(query or {}),
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    if credentials.session_token:
        fields["X-Amz-Security-Token"] = credentials.session_token
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in fields.items())
    encoded = "&".join(f"{name}={value}" for name, value in pairs)
    canonical = "\n".join(
        [method, parts.path, encoded, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, digest])
    key = f"AWS4{credentials.secret_access_key}".encode()
    for step in (stamp[:8], region, _SERVICE, "aws4_request"):
        key = _hmac(key, step)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{encoded}&X-Amz-Signature={_hmac(key, text).hex()}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
