"""What is particular to uploads in parts on a folder: broken parts, crashes, races, left-overs."""

from __future__ import annotations

import os
import re
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mlflowlite.artifacts import LocalStore, disk, local_uploads, multipart, signing
from mlflowlite.artifacts.base import RESERVED
from mlflowlite.artifacts.multipart import Part, PartTicket
from tests.multipart_support import MIB, Uploader, serving, uploaded
from tests.support import Client
from tests.test_artifact_support import path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The artifact folder."""
    return tmp_path / "artifacts"


@pytest.fixture
def uploader(root: Path) -> Iterator[Uploader]:
    yield from serving(root)


def left_over(root: Path) -> list[str]:
    """Kinds of what lies in the private folder: upload, done, or a temporary file."""
    return sorted(name.partition("-")[0] for name in os.listdir(root / RESERVED))


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

    def test_memory(self, root: Path) -> None:
        """A part of any size passes through a few MiB of memory, and so does joining."""
        store, target = LocalStore(root), path("f")
        upload = store.create_upload(target, 2, "")
        query = parse_qs(urlsplit(upload.part_urls[0].url).query)
        tickets = [
            PartTicket(upload.id, n, int(query["expires"][0]), parse_qs(signed.url)["signature"][0])
            for n, signed in enumerate(upload.part_urls, start=1)
        ]
        tracemalloc.start()
        try:
            etags = [store.put_part(target, ticket, (b"x" * MIB for _ in range(100))) for ticket in tickets]
            store.complete_upload(target, upload.id, [Part(n, etag) for n, etag in enumerate(etags, start=1)])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert store.stat(target).size == 200 * MIB
        assert peak < 8 * MIB

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
