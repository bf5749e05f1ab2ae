"""Fixtures and helpers of the artifact tests; there are no tests here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mlflowlite.artifacts import ArtifactPath, ArtifactStore
from tests.cloud_servers import know_uploads

MIB = 1024 * 1024


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server with a bucket named `bucket`."""
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    know_uploads()
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    ).create_bucket(Bucket="bucket")
    yield url
    server.stop()


@pytest.fixture
def s3_environment(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Settings that lead to the S3 server and to no account of anybody's."""
    clouds = pytest.importorskip("mlflowlite.artifacts.clouds")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", s3_server)
    clouds.connect.cache_clear()
    yield s3_server
    clouds.connect.cache_clear()


@pytest.fixture
def bucket(s3_environment: str) -> Any:
    """The bucket as another client sees it."""
    import boto3

    return boto3.resource("s3", endpoint_url=s3_environment, region_name="us-east-1").Bucket("bucket")


def path(text: str) -> ArtifactPath:
    return ArtifactPath.parse(text)


def read(store: ArtifactStore, text: str, byte_range: tuple[int, int | None] | None = None) -> bytes:
    with store.open(path(text), byte_range) as download:
        content = b"".join(download)
        assert download.size == len(content)
        return content


def listed(store: ArtifactStore, text: str = "") -> list[tuple[str, int | None]]:
    """Name and size of the children of a folder; folders end in a slash."""
    return [(entry.name + "/" * entry.is_dir, entry.size) for entry in store.list(path(text))]


def broken(chunks: int) -> Iterator[bytes]:
    """An upload that breaks off after so many MiB."""
    for _ in range(chunks):
        yield b"x" * MIB
    raise ConnectionError("the client went away")
