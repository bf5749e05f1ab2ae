"""Clients that stall, break off or send far too much: none holds up the others."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.protos.methods import METHODS
from mlflowlite.store import keys
from mlflowlite.wire import codec
from tests.server_process import Server
from tests.support import API, Client

THREADS = 2
INVALID = (400, "INVALID_PARAMETER_VALUE")


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Server]:
    """A server of few threads that drops silent clients after a second."""
    options = ("--workers", "1", "--threads", str(THREADS), "--client-timeout", "1")
    server = Server(tmp_path, *options)
    yield server
    server.kill()


@pytest.mark.parametrize(
    "beginning",
    [
        b"PUT /api/2.0/mlflow-artifacts/artifacts/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
        b"POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nHost: localhost\r\nContent-Le",
    ],
    ids=["upload", "head"],
)
def test_stalled_clients_do_not_stop_the_server(impatient: Server, beginning: bytes) -> None:
    """Clients that fall silent in the middle of a request lose their thread, and others are served."""
    with contextlib.ExitStack() as stack:
        for _ in range(THREADS):
            stalled = socket.create_connection(("127.0.0.1", impatient.port), timeout=30)
            stack.enter_context(stalled)
            stalled.sendall(beginning)
        assert impatient.post("experiments/create", name="served")[0] == 200


def test_slow_transfers_leave_room_for_others(tmp_path: Path) -> None:
    """While two dozen uploads stand still, a server with its default settings serves everyone else."""
    server = Server(tmp_path)
    head = (
        b"PUT /api/2.0/mlflow-artifacts/artifacts/%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    )
    try:
        with contextlib.ExitStack() as stack:
            for number in range(24):
                slow = socket.create_connection(("127.0.0.1", server.port), timeout=30)
                stack.enter_context(slow)
                slow.sendall(head % number + b"half")
            for number in range(24):
                assert server.post("experiments/create", name=f"served {number}")[0] == 200
    finally:
        server.kill()


def test_an_upload_that_breaks_off_is_no_fault_of_the_server(impatient: Server) -> None:
    """A broken chunk is answered with 400, leaves no file, and no traceback in the log."""
    head = b"PUT /api/2.0/mlflow-artifacts/artifacts/0/a HTTP/1.1\r\nHost: localhost\r\n"
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=30) as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in impatient.output()
    assert not list((impatient.folder / "mlartifacts" / "0").glob("*"))


@pytest.mark.parametrize("max_results", [-5, -1, 0])
def test_page_sizes_of_the_old_list(shared: Client, max_results: int) -> None:
    """A page size that makes no sense is refused by the 1.x list too."""
    assert shared.get("experiments/list", max_results=max_results).error == INVALID


def test_the_largest_page_size_of_the_old_list(client: Client) -> None:
    """A page size that no database takes counts as the largest."""
    assert client.get("experiments/list", max_results=2**63 - 1).status == 200


@pytest.mark.parametrize("history", ["garbage", "{}", "[" * 7000])
def test_a_model_history_that_a_client_wrote_over(shared: Client, history: str) -> None:
    """runs/log-model begins a new list where the tag holds none."""
    run_id = shared.new_run(tags=[{"key": "mlflow.log-model.history", "value": history}])
    model = '{"run_id": "r", "artifact_path": "m", "utc_time_created": "t", "flavors": {}}'
    assert shared.post("runs/log-model", run_id=run_id, model_json=model).status == 200
    assert shared.post("runs/log-model", run_id=run_id, model_json="[" * 100_000).error == INVALID


@pytest.mark.parametrize(
    "source", ["s3://[/x", "s3://[abc]d/x", "models://[x", "runs://[/x", "foo://[/x", "s3://ex℀mple/x"]
)
def test_sources_that_are_no_uris(shared: Client, source: str) -> None:
    """A source that can't be split into the parts of a URI is refused."""
    shared.post("registered-models/create", name="m")
    assert shared.post("model-versions/create", name="m", source=source, run_id="r").error == INVALID


def test_filters_without_end(shared: Client) -> None:
    """A filter of more words than any search needs is refused."""
    reply = shared.post("runs/search", experiment_ids=["0"], filter="a " * 200_001)
    assert reply.error == INVALID
    assert "at most 200000" in reply.body["message"]


def test_overlong_keys_are_not_remembered(shared: Client) -> None:
    """A refused key of any length leaves nothing in the cache of checked keys."""
    from mlflowlite.store.validation import _key_fault

    before = _key_fault.cache_info().currsize
    run_id = shared.new_run()
    for letter in "abc":
        assert shared.post("runs/set-tag", run_id=run_id, key=letter * 10_000, value="").error == INVALID
    assert _key_fault.cache_info().currsize <= before + 1  # the name tag of the run


def test_names_of_a_transaction_that_is_undone_are_forgotten(client: Client, app: Any) -> None:
    """An id that was given to a name in vain may be given to another; the first must not be remembered."""
    db = app.config["mlflowlite"].db

    def in_vain() -> None:
        keys.intern_keys(db, 0, ["ghost"])
        keys.intern_keys(db, 0, ["ghost"])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.write(in_vain)
    run_id = client.new_run(run_name="n")
    assert client.post("runs/log-parameter", run_id=run_id, key="ghost", value="v").status == 200
    data = client.run(run_id)["data"]
    assert data["params"] == [{"key": "ghost", "value": "v"}]
    assert data["tags"] == [{"key": "mlflow.runName", "value": "n"}]


def test_a_download_is_continued_only_from_the_same_file(client: Client) -> None:
    """A range with `If-Range` is served from the file it names; of another file comes the whole."""
    url = "/api/2.0/mlflow-artifacts/artifacts/0/a.txt"
    client.http.put(url, data=b"0123456789")
    etag = client.http.get(url).headers["ETag"]
    for condition, status, content in ((etag, 206, b"789"), ('"other"', 200, b"0123456789")):
        reply = client.http.get(url, headers={"Range": "bytes=7-", "If-Range": condition})
        assert (reply.status_code, reply.data) == (status, content)


def test_tags_whose_keys_have_slashes_can_be_deleted(client: Client) -> None:
    """A logged model's tag of any key that can be set can be deleted."""
    model = client.post("logged-models", experiment_id="0", name="m").body["model"]["info"]["model_id"]
    tags = [{"key": "a/b", "value": "v"}]
    assert client.patch(f"logged-models/{model}/tags", model_id=model, tags=tags).status == 200
    assert client.http.delete(f"{API}logged-models/{model}/tags/a%2Fb").status_code == 200
    assert "tags" not in client.get(f"logged-models/{model}").body["model"]["info"]


def test_decoders_are_made_before_requests_come(app: Any) -> None:
    """Threads that make one decoder at once crash the process, so a server starts with all of them."""
    assert {method.request for method in METHODS if method.response is not None} <= set(codec._decoders)
