"""What every artifact store promises, on a folder and on servers of the three clouds' kinds."""

from __future__ import annotations

import io
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlflowlite.artifacts import (
    ROOT,
    ArtifactPath,
    ArtifactStore,
    LocalStore,
    RangeNotSatisfiable,
    open_store,
)
from mlflowlite.artifacts.base import RESERVED
from mlflowlite.errors import MlflowError
from tests.cloud_servers import azure, azure_server, gcs, gcs_server  # noqa: F401
from tests.test_artifact_support import (
    MIB,
    broken,
    listed,
    path,
    read,
    s3_environment,  # noqa: F401
    s3_server,  # noqa: F401
)

NAMES = ["a b", "100%.txt", "a%20b", "é", "日本.txt", "a\\b", 'a"b', "a?b&c=d+e;f", "x*[y]{z}|^`<>~", "'"]


@pytest.fixture(params=["local", "s3", "gcs", "azure"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """An empty store of each kind."""
    if request.param == "local":
        return open_store(f"file://{tmp_path}/artifacts")
    if request.param == "s3":
        request.getfixturevalue("s3_environment")
        return open_store(f"s3://bucket/{tmp_path.name}/deep")
    bucket = request.getfixturevalue(request.param)
    return open_store(f"{bucket}/{tmp_path.name}/deep")


def test_put_open_list_delete(store: ArtifactStore) -> None:
    """A file appears in lists and downloads, and is gone after its deletion."""
    store.put(path("a/b/c.txt"), io.BytesIO(b"hello"), 5)
    store.put(path("a/z"), [b"1", b"", b"2"])
    store.put(path("a/empty"), io.BytesIO(b""), 0)
    assert listed(store) == [("a/", None)]
    assert listed(store, "a") == [("b/", None), ("empty", 0), ("z", 2)]
    assert (read(store, "a/b/c.txt"), read(store, "a/z"), read(store, "a/empty")) == (b"hello", b"12", b"")
    store.delete(path("a/z"))
    assert listed(store, "a") == [("b/", None), ("empty", 0)]
    store.delete(path("a"))
    assert listed(store) == []


def test_what_is_not_there(store: ArtifactStore) -> None:
    """A missing file is a 404 and a folder a 400 on opening; both lists are empty; deleting is fine."""
    store.put(path("a/b"), [b"x"])
    for text in ("nope", "a/nope", "a/b/nope", "nope/nope"):
        for ask in (store.open, store.stat):
            with pytest.raises(MlflowError) as caught:
                ask(path(text))
            assert caught.value.error_code == "RESOURCE_DOES_NOT_EXIST"
            assert caught.value.message == f"No such artifact: '{text}'"
        assert listed(store, text) == []
        store.delete(path(text))
    for text in ("a", ""):
        with pytest.raises(MlflowError) as caught:
            store.open(path(text))
        assert caught.value.message == f"Artifact path refers to a directory, not a file: '{text}'"
        assert caught.value.http_status == 400
    assert listed(store, "a/b") == []
    assert read(store, "a/b") == b"x"


def test_metadata(store: ArtifactStore) -> None:
    """Size, etag and time agree between `stat` and `open`, and the etag changes with the content."""
    store.put(path("f"), [b"one"])
    stat = store.stat(path("f"))
    with store.open(path("f")) as download:
        assert (download.total, download.etag, download.last_modified) == (
            stat.size,
            stat.etag,
            stat.last_modified,
        )
    assert stat.size == 3
    assert stat.last_modified.tzinfo is not None
    assert stat.etag is not None
    assert stat.etag.startswith('"')
    store.put(path("f"), [b"two!"])
    assert store.stat(path("f")).etag != stat.etag
    assert read(store, "f") == b"two!"


def test_ranges(store: ArtifactStore) -> None:
    """A range gives just its bytes; one outside the file is an error that knows the size."""
    store.put(path("f"), [b"0123456789"])
    assert read(store, "f", (0, 1)) == b"0"
    assert read(store, "f", (3, 6)) == b"345"
    assert read(store, "f", (7, None)) == b"789"
    assert read(store, "f", (7, 99)) == b"789"
    assert read(store, "f", (-4, None)) == b"6789"
    with store.open(path("f"), (2, 5)) as download:
        assert (download.start, download.stop, download.total) == (2, 5, 10)
    with pytest.raises(RangeNotSatisfiable) as caught:
        store.open(path("f"), (10, None))
    assert caught.value.total == 10
    with pytest.raises(MlflowError, match="No such artifact"):
        store.open(path("g"), (0, 1))


@pytest.mark.parametrize("name", NAMES)
def test_any_name_keeps_its_spelling(store: ArtifactStore, name: str) -> None:
    """Names come back from the list as they were given, and open."""
    exact = ArtifactPath(("dir " + name, name))
    if "\\" in name and "az:" in repr(store):
        # Azure takes a backslash for a slash: better refused than under another name.
        with pytest.raises(MlflowError, match="can't have"):
            store.put(exact, [b"x"])
        return
    store.put(exact, [b"x"])
    assert [entry.name for entry in store.list(ROOT)] == ["dir " + name]
    assert [entry.name for entry in store.list(exact.parent)] == [name]
    assert store.stat(exact).size == 1
    store.delete(exact.parent)
    assert store.list(ROOT) == []


def test_neighbours_are_left_alone(store: ArtifactStore) -> None:
    """A folder is a whole name, not the beginning of one."""
    for text in ("a/x", "ab/x", "a.txt"):
        store.put(path(text), [b"x"])
    assert listed(store, "a") == [("x", 1)]
    store.delete(path("a"))
    assert listed(store) == [("a.txt", 1), ("ab/", None)]


def test_files_and_folders_can_not_share_a_name(store: ArtifactStore) -> None:
    """A file in place of a folder, or below a file, is a clear 400 before a byte is read."""
    store.put(path("a/b"), [b"x"])

    def never() -> Iterator[bytes]:
        raise AssertionError("read")
        yield b""

    for text, message in (
        ("a", "refers to a directory, not a file: 'a'"),
        ("a/b/c", "Artifact path 'a/b/c' lies inside a path that is a file"),
        ("a/b/c/d", "lies inside a path that is a file"),
        ("", "must include a filename"),
        (f"{RESERVED}/x", "are reserved"),
        ("x" * 1025, "too long"),
    ):
        with pytest.raises(MlflowError, match=message) as caught:
            store.put(path(text), never())
        assert caught.value.http_status == 400
    assert listed(store) == [("a/", None)]


@pytest.mark.parametrize("chunks", [0, 1, 40])
def test_broken_upload_leaves_nothing(store: ArtifactStore, chunks: int) -> None:
    """An upload that raises, small or large, changes nothing and passes the error on."""
    store.put(path("d/old"), [b"old"])
    for text in ("d/old", "new/file"):
        with pytest.raises(ConnectionError):
            store.put(path(text), broken(chunks))
    assert listed(store) == [("d/", None)]
    assert read(store, "d/old") == b"old"


@pytest.mark.parametrize(
    ("length", "message"), [(6, "ended early, after 5 of 6"), (4, "longer than the announced 4")]
)
def test_wrong_length_leaves_nothing(store: ArtifactStore, length: int, message: str) -> None:
    """Fewer or more bytes than announced are a 400."""
    with pytest.raises(MlflowError, match=message):
        store.put(path("f"), io.BytesIO(b"hello"), length)
    assert listed(store) == []


def test_nobody_sees_half_a_file(store: ArtifactStore) -> None:
    """While several writers replace a file, each reader gets one version whole."""
    size = 300_000
    store.put(path("f"), [b"0" * size])
    done = threading.Event()

    def write(letter: str) -> None:
        for _ in range(10):
            store.put(path("f"), [letter.encode() * (size // 2)] * 2)

    def check() -> int:
        reads = 0
        while not done.is_set() or not reads:
            content = read(store, "f")
            assert len(content) == size
            assert len(set(content)) == 1
            reads += 1
        return reads

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(check) for _ in range(3)]
        writers = [pool.submit(write, letter) for letter in "abcd"]
        for writer in writers:
            writer.result()
        done.set()
        assert all(reader.result() for reader in readers)
    assert listed(store) == [("f", size)]


@pytest.mark.parametrize("announced", [True, False])
def test_big_file_moves_in_bounded_memory(store: ArtifactStore, announced: bool) -> None:
    """A file of 50 MiB goes in and out without ever being in memory whole."""
    blocks = 50
    tracemalloc.start()
    try:
        source = (bytes([number]) * MIB for number in range(blocks))
        store.put(path("big"), source, blocks * MIB if announced else None)
        seen = 0
        with store.open(path("big")) as download:
            for chunk in download:
                assert len(chunk) <= 4 * MIB
                seen += len(chunk)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == blocks * MIB
    if isinstance(store, LocalStore):  # the S3 server of this test runs in this process as well
        assert peak < 20 * MIB
    assert read(store, "big", (blocks * MIB - MIB - 1, -MIB + blocks * MIB + 1)) == bytes(
        [blocks - 2, blocks - 1]
    )


def test_folder_of_more_files_than_one_answer_holds(store: ArtifactStore) -> None:
    """More than 1,000 files, the size of a page in S3, are listed and deleted completely."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put(path(f"many/{n:04}"), [b"x"]), range(1100)))
    store.put(path("other"), [b"x"])
    assert [entry.name for entry in store.list(path("many"))] == [f"{n:04}" for n in range(1100)]
    store.delete(path("many"))
    assert listed(store) == [("other", 1)]


def test_sub_store(store: ArtifactStore) -> None:
    """A store can be rooted at a folder of another, and be emptied without touching its neighbours."""
    run = store.sub_store(path("7/run/artifacts"))
    assert run.list(ROOT) == []
    run.put(path("model/MLmodel"), [b"x"])
    store.put(path("7/run2/f"), [b"x"])
    assert read(store, "7/run/artifacts/model/MLmodel") == b"x"
    assert listed(run) == [("model/", None)]
    run.clear()
    run.clear()
    assert listed(run) == []
    assert listed(store, "7/run2") == [("f", 1)]


def test_root_and_reserved_names(store: ArtifactStore) -> None:
    """The root can't be deleted, and what is the store's own can't be seen or touched."""
    store.put(path("f"), [b"x"])
    with pytest.raises(MlflowError, match="root"):
        store.delete(ROOT)
    for text in (RESERVED, f"{RESERVED}/x", f"a/{RESERVED}-1"):
        assert store.list(path(text)) == []
        store.delete(path(text))
        with pytest.raises(MlflowError, match="No such artifact"):
            store.open(path(text))
        with pytest.raises(MlflowError, match="reserved"):
            store.sub_store(path(text))
    assert listed(store) == [("f", 1)]


def test_check_of_a_good_store(store: ArtifactStore) -> None:
    """The start-up check passes and leaves nothing visible."""
    store.check()
    assert store.list(ROOT) == []
    assert store.sweep() == 0
