"""What is generated from `proto/`: up to date, complete, and strict in the right places."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlflowlite.protos import messages as m
from mlflowlite.protos.methods import METHODS
from mlflowlite.wire.openapi import document

ROOT = Path(__file__).resolve().parent.parent

SURPRISING_PATHS = [
    ("GET", "/ajax-api/2.0/mlflow/runs/get", "GetRun"),
    ("POST", "/api/2.0/preview/mlflow/runs/create", "CreateRun"),
    ("GET", "/ajax-api/2.0/preview/mlflow/artifacts/list", "ListArtifacts"),
    ("GET", "/api/2.0/mlflow/experiments/search", "SearchExperiments"),
    ("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", "SearchDatasets"),
    ("GET", "/api/2.0/mlflow/experiments/list", "ListExperiments"),
    ("GET", "/ajax-api/2.0/mlflow/metrics/get-history-bulk", "GetMetricHistoryBulk"),
    ("GET", "/api/2.0/preview/mlflow/registered-models/list", "ListRegisteredModels"),
    ("GET", "/api/2.0/mlflow/registered-models/get-latest-versions", "GetLatestVersions"),
    ("POST", "/api/2.0/mlflow/registered-models/get-latest-versions", "GetLatestVersions"),
    ("DELETE", "/api/2.0/preview/mlflow/registered-models/delete", "DeleteRegisteredModel"),
    ("GET", "/get-artifact", "GetArtifact"),
    ("GET", "/model-versions/get-artifact", "GetModelVersionArtifact"),
    ("POST", "/ajax-api/2.0/mlflow/upload-artifact", "UploadArtifact"),
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/<path:path>", "UploadProxiedArtifact"),
    ("POST", "/ajax-api/2.0/mlflow-artifacts/mpu/create/<path:artifact_path>", "CreateMultipartUpload"),
    ("DELETE", "/api/2.0/mlflow/logged-models/<model_id>/tags/<path:tag_key>", "DeleteLoggedModelTag"),
    ("GET", "/ajax-api/2.0/mlflow/logged-models/<model_id>/artifacts/files", "GetLoggedModelArtifact"),
    ("GET", "/health", "GetHealth"),
    ("GET", "/ajax-api/3.0/mlflow/server-info", "GetServerInfo"),
]

ABSENT_PATHS = [
    ("POST", "/api/2.0/mlflow/experiments/search-datasets"),
    ("POST", "/api/2.0/mlflow/upload-artifact"),
    ("GET", "/api/2.0/mlflow/metrics/get-history-bulk"),
    ("GET", "/api/2.0/mlflow/registered-models/list"),
    ("POST", "/api/2.0/preview/mlflow/logged-models"),
]

SAMPLES: list[tuple[type[m.Message], str, dict[str, Any]]] = [
    (m.CreateExperimentRequest, "name", {"name": "a", "tags": [{"key": "k", "value": ""}]}),
    (m.UpdateExperimentRequest, "new_name", {"experiment_id": "1", "new_name": "b"}),
    (
        m.LogMetricRequest,
        "timestamp",
        {"run_id": "r", "run_uuid": "r", "key": "k", "value": 1.5, "timestamp": 7},
    ),
    (m.LogParamRequest, "key", {"run_id": "r", "key": "p"}),
    (m.LogBatchRequest, "run_id", {"run_id": "r", "metrics": [{"key": "k", "value": 1, "timestamp": 2}]}),
    (m.UpdateRunRequest, "run_id", {"run_id": "r", "status": "FINISHED", "end_time": 2**40}),
    (m.LogOutputsRequest, "models", {"run_id": "r", "models": []}),
    (m.GetMetricHistoryRequest, "metric_key", {"run_id": "r", "metric_key": "k"}),
    (
        m.SearchLoggedModelsRequest,
        "experiment_ids",
        {"experiment_ids": ["1"], "order_by": [{"field_name": "n"}]},
    ),
    (m.FinalizeLoggedModelRequest, "status", {"model_id": "m-1", "status": "LOGGED_MODEL_READY"}),
    (m.TransitionModelVersionStageRequest, "stage", {"name": "a", "version": "1", "stage": "Staging"}),
    (
        m.CreateWebhookRequest,
        "events",
        {"name": "w", "url": "https://h", "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]},
    ),
]


def test_generated_code_is_up_to_date() -> None:
    """Generating again would change nothing."""
    command = [sys.executable, str(ROOT / "proto" / "generate.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("verb", "path", "name"), SURPRISING_PATHS)
def test_surprising_paths_are_bound(verb: str, path: str, name: str) -> None:
    """Twins, preview paths and paths outside the usual prefix reach their RPC."""
    assert [method.name for method in METHODS if (verb, path) in method.bindings] == [name]


@pytest.mark.parametrize(("verb", "path"), ABSENT_PATHS)
def test_paths_that_upstream_lacks_are_not_bound(verb: str, path: str) -> None:
    """What has no twin, or no preview path, gets none."""
    assert not [method.name for method in METHODS if (verb, path) in method.bindings]


def test_no_two_methods_claim_one_path() -> None:
    """Each pair of HTTP method and path belongs to one RPC, once."""
    claims = Counter(binding for method in METHODS for binding in method.bindings)
    assert [binding for binding, count in claims.items() if count > 1] == []


def test_names_of_methods_are_unique() -> None:
    """An RPC's name, and its function within its module, name one thing only."""
    assert len({method.name for method in METHODS}) == len(METHODS)
    assert len({(method.module, method.function) for method in METHODS}) == len(METHODS)


