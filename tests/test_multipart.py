"""Uploads in parts (`endpoints.md` §4.2), over HTTP, on a folder, a server that speaks S3 and Google's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlflowlite.settings import Settings
from tests.cloud_servers import gcs, gcs_server  # noqa: F401
from tests.conftest import make_app
from tests.multipart_support import MIB, Uploader
from tests.support import Client
from tests.test_artifact_support import (
    s3_environment,  # noqa: F401
    s3_server,  # noqa: F401
)

FIRST = 5 * MIB  # S3 takes no smaller parts, but for the last


def blocks(*sizes: int) -> list[bytes]:
    made = random.Random(len(sizes))
    return [made.randbytes(size) for size in sizes]


@pytest.fixture(params=["local", "s3", "gcs"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where artifacts go: an empty store of each kind."""
    if request.param == "local":
        return f"{tmp_path}/artifacts"
    if request.param == "gcs":
        return f"{request.getfixturevalue('gcs')}/{tmp_path.name}"
    request.getfixturevalue("s3_environment")
    return f"s3://bucket/{tmp_path.name}"


@pytest.fixture
def uploader(destination: str, tmp_path: Path) -> Iterator[Uploader]:
    """Talks to a server on that store."""
    settings = Settings(
        backend_store_uri=f"sqlite:///{tmp_path}/a.db",
        artifacts_destination=destination,
        check_artifacts=False,
    )
    for app in make_app(settings):
        yield Uploader(Client(app))


def test_a_file_in_parts(uploader: Uploader) -> None:
    """Parts sent at once and in any order become one file, byte for byte, and nothing shows before that."""
    data = blocks(FIRST, FIRST + 1, FIRST + 2, 7)
    upload = uploader.begin("/home/me/big file ü.bin", len(data))
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda n: uploader.send(upload, n, data[n - 1]), [4, 2, 3, 1]))
    assert uploader.names() == []
    assert uploader.read("big file ü.bin") is None
    reply = uploader.complete("/home/me/big file ü.bin", upload["upload_id"], sent)
    assert (reply.status, reply.body) == (200, {})
    assert uploader.read("big file ü.bin") == b"".join(data)
    assert uploader.names() == ["big file ü.bin"]


def test_the_protocols_shape(uploader: Uploader) -> None:
    """Each credential has an absolute URL and its number, from 1 on, as numbers."""
    upload = uploader.begin("f", 3)
    assert isinstance(upload["upload_id"], str)
    assert [credential["part_number"] for credential in upload["credentials"]] == [1, 2, 3]
    assert all(credential["url"].startswith("http://") for credential in upload["credentials"])
    assert len({credential["url"] for credential in upload["credentials"]}) == 3


def test_one_small_part(uploader: Uploader) -> None:
    """A file may be one part, also an empty one; it replaces the file that was there."""
    for data in (b"x", b"", b"longer"):
        upload = uploader.begin("f", 1)
        part = uploader.send(upload, 1, data)
        assert uploader.complete("f", upload["upload_id"], [part]).status == 200
        assert uploader.read("f") == data


def test_a_repeated_part(uploader: Uploader) -> None:
    """A part may be sent again; the one whose etag is named counts."""
    first, again, last = blocks(FIRST, FIRST, 3)
    upload = uploader.begin("f", 2)
    uploader.send(upload, 1, first)
    parts = [uploader.send(upload, 1, again), uploader.send(upload, 2, last)]
    uploader.send(upload, 2, last)
    assert uploader.complete("f", upload["upload_id"], parts).status == 200
    assert uploader.read("f") == again + last


def test_completing_twice(uploader: Uploader) -> None:
    """A client that did not hear the answer asks again and gets the same; nothing can be undone."""
    data = blocks(FIRST, 5)
    upload = uploader.begin("f", 2)
    parts = [uploader.send(upload, n, data[n - 1]) for n in (1, 2)]
    for _ in range(3):
        assert uploader.complete("f", upload["upload_id"], parts).status == 200
    assert uploader.read("f") == b"".join(data)
    assert uploader.abort("f", upload["upload_id"]).status == 200
    assert uploader.read("f") == b"".join(data)


