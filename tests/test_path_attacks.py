"""Attacks on paths, over a socket and byte for byte, on every endpoint that takes one: see `path_attacks`."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests import path_attacks as table
from tests.attack_target import Reply, Target, attack_target  # noqa: F401
from tests.path_attacks import SECRET_NAME, Endpoint, Group


def _rows(endpoints: list[Endpoint]) -> Any:
    return pytest.mark.parametrize(
        "endpoint", endpoints, ids=lambda row: f"{row.verb} {row.target}{row.body or ''}"
    )


# What `Endpoint.also` may be, with the error_code that belongs to it.
ALSO = {200: None, 403: "PERMISSION_DENIED", 404: "RESOURCE_DOES_NOT_EXIST", 501: "NOT_IMPLEMENTED"}


def _groups(groups: dict[str, Group]) -> Any:
    return pytest.mark.parametrize("group", groups.values(), ids=groups)


def _is_refusal(endpoint: Endpoint, reply: Reply, codes: tuple[str, ...]) -> bool:
    if reply.status in endpoint.also:
        return reply.error == ALSO[reply.status]
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
            [
                f"/ajax-api/2.0/mlflow/logged-models/{target.model}/artifacts/files?artifact_file_path=odd/{url}"
            ],
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
    """Without an attack each endpoint works, so that a refusal is the attack's doing."""
    present = f"/api/2.0/mlflow-artifacts/artifacts/{target.bases[1]}present.txt"
    for endpoint in table.ENDPOINTS:
        if endpoint.fine is None:
            continue
        assert target.send("PUT", present, b"fine").status == 200
        inside = any(word in endpoint.target for word in ("{run}", "{model}", "{name}"))
        reply = target.fire(endpoint, endpoint.fine if inside else target.bases[1] + endpoint.fine)
        assert reply.status == 200 or reply.status in endpoint.also, (endpoint, reply)
