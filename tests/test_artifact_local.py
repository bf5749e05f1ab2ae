"""What is particular to artifacts in a folder: links, special files, leftovers, the operating system."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlflowlite.artifacts import ROOT, LocalStore, open_store
from mlflowlite.artifacts.base import RESERVED
from mlflowlite.errors import MlflowError, StartupError
from tests.test_artifact_support import path, read

OUTSIDE = "outside the artifact directory"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The store's folder, with a secret beside it."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


def names(store: LocalStore, text: str = "") -> list[str]:
    return [entry.name for entry in store.list(path(text))]


@pytest.mark.parametrize("target", ["../secret", "{tmp}/secret", "..", "/"])
def test_link_to_a_folder_outside(store: LocalStore, root: Path, tmp_path: Path, target: str) -> None:
    """Nothing is read, listed, written or deleted through a link that leaves the root."""
    (root / "link").symlink_to(target.format(tmp=tmp_path))
    assert names(store) == []
    for act in (
        lambda: store.list(path("link")),
        lambda: store.open(path("link/key")),
        lambda: store.stat(path("link")),
        lambda: store.put(path("link/new"), [b"x"]),
        lambda: store.delete(path("link/key")),
        lambda: store.sub_store(path("link")).list(ROOT),
        lambda: store.sub_store(path("link")).put(path("x"), [b"x"]),
        lambda: store.sub_store(path("link")).clear(),
    ):
        with pytest.raises(MlflowError, match=OUTSIDE) as caught:
            act()
        assert caught.value.http_status == 400
    assert os.listdir(tmp_path / "secret") == ["key"]
    store.delete(path("link"))
    assert not (root / "link").is_symlink()
    assert (tmp_path / "secret" / "key").read_text() == "secret"


def test_link_to_a_file_outside(store: LocalStore, root: Path, tmp_path: Path) -> None:
    """A link to a foreign file isn't served; an upload in its place leaves the foreign file alone."""
    (root / "link").symlink_to(tmp_path / "secret" / "key")
    with pytest.raises(MlflowError, match=OUTSIDE):
        store.open(path("link"))
    assert names(store) == []
    store.put(path("link"), [b"mine"])
    assert read(store, "link") == b"mine"
    assert (tmp_path / "secret" / "key").read_text() == "secret"


def test_links_within_the_root_work(store: LocalStore, root: Path) -> None:
    """Links that stay inside are followed for reading, listing and writing."""
    store.put(path("real/f"), [b"x"])
    (root / "folder").symlink_to("real")
    (root / "file").symlink_to(root / "real" / "f")
    assert names(store) == ["file", "folder", "real"]
    assert (read(store, "file"), read(store, "folder/f")) == (b"x", b"x")
    store.put(path("folder/g"), [b"y"])
    assert names(store, "real") == ["f", "g"]
    store.delete(path("folder"))
    assert names(store, "real") == ["f", "g"]


def test_the_root_may_be_a_link(store: LocalStore, root: Path, tmp_path: Path) -> None:
    """The operator's root may itself lie behind a link."""
    (tmp_path / "alias").symlink_to(root)
    alias = LocalStore(tmp_path / "alias")
    alias.put(path("a/f"), [b"x"])
    assert read(store, "a/f") == b"x"


def test_loops_and_dangling_links(store: LocalStore, root: Path) -> None:
    """A link to nowhere or to itself is as good as missing, and an upload replaces it."""
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nowhere")
    assert names(store) == []
    for text in ("loop", "gone", "loop/x"):
        with pytest.raises(MlflowError, match="No such artifact"):
            store.open(path(text))
    assert store.list(path("loop/x")) == []
    store.put(path("gone"), [b"x"])
    assert names(store) == ["gone"]


def test_special_files_are_not_served(store: LocalStore, root: Path) -> None:
    """A pipe neither blocks the server nor shows up."""
    os.mkfifo(root / "pipe")
    assert names(store) == []
    with pytest.raises(MlflowError, match="No such artifact"):
        store.open(path("pipe"))


def test_names_no_client_can_ask_for_are_hidden(store: LocalStore, root: Path) -> None:
    """Files put there by others whose names no path can hold stay out of lists."""
    for name in (b"a#b", b"new\nline", b"\xff\xfe", b"fine"):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).touch()
    assert names(store) == ["fine"]


@pytest.mark.parametrize("text", ["x" * 256, "é" * 200, "a/" + "x" * 256, "/".join(["d" * 203] * 20)])
def test_over_long_names(store: LocalStore, text: str) -> None:
    """What the file system has no room for is a 400 on every request, never a 500."""
    for act in (
        lambda: store.put(path(text), [b"x"]),
        lambda: store.open(path(text)),
        lambda: store.list(path(text)),
        lambda: store.delete(path(text)),
    ):
        with pytest.raises(MlflowError, match="too long") as caught:
            act()
        assert caught.value.http_status == 400
    assert names(store) == []


def test_open_download_outlives_replacement_and_deletion(store: LocalStore) -> None:
    """Who has begun to read gets the rest of what was there."""
    store.put(path("f"), [b"old" * 1000])
    download = store.open(path("f"))
    store.put(path("f"), [b"new"])
    second = store.open(path("f"))
    store.delete(path("f"))
    assert b"".join(download) == b"old" * 1000
    assert b"".join(second) == b"new"
    for each in (download, second, download):
        each.close()


