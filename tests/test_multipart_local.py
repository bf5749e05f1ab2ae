"""What is particular to uploads in parts on a folder: URLs that this server signs, left-overs, crashes."""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from mlflowlite.artifacts import disk, local_uploads, multipart, signing
from mlflowlite.artifacts.base import RESERVED
from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.multipart_support import Uploader
from tests.support import Client


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The artifact folder."""
    return tmp_path / "artifacts"


@pytest.fixture
def uploader(root: Path) -> Iterator[Uploader]:
    yield from serving(root)


def serving(root: Path, **more: Any) -> Iterator[Uploader]:
    """A client of a new server on an artifact folder."""
    settings = Settings(
        backend_store_uri=f"sqlite:///{root.parent}/a.db", artifacts_destination=str(root), **more
    )
    for app in make_app(settings):
        yield Uploader(Client(app), prefix=settings.static_prefix)


def changed(url: str, **fields: Any) -> str:
    """A URL with other values in its query; None leaves a field out."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | fields
    return parts._replace(query=urlencode({k: v for k, v in query.items() if v is not None})).geturl()


def left_over(root: Path) -> list[str]:
    """Kinds of what lies in the private folder: upload, done, or a temporary file."""
    return sorted(name.partition("-")[0] for name in os.listdir(root / RESERVED))


