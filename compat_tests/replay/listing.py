"""The steps that differ, as a list to compare with, and as a page to read.

    python -m compat_tests.replay.listing

plays the scripts against this server, on SQLite, and writes two files: `differences.json` names the steps
whose answers differ from the recorded ones and the difference that explains each; `docs/differences.md`
says the same for users. It refuses while a step differs for no known reason. Look at what changes in both.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from compat_tests.replay import compare, record
from compat_tests.replay.differences import GROUPS, Difference
from compat_tests.replay.play import Answer, over_wsgi, play
from compat_tests.replay.script import Script
from compat_tests.replay.scripts import SCRIPTS

LIST = Path(__file__).parent / "differences.json"
PAGE = Path(__file__).parents[2] / "docs" / "differences.md"
EXAMPLE_LENGTH = 100

Listed = dict[str, dict[str, str]]
"""Name of a script -> name of a step -> name of the difference."""

_HEAD = """\
# Differences from MLflow's own server

<!-- Made by: python -m compat_tests.replay.listing -->

{steps} raw requests, ordinary and hostile, are played against this server and compared with the answers of
MLflow {version}: status, error code, message and body. These are the differences that remain, and their
reasons. A request names what is answered otherwise; `$name` in it is a value of an earlier answer.
"""
_VERSION = "3.17.2"


def main() -> None:
    """Write the list and the page."""
    listed: Listed = {}
    unexplained: list[str] = []
    for name, script in SCRIPTS.items():
        stock, ours = record.read(script), ours_to(script)
        listed[name] = compare.differing(script, stock, ours)
        explained = {step: why for step, why in listed[name].items() if why != compare.UNEXPLAINED}
        unexplained += compare.failures(script, stock, ours, explained)
    if unexplained:
        sys.exit("These steps differ for no known reason:\n\n" + "\n\n".join(unexplained))
    LIST.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(listed), encoding="utf-8")


def read() -> Listed:
    """The steps that are known to differ."""
    listed: Listed = json.loads(LIST.read_text(encoding="utf-8"))
    return listed


def ours_to(script: Script) -> list[Answer]:
    """This server's answers to a script, on an empty SQLite database."""
    from mlflowlite.app import create_app
    from mlflowlite.server import prepare
    from mlflowlite.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            backend_store_uri=f"sqlite:///{folder}/mlflowlite.db",
            artifacts_destination=f"{folder}/artifacts",
        )
        prepare(settings)
        app = create_app(settings)
        try:
            return play(script, over_wsgi(app), placeholders(Path(folder)))
        finally:
            app.config["mlflowlite"].db.close()


def placeholders(folder: Path) -> dict[str, str]:
    """What stands for the folders of this machine in answers: that of the server's data, and its own."""
    return {str(folder): "<folder>", str(Path.cwd()): "<folder>"}


def page(listed: Listed) -> str:
    """The differences as Markdown, each with a request that shows it."""
    examples = {why: step for steps in reversed(listed.values()) for step, why in reversed(steps.items())}
    steps = sum(len(script.steps) for script in SCRIPTS.values())
    parts = [_HEAD.format(steps=steps, version=_VERSION)]
    for title, group in GROUPS.items():
        rows = [_row(item, examples[item.name]) for item in group]
        head = f"| Difference | MLflow {_VERSION} | mlflowlite | Why | For example |\n|---|---|---|---|---|"
        parts.append("\n".join([f"## {title}\n", head, *rows, ""]))
    return "\n".join(parts)


def _row(item: Difference, example: str) -> str:
    """One difference as a row of its table."""
    shown = example if len(example) <= EXAMPLE_LENGTH else example[:EXAMPLE_LENGTH] + "…"
    code = f"``{shown}``" if "`" in shown else f"`{shown}`"
    cells = [item.name, item.stock, item.ours, item.reason, code]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    main()
