"""The model registry: registered models, versions, stages and aliases (`endpoints.md` §7)."""

from __future__ import annotations

from mlflowlite.api.context import Context
from mlflowlite.protos import messages as m
from mlflowlite.store import aliases, model_versions, registered_models


def create_registered_model(
    ctx: Context, request: m.CreateRegisteredModelRequest
) -> m.CreateRegisteredModelResponse:
    model = registered_models.create_registered_model(
        ctx.db, request.name, request.tags, request.description, user=ctx.user
    )
    return m.CreateRegisteredModelResponse(registered_model=model)


def rename_registered_model(
    ctx: Context, request: m.RenameRegisteredModelRequest
) -> m.RenameRegisteredModelResponse:
    model = registered_models.rename_registered_model(ctx.db, request.name, request.new_name, user=ctx.user)
    return m.RenameRegisteredModelResponse(registered_model=model)


def update_registered_model(
    ctx: Context, request: m.UpdateRegisteredModelRequest
) -> m.UpdateRegisteredModelResponse:
    model = registered_models.update_registered_model(
        ctx.db, request.name, request.description, user=ctx.user
    )
    return m.UpdateRegisteredModelResponse(registered_model=model)


def delete_registered_model(
    ctx: Context, request: m.DeleteRegisteredModelRequest
) -> m.DeleteRegisteredModelResponse:
    registered_models.delete_registered_model(ctx.db, request.name, user=ctx.user)
    return m.DeleteRegisteredModelResponse()


def get_registered_model(ctx: Context, request: m.GetRegisteredModelRequest) -> m.GetRegisteredModelResponse:
    model = registered_models.get_registered_model(ctx.db, request.name)
    return m.GetRegisteredModelResponse(registered_model=model)


def search_registered_models(
    ctx: Context, request: m.SearchRegisteredModelsRequest
) -> m.SearchRegisteredModelsResponse:
    found, token = registered_models.search_registered_models(
        ctx.db,
        filter_string=request.filter or "",
        max_results=100 if request.max_results is None else request.max_results,
        order_by=request.order_by,
        page_token=request.page_token,
    )
    return m.SearchRegisteredModelsResponse(registered_models=found, next_page_token=token)


def list_registered_models(
    ctx: Context, request: m.ListRegisteredModelsRequest
) -> m.ListRegisteredModelsResponse:
    found, token = registered_models.search_registered_models(
        ctx.db,
        filter_string="",
        max_results=100 if request.max_results is None else request.max_results,
        order_by=(),
        page_token=request.page_token,
    )
    return m.ListRegisteredModelsResponse(registered_models=found, next_page_token=token)


def get_latest_versions(ctx: Context, request: m.GetLatestVersionsRequest) -> m.GetLatestVersionsResponse:
    found = registered_models.get_latest_versions(ctx.db, request.name, request.stages)
    return m.GetLatestVersionsResponse(model_versions=found)


def set_registered_model_tag(
    ctx: Context, request: m.SetRegisteredModelTagRequest
) -> m.SetRegisteredModelTagResponse:
    registered_models.set_registered_model_tag(
        ctx.db, request.name, request.key, request.value or "", user=ctx.user
    )
    return m.SetRegisteredModelTagResponse()


def delete_registered_model_tag(
    ctx: Context, request: m.DeleteRegisteredModelTagRequest
) -> m.DeleteRegisteredModelTagResponse:
    registered_models.delete_registered_model_tag(ctx.db, request.name, request.key, user=ctx.user)
    return m.DeleteRegisteredModelTagResponse()


def set_registered_model_alias(
    ctx: Context, request: m.SetRegisteredModelAliasRequest
) -> m.SetRegisteredModelAliasResponse:
    aliases.set_registered_model_alias(ctx.db, request.name, request.alias, request.version, user=ctx.user)
    return m.SetRegisteredModelAliasResponse()


