"""Artifacts: of runs and model versions, and through the proxy (`endpoints.md` §4)."""

from __future__ import annotations

from flask import Request, Response

from mlflowlite.api import files
from mlflowlite.api.context import Context
from mlflowlite.artifacts import ArtifactPath, ArtifactStore
from mlflowlite.errors import invalid
from mlflowlite.protos import messages as m
from mlflowlite.store import model_versions, runs
from mlflowlite.wire.http import BodyStream

MAX_UPLOAD_BYTES = 10 * 2**20  # of upload-artifact, which the web page uses for small files


def list_artifacts(ctx: Context, request: m.ListArtifactsRequest) -> m.ListArtifactsResponse:
    path = ArtifactPath.parse(request.path or "")
    uri = runs.run_artifact_uri(ctx.db, request.run_id)
    return m.ListArtifactsResponse(root_uri=uri, files=files.list_files(ctx, uri, path))


def get_artifact(ctx: Context, request: m.GetArtifactRequest, http: Request) -> Response:
    path = ArtifactPath.parse(request.path)
    return files.send(ctx.places.store_of(runs.run_artifact_uri(ctx.db, request.run_id)), path, http)


def get_model_version_artifact(
    ctx: Context, request: m.GetModelVersionArtifactRequest, http: Request
) -> Response:
    path = ArtifactPath.parse(request.path)
    uri = model_versions.get_model_version_download_uri(ctx.db, request.name, request.version)
    return files.send(ctx.places.store_of(uri), path, http)


def upload_artifact(ctx: Context, request: m.UploadArtifactRequest, http: Request) -> Response:
    if not request.run_uuid:
        raise invalid("Request must specify run_uuid.")
    if not request.path:
        raise invalid("Request must specify path.")
    path = ArtifactPath.parse_file(request.path)
    if (http.content_length or 0) > MAX_UPLOAD_BYTES:
        raise invalid("Artifact size is too large. Max size is 10MB.")
    data = BodyStream(http.stream).read(MAX_UPLOAD_BYTES + 1)
    if not data:
        raise invalid("Request must specify data.")
    if len(data) > MAX_UPLOAD_BYTES:
        raise invalid("Artifact size is too large. Max size is 10MB.")
    ctx.places.store_of(runs.run_artifact_uri(ctx.db, request.run_uuid)).put(path, [data], len(data))
    return Response(status=200)


# -- the proxy ------------------------------------------------------------------------------------------


def list_proxied_artifacts(
    ctx: Context, request: m.ListProxiedArtifactsRequest
) -> m.ListProxiedArtifactsResponse:
    found = _proxied(ctx).list(ArtifactPath.parse(request.path or ""))
    return m.ListProxiedArtifactsResponse(
        files=[
            m.FileInfo(path=entry.name, is_dir=entry.is_dir, file_size=entry.size or None) for entry in found
        ]
    )


def download_proxied_artifact(
    ctx: Context, request: m.DownloadProxiedArtifactRequest, http: Request
) -> Response:
    return files.send(_proxied(ctx), ArtifactPath.parse(request.path), http)


def upload_proxied_artifact(ctx: Context, request: m.UploadProxiedArtifactRequest, http: Request) -> Response:
    path = ArtifactPath.parse_file(request.path)
    _proxied(ctx).put(path, BodyStream(http.stream), http.content_length)
    return Response("{}", mimetype="application/json")


def delete_proxied_artifact(
    ctx: Context, request: m.DeleteProxiedArtifactRequest
) -> m.DeleteProxiedArtifactResponse:
    _proxied(ctx).delete(ArtifactPath.parse(request.path))
    return m.DeleteProxiedArtifactResponse()


def _proxied(ctx: Context) -> ArtifactStore:
    assert ctx.places.proxied is not None  # otherwise these endpoints answer 503 without being called
    return ctx.places.proxied
