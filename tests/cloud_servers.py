"""The clouds' object stores as servers on this machine, for the tests of artifacts in them.

Azure Blob Storage is Azurite, which `make test` installs. Nothing that can be installed from a package
registry speaks all of the XML interface of Google Cloud Storage, which is what obstore uses. That interface
is the one of S3, but for the signatures: so its server here is moto's S3 behind a door that checks what
Google's clients sign, and answers in Google's way to who may not come in.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

ROOT = Path(__file__).parent.parent
AZURITE = ROOT / ".cache/azurite/node_modules/azurite/dist/src/blob/main.js"

# The account that every installation of Azurite has.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
WRONG_KEY = base64.b64encode(b"wrong" * 10).decode()

_AS_AWS = (
    "AWS4-HMAC-SHA256 Credential=key/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)
_DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access denied.</Message></Error>"

Environment = dict[str, str]


def know_uploads() -> None:
    """Make moto answer NoSuchUpload, as S3 does, where it would fail with a 500."""
    from moto.s3.exceptions import NoSuchUpload
    from moto.s3.models import S3Backend

    def checked(original: Any) -> Any:
        def call(self: Any, bucket_name: str, multipart_id: str, *rest: Any, **more: Any) -> Any:
            if multipart_id not in self.get_bucket(bucket_name).multiparts:
                raise NoSuchUpload(upload_id=multipart_id)
            return original(self, bucket_name, multipart_id, *rest, **more)

        return call

    for name in ("upload_part", "complete_multipart_upload"):
        setattr(S3Backend, name, checked(getattr(S3Backend, name)))


@pytest.fixture(scope="session")
def azure_server() -> Iterator[str]:
    """The address of an Azure account with a container named `bucket`."""
    if not AZURITE.exists():
        # A developer without Node may go on without; where everything has to be tested it is a failure.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Azurite is missing: run `make .cache/azurite/.ready`"
        )
    command = ["node", str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", "0"]
    command += ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    too_late = threading.Timer(60, process.kill)
    too_late.start()
    try:
        said = ""
        for line in process.stdout:
            said += line
            found = re.search(r"listens on http://127\.0\.0\.1:(\d+)", line)
            if found:
                break
        else:
            raise AssertionError(said)
        too_late.cancel()
        threading.Thread(target=process.stdout.read, daemon=True).start()
        address = f"http://127.0.0.1:{found[1]}/{ACCOUNT}"
        _create_container(int(found[1]), "bucket")
        yield address
    finally:
        too_late.cancel()
        process.terminate()
        process.wait(20)


def _create_container(port: int, name: str) -> None:
    """What no data client does: make a container, with a request signed by hand."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    signed = "".join(f"{key}:{value}\n" for key, value in headers.items())
    text = f"PUT{chr(10) * 12}{signed}/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    digest = hmac.new(base64.b64decode(ACCOUNT_KEY), text.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("PUT", f"/{ACCOUNT}/{name}?restype=container", b"", headers)
        reply = connection.getresponse()
        assert reply.status == 201, reply.read()


def azure_environment(server: str, key: str = ACCOUNT_KEY) -> Environment:
    settings = {"AccountName": ACCOUNT, "AccountKey": key, "BlobEndpoint": server}
    return {
        "AZURE_STORAGE_CONNECTION_STRING": ";".join(f"{name}={value}" for name, value in settings.items())
    }


