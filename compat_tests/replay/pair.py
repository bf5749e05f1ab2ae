"""Two answers to one step, and the questions that the list of differences asks of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from compat_tests.replay.play import Answer
from compat_tests.replay.script import Step


@dataclass(frozen=True)
class Pair:
    """A step and what the two servers answer to it."""

    step: Step
    stock: Answer
    ours: Answer

    @property
    def both_refuse(self) -> bool:
        return self.stock.status >= 400 and self.ours.status in (400, 404)

    @property
    def we_refuse(self) -> bool:
        """We answer 400 INVALID_PARAMETER_VALUE."""
        return (self.ours.status, self.ours.error_code) == (400, "INVALID_PARAMETER_VALUE")

    @property
    def we_accept(self) -> bool:
        return self.stock.status >= 400 and self.ours.status == 200

    @property
    def text_only(self) -> bool:
        """The same error in other words."""
        codes = (self.stock.status, self.stock.error_code), (self.ours.status, self.ours.error_code)
        return self.both_refuse and codes[0] == codes[1]

    @property
    def is_search(self) -> bool:
        return self.step.path.endswith("/search")

    @property
    def is_artifact(self) -> bool:
        return "artifact" in self.step.path

    def differs_only_in(self, *names: str) -> bool:
        """Whether two answers of 200 are the same but for fields of these names."""
        return self.stock.status == self.ours.status == 200 and (
            without(names, self.stock.body) == without(names, self.ours.body)
        )

    def request_has(self, pattern: str) -> bool:
        """Whether the request's path, query or body, as text, holds a pattern."""
        shown = f"{self.step.path} {self.step.query or ''} {self.step.body or ''}"
        return re.search(pattern, shown) is not None

    def we_say(self, pattern: str) -> bool:
        """Whether our error's text holds a pattern."""
        return re.search(pattern, self.ours.message) is not None


def without(names: tuple[str, ...], value: Any) -> Any:
    """A JSON value without the fields of these names, at any depth."""
    if isinstance(value, dict):
        return {key: without(names, item) for key, item in value.items() if key not in names}
    return [without(names, item) for item in value] if isinstance(value, list) else value
