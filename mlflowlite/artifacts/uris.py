"""Where artifacts live: the pure rules about artifact URIs (`semantics.md` §3 and §7.1).

Nothing here opens anything. URIs are taken apart and put together by hand, because `urlunparse` treats
an empty host differently from one Python to the next.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from mlflowlite.artifacts.paths import ArtifactPath, decode_fully
from mlflowlite.errors import MlflowError, invalid

PROXY_ROOT: Final = "mlflow-artifacts:/"
DEFAULT_DIRECT_ROOT: Final = "./mlruns"
MAX_LOCATION_LENGTH: Final = 2048

# A drive of Windows passes for a scheme: such a path is no path of this machine, and kept as it is.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):|([A-Za-z]):[/\\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOCAL_HOSTS = ("", ".", "localhost", "127.0.0.1")
_WITH_PARAMS = ("", "ftp", "sftp", "http", "https")  # where a `;` in the last segment starts parameters


class _HostRule(NamedTuple):
    """How the scheme's host is compared: schemes of one family reach the same service."""

    family: str
    default_ports: tuple[int | None, ...]


# Schemes for which a server would connect to whatever host the URI names.
_HOST_ADDRESSED: Final = {
    "ftp": _HostRule("ftp", (21,)),
    "sftp": _HostRule("sftp", (22,)),
    "hdfs": _HostRule("hdfs", (None,)),
    "viewfs": _HostRule("hdfs", (None,)),
    "http": _HostRule("http", (80,)),
    "https": _HostRule("http", (443,)),
    "mlflow-artifacts": _HostRule("http", (80, 443)),
    "r2": _HostRule("r2", (443,)),
    "b2": _HostRule("b2", (443,)),
    "abfss": _HostRule("abfss", (443,)),
}


def scheme_of(uri: str) -> str:
    """The scheme in lower case; empty for a local path."""
    match = _SCHEME.match(uri)
    return (match[1] or match[2]).lower() if match else ""


def is_local(uri: str) -> bool:
    """Whether this is a path of the machine at hand: a bare path or a `file:` URI."""
    return scheme_of(uri) in ("", "file")


def local_path(uri: str) -> str:
    """The path that a local URI means. Percent-encoding is undone once, also in a bare path: so do the
    stock clients, who write to such places directly."""
    if scheme_of(uri) == "":
        return unquote(uri)
    parts = split(uri)
    if parts.netloc not in _LOCAL_HOSTS:
        raise invalid(f"{uri} is not a valid remote uri: a file: URI can't name another host.")
    return unquote(parts.path)


def resolve_local(uri: str, base_dir: str) -> str:
    """The URI with a relative local path made absolute; any other URI as it is."""
    if not is_local(uri) or os.path.isabs(path := local_path(uri)):
        return uri
    absolute = posixpath.join(base_dir, *(part for part in path.split("/") if part not in ("", ".")))
    if scheme_of(uri) == "":
        return absolute
    query = split(uri).query
    return f"file://{absolute}" + (f"?{query}" if query else "")


def artifact_root(default_artifact_root: str | None, *, serve_artifacts: bool, base_dir: str) -> str:
    """Below which URI the artifacts of new experiments live, from the server's settings."""
    fallback = PROXY_ROOT if serve_artifacts else DEFAULT_DIRECT_ROOT
    return resolve_local(default_artifact_root or fallback, base_dir)


def experiment_location(root: str, experiment_id: str | int) -> str:
    """Where an experiment lives that was created without an artifact_location."""
    return append(root, str(experiment_id))


def run_artifact_uri(location: str, run_id: str) -> str:
    return append(location, run_id, "artifacts")


def model_artifact_uri(location: str, model_id: str) -> str:
    return append(location, "models", model_id, "artifacts")


def trace_artifact_uri(location: str, trace_id: str) -> str:
    return append(location, "traces", trace_id, "artifacts")


def append(uri: str, *names: str) -> str:
    """The URI with names added to its path; a query stays at the end."""
    if scheme_of(uri) == "":
        return posixpath.join(uri, *names)
    parts = split(uri)
    host = f"//{parts.netloc}" if parts.netloc else ""
    path = posixpath.join(parts.path, *names)
    if host and not path.startswith("/"):
        path = f"/{path}"
    if parts.scheme == "file" and not host and path.startswith("/"):
        host = "//"
    return f"{parts.scheme}:{host}{path}" + (f"?{parts.query}" if parts.query else "")


