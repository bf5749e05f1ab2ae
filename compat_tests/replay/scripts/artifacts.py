"""Artifacts: the proxy, and the lists of runs and logged models. `endpoints.md` §4, `semantics.md` §7."""

from compat_tests.replay.script import Script, lines

s = Script("artifacts", "Artifacts: the proxy, lists of runs and models, hostile paths.")
PROXY = "/api/2.0/mlflow-artifacts/artifacts"
AJAX = "/ajax-api/2.0/mlflow-artifacts/artifacts"
SHOWN = ("Content-Type", "Content-Disposition", "X-Content-Type-Options")


def put(path, body=b"", **more):
    more.setdefault("content_type", None)
    s.put(f"{PROXY}/{path}", body, **more)


def read(path, **more):
    s.get(f"{PROXY}/{path}", show=SHOWN, **more)


# Up, down, list, delete.
s.get(PROXY)
put("a.txt", b"first")
put("a.txt", b"second")
put("empty.txt")
put("dir/deep/b.json", b"{}", content_type="application/octet-stream")
put("dir/c.bin", bytes(range(256)))
put("with%20blank/caf%C3%A9.txt", b"x", content_type="text/plain")
put("a%2Bb%23c%3Fd.txt", b"x")
put("page.html", b"<b>x</b>")
put("no_suffix", b"x")
for path in lines(
    """
    a.txt
    empty.txt
    dir/deep/b.json
    with%20blank/caf%C3%A9.txt
    a%2Bb%23c%3Fd.txt
    page.html
    no_suffix
    """
):
    read(path)
s.get(PROXY)
for path in [
    "",
    *lines(
        """
    dir
    dir/
    dir/deep
    nope
    a.txt
    with blank
    /
    .
    ./dir
    dir//deep
    dir/./deep
    """
    ),
]:
    s.get(PROXY, {"path": path})
s.get(AJAX, {"path": "dir"})
s.get(f"{AJAX}/a.txt")
read("nope")
read("dir")
read("dir/nope.txt")
read("a.txt/x")
put("dir/", b"x")
put("dir", b"x")
put("a.txt/below", b"x")
put("", b"x")
s.get(f"{PROXY}/a.txt", headers={"Range": "bytes=1-3"}, show=("Content-Range",))
s.get(f"{PROXY}/a.txt", headers={"Range": "bytes=-2"}, show=("Content-Range",))
s.get(f"{PROXY}/a.txt", headers={"Range": "bytes=99-"}, show=("Content-Range",))
s.get(f"{PROXY}/a.txt", headers={"Range": "chapters=1"}, show=("Content-Range",))

# Paths that lead away.
HOSTILE = lines(
    """
    .
    ..
    ../x
    a/../../x
    %2e%2e
    %2e%2e/x
    ..%2fx
    %252e%252e%252fx
    %25252e%25252e/x
    /etc/passwd
    %2Fetc%2Fpasswd
    a/%2e%2e/b
    ..%5Cx
    C:%5Cx
    C:/x
    %5C%5Chost%5Cshare
    a%00b
    file:%2F%2F%2Fetc
    a%23b
    dir/..
    dir/../a.txt
    ~
    ...
    a..b
    ..a
    a%0Ab
    %20
    """
)
for path in HOSTILE:
    s.get(f"{PROXY}/{path}")
    s.put(f"{PROXY}/{path}", b"x", content_type=None)
    s.get(PROXY, f"path={path}")
for path in HOSTILE:
    if path != ".":
        s.delete(f"{PROXY}/{path}")
s.delete(f"{PROXY}/a.txt")
s.delete(f"{PROXY}/a.txt")
s.delete(f"{PROXY}/dir")

# Multipart, which a local folder does not have.
for path in ("mpu/create", "mpu/complete", "mpu/abort"):
    s.post(
        f"/api/2.0/mlflow-artifacts/{path}/x",
        {"path": "big.bin", "num_parts": 2, "upload_id": "u", "parts": []},
    )
s.get("/api/2.0/mlflow-artifacts/presigned/x")

# Runs.
s.post(
    "runs/create", {"experiment_id": "0", "run_name": "r", "start_time": 1}, save={"run": "run.info.run_id"}
)
LIST = "artifacts/list"
s.get(LIST, {"run_id": "$run"})
put("0/$run/artifacts/top.txt", b"top")
put("0/$run/artifacts/model/MLmodel", b"flavors: {}")
put("0/$run/artifacts/model/data/weights", b"123")
put("0/$run/artifacts/zero", b"")
s.get(LIST, {"run_id": "$run"})
s.get(LIST, {"run_uuid": "$run"})
for path in [
    "",
    *lines(
        """
    model
    model/
    model/data
    top.txt
    nope
    /
    .
    ./model
    model//data
    """
    ),
]:
    s.get(LIST, {"run_id": "$run", "path": path})