def delete_registered_model_alias(
    ctx: Context, request: m.DeleteRegisteredModelAliasRequest
) -> m.DeleteRegisteredModelAliasResponse:
    aliases.delete_registered_model_alias(ctx.db, request.name, request.alias, user=ctx.user)
    return m.DeleteRegisteredModelAliasResponse()


def get_model_version_by_alias(
    ctx: Context, request: m.GetModelVersionByAliasRequest
) -> m.GetModelVersionByAliasResponse:
    version = aliases.get_model_version_by_alias(ctx.db, request.name, request.alias)
    return m.GetModelVersionByAliasResponse(model_version=version)


def create_model_version(ctx: Context, request: m.CreateModelVersionRequest) -> m.CreateModelVersionResponse:
    ctx.places.check_host(request.source, "source")
    version = model_versions.create_model_version(
        ctx.db,
        name=request.name,
        source=request.source,
        run_id=request.run_id,
        model_id=request.model_id,
        run_link=request.run_link or "",
        description=request.description or "",
        tags=request.tags,
        user=ctx.user,
        source_pattern=ctx.settings.create_model_version_source_validation_regex,
    )
    return m.CreateModelVersionResponse(model_version=version)


def update_model_version(ctx: Context, request: m.UpdateModelVersionRequest) -> m.UpdateModelVersionResponse:
    version = model_versions.update_model_version(
        ctx.db, request.name, request.version, request.description or "", user=ctx.user
    )
    return m.UpdateModelVersionResponse(model_version=version)


def transition_model_version_stage(
    ctx: Context, request: m.TransitionModelVersionStageRequest
) -> m.TransitionModelVersionStageResponse:
    version = model_versions.transition_model_version_stage(
        ctx.db,
        request.name,
        request.version,
        request.stage,
        user=ctx.user,
        archive_existing_versions=bool(request.archive_existing_versions),
    )
    return m.TransitionModelVersionStageResponse(model_version=version)


def delete_model_version(ctx: Context, request: m.DeleteModelVersionRequest) -> m.DeleteModelVersionResponse:
    model_versions.delete_model_version(ctx.db, request.name, request.version, user=ctx.user)
    return m.DeleteModelVersionResponse()


def get_model_version(ctx: Context, request: m.GetModelVersionRequest) -> m.GetModelVersionResponse:
    version = model_versions.get_model_version(ctx.db, request.name, request.version)
    return m.GetModelVersionResponse(model_version=version)


def search_model_versions(
    ctx: Context, request: m.SearchModelVersionsRequest
) -> m.SearchModelVersionsResponse:
    found, token = model_versions.search_model_versions(
        ctx.db,
        filter_string=request.filter or "",
        max_results=(
            model_versions.MAX_SEARCH_RESULTS if request.max_results is None else request.max_results
        ),
        order_by=request.order_by,
        page_token=request.page_token,
    )
    return m.SearchModelVersionsResponse(model_versions=found, next_page_token=token)


def get_model_version_download_uri(
    ctx: Context, request: m.GetModelVersionDownloadUriRequest
) -> m.GetModelVersionDownloadUriResponse:
    uri = model_versions.get_model_version_download_uri(ctx.db, request.name, request.version)
    return m.GetModelVersionDownloadUriResponse(artifact_uri=uri)


def set_model_version_tag(ctx: Context, request: m.SetModelVersionTagRequest) -> m.SetModelVersionTagResponse:
    model_versions.set_model_version_tag(
        ctx.db, request.name, request.version, request.key, request.value or "", user=ctx.user
    )
    return m.SetModelVersionTagResponse()


def delete_model_version_tag(
    ctx: Context, request: m.DeleteModelVersionTagRequest
) -> m.DeleteModelVersionTagResponse:
    model_versions.delete_model_version_tag(ctx.db, request.name, request.version, request.key, user=ctx.user)
    return m.DeleteModelVersionTagResponse()
