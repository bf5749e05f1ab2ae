"""Signed URLs (SAS) of single blobs on Azure.

obstore signs them, but over the blob's name as the URL spells it, where Azure wants the name itself: what
it signs for a name with a blank or an umlaut is refused (seen with obstore 0.8 to 0.12). Such a URL is
signed again here, which takes the key of the account.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import obstore
from obstore.exceptions import NotSupportedError
from obstore.store import AzureStore

# Where obstore finds them, when they are not in a connection string.
_KEYS = ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_MASTER_KEY")
_ACCOUNTS = ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT")


def account_key(client: AzureStore) -> str | None:
    """The key of the account, when that is what the server was given."""
    return client.config.get("account_key") or _first(os.environ, _KEYS)


def sign(client: AzureStore, method: Literal["GET", "PUT"], blob: str, seconds: int) -> str:
    """A URL to read or write a blob. Raises obstore's errors when the credentials can't sign it."""
    url = obstore.sign(client, method, blob, timedelta(seconds=seconds))
    parts = urlsplit(url)
    if unquote(parts.path) == parts.path:
        return url
    key, account = account_key(client), client.config.get("account_name") or _first(os.environ, _ACCOUNTS)
    if not key or not account:
        raise NotSupportedError("only the key of the account can sign for a name like this")
    fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
    resource = f"/blob/{account}/{client.config['container_name']}/{blob}"
    fields["sig"] = _signature(key, fields, resource)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(fields)}"


def _signature(key: str, fields: Mapping[str, str], resource: str) -> str:
    """As Azure computes it for a blob, since version 2020-12-06; what is empty is not used here."""
    lines = [fields["sp"], fields["st"], fields["se"], resource, "", "", "", fields["sv"], fields["sr"]]
    text = "\n".join(lines + [""] * 7)
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def _first(env: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((env[name] for name in names if env.get(name)), None)
