"""What is particular to artifacts in object stores: keys, errors, settings, forks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.artifacts import ROOT, ArtifactStore, open_store
from mlflowlite.artifacts.base import RESERVED
from mlflowlite.errors import MlflowError, StartupError
from tests.test_artifact_support import (
    MIB,
    broken,
    bucket,  # noqa: F401
    path,
    s3_environment,  # noqa: F401
    s3_server,  # noqa: F401
)

pytest.importorskip("obstore")
from mlflowlite.artifacts import clouds


@pytest.fixture
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty place in the S3 server."""
    request.getfixturevalue("s3_environment")
    return f"s3://bucket/{tmp_path.name}"


@pytest.fixture
def other(request: pytest.FixtureRequest) -> Any:
    """The bucket as another client sees it."""
    return request.getfixturevalue("bucket")


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch, uri: str) -> Any:
    """Make the next stores connect to another address."""

    def point(url: str) -> None:
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", url)
        clouds.connect.cache_clear()

    return point


def test_keys_are_plain(uri: str, other: Any) -> None:
    """Objects have the keys, and the type, that other tools expect below the prefix."""
    store = open_store(f"{uri}/p//q/")
    store.put(path("a b/é%.txt"), [b"x"])
    (found,) = other.objects.filter(Prefix=uri.removeprefix("s3://bucket/"))
    assert found.key == f"{uri.removeprefix('s3://bucket/')}/p/q/a b/é%.txt"
    assert found.Object().content_type == "text/plain"


def test_folder_markers_are_no_files(uri: str, other: Any) -> None:
    """The empty objects by which some tools mark folders stay out of lists."""
    prefix = uri.removeprefix("s3://bucket/")
    for key in ("", "folder/", "folder/sub/", "folder/file"):
        other.put_object(Key=f"{prefix}/{key}", Body=b"")
    store = open_store(uri)
    assert [(entry.name, entry.is_dir) for entry in store.list(ROOT)] == [("folder", True)]
    assert [(entry.name, entry.is_dir) for entry in store.list(path("folder"))] == [
        ("file", False),
        ("sub", True),
    ]


def test_broken_multipart_upload_is_aborted(uri: str, other: Any) -> None:
    """A large upload that breaks off leaves no parts behind that would be paid for."""
    with pytest.raises(ConnectionError):
        open_store(uri).put(path("big"), broken(60), 100 * MIB)
    prefix = uri.removeprefix("s3://bucket/")
    assert [upload for upload in other.multipart_uploads.all() if upload.object_key.startswith(prefix)] == []


def test_a_bucket_is_not_cleared(uri: str) -> None:
    """Clearing is for the folder of a run; a store at the top of a bucket refuses it."""
    with pytest.raises(MlflowError, match="whole bucket"):
        open_store("s3://bucket").clear()


def every_request(store: ArtifactStore) -> Iterator[Any]:
    yield lambda: store.list(ROOT)
    yield lambda: store.stat(path("f"))
    yield lambda: store.open(path("f"))
    yield lambda: store.put(path("f"), [b"x"])
    yield lambda: store.delete(path("f"))


def test_missing_bucket(uri: str) -> None:
    """A bucket that isn't there is named as the reason, at start-up and in requests."""
    store = open_store("s3://nowhere/x")
    with pytest.raises(StartupError, match=r"s3://nowhere/x can't be used: .* 'nowhere' does not exist"):
        store.check()
    with pytest.raises(MlflowError, match="bucket 'nowhere' does not exist"):
        store.list(ROOT)
    with pytest.raises(MlflowError, match="bucket 'nowhere' does not exist"):
        store.put(path("f"), [b"x"])