def test_what_can_not_be_completed(uploader: Uploader) -> None:
    """Missing, repeated, unknown and wrong parts are a 400 that names them; the upload goes on."""
    data = blocks(FIRST, FIRST, 5)
    upload = uploader.begin("f", 3)
    one, two, three = (uploader.send(upload, n, data[n - 1]) for n in (1, 2, 3))
    for parts, text in [
        ([one, three], "lacks 1 of the upload's 3 parts: 2"),
        ([one, two], "lacks 1 of the upload's 3 parts: 3"),
        ([one, two, two, three], "names part 2 twice"),
        ([one, two, three, {"part_number": 4, "etag": "x"}], "part 4, but the upload has 3"),
        ([one, two, {"part_number": 3, "etag": one["etag"]}], "its etag is another one"),
        ([one, two, {"part_number": 3, "etag": "../../x"}], "its etag is another one"),
        ([one, two, {"part_number": 3}], "'etag' of part 3 is missing"),
        ([one, two, {"part_number": 3, "etag": "a\nb"}], "'etag' of part 3 is no etag"),
        ([one, two, {"part_number": 3, "etag": "a" * 1000}], "'etag' of part 3 is no etag"),
        ([one, two, {"part_number": 0, "etag": "x"}], "between 1 and 10000, got 0"),
        ([one, two, {"part_number": 10_001, "etag": "x"}], "between 1 and 10000, got 10001"),
        ([one, two, {"part_number": -1, "etag": "x"}], "between 1 and 10000, got -1"),
        ([one, two, {"etag": "x"}], "part_number"),
        ([], "parts"),
    ]:
        reply = uploader.complete("f", upload["upload_id"], parts)
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")
        assert text in reply.body["message"]
        assert uploader.names() == []
    assert uploader.complete("f", upload["upload_id"], [three, one, two]).status == 200
    assert uploader.read("f") == b"".join(data)


def test_a_part_that_never_came(uploader: Uploader) -> None:
    """Naming a part that was not sent is a 400."""
    upload = uploader.begin("f", 2)
    one = uploader.send(upload, 1, b"x" * FIRST)
    reply = uploader.complete("f", upload["upload_id"], [one, {"part_number": 2, "etag": "0" * 32}])
    assert reply.error == (400, "INVALID_PARAMETER_VALUE")
    assert "was not uploaded" in reply.body["message"]
    assert uploader.read("f") is None


def test_aborting(uploader: Uploader) -> None:
    """An aborted upload is gone: its parts are refused, it can't be completed, only aborted again."""
    upload = uploader.begin("f", 1)
    part = uploader.send(upload, 1, b"x")
    for _ in range(3):
        reply = uploader.abort("f", upload["upload_id"])
        assert (reply.status, reply.body) == (200, {})
    assert uploader.put(upload["credentials"][0]["url"], b"x")[0] == 404
    assert uploader.complete("f", upload["upload_id"], [part]).error == (404, "RESOURCE_DOES_NOT_EXIST")
    assert uploader.names() == []


@pytest.mark.parametrize(
    "upload_id", ["nope", "../x", "1-../../x", "2-1700000000-" + "0" * 32, "1-", "1-\n", "é", "0-x", "1-a/b"]
)
def test_unknown_uploads(uploader: Uploader, upload_id: str) -> None:
    """An id that belongs to no upload is a 404."""
    for n in (1, 2):
        parts = [{"part_number": m + 1, "etag": "0" * 32} for m in range(n)]
        reply = uploader.complete("f", upload_id, parts)
        if reply.status != 400:  # the id says another number of parts
            break
    assert reply.error == (404, "RESOURCE_DOES_NOT_EXIST"), reply.body
    assert "no such multipart upload of artifact '0/r/artifacts/f'" in reply.body["message"]
    assert uploader.abort("f", upload_id).status in (200, 404)
    assert uploader.names() == []


def test_missing_fields(uploader: Uploader) -> None:
    """A request without the file, the upload or its parts is a 400 that names the field."""
    base = f"{uploader.base}/mpu"
    for path, fields, name in [
        ("create", {"num_parts": 1}, "path"),
        ("create", {"path": "f"}, "num_parts"),
        ("complete", {"upload_id": "u", "parts": [{"part_number": 1}]}, "path"),
        ("complete", {"path": "f", "parts": [{"part_number": 1, "etag": "e"}]}, "upload_id"),
        ("complete", {"path": "f", "upload_id": "u"}, "parts"),
        ("abort", {"upload_id": "u"}, "path"),
        ("abort", {"path": "f"}, "upload_id"),
    ]:
        reply = uploader.client.post(f"{base}/{path}/d", fields)
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")
        assert name in reply.body["message"]


@pytest.mark.parametrize("num_parts", [0, -1, 10_001, 2**40])
def test_numbers_of_parts(uploader: Uploader, num_parts: int) -> None:
    """An upload has 1 to 10,000 parts; the error says what to change."""
    reply = uploader.create("f", num_parts)
    assert reply.error == (400, "INVALID_PARAMETER_VALUE")
    assert f"between 1 and 10000, got {num_parts}" in reply.body["message"]
    assert "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE" in reply.body["message"]


