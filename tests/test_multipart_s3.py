"""What is particular to uploads in parts on S3, and on Google's servers: names, odd answers, left-overs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import requests

from mlflowlite.artifacts import open_store
from mlflowlite.artifacts.multipart import Part
from mlflowlite.errors import MlflowError
from tests.cloud_servers import gcs, gcs_server  # noqa: F401
from tests.multipart_support import (
    MIB,
    Answer,
    Service,
    http_service,  # noqa: F401
    no_aws,  # noqa: F401
)
from tests.test_artifact_support import (
    bucket,  # noqa: F401
    path,
    read,
    s3_environment,  # noqa: F401
    s3_server,  # noqa: F401
)

pytest.importorskip("obstore")
from mlflowlite.artifacts import s3_uploads


@pytest.fixture(params=["s3", "gcs"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty place in a bucket."""
    request.getfixturevalue("s3_environment" if request.param == "s3" else "gcs")
    scheme = "s3" if request.param == "s3" else "gs"
    return f"{scheme}://bucket/{tmp_path.name}"


@pytest.fixture
def prefix(uri: str) -> str:
    """Where in the bucket that is."""
    return uri.partition("://bucket/")[2]


@pytest.fixture
def other(request: pytest.FixtureRequest, s3_environment: str) -> Any:  # noqa: F811
    """The bucket as a client of S3 sees it; it is the same behind both servers."""
    return request.getfixturevalue("bucket")


def send(url: str, data: bytes) -> str:
    answer = requests.put(url, data, timeout=60)
    assert answer.status_code == 200
    return answer.headers["ETag"].strip('"')


