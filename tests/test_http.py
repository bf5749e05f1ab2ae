"""HTTP around the RPCs: paths, methods, bodies, workspaces, parts that are off (`wire.md` §1-3)."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.app import App
from mlflowlite.errors import INTERNAL_ERROR, INVALID_PARAMETER_VALUE, MlflowError
from mlflowlite.settings import Settings
from mlflowlite.wire.http import MAX_BODY_BYTES, STATUS_LINES, read_body, render
from tests.conftest import make_app
from tests.support import API, Client

CREATE = API + "experiments/create"
GET = API + "experiments/get"
NO_WORKSPACES = "Workspace APIs are not available: workspaces are not enabled on this server"


@pytest.fixture(scope="module")
def lone_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An application on SQLite, for what has nothing to do with the database."""
    yield from make_app(settings_in(tmp_path_factory.mktemp("http")))


@pytest.fixture
def http(lone_app: App) -> Any:
    """A bare HTTP client."""
    return lone_app.test_client()


def settings_in(folder: Path, **more: Any) -> Settings:
    """Settings with everything in one folder."""
    return Settings(
        backend_store_uri=f"sqlite:///{folder}/mlflowlite.db",
        artifacts_destination=f"{folder}/artifacts",
        **more,
    )


def is_json(reply: Any) -> bool:
    return bool(reply.is_json)


# -- paths and methods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/api/2.0/mlflow/nope",
        "/api/3.0/mlflow/traces/start",
        "/api/3.0/mlflow/experiments/get",
        GET + "/",
        "/api/2.0/mlflow//experiments/get",
        "/health/",
        "/api/2.0/mlflow/logged-models/a/b",
        "/API/2.0/mlflow/experiments/get",
    ],
)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_an_unknown_path_is_a_404_without_json(http: Any, path: str, verb: str) -> None:
    """Clients fall back to older endpoints when the body of a 404 is no JSON."""
    reply = http.open(path, method=verb, json={})
    assert (reply.status_code, is_json(reply)) == (404, False)


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", CREATE),
        ("DELETE", CREATE),
        ("PUT", GET),
        ("POST", "/health"),
        ("PUT", API + "logged-models/m"),
    ],
)
def test_a_wrong_method_is_a_405_without_json(http: Any, verb: str, path: str) -> None:
    """A known path with another method says so."""
    reply = http.open(path, method=verb, json={})
    assert (reply.status_code, is_json(reply)) == (405, False)


def test_head_answers_as_get_without_a_body(http: Any) -> None:
    """HEAD has GET's status and headers."""
    for path, status in ((GET + "?experiment_id=0", 200), (GET, 400), (GET + "?experiment_id=9", 404)):
        reply = http.head(path)
        assert (reply.status_code, reply.data) == (status, b"")
        assert reply.headers["Content-Length"] == http.get(path).headers["Content-Length"]


def test_options_lists_the_methods(http: Any) -> None:
    """OPTIONS says what a path takes."""
    reply = http.options(CREATE)
    assert reply.status_code == 200
    assert set(reply.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_success_is_a_json_object_with_status_200(http: Any) -> None:
    """Even an empty answer is `{}` with its content type, its length, and the security headers."""
    body = {"experiment_id": "0", "key": "k", "value": "v"}
    reply = http.post(API + "experiments/set-experiment-tag", json=body)
    assert (reply.status, reply.data, reply.content_type) == ("200 OK", b"{}", "application/json")
    assert reply.headers["Content-Length"] == "2"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_both_roads_through_the_server_answer_alike(http: Any) -> None:
    """Whether Flask sees a request (it has an Origin) or not, status, headers and body are the same."""
    for path in (GET + "?experiment_id=0", GET, GET + "?experiment_id=9"):
        short, long = http.get(path), http.get(path, headers={"Origin": "http://localhost:3000"})
        extra = {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Vary"}
        assert (short.status, short.data) == (long.status, long.data)
        assert set(long.headers) - set(short.headers) <= {(name, long.headers[name]) for name in extra}


# -- bodies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("application/json", None),
        ("application/json; charset=utf-8", None),
        ("Application/JSON;charset=UTF-8", None),
        ("application/json ; x=y", None),
        (None, "Bad Request. Content-Type header is missing."),
        ("", "Bad Request. Content-Type header is missing."),
        ("text/plain", "Bad Request. Content-Type must be one of ['application/json']."),
        ("application/jsonx", "Bad Request. Content-Type must be one of ['application/json']."),
        (
            "application/x-www-form-urlencoded",
            "Bad Request. Content-Type must be one of ['application/json'].",
        ),
    ],
)
def test_content_types(http: Any, content_type: str | None, message: str | None) -> None:
    """A body is declared as JSON, with or without parameters."""
    body = json.dumps({"experiment_id": "0", "key": "k", "value": "v"})
    reply = http.post(API + "experiments/set-experiment-tag", data=body, content_type=content_type)
    if message is None:
        assert reply.status_code == 200
    else:
        assert reply.status_code == 400
        assert reply.get_json() == {"error_code": INVALID_PARAMETER_VALUE, "message": message}


