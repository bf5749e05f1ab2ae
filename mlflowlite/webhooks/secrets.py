"""Secrets of webhooks: encrypted in the database, with a key that is not in it.

The key comes from MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, 32 random bytes as base64url (the form of key
that MLflow's own server takes). Without it, a server on SQLite makes one for its first secret and
keeps it beside the database, readable by its user alone; a server on PostgreSQL, which may have
sisters on other hosts, takes no secrets.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mlflowlite.errors import StartupError, invalid

if TYPE_CHECKING:
    from nacl.secret import SecretBox

log = logging.getLogger(__name__)

KEY_BYTES = 32
ENVIRONMENT_KEY = "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY"


class SecretError(Exception):
    """A secret can't be decrypted."""


class Secrets:
    """Encrypts and decrypts. `key` is base64url text or None; `key_file` is where a made key is kept."""

    def __init__(self, key: str | None, key_file: Path | None) -> None:
        self._key = parse_key(key) if key else None
        self._key_file = key_file

    def encrypt(self, secret: str) -> str:
        """The secret as the database keeps it; an empty one stays empty.

        Raises INVALID_PARAMETER_VALUE when this server has no key.
        """
        if not secret:
            return ""
        if self._key is None and self._key_file is None:
            raise invalid(
                "Parameter 'secret' can't be kept: this server has no key to encrypt it with. Its operator "
                f"sets one in the environment variable {ENVIRONMENT_KEY}: 32 random bytes as base64url, the "
                "same for all server processes."
            )
        if self._key is None and self._key_file is not None:
            self._make_key(self._key_file)
        return base64.urlsafe_b64encode(self._box.encrypt(secret.encode())).decode()

    def decrypt(self, encrypted: str) -> str:
        """The secret. Raises SecretError when it was encrypted with another key."""
        if not encrypted:
            return ""
        from nacl.exceptions import CryptoError

        try:
            return self._box.decrypt(base64.urlsafe_b64decode(encrypted)).decode()
        except (CryptoError, ValueError, OSError, StartupError) as error:
            where = f" or the file {self._key_file.name}" if self._key_file else ""
            raise SecretError(
                f"The webhook's secret can't be decrypted with this server's key ({ENVIRONMENT_KEY}{where}): "
                "give the server the key of that time, or the webhook its secret anew."
            ) from error

    def _make_key(self, path: Path) -> None:
        """Make sure that the key file is there and can be used."""
        try:
            _keep_key(path)
            _ = self._box
        except (OSError, StartupError) as error:
            log.error("The key file of the webhooks' secrets, %s, can't be used: %s", path, error)
            raise invalid(
                f"Parameter 'secret' can't be kept: the server's key file {path.name} can't be made or read. "
                f"Its operator puts that right, or sets a key in the environment variable {ENVIRONMENT_KEY}."
            ) from error

    @functools.cached_property
    def _box(self) -> SecretBox:
        from nacl.secret import SecretBox  # here: most servers never need it

        if self._key is not None:
            return SecretBox(self._key)
        if self._key_file is None:
            raise OSError("there is no key")
        return SecretBox(parse_key(self._key_file.read_text()))


def parse_key(text: str) -> bytes:
    """The key as bytes. Raises StartupError for a text that is no key."""
    try:
        key = base64.b64decode(text.strip(), b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StartupError(
            f"{ENVIRONMENT_KEY} must hold {KEY_BYTES} bytes as base64url. To make one: python3 -c "
            "'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
        )
    return key


def _keep_key(path: Path) -> None:
    """Make a key file if there is none; of several processes that make one, the first one's stays."""
    if path.exists():
        return
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # readable by us alone
    try:
        with os.fdopen(handle, "w") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        _sync_folder(path.parent)
    finally:
        os.unlink(draft)


def _sync_folder(path: Path) -> None:
    """A key must not be lost in a power cut that the secret survives."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
