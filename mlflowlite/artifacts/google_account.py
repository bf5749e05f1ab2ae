"""The service account that obstore uses at Google, for what it can't do: sign the URL of a part.

obstore keeps its credentials to itself, so this looks in the same places in the same order. The key of an
account is RSA, which Python itself can't sign with: `cryptography` comes with the extra `gcs` only.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

log = logging.getLogger(__name__)

_KEY = "GOOGLE_SERVICE_ACCOUNT_KEY"
_FILES = (
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT",
    "SERVICE_ACCOUNT",
    "GOOGLE_APPLICATION_CREDENTIALS",
)
_DEFAULT_FILE = ".config/gcloud/application_default_credentials.json"


@dataclass(frozen=True)
class ServiceAccount:
    """An account whose private key (PEM) the server has."""

    email: str
    private_key: str = field(repr=False)

    def sign(self, text: bytes) -> bytes:
        """RSA with SHA-256, as PKCS #1 v1.5 has it."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return _loaded(self.private_key).sign(text, PKCS1v15(), SHA256())


def find(env: Mapping[str, str]) -> ServiceAccount | None:
    """The account, or None where nothing can be signed here: the credentials are a machine's or a person's,
    or `cryptography` is not installed."""
    if find_spec("cryptography") is None:
        return None
    try:
        found = json.loads(_credentials(env) or "{}")
        if found.get("disable_oauth") or not found.get("private_key"):
            return None
        account = ServiceAccount(found["client_email"], found["private_key"])
        _loaded(account.private_key)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        log.warning("the key of Google's service account can't be used: %s", type(error).__name__)
        return None
    return account


def _credentials(env: Mapping[str, str]) -> str | None:
    if env.get(_KEY):
        return env[_KEY]
    for name in _FILES:
        if env.get(name):
            return Path(env[name]).read_text()
    default = Path(env.get("HOME", "/"), _DEFAULT_FILE)
    return default.read_text() if default.is_file() else None


@lru_cache(maxsize=4)  # loading checks the key, which takes a hundred times as long as signing
def _loaded(pem: str) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