def proxied_path(uri: str) -> ArtifactPath | None:
    """Where in the artifacts destination a `mlflow-artifacts:` URI points; None for other URIs.

    A host in it is not looked at: such URIs only come into being when `check_location` allows them.
    """
    if scheme_of(uri) != "mlflow-artifacts":
        return None
    return ArtifactPath.parse(split(uri).path.lstrip("/"))


def contains(root: str, uri: str) -> bool:
    """Whether `uri` is `root` or lies below it, judged by its text; never with a `..` in it."""
    if is_local(root) and is_local(uri):
        outer, inner = local_path(root), local_path(uri)
    elif scheme_of(root) == scheme_of(uri):
        outer_parts, inner_parts = split(root), split(uri)
        if outer_parts.netloc != inner_parts.netloc:
            return False
        outer, inner = outer_parts.path, inner_parts.path
    else:
        return False
    decoded = decode_fully(inner)
    if decoded is None or ".." in re.split(r"[/\\]", decoded) or _CONTROL.search(decoded):
        return False
    top, below = _segments(outer), _segments(inner)
    return below[: len(top)] == top and inner.startswith("/") == outer.startswith("/")


def check_location(
    location: str,
    field: str,
    *,
    base_dir: str,
    trusted: Iterable[str] = (),
    allowed_schemes: Iterable[str] = (),
    max_length: int = MAX_LOCATION_LENGTH,
) -> str:
    """The location a client gave in `field`, as it is stored; a 400 when it can't be one.

    `trusted` are the server's own root and destination: other URIs may name the hosts they name.
    `allowed_schemes` is MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES. A trailing slash stays, as
    upstream; the URIs made from the location have no doubled one.
    """
    if _CONTROL.search(location):
        raise invalid(f"'{field}' can't include control characters.")
    parts = split(location)
    has_params = ";" in posixpath.basename(parts.path) and scheme_of(location) in _WITH_PARAMS
    if parts.fragment or has_params:
        raise invalid(f"'{field}' URL can't include fragments or params.")
    query = decode_fully(parts.query)
    if query is None or ".." in query:
        raise invalid("Invalid query string")
    check_host(location, field, trusted=trusted, allowed_schemes=allowed_schemes)
    proxied_path(location)  # refuses one that no artifact could be stored at
    if scheme_of(location) == "runs":
        raise invalid(f"Artifact location cannot be a runs:/ URI. Given: '{location}'")
    _check_length(location, max_length)
    resolved = resolve_local(location, base_dir)
    _check_length(resolved, max_length)
    return resolved


def check_host(
    uri: str, field: str, *, trusted: Iterable[str] = (), allowed_schemes: Iterable[str] = ()
) -> None:
    """A 400 when the server would connect to a host that a client chose."""
    targets = _targets(uri)
    scheme = scheme_of(uri)
    if targets is None or scheme in {allowed.strip().lower() for allowed in allowed_schemes}:
        return
    if any(targets & (_targets(own) or set()) for own in trusted):
        return
    raise invalid(
        f"'{field}' cannot use the '{scheme}' scheme: the '{scheme}' scheme addresses a host other than "
        "the tracking server's configured artifact storage, so the server would connect to the host "
        "named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable "
        "on the server to allow it."
    )


def _targets(uri: str) -> set[tuple[str, str, int | None]] | None:
    """The services the URI may lead to; None when it names no host, empty when that can't be told."""
    rule = _HOST_ADDRESSED.get(scheme_of(uri))
    if rule is None:
        return None
    parts = split(uri)
    if scheme_of(uri) == "mlflow-artifacts" and not parts.netloc:
        return None
    if re.search(r"[\\\s]", parts.netloc):  # clients disagree about where such a host ends
        return set()
    try:
        port = parts.port
    except ValueError:
        return set()
    host = parts.hostname or ""
    ports = rule.default_ports if port is None else (port,)
    return {(rule.family, host, port) for port in ports}


def _check_length(location: str, max_length: int) -> None:
    if len(location) > max_length:
        raise invalid(
            "Invalid artifact path length. The length of the artifact path cannot be greater than "
            f"{max_length} characters. To configure this limit, please set the "
            "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable."
        )


def split(uri: str, *, allow_fragments: bool = True) -> SplitResult:
    """The parts of a URI; a 400 for what is none."""
    try:
        return urlsplit(uri, allow_fragments=allow_fragments)
    except ValueError:
        raise _malformed(uri) from None


def _malformed(uri: str) -> MlflowError:
    return invalid(f"'{uri}' is not a valid URI.")


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
