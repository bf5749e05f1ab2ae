"""The history of registered models, beyond upstream."""

from __future__ import annotations

from mlflowlite.api.context import Context
from mlflowlite.protos import messages as m
from mlflowlite.store import registry_history


def get_registered_model_history(
    ctx: Context, request: m.GetRegisteredModelHistoryRequest
) -> m.GetRegisteredModelHistoryResponse:
    changes, token = registry_history.get_registered_model_history(
        ctx.db,
        request.name,
        version=request.version,
        max_results=100 if request.max_results is None else request.max_results,
        page_token=request.page_token,
    )
    return m.GetRegisteredModelHistoryResponse(changes=changes, next_page_token=token)


def get_alias_at(ctx: Context, request: m.GetAliasAtRequest) -> m.GetAliasAtResponse:
    change = registry_history.get_alias_at(
        ctx.db, request.name, alias=request.alias, stage=request.stage, timestamp=request.timestamp
    )
    return m.GetAliasAtResponse(version=change.version, change=change)
