"""What two answers may differ in without differing: the field rules.

Everything that is not named here must be the same, the texts of errors included.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# Left out of the comparison: extras that no client reads (`wire.md` §5.1, `endpoints.md` §1).
IGNORED = {"sqlstate", "error_class", "workspace"}

# The server's own clock: any integer is as good as another.
TIMES = {
    "creation_time",
    "last_update_time",
    "creation_timestamp",
    "last_updated_timestamp",
    "creation_timestamp_ms",
    "last_updated_timestamp_ms",
    "created_time",
}

# Opaque to clients: what counts is whether there is one.
TOKENS = {"next_page_token"}

# Lists that the protocol gives no order for, as `field` or `parent.field`.
UNORDERED = {"tags", "params", "aliases", "latest_versions", "data.metrics", "dataset_inputs", "model_inputs"}

# Ids that the server makes up, wherever they stand in a text. Those that a script saved bear its name for
# them; others are numbered within an answer.
_MADE_ID = re.compile(r"\b(?:m-)?[0-9a-f]{32}\b")
_EXPERIMENT_FIELDS = {"experiment_id"}
_LONGEST_EXPERIMENT_ID = 4
_EXPERIMENT_IN_TEXT = re.compile(r"(mlflow-artifacts:/|[Ee]xperiment with id=|[Ee]xperiment )(\d+)\b")

# Names that the server makes up for runs and logged models.
_MADE_NAME = re.compile(r"[a-z]+-[a-z]+-\d{1,4}")

# Texts of a database or a language that reached the client by accident: who reads them learns nothing.
_INTERNAL = re.compile(r"sqlite3\.|\[SQL: |sqlalche\.me|Python int too large")
INTERNAL_TEXT = "<internal text>"

# Python prints sets in any order: their texts are sorted.
_SET = re.compile(r"\{('[^'{}]*'(?:, '[^'{}]*')+)\}")

# Longer texts are compared by their beginning, end and length, which keeps the recordings small.
LONG_TEXT = 600
_KEPT = 200


class Normaliser:
    """Replaces what is arbitrary in a server's answers by placeholders."""

    def __init__(self, folders: Mapping[str, str], saved: Mapping[str, str]) -> None:
        self._folders = folders
        self._saved = saved

    def __call__(self, answer: Any) -> Any:
        """The body of an answer with placeholders, and unordered lists sorted."""
        self._names = {value: f"<{name}>" for name, value in self._saved.items()}
        return self._value(answer, "", "")

    def _value(self, value: Any, key: str, parent: str) -> Any:
        if isinstance(value, dict):
            return {name: self._value(item, name, key) for name, item in value.items() if name not in IGNORED}
        if isinstance(value, list):
            items = [self._value(item, key, parent) for item in value]
            if UNORDERED & {key, f"{parent}.{key}"}:
                items.sort(key=canonical)
            return items
        if key in TIMES and type(value) is int:
            return "<time>"
        return self._text(value, key) if isinstance(value, str) else value

    def _text(self, text: str, key: str) -> str:
        if key in TOKENS and text:
            return "<token>"
        if key == "message" and _INTERNAL.search(text):
            return INTERNAL_TEXT
        if key == "message":
            text = _SET.sub(lambda match: "{" + ", ".join(sorted(match[1].split(", "))) + "}", text)
        if _MADE_NAME.fullmatch(text):
            return "<name>"
        if key in _EXPERIMENT_FIELDS and text.isdecimal():
            return self._experiment(text)
        for folder, placeholder in self._folders.items():
            text = text.replace(folder, placeholder)
        text = _MADE_ID.sub(lambda match: self._made_id(match[0]), text)
        text = _EXPERIMENT_IN_TEXT.sub(lambda match: match[1] + self._experiment(match[2]), text)
        if len(text) <= LONG_TEXT:
            return text
        return f"{text[:_KEPT]} <{len(text)} characters> {text[-_KEPT:]}"

    def _made_id(self, made: str) -> str:
        return self._names.setdefault(made, f"<id {len(self._names) - len(self._saved) + 1}>")

    def _experiment(self, number: str) -> str:
        # The default experiment is 0 everywhere; the others count up, on PostgreSQL with gaps.
        if number == "0" or len(number) > _LONGEST_EXPERIMENT_ID:
            return number
        return self._names.get(number, "<experiment>")


def canonical(value: Any) -> str:
    """JSON text by which two values are the same: 1 is not 1.0, and 1 is not true."""
    return json.dumps(value, sort_keys=True)
