"""Writes the table of options into README.md. `--check` fails instead when the table is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from mlflowlite.settings import Option, options

README = Path(__file__).parent.parent / "README.md"
START = "<!-- options: made by docs/options.py -->"
END = "<!-- end of options -->"


def table() -> str:
    """The options as a Markdown table."""
    rows = ["| Option | Environment variable | Default | Meaning |", "|---|---|---|---|"]
    rows += [_row(option) for option in options()]
    return "\n".join(rows)


def _row(option: Option) -> str:
    flag = f"`{option.flag}`"
    if option.kind is bool and option.default:
        flag += f", `--no-{option.flag[2:]}`"
    default = "" if option.default in (None, "", False) else f"`{option.default}`"
    if option.default is True:
        default = "on"
    return f"| {flag} | `{option.env}` | {default} | {option.help} |"


def main() -> None:
    """Write or check the table."""
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    wanted = f"{head}{START}\n{table()}\n{END}{tail}"
    if wanted == text:
        return
    if "--check" in sys.argv:
        sys.exit("README.md: the table of options is stale; run: make docs")
    README.write_text(wanted, encoding="utf-8")


if __name__ == "__main__":
    main()