def test_get_reads_a_body_when_there_is_no_query(http: Any) -> None:
    """Old clients send GET fields as a JSON body, of any content type; a query string goes first."""
    body = json.dumps({"experiment_id": "0"})
    assert http.get(GET, data=body).status_code == 200
    assert http.get(GET, data=body, content_type="text/plain").status_code == 200
    assert http.get(GET, data=b"").status_code == 400
    assert http.get(GET + "?experiment_id=9", data=body).status_code == 404


def test_other_methods_ignore_the_query(http: Any) -> None:
    """A POST's fields are in its body only."""
    reply = http.post(CREATE + "?name=a", json={})
    assert "required parameter 'name'" in reply.get_json()["message"]


def test_delete_needs_no_body_when_the_path_says_it_all(http: Any) -> None:
    """A DELETE without a body needs no content type; its answer comes from the store."""
    reply = http.delete(API + "logged-models/m-1")
    assert (reply.status_code, reply.get_json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


class _Broken(io.BytesIO):
    def read(self, *_: Any) -> bytes:
        raise OSError("connection lost")


@pytest.mark.parametrize(
    ("environ", "body"),
    [
        ({"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"abcdef")}, b"abc"),
        ({"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(b"abc")}, b""),
        ({"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(b"abc"), "wsgi.input_terminated": True}, b"abc"),
        ({"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO(b"abc")}, b""),
        ({"CONTENT_LENGTH": str(MAX_BODY_BYTES + 1), "wsgi.input": io.BytesIO()}, "exceeds the limit"),
        ({"CONTENT_LENGTH": "-1", "wsgi.input": io.BytesIO()}, "exceeds the limit"),
        ({"CONTENT_LENGTH": "\u00b2", "wsgi.input": io.BytesIO()}, "exceeds the limit"),
        ({"CONTENT_LENGTH": "3", "wsgi.input": _Broken()}, "can't be read"),
    ],
)
def test_reading_the_body(environ: dict[str, Any], body: bytes | str) -> None:
    """As much is read as was announced; too much, or a broken stream, is the client's error."""
    if isinstance(body, bytes):
        assert read_body(environ) == body
        return
    with pytest.raises(MlflowError, match=body) as caught:
        read_body(environ)
    assert caught.value.http_status == 400


# -- errors ---------------------------------------------------------------------------------------------


def test_an_unexpected_error_tells_the_log_and_not_the_client(caplog: pytest.LogCaptureFixture) -> None:
    """A bug of ours is a JSON 500 without internal text."""
    answer = render(ZeroDivisionError("secret"))
    assert answer.status == 500
    assert json.loads(answer.body)["error_code"] == INTERNAL_ERROR  # type: ignore[arg-type]
    assert b"secret" not in answer.body  # type: ignore[operator]
    assert "secret" in caplog.text


def test_an_unavailable_database_asks_for_patience() -> None:
    """Clients are told to try again in a second, and nothing about the database."""
    answer = render(sqlite3.OperationalError("database is locked"))
    assert (answer.status, answer.headers) == (503, [("Retry-After", "1")])
    assert b"locked" not in answer.body  # type: ignore[operator]


@pytest.mark.parametrize("status", sorted(STATUS_LINES))
def test_status_lines_begin_with_their_number(status: int) -> None:
    """The table of status lines has no slip."""
    assert STATUS_LINES[status].startswith(f"{status} ")
    assert STATUS_LINES[status].isupper()


# -- workspaces -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [GET + "?experiment_id=0", "/nope", "/health", "/", API + "logged-models/m"])
@pytest.mark.parametrize("name", ["team", "default", " x "])
def test_a_request_for_a_workspace_is_refused(http: Any, path: str, name: str) -> None:
    """Any request that names a workspace says that there are none, with every header of an answer."""
    reply = http.get(path, headers={"X-MLFLOW-WORKSPACE": name})
    assert reply.status_code == 500
    assert reply.get_json() == {"error_code": "FEATURE_DISABLED", "message": NO_WORKSPACES}
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_workspace_is_no_workspace(http: Any, name: str) -> None:
    """An empty header asks for nothing."""
    reply = http.get(GET + "?experiment_id=0", headers={"X-MLFLOW-WORKSPACE": name})
    assert reply.status_code == 200


def test_server_info_answers_whatever_the_workspace(http: Any) -> None:
    """Clients ask it whether there are workspaces at all."""
    reply = http.get("/api/3.0/mlflow/server-info", headers={"X-MLFLOW-WORKSPACE": "team"})
    assert reply.get_json()["workspaces_enabled"] is False


@pytest.mark.parametrize("tree", ["api", "ajax-api"])
@pytest.mark.parametrize(
    ("verb", "name"), [("GET", ""), ("POST", ""), ("GET", "/a"), ("PATCH", "/a"), ("DELETE", "/a")]
)
def test_the_endpoints_of_workspaces_are_off(http: Any, tree: str, verb: str, name: str) -> None:
    """They answer 503 with a text."""
    reply = http.open(f"/{tree}/3.0/mlflow/workspaces{name}", method=verb)
    assert (reply.status_code, reply.mimetype) == (503, "text/plain")
    assert NO_WORKSPACES in reply.text


# -- other set-ups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        (
            {"artifacts_only": True},
            {
                GET: 503,
                API + "artifacts/list": 503,
                API + "logged-models/m": 503,
                "/get-artifact": 503,
                "/api/2.0/mlflow-artifacts/artifacts": 200,
                "/api/3.0/mlflow/server-info": 200,
                "/health": 200,
                "/version": 200,
                "/nope": 404,
            },
        ),
        (
            {"serve_artifacts": False},
            {
                GET + "?experiment_id=0": 200,
                "/api/2.0/mlflow-artifacts/artifacts": 503,
                "/api/2.0/mlflow-artifacts/artifacts/a": 503,
                "/api/2.0/mlflow-artifacts/presigned/a": 503,
                "/health": 200,
            },
        ),
        (
            {"static_prefix": "/ml/flow"},
            {
                "/ml/flow" + GET + "?experiment_id=0": 200,
                "/ml/flow/health": 200,
                "/ml/flow/version": 200,
                "/ml/flow/": 200,
                "/ml/flow/api/2.0/mlflow-artifacts/artifacts": 200,
                "/ml/flow/api/3.0/mlflow/workspaces": 503,
                "/ml/flow/nope": 404,
                GET: 404,
                "/health": 404,
                "/": 404,
            },
        ),
    ],
)
def test_set_ups(tmp_path: Path, options: dict[str, Any], answers: dict[str, int]) -> None:
    """What each way to run the server serves; what is off is a 503 with a text that names the option."""
    for app in make_app(settings_in(tmp_path, **options)):
        client = Client(app).http
        for path, status in answers.items():
            reply = client.get(path)
            assert reply.status_code == status, path
            if status == 503:
                assert reply.mimetype == "text/plain"
                assert "--" in reply.text or "Workspace" in reply.text
