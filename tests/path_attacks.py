"""The table of attacks on paths, and of the endpoints that take one: `test_path_attacks` tries all on all.

A new endpoint is a row in `ENDPOINTS`, a new trick a row in a group of `PATHS`; the tests do the rest.
Texts stand as they go over the wire: in a URL nothing is encoded any further. `{outer}` is the folder
that holds the artifact root `{outer}/store` and, beside it, the secret; `way-out` is a link in the root that
leads there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

SECRET_NAME = "secret.txt"
SECRET = "the-secret-beside-the-root"

# Ways to write "one folder up".
_UP = [
    "../",
    "%2e%2e/",
    "%2E%2E%2F",
    "..%2f",
    ".%2e/",
    "%2e./",
    "%2e.%2f",
    "%252e%252e%252f",
    "%252e%252e/",
    "..%252f",
    "%25252e%25252e%25252f",
    "%25%32%65%25%32%65/",
    "./../",
    ".//../",
    "a/../../",
]
_UP_BACKSLASH = ["..\\", "..%5c", "%2e%2e%5c", "..%255c", "%252e%252e%255c", "a\\..\\..\\", "..\\/", "..%5c/"]
# From the root of the proxy, of a run and of a logged model to the folder of the secret; and to "/".
_DEPTHS = (1, 4, 5, 16)


def _climbing(steps: list[str]) -> list[str]:
    return [up * depth + SECRET_NAME for up in steps for depth in _DEPTHS]


# Linux's other name of the top folder, which no check of words like /etc knows.
TOP = "/proc/self/" + "root"


class Group(NamedTuple):
    """Attacks of one kind, and the advisories whose class it is. `refused`: each has to be a 400."""

    advisories: str = ""
    text: str = ""  # attacks parted by blanks
    more: list[str] = []  # noqa: RUF012  # the others
    refused: bool = True

    @property
    def attacks(self) -> list[str]:
        return self.text.replace("{top}", TOP).split() + self.more


PATHS: dict[str, Group] = {
    "dot-dot": Group("CVE-2023-30172, CVE-2023-6831, CVE-2024-1560 (decoded twice)", more=_climbing(_UP)),
    "dot-dot at the end": Group(text=".. %2e%2e %252e%252e a/.. a/../.. a/%2e%2e%2f%2e%2e ../"),
    "backslash": Group(
        r"CVE-2023-2780, CVE-2023-6909 (both named \..\filename)", more=_climbing(_UP_BACKSLASH)
    ),
    "absolute": Group(
        "CVE-2023-1177, CVE-2023-2780 (another name of the top folder)",
        """
        /etc/passwd //etc/passwd ///etc/passwd %2Fetc/passwd %2fetc%2fpasswd %252Fetc/passwd
        %2f%2fetc/passwd {outer}/secret.txt /{outer}/secret.txt %2F{outer}/secret.txt
        /{top}/etc/passwd
        """,
    ),
    "drive": Group(text=r"C:/x c:%5cx C:%2fx C%3a/x C%3A%5Cx C:%255cx C:\x z:\..\x"),
    "network share": Group(
        text=r"""
        %5c%5chost%5cshare //host/share %2f%2fhost/share %255c%255chost%255cshare
        \\host\share \/host/share \x
        """
    ),
    "file URI": Group(
        "CVE-2024-3573",
        """
        file:///etc/passwd file:/etc/passwd FILE:///etc/passwd file:x file%3A///etc/passwd
        file:{outer}/secret.txt file%253a%252f%252f/etc/passwd
        """,
    ),
    "NUL": Group(text="a%00b %00 secret.txt%00.png a%2500b a%252500 a/%00/../b"),
    "control character": Group(text="a%0ab a%0d%0aX-Evil:%201 %1f a%7fb a%250ab %0a a/%0a/b %09x x%1b[2J"),
    "fragment": Group(
        "CVE-2024-1483, CVE-2024-1594, CVE-2024-2928, CVE-2024-3848",
        "a%23b %23 a%2523 %23/../../../../{outer}/secret.txt a%23/..%2f..%2fsecret.txt",
    ),
    "parameters": Group(
        "CVE-2024-1593",
        "a;/../../secret.txt a;x=/../../../../../secret.txt a%3b/..%2f..%2fsecret.txt ;/../x",
    ),
    "query": Group(
        "CVE-2023-6909", "a%3f/../../secret.txt %3f/../../../../../secret.txt %3F%2f..%2f..%2fsecret.txt"
    ),
    "too long": Group(
        more=["x" * 300, "d/" * 300 + "x" * 256, "x" * 5000, "a/" * 2500 + "b", "%" + "25" * 1500 + "2e"]
    ),
    "encoded without end": Group(more=["%" + "25" * 40 + "2e%" + "25" * 40 + "2e/secret.txt"]),
    # Names that only look bad: they mean what they say, below the root.
    "harmless": Group(
        text="""
        ..;/secret.txt ....//secret.txt ..../secret.txt ..%c0%af %c0%ae%c0%ae/secret.txt .../x
        %uff0e%uff0e/secret.txt %e3%80%82%e3%80%82/secret.txt way-out/secret.txt way-out ~/secret.txt
        ~root/.bashrc $HOME/x $(id) `id` -rf CON NUL.txt a:b C: s3://bucket/x http://host/x runs:/x
        models:/m/1 mlflow-artifacts:/x secret.txt%20 secret.txt. a//b a/./b
        """,
        refused=False,
    ),
}

# Bytes that may not stand in the first line of a request: the HTTP server answers before we see them.
NOT_HTTP = ["a\x00b", "a\nb", "a\x1fb", "a\x7fb", "\xff", "a b"]

# Where a client may say that artifacts are: not all of these are refused, but none leads anywhere.
LOCATIONS: dict[str, Group] = {
    "local": Group(
        "CVE-2023-1177, CVE-2023-2780, CVE-2024-1558, CVE-2024-3573, CVE-2025-11201",
        """
        {outer} /etc / %2Fetc /{top} {outer}/%73tore2 {outer}/store2 {outer}/store/way-out
        file:{outer} file://{outer} file://localhost{outer} file:///etc file:/// file:///%65tc file:%2Fetc
        file://{top}{outer} file:////{outer} file://{outer}/store2/ file://{outer}/store/way-out/
        FILE://{outer} File:{outer}
        """,
        refused=False,
    ),
    "local with dot-dot": Group(
        "CVE-2023-2780, CVE-2023-6909, CVE-2024-1558",
        r"""
        {outer}/store/.. {outer}/store/../ {outer}/store/%2e%2e {outer}/store/%252e%252e {outer}/store/..\..
        {outer}/store/x/../../.. ../.. .. file:.. file:../.. file://{outer}/store/..
        file://{outer}/store/%2e%2e file:{outer}/store/%252e%252e/
        """,
        refused=False,
    ),
    "fragment": Group(
        "CVE-2024-1483, CVE-2024-1594, CVE-2024-2928, CVE-2024-3848",
        """
        http:///#/../../../../../..{outer} {outer}/store#/../.. file:///x#{outer} #/../../..{outer}
        mlflow-artifacts:/x#/../../..{outer} file://{outer}/store/#/../
        """,
    ),
    "query": Group(
        "CVE-2023-6909",
        """
        http:///?/../../../../../..{outer} mlflow-artifacts:/x?/../../..{outer} {outer}/store?/../..
        file://{outer}/store?/../.. http:///?%2f..%2f..{outer} file:///x?/%252e%252e/{outer}
        """,
    ),
    "parameters": Group(
        "CVE-2024-1593",
        """
        http:///;/../../../..{outer} {outer}/store;/../.. file://{outer}/store;/../.. /x;{outer}
        mlflow-artifacts:/x;/../../..{outer}
        """,
        refused=False,
    ),
    "proxied": Group(
        "CVE-2024-1558",
        """
        mlflow-artifacts:/../.. mlflow-artifacts:/%2e%2e/%2e%2e mlflow-artifacts:///%252e%252e/x
        mlflow-artifacts:/..%5c.. mlflow-artifacts:.. mlflow-artifacts://{outer} mlflow-artifacts:/a%00
        mlflow-artifacts:////{outer} mlflow-artifacts:/%2F{outer} mlflow-artifacts://host/x
        mlflow-artifacts:/way-out mlflow-artifacts:/.mlflowlite-tmp/x MLFLOW-ARTIFACTS:/../..
        """,
        refused=False,
    ),
    "reference": Group(
        text="runs:/x runs:/../.. runs:{outer} models:/m-x models:/../.. models:/model/1 dbfs:/x",
        refused=False,
    ),
    "windows": Group(text=r"C:\x C:/x C:..\x \\host\share //host/share \..\.. file:\\host\x", refused=False),
    "host": Group(
        text=r"""
        file://host{outer} http://127.0.0.1:1{outer} ftp://127.0.0.1:1/ sftp://127.0.0.1:1{outer}
        hdfs://127.0.0.1:1/x abfss://c@127.0.0.1/x wasbs://c@127.0.0.1/x r2://x@127.0.0.1/x http://[/x
        s3://u:p@127.0.0.1/x gs://b\c/x s3://b/../../x s3:{outer} az:{outer}
        """,
        refused=False,
    ),
    "odd text": Group(
        text=":// :///etc file:",
        more=["", " ", "a\x00b", "file:///a\x00", "x" * 5000, "\ud800", "a\nb"],
        refused=False,
    ),
}

LEGAL_NAMES = [
    "a b.txt",
    " leading and trailing ",
    "100%.txt",
    "50%zz",
    "a+b=c&d.txt",
    "a;b,c",
    "q?.txt",
    "back\\slash",
    "quote\"s'.txt",
    "é.txt",
    "日本語.md",
    "😀",
    "x*[y]{z}|^`<>~",
    "C:x",
    "...",
    "..a",
    "a..",
    "-rf",
    "$HOME",
    "a:b",
    "x" * 255,
]


class Endpoint(NamedTuple):
    """Where `{attack}` goes in a request; `{run}`, `{model}`, `{name}` are things that exist.

    `also`: answers that are right as well, say because the request makes no sense without the attack.
    `fine`: a path that is no attack; None where this server refuses all, its runs being proxied.
    """

    verb: str
    target: str
    body: Any = None  # text, or what becomes JSON
    also: tuple[int, ...] = ()
    fine: str | None = "present.txt"


_PROXY = "/2.0/mlflow-artifacts"
_RUNS = "/2.0/mlflow"
_OURS = "/2.0/mlflowlite"


def _in_both_trees(*endpoints: Endpoint) -> list[Endpoint]:
    return [row._replace(target=f"/{tree}{row.target}") for tree in ("api", "ajax-api") for row in endpoints]


# Those that a store may not support, which it may say before it looks at the path.
_OPTIONAL = (501,)
_NO_UPLOAD = (404,)
# The body of a multipart request tells a path of the client's own machine: only its last part counts.
_LAST_PART = (200,)
_PART = {"part_number": 1, "etag": "x", "url": "http://127.0.0.1/"}

_MODELS = "/logged-models/{model}/artifacts"
_CREATE = {"path": "x", "num_parts": 1}
_COMPLETE = {"path": "x", "upload_id": "u", "parts": [_PART]}
_ABORT = {"path": "x", "upload_id": "u"}
_PART_QUERY = f"upload_id={'0' * 32}&part_number=1&expires=9999999999&signature=x"
_PRESIGN = {"run_id": "{run}", "path": "{attack}"}

ENDPOINTS: list[Endpoint] = [
    *_in_both_trees(
        Endpoint("GET", _PROXY + "/artifacts?path={attack}"),
        Endpoint("GET", _PROXY + "/artifacts/{attack}"),
        Endpoint("HEAD", _PROXY + "/artifacts/{attack}"),
        Endpoint("PUT", _PROXY + "/artifacts/{attack}", "evil"),
        Endpoint("DELETE", _PROXY + "/artifacts/{attack}"),
        Endpoint("GET", _PROXY + "/presigned/{attack}", also=_OPTIONAL),
        Endpoint("POST", _PROXY + "/mpu/create/{attack}", _CREATE, fine="folder"),
        Endpoint("POST", _PROXY + "/mpu/create/x", _CREATE | {"path": "{attack}"}, _LAST_PART),
        Endpoint("POST", _PROXY + "/mpu/complete/{attack}", _COMPLETE, _NO_UPLOAD, "folder"),
        Endpoint("POST", _PROXY + "/mpu/complete/x", _COMPLETE | {"path": "{attack}"}, _NO_UPLOAD),
        Endpoint("POST", _PROXY + "/mpu/abort/{attack}", _ABORT, _NO_UPLOAD, "folder"),
        Endpoint("POST", _PROXY + "/mpu/abort/x", _ABORT | {"path": "{attack}"}, _NO_UPLOAD),
        Endpoint("PUT", _OURS + "/artifacts/parts/{attack}?" + _PART_QUERY, "evil", also=(403,)),
        Endpoint("GET", _RUNS + "/artifacts/list?run_id={run}&path={attack}"),
        Endpoint("GET", _RUNS + _MODELS + "/directories?artifact_directory_path={attack}"),
        Endpoint("POST", _RUNS + "/artifacts/presigned-upload-url", _PRESIGN, fine=None),
        Endpoint("POST", _RUNS + "/artifacts/presigned-download-url", _PRESIGN, fine=None),
    ),
    Endpoint("GET", "/get-artifact?run_id={run}&path={attack}"),
    Endpoint("GET", "/get-artifact?run_uuid={run}&path={attack}"),
    Endpoint("GET", "/model-versions/get-artifact?name={name}&version=1&path={attack}"),
    Endpoint("GET", "/ajax-api" + _RUNS + _MODELS + "/files?artifact_file_path={attack}"),
    Endpoint("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={attack}", "evil"),
]

# The attack in place of what names the run, the model or the version.
ID_ENDPOINTS: list[Endpoint] = [
    Endpoint("GET", "/api/2.0/mlflow/artifacts/list?run_id={attack}&path=secret.txt"),
    Endpoint("GET", "/get-artifact?run_id={attack}&path=secret.txt"),
    Endpoint("GET", "/model-versions/get-artifact?name={attack}&version=1&path=secret.txt"),
    Endpoint("GET", "/model-versions/get-artifact?name={name}&version={attack}&path=secret.txt"),
    Endpoint("GET", "/api/2.0/mlflow/logged-models/{attack}/artifacts/directories"),
    Endpoint(
        "GET", "/ajax-api/2.0/mlflow/logged-models/{attack}/artifacts/files?artifact_file_path=secret.txt"
    ),
    Endpoint("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid={attack}&path=secret.txt", "evil"),
    Endpoint("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": "{attack}"}),
    Endpoint("POST", "/api/2.0/mlflow/runs/log-model", {"run_id": "{attack}", "model_json": "{}"}),
]

# Ways into the folder of a link that leads out of the root; `{link}` is the link.
LINK_TARGETS = [
    "{link}",
    "{link}/",
    "{link}/secret.txt",
    "{link}/new.txt",
    "{link}/sub/new.txt",
    "./{link}/secret.txt",
]

# Names whose content a browser would run, if it were let.
ACTIVE_NAMES = [
    "page.html",
    "page.htm",
    "page.xhtml",
    "image.svg",
    "script.js",
    "feed.xml",
    "doc.pdf",
    "x.mht",
    "none",
]
