"""Host and Origin checks, headers, preflights (`wire.md` §6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlflowlite.settings import Settings
from mlflowlite.wire.security import BLOCKED_ORIGIN, INVALID_HOST, Guard
from tests.conftest import make_app
from tests.support import API

SEARCH = API + "experiments/search"


def refusal(path: str = SEARCH, verb: str = "POST", **more: Any) -> str | None:
    """Why a request is refused; `host`, `origin` and the settings are given by name."""
    host, origin = more.pop("host", "localhost"), more.pop("origin", None)
    environ = {"PATH_INFO": path, "REQUEST_METHOD": verb}
    if host is not None:
        environ["HTTP_HOST"] = host
    if origin is not None:
        environ["HTTP_ORIGIN"] = origin
    return Guard(Settings(**more)).refusal(environ)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "localhost:5000",
            "LOCALHOST:5000",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]",
            "[::1]:5000",
        ),
        *("0.0.0.0", "0.0.0.0:5000", "10.0.0.1", "10.255.255.255:5000", "192.168.0.1", "192.168.1.2:99"),
        *("172.16.0.1", "172.31.255.255:5000", "[fc00::1]", "[fd00::1]:5000", "[fd12:3456::1]"),
    ],
)
def test_hosts_that_may(host: str) -> None:
    """By default this machine and private addresses, with any port."""
    assert refusal(host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        *(
            None,
            "",
            "evil.example",
            "evil.example:5000",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
        ),
        *("10.evil.example", "10.0.0.1.evil.example", "192.168.1.evil.example:5000", "fc00:evil.example"),
        *("localhost.evil.example", "evil.localhost", "127.0.0.1.evil.example", "[2001:db8::1]", "[::2]"),
        *(
            "localhost:evil",
            "localhost:",
            "localhost:1:2",
            "[::1",
            "::1",
            "127.1",
            "2130706433",
            "[]",
            ":5000",
        ),
    ],
)
def test_hosts_that_may_not(host: str | None) -> None:
    """Other names are refused, also those that only begin like a private address."""
    assert refusal(host=host) == INVALID_HOST
    assert refusal("/", "GET", host=host) == INVALID_HOST


@pytest.mark.parametrize(
    ("allowed", "host", "may"),
    [
        ("mlflow.example.com", "mlflow.example.com", True),
        ("mlflow.example.com", "MLflow.Example.com", True),
        ("MLflow.Example.com", "mlflow.example.com", True),
        ("mlflow.example.com", "mlflow.example.com:5000", False),
        ("mlflow.example.com", "localhost", False),
        ("mlflow.example.com", "10.0.0.1", False),
        ("mlflow.example.com", None, False),
        ("a.example, mlflow.example.com:*", "mlflow.example.com:5000", True),
        ("a.example, mlflow.example.com:*", "a.example", True),
        ("*.example.com", "x.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "x.example.com.evil", False),
        ("a.example,*", "anything.at.all", True),
        ("*", "", True),
        ("*", None, True),
        ("", "localhost", True),
        (" , ", "evil.example", False),
    ],
)
def test_allowed_hosts(allowed: str, host: str | None, may: bool) -> None:
    """A list of hosts takes the place of the default; names match in any case."""
    assert refusal(host=host, allowed_hosts=allowed) == (None if may else INVALID_HOST)


def test_probes_may_use_any_host() -> None:
    """A load balancer's probe names the server as it likes."""
    for path in ("/health", "/version"):
        assert refusal(path, "GET", host="10-0-0-1.pod.cluster") is None
        assert refusal("/ml" + path, "GET", host="x", static_prefix="/ml") is None
        assert refusal(path, "GET", host="x", static_prefix="/ml") == INVALID_HOST
        assert refusal(path + "/", "GET", host="x") == INVALID_HOST


LOCAL = [
    "http://localhost",
    "http://localhost:3000",
    "https://localhost",
    "http://127.0.0.1:1",
    "http://[::1]:5000",
]
FOREIGN = [
    *("https://evil.example", "http://localhost.evil.example", "http://evil.localhost", "null", "localhost"),
    *(
        "http://10.0.0.1",
        "http://[",
        "http://evil.example#localhost",
        "http://localhost@evil.example",
        "file://",
    ),
]


@pytest.mark.parametrize("origin", LOCAL)
def test_local_pages_may_write(origin: str) -> None:
    """Pages of this machine may call the server."""
    assert refusal(origin=origin) is None
    assert refusal(origin=origin, cors_allowed_origins="https://a.example") is None


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_foreign_pages_may_not_write(origin: str, verb: str) -> None:
    """Requests that change something are refused below /api/ and /ajax-api/, with or without a prefix."""
    for path in (SEARCH, "/ajax-api/2.0/mlflow/upload-artifact", "/api/x"):
        assert refusal(path, verb, origin=origin) == BLOCKED_ORIGIN
        assert refusal("/ml" + path, verb, origin=origin, static_prefix="/ml") == BLOCKED_ORIGIN


