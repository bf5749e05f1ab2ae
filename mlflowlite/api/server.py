"""The server about itself (`endpoints.md` §6)."""

from __future__ import annotations

from flask import Request, Response

from mlflowlite.api.context import Context
from mlflowlite.protos import messages as m

# The protocol's version, not ours: clients read it to decide what the server can do.
PROTOCOL_VERSION = "3.17.2"


def get_health(ctx: Context, request: m.GetHealthRequest, _: Request) -> Response:
    return Response("OK", mimetype="text/plain")


def get_version(ctx: Context, request: m.GetVersionRequest, _: Request) -> Response:
    return Response(PROTOCOL_VERSION, mimetype="text/plain")


def get_server_info(ctx: Context, request: m.GetServerInfoRequest) -> m.GetServerInfoResponse:
    return m.GetServerInfoResponse(
        store_type="SqlStore",
        workspaces_enabled=False,
        trace_archival_enabled=False,
        multipart_uploads_enabled=ctx.places.offers_multipart_uploads,
        multipart_downloads_enabled=ctx.places.offers_presigned_downloads,
        # That the two ways of asking are known; the store of the run or model decides (501).
        presigned_upload_run_id_supported=True,
        presigned_upload_model_id_supported=True,
        features_enabled=m.ServerFeatures(gateway=False),
    )