class ServiceAccount:
    """An account of Google's, with the file of its key."""

    email = "tests@example.iam.gserviceaccount.com"

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.private = rsa.generate_private_key(65537, 2048)
        pem = self.private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        self.file = json.dumps(
            {
                "type": "service_account",
                "client_email": self.email,
                "private_key": pem.decode(),
                "private_key_id": "1",
            }
        )

    def signed(self, authorization: str) -> bool:
        """Whether a request carries a token that this account has signed."""
        kind, _, token = authorization.partition(" ")
        text, _, signature = token.rpartition(".")
        if kind != "Bearer" or not text:
            return False
        return self._verifies(base64.urlsafe_b64decode(signature + "=="), text)

    def signed_url(self, method: str, target: str, headers: Mapping[str, str]) -> bool:
        """Whether this account has signed the URL (V4) of a request, and it is good now.

        Headers have small names. As at Google, the host and all that begin with x-goog- must be signed.
        """
        path, _, query = target.partition("?")
        encoded, _, signature = query.partition("&X-Goog-Signature=")
        fields = dict(parse_qsl(encoded, keep_blank_values=True))
        names = fields.get("X-Goog-SignedHeaders", "").split(";")
        stamp, credential = fields.get("X-Goog-Date", ""), fields.get("X-Goog-Credential", "")
        scope = f"{stamp[:8]}/auto/storage/goog4_request"
        if (
            fields.get("X-Goog-Algorithm") != "GOOG4-RSA-SHA256"
            or credential != f"{self.email}/{scope}"
            or "host" not in names
            or any(name.startswith("x-goog-") and name not in names for name in headers)
            or encoded.split("&") != sorted(encoded.split("&"))
            or not re.fullmatch("([0-9a-f]{2})+", signature)
        ):
            return False
        began = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        age, life = datetime.now(timezone.utc) - began, timedelta(seconds=int(fields["X-Goog-Expires"]))
        if not timedelta(minutes=-15) < age < life <= timedelta(days=7):
            return False
        lines = [f"{name}:{headers.get(name, '').strip()}" for name in names]
        request = "\n".join([method, path, encoded, *lines, "", ";".join(names), "UNSIGNED-PAYLOAD"])
        digest = hashlib.sha256(request.encode()).hexdigest()
        return self._verifies(bytes.fromhex(signature), "\n".join(["GOOG4-RSA-SHA256", stamp, scope, digest]))

    def _verifies(self, signature: bytes, text: str) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            self.private.public_key().verify(signature, text.encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


class GoogleServer:
    """A server of buckets for one account; `bucket` is there."""

    def __init__(self, account: ServiceAccount) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            protocol_version = "HTTP/1.1"

            def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 as the base class names it
                pass

        know_uploads()
        self.account = account
        self._behind = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", 0, self._door, threaded=True, request_handler=Quiet)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self.server.server_port)
        ) as connection:
            connection.request("PUT", "/bucket", b"", {"Authorization": _AS_AWS})
            assert connection.getresponse().status == 200

    def _door(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        if authorization != _AS_AWS and not self._may_enter(environ, authorization):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("403 Forbidden", [("Content-Length", str(len(_DENIED)))])
            return [_DENIED]
        environ["HTTP_AUTHORIZATION"] = _AS_AWS
        query = parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)
        environ["QUERY_STRING"] = urlencode([pair for pair in query if not pair[0].startswith("X-Goog-")])
        for name in [name for name in environ if name.startswith("HTTP_X_GOOG_META_")]:
            environ[name.replace("GOOG", "AMZ")] = environ.pop(name)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            renamed = [(re.sub("(?i)^x-amz-meta-", "x-goog-meta-", name), value) for name, value in headers]
            return start_response(status, renamed, *more)

        return self._behind(environ, start)

    def _may_enter(self, environ: Mapping[str, Any], authorization: str) -> bool:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        if "X-Goog-Signature" in environ["QUERY_STRING"]:
            return self.account.signed_url(environ["REQUEST_METHOD"], environ["REQUEST_URI"], headers)
        return self.account.signed(authorization)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[GoogleServer]:
    """A server with the interface of Google Cloud Storage."""
    pytest.importorskip("moto.server")
    server = GoogleServer(ServiceAccount())
    yield server
    server.stop()


def gcs_environment(server: GoogleServer, account: ServiceAccount | None = None) -> Environment:
    return {
        "GOOGLE_SERVICE_ACCOUNT_KEY": (account or server.account).file,
        "STORAGE_EMULATOR_HOST": server.address,
    }


@pytest.fixture
def gcs(gcs_server: GoogleServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URI of a bucket of Google's, with the settings that lead to it."""
    yield from _entered("gs://bucket", gcs_environment(gcs_server), monkeypatch)


@pytest.fixture
def azure(azure_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URI of a container of Azure's, with the settings that lead to it."""
    yield from _entered("az://bucket", azure_environment(azure_server), monkeypatch)


def _entered(uri: str, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    clouds = pytest.importorskip("mlflowlite.artifacts.clouds")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    clouds.connect.cache_clear()
    yield uri
    clouds.connect.cache_clear()
