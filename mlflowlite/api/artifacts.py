"""Artifacts: of runs and model versions, and through the proxy (`endpoints.md` §4)."""

from __future__ import annotations

import ntpath
import posixpath
import re

import flask
from flask import Request, Response

from mlflowlite.api import files
from mlflowlite.api.context import Context
from mlflowlite.artifacts import ArtifactPath, ArtifactStore, multipart, uris
from mlflowlite.artifacts.multipart import Part, PartTicket
from mlflowlite.errors import NOT_IMPLEMENTED, MlflowError, invalid
from mlflowlite.protos import messages as m
from mlflowlite.store import logged_models, model_versions, runs
from mlflowlite.wire.http import BodyStream

MAX_UPLOAD_BYTES = 10 * 2**20  # of upload-artifact, which the web page uses for small files
# Seconds that a signed URL is good when the client does not say (`endpoints.md` §4.1).
UPLOAD_URL_SECONDS = 900
DOWNLOAD_URL_SECONDS = 300

_WINDOWS_PATH = re.compile(r"[A-Za-z]:[/\\]|\\\\")


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


def create_presigned_upload_url(
    ctx: Context, request: m.CreatePresignedUploadUrlRequest
) -> m.CreatePresignedUploadUrlResponse:
    if bool(request.run_id) == bool(request.model_id):
        raise invalid("Exactly one of run_id and model_id must be provided.")
    path = ArtifactPath.parse_file(request.path)
    seconds = multipart.check_seconds(
        UPLOAD_URL_SECONDS if request.expiration is None else request.expiration
    )
    if request.run_id:
        uri = runs.run_artifact_uri(ctx.db, request.run_id)
    else:
        uri = logged_models.logged_model_artifact_uri(ctx.db, request.model_id or "")
    _refuse_proxied("upload", "proxied artifact storage", uri)
    signed = ctx.places.store_of(uri).sign_upload(path, seconds)
    return m.CreatePresignedUploadUrlResponse(presigned_url=signed.url, headers=signed.headers)


def create_presigned_download_url(
    ctx: Context, request: m.CreatePresignedDownloadUrlRequest
) -> m.CreatePresignedDownloadUrlResponse:
    path = ArtifactPath.parse(request.path)
    seconds = multipart.check_seconds(
        DOWNLOAD_URL_SECONDS if request.expiration is None else request.expiration
    )
    uri = runs.run_artifact_uri(ctx.db, request.run_id)
    _refuse_proxied("download", "runs with proxied artifact storage", uri)
    store = ctx.places.store_of(uri)
    signed = store.sign_download(path, seconds)
    return m.CreatePresignedDownloadUrlResponse(
        presigned_url=signed.url, headers=signed.headers, file_size=store.stat(path).size
    )


def _refuse_proxied(what: str, storage: str, uri: str) -> None:
    """A 400 for files that clients have no other way to than through this server."""
    scheme = uris.scheme_of(uri)
    if scheme in ("http", "https", "mlflow-artifacts"):
        raise invalid(
            f"Presigned {what} is not supported for {storage} (artifact URI scheme: {scheme}). "
            "This endpoint requires a direct cloud storage artifact URI."
        )


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


def get_presigned_download_url(
    ctx: Context, request: m.GetPresignedDownloadUrlRequest
) -> m.GetPresignedDownloadUrlResponse:
    path = ArtifactPath.parse(request.path)
    store = _proxied(ctx)
    try:
        signed = store.sign_download(path, DOWNLOAD_URL_SECONDS)
    except MlflowError as error:
        if error.error_code == NOT_IMPLEMENTED:
            raise multipart.no_multipart_download() from error  # the words that clients know
        raise
    return m.GetPresignedDownloadUrlResponse(
        url=signed.url, headers=signed.headers, file_size=store.stat(path).size
    )


# -- uploads in parts -------------------------------------------------------------------------------------


def create_multipart_upload(
    ctx: Context, request: m.CreateMultipartUploadRequest
) -> m.CreateMultipartUploadResponse:
    path = _target(request.artifact_path, request.path)
    num_parts = multipart.check_num_parts(request.num_parts)
    upload = _proxied(ctx).create_upload(path, num_parts, _server_url(ctx))
    return m.CreateMultipartUploadResponse(
        upload_id=upload.id,
        credentials=[
            m.MultipartUploadCredential(url=signed.url, part_number=number, headers=signed.headers)
            for number, signed in enumerate(upload.part_urls, start=1)
        ],
    )


def upload_part(ctx: Context, request: m.UploadPartRequest, http: Request) -> Response:
    path = ArtifactPath.parse_file(request.path)
    ticket = PartTicket(request.upload_id, request.part_number, request.expires, request.signature)
    etag = _proxied(ctx).put_part(path, ticket, BodyStream(http.stream), http.content_length)
    return Response(status=200, headers={"ETag": f'"{etag}"'})


def complete_multipart_upload(
    ctx: Context, request: m.CompleteMultipartUploadRequest
) -> m.CompleteMultipartUploadResponse:
    path = _target(request.artifact_path, request.path)
    parts = [Part.of(part.part_number, part.etag) for part in request.parts]
    _proxied(ctx).complete_upload(path, _upload_id(request.upload_id), parts)
    return m.CompleteMultipartUploadResponse()


def abort_multipart_upload(
    ctx: Context, request: m.AbortMultipartUploadRequest
) -> m.AbortMultipartUploadResponse:
    path = _target(request.artifact_path, request.path)
    _proxied(ctx).abort_upload(path, _upload_id(request.upload_id))
    return m.AbortMultipartUploadResponse()


def _target(folder: str, file: str) -> ArtifactPath:
    """The file that an upload makes. Stock clients send the whole path it has on their own disk."""
    split = ntpath.basename if _WINDOWS_PATH.match(file) else posixpath.basename
    return ArtifactPath.parse(folder) / ArtifactPath.parse_file(split(file))


def _upload_id(given: str | None) -> str:
    if not given:
        raise invalid("'upload_id' is missing.")
    return given


def _server_url(ctx: Context) -> str:
    """Where clients reach this server: as its operator says, else as this very request was addressed.

    X-Forwarded-Host is never believed, X-Forwarded-Proto only from where gunicorn is told to.
    """
    if ctx.settings.public_url:
        return ctx.settings.public_url
    return f"{flask.request.scheme}://{flask.request.host}{ctx.settings.static_prefix}"


def _proxied(ctx: Context) -> ArtifactStore:
    assert ctx.places.proxied is not None  # otherwise these endpoints answer 503 without being called
    return ctx.places.proxied
