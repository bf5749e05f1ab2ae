"""Attacks on paths, over a socket and byte for byte, on every endpoint that takes one: see `path_attacks`."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests import path_attacks as table
from tests.path_attacks import SECRET, SECRET_NAME, Endpoint, Group
from tests.server_process import Server


class Reply(NamedTuple):
    """An answer; `error` is its error_code, None unless the body has the protocol's form."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None

    @property
    def error(self) -> str | None:
        return self.json.get("error_code") if isinstance(self.json, dict) and "message" in self.json else None


class Target:
    """A server with one run, one logged model and one model version; a secret lies beside its root."""

    def __init__(self, folder: Path) -> None:
        self.outer = folder / "outer"
        self.root = self.outer / "root"
        (self.outer / "root2").mkdir(parents=True)
        for place in (self.outer, self.outer / "root2"):
            (place / SECRET_NAME).write_text(SECRET)
        self.root.mkdir()
        (self.root / "way-out").symlink_to(self.outer)
        (folder / "server").mkdir()
        self.server = Server(folder / "server", "--workers", "1", "--artifacts-destination", str(self.root))
        self.before = self.outside()
        self.run = self.made("runs/create", experiment_id="0")["run"]["info"]["run_id"]
        self.model = self.made("logged-models", experiment_id="0", name="m")["model"]["info"]["model_id"]
        self.made("registered-models/create", name="model")
        self.made(
            "model-versions/create", name="model", run_id=self.run, source=f"mlflow-artifacts:/0/{self.run}/artifacts"
        )
        # The folders are there, so that a path that climbs out of them would arrive.
        for base in self.bases:
            self.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{base}present.txt", b"fine")

    @property
    def bases(self) -> tuple[str, str, str]:
        """Where in the artifact root the proxy, the run and the logged model begin."""
        return "", f"0/{self.run}/artifacts/", f"0/models/{self.model}/artifacts/"

    def made(self, path: str, **fields: Any) -> Any:
        status, body = self.server.post(path, **fields)
        assert status == 200, body
        return body

    def outside(self) -> dict[str, bytes]:
        """All that lies around the root: files with their content."""
        return {
            str(path): path.read_bytes() if path.is_file() else b""
            for path in self.outer.rglob("*")
            if self.root not in path.parents
        }

    def send(self, verb: str, target: str, body: bytes = b"", content_type: str = "") -> Reply:
        """A request whose first line holds `target` as it is."""
        head = [f"{verb} {target} HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {len(body)}"]
        if content_type:
            head.append(f"Content-Type: {content_type}")
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode("latin-1") + body)
            reply = http.client.HTTPResponse(connection, method=verb)
            reply.begin()
            return Reply(reply.status, reply.headers, reply.read())

    def fire(self, endpoint: Endpoint, attack: str) -> Reply:
        """The request of a row of the table."""
        words = {"outer": str(self.outer), "run": self.run, "model": self.model, "name": "model"}

        def fill(text: Any) -> Any:
            if isinstance(text, dict):
                return {key: fill(value) for key, value in text.items()}
            if not isinstance(text, str):
                return text
            for word, value in {"attack": attack, **words}.items():
                text = text.replace("{" + word + "}", value)
            return text

        body, kind = endpoint.body, ""
        if isinstance(body, dict):
            body, kind = json.dumps(fill(body)), "application/json"
        return self.send(endpoint.verb, fill(endpoint.target), (body or "").encode(), kind)

    def harm(self, reply: Reply) -> str | None:
        """What an answer, or what happened to the disk, shows of a successful attack or a fault of the server."""
        if reply.status >= 500 and reply.status != 501:
            return f"status {reply.status}"
        everything = reply.body + str(reply.headers).encode()
        if SECRET.encode() in everything or b"root:x:0:0" in everything:
            return "the secret was read"
        if b'"' + SECRET_NAME.encode() + b'"' in everything and b"error_code" not in everything:
            return "the folder outside was listed"
        if self.outside() != self.before:
            return "something outside was changed"
        return None


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One server for the whole table; attacks must not change what it answers."""
    target = Target(tmp_path_factory.mktemp("attacks"))
    yield target
    target.server.kill()


def _rows(endpoints: list[Endpoint]) -> Any:
    return pytest.mark.parametrize("endpoint", endpoints, ids=lambda row: f"{row.verb} {row.target}{row.body or ''}")


def _groups(groups: dict[str, Group]) -> Any:
    return pytest.mark.parametrize("group", groups.values(), ids=groups)


def _is_refusal(endpoint: Endpoint, reply: Reply, codes: tuple[str, ...]) -> bool:
    if reply.status in endpoint.also:
        return reply.error == "NOT_IMPLEMENTED"
    if endpoint.verb == "HEAD":
        return 400 <= reply.status < 500 and reply.body == b""
    return 400 <= reply.status < 500 and reply.error in codes


@_groups(table.PATHS)
@_rows(table.ENDPOINTS)
def test_paths(target: Target, endpoint: Endpoint, group: Group) -> None:
    """A path that leads out, or could on some system, is a 400 everywhere; nothing outside is touched."""
    failures = []
    for attack in group.attacks:
        if len(attack) > 7000 and "?" in endpoint.target:
            continue
        reply = target.fire(endpoint, attack)
        harm = target.harm(reply)
        if harm or (group.refused and not _is_refusal(endpoint, reply, ("INVALID_PARAMETER_VALUE",))):
            failures.append((attack[:80], harm, reply.status, reply.body[:200]))
        if not group.refused and 400 <= reply.status < 500 and endpoint.verb != "HEAD" and not reply.error:
            failures.append((attack[:80], "no error_code", reply.status, reply.body[:200]))
    assert failures == []


@_groups(table.PATHS)
@_rows(table.ID_ENDPOINTS)
def test_ids(target: Target, endpoint: Endpoint, group: Group) -> None:
    """A path in place of the id of a run, a model or a version names nothing that exists."""
    failures = []
    for attack in group.attacks:
        reply = target.fire(endpoint, attack)
        harm = target.harm(reply)
        # An id with a slash makes another path, which is not there: that is the web framework's 404.
        if harm or not 400 <= reply.status < 500 or not (reply.error or reply.status == 404):
            failures.append((attack[:80], harm, reply.status, reply.body[:200]))
    assert failures == []


@pytest.mark.parametrize("raw", table.NOT_HTTP, ids=ascii)
@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE"])
def test_what_is_no_http(target: Target, verb: str, raw: str) -> None:
    """Raw bytes that HTTP does not allow in a URL are a 400 of the HTTP server."""
    reply = target.send(verb, f"/api/2.0/mlflow-artifacts/artifacts/{raw}", b"evil")
    assert (reply.status, target.harm(reply)) == (400, None)


# -- locations and sources ------------------------------------------------------------------------------


def _through_an_experiment(target: Target, location: str, name: str) -> Iterator[Reply]:
    """All that a client can ask of an experiment at a location of its choice."""

    def post(path: str, **fields: Any) -> Reply:
        body = json.dumps(fields).encode()
        return target.send("POST", f"/api/2.0/mlflow/{path}", body, "application/json")

    reply = post("experiments/create", name=name, artifact_location=location)
    yield reply
    if reply.status != 200:
        return
    experiment = reply.json["experiment_id"]
    run = post("runs/create", experiment_id=experiment)
    model = post("logged-models", experiment_id=experiment, name="m")
    yield from (run, model)
    for owner in ({"run_id": _run(run)["run_id"]}, {"model_id": _model(model)["model_id"]}):
        uri = (_run(run) if "run_id" in owner else _model(model))["artifact_uri"]
        version = post("model-versions/create", name="model", source=uri, **owner)
        yield version
        if version.status == 200:
            yield from _read_version(target, version.json["model_version"]["version"])
    yield from _read_and_write(target, _run(run)["run_id"], _model(model)["model_id"])


def _run(reply: Reply) -> Any:
    return reply.json["run"]["info"]


def _model(reply: Reply) -> Any:
    return reply.json["model"]["info"]


def _read_version(target: Target, version: str) -> Iterator[Reply]:
    for path in (SECRET_NAME, "passwd", "etc/passwd", "present.txt/../../../.."):
        yield target.send("GET", f"/model-versions/get-artifact?name=model&version={version}&path={path}")


def _read_and_write(target: Target, run: str, model: str) -> Iterator[Reply]:
    models = f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts"
    for path in ("", SECRET_NAME, "passwd", "etc/passwd"):
        yield target.send("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run}&path={path}")
        yield target.send("GET", f"/get-artifact?run_id={run}&path={path}")
        yield target.send("GET", f"{models}/directories?artifact_directory_path={path}")
        yield target.send("GET", f"{models}/files?artifact_file_path={path}")
    yield target.send("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=evil.txt", b"evil")


@_groups(table.LOCATIONS)
def test_locations(target: Target, group: Group) -> None:
    """An experiment's location is refused, or shows and changes nothing that is not the server's to show."""
    failures = []
    for number, text in enumerate(group.attacks):
        location = text.replace("{outer}", str(target.outer))
        for reply in _through_an_experiment(target, location, f"{id(group)}-{number}"):
            harm = target.harm(reply)
            if harm or (reply.status >= 400 and not reply.error):
                failures.append((text[:80], harm, reply.status, reply.body[:200]))
    assert failures == []


@pytest.mark.parametrize("owner", ["nobody", "run", "model", "prompt"])
@_groups(table.LOCATIONS)
def test_sources(target: Target, group: Group, owner: str) -> None:
    """The source of a model version is refused, or leads to nothing that is not the server's to show.

    A version of a prompt has no files, so it may not have a source either (CVE-2026-2614).
    """
    fields: dict[str, Any] = {
        "nobody": {},
        "run": {"run_id": target.run},
        "model": {"model_id": target.model},
        "prompt": {"run_id": target.run, "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]},
    }[owner]
    failures = []
    for text in group.attacks:
        source = text.replace("{outer}", str(target.outer))
        body = json.dumps({"name": "model", "source": source, **fields}).encode()
        reply = target.send("POST", "/api/2.0/mlflow/model-versions/create", body, "application/json")
        replies = [reply]
        if reply.status == 200:
            replies.extend(_read_version(target, reply.json["model_version"]["version"]))
        for answer in replies:
            harm = target.harm(answer)
            if harm or (answer.status >= 400 and not answer.error):
                failures.append((text[:80], harm, answer.status, answer.body[:200]))
    assert failures == []


# -- links ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", "file", "chain", "relative"])
@_rows(table.ENDPOINTS)
def test_links_that_lead_out(target: Target, endpoint: Endpoint, kind: str) -> None:
    """Links inside the root to a file or folder outside are neither read, nor listed, nor written through."""
    failures = []
    for base in target.bases:
        for text in table.LINK_TARGETS:
            link = _make_link(target, base, kind)
            path = text.replace("{link}", "link" if "{run}" in endpoint.target else base + "link")
            reply = target.fire(endpoint, path)
            harm = target.harm(reply)
            if harm or (400 <= reply.status < 500 and endpoint.verb != "HEAD" and not reply.error):
                failures.append((base, text, harm, reply.status, reply.body[:200]))
            if endpoint.verb == "GET" and "?" in endpoint.target and b'"link"' in reply.body:
                failures.append((base, text, "the link was listed", reply.status, reply.body[:200]))
            _remove_link(link)
    assert failures == []


def _make_link(target: Target, base: str, kind: str) -> Path:
    link = target.root / base / "link"
    _remove_link(link)
    goal: Path = {"file": target.outer / SECRET_NAME}.get(kind, target.outer)
    if kind == "chain":
        second = link.with_name("second")
        _remove_link(second)
        second.symlink_to(goal)
        goal = second
    elif kind == "relative":
        goal = Path(os.path.relpath(goal, link.parent))
    link.symlink_to(goal)
    return link


def _remove_link(link: Path) -> None:
    for path in (link, link.with_name("second")):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


# -- legal names, and what browsers make of files ---------------------------------------------------------


@pytest.mark.parametrize("name", table.LEGAL_NAMES, ids=lambda name: ascii(name[:20]))
def test_odd_but_legal_names(target: Target, name: str) -> None:
    """An odd name keeps its spelling: uploaded, listed, read through every endpoint, deleted."""
    url = quote(name, safe="")
    for base, list_by, read_by in (
        (
            target.bases[1],
            f"/api/2.0/mlflow/artifacts/list?run_id={target.run}&path=odd",
            [
                f"/get-artifact?run_id={target.run}&path=odd/{url}",
                f"/model-versions/get-artifact?name=model&version=1&path=odd/{url}",
            ],
        ),
        (
            target.bases[2],
            f"/api/2.0/mlflow/logged-models/{target.model}/artifacts/directories?artifact_directory_path=odd",
            [f"/ajax-api/2.0/mlflow/logged-models/{target.model}/artifacts/files?artifact_file_path=odd/{url}"],
        ),
    ):
        proxied = f"/api/2.0/mlflow-artifacts/artifacts/{base}odd/{url}"
        assert target.send("PUT", proxied, name.encode()).status == 200
        assert os.listdir(target.root / base / "odd") == [name]
        assert [file["path"] for file in target.send("GET", list_by).json["files"]] == [f"odd/{name}"]
        listed = target.send("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={base}odd").json["files"]
        assert [file["path"] for file in listed] == [name]
        for address in (proxied, *read_by):
            reply = target.send("GET", address)
            assert (reply.status, reply.body) == (200, name.encode())
        assert target.send("DELETE", proxied).status == 200
        assert os.listdir(target.root / base / "odd") == []
    upload = f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={target.run}&path=odd/{url}"
    assert target.send("POST", upload, b"x").status == 200
    assert os.listdir(target.root / target.bases[1] / "odd") == [name]
    (target.root / target.bases[1] / "odd" / name).unlink()
    assert target.outside() == target.before


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
@pytest.mark.parametrize("name", table.ACTIVE_NAMES)
def test_files_can_not_act_in_the_name_of_the_server(target: Target, name: str, verb: str) -> None:
    """Every endpoint that sends a file sends it as a download, in a sandbox, with a type that stays."""
    content = b"<html><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg></html>"
    for base, addresses in (
        (
            target.bases[1],
            [
                f"/get-artifact?run_id={target.run}&path={name}",
                f"/model-versions/get-artifact?name=model&version=1&path={name}",
                f"/api/2.0/mlflow-artifacts/artifacts/{target.bases[1]}{name}",
                f"/ajax-api/2.0/mlflow-artifacts/artifacts/{target.bases[1]}{name}",
            ],
        ),
        (
            target.bases[2],
            [f"/ajax-api/2.0/mlflow/logged-models/{target.model}/artifacts/files?artifact_file_path={name}"],
        ),
    ):
        assert target.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{base}{name}", content).status == 200
        for address in addresses:
            reply = target.send(verb, address)
            assert reply.status == 200
            assert reply.headers["Content-Disposition"].startswith("attachment")
            assert "sandbox" in reply.headers["Content-Security-Policy"]
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
            assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "/", "/x", "a/"])
@pytest.mark.parametrize("tree", ["api", "ajax-api"])
def test_uploads_need_a_name(target: Target, tree: str, path: str) -> None:
    """An upload to the root, to a folder or to an absolute path is a 400, as at the stock server."""
    reply = target.send("PUT", f"/{tree}/2.0/mlflow-artifacts/artifacts/{path}", b"x")
    assert (reply.status, reply.error) == (400, "INVALID_PARAMETER_VALUE")


def test_the_table_hits_what_is_there(target: Target) -> None:
    """Without an attack each endpoint works, so a refusal is the attack's doing; and the secret is readable."""
    for endpoint in table.ENDPOINTS:
        base = "" if "{run}" in endpoint.target or "{model}" in endpoint.target else target.bases[1]
        path = base if "path={attack}" in endpoint.target and "artifacts?" in endpoint.target else base + "present.txt"
        if "{name}" in endpoint.target:
            path = "present.txt"
        target.send("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{target.bases[1]}present.txt", b"fine")
        reply = target.fire(endpoint, path)
        assert reply.status == 200 or reply.status in endpoint.also, (endpoint, reply)
    assert (target.outer / SECRET_NAME).read_text() == SECRET