def test_foreign_pages_may_read_what_the_browser_lets_them() -> None:
    """Reads are the browser's business, and so are paths that are no API."""
    for verb in ("GET", "HEAD", "OPTIONS"):
        assert refusal(SEARCH, verb, origin="https://evil.example") is None
    assert refusal("/elsewhere", "POST", origin="https://evil.example") is None


@pytest.mark.parametrize(
    ("allowed", "origin", "may"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example, https://*.b.example", "https://x.b.example", True),
        ("https://*.b.example", "https://b.example", False),
        ("*", "https://evil.example", True),
        ("*", "null", True),
    ],
)
def test_allowed_origins(allowed: str, origin: str, may: bool) -> None:
    """A list of origins is added to the local ones."""
    assert refusal(origin=origin, cors_allowed_origins=allowed) == (None if may else BLOCKED_ORIGIN)


def test_the_off_switch() -> None:
    """With the checks off everything passes, and no header is added."""
    off = {"disable_security_middleware": True}
    assert refusal(host="evil.example", origin="https://evil.example", **off) is None
    assert Guard(Settings(**off)).headers == []
    assert Guard(Settings(**off)).cors_headers("http://localhost") == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [("SAMEORIGIN", "SAMEORIGIN"), ("deny", "DENY"), ("NONE", None), ("none", None), ("", None)],
)
def test_frame_options(given: str, sent: str | None) -> None:
    """The header against framing is as set, or left out."""
    assert dict(Guard(Settings(x_frame_options=given)).headers).get("X-Frame-Options") == sent


# -- through the application ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A bare client of an application that knows one foreign origin."""
    folder: Path = tmp_path_factory.mktemp("security")
    settings = Settings(
        backend_store_uri=f"sqlite:///{folder}/mlflowlite.db",
        artifacts_destination=f"{folder}/artifacts",
        cors_allowed_origins="https://ok.example",
    )
    for app in make_app(settings):
        yield app.test_client()


def test_refusals_are_403_with_a_text(http: Any) -> None:
    """Both refusals are plain text, carry the security headers, and nothing is done."""
    for headers, text in (({"Host": "evil.example"}, INVALID_HOST), ({"Origin": "null"}, BLOCKED_ORIGIN)):
        reply = http.post(API + "experiments/create", json={"name": "x"}, headers=headers)
        assert (reply.status_code, reply.text, reply.mimetype) == (403, text, "text/plain")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in reply.headers
    assert http.get(API + "experiments/get-by-name?experiment_name=x").status_code == 404


@pytest.mark.parametrize("start", ["//", "///", "////ajax-"])
def test_leading_slashes_count_as_one(http: Any, start: str) -> None:
    """A path with more slashes in front is found, and gets no foreign page past the check of its origin."""
    url = start + SEARCH[1:]
    for origin, status in (({}, 200), ({"Origin": "https://evil.example"}, 403)):
        reply = http.post("/", json={"max_results": 1}, headers=origin, environ_overrides={"PATH_INFO": url})
        assert reply.status_code == status


@pytest.mark.parametrize("path", ["/", "/health", "/nope", SEARCH, API + "runs/get", "/openapi.json"])
def test_every_answer_has_the_security_headers(http: Any, path: str) -> None:
    """Pages, errors, unknown paths and wrong methods alike."""
    reply = http.get(path)
    assert reply.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert reply.headers.getlist("X-Frame-Options") == ["SAMEORIGIN"]


@pytest.mark.parametrize("origin", ["https://ok.example", "http://localhost:3000"])
def test_an_allowed_page_may_read_the_answer(http: Any, origin: str) -> None:
    """The answer names the origin and says that it depends on it, errors included."""
    for path in (SEARCH, API + "experiments/create"):
        reply = http.post(path, json={}, headers={"Origin": origin})
        assert reply.headers["Access-Control-Allow-Origin"] == origin
        assert reply.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in reply.headers["Vary"]


def test_a_preflight_passes_for_an_allowed_page_only(http: Any) -> None:
    """A browser asks before it sends JSON; a foreign page gets no permission."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    reply = http.options(SEARCH, headers={"Origin": "https://ok.example"} | asked)
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "https://ok.example"
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert reply.headers["Access-Control-Allow-Headers"] == "content-type"
    reply = http.options(SEARCH, headers={"Origin": "https://evil.example"} | asked)
    assert not [name for name, _ in reply.headers if name.startswith("Access-Control-")]


def test_any_origin_comes_without_credentials() -> None:
    """A star lets every page in, but never with the user's cookies."""
    headers = Guard(Settings(cors_allowed_origins="*")).cors_headers("https://evil.example")
    assert headers == [("Access-Control-Allow-Origin", "*")]
