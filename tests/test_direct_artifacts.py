"""Servers that don't pass artifacts on, and servers that do nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.app import App
from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.support import API, Client

Start = Callable[..., Client]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts one server with the given options, in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    started: list[Iterator[App]] = []

    def start(**options: Any) -> Client:
        started.append(make_app(Settings(backend_store_uri=f"sqlite:///{tmp_path}/a.db", **options)))
        return Client(next(started[-1]))

    yield start
    for server in started:
        assert list(server) == []


@pytest.mark.parametrize(
    ("root", "stored"),
    [
        (None, "{here}/mlruns"),
        ("./runs", "{here}/runs"),
        ("{here}/runs", "{here}/runs"),
        ("file:runs", "file://{here}/runs"),
        ("file://{here}/runs", "file://{here}/runs"),
        ("s3://bucket/a/b", "s3://bucket/a/b"),
        ("gs://bucket", "gs://bucket"),
        ("wasbs://c@acc.blob.core.windows.net/x", "wasbs://c@acc.blob.core.windows.net/x"),
        ("abfss://c@acc.dfs.core.windows.net/x", "abfss://c@acc.dfs.core.windows.net/x"),
    ],
)
@pytest.mark.parametrize("serve", [True, False])
def test_uris_that_clients_use_themselves(
    start: Start, tmp_path: Path, root: str | None, stored: str, serve: bool
) -> None:
    """--default-artifact-root is where experiments, runs and logged models live, whoever serves artifacts."""
    if root is None and serve:
        stored = "mlflow-artifacts:"
    stored = stored.replace("{here}", str(tmp_path))
    given = root and root.replace("{here}", str(tmp_path))
    client = start(serve_artifacts=serve, default_artifact_root=given)
    experiment = client.new_experiment("e")
    described = client.get("experiments/get", experiment_id=experiment).body["experiment"]
    assert described["artifact_location"] == f"{stored}/{experiment}"
    run = client.new_run(experiment)
    assert client.run(run)["info"]["artifact_uri"] == f"{stored}/{experiment}/{run}/artifacts"
    model = client.post("logged-models", experiment_id=experiment, name="m").body["model"]["info"]
    assert model["artifact_uri"] == f"{stored}/{experiment}/models/{model['model_id']}/artifacts"
    default = client.get("experiments/get", experiment_id="0").body["experiment"]
    assert default["artifact_location"] == f"{stored}/0"


def test_what_a_client_wrote_itself_is_shown(start: Start, tmp_path: Path) -> None:
    """The server lists and sends the files that clients put into its folder without it."""
    client = start(serve_artifacts=False, default_artifact_root=f"{tmp_path}/runs")
    run = client.new_run()
    folder = Path(client.run(run)["info"]["artifact_uri"])
    folder.mkdir(parents=True)
    (folder / "model.txt").write_text("by the client")
    listed = client.get("artifacts/list", run_id=run).body
    assert listed == {
        "root_uri": str(folder),
        "files": [{"path": "model.txt", "is_dir": False, "file_size": 13}],
    }
    assert client.http.get(f"/get-artifact?run_id={run}&path=model.txt").data == b"by the client"


def test_a_proxied_run_on_a_server_that_does_not_serve(start: Start, tmp_path: Path) -> None:
    """A run from the time when the server passed artifacts on is a clear 501, not a wrong folder."""
    run = start().new_run()
    client = start(serve_artifacts=False)
    for reply in (
        client.get("artifacts/list", run_id=run),
        client.get("/get-artifact", run_id=run, path="x"),
    ):
        assert reply.error == (501, "NOT_IMPLEMENTED")
        assert "--serve-artifacts" in reply.body["message"]


def _paths_of(app: App, part: str) -> list[tuple[str, str]]:
    """Each method and path of the contract below a part of the URL space."""
    return [
        (method, rule.rule.replace("<", "").replace(">", "").replace("path:", ""))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
        if part in rule.rule
    ]


def test_an_artifacts_only_server_answers_no_tracking(start: Start) -> None:
    """Each endpoint of tracking and registry, in both trees, is a 503 with a text that names the option."""
    client = start(artifacts_only=True)
    asked = _paths_of(client.app, "/mlflow/")
    assert len(asked) > 100
    for method, path in asked:
        reply = client.http.open(path, method=method, json={} if method != "GET" else None)
        if path.endswith("server-info"):
            assert reply.status_code == 200
            continue
        assert (reply.status_code, reply.mimetype) == (503, "text/plain"), (method, path)
        assert "--artifacts-only" in reply.text or "Workspace" in reply.text
    for path in ("/get-artifact", "/model-versions/get-artifact"):
        assert client.http.get(path).status_code == 503


def test_an_artifacts_only_server_serves_artifacts(start: Start, tmp_path: Path) -> None:
    """The proxy works in full, in both trees; a client elsewhere keeps its runs on another server."""
    client = start(artifacts_only=True, artifacts_destination=str(tmp_path / "a")).http
    for tree in ("api", "ajax-api"):
        address = f"/{tree}/2.0/mlflow-artifacts/artifacts"
        assert client.put(f"{address}/0/run/artifacts/f.txt", data=b"x").status_code == 200
        assert client.get(f"{address}?path=0/run/artifacts").json["files"][0]["path"] == "f.txt"
        assert client.get(f"{address}/0/run/artifacts/f.txt").data == b"x"
        assert client.delete(f"{address}/0").status_code == 200
        assert client.get(f"{address}?path=0").json == {}


def test_a_server_that_does_not_serve_has_no_proxy(start: Start) -> None:
    """Each endpoint of the proxy is a 503 with a text that names the option; tracking works."""
    client = start(serve_artifacts=False)
    asked = _paths_of(client.app, "/mlflow-artifacts/")
    assert len(asked) >= 16
    for method, path in asked:
        reply = client.http.open(path, method=method)
        assert (reply.status_code, reply.mimetype) == (503, "text/plain"), (method, path)
        assert "--no-serve-artifacts" in reply.text
    assert client.get(API + "experiments/get", experiment_id="0").status == 200
