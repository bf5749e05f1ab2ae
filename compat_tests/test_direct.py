"""Artifacts that don't go through the tracking server: clients write them, or another server takes them."""

from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from servers import running_server


def check_files(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Log, list and download a file of a run, which has to land below `folder`."""
    client.log_text(run_id, "direct", "a b/é.txt")
    assert [(file.path, file.is_dir) for file in client.list_artifacts(run_id)] == [("a b", True)]
    assert [file.path for file in client.list_artifacts(run_id, "a b")] == ["a b/é.txt"]
    assert Path(client.download_artifacts(run_id, "a b/é.txt")).read_text() == "direct"
    assert [file.read_text() for file in folder.rglob("é.txt")] == ["direct"]


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_clients_write_artifacts_themselves(tmp_path: Path, scheme: str) -> None:
    """With --no-serve-artifacts the client puts files where the server says, without it."""
    root = tmp_path / "root"
    options = ["--no-serve-artifacts", "--default-artifact-root", f"{scheme}{root}"]
    with running_server(f"sqlite:///{tmp_path}/a.db", tmp_path, *options) as server:
        client = MlflowClient(server.uri)
        run = client.create_run(client.create_experiment("direct"))
        assert run.info.artifact_uri.startswith(f"{scheme}{root}/")
        check_files(client, run.info.run_id, root)
        assert download_artifacts(f"{run.info.artifact_uri}/a b/é.txt")


def test_another_server_takes_the_artifacts(tmp_path: Path) -> None:
    """A server with --artifacts-only keeps the files of runs that another server keeps."""
    folders = [tmp_path / name for name in ("artifacts", "tracking")]
    for folder in folders:
        folder.mkdir()
    database = f"sqlite:///{tmp_path}/a.db"
    with running_server(f"sqlite:///{tmp_path}/b.db", folders[0], "--artifacts-only") as keeper:
        root = keeper.uri.replace("http:", "mlflow-artifacts:")
        with running_server(database, folders[1], "--default-artifact-root", root) as server:
            client = MlflowClient(server.uri)
            run = client.create_run(client.create_experiment("remote"))
            assert run.info.artifact_uri.startswith(f"{root}/")
            check_files(client, run.info.run_id, folders[0] / "artifacts")
            assert not list(folders[1].rglob("é.txt"))
