"""URLs signed for files, over HTTP: on a real server that speaks S3, and where the store has none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.multipart_support import PROXY
from tests.support import Client
from tests.test_artifact_support import (
    bucket,  # noqa: F401
    s3_environment,  # noqa: F401
    s3_server,  # noqa: F401
)

NAMES = ["model.pkl", "dir/a b.txt", "é+%&=?.bin", "x*[y]{z}|^`<>~';"]


def serving(folder: Path, **settings: Any) -> Iterator[Client]:
    for app in make_app(
        Settings(backend_store_uri=f"sqlite:///{folder}/a.db", check_artifacts=False, **settings)
    ):
        yield Client(app)


@pytest.fixture
def direct(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """A server whose runs keep their artifacts in S3, where clients go by themselves."""
    request.getfixturevalue("s3_environment")
    yield from serving(
        tmp_path,
        default_artifact_root=f"s3://bucket/{tmp_path.name}",
        artifacts_destination=str(tmp_path / "artifacts"),
    )


@pytest.fixture
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """A server that passes the artifacts of S3 on."""
    request.getfixturevalue("s3_environment")
    yield from serving(tmp_path, artifacts_destination=f"s3://bucket/{tmp_path.name}")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Client]:
    """A server whose runs keep their artifacts in a folder that clients share."""
    yield from serving(
        tmp_path,
        default_artifact_root=str(tmp_path / "artifacts"),
        artifacts_destination=str(tmp_path / "artifacts"),
    )


def upload_url(client: Client, **fields: Any) -> dict[str, Any]:
    reply = client.post("artifacts/presigned-upload-url", **fields)
    assert reply.status == 200, reply.body
    return reply.body


class TestRuns:
    @pytest.mark.parametrize("name", NAMES)
    def test_up_and_down(self, direct: Client, name: str) -> None:
        """What is put to the one URL is a file of the run, and comes back from the other."""
        run = direct.new_run()
        signed = upload_url(direct, run_id=run, path=name)
        sent = requests.put(signed["presigned_url"], b"content", headers=signed["headers"], timeout=60)
        assert sent.status_code == 200
        folder = name.rpartition("/")[0]
        files = direct.get("artifacts/list", run_id=run, path=folder).body["files"]
        assert files == [{"path": name, "is_dir": False, "file_size": 7}]
        reply = direct.post("artifacts/presigned-download-url", run_id=run, path=name)
        assert (reply.status, reply.body["file_size"]) == (200, 7)
        got = requests.get(reply.body["presigned_url"], headers={"Range": "bytes=1-3"}, timeout=60)
        assert (got.status_code, got.content) == (206, b"ont")

    def test_the_type_of_the_file(self, direct: Client, tmp_path: Path, request: Any) -> None:
        """The headers that come with the URL give the object the type that its name suggests."""
        run = direct.new_run()
        signed = upload_url(direct, run_id=run, path="a.json")
        requests.put(signed["presigned_url"], b"{}", headers=signed["headers"], timeout=60)
        other = request.getfixturevalue("bucket")
        (found,) = other.objects.filter(Prefix=f"{tmp_path.name}/0/{run}/")
        assert (found.key, found.Object().content_type) == (
            f"{tmp_path.name}/0/{run}/artifacts/a.json",
            "text/plain",
        )

    def test_files_of_logged_models(self, direct: Client) -> None:
        """A logged model's files can be put in the same way."""
        model = direct.post("logged-models", experiment_id="0", name="m").body["model"]["info"]
        signed = upload_url(direct, model_id=model["model_id"], path="MLmodel")
        assert requests.put(signed["presigned_url"], b"x", timeout=60).status_code == 200
        listing = direct.get(f"logged-models/{model['model_id']}/artifacts/directories").body
        assert [file["path"] for file in listing["files"]] == ["MLmodel"]

    @pytest.mark.parametrize(("given", "seconds"), [(None, 900), (1, 1), (604_800, 604_800)])
    def test_how_long(self, direct: Client, given: int | None, seconds: int) -> None:
        """The URL is good as long as the client asked, a quarter of an hour by default."""
        fields = {} if given is None else {"expiration": given}
        url = upload_url(direct, run_id=direct.new_run(), path="f", **fields)["presigned_url"]
        assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == [str(seconds)]

    @pytest.mark.parametrize("given", [0, -1, 604_801, 2**40])
    @pytest.mark.parametrize("way", ["upload", "download"])
    def test_too_long(self, direct: Client, way: str, given: int) -> None:
        """A time that S3 would refuse is a 400."""
        reply = direct.post(
            f"artifacts/presigned-{way}-url", run_id=direct.new_run(), path="f", expiration=given
        )
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")
        assert f"between 1 and 604800 seconds (got {given})" in reply.body["message"]

    def test_whose(self, direct: Client) -> None:
        """An upload is for a run or for a model, not for both or none."""
        for fields in ({}, {"run_id": "r", "model_id": "m"}):
            reply = direct.post("artifacts/presigned-upload-url", path="f", **fields)
            assert reply.error == (400, "INVALID_PARAMETER_VALUE")
            assert reply.body["message"] == "Exactly one of run_id and model_id must be provided."

    @pytest.mark.parametrize("fields", [{"run_id": "nope"}, {"model_id": "m-nope"}])
    def test_unknown(self, direct: Client, fields: dict[str, str]) -> None:
        """A run or model that is not there is a 404."""
        reply = direct.post("artifacts/presigned-upload-url", path="f", **fields)
        assert reply.error == (404, "RESOURCE_DOES_NOT_EXIST")

    def test_downloads_of_nothing(self, direct: Client) -> None:
        """A missing file is a 404, a folder and a path that leads out a 400."""
        run = direct.new_run()
        signed = upload_url(direct, run_id=run, path="a/b")
        requests.put(signed["presigned_url"], b"x", timeout=60)
        for path, status in [("nope", 404), ("a", 400), ("", 400), ("../x", 400), ("a/%2e%2e/%2e%2e/x", 400)]:
            reply = direct.post("artifacts/presigned-download-url", run_id=run, path=path)
            assert reply.status == status, path
        assert direct.post("artifacts/presigned-download-url", run_id="nope", path="a").status == 404

    @pytest.mark.parametrize("path", ["", "a/", "..", "../x", "%2e%2e/x", ".mlflowlite-tmp", "k" * 1100, "a"])
    def test_uploads_to_no_file(self, direct: Client, path: str) -> None:
        """What a PUT refuses gets no URL either, also a folder in the place of the file."""
        run = direct.new_run()
        requests.put(upload_url(direct, run_id=run, path="a/b")["presigned_url"], b"x", timeout=60)
        reply = direct.post("artifacts/presigned-upload-url", run_id=run, path=path)
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")


