"""Where artifacts live. The answers in the tables are those of a stock 3.17 server unless noted."""

from __future__ import annotations

import pytest

from mlflowlite.artifacts import uris
from mlflowlite.errors import MlflowError

SAME = [
    "/abs/dir",
    "/abs/dir/",
    "/a/../b",
    "/a?b",
    "/a%20b",
    "C:/x",
    "C:\\x",
    "file:///abs/x/",
    "file:/x",
    "file://localhost/x",
    "file:///a?x=1",
    "s3://bucket",
    "s3://bucket/p/",
    "s3://bucket/p?q=1",
    "s3://b/p;x=1",
    "S3://b/x",
    "gs://b/x",
    "wasbs://c@a.blob.core.windows.net/x",
    "dbfs:/x",
    "foo://x/y",
    "models:/m/1",
    "mlflow-artifacts:/",
    "mlflow-artifacts:/x",
    "mlflow-artifacts:///x",
    "/" + "a" * 2047,
]
MADE_ABSOLUTE = {
    "rel/dir": "/srv/rel/dir",
    "./rel": "/srv/rel",
    "../rel": "/srv/../rel",
    "~/x": "/srv/~/x",
    "databricks": "/srv/databricks",  # upstream keeps it, for a service that does not exist here
    "file:rel/x": "file:///srv/rel/x",
    "file:./x?q=1": "file:///srv/x?q=1",
    "file:": "file:///srv",
}
HOSTS = "addresses a host other than the tracking server's configured artifact storage"
PARAMS = "'artifact_location' URL can't include fragments or params."
REFUSED = {
    "file://host/x": "is not a valid remote uri",  # 500 upstream
    "http://[bad/x": "is not a valid URI",  # 500 upstream
    "/a\nb": "can't include control characters",  # taken upstream
    "s3://b/\x00": "can't include control characters",
    "s3://b/p?x=../..": "Invalid query string",
    "s3://b/p?x=%252e%252e": "Invalid query string",
    "/a?x=..": "Invalid query string",
    "s3://b/p#f": PARAMS,
    "/a#b": PARAMS,
    "/a;b": PARAMS,
    "runs:/abc/x": r"Artifact location cannot be a runs:/ URI. Given: 'runs:/abc/x'",
    "RUNS:/abc": "cannot be a runs:/ URI",  # taken upstream
    "mlflow-artifacts://host/x": HOSTS,
    "mlflow-artifacts://localhost:5711/x": HOSTS,
    "http://h/x": "'artifact_location' cannot use the 'http' scheme",
    "HTTP://h/x": "'artifact_location' cannot use the 'http' scheme",
    "https://h/x": HOSTS,
    "ftp://h/x": HOSTS,
    "sftp://h/x": HOSTS,
    "hdfs://h/x": HOSTS,
    "hdfs:/x": HOSTS,
    "viewfs://h/x": HOSTS,
    "r2://b@h/x": HOSTS,
    "b2://b@h/x": HOSTS,
    "abfss://f@a.dfs.core.windows.net/x": HOSTS,
    "/" + "a" * 2048: "cannot be greater than 2048 characters",
    "a" * 2047: "cannot be greater than 2048 characters",
}


def check(location: str, **options: object) -> str:
    return uris.check_location(location, "artifact_location", base_dir="/srv", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("location", SAME)
def test_location_is_kept(location: str) -> None:
    """A location that needs no change is stored as the client wrote it."""
    assert check(location) == location


@pytest.mark.parametrize(("location", "stored"), MADE_ABSOLUTE.items())
def test_relative_location_becomes_absolute(location: str, stored: str) -> None:
    """A relative local location starts at the server's directory."""
    assert check(location) == stored


@pytest.mark.parametrize(("location", "message"), REFUSED.items(), ids=lambda text: ascii(text[:30]))
def test_location_is_refused(location: str, message: str) -> None:
    """What can't be a location is a 400 with the stock server's message."""
    with pytest.raises(MlflowError, match=message) as caught:
        check(location)
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("location", "own"),
    [
        ("http://h/x", "http://h/root"),
        ("http://h:80/x", "http://H/root"),
        ("mlflow-artifacts://h/x", "https://h/root"),
        ("mlflow-artifacts://h:80/x", "http://h"),
        ("viewfs://nn/x", "hdfs://nn/y"),
        ("abfss://other@a.dfs.core.windows.net/x", "abfss://f@a.dfs.core.windows.net/x"),
    ],
)
def test_hosts_of_the_server_itself_are_fine(location: str, own: str) -> None:
    """A host may be named that the server's own root or destination names, by any scheme that reaches it."""
    assert check(location, trusted=["/tmp/x", own]) == location


@pytest.mark.parametrize(
    ("location", "own"),
    [
        ("http://h/x", "https://h/root"),
        ("http://h:8080/x", "http://h/root"),
        ("http://h.evil/x", "http://h/root"),
        ("http://h\\@evil/x", "http://h\\@evil/x"),
        ("http://h:notaport/x", "http://h:notaport/x"),
        ("hdfs://nn:8020/x", "hdfs://nn/y"),
    ],
)
def test_other_hosts_stay_refused(location: str, own: str) -> None:
    """Another port, another host, or a host that can be read in two ways is none of the server's."""
    with pytest.raises(MlflowError, match=HOSTS):
        check(location, trusted=[own])