class TestUploads:
    @pytest.mark.parametrize("name", ["f", "a b/é%.txt", "x*[y]{z}|^`<>~';&=+?.bin"])
    def test_any_name_keeps_its_spelling(self, uri: str, prefix: str, other: Any, name: str) -> None:
        """An upload in parts makes the very object that an ordinary one makes, with its type."""
        store = open_store(f"{uri}/deep")
        upload = store.create_upload(path(name), 1, "")
        store.complete_upload(path(name), upload.id, [Part(1, send(upload.part_urls[0].url, b"x"))])
        assert read(store, name) == b"x"
        (found,) = other.objects.filter(Prefix=f"{prefix}/")
        assert found.key == f"{prefix}/deep/{name}"
        store.put(path("other" + name[-4:]), [b"x"])
        types = {o.Object().content_type for o in other.objects.filter(Prefix=f"{prefix}/")}
        assert len(types) == 1

    def test_small_parts(self, uri: str) -> None:
        """Parts below S3's least size are a 400 that says so."""
        store = open_store(uri)
        upload = store.create_upload(path("f"), 2, "")
        parts = [Part(n, send(signed.url, b"x")) for n, signed in enumerate(upload.part_urls, start=1)]
        with pytest.raises(MlflowError, match="every part but the last must have 5 MiB") as caught:
            store.complete_upload(path("f"), upload.id, parts)
        assert caught.value.http_status == 400

    @pytest.mark.parametrize("uri", ["s3"], indirect=True)
    def test_completing_what_s3_forgot(self, uri: str, prefix: str) -> None:
        """When S3 knows the upload no more, the object's etag tells whether these parts made it."""
        from moto.s3.models import s3_backends

        store = open_store(uri)
        upload = store.create_upload(path("f"), 2, "")
        data = [b"x" * 5 * MIB, b"y"]
        parts = [Part(n, send(upload.part_urls[n - 1].url, data[n - 1])) for n in (1, 2)]
        store.complete_upload(path("f"), upload.id, parts)
        keys = s3_backends["123456789012"]["aws"].buckets["bucket"].keys
        keys[f"{prefix}/f"].multipart = None
        store.complete_upload(path("f"), upload.id, parts)
        for wrong in ([parts[0], Part(2, "0" * 32)], [parts[0], Part(2, "no-md5")]):
            with pytest.raises(MlflowError, match="no such multipart upload") as caught:
                store.complete_upload(path("f"), upload.id, wrong)
            assert caught.value.http_status == 404
        store.delete(path("f"))
        with pytest.raises(MlflowError, match="no such multipart upload"):
            store.complete_upload(path("f"), upload.id, parts)

    def test_sweeping(self, uri: str, prefix: str, other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Uploads that began a week ago are aborted, ten at a time, when a server starts and when an
        upload begins; younger ones, and those of other places in the bucket, stay."""

        def waiting(place: str) -> int:
            return sum(u.object_key.startswith(f"{place}/") for u in other.multipart_uploads.all())

        for place in (prefix, f"{prefix}-other"):
            for n in range(12):
                other.Object(f"{place}/f{n}").initiate_multipart_upload()
        began = datetime.now(timezone.utc) - datetime(2010, 11, 10, tzinfo=timezone.utc)  # says moto of all
        with monkeypatch.context() as patch:
            patch.setattr(s3_uploads, "STALE_AFTER", began + timedelta(days=1))
            open_store(uri).create_upload(path("g"), 1, "")
            assert waiting(prefix) == 13
        store = open_store(uri)
        store.create_upload(path("g"), 1, "")
        assert waiting(prefix) == 4
        store.create_upload(path("g"), 1, "")
        assert waiting(prefix) == 5
        open_store(uri).check()
        assert (waiting(prefix), waiting(f"{prefix}-other")) == (0, 12)


class TestAnswers:
    @pytest.fixture
    def store(self, aws: pytest.MonkeyPatch, service: Service) -> Any:
        """A store whose service answers as the test says, but for looking around before an upload."""
        aws.setenv("AWS_ACCESS_KEY_ID", "a")
        aws.setenv("AWS_SECRET_ACCESS_KEY", "s")
        aws.setenv("MLFLOW_S3_ENDPOINT_URL", service.url)
        empty = "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated></ListBucketResult>"
        self.replies: dict[str, Answer] = {}

        def answer(method: str, target: str) -> Answer:
            if "list-type" in target:
                return 200, empty
            return self.replies.get(method, (404, "<Error><Code>NoSuchKey</Code></Error>"))

        service.answer = answer
        return open_store("s3://b/p")

    @pytest.mark.parametrize(
        ("reply", "status", "text"),
        [
            ((200, "<Error><Code>InternalError</Code></Error>"), 503, "answered with InternalError"),
            ((400, "<Error><Code>InvalidPart</Code></Error>"), 400, "its etag is another one"),
            ((400, "<Error><Code>EntityTooSmall</Code></Error>"), 400, "5 MiB"),
            (
                (403, "<Error><Code>AccessDenied</Code></Error>"),
                403,
                r"denied the server access \(AccessDenied\)",
            ),
            ((404, "<Error><Code>NoSuchUpload</Code></Error>"), 404, "no such multipart upload"),
            ((404, "<Error><Code>NoSuchBucket</Code></Error>"), 500, "bucket 'b' does not exist"),
            ((503, "<Error><Code>SlowDown</Code></Error>"), 503, "answered with SlowDown"),
            ((500, "<html>"), 503, "can't be reached"),
            ((301, ""), 503, "can't be reached"),
        ],
    )
    def test_completing(self, store: Any, reply: Answer, status: int, text: str) -> None:
        """What S3 objects to becomes the protocol's error, also when it says so in a 200."""
        self.replies["POST"] = reply
        with pytest.raises(MlflowError, match=text) as caught:
            store.complete_upload(path("f"), "1-abc", [Part(1, "e")])
        assert caught.value.http_status == status

    def test_beginning(self, store: Any) -> None:
        """An answer without an upload is a 503; a denied sweep does no harm."""
        self.replies["GET"] = (403, "<Error><Code>AccessDenied</Code></Error>")
        self.replies["POST"] = (200, "<x/>")
        with pytest.raises(MlflowError, match="can't be reached"):
            store.create_upload(path("f"), 1, "")
        self.replies["GET"] = (200, "<Upload><Key>p/f</Key></Upload>")
        self.replies["POST"] = (200, "<UploadId>a&amp;b</UploadId>")
        assert store.create_upload(path("f"), 1, "").id == "1-a&b"

    def test_nobody_there(self, store: Any, service: Service) -> None:
        """No connection is a 503."""
        service.server.shutdown()
        service.server.server_close()
        with pytest.raises(MlflowError, match="can't be reached") as caught:
            store.abort_upload(path("f"), "1-abc")
        assert caught.value.http_status == 503

    def test_a_netrc_adds_nothing(
        self, store: Any, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Signed requests carry no password from the server's home: S3 refuses two kinds at once."""
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        self.replies["DELETE"] = (204, "")
        store.abort_upload(path("f"), "1-abc")
        method, target, headers, _ = service.asked[-1]
        assert (method, "Authorization" in headers) == ("DELETE", False)
        assert re.match(r"/b/p/f\?.*uploadId=abc", target)