def uploaded(
    uploader: Uploader, name: str = "f", *parts: bytes
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    upload = uploader.begin(name, len(parts))
    return upload, [uploader.send(upload, n, data) for n, data in enumerate(parts, start=1)]


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


class TestParts:
    def test_a_part_that_breaks_off(self, uploader: Uploader, root: Path) -> None:
        """Fewer or more bytes than announced are a 400 and leave the part as it was."""
        upload, parts = uploaded(uploader, "f", b"whole")
        url = upload["credentials"][0]["url"]

        class Breaking:
            def read(self, size: int = -1) -> bytes:
                raise OSError("connection reset")

        for environ in ({"wsgi.input": Breaking()}, {"wsgi.input_terminated": True, "CONTENT_LENGTH": "9"}):
            status, _, body = uploader.put(url, b"who", environ_overrides=environ)
            assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        (folder,) = (root / RESERVED).iterdir()
        assert [re.sub(r"[0-9a-f]{32}", "", p.name) for p in folder.iterdir()] == ["part-1-"]
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
        assert uploader.read("f") == b"whole"

    def test_the_largest_part(self, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
        """A part that is too large is refused: at once when announced, else as soon as it is."""
        monkeypatch.setattr(local_uploads, "MAX_PART_BYTES", 10)
        url = uploader.begin("f", 1)["credentials"][0]["url"]
        assert uploader.put(url, b"x" * 10)[0] == 200
        chunked = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
        for environ in ({}, chunked):
            status, _, body = uploader.put(url, b"x" * 11, environ_overrides=environ)
            assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
            assert body["message"] == "Part 1 is larger than the limit of 10 bytes."

    def test_a_part_after_the_end(self, uploader: Uploader) -> None:
        """A late repeat of a part of a completed upload is a 404 and changes nothing."""
        upload, parts = uploaded(uploader, "f", b"x")
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
        assert uploader.put(upload["credentials"][0]["url"], b"y")[0] == 404
        assert uploader.read("f") == b"x"

    def test_other_parts_after_the_end(self, uploader: Uploader) -> None:
        """Completing again with parts that were not completed is a 404."""
        upload, parts = uploaded(uploader, "f", b"x")
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
        other = [{"part_number": 1, "etag": "0" * 32}]
        assert uploader.complete("f", upload["upload_id"], other).error == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_without_help_of_the_kernel(self, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where files can't be joined in the kernel, or only in part, they are copied."""
        real = os.copy_file_range
        calls: list[int] = []

        def refuse(*_: Any) -> int:
            raise OSError(disk._NO_COPY_FILE_RANGE[0], "no")

        def little(source: int, target: int, count: int) -> int:
            calls.append(count)
            return real(source, target, 10) if len(calls) % 2 else 0

        for broken in (refuse, little, lambda *_: 0):
            monkeypatch.setattr(os, "copy_file_range", broken)
            upload, parts = uploaded(uploader, "f", b"first " * 9, b"second", b"")
            assert uploader.complete("f", upload["upload_id"], parts).status == 200
            assert uploader.read("f") == b"first " * 9 + b"second"
        assert calls

    def test_a_full_disk(self, uploader: Uploader, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that is full while parts are joined leaves nothing visible; the upload can go on."""
        upload, parts = uploaded(uploader, "f", b"x", b"y")
        real = local_uploads.append

        def full(source: Any, target: Any) -> None:
            real(source, target)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(local_uploads, "append", full)
        assert uploader.complete("f", upload["upload_id"], parts).error == (500, "INTERNAL_ERROR")
        assert uploader.names() == []
        assert left_over(root) == ["upload"]
        monkeypatch.setattr(local_uploads, "append", real)
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
        assert uploader.read("f") == b"xy"


class TestRaces:
    def test_completing_at_once(self, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
        """While one request joins the parts, another, or an abort, is a 503 that clients repeat."""
        upload, parts = uploaded(uploader, "f", b"x", b"y")
        joining, go_on = threading.Event(), threading.Event()
        real = local_uploads.append

        def slow(source: Any, target: Any) -> None:
            joining.set()
            assert go_on.wait(20)
            real(source, target)

        monkeypatch.setattr(local_uploads, "append", slow)
        replies = []
        first = Uploader(Client(uploader.client.app))
        thread = threading.Thread(
            target=lambda: replies.append(first.complete("f", upload["upload_id"], parts))
        )
        thread.start()
        assert joining.wait(20)
        second = uploader.complete("f", upload["upload_id"], parts)
        aborted = uploader.abort("f", upload["upload_id"])
        go_on.set()
        thread.join()
        assert second.error == aborted.error == (503, "TEMPORARILY_UNAVAILABLE")
        assert second.raw.headers["Retry-After"] == "1"
        assert replies[0].status == 200
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
        assert uploader.read("f") == b"xy"

    def test_without_locks(self, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where files can't be locked, requests that join the same parts at once both succeed."""
        monkeypatch.setattr(local_uploads.fcntl, "flock", lambda *_: (_ for _ in ()).throw(OSError(37, "no")))
        upload, parts = uploaded(uploader, "f", b"x", b"y")
        barrier = threading.Barrier(2, timeout=20)
        real = local_uploads.LocalUpload.finish

        def together(self: Any, parts: Any) -> None:
            barrier.wait()
            real(self, parts)

        monkeypatch.setattr(local_uploads.LocalUpload, "finish", together)
        replies = []

        def complete() -> None:
            mine = Uploader(Client(uploader.client.app))
            replies.append(mine.complete("f", upload["upload_id"], parts).status)

        threads = [threading.Thread(target=complete) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert replies == [200, 200]
        assert uploader.read("f") == b"xy"

    def test_a_crash_before_the_end(self, uploader: Uploader, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that dies after the file appeared and before it said so is simply asked again."""
        upload, parts = uploaded(uploader, "f", b"x", b"y")

        def die(self: Any, parts: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(local_uploads.LocalUpload, "finish", die)
            with pytest.raises(SystemExit):
                uploader.complete("f", upload["upload_id"], parts)
        assert uploader.read("f") == b"xy"
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
        assert uploader.read("f") == b"xy"


class TestLeftOvers:
    def age(self, root: Path, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
        """Let time pass."""
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + seconds)

    @pytest.mark.parametrize("at", ["start", "create"])
    def test_sweeping(self, uploader: Uploader, root: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
        """Uploads that were never completed, and the traces of those that were, go after a day and an
        hour: when a server starts, and when an upload begins."""
        uploaded(uploader, "never completed", b"x")
        upload, parts = uploaded(uploader, "f", b"x")
        uploader.complete("f", upload["upload_id"], parts)
        assert left_over(root) == ["done", "upload"]
        self.age(root, monkeypatch, multipart.UPLOAD_SECONDS + 3500)
        for _ in serving(root):
            assert left_over(root) == ["done", "upload"]
        self.age(root, monkeypatch, 200)
        if at == "create":
            uploader.begin("new", 1)
            assert left_over(root) == ["upload"]
        else:
            for _ in serving(root):
                assert left_over(root) == []
        assert (root / signing.KEY_NAME).exists()
        assert uploader.read("f") == b"x"

    def test_sweeping_is_bounded(
        self, uploader: Uploader, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One request removes ten left-overs at most; the next ones do the rest."""
        for _ in range(25):
            uploader.begin("f", 1)
        self.age(root, monkeypatch, multipart.UPLOAD_SECONDS + 4000)
        counts = []
        for _ in range(4):
            uploader.begin("f", 1)
            counts.append(len(left_over(root)))
        assert counts == [16, 7, 3, 4]

    def test_no_work_for_lists(self, uploader: Uploader) -> None:
        """Unfinished uploads show in no list, at any depth."""
        uploaded(uploader, "f", b"x")
        uploader.folder = ""
        assert uploader.names() == []
        uploader.folder = RESERVED
        assert uploader.names() == []
