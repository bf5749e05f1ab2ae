"""Makes rules.md from tests/rules.toml. `--check` fails instead when the page is stale."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

try:
    import tomllib
except ImportError:  # Python 3.10, where pytest brings tomli along
    import tomli as tomllib  # type: ignore[no-redef]

DOCS = Path(__file__).parent
DATA = DOCS.parent / "tests" / "rules.toml"
PAGE = DOCS / "rules.md"
SECTIONS = {
    "1": "Identifiers and times",
    "2": "Limits",
    "2.1": "Page sizes",
    "3": "Experiments",
    "4": "Runs",
    "5": "Metrics",
    "6": "Params, tags, batches",
    "8": "Datasets, inputs, outputs",
    "9.1": "Filters",
    "9.2": "Filters of runs",
    "9.3": "Order of runs",
    "9.4": "Searches of experiments",
    "9.5": "Searches of registered models",
    "9.6": "Searches of model versions",
    "10.1": "Registered models",
    "10.2": "Versions",
    "10.3": "Stages",
    "10.4": "Aliases",
    "10.5": "Sources of versions",
    "10.7": "History of the registry",
    "11": "Prompts",
    "12.1": "Logged models",
    "12.2": "Status of logged models",
    "12.3": "Searches of logged models",
    "13.1": "Webhooks",
    "13.2": "Events of webhooks",
    "13.3": "Deliveries of webhooks",
}


def rules() -> dict[str, dict[str, Any]]:
    """The rules by id, in the order of the file."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def section(rule_id: str) -> str:
    """The section that a rule belongs to: the longest one that its number starts with."""
    number = rule_id.partition(" ")[0]
    return number if number in SECTIONS else number.rpartition(".")[0]


def page() -> str:
    """The text of rules.md."""
    found = rules()
    lines = [
        "# Rules and the tests that hold them",
        "",
        "<!-- Made by docs/rules.py from tests/rules.toml. -->",
        "",
        f"{len(found)} rules of tracking and registry, and the tests in `tests/` that fail when one is",
        "broken; where the database matters, they run on SQLite and on PostgreSQL. *Differs* says where the",
        "server knowingly answers otherwise than MLflow's own.",
    ]
    for number, title in SECTIONS.items():
        lines += ["", f"## {number} {title}", "", "| Rule | What holds | Tests |", "|---|---|---|"]
        lines += [_row(rule_id, rule) for rule_id, rule in found.items() if section(rule_id) == number]
    return "\n".join(lines) + "\n"


def _row(rule_id: str, rule: dict[str, Any]) -> str:
    text = rule["rule"] + (f" *Differs:* {rule['differs']}" if "differs" in rule else "")
    tests = "<br>".join(f"`{test}`" for test in rule["tests"])
    return f"| {rule_id} | {text} | {tests} |"


def main() -> None:
    """Write or check the page."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/rules.md is stale; run: make docs")


if __name__ == "__main__":
    main()
