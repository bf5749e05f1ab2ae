"""The URLs of parts on a folder, which this server signs and takes itself."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mlflowlite.artifacts import multipart, signing
from mlflowlite.artifacts.base import RESERVED
from tests.multipart_support import Uploader, changed, serving, uploaded
from tests.support import Client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The artifact folder."""
    return tmp_path / "artifacts"


@pytest.fixture
def uploader(root: Path) -> Iterator[Uploader]:
    yield from serving(root)


class TestSignatures:
    def test_forged_urls(self, uploader: Uploader) -> None:
        """Whatever is changed in the URL of a part makes it a 403; nothing is stored."""
        upload, other = uploader.begin("f", 2), uploader.begin("f", 2)
        url = upload["credentials"][0]["url"]
        for forged in [
            changed(url, signature="0" * 64),
            changed(url, signature="é"),
            changed(url, signature="\ud800".encode("utf-8", "surrogatepass")),
            changed(url, part_number=2),
            changed(url, part_number=-1),
            changed(url, part_number=10**18),
            changed(url, expires=2**40),
            changed(url, upload_id=other["upload_id"]),
            changed(url, upload_id="../../x"),
            changed(url, upload_id="x\ny"),
            url.replace("/artifacts/f?", "/artifacts/g?"),
            url.replace("/artifacts/f?", "/artifacts/f/f?"),
        ]:
            status, _, body = uploader.put(forged, b"x")
            assert (status, body["error_code"]) == (403, "PERMISSION_DENIED"), forged
            assert body["message"] == "The URL of the part has a wrong signature."
        assert uploader.put(url, b"x")[0] == 200
        assert uploader.names() == []

    def test_urls_that_say_nothing(self, uploader: Uploader) -> None:
        """A URL without one of its fields, or with one that is no number, is a 400 that names it."""
        url = uploader.begin("f", 1)["credentials"][0]["url"]
        for name in ("upload_id", "part_number", "expires", "signature"):
            status, _, body = uploader.put(changed(url, **{name: None}), b"x")
            assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
            assert name in body["message"]
        for name in ("part_number", "expires"):
            status, _, body = uploader.put(changed(url, **{name: "x"}), b"x")
            assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")

    @pytest.mark.parametrize("folder", ["../x", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "a%00b", "a%23b"])
    def test_paths_that_lead_out(self, uploader: Uploader, folder: str) -> None:
        """The path in the URL of a part is judged as everywhere."""
        url = uploader.begin("f", 1)["credentials"][0]["url"].replace("/0/r/", f"/{folder}/")
        status, _, body = uploader.put(url, b"x")
        assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")

    def test_only_put(self, uploader: Uploader) -> None:
        """A URL is good for storing a part, not for reading or removing one."""
        parts = urlsplit(uploader.begin("f", 1)["credentials"][0]["url"])
        for method in ("GET", "POST", "DELETE"):
            response = uploader.client.http.open(f"{parts.path}?{parts.query}", method=method)
            assert response.status_code == 405

    def test_expired_urls(self, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
        """A day later the URL is a 403 and the upload a 404, though it was not swept yet."""
        upload, parts = uploaded(uploader, "f", b"x")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + multipart.UPLOAD_SECONDS + 2)
        status, _, body = uploader.put(upload["credentials"][0]["url"], b"x")
        assert (status, body["error_code"]) == (403, "PERMISSION_DENIED")
        assert body["message"] == "The URL of the part has expired; create the upload anew."
        assert uploader.complete("f", upload["upload_id"], parts).error == (404, "RESOURCE_DOES_NOT_EXIST")
        assert uploader.names() == []

    def test_the_key_is_out_of_reach(self, uploader: Uploader, root: Path) -> None:
        """Only the server's user may read the key, and no path of an artifact leads to it."""
        uploader.begin("f", 1)
        key = root / signing.KEY_NAME
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert len(key.read_bytes()) == 32
        uploader.folder = ""
        assert uploader.names() == []
        for name in (signing.KEY_NAME, signing.KEY_NAME.upper(), RESERVED):
            path = f"{uploader.base}/artifacts/{name}"
            assert uploader.client.http.get(path).status_code == 404
            assert uploader.client.http.put(path, data=b"x").status_code == 400
            uploader.client.http.delete(path)
        assert len(key.read_bytes()) == 32

    def test_the_key_is_out_of_reach_of_locations(self, uploader: Uploader, root: Path) -> None:
        """An experiment whose location is the key, or the private folder, shows nothing of it."""
        uploader.begin("f", 1)
        client = uploader.client
        for place in (root / signing.KEY_NAME, root / RESERVED, f"file://{root}/{signing.KEY_NAME}"):
            experiment = client.new_experiment(str(place), artifact_location=str(place))
            uri = client.run(run := client.new_run(experiment))["info"]["artifact_uri"]
            assert signing.KEY_NAME in uri or RESERVED in uri
            for path in (".", "..", "../..", "x"):
                response = client.http.get("/get-artifact", query_string={"run_id": run, "path": path})
                assert response.status_code in (400, 403)
            assert client.get("artifacts/list", run_id=run).status == 403

    def test_another_key(self, uploader: Uploader, root: Path) -> None:
        """Removing the key revokes all URLs; the next upload makes a new one."""
        url = uploader.begin("f", 1)["credentials"][0]["url"]
        (root / signing.KEY_NAME).unlink()
        assert uploader.put(url, b"x")[0] == 403
        assert uploader.put(uploader.begin("f", 1)["credentials"][0]["url"], b"x")[0] == 200

    def test_a_damaged_key(self, uploader: Uploader, root: Path) -> None:
        """An empty key signs nothing: the error says what to do."""
        uploader.begin("f", 1)
        (root / signing.KEY_NAME).write_bytes(b"")
        reply = uploader.create("f", 1)
        assert reply.error == (500, "INTERNAL_ERROR")
        assert f"remove {signing.KEY_NAME}" in reply.body["message"]

    def test_a_key_without_hard_links(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also on file systems that have no hard links there is a key."""

        def refuse(*_: Any) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "link", refuse)
        for uploader in serving(root):
            upload, parts = uploaded(uploader, "f", b"x")
            assert uploader.complete("f", upload["upload_id"], parts).status == 200

    def test_one_key_for_all(self, uploader: Uploader, root: Path) -> None:
        """Threads that begin at once agree on the key."""
        urls: list[str] = []
        barrier = threading.Barrier(8)

        def begin() -> None:
            barrier.wait()
            mine = Uploader(Client(uploader.client.app))
            urls.append(mine.begin("f", 1)["credentials"][0]["url"])

        threads = [threading.Thread(target=begin) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [uploader.put(url, b"x")[0] for url in urls] == [200] * 8
        assert sorted(p.name for p in root.iterdir()) == [RESERVED, signing.KEY_NAME]


class TestUrls:
    def test_the_request_says_where_the_server_is(self, uploader: Uploader) -> None:
        """The URL of a part leads to the host that was asked; forwarded headers are not believed."""
        reply = uploader.create(
            "f",
            1,
            Host="10.1.2.3:8000",
            **{
                "X-Forwarded-Host": "evil.example",
                "X-Forwarded-Proto": "https",
                "Forwarded": "host=evil.example",
            },
        )
        assert reply.body["credentials"][0]["url"].startswith(
            "http://10.1.2.3:8000/api/2.0/mlflowlite/artifacts/parts/0/r/artifacts/f?"
        )

    def test_static_prefix(self, root: Path) -> None:
        """Below a prefix the URL of a part has it too, and works."""
        for uploader in serving(root, static_prefix="/my/mlflow"):
            upload, parts = uploaded(uploader, "f", b"x", b"y")
            assert "//localhost/my/mlflow/api/2.0/mlflowlite/" in upload["credentials"][0]["url"]
            assert uploader.complete("f", upload["upload_id"], parts).status == 200
            assert uploader.read("f") == b"xy"

    def test_public_url(self, root: Path) -> None:
        """What the operator says counts, and server-info then invites clients to upload in parts."""
        for uploader in serving(root, public_url="https://mlflow.example.com/team", static_prefix="/x"):
            url = uploader.begin("f", 1)["credentials"][0]["url"]
            assert url.startswith("https://mlflow.example.com/team/api/2.0/mlflowlite/artifacts/parts/0/")
            inside = url.replace("https://mlflow.example.com/team", "http://localhost/x")
            assert uploader.put(inside, b"x")[0] == 200
            info = uploader.client.get("/x/api/3.0/mlflow/server-info").body
            assert info["multipart_uploads_enabled"] is True
            assert info["multipart_downloads_enabled"] is False

    def test_not_serving_artifacts(self, root: Path) -> None:
        """A server that passes no artifacts on takes no parts either, and says that there are none."""
        for uploader in serving(root, serve_artifacts=False, public_url="https://h"):
            assert uploader.create("f", 1).status == 503
            assert uploader.client.http.put("/api/2.0/mlflowlite/artifacts/parts/f").status_code == 503
            info = uploader.client.get("/api/3.0/mlflow/server-info").body
            assert info["multipart_uploads_enabled"] is False

    def test_artifacts_only(self, root: Path) -> None:
        """A server for artifacts alone takes uploads in parts."""
        for uploader in serving(root, artifacts_only=True):
            upload, parts = uploaded(uploader, "f", b"x")
            assert uploader.complete("f", upload["upload_id"], parts).status == 200
