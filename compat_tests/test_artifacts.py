"""Files of runs: logged, listed, downloaded, deleted, through the server."""

import hashlib
import os
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts, load_dict, load_text
from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from PIL import Image
from requests import HTTPError

TREE = {
    "readme.txt": b"read me",
    "empty.bin": b"",
    "data/a.csv": b"x,y\n1,2\n",
    "data/deep/er/b.bin": bytes(range(256)) * 40,
    "data/with blank & ü+50%.txt": b"blank, umlaut",
    "data/quoted's.txt": b"quotes",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The files of TREE in a local folder."""
    folder = tmp_path / "tree"
    write_tree(folder)
    return folder


def write_tree(folder: Path) -> None:
    for name, content in TREE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read_tree(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def run_id(client: MlflowClient, experiment: Experiment) -> str:
    return client.create_run(experiment.experiment_id).info.run_id


class TestFolders:
    def test_download_by_each_kind_of_uri(self, experiment: Experiment, tree: Path, tmp_path: Path):
        """A folder comes back byte for byte, whichever way it is named."""
        with mlflow.start_run() as run:
            mlflow.log_artifacts(str(tree), "out")
            uri = mlflow.get_artifact_uri("out")
        run_id = run.info.run_id
        ways = [{"artifact_uri": uri}, {"artifact_uri": f"runs:/{run_id}/out"}]
        ways.append({"run_id": run_id, "artifact_path": "out"})
        for i, way in enumerate(ways):
            target = tmp_path / f"download-{i}"
            target.mkdir()
            assert read_tree(download_artifacts(**way, dst_path=str(target))) == TREE

    def test_download_of_the_whole_run(self, run_id: str, client: MlflowClient, tree: Path):
        """The root of the run's artifacts can be downloaded too."""
        client.log_artifacts(run_id, str(tree))
        assert read_tree(download_artifacts(f"runs:/{run_id}/")) == TREE

    def test_download_of_a_sub_folder_and_a_file(self, run_id: str, client: MlflowClient, tree: Path):
        """Parts of the tree can be downloaded alone."""
        client.log_artifacts(run_id, str(tree))
        assert read_tree(download_artifacts(f"runs:/{run_id}/data/deep")) == {
            "er/b.bin": TREE["data/deep/er/b.bin"]
        }
        for name in ("empty.bin", "data/with blank & ü+50%.txt"):
            path = download_artifacts(run_id=run_id, artifact_path=name)
            assert Path(path).read_bytes() == TREE[name]

    def test_list(self, run_id: str, client: MlflowClient, tree: Path):
        """A list holds the direct children, sorted, with sizes of files."""
        client.log_artifacts(run_id, str(tree))

        def listed(path: str | None) -> list[tuple]:
            return [(f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run_id, path)]

        assert listed(None) == [("data", True, None), ("empty.bin", False, None), ("readme.txt", False, 7)]
        assert listed("data/deep") == [("data/deep/er", True, None)]
        assert listed("data/deep/er") == [("data/deep/er/b.bin", False, 10240)]
        assert [f.path for f in list_artifacts(f"runs:/{run_id}/data")] == [
            "data/a.csv",
            "data/deep",
            "data/quoted's.txt",
            "data/with blank & ü+50%.txt",
        ]

    def test_nothing_there(self, run_id: str, client: MlflowClient):
        """A run without artifacts, a missing folder and a file as folder list as empty."""
        assert client.list_artifacts(run_id) == []
        client.log_text(run_id, "x", "file.txt")
        assert client.list_artifacts(run_id, "missing") == []
        assert client.list_artifacts(run_id, "file.txt") == []


class TestFiles:
    def test_single_file_is_replaced(self, run_id: str, client: MlflowClient, tmp_path: Path):
        """Logging a file under the same name again replaces it, also by a shorter one."""
        path = tmp_path / "notes.txt"
        for content in ("a long first version", "short"):
            path.write_text(content)
            client.log_artifact(run_id, str(path), "folder")
        assert load_text(f"runs:/{run_id}/folder/notes.txt") == "short"

    def test_large_file(self, run_id: str, client: MlflowClient, tmp_path: Path):
        """Twenty megabytes survive the way there and back."""
        path = tmp_path / "large.bin"
        path.write_bytes(os.urandom(20_000_000))
        client.log_artifact(run_id, str(path))
        downloaded = Path(download_artifacts(run_id=run_id, artifact_path="large.bin"))
        assert hashlib.sha256(downloaded.read_bytes()).digest() == hashlib.sha256(path.read_bytes()).digest()
        assert client.list_artifacts(run_id)[0].file_size == 20_000_000

    def test_missing_file(self, run_id: str):
        """Downloading what is not there fails."""
        with pytest.raises(MlflowException, match="ensure that the path is correct"):
            download_artifacts(run_id=run_id, artifact_path="nowhere/at/all.txt")

    @pytest.mark.parametrize("path", ["../secret.txt", "a/../../secret.txt", "%2e%2e/secret.txt"])
    def test_path_that_leaves_the_run(self, experiment: Experiment, run_id: str, path: str):
        """A path that climbs out of the run's folder is refused."""
        with pytest.raises(HTTPError, match="INVALID_PARAMETER_VALUE"):
            download_artifacts(f"{experiment.artifact_location}/{run_id}/artifacts/{path}")

    def test_delete(self, run_id: str, client: MlflowClient, tree: Path):
        """Files and whole folders can be deleted, and deleting again does no harm."""
        client.log_artifacts(run_id, str(tree))
        repository = get_artifact_repository(client.get_run(run_id).info.artifact_uri)
        repository.delete_artifacts("readme.txt")
        for _ in range(2):
            repository.delete_artifacts("data")
        assert [f.path for f in client.list_artifacts(run_id)] == ["empty.bin"]


class TestObjects:
    def test_text_and_dict(self, experiment: Experiment):
        """Texts, and dictionaries as JSON and YAML, load as they were logged."""
        thing = {"name": "Zoë", "list": [1, 2.5, None], "nested": {"a": True}}
        with mlflow.start_run() as run:
            mlflow.log_text("naïve ✓\n", "texts/note.txt")
            mlflow.log_dict(thing, "thing.json")
            mlflow.log_dict(thing, "thing.yaml")
        root = f"runs:/{run.info.run_id}"
        assert load_text(f"{root}/texts/note.txt") == "naïve ✓\n"
        assert load_dict(f"{root}/thing.json") == thing
        assert "Zo" in load_text(f"{root}/thing.yaml")

    def test_figure(self, experiment: Experiment):
        """A matplotlib figure becomes an image file."""
        figure, axes = plt.subplots(figsize=(2, 1), dpi=50)
        axes.plot([0, 1], [2, 3])
        with mlflow.start_run() as run:
            mlflow.log_figure(figure, "plots/line.png")
        plt.close(figure)
        path = download_artifacts(f"runs:/{run.info.run_id}/plots/line.png")
        assert Image.open(path).size == (100, 50)

    def test_image(self, run_id: str, client: MlflowClient):
        """An image can be logged as a file, and by key and step with its small copy."""
        pixels = np.zeros((4, 6, 3), dtype=np.uint8)
        pixels[1, 2] = [255, 0, 0]
        client.log_image(run_id, pixels, artifact_file="pixel.png")
        client.log_image(run_id, pixels, key="pixel", step=3)
        path = download_artifacts(f"runs:/{run_id}/pixel.png")
        assert (np.asarray(Image.open(path)) == pixels).all()
        names = [Path(file.path).name for file in client.list_artifacts(run_id, "images")]
        assert all(name.startswith("pixel+step+3+") for name in names)
        assert sorted(Path(name).suffix for name in names) == [".png", ".webp"]
        assert client.get_run(run_id).data.tags["mlflow.loggedImages"] == "True"

    def test_table_grows(self, experiment: Experiment):
        """A table logged twice under one name holds the rows of both."""
        with mlflow.start_run() as run:
            mlflow.log_table({"prompt": ["a", "b"], "score": [1, 2]}, "answers.json")
            mlflow.log_table(pd.DataFrame({"prompt": ["ç"], "score": [3]}), "answers.json")
        table = mlflow.load_table("answers.json", run_ids=[run.info.run_id])
        assert table.to_dict("list") == {"prompt": ["a", "b", "ç"], "score": [1, 2, 3]}
        everywhere = mlflow.load_table("answers.json", extra_columns=["run_id"])
        assert set(everywhere["run_id"]) == {run.info.run_id}