def test_unreachable_store(point_at: Any) -> None:
    """No server is a 503 on every request, without addresses, and a clear sentence at start-up."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    point_at(f"http://127.0.0.1:{port}")
    store = open_store("s3://bucket/x")
    for act in every_request(store):
        with pytest.raises(MlflowError) as caught:
            act()
        assert caught.value.http_status == 503
        assert caught.value.message == "The artifact store can't be reached."
    with pytest.raises(StartupError, match=r"can't be used: The artifact store can't be reached\.$"):
        store.check()


def test_access_denied(point_at: Any) -> None:
    """Wrong credentials are a 403 on every request."""

    class Denying(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_PUT = do_HEAD = do_POST = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Denying)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        point_at(f"http://127.0.0.1:{server.server_address[1]}")
        for act in every_request(open_store("s3://bucket/x")):
            with pytest.raises(MlflowError) as caught:
                act()
            assert caught.value.http_status == 403
            assert caught.value.message.startswith("The artifact store denied the server access")
    finally:
        server.shutdown()
        server.server_close()


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_check_before_a_fork(uri: str) -> None:
    """A server may open and check its store, then fork workers that use it."""
    output = run(
        "import os, sys\n"
        "from mlflowlite.artifacts import ArtifactPath, ROOT, open_store\n"
        "store = open_store(sys.argv[1])\n"
        "store.check()\n"
        "for n in range(2):\n"
        "    if not os.fork():\n"
        "        store.put(ArtifactPath.parse(f'f{n}'), [b'x'])\n"
        "        os._exit(0)\n"
        "print([os.wait()[1] for n in range(2)])\n"
        "print([entry.name for entry in store.list(ROOT)])\n",
        uri,
    )
    assert output.splitlines() == ["[0, 0]", "['f0', 'f1']"]


def test_use_before_a_fork_fails_instead_of_hanging(uri: str) -> None:
    """A child of a process that used the store gets an error at once."""
    output = run(
        "import os, sys\n"
        "from mlflowlite.artifacts import ROOT, open_store\n"
        "store = open_store(sys.argv[1])\n"
        "store.list(ROOT)\n"
        "if not os.fork():\n"
        "    try:\n"
        "        store.list(ROOT)\n"
        "    except RuntimeError as error:\n"
        "        print(error, flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n",
        uri,
    )
    assert "before the server forked" in output


def test_missing_library() -> None:
    """Without obstore the error says what to install; local stores need nothing."""
    output = run(
        "import sys\n"
        "sys.modules['obstore'] = None\n"
        "from mlflowlite.artifacts import open_store\n"
        "from mlflowlite.errors import StartupError\n"
        "open_store('/x')\n"
        "try:\n"
        "    open_store('s3://b/x')\n"
        "except StartupError as error:\n"
        "    print(error)\n"
    )
    assert "pip install 'mlflowlite[s3]'" in output


@pytest.mark.parametrize(
    "bad",
    [
        "s3://",
        "s3:///x",
        "s3://user:pw@b/x",
        "s3://b/../x",
        "gs://b\\c/x",
        "wasbs://c@evil.example/x",
        "abfss://c@a.dfs.core.evil.example/x",
        "wasbs://c@a.blob.core.windows.net.evil.example/x",
        "abfss://@a.dfs.core.windows.net/x",
    ],
)
def test_bad_addresses(uri: str, bad: str) -> None:
    """An address without a bucket, with credentials, or of a host that is no cloud's is a 400."""
    with pytest.raises(MlflowError) as caught:
        open_store(bad)
    assert caught.value.http_status == 400


@pytest.mark.parametrize(
    ("address", "account", "endpoint"),
    [
        ("wasbs://c@acc.blob.core.windows.net/x", "acc", "https://acc.blob.core.windows.net"),
        ("abfss://c@acc.dfs.core.windows.net/x", "acc", "https://acc.blob.core.windows.net"),
        ("abfss://c@acc.dfs.core.chinacloudapi.cn/x", "acc", "https://acc.blob.core.chinacloudapi.cn"),
        ("az://c/x", "from-env", "http://127.0.0.1:10000/from-env"),
    ],
)
def test_azure_settings(monkeypatch: pytest.MonkeyPatch, address: str, account: str, endpoint: str) -> None:
    """The address names the account, or the connection string of the environment does."""
    text = "AccountName=from-env;AccountKey=a2V5"
    if address.startswith("az:"):
        text += ";BlobEndpoint=http://127.0.0.1:10000/from-env"
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", text)
    clouds.connect.cache_clear()
    scheme, _, rest = address.partition("://")
    config = clouds.connect(scheme, rest.partition("/")[0]).client.config
    assert (config.get("account_name"), config.get("container_name")) == (account, "c")
    assert config.get("endpoint") == endpoint


def test_aws_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys and region come from the chosen profile when the environment has none."""
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n"
        "[team]\naws_access_key_id = t\naws_secret_access_key = ts\naws_session_token = tt\n"
    )
    (tmp_path / "config").write_text("[profile team]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    for profile, wanted in (
        (None, ("d", None, "us-east-1")),
        ("team", ("t", "tt", "eu-west-3")),
    ):
        if profile:
            monkeypatch.setenv("AWS_PROFILE", profile)
        clouds.connect.cache_clear()
        config: Any = clouds.connect("s3", "bucket").client.config
        got = (config.get("access_key_id"), config.get("session_token"), config.get("region"))
        assert got == wanted
    clouds.connect.cache_clear()


def test_check_leaves_nothing(uri: str, other: Any) -> None:
    """The file of the start-up check is gone afterwards."""
    open_store(uri).check()
    assert not [found for found in other.objects.all() if RESERVED in found.key]
