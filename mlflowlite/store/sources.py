"""Where the files of a version come from, and who may say so (`semantics.md` §10.5).

A client must not make the server vouch for files that it would not get otherwise: a source inside this
server's own storage has to belong to the run or the logged model that the request names.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import NamedTuple

from mlflowlite.artifacts import uris
from mlflowlite.artifacts.paths import decode_fully
from mlflowlite.db import Database
from mlflowlite.errors import MlflowError, invalid, missing
from mlflowlite.store.logged_models import no_logged_model
from mlflowlite.store.registry_checks import (
    LATEST,
    MAX_SOURCE,
    PROMPT_TAG,
    is_prompt,
    parse_stage,
    parse_version,
)
from mlflowlite.store.registry_rows import ALIVE, no_model, no_version
from mlflowlite.store.validation import check_length, json_list

PROMPT_SOURCES = ("dummy-source", "prompt-template")
REGISTRATIONS_TAG = "mlflow.modelVersions"

_HAS_ALIAS = (
    "v.version = (SELECT a.version FROM registered_model_aliases a "
    "WHERE a.model_ref = v.model_ref AND a.alias = ?)"
)


class Source(NamedTuple):
    """What a version keeps of its source; `storage_location` is where the files are in the end."""

    uri: str
    storage_location: str
    run_id: str
    model_id: str


class _LoggedModel(NamedTuple):
    artifact_uri: str
    source_run_id: str


class _Reference(NamedTuple):
    """A version as a `models:/` URI names it: which model, a condition on `model_versions v`, and the
    answer when no version meets it."""

    name: str
    condition: str
    param: str | int
    otherwise: MlflowError


def prompt_source(uri: str, run_id: str | None) -> Source:
    """The source of a version of a prompt, which has no files."""
    if uri not in PROMPT_SOURCES:
        raise invalid(f"Invalid prompt source: '{uri}'. Prompt sources must use an MLflow placeholder.")
    return Source(uri, uri, run_id or "", "")


def resolve_source(
    db: Database, uri: str, run_id: str | None, model_id: str | None, pattern: str | None
) -> Source:
    """The source of a new version, checked; `pattern` has to be found in it. Its host is the api's affair.

    Raises INVALID_PARAMETER_VALUE for one that can't be registered, and RESOURCE_DOES_NOT_EXIST when the
    version that it names, or the logged model of the request, is not there.
    """
    _check_text(uri, pattern)
    check_length("run_id", run_id or "", MAX_SOURCE)
    model = _find_logged_model(db, model_id) if model_id else None
    scheme = uris.scheme_of(uri)
    if scheme == "models":
        return _from_models_uri(db, uri, run_id, model_id, model)
    if scheme == "runs":
        _check_run_uri(uri, run_id, model_id)
    elif scheme == "mlflow-artifacts" or uris.is_local(uri):
        _check_owner(db, uri, run_id, model_id, model)
    elif model_id and model is None:
        raise no_logged_model(model_id)
    return Source(uri, uri, run_id or (model.source_run_id if model else ""), model_id or "")


def note_registration(db: Database, model_id: str, name: str, version: int) -> None:
    """Add a version to the list of registrations that its logged model keeps in a tag."""
    row = db.row(f"SELECT id FROM logged_models WHERE model_id = ?{db.lock_row()}", (model_id,))
    if row is None:
        return
    tag = db.row(
        "SELECT value FROM logged_model_tags WHERE model_ref = ? AND key = ?", (row[0], REGISTRATIONS_TAG)
    )
    registrations = json_list(tag[0]) if tag else []
    registrations.append({"name": name, "version": version})
    db.execute(
        "INSERT INTO logged_model_tags (model_ref, key, value) VALUES (?, ?, ?) "
        "ON CONFLICT (model_ref, key) DO UPDATE SET value = excluded.value",
        (row[0], REGISTRATIONS_TAG, json.dumps(registrations)),
    )


def _check_text(uri: str, pattern: str | None) -> None:
    """The checks that need nothing but the source itself."""
    check_length("source", uri, MAX_SOURCE)
    if pattern and not re.search(pattern, uri):
        raise invalid(f"Invalid model version source: '{uri}'.")
    decoded = decode_fully(uri)
    if decoded is None or "\0" in decoded:
        raise _relative(uri)
    if uris.is_local(uri):
        return  # where it leads in the end is what counts
    if ".." in decoded.split("/"):
        raise _relative(uri)
    if uris.scheme_of(uri) != "models":
        path = uris.split(decoded).path
        if not path.startswith("/") or not path.strip("/") or "." in path.split("/"):
            raise _relative(uri)


def _check_run_uri(uri: str, run_id: str | None, model_id: str | None) -> None:
    """A `runs:/` URI goes with the run that it names, and with no logged model."""
    if model_id:
        raise _not_owner(uri, "model_id")
    parts = uris.split(uri)
    if parts.netloc or not run_id or parts.path[1:].partition("/")[0] != run_id:
        raise _not_owner(uri, "run_id")


def _check_owner(
    db: Database, uri: str, run_id: str | None, model_id: str | None, model: _LoggedModel | None
) -> None:
    """A place in the server's own storage has to lie in the artifacts of the run or logged model named."""
    owner = "model_id" if model_id else "run_id"
    if model_id or run_id:
        root = model.artifact_uri if model else None if model_id else _run_artifact_uri(db, run_id)
        if root is None:
            raise _not_owner(uri, owner)
        if uris.contains(root, _normal(uri)):
            return
    if uris.is_local(uri):
        raise invalid(
            f"Invalid model version source: '{uri}'. To use a local path as a model version source, the "
            f"{owner} request parameter has to be specified and the local path has to be contained within "
            f"the artifact directory of the run specified by the {owner}."
        )
    raise _not_owner(uri, owner)


