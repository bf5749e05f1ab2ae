"""Object stores of the three kinds behind the server: trouble at start and later, large folders, HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

pytest.importorskip("obstore")
import obstore

from mlflowlite.artifacts import ROOT as TOP
from mlflowlite.artifacts import ArtifactStore, clouds, open_store
from mlflowlite.errors import MlflowError, StartupError
from mlflowlite.settings import Settings
from tests.cloud_servers import (
    WRONG_KEY,
    Environment,
    ServiceAccount,
    azure_environment,
    azure_server,  # noqa: F401
    gcs_environment,
    gcs_server,  # noqa: F401
)
from tests.conftest import make_app
from tests.server_process import ROOT, Server
from tests.support import Client
from tests.test_artifact_support import MIB, path, read, s3_server  # noqa: F401

SILENCE = "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT"


class Cloud(NamedTuple):
    """A kind of object store: settings that lead to its container `bucket`, and some that don't."""

    scheme: str
    right: Environment
    wrong_key: Environment
    at: Callable[[str], Environment]  # the right settings with the server at another address

    @property
    def uri(self) -> str:
        return f"{self.scheme}://bucket"


@pytest.fixture(params=["s3", "gcs", "azure"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Each kind of object store, with its settings in the environment."""
    server = request.getfixturevalue(f"{request.param}_server")
    cloud = {"s3": _s3, "gcs": _gcs, "azure": _azure}[request.param](server)
    for variable in ("AWS_PROFILE", "MLFLOW_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(variable, raising=False)
    _enter(monkeypatch, cloud.right)
    yield cloud
    clouds.connect.cache_clear()


def _s3(server: str) -> Cloud:
    def at(address: str) -> Environment:
        return {
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_ENDPOINT_URL": address,
        }

    return Cloud("s3", at(server), {}, at)  # moto lets everybody in; see test_artifact_objects


def _gcs(server: Any) -> Cloud:
    right = gcs_environment(server)
    return Cloud(
        "gs",
        right,
        gcs_environment(server, ServiceAccount()),
        lambda address: right | {"STORAGE_EMULATOR_HOST": address},
    )


def _azure(server: str) -> Cloud:
    return Cloud("az", azure_environment(server), azure_environment(server, WRONG_KEY), azure_environment)


def _enter(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    clouds.connect.cache_clear()


def _every_request(store: ArtifactStore) -> Iterator[Any]:
    yield lambda: store.list(TOP)
    yield lambda: store.stat(path("f"))
    yield lambda: store.open(path("f"))
    yield lambda: store.put(path("f"), [b"x"])
    yield lambda: store.put(path("f"), iter([b"x" * MIB] * 20))
    yield lambda: store.delete(path("f"))


# -- trouble --------------------------------------------------------------------------------------------


def test_missing_container(cloud: Cloud) -> None:
    """A bucket or container that is not there is named, at start and at each upload and list."""
    store = open_store(f"{cloud.scheme}://nowhere/x")
    with pytest.raises(StartupError, match=r"can't be used: .* 'nowhere' does not exist"):
        store.check()
    for act in (lambda: store.list(TOP), lambda: store.put(path("f"), [b"x"])):
        with pytest.raises(MlflowError, match="'nowhere' does not exist"):
            act()


def test_wrong_credentials(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that the cloud does not know is a 403 that says so, at start and at each request."""
    if not cloud.wrong_key:
        pytest.skip("the server of this kind takes any key")
    _enter(monkeypatch, cloud.wrong_key)
    store = open_store(f"{cloud.uri}/x")
    with pytest.raises(StartupError, match=r"can't be used: .* its credentials may be wrong or missing"):
        store.check()
    for act in _every_request(store):
        with pytest.raises(MlflowError) as caught:
            act()
        assert caught.value.http_status == 403
        assert "its credentials may be wrong or missing" in caught.value.message


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    held = []

    def hold() -> None:
        with contextlib.suppress(OSError):
            while True:
                held.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=hold, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/devstoreaccount1"
    for connection in held:
        connection.close()


def test_a_silent_store(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, black_hole: str) -> None:
    """A store that never answers is a 503 after the set number of seconds, and a clear sentence at start."""
    _enter(monkeypatch, cloud.at(black_hole) | {SILENCE: "1"})
    store = open_store(f"{cloud.uri}/x")
    requests = list(_every_request(store))
    with ThreadPoolExecutor(len(requests)) as pool:
        outcomes = [pool.submit(act) for act in requests]
    for error in (outcome.exception() for outcome in outcomes):
        assert isinstance(error, MlflowError)
        assert (error.http_status, error.message) == (503, "The artifact store can't be reached.")
    with pytest.raises(StartupError, match=r"can't be used: The artifact store can't be reached\.$"):
        store.check()


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", "99999999"])
def test_seconds_of_silence(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    """What is no number of seconds is said at start, with the name of the variable."""
    _enter(monkeypatch, {SILENCE: seconds})
    with pytest.raises(StartupError, match=f"{SILENCE} has to be a number of seconds .* got '{seconds}'"):
        open_store(cloud.uri)


def test_a_server_starts_with_a_store_that_works_only(cloud: Cloud, tmp_path: Path) -> None:
    """`mlflowlite server` tries its store once at start; with --no-check-artifacts it starts all the same."""
    command = [sys.executable, "-m", "mlflowlite", "server", "--port", "0"]
    destination = ["--artifacts-destination", f"{cloud.scheme}://nowhere/x"]
    done = subprocess.run(
        [*command, *destination],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "'nowhere' does not exist" in done.stderr
    assert "Traceback" not in done.stderr


# -- through the server ---------------------------------------------------------------------------------


@pytest.fixture
def client(cloud: Cloud, tmp_path: Path) -> Iterator[Client]:
    """A server whose artifacts are in the cloud."""
    destination = f"{cloud.uri}/{tmp_path.name}"
    settings = Settings(backend_store_uri=f"sqlite:///{tmp_path}/a.db", artifacts_destination=destination)
    yield from map(Client, make_app(settings))


def test_over_http(client: Client) -> None:
    """Upload, list, download with ETag and range, and deletion work through the server."""
    name = "a b/é%+ 日.txt"
    address = f"/api/2.0/mlflow-artifacts/artifacts/{quote(name)}"
    assert client.http.put(address, data=b"0123456789").status_code == 200
    assert client.http.put("/api/2.0/mlflow-artifacts/artifacts/empty", data=b"").status_code == 200
    listed = client.http.get("/api/2.0/mlflow-artifacts/artifacts", query_string={"path": "a b"}).json
    assert listed == {"files": [{"path": "é%+ 日.txt", "is_dir": False, "file_size": 10}]}
    whole = client.http.get(address)
    assert (whole.status_code, whole.data) == (200, b"0123456789")
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    part = client.http.get(address, headers={"Range": "bytes=2-4", "If-Range": whole.headers["ETag"]})
    assert (part.status_code, part.data) == (206, b"234")
    same = client.http.get(address, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert client.http.get(address, headers={"Range": "bytes=10-"}).status_code == 416
    assert client.http.get("/api/2.0/mlflow-artifacts/artifacts/empty").data == b""
    assert client.http.delete("/api/2.0/mlflow-artifacts/artifacts/a%20b").status_code == 200
    assert client.http.get(address).status_code == 404


# -- many files -----------------------------------------------------------------------------------------


def test_a_folder_with_more_objects_than_one_request_takes(cloud: Cloud, tmp_path: Path) -> None:
    """A folder of 1,100 objects is listed and deleted whole, and its neighbour stays."""
    store = open_store(f"{cloud.uri}/{tmp_path.name}")
    client = clouds.connect(cloud.scheme, "bucket").client
    for number in range(1_100):
        obstore.put(client, f"{tmp_path.name}/many/{number:05}", b"x", use_multipart=False)
    store.put(path("many-more"), [b"x"])
    names = [entry.name for entry in store.list(path("many"))]
    assert names == [f"{number:05}" for number in range(1_100)]
    store.delete(path("many"))
    assert [entry.name for entry in store.list(TOP)] == ["many-more"]
    assert read(store, "many-more") == b"x"


@pytest.mark.parametrize("cloud", ["s3", "gcs"], indirect=True)
def test_ten_thousand_files_in_a_folder(cloud: Cloud, tmp_path: Path) -> None:
    """A folder of ten thousand objects is listed whole and in order."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    # Behind the server's back, which spares ten thousand requests.
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(10_000):
        backend.put_object("bucket", f"{tmp_path.name}/many/{number:05}", b"x")
    entries = open_store(f"{cloud.uri}/{tmp_path.name}").list(path("many"))
    assert [entry.name for entry in entries] == [f"{number:05}" for number in range(10_000)]
    assert {entry.size for entry in entries} == {1}


# -- a server process -------------------------------------------------------------------------------------


def test_a_server_may_start_before_its_store(cloud: Cloud, tmp_path: Path) -> None:
    """With --no-check-artifacts a missing store is an error of the request, not of the start."""
    destination = ["--artifacts-destination", f"{cloud.scheme}://nowhere/x"]
    server = Server(tmp_path, "--workers", "1", "--no-check-artifacts", *destination)
    try:
        with contextlib.closing(server.connect()) as connection:
            connection.request("GET", "/api/2.0/mlflow-artifacts/artifacts")
            reply = connection.getresponse()
            assert reply.status == 500
            assert b"'nowhere' does not exist" in reply.read()
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b"OK"
    finally:
        server.kill()


def test_uploads_without_a_length(cloud: Cloud, tmp_path: Path) -> None:
    """A chunked upload of several parts arrives whole; one that breaks off leaves nothing to be seen."""
    server = Server(tmp_path, "--workers", "1", "--artifacts-destination", f"{cloud.uri}/{tmp_path.name}")
    address = "/api/2.0/mlflow-artifacts/artifacts"
    body = os.urandom(20 * MIB)
    try:
        with contextlib.closing(server.connect()) as connection:
            pieces = (body[start : start + MIB] for start in range(0, len(body), MIB))
            connection.request("PUT", f"{address}/whole", pieces, encode_chunked=True)
            assert connection.getresponse().read() == b"{}"
            connection.request("GET", f"{address}/whole")
            assert connection.getresponse().read() == body
            connection.putrequest("PUT", f"{address}/broken")
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            for start in range(0, len(body), MIB):
                connection.send(b"%x\r\n%b\r\n" % (MIB, body[start : start + MIB]))
            connection.send(b"this is no chunk\r\n")
            reply = connection.getresponse()
            assert (reply.status, b"broken or ends early" in reply.read()) == (400, True)
        with contextlib.closing(server.connect()) as connection:
            connection.request("GET", address)
            files = json.loads(connection.getresponse().read())["files"]
            assert files == [{"path": "whole", "is_dir": False, "file_size": len(body)}]
    finally:
        server.kill()
