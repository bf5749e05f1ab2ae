"""What is particular to uploads in parts and signed URLs on Google's storage: signatures, keys, marks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from mlflowlite.artifacts import open_store
from mlflowlite.artifacts.multipart import Part, Upload
from mlflowlite.errors import MlflowError
from mlflowlite.settings import Settings
from tests.cloud_servers import (
    GoogleServer,
    ServiceAccount,
    gcs,  # noqa: F401
    gcs_server,  # noqa: F401
)
from tests.conftest import make_app
from tests.multipart_support import changed
from tests.support import Client
from tests.test_artifact_support import path, read

pytest.importorskip("obstore")
pytest.importorskip("cryptography")
import obstore
from obstore.store import GCSStore

from mlflowlite.artifacts import clouds, google_account, sigv4

VECTORS = json.loads(Path(__file__).with_name("google_signatures.json").read_text())
FILES = ("GOOGLE_SERVICE_ACCOUNT_PATH", "SERVICE_ACCOUNT", "GOOGLE_APPLICATION_CREDENTIALS")


@pytest.fixture
def keyless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that says nothing of Google."""
    for name in (*FILES, "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_KEY", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    clouds.connect.cache_clear()
    yield monkeypatch
    clouds.connect.cache_clear()


def key_file(email: str) -> str:
    return json.dumps({**json.loads(ServiceAccount().file), "client_email": email})


def send(store: Any, name: str, *data: bytes) -> tuple[Upload, list[Part]]:
    """An upload whose parts have arrived."""
    upload = store.create_upload(path(name), len(data), "")
    parts = []
    for number, chunk in enumerate(data, start=1):
        answer = requests.put(upload.part_urls[number - 1].url, chunk, timeout=60)
        assert answer.status_code == 200
        parts.append(Part(number, answer.headers["ETag"].strip('"')))
    return upload, parts


class TestSignatures:
    @pytest.mark.parametrize("vector", VECTORS["urls"], ids=lambda vector: str(vector["method"]))
    def test_the_same_as_googles(self, vector: dict[str, Any]) -> None:
        """Google's own library signs the same URLs, part, header and list included."""
        theirs = urlsplit(vector["url"])
        ours = sigv4.presign_google(
            vector["method"],
            theirs._replace(query="").geturl(),
            google_account.ServiceAccount(VECTORS["email"], VECTORS["private_key"]),
            seconds=3600,
            now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
            query=vector["query"],
            headers=vector["headers"],
        )
        assert parse_qs(urlsplit(ours).query, keep_blank_values=True) == parse_qs(
            theirs.query, keep_blank_values=True
        )

    def test_a_url_is_for_one_part(self, gcs: str, tmp_path: Path) -> None:  # noqa: F811
        """Whatever is changed in the URL of a part is refused."""
        store = open_store(f"{gcs}/{tmp_path.name}")
        upload = store.create_upload(path("f"), 2, "")
        url = upload.part_urls[0].url
        for forged in (
            changed(url, partNumber="2"),
            changed(url, uploadId="x"),
            changed(url, **{"X-Goog-Expires": "604800"}),
            changed(url, **{"X-Goog-Signature": "00" * 256}),
            url.replace("/f?", "/g?"),
        ):
            assert requests.put(forged, b"x", timeout=60).status_code == 403
        assert requests.get(url, timeout=60).status_code == 403
        assert requests.put(url, b"x", timeout=60).status_code == 200

    def test_any_name_has_signed_urls(self, gcs: str, tmp_path: Path) -> None:  # noqa: F811
        """With a key, URLs to store and fetch are signed for every name, also those obstore can't write."""
        store = open_store(f"{gcs}/{tmp_path.name}")
        assert store.presigned_downloads
        for name in ("f", "a b/100%.txt", "é+~'.bin"):
            up = store.sign_upload(path(name), 60)
            assert requests.put(up.url, name.encode(), headers=up.headers, timeout=60).status_code == 200
            assert read(store, name) == name.encode()
            assert requests.get(store.sign_download(path(name), 60).url, timeout=60).content == name.encode()


class TestAccounts:
    def test_the_account_that_obstore_uses(self, keyless: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Of several keys the one signs parts that obstore signs other URLs with."""
        wanted = []
        default = tmp_path / ".config/gcloud/application_default_credentials.json"
        default.parent.mkdir(parents=True)
        default.write_text(key_file("default@x"))
        for name in (None, *reversed(FILES)):  # each goes before those that are there already
            if name:
                (tmp_path / name).write_text(key_file(f"{name}@x"))
                keyless.setenv(name, str(tmp_path / name))
            wanted.append(f"{name or 'default'}@x")
            assert self.emails() == (wanted[-1], wanted[-1])
        for name in FILES[:2]:
            keyless.delenv(name)
        keyless.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", key_file("key@x"))
        assert self.emails() == ("key@x", "key@x")

    def emails(self) -> tuple[str, str]:
        """The accounts that obstore and this server sign with."""
        url = obstore.sign(GCSStore("bucket"), "GET", "x", timedelta(seconds=60))
        clouds.connect.cache_clear()
        account = clouds.connect("gs", "bucket").service_account
        assert account
        assert "PRIVATE KEY" not in repr(account)
        return parse_qs(urlsplit(url).query)["X-Goog-Credential"][0].split("/")[0], account.email

    @pytest.mark.parametrize("why", ["nothing", "a person", "no library"])
    def test_without_a_key(
        self,
        keyless: pytest.MonkeyPatch,
        gcs_server: GoogleServer,  # noqa: F811
        tmp_path: Path,
        why: str,
    ) -> None:
        """A machine's or a person's credentials, or a missing library: the 501 that clients know, and
        server-info invites nobody."""
        keyless.setenv("STORAGE_EMULATOR_HOST", gcs_server.address)
        if why == "a person":
            person = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "t"}
            (tmp_path / "person").write_text(json.dumps(person))
            keyless.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "person"))
        if why == "no library":
            keyless.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", gcs_server.account.file)
            keyless.setattr(google_account, "find_spec", lambda name: None)
        store = open_store("gs://bucket/x")
        for call in (
            lambda: store.create_upload(path("f"), 1, ""),
            lambda: store.complete_upload(path("f"), "1-x", []),
            lambda: store.abort_upload(path("f"), "1-x"),
        ):
            with pytest.raises(MlflowError) as caught:
                call()
            assert caught.value.http_status == 501
            assert caught.value.message == (
                "Multipart upload is not supported for the current artifact repository"
            )
        settings = Settings(
            backend_store_uri=f"sqlite:///{tmp_path}/a.db",
            artifacts_destination="gs://bucket/x",
            check_artifacts=False,
        )
        for app in make_app(settings):
            info = Client(app).get("/api/3.0/mlflow/server-info").body
            assert info["multipart_uploads_enabled"] is False
            assert info["multipart_downloads_enabled"] is False

    def test_names_that_obstore_can_not_write(self, keyless: pytest.MonkeyPatch) -> None:
        """Without a key a name with a percent sign, which obstore leaves as it is, gets the 501."""
        with pytest.raises(MlflowError, match="Presigned download is not supported") as caught:
            open_store("gs://bucket/x").sign_download(path("100%.txt"), 60)
        assert caught.value.http_status == 501


class TestMarks:
    def test_completing_what_google_forgot(self, gcs: str, tmp_path: Path) -> None:  # noqa: F811
        """When Google knows the upload no more, the object's mark tells whether the upload made it."""
        from moto.s3.models import s3_backends

        store = open_store(f"{gcs}/{tmp_path.name}")
        early, early_parts = send(store, "f", b"early")
        upload, parts = send(store, "f", b"x")
        for each, of in ((early, early_parts), (upload, parts)):
            store.complete_upload(path("f"), each.id, of)
        s3_backends["123456789012"]["aws"].buckets["bucket"].keys[f"{tmp_path.name}/f"].multipart = None
        store.complete_upload(path("f"), upload.id, parts)
        self.is_unknown(store, early, early_parts)
        store.put(path("f"), [b"later"])
        self.is_unknown(store, upload, parts)
        store.delete(path("f"))
        self.is_unknown(store, upload, parts)

    def is_unknown(self, store: Any, upload: Upload, parts: list[Part]) -> None:
        with pytest.raises(MlflowError, match="no such multipart upload") as caught:
            store.complete_upload(path("f"), upload.id, parts)
        assert caught.value.http_status == 404
