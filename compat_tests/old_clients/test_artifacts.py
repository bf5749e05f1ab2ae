"""Files of runs: logged, listed, downloaded, through the server."""

from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, load_dict, load_text
from mlflow.entities import Experiment

TREE = {
    "readme.txt": b"read me",
    "empty.bin": b"",
    "data/a.csv": b"x,y\n1,2\n",
    "data/deep/er/b.bin": bytes(range(256)) * 4000,
    "data/with blank & ü+50%.txt": b"blank, umlaut",
}


@pytest.fixture
def tree(tmp_path: Path) -> str:
    """The files of TREE in a local folder."""
    for name, content in TREE.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(tmp_path / "tree")


def read_tree(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def run_id(client: MlflowClient, experiment: Experiment) -> str:
    return client.create_run(experiment.experiment_id).info.run_id


def test_folder_comes_back(experiment: Experiment, tree: str, tmp_path: Path):
    """A folder comes back byte for byte, whichever way it is named."""
    with mlflow.start_run() as run:
        mlflow.log_artifacts(tree, "out")
        uri = mlflow.get_artifact_uri("out")
    run_id = run.info.run_id
    assert uri == f"mlflow-artifacts:/{experiment.experiment_id}/{run_id}/artifacts/out"
    ways = [{"artifact_uri": uri}, {"artifact_uri": f"runs:/{run_id}/out"}]
    ways.append({"run_id": run_id, "artifact_path": "out"})
    for i, way in enumerate(ways):
        target = tmp_path / f"download-{i}"
        target.mkdir()
        assert read_tree(download_artifacts(**way, dst_path=str(target))) == TREE


def test_parts_can_be_downloaded(client: MlflowClient, run_id: str, tree: str):
    """A sub-folder, and single files, can be downloaded alone."""
    client.log_artifacts(run_id, tree)
    folder = client.download_artifacts(run_id, "data/deep")
    assert read_tree(folder) == {"er/b.bin": TREE["data/deep/er/b.bin"]}
    for name in ("empty.bin", "data/with blank & ü+50%.txt"):
        assert Path(client.download_artifacts(run_id, name)).read_bytes() == TREE[name]


def test_list(client: MlflowClient, run_id: str, tree: str):
    """A list holds the direct children, sorted, with sizes of files; a file and nothing list as empty."""
    assert client.list_artifacts(run_id) == []
    client.log_artifacts(run_id, tree)

    def listed(path: str | None) -> list[tuple]:
        return [(f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run_id, path)]

    assert listed(None) == [("data", True, None), ("empty.bin", False, None), ("readme.txt", False, 7)]
    assert listed("data/deep/er") == [("data/deep/er/b.bin", False, 1_024_000)]
    assert [path for path, _, _ in listed("data")] == [
        "data/a.csv",
        "data/deep",
        "data/with blank & ü+50%.txt",
    ]
    assert listed("readme.txt") == listed("missing") == []


def test_single_file_is_replaced(client: MlflowClient, run_id: str, tmp_path: Path):
    """Logging a file under the same name again replaces it, also by a shorter one."""
    path = tmp_path / "notes.txt"
    for content in ("a long first version", "short"):
        path.write_text(content)
        client.log_artifact(run_id, str(path), "folder")
    assert load_text(f"runs:/{run_id}/folder/notes.txt") == "short"


def test_texts_and_dictionaries(experiment: Experiment):
    """Texts and dictionaries are written as files and read back."""
    with mlflow.start_run() as run:
        mlflow.log_text("naïve ✓\nline 2", "notes/text.txt")
        mlflow.log_dict({"a": [1, 2.5, None], "ü": "✓"}, "notes/dict.json")
        mlflow.log_dict({"b": True}, "dict.yaml")
    root = f"runs:/{run.info.run_id}"
    assert load_text(f"{root}/notes/text.txt") == "naïve ✓\nline 2"
    assert load_dict(f"{root}/notes/dict.json") == {"a": [1, 2.5, None], "ü": "✓"}
    assert load_text(f"{root}/dict.yaml").strip() == "b: true"


def test_absent_file(client: MlflowClient, run_id: str):
    """A file that is not there cannot be downloaded."""
    client.log_text(run_id, "x", "there.txt")
    with pytest.raises(mlflow.MlflowException, match="404 Client Error"):
        client.download_artifacts(run_id, "missing.txt")
