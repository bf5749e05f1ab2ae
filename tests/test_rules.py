"""Every rule of tests/rules.toml is held by tests that exist, and docs/rules.md says the same."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

from docs import rules

TESTS = Path(__file__).parent
RULES = rules.rules()


@functools.cache
def defined_in(file: str) -> set[str]:
    """The tests of a file as pytest names them, without parameters."""
    path = TESTS / file
    if not path.exists():
        return set()
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        members = [(f"{node.name}::", part) for part in node.body] if isinstance(node, ast.ClassDef) else []
        for prefix, part in [("", node), *members]:
            if isinstance(part, ast.FunctionDef) and part.name.startswith("test_"):
                found.add(prefix + part.name)
    return found


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_has_tests(rule_id: str) -> None:
    """A rule is a sentence, belongs to a section of the page, and names tests that exist, each once."""
    rule = RULES[rule_id]
    assert set(rule) <= {"rule", "tests", "differs"}
    assert rule["rule"].endswith(".")
    assert rules.section(rule_id) in rules.SECTIONS
    assert rule["tests"], "no test holds this rule"
    assert len(rule["tests"]) == len(set(rule["tests"]))
    for test in rule["tests"]:
        file, _, name = test.partition("::")
        assert name in defined_in(file), f"there is no test {test}"


def test_every_section_has_rules() -> None:
    """No section of the page is empty, and the file keeps their order."""
    numbers = [rules.section(rule_id) for rule_id in RULES]
    assert list(dict.fromkeys(numbers)) == list(rules.SECTIONS)
    assert [number for number in rules.SECTIONS for found in numbers if found == number] == numbers


def test_the_page_is_up_to_date() -> None:
    """docs/rules.md is what docs/rules.py makes of the data."""
    assert rules.PAGE.read_text(encoding="utf-8") == rules.page()