def test_the_most_parts(uploader: Uploader) -> None:
    """All 10,000 URLs of the largest upload come in one answer."""
    assert len(uploader.begin("f", 10_000)["credentials"]) == 10_000


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("big.bin", "big.bin"),
        ("/home/me/big.bin", "big.bin"),
        ("./x/big.bin", "big.bin"),
        ("C:\\Users\\me\\big.bin", "big.bin"),
        ("\\\\host\\share\\big.bin", "big.bin"),
        ("a%20b", "a b"),
    ],
)
def test_the_file_is_named_by_the_last_name(uploader: Uploader, given: str, name: str) -> None:
    """Clients send the path the file has on their disk, also on Windows; its name counts, as in a PUT."""
    upload = uploader.begin(given, 1)
    part = uploader.send(upload, 1, b"x")
    assert uploader.complete(given, upload["upload_id"], [part]).status == 200
    assert uploader.names() == [name]


@pytest.mark.parametrize(
    "name",
    ["", "x/", "..", "a/..", "%2e%2e", "a\x00b", "a#b", ".mlflowlite-tmp", ".MLFLOWLITE-tmp-x", "n" * 5000],
)
def test_names_that_no_file_may_have(uploader: Uploader, name: str) -> None:
    """What a PUT refuses an upload in parts refuses too, at each of its steps."""
    assert uploader.create(name, 1).error == (400, "INVALID_PARAMETER_VALUE")
    upload = uploader.begin("f", 1)
    part = uploader.send(upload, 1, b"x")
    assert uploader.complete(name, upload["upload_id"], [part]).error == (400, "INVALID_PARAMETER_VALUE")
    assert uploader.names() == []


@pytest.mark.parametrize("folder", ["../x", "a/../../x", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "a%00b"])
def test_folders_that_no_file_may_be_in(uploader: Uploader, folder: str) -> None:
    """Nothing leads out of the store."""
    uploader.folder = folder
    for reply in (
        uploader.create("f", 1),
        uploader.complete("f", "1-x", [{"part_number": 1, "etag": "e"}]),
        uploader.abort("f", "1-x"),
    ):
        assert reply.error == (400, "INVALID_PARAMETER_VALUE")


def test_an_upload_is_one_files(destination: str, uploader: Uploader) -> None:
    """The parts of one file can't be completed as another."""
    if destination.startswith(("s3:", "gs:")):
        pytest.skip("the store sees to it; its stand-in does not")
    upload = uploader.begin("f", 1)
    part = uploader.send(upload, 1, b"x")
    assert uploader.complete("g", upload["upload_id"], [part]).status == 404
    uploader.abort("g", upload["upload_id"])
    assert uploader.complete("f", upload["upload_id"], [part]).status == 200
    assert uploader.names() == ["f"]


def test_folders_and_files_in_the_way(uploader: Uploader) -> None:
    """A folder in the place of the file, or a file in that of a folder, is a 400 at once."""
    upload = uploader.begin("a", 1)
    part = uploader.send(upload, 1, b"x")
    assert (
        uploader.client.http.put(f"{uploader.base}/artifacts/{uploader.folder}/a/b", data=b"y").status_code
        == 200
    )
    assert uploader.create("a", 1).status == 400
    assert uploader.complete("a", upload["upload_id"], [part]).status == 400
    uploader.folder += "/a/b"
    assert uploader.create("c", 1).status == 400


def test_two_uploads_of_one_file(uploader: Uploader) -> None:
    """Uploads of one file don't mix; the one that is completed last stays."""
    one, two = uploader.begin("f", 1), uploader.begin("f", 1)
    assert one["upload_id"] != two["upload_id"]
    part_of_two, part_of_one = uploader.send(two, 1, b"two"), uploader.send(one, 1, b"one")
    assert uploader.complete("f", two["upload_id"], [part_of_two]).status == 200
    assert uploader.read("f") == b"two"
    assert uploader.complete("f", one["upload_id"], [part_of_one]).status == 200
    assert uploader.read("f") == b"one"


def test_server_info(destination: str, uploader: Uploader) -> None:
    """Clients are told to use what surely works for them: past this server, where the store can."""
    info = uploader.client.get("/api/3.0/mlflow/server-info").body
    past_this_server = destination.startswith(("s3:", "gs:"))
    assert info["multipart_uploads_enabled"] is past_this_server
    assert info["multipart_downloads_enabled"] is past_this_server
    assert info["presigned_upload_run_id_supported"] is True
    assert info["presigned_upload_model_id_supported"] is True
