"""Large files in parts, as the stock client sends and fetches them when its user says so."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import mlflow
import mlflow.store.artifact.http_artifact_repo as http_repository
import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from servers import Server, new_bucket, running_server, s3_server, server_kind

MIB = 2**20
CHUNK = 6 * MIB
SIZE = 5 * CHUNK + 12345  # more than 30 MB, in six parts


@pytest.fixture(scope="module", params=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> str:
    """Where the server keeps artifacts."""
    if request.param == "s3" and server_kind() == "mlflow":
        pytest.skip("the stock server needs boto3 for S3")
    return request.param


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A live server on that store; databases make no difference here."""
    folder = tmp_path_factory.mktemp("multipart")
    database = f"sqlite:///{folder}/mlflow.db"
    before = mlflow.get_tracking_uri()
    if store == "folder":
        with running_server(database, folder) as server:
            mlflow.set_tracking_uri(server.uri)
            yield server
    else:
        with s3_server(folder) as url:
            keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
            keys["MLFLOW_S3_ENDPOINT_URL"] = url
            destination = f"s3://{new_bucket(url)}/mlflow"
            with running_server(database, folder, destination=destination, **keys) as server:
                mlflow.set_tracking_uri(server.uri)
                yield server
    mlflow.set_tracking_uri(before)


@pytest.fixture
def run_id(client: MlflowClient, unique_name: str) -> str:
    return client.create_run(client.create_experiment(unique_name)).info.run_id


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    path = tmp_path / "large file ü.bin"
    path.write_bytes(random.Random(1).randbytes(SIZE))
    return path


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Small limits for the client; the list fills with the URLs that it sends parts to."""
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(CHUNK))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(CHUNK))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(CHUNK))
    sent: list[str] = []
    put = http_repository.requests.put

    def counting(url: str, *args: object, **options: object) -> object:
        sent.append(url)
        return put(url, *args, **options)

    monkeypatch.setattr(http_repository.requests, "put", counting)
    return sent


def digest(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


@pytest.mark.parametrize("wish", ["true", None])
def test_there_and_back(
    store: str,
    wish: str | None,
    run_id: str,
    client: MlflowClient,
    large_file: Path,
    parts: list[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """A large file comes back byte for byte, in parts when the user or the server asks for them."""
    for way in ("UPLOAD", "DOWNLOAD"):
        if wish:
            monkeypatch.setenv(f"MLFLOW_ENABLE_PROXY_MULTIPART_{way}", wish)
        else:
            monkeypatch.delenv(f"MLFLOW_ENABLE_PROXY_MULTIPART_{way}", raising=False)
    client.log_artifact(run_id, str(large_file), "some/folder")
    asked_for = store == "s3" or (wish == "true" and server_kind() == "mlflowlite")
    assert len(set(parts)) == len(parts) == (6 if asked_for else 0)
    (listed,) = client.list_artifacts(run_id, "some/folder")
    assert (listed.path, listed.file_size) == (f"some/folder/{large_file.name}", SIZE)
    back = download_artifacts(run_id=run_id, artifact_path=f"some/folder/{large_file.name}")
    assert digest(back) == digest(large_file)


def test_small_and_large_together(
    run_id: str, client: MlflowClient, large_file: Path, parts: list[str], monkeypatch: pytest.MonkeyPatch
):
    """A folder of small and large files travels as it should, each file in its way."""
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    (large_file.parent / "small.txt").write_text("small")
    client.log_artifacts(run_id, str(large_file.parent))
    root = Path(download_artifacts(run_id=run_id, artifact_path=""))
    assert (root / "small.txt").read_text() == "small"
    assert digest(root / large_file.name) == digest(large_file)


def test_a_part_that_fails(
    run_id: str, client: MlflowClient, large_file: Path, parts: list[str], monkeypatch: pytest.MonkeyPatch
):
    """When a part can't be sent the client gives the upload up, and nothing of it is to be seen."""
    if server_kind() == "mlflow":
        pytest.skip("the stock server takes no parts on a folder")
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    counting = http_repository.requests.put

    def failing(url: str, *args: object, **options: object) -> object:
        if len(parts) == 3:
            raise OSError("no route to host")
        return counting(url, *args, **options)

    monkeypatch.setattr(http_repository.requests, "put", failing)
    with pytest.raises(Exception, match="Failed to upload at least one part"):
        client.log_artifact(run_id, str(large_file))
    assert client.list_artifacts(run_id) == []
    monkeypatch.setattr(http_repository.requests, "put", counting)
    client.log_artifact(run_id, str(large_file))
    assert digest(download_artifacts(run_id=run_id, artifact_path=large_file.name)) == digest(large_file)
