"""README.md holds what it promises."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

from mlflowlite.settings import options

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_python_blocks_are_python() -> None:
    """What a reader copies at least compiles."""
    assert blocks("python")
    for block in blocks("python"):
        ast.parse(block)


def test_commands_use_options_that_exist() -> None:
    """Every option of the server that a shell block shows is in the table of options."""
    known = {option.flag for option in options()}
    commands = [line for block in blocks("sh") for line in block.replace("\\\n", " ").splitlines()]
    servers = [shlex.split(line) for line in commands if "mlflowlite server" in line]
    assert servers
    for words in servers:
        assert {word for word in words if word.startswith("--")} <= known


def test_make_targets_exist() -> None:
    """Every `make x` is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z]+)", TEXT, re.MULTILINE))
    assert named
    assert named <= targets


def test_links_lead_somewhere() -> None:
    """Links to files of the project are not broken."""
    for target in re.findall(r"\]\((?!http)([^)#]+)", TEXT):
        assert (ROOT / target).exists(), target