class TestProxy:
    @pytest.mark.parametrize("name", NAMES)
    def test_down(self, proxied: Client, name: str) -> None:
        """A file that came through the server can be fetched past it."""
        path = f"{PROXY}/artifacts/0/r/artifacts/"
        quoted = requests.utils.quote(name)
        assert proxied.http.put(path + quoted, data=b"content").status_code == 200
        reply = proxied.get(f"{PROXY}/presigned/0/r/artifacts/{quoted}")
        assert (reply.status, reply.body["file_size"]) == (200, 7)
        assert requests.get(reply.body["url"], timeout=60).content == b"content"

    def test_down_of_nothing(self, proxied: Client) -> None:
        """A missing file is a 404, a folder and a path that leads out a 400."""
        proxied.http.put(f"{PROXY}/artifacts/a/b", data=b"x")
        for path, status in [("nope", 404), ("a", 400), ("../x", 400), ("%252e%252e/x", 400)]:
            assert proxied.get(f"{PROXY}/presigned/{path}").status == status, path

    def test_runs_of_the_proxy(self, proxied: Client) -> None:
        """Runs whose artifacts the server passes on have their own way, and this one is a 400."""
        run = proxied.new_run()
        for way in ("upload", "download"):
            reply = proxied.post(f"artifacts/presigned-{way}-url", run_id=run, path="f")
            assert reply.error == (400, "INVALID_PARAMETER_VALUE")
            assert f"Presigned {way} is not supported for" in reply.body["message"]
            assert "(artifact URI scheme: mlflow-artifacts)" in reply.body["message"]


class TestFolders:
    def test_folders_have_no_urls(self, local: Client) -> None:
        """A folder can sign nothing: the protocol's 501, by which clients know to go another way."""
        run = local.new_run()
        for way in ("upload", "download"):
            reply = local.post(f"artifacts/presigned-{way}-url", run_id=run, path="f")
            assert reply.error == (501, "NOT_IMPLEMENTED")
            assert reply.body["message"] == (
                f"Presigned {way} is not supported for the current artifact repository"
            )
        reply = local.get(f"{PROXY}/presigned/f")
        assert reply.error == (501, "NOT_IMPLEMENTED")
        assert (
            reply.body["message"] == "Multipart download is not supported for the current artifact repository"
        )
