"""What the endpoints that list and send artifacts share (`wire.md` §7)."""

from __future__ import annotations

from flask import Request, Response
from werkzeug.http import http_date

from mlflowlite.api.context import Context
from mlflowlite.artifacts import ArtifactPath, ArtifactStore, ByteRange, RangeNotSatisfiable, headers
from mlflowlite.protos import messages as m

# Artifacts are other people's files: whatever they hold, they must not act in this server's name.
_SANDBOX = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


def list_files(ctx: Context, uri: str, path: ArtifactPath) -> list[m.FileInfo]:
    """The direct children of a folder below an artifact URI, with paths relative to that URI."""
    prefix = f"{path}/" if path else ""
    return [
        m.FileInfo(path=prefix + entry.name, is_dir=entry.is_dir, file_size=entry.size or None)
        for entry in ctx.places.store_of(uri).list(path)
    ]


def send(store: ArtifactStore, path: ArtifactPath, http: Request) -> Response:
    """A file as a download: streamed, with ranges and conditional requests."""
    stat = store.stat(path)
    if headers.etag_listed(http.headers.get("If-None-Match"), stat.etag):
        return Response(status=304, headers={"ETag": stat.etag or ""})
    try:
        download = store.open(path, _wanted_range(http, stat.etag))
    except RangeNotSatisfiable as error:
        return Response(status=416, headers={"Content-Range": headers.unsatisfied_range(error.total)})
    partial = download.size < download.total
    response = Response(iter(download), 206 if partial else 200, content_type=headers.content_type(path.name))
    response.call_on_close(download.close)
    response.headers.update(_SANDBOX)
    response.headers["Content-Length"] = str(download.size)
    response.headers["Content-Disposition"] = headers.content_disposition(path.name)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Last-Modified"] = http_date(download.last_modified)
    if download.etag:
        response.headers["ETag"] = download.etag
    if partial:
        response.headers["Content-Range"] = headers.content_range(download)
    return response


def _wanted_range(http: Request, etag: str | None) -> ByteRange | None:
    """The range asked for; the whole file when the client holds a part of another one (`If-Range`)."""
    condition = http.headers.get("If-Range")
    if condition and condition != etag:
        return None
    return headers.parse_range(http.headers.get("Range"))