def test_schemes_can_be_allowed() -> None:
    """The operator's list of schemes opens them."""
    assert check("HDFS://nn/x", allowed_schemes=[" hdfs", "ftp"]) == "HDFS://nn/x"


@pytest.mark.parametrize(
    ("location", "run_uri"),
    [
        ("mlflow-artifacts:/", "mlflow-artifacts:/RID/artifacts"),
        ("mlflow-artifacts:/7", "mlflow-artifacts:/7/RID/artifacts"),
        ("mlflow-artifacts:/x/", "mlflow-artifacts:/x/RID/artifacts"),
        ("mlflow-artifacts:x", "mlflow-artifacts:x/RID/artifacts"),
        ("mlflow-artifacts:///x", "mlflow-artifacts:/x/RID/artifacts"),
        ("mlflow-artifacts://h:1/x", "mlflow-artifacts://h:1/x/RID/artifacts"),
        ("/abs/dir", "/abs/dir/RID/artifacts"),
        ("/abs/dir/", "/abs/dir/RID/artifacts"),
        ("/a?b", "/a?b/RID/artifacts"),
        ("file:/x", "file:///x/RID/artifacts"),
        ("file:///x/", "file:///x/RID/artifacts"),
        ("file:///a?x=1", "file:///a/RID/artifacts?x=1"),
        ("s3://bucket", "s3://bucket/RID/artifacts"),
        ("s3://bucket/", "s3://bucket/RID/artifacts"),
        ("S3://b/x", "s3://b/x/RID/artifacts"),
        ("s3://bucket/p/?q=1", "s3://bucket/p/RID/artifacts?q=1"),
        ("C:/x", "c:/x/RID/artifacts"),
        ("dbfs:/x", "dbfs:/x/RID/artifacts"),
    ],
)
def test_run_artifact_uri(location: str, run_uri: str) -> None:
    """A run lives below its experiment's location, whose query moves to the end."""
    assert uris.run_artifact_uri(location, "RID") == run_uri


def test_other_artifact_uris() -> None:
    """Experiments, models and traces have their places below the root."""
    location = uris.experiment_location("mlflow-artifacts:/", 3)
    assert location == "mlflow-artifacts:/3"
    assert uris.model_artifact_uri(location, "m-1") == "mlflow-artifacts:/3/models/m-1/artifacts"
    assert uris.trace_artifact_uri(location, "tr-1") == "mlflow-artifacts:/3/traces/tr-1/artifacts"


@pytest.mark.parametrize(
    ("given", "serve", "root"),
    [
        (None, True, "mlflow-artifacts:/"),
        (None, False, "/srv/mlruns"),
        ("s3://b/x", True, "s3://b/x"),
        ("./here", False, "/srv/here"),
        ("file:here", True, "file:///srv/here"),
    ],
)
def test_artifact_root(given: str | None, serve: bool, root: str) -> None:
    """The root is what the operator says, else the proxy, else a folder."""
    assert uris.artifact_root(given, serve_artifacts=serve, base_dir="/srv") == root


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("mlflow-artifacts:/", ""),
        ("mlflow-artifacts:/a/b", "a/b"),
        ("mlflow-artifacts:a", "a"),
        ("mlflow-artifacts:///a", "a"),
        ("mlflow-artifacts://host:5000/a/b", "a/b"),
        ("mlflow-artifacts:/a%20b/?q=1", "a b"),
    ],
)
def test_proxied_path(uri: str, path: str) -> None:
    """A proxied URI names a path in the artifacts destination."""
    assert str(uris.proxied_path(uri)) == path


def test_proxied_path_of_others() -> None:
    """Other URIs have no place in the destination, and a proxied one can't leave it."""
    assert uris.proxied_path("s3://b/x") is None
    assert uris.proxied_path("/mlflow-artifacts:/x") is None
    with pytest.raises(MlflowError, match="Invalid path"):
        uris.proxied_path("mlflow-artifacts:/a/%2e%2e/b")


@pytest.mark.parametrize(
    ("root", "uri", "inside"),
    [
        ("/a/b", "/a/b", True),
        ("/a/b/", "/a/b/c", True),
        ("/a/b", "file:///a/b/c", True),
        ("file:///a%20b", "/a b/c", True),
        ("/a/b", "/a/bc", False),
        ("/a/b", "/a/b/../c", False),
        ("/a/b", "/a/b/%252e%252e/c", False),
        ("/a/b", "a/b/c", False),
        ("/a/b", "s3://a/b", False),
        ("s3://b/x", "s3://b/x/y", True),
        ("s3://b/x", "s3://c/x/y", False),
        ("mlflow-artifacts:/1/r/artifacts", "mlflow-artifacts:/1/r/artifacts/model", True),
        ("mlflow-artifacts:/1/r/artifacts", "mlflow-artifacts:/1/r2/artifacts/model", False),
        ("mlflow-artifacts:/1", "mlflow-artifacts:/1/..%2f2", False),
    ],
)
def test_contains(root: str, uri: str, inside: bool) -> None:
    """Being inside another URI is decided by whole segments, and never with a way up."""
    assert uris.contains(root, uri) is inside