def _normal(uri: str) -> str:
    """A local source without its `..` segments; other sources have none."""
    if not uris.is_local(uri):
        return uri
    return posixpath.normpath(decode_fully(uris.local_path(uri)) or "/")


def _from_models_uri(
    db: Database, uri: str, run_id: str | None, model_id: str | None, model: _LoggedModel | None
) -> Source:
    parts = uris.split(uri, allow_fragments=False)
    if parts.netloc:
        raise invalid(
            f"Invalid model version source: '{uri}'. Registered model sources must use the active model "
            "registry."
        )
    if not parts.path.startswith("/"):
        raise _not_owner(uri, "model_id")
    first, *rest = parts.path.lstrip("/").split("/")
    if rest or "@" in first:
        return _copy(db, uri, _reference(uri, first, rest), run_id, model_id)
    if model is None or first != model_id:
        raise _not_owner(uri, "model_id")
    return Source(uri, model.artifact_uri, run_id or model.source_run_id, model_id)


def _reference(uri: str, first: str, rest: list[str]) -> _Reference:
    """The version behind `<name>/<number>`, `<name>/latest`, `<name>/<stage>` or `<name>@<alias>`."""
    if not rest:
        name, _, alias = first.rpartition("@")
        return _Reference(name, _HAS_ALIAS, alias, invalid(f"Registered model alias {alias} not found."))
    if len(rest) > 1 or not rest[0].strip() or not first.strip():
        raise _not_owner(uri, "model_id")
    name, suffix = first, rest[0]
    if suffix.isdecimal():
        number = parse_version(suffix)
        return _Reference(name, "v.version = ?", number, no_version(name, number))
    if suffix.lower() == LATEST:
        return _Reference(name, "v.version > ?", 0, missing(f"Latest version not found for model {name}."))
    stage = parse_stage(suffix)
    nothing = missing(f"No versions of model with name '{name}' and stage '{stage}' found")
    return _Reference(name, "v.current_stage = ?", stage, nothing)


def _copy(db: Database, uri: str, reference: _Reference, run_id: str | None, model_id: str | None) -> Source:
    """The source of a version that is a copy of another: it keeps run, logged model and location."""
    model = db.row(
        "SELECT m.id, t.value FROM registered_models m "
        "LEFT JOIN registered_model_tags t ON t.model_ref = m.id AND t.key = ? WHERE m.name = ?",
        (PROMPT_TAG, reference.name),
    )
    if model is None:
        raise no_model(reference.name)
    if is_prompt(model[1]):
        raise invalid(
            f"Invalid model version source: '{uri}'. Prompt versions cannot be used as model version sources."
        )
    row = db.row(
        "SELECT v.version, v.run_id, v.model_id, v.storage_location FROM model_versions v "
        f"WHERE v.model_ref = ? AND {ALIVE} AND {reference.condition} ORDER BY v.version DESC LIMIT 1",
        (model[0], reference.param),
    )
    if row is None:
        raise reference.otherwise
    number, its_run_id, its_model_id, location = row
    if (run_id is not None and run_id != its_run_id) or (model_id and model_id != its_model_id):
        raise invalid(
            f"Invalid model version source: '{uri}'. The run_id and model_id request parameters must match "
            "the referenced model version."
        )
    return Source(f"models:/{reference.name}/{number}", location, its_run_id, its_model_id)


def _find_logged_model(db: Database, model_id: str) -> _LoggedModel | None:
    row = db.row(
        "SELECT artifact_uri, source_run_id FROM logged_models "
        "WHERE model_id = ? AND lifecycle_stage = 'active'",
        (model_id,),
    )
    return _LoggedModel(*row) if row else None


def _run_artifact_uri(db: Database, run_id: str | None) -> str | None:
    row = db.row("SELECT artifact_uri FROM runs WHERE run_id = ?", (run_id,))
    return row[0] if row else None


def _relative(uri: str) -> MlflowError:
    return invalid(
        f"Invalid model version source: '{uri}'. If supplying a source as an http, https, local file path, "
        "ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path "
        "references present. Please provide an absolute path."
    )


def _not_owner(uri: str, field: str) -> MlflowError:
    return invalid(
        f"Invalid model version source: '{uri}'. The {field} request parameter must identify the resource "
        "that contains the source."
    )