for path in HOSTILE:
    s.get(LIST, f"run_id=$run&path={path}")
s.get(LIST, {"run_id": "0123456789abcdef0123456789abcdef"})
s.get(LIST)
s.get(LIST, {"path": "x"})
s.get(LIST, {"run_id": "$run", "page_token": "x"})
s.post("runs/delete", {"run_id": "$run"})
s.get(LIST, {"run_id": "$run"})

# Files for the web page.
for query in (
    {"run_id": "$run", "path": "top.txt"},
    {"run_uuid": "$run", "path": "model/MLmodel"},
    {"run_id": "$run"},
    {"run_id": "$run", "path": "nope"},
    {"run_id": "$run", "path": "model"},
    {"run_id": "$run", "path": "../x"},
    {"path": "top.txt"},
    {"run_id": "0123456789abcdef0123456789abcdef", "path": "x"},
    {},
    {"run_id": "$run", "path": ""},
):
    s.get("/get-artifact", query, show=SHOWN)
UPLOAD = "/ajax-api/2.0/mlflow/upload-artifact"
s.post(f"{UPLOAD}?run_uuid=$run&path=up/x.txt", b"uploaded", content_type=None)
s.get("/get-artifact", {"run_id": "$run", "path": "up/x.txt"})
s.post(f"{UPLOAD}?path=x.txt", b"x", content_type=None)
s.post(f"{UPLOAD}?run_uuid=$run", b"x", content_type=None)
s.post(f"{UPLOAD}?run_uuid=$run&path=x.txt", b"", content_type=None)
s.post(f"{UPLOAD}?run_uuid=$run&path=../x.txt", b"x", content_type=None)
s.post(f"{UPLOAD}?run_uuid=unknown&path=x.txt", b"x", content_type=None)

# Logged models.
s.post("logged-models", {"experiment_id": "0", "name": "m"}, save={"m": "model.info.model_id"})
DIRECTORIES = "logged-models/$m/artifacts/directories"
s.get(DIRECTORIES)
put("0/models/$m/artifacts/MLmodel", b"x")
put("0/models/$m/artifacts/data/w", b"123")
s.get(DIRECTORIES)
for path in [
    "",
    *lines(
        """
    data
    nope
    MLmodel
    ../x
    /etc
    %2e%2e
    #
    """
    ),
]:
    s.get(DIRECTORIES, {"artifact_directory_path": path})
s.get("logged-models/m-unknown/artifacts/directories")
FILES = "/ajax-api/2.0/mlflow/logged-models/$m/artifacts/files"
for query in (
    {"artifact_file_path": "MLmodel"},
    {"artifact_file_path": "nope"},
    {"artifact_file_path": "../x"},
    {},
):
    s.get(FILES, query, show=SHOWN)

# Model versions.
s.post("registered-models/create", {"name": "reg"})
s.post("model-versions/create", {"name": "reg", "source": "models:/$m", "model_id": "$m"})
for query in (
    {"name": "reg", "version": "1", "path": "MLmodel"},
    {"name": "reg", "version": "1", "path": "nope"},
    {"name": "reg", "version": "9", "path": "MLmodel"},
    {"name": "reg", "version": "1"},
    {"name": "reg", "path": "x"},
    {"name": "reg", "version": "1", "path": "../x"},
    {"name": "nobody", "version": "1", "path": "x"},
):
    s.get("/model-versions/get-artifact", query, show=SHOWN)

# Folders of the server's machine that are none of its own.
s.post(
    "experiments/create",
    {"name": "outside", "artifact_location": "file:///srv/outside"},
    save={"outside": "experiment_id"},
)
s.post(
    "runs/create",
    {"experiment_id": "$outside", "run_name": "out", "start_time": 1},
    save={"out": "run.info.run_id"},
)
s.get(LIST, {"run_id": "$out"})
s.get(LIST, {"run_id": "$out", "path": "x"})
s.get("/get-artifact", {"run_id": "$out", "path": "x"})

# The root itself.
s.delete(PROXY)
s.delete(f"{PROXY}/.")
s.delete(f"{PROXY}/")
