"""Secrets of webhooks at rest."""

from __future__ import annotations

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflowlite.errors import MlflowError, StartupError
from mlflowlite.settings import Settings
from mlflowlite.webhooks.secrets import SecretError, Secrets, parse_key
from tests.conftest import make_app
from tests.support import Client
from tests.webhook_support import EVENTS, KEY, URL

OTHER = base64.urlsafe_b64encode(b"x" * 32).decode()


@given(st.text())
def test_a_round_trip(secret: str) -> None:
    """A secret comes back as it was, and its encryption shows nothing of it and is another each time."""
    secrets = Secrets(KEY, None)
    try:
        secret.encode()
    except UnicodeEncodeError:
        return  # lone surrogates are refused when the request is parsed
    kept = secrets.encrypt(secret)
    assert secrets.decrypt(kept) == secret
    assert Secrets(KEY, None).decrypt(kept) == secret
    if secret:
        if len(secret) > 5:  # shorter ones are in random bytes by chance
            assert secret.encode() not in base64.urlsafe_b64decode(kept)
        assert secrets.encrypt(secret) != kept
        with pytest.raises(SecretError, match="can't be decrypted"):
            Secrets(OTHER, None).decrypt(kept)


@pytest.mark.parametrize("damage", ["A" * 60, "é", "x", "===="])
def test_damaged_secrets(damage: str) -> None:
    """What is no encrypted secret is an error, not a secret."""
    with pytest.raises(SecretError):
        Secrets(KEY, None).decrypt(damage)


@pytest.mark.parametrize("key", ["x", "a" * 44, "é" * 44, KEY[:-2], KEY * 2, " "])
def test_bad_keys(key: str) -> None:
    """A key that is none ends the start, and its text is not repeated."""
    with pytest.raises(StartupError, match="must hold 32 bytes as base64url") as caught:
        Secrets(key, None)
    assert key not in str(caught.value) or len(key) < 3


def test_no_key() -> None:
    """Without a key no secret is taken, and none can be read."""
    with pytest.raises(MlflowError, match="no key to encrypt it with"):
        Secrets(None, None).encrypt("s")
    with pytest.raises(SecretError):
        Secrets(None, None).decrypt(Secrets(KEY, None).encrypt("s"))
    assert Secrets(None, None).encrypt("") == ""


def test_the_key_file(tmp_path: Path) -> None:
    """It is made for the first secret, for its user alone, and used from then on."""
    path = tmp_path / "a.db-webhook.key"
    secrets = Secrets(None, path)
    assert secrets.encrypt("") == secrets.decrypt("") == ""
    assert not path.exists()
    kept = secrets.encrypt("s")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(parse_key(path.read_text())) == 32
    assert os.listdir(tmp_path) == [path.name]
    assert Secrets(None, path).decrypt(kept) == "s"
    assert Secrets(path.read_text(), None).decrypt(kept) == "s"


def test_processes_that_make_a_key_at_once(tmp_path: Path) -> None:
    """Of several keys made at once one stays, and all use it."""
    path = tmp_path / "key"
    everyone = [Secrets(None, path) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        kept = list(pool.map(lambda secrets: secrets.encrypt("s"), everyone))
    assert {Secrets(None, path).decrypt(one) for one in kept} == {"s"}
    assert os.listdir(tmp_path) == ["key"]


def test_a_lost_key_file(tmp_path: Path) -> None:
    """Reading a secret never makes a new key: that of old may be put back."""
    path = tmp_path / "key"
    kept = Secrets(None, path).encrypt("s")
    text = path.read_text()
    path.unlink()
    with pytest.raises(SecretError, match="or the file key"):
        Secrets(None, path).decrypt(kept)
    assert not path.exists()
    path.write_text(text + "\n")
    assert Secrets(None, path).decrypt(kept) == "s"


@pytest.mark.parametrize("content", ["", "nonsense"])
def test_a_key_file_that_is_none(tmp_path: Path, content: str) -> None:
    """A damaged key file is an error of the request, and is not overwritten."""
    path = tmp_path / "key"
    path.write_text(content)
    with pytest.raises(MlflowError, match="key file key can't be made or read"):
        Secrets(None, path).encrypt("s")
    with pytest.raises(SecretError):
        Secrets(None, path).decrypt(Secrets(KEY, None).encrypt("s"))
    assert path.read_text() == content


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Where no key file can be made the request is told so."""
    with pytest.raises(MlflowError, match="can't be made or read"):
        Secrets(None, tmp_path / "none" / "key").encrypt("s")


def test_a_server_on_sqlite(tmp_path: Path) -> None:
    """It keeps the key beside its database, which holds no secret in the clear."""
    database = tmp_path / "a.db"
    settings = Settings(backend_store_uri=f"sqlite:///{database}", artifacts_destination=str(tmp_path))
    for app in make_app(settings):
        client = Client(app)
        body = {"name": "n", "url": URL, "events": EVENTS, "secret": "my secret"}
        webhook = client.post("webhooks", body).body["webhook"]["webhook_id"]
        assert client.patch(f"webhooks/{webhook}", secret="another secret").status == 200
    key = tmp_path / "a.db-webhook.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    files = [path for path in tmp_path.iterdir() if path.is_file() and path != key]
    content = b"".join(path.read_bytes() for path in files)
    assert webhook.encode() in content
    assert b"secret" in content  # the name of the column
    assert b"my secret" not in content
    assert b"another secret" not in content
    assert key.read_bytes() not in content