def test_only_uploads_take_a_raw_body() -> None:
    """Every other POST and PUT carries JSON."""
    raw = {method.name for method in METHODS if method.raw_body}
    assert raw == {"UploadArtifact", "UploadPart", "UploadProxiedArtifact"}


@pytest.mark.parametrize(("request_type", "_", "fields"), SAMPLES)
def test_requests_decode_strictly(request_type: type[m.Message], _: str, fields: dict[str, Any]) -> None:
    """A plain request passes the fast decoder and comes out as it went in."""
    message = msgspec.json.decode(msgspec.json.encode(fields), type=request_type)
    assert msgspec.to_builtins(message) == fields


@pytest.mark.parametrize(("request_type", "required", "fields"), SAMPLES)
def test_missing_required_fields_fail(
    request_type: type[m.Message], required: str, fields: dict[str, Any]
) -> None:
    """The fast decoder refuses a request without a required field."""
    rest = {name: value for name, value in fields.items() if name != required}
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(rest), type=request_type)


def test_aliases_name_fields_of_their_message() -> None:
    """Both the older and the newer name of a field exist."""
    for message, aliases in m.ALIASES.items():
        assert {*aliases, *aliases.values()} <= set(message.__struct_fields__)
    assert m.ALIASES[m.LogMetricRequest] == {"run_uuid": "run_id"}


def test_every_reference_of_the_openapi_document_resolves() -> None:
    """No `$ref` points nowhere."""
    spec = document()
    for reference in _references(spec):
        target: Any = spec
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_openapi_operations_are_complete() -> None:
    """Each operation declares the variables of its path, has an id of its own, and an error answer."""
    ids = []
    for path, operations in document()["paths"].items():
        for operation in operations.values():
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == set(_variables(path))
            assert {"200", "default"} <= set(operation["responses"])
            ids.append(operation["operationId"])
    assert len(set(ids)) == len(ids)
    assert {method.name for method in METHODS} <= set(ids)


def test_openapi_requires_the_same_fields_as_the_decoder() -> None:
    """The document and the structs agree on what must be sent."""
    schemas = document()["components"]["schemas"]
    for method in METHODS:
        fields = msgspec.structs.fields(method.request)
        aliased = set(m.ALIASES.get(method.request, {}).values())
        wanted = {field.name for field in fields if field.required and field.name not in aliased}
        assert set(schemas[method.request.__name__].get("required", [])) == wanted


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _variables(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]
