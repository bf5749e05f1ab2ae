"""What is an artifact path, and what is an attack."""

from __future__ import annotations

import posixpath
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflowlite.artifacts.paths import MAX_BYTES, ROOT, ArtifactPath, is_addressable
from mlflowlite.errors import MlflowError

ATTACKS = [
    "..",
    "../x",
    "a/..",
    "a/../b",
    "a/../../b",
    "./../x",
    "%2e%2e/x",
    "%2E%2e/x",
    "..%2fx",
    "a/%252e%252e/x",
    "%25252e%25252e%25252fx",
    "a%2f..%2f..%2fetc",
    "..\\x",
    "a\\..\\b",
    "..%5c..%5cx",
    "a/..\\..",
    "/",
    "/etc/passwd",
    "//host/share",
    "%2fetc/passwd",
    "%252fetc",
    "\\\\host\\share",
    "\\/host/share",
    "\\x",
    "C:/x",
    "c:\\x",
    "C:%5cx",
    "file:///etc/passwd",
    "FILE:x",
    "file:x",
    "a#b",
    "a%23b",
    "#",
    "a\x00b",
    "a%00b",
    "a%2500",
    "a\nb",
    "a%0d%0ab",
    "\x1f",
    "a\x7fb",
    "a\ud800b",
    "x" * (MAX_BYTES + 1),
    "é" * (MAX_BYTES // 2 + 1),
    "a/" * MAX_BYTES,
    "%" + "25" * 30_000,
]

# What a client sends, after the one decoding that HTTP does, and the path it means.
LEGAL = {
    "": "",
    ".": "",
    "./": "",
    "a": "a",
    "a/b/c.txt": "a/b/c.txt",
    "a//b": "a/b",
    "./a/./b/": "a/b",
    "a b": "a b",
    " a ": " a ",
    "a%20b.txt": "a b.txt",
    "a%2520b.txt": "a b.txt",
    "a%2Fb": "a/b",
    "100%.txt": "100%.txt",
    "50%zz": "50%zz",
    "%": "%",
    "...": "...",
    "..a": "..a",
    "a..": "a..",
    "a..b/..c": "a..b/..c",
    "a\\b": "a\\b",
    "a?b=c&d": "a?b=c&d",
    "a;b": "a;b",
    "a+b": "a+b",
    "C:": "C:",
    "C:x": "C:x",
    "n/C:/x": "n/C:/x",
    "n/file:x": "n/file:x",
    "~": "~",
    "~root/x": "~root/x",
    "$HOME": "$HOME",
    "-rf": "-rf",
    "é/日本.txt": "é/日本.txt",
    "%C3%A9": "é",
    "😀": "😀",
    "x" * 255: "x" * 255,
}


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:20]))
def test_attack_is_refused(text: str) -> None:
    """Whatever could leave the root, or confuse a client or an operating system, is a 400."""
    with pytest.raises(MlflowError) as caught:
        ArtifactPath.parse(text)
    assert (caught.value.error_code, caught.value.message) == ("INVALID_PARAMETER_VALUE", "Invalid path")


@pytest.mark.parametrize(("text", "meant"), LEGAL.items(), ids=lambda text: ascii(text[:20]))
def test_legal_name_is_understood(text: str, meant: str) -> None:
    """A legal path is decoded, freed of empty segments, and stable when parsed again."""
    path = ArtifactPath.parse(text)
    assert str(path) == meant
    assert ArtifactPath.parse(str(path)) == path


@given(st.text(alphabet=st.sampled_from("a./\\%25efC:#~ \x00é"), max_size=30) | st.text(max_size=30))
def test_what_parses_stays_below_the_root(text: str) -> None:
    """Joined to a root and normalized, a parsed path is the root or below it, however it was encoded."""
    for spelling in (text, quote(text, safe="", errors="replace")):
        try:
            path = ArtifactPath.parse(spelling)
        except MlflowError:
            continue
        for joined in (posixpath.join("/r/o", str(path)), "/r/o/" + str(path).replace("\\", "/")):
            assert (posixpath.normpath(joined) + "/").startswith("/r/o/")
        assert all(part not in ("", ".", "..") and "/" not in part for part in path.parts)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4))
def test_a_path_can_not_be_made_unsafe_by_hand(parts: list[str]) -> None:
    """The constructor takes exactly the parts that a safe path can hold."""
    try:
        path = ArtifactPath(tuple(parts))
    except MlflowError:
        return
    assert posixpath.normpath("/r/" + str(path)) == "/r/" + "/".join(parts)


@pytest.mark.parametrize("text", ["", ".", "a/", "a/b/", "a%2f", "./"])
def test_a_file_needs_a_name(text: str) -> None:
    """`parse_file` refuses the root and a trailing slash."""
    with pytest.raises(MlflowError, match="must include a filename"):
        ArtifactPath.parse_file(text)


def test_anatomy_of_a_path() -> None:
    """Name, parent, ancestors, joining, order and truth of a path."""
    path = ArtifactPath.parse("a/b/c")
    assert (path.name, str(path.parent), str(path.parent.parent.parent)) == ("c", "a/b", "")
    assert [str(folder) for folder in path.ancestors] == ["a", "a/b"]
    assert str(path / ArtifactPath.parse("d")) == "a/b/c/d"
    assert path / ROOT == ROOT / path == path
    assert path
    assert not ROOT
    assert ROOT.is_root
    assert ROOT.parent == ROOT
    assert ROOT.name == ""
    assert len({path, ArtifactPath.parse("a/b/c")}) == 1
    assert ArtifactPath.parse("a") < ArtifactPath.parse("b")


def test_names_found_in_a_store_are_judged_alike() -> None:
    """A name with a literal escape is addressable by its parts; unsafe names are not."""
    assert is_addressable("a%20b")
    assert not any(map(is_addressable, ["..", "", "a/b", "a#b", "a\nb", "\udcff"]))
