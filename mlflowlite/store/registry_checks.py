"""Checks that registered models, versions and aliases share (`semantics.md` §2, §10, §11)."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence

from mlflowlite.errors import invalid
from mlflowlite.protos.messages import ModelVersionTag, RegisteredModelTag
from mlflowlite.store.validation import MAX_REGISTRY_TAG_VALUE, check_key, check_length

STAGES = ("None", "Staging", "Production", "Archived")
# Versions in these stages are in use: only there may others be archived to make room.
ACTIVE_STAGES = ("Staging", "Production")
DELETED = "Deleted_Internal"
PROMPT_TAG = "mlflow.prompt.is_prompt"
PROMPT_TEXT_TAG = "mlflow.prompt.text"
# What makes a model a prompt, and of which kind; events of prompts don't show these (`semantics.md` §13.2).
INTERNAL_PROMPT_TAGS = (PROMPT_TAG, "_mlflow_prompt_type")
LATEST = "latest"

MAX_NAME = 256
MAX_ALIAS = 255
MAX_DESCRIPTION = 5000
MAX_SOURCE = 500

_STAGES_BY_LOWER_CASE = {stage.lower(): stage for stage in STAGES}
_ALIAS = re.compile(r"[\w\-]+\Z")
_VERSION_ALIAS = re.compile(r"[vV]\d+\Z")
_MAX_VERSION = 2**63 - 1


def check_model_name(name: str) -> None:
    """Refuse what can't be the name of a registered model."""
    if not name.strip():
        raise invalid("Missing value for required parameter 'name'.")
    if "/" in name or ":" in name:
        raise invalid(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.")
    if name == "." or name.startswith(".."):
        raise invalid(
            f"Invalid value {json.dumps(name)} for parameter 'name' supplied: Names may be treated as files "
            "in certain cases, and must not resolve to other names when treated as such. This name would "
            f"resolve to '{posixpath.normpath(name)}'"
        )
    check_length("name", name, MAX_NAME)


def parse_version(text: str) -> int:
    """The number of a version; one that is too large for the database becomes one that no version has."""
    try:
        number = int(text)
    except ValueError:
        raise invalid(f"Parameter 'version' must be an integer, got '{text}'.") from None
    return number if abs(number) < _MAX_VERSION else _MAX_VERSION


def parse_stage(text: str) -> str:
    """A stage in any case of letters, in the form it is stored."""
    stage = _STAGES_BY_LOWER_CASE.get(text.lower())
    if stage is None:
        raise invalid(f"Invalid Model Version stage: {text}. Value must be one of {', '.join(STAGES)}.")
    return stage


def check_alias(alias: str) -> None:
    """Refuse what can't be an alias, nor a question for one."""
    if not _ALIAS.match(alias):
        raise invalid(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and "
            "dashes (-)."
        )
    check_length("Registered model alias name", alias, MAX_ALIAS)


def check_new_alias(alias: str) -> None:
    """Refuse also the aliases that mean something else in a `models:/` URI."""
    check_alias(alias)
    if alias.lower() == LATEST:
        raise invalid("'latest' alias name (case insensitive) is reserved.")
    if _VERSION_ALIAS.match(alias):
        raise invalid(f"Version alias name '{alias}' is reserved.")


def checked_tags(tags: Sequence[RegisteredModelTag] | Sequence[ModelVersionTag]) -> dict[str, str]:
    """Tags as key and value, sorted by key; the last of a repeated key counts."""
    values = {tag.key: tag.value or "" for tag in tags}
    for key, value in values.items():
        check_tag(key, value)
    return dict(sorted(values.items()))


def check_tag(key: str, value: str) -> None:
    """Refuse a tag that neither a registered model nor a version can have."""
    check_key(key, "key")
    if key == PROMPT_TEXT_TAG and len(value) > MAX_REGISTRY_TAG_VALUE:
        raise invalid(f"Prompt text exceeds max length of {MAX_REGISTRY_TAG_VALUE} characters.")
    check_length("value", value, MAX_REGISTRY_TAG_VALUE)


def is_prompt(value: str | None) -> bool:
    """Whether the value of PROMPT_TAG, None without the tag, makes its owner a prompt."""
    return value is not None and value.lower() == "true"


def check_page_size(value: int, limit: int) -> None:
    """Refuse a page size that the registry's searches don't take (`semantics.md` §2.1)."""
    if value < 1:
        raise invalid(f"Invalid value for max_results. It must be a positive integer, but got {value}")
    if value > limit:
        # Worded as a wrong type, as upstream words it (`wire.md` §5.4); in a query string all is text.
        raise invalid(
            f"Invalid value \"{value}\" for parameter 'max_results' supplied:  Hint: Value was of type "
            "'str'. See the API docs for more information about request parameters."
        )