def test_files_get_the_usual_mode(store: LocalStore, root: Path) -> None:
    """Other users may read artifacts as far as the umask lets them."""
    before = os.umask(0o027)
    try:
        store.put(path("f"), [b"x"])
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "f").stat().st_mode) == 0o640


def test_killed_upload_leaves_nothing_visible(store: LocalStore, root: Path) -> None:
    """A server killed in the middle of an upload leaves the old file, and a leftover for the sweep."""
    store.put(path("f"), [b"old"])
    program = (
        "import sys, time\n"
        "from mlflowlite.artifacts import ArtifactPath, LocalStore\n"
        "def body():\n"
        "    yield b'x' * 100_000\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
        "LocalStore(sys.argv[1]).put(ArtifactPath.parse('f'), body())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, root],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    assert read(store, "f") == b"old"
    assert names(store) == ["f"]
    (leftover,) = (root / RESERVED).iterdir()
    assert store.sweep() == 0
    os.utime(leftover, (time.time() - 90_000,) * 2)
    assert store.sweep() == 1
    assert list((root / RESERVED).iterdir()) == []


def test_sweep_takes_whole_trees(store: LocalStore, root: Path) -> None:
    """A deletion that was cut short is finished; a store without leftovers, or without a root, is fine."""
    tree = root / RESERVED / "doomed"
    (tree / "deep").mkdir(parents=True)
    os.utime(tree, (0, 0))
    assert store.sweep() == 1
    assert LocalStore(root / "nowhere").sweep() == 0


def test_mount_inside_the_root(store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the temporary name is on another file system, the file still appears at once and whole."""
    real = os.replace

    def replace(source: str, target: str) -> None:
        if os.path.dirname(source) != os.path.dirname(target):
            raise OSError(errno.EXDEV, "other file system")
        assert Path(source).read_bytes() == b"content"
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(os, "rename", replace)
    store.put(path("mount/f"), [b"content"])
    assert read(store, "mount/f") == b"content"
    assert os.listdir(root / "mount") == ["f"]
    assert os.listdir(root / RESERVED) == []
    store.delete(path("mount"))
    assert names(store) == []


def test_full_disk(store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told as such, and the beginning of the file goes away."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("mlflowlite.artifacts.local.write_all", full)
    with pytest.raises(MlflowError, match="The artifact store is full") as caught:
        store.put(path("f"), [b"x"])
    assert caught.value.http_status == 500
    assert os.listdir(root / RESERVED) == []


def test_no_permission(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file the server may not open is a 403 without a path of the machine in it."""
    store.put(path("f"), [b"x"])

    def denied(name: str, *_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", name)

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(MlflowError) as caught:
        store.open(path("f"))
    assert caught.value.http_status == 403
    assert caught.value.message == "The server has no permission for artifact 'f'."


def test_upload_and_deletion_at_once(store: LocalStore) -> None:
    """Uploads into a folder that others keep deleting neither fail nor bring down the deletion."""

    def write(number: int) -> None:
        for _ in range(50):
            store.put(path(f"a/b/{number}"), [b"x"])

    def remove() -> None:
        for _ in range(100):
            store.delete(path("a"))

    with ThreadPoolExecutor(6) as pool:
        for job in [pool.submit(write, 1), pool.submit(write, 2), pool.submit(remove), pool.submit(remove)]:
            job.result()
    store.put(path("a/b/last"), [b"x"])
    assert "last" in names(store, "a/b")


def test_ten_thousand_files_in_a_folder(store: LocalStore, root: Path) -> None:
    """A crowded folder is listed in order, and quickly."""
    (root / "many").mkdir()
    for number in range(10_000):
        (root / "many" / f"{number:05}").touch()
    start = time.perf_counter()
    assert names(store, "many") == [f"{number:05}" for number in range(10_000)]
    assert time.perf_counter() - start < 5  # a tenth of a second here; slow machines run tests too


def test_check(tmp_path: Path) -> None:
    """A root that can't be made is told in one sentence; a missing one is made."""
    LocalStore(tmp_path / "new" / "root").check()
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match=r"^The artifacts folder '.*/file/x' can't be written to: .*\.$"):
        LocalStore(tmp_path / "file" / "x").check()


@pytest.mark.parametrize("uri", ["{tmp}/a b", "file://{tmp}/a%20b", "file:{tmp}/a b", "{tmp}/a%20b/"])
def test_open_store_of_local_uris(tmp_path: Path, uri: str) -> None:
    """All spellings of a local folder, also the escaped ones of clients, lead to it."""
    store = open_store(uri.format(tmp=tmp_path))
    assert isinstance(store, LocalStore)
    assert store.root == str(tmp_path / "a b")


@pytest.mark.parametrize("uri", ["ftp://h/x", "dbfs:/x", "mlflow-artifacts:/x", "C:/x", "file://host/x"])
def test_open_store_refuses_other_uris(uri: str) -> None:
    """A place that no store can be at is a 400."""
    with pytest.raises(MlflowError, match=r"can't be stored at|not a valid remote uri") as caught:
        open_store(uri)
    assert caught.value.http_status == 400
