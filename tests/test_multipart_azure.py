"""Signed URLs and uploads in parts on Azure, against a service that keeps blocks and checks signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

from mlflowlite.artifacts import open_store
from mlflowlite.artifacts.multipart import Part
from mlflowlite.errors import MlflowError
from tests.multipart_support import (
    Answer,
    Service,
    http_service,  # noqa: F401
)
from tests.test_artifact_support import path

pytest.importorskip("obstore")
from mlflowlite.artifacts import clouds

KEY = base64.b64encode(b"a secret of thirty-two bytes ...").decode()
# The fields of a service SAS of a blob in the order of the string to sign; `resource` is no parameter.
FIELDS = "sp st se resource si sip spr sv sr snapshot ses rscc rscd rsce rscl rsct".split()


class Container:
    """The container `cont` of the account `acc`, as far as blocks go."""

    def __init__(self, service: Service) -> None:
        self.blocks: dict[tuple[str, str], bytes] = {}
        self.blobs: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.service = service
        service.answer = self.answer

    def answer(self, method: str, target: str) -> Answer:
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if query.get("comp") == "list":
            return 200, "<EnumerationResults><Blobs/></EnumerationResults>"
        name = unquote(parts.path).removeprefix("/acc/cont/")
        if "sig" not in query:
            return 404, "<Error><Code>BlobNotFound</Code></Error>"
        if not self.is_signed(name, query):
            return 403, "<Error><Code>AuthenticationFailed</Code></Error>"
        _, _, headers, body = self.service.asked[-1]
        if query.get("comp") == "block":
            self.blocks[name, query["blockid"]] = body
        elif query.get("comp") == "blocklist":
            wanted = [(name, block) for block in re.findall(r"<Latest>(.*?)</Latest>", body.decode())]
            if any(block not in self.blocks for block in wanted):
                return 400, "<Error><Code>InvalidBlockList</Code></Error>"
            self.blobs[name] = b"".join(self.blocks[block] for block in wanted)
            self.types[name] = headers["x-ms-blob-content-type"]
        elif method == "PUT":
            self.blobs[name] = body
            self.types[name] = headers["x-ms-blob-type"]
        else:
            return 200, self.blobs[name].decode()
        return 201, ""

    def is_signed(self, name: str, query: dict[str, str]) -> bool:
        values = query | {"resource": f"/blob/acc/cont/{name}"}
        text = "\n".join(values.get(field, "") for field in FIELDS)
        wanted = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        return base64.b64encode(wanted).decode() == query["sig"]


@pytest.fixture
def container(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:
    text = f"AccountName=acc;AccountKey={KEY};BlobEndpoint={service.url}/acc"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    clouds.connect.cache_clear()
    yield Container(service)
    clouds.connect.cache_clear()


@pytest.mark.parametrize("name", ["plain.json", "a b/é%+&=.json"])
def test_a_file_in_parts(container: Container, name: str) -> None:
    """Parts become blocks, and the file their list by number, whatever the order and the name."""
    store = open_store("az://cont/deep")
    upload = store.create_upload(path(name), 3, "")
    for number in (3, 1, 2):
        assert requests.put(upload.part_urls[number - 1].url, f"{number}", timeout=60).status_code == 201
    assert container.blobs == {}
    for _ in range(2):
        store.complete_upload(path(name), upload.id, [Part(n, "") for n in (2, 3, 1)])
    assert container.blobs == {f"deep/{name}": b"123"}
    assert container.types == {f"deep/{name}": "text/plain"}
    store.abort_upload(path(name), upload.id)
    assert len({len(block) for _, block in container.blocks}) == 1


def test_parts_that_are_not_there(container: Container) -> None:
    """A part that was not sent, or is another upload's, is a 400; an id that is none a 404."""
    store = open_store("az://cont")
    one, two = (store.create_upload(path("f"), 1, "") for _ in range(2))
    requests.put(one.part_urls[0].url, "x", timeout=60)
    with pytest.raises(MlflowError, match="a part was not uploaded") as caught:
        store.complete_upload(path("f"), two.id, [Part(1, "")])
    assert caught.value.http_status == 400
    with pytest.raises(MlflowError, match="lacks 1 of the upload's 1 parts"):
        store.complete_upload(path("f"), one.id, [])
    for wrong in ("x", "1-x", "1-../x", f"{one.id}\n"):
        for call in (
            lambda i: store.complete_upload(path("f"), i, []),
            lambda i: store.abort_upload(path("f"), i),
        ):
            with pytest.raises(MlflowError, match="no such multipart upload"):
                call(wrong)


@pytest.mark.parametrize("name", ["plain.txt", "a b/é%+&=.txt"])
def test_signed_urls(container: Container, name: str) -> None:
    """A file can be written and read with a URL alone, and the headers that come with it."""
    store = open_store("az://cont")
    signed = store.sign_upload(path(name), 60)
    assert signed.headers == {"Content-Type": "text/plain", "x-ms-blob-type": "BlockBlob"}
    assert requests.put(signed.url, "hello", headers=signed.headers, timeout=60).status_code == 201
    assert requests.get(store.sign_download(path(name), 60).url, timeout=60).text == "hello"


def test_without_the_key_of_the_account(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has no more than a signature itself can sign nothing: a 501, and no invitation."""
    text = f"AccountName=acc;SharedAccessSignature=sv=2023-11-03&sig=x;BlobEndpoint={service.url}/acc"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    clouds.connect.cache_clear()
    Container(service)
    store = open_store("az://cont")
    assert (store.multipart_uploads, store.presigned_downloads) == (False, False)
    for call, what in (
        (lambda: store.create_upload(path("f"), 1, ""), "Multipart upload"),
        (lambda: store.sign_upload(path("f"), 60), "Presigned upload"),
        (lambda: store.sign_download(path("f"), 60), "Presigned download"),
    ):
        with pytest.raises(MlflowError, match=f"{what} is not supported for the current") as caught:
            call()
        assert caught.value.http_status == 501
    clouds.connect.cache_clear()
