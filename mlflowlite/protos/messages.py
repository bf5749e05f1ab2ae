"""The messages of the protocol as msgspec structs. Generated from `proto/`; do not edit."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from mlflowlite.wire.message import Int32, Int64, Message, RequiredStr

ViewType: TypeAlias = Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]
LoggedModelStatus: TypeAlias = Literal[
    "LOGGED_MODEL_STATUS_UNSPECIFIED",
    "LOGGED_MODEL_PENDING",
    "LOGGED_MODEL_READY",
    "LOGGED_MODEL_UPLOAD_FAILED",
]
ModelVersionStatus: TypeAlias = Literal["PENDING_REGISTRATION", "FAILED_REGISTRATION", "READY"]
RegistryAction: TypeAlias = Literal[
    "CREATE",
    "RENAME",
    "UPDATE",
    "DELETE",
    "TRANSITION_STAGE",
    "SET_TAG",
    "DELETE_TAG",
    "SET_ALIAS",
    "DELETE_ALIAS",
]
RunStatus: TypeAlias = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
WebhookStatus: TypeAlias = Literal["ACTIVE", "DISABLED"]
WebhookEntity: TypeAlias = Literal[
    "ENTITY_UNSPECIFIED",
    "REGISTERED_MODEL",
    "MODEL_VERSION",
    "MODEL_VERSION_TAG",
    "MODEL_VERSION_ALIAS",
    "PROMPT",
    "PROMPT_VERSION",
    "PROMPT_TAG",
    "PROMPT_VERSION_TAG",
    "PROMPT_ALIAS",
    "BUDGET_POLICY",
]
WebhookAction: TypeAlias = Literal["ACTION_UNSPECIFIED", "CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED"]
WebhookDeliveryStatus: TypeAlias = Literal["PENDING", "DELIVERED", "GIVEN_UP"]

# Clients may send the number of an enum's value instead of its name.
ENUM_NUMBERS: dict[str, dict[str, int]] = {
    "ViewType": {
        "ACTIVE_ONLY": 1,
        "DELETED_ONLY": 2,
        "ALL": 3,
    },
    "LoggedModelStatus": {
        "LOGGED_MODEL_STATUS_UNSPECIFIED": 0,
        "LOGGED_MODEL_PENDING": 1,
        "LOGGED_MODEL_READY": 2,
        "LOGGED_MODEL_UPLOAD_FAILED": 3,
    },
    "ModelVersionStatus": {
        "PENDING_REGISTRATION": 1,
        "FAILED_REGISTRATION": 2,
        "READY": 3,
    },
    "RegistryAction": {
        "CREATE": 1,
        "RENAME": 2,
        "UPDATE": 3,
        "DELETE": 4,
        "TRANSITION_STAGE": 5,
        "SET_TAG": 6,
        "DELETE_TAG": 7,
        "SET_ALIAS": 8,
        "DELETE_ALIAS": 9,
    },
    "RunStatus": {
        "RUNNING": 1,
        "SCHEDULED": 2,
        "FINISHED": 3,
        "FAILED": 4,
        "KILLED": 5,
    },
    "WebhookStatus": {
        "ACTIVE": 1,
        "DISABLED": 2,
    },
    "WebhookEntity": {
        "ENTITY_UNSPECIFIED": 0,
        "REGISTERED_MODEL": 1,
        "MODEL_VERSION": 2,
        "MODEL_VERSION_TAG": 3,
        "MODEL_VERSION_ALIAS": 4,
        "PROMPT": 5,
        "PROMPT_VERSION": 6,
        "PROMPT_TAG": 7,
        "PROMPT_VERSION_TAG": 8,
        "PROMPT_ALIAS": 9,
        "BUDGET_POLICY": 10,
    },
    "WebhookAction": {
        "ACTION_UNSPECIFIED": 0,
        "CREATED": 1,
        "UPDATED": 2,
        "DELETED": 3,
        "SET": 4,
        "EXCEEDED": 5,
    },
    "WebhookDeliveryStatus": {
        "PENDING": 1,
        "DELIVERED": 2,
        "GIVEN_UP": 3,
    },
}


class FileInfo(Message, gc=False):
    """A file or a directory."""

    path: str | None = None
    is_dir: bool | None = None
    file_size: Int64 | None = None


class MultipartUploadCredential(Message):
    """Where to put one part of a large upload."""

    url: str | None = None
    part_number: Int64 | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class MultipartUploadPart(Message, gc=False):
    """One part of a large upload that has arrived."""

    part_number: Int64 | None = None
    etag: str | None = None
    url: str | None = None


class ListArtifactsRequest(Message, gc=False):
    """Which directory of a run to list."""

    run_id: RequiredStr
    run_uuid: str | None = None
    path: str | None = None
    page_token: str | None = None


class ListArtifactsResponse(Message):
    """The directory's entries, their paths relative to the run's root."""

    root_uri: str | None = None
    files: list[FileInfo] = msgspec.field(default_factory=list)


class CreatePresignedUploadUrlRequest(Message, kw_only=True, gc=False):
    """The file to write; exactly one of run_id and model_id."""

    run_id: str | None = None
    model_id: str | None = None
    path: RequiredStr
    expiration: Int64 | None = None


class CreatePresignedUploadUrlResponse(Message):
    """A URL to put the file to."""

    presigned_url: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class CreatePresignedDownloadUrlRequest(Message, gc=False):
    """The file of a run to read."""

    run_id: RequiredStr
    path: RequiredStr
    expiration: Int64 | None = None


class CreatePresignedDownloadUrlResponse(Message):
    """A URL to get the file from."""

    presigned_url: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    file_size: Int64 | None = None


class GetArtifactRequest(Message, kw_only=True, gc=False):
    """The file of a run to send."""

    run_id: RequiredStr
    run_uuid: str | None = None
    path: RequiredStr


class GetModelVersionArtifactRequest(Message, gc=False):
    """The file of a model version to send."""

    name: RequiredStr
    version: RequiredStr
    path: RequiredStr


class UploadArtifactRequest(Message, gc=False):
    """Where a file from the web page goes; the body is the file, at most 10 MB."""

    run_uuid: str | None = None
    path: str | None = None


class ListProxiedArtifactsRequest(Message, gc=False):
    """Which directory of the artifact store to list."""

    path: str | None = None


class ListProxiedArtifactsResponse(Message):
    """The directory's entries, named by their base name, sorted."""

    files: list[FileInfo] = msgspec.field(default_factory=list)


class DownloadProxiedArtifactRequest(Message, gc=False):
    """The file of the artifact store to send."""

    path: RequiredStr


class UploadProxiedArtifactRequest(Message, gc=False):
    """Where in the artifact store a file goes; the body is the file, of any size."""

    path: RequiredStr


class DeleteProxiedArtifactRequest(Message, gc=False):
    """The file or directory of the artifact store to delete."""

    path: RequiredStr


class DeleteProxiedArtifactResponse(Message, gc=False):
    """Nothing to say."""


class CreateMultipartUploadRequest(Message, gc=False):
    """A large upload to begin."""

    artifact_path: RequiredStr
    path: RequiredStr
    num_parts: Int64 | None = None


class CreateMultipartUploadResponse(Message):
    """The upload and a URL for each part."""

    upload_id: str | None = None
    credentials: list[MultipartUploadCredential] = msgspec.field(default_factory=list)


class UploadPartRequest(Message, gc=False):
    """The part to store, in the words of the URL that came with the upload; the body is the part."""

    path: RequiredStr
    upload_id: RequiredStr
    part_number: Int64
    expires: Int64
    signature: RequiredStr


class CompleteMultipartUploadRequest(Message, kw_only=True):
    """A large upload whose parts are all there."""

    artifact_path: RequiredStr
    path: RequiredStr
    upload_id: str | None = None
    parts: list[MultipartUploadPart]


class CompleteMultipartUploadResponse(Message, gc=False):
    """Nothing to say."""


class AbortMultipartUploadRequest(Message, gc=False):
    """A large upload to give up."""

    artifact_path: RequiredStr
    path: RequiredStr
    upload_id: str | None = None


class AbortMultipartUploadResponse(Message, gc=False):
    """Nothing to say."""


class GetPresignedDownloadUrlRequest(Message, gc=False):
    """The file of the artifact store to get a URL for."""

    path: RequiredStr


class GetPresignedDownloadUrlResponse(Message):
    """A URL to get the file from."""

    url: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    file_size: Int64 | None = None


class Experiment(Message):
    """A named folder of runs and logged models."""

    experiment_id: str | None = None
    name: str | None = None
    artifact_location: str | None = None
    lifecycle_stage: str | None = None
    last_update_time: Int64 | None = None
    creation_time: Int64 | None = None
    tags: list[ExperimentTag] = msgspec.field(default_factory=list)
    effective_trace_archival_retention: str | None = None
    workspace: str | None = None


class ExperimentTag(Message, gc=False):
    """A label of an experiment."""

    key: RequiredStr
    value: str | None = None


class DatasetSummary(Message, gc=False):
    """A dataset that some run of an experiment used, as the web page lists it."""

    experiment_id: str | None = None
    name: str | None = None
    digest: str | None = None
    context: str | None = None


class CreateExperimentRequest(Message):
    """A new experiment."""

    name: RequiredStr
    artifact_location: str | None = None
    tags: list[ExperimentTag] = msgspec.field(default_factory=list)


class CreateExperimentResponse(Message, gc=False):
    """The id of the new experiment."""

    experiment_id: str | None = None


class SearchExperimentsRequest(Message):
    """A filtered page of experiments."""

    max_results: Int64 | None = None
    page_token: str | None = None
    filter: str | None = None
    order_by: list[str] = msgspec.field(default_factory=list)
    view_type: ViewType | None = None


class SearchExperimentsResponse(Message):
    """One page of experiments, and the token of the next."""

    experiments: list[Experiment] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class GetExperimentRequest(Message, gc=False):
    """Which experiment to look up."""

    experiment_id: RequiredStr


class GetExperimentResponse(Message):
    """The experiment asked for, deleted or not."""

    experiment: Experiment | None = None


class GetExperimentByNameRequest(Message, gc=False):
    """Which experiment to look up, by its name."""

    experiment_name: RequiredStr


class GetExperimentByNameResponse(Message):
    """The experiment of that name, deleted or not."""

    experiment: Experiment | None = None


class DeleteExperimentRequest(Message, gc=False):
    """Which experiment to delete."""

    experiment_id: RequiredStr


class DeleteExperimentResponse(Message, gc=False):
    """Nothing to say."""


class RestoreExperimentRequest(Message, gc=False):
    """Which deleted experiment to bring back."""

    experiment_id: RequiredStr


class RestoreExperimentResponse(Message, gc=False):
    """Nothing to say."""


class UpdateExperimentRequest(Message, gc=False):
    """A new name for an experiment."""

    experiment_id: RequiredStr
    new_name: RequiredStr


class UpdateExperimentResponse(Message, gc=False):
    """Nothing to say."""


class SetExperimentTagRequest(Message, gc=False):
    """A tag to put on an experiment."""

    experiment_id: RequiredStr
    key: RequiredStr
    value: str | None = None


class SetExperimentTagResponse(Message, gc=False):
    """Nothing to say."""


class DeleteExperimentTagRequest(Message, gc=False):
    """A tag to take off an experiment."""

    experiment_id: RequiredStr
    key: RequiredStr


class DeleteExperimentTagResponse(Message, gc=False):
    """Nothing to say."""


class ListExperimentsRequest(Message, gc=False):
    """A page of experiments, as 1.x clients ask for it."""

    view_type: ViewType | None = None
    max_results: Int64 | None = None
    page_token: str | None = None


class ListExperimentsResponse(Message):
    """One page of experiments by ascending id, and the token of the next."""

    experiments: list[Experiment] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class SearchDatasetsRequest(Message):
    """The experiments whose datasets to list."""

    experiment_ids: list[str] = msgspec.field(default_factory=list)


class SearchDatasetsResponse(Message):
    """The datasets, at most 1000."""

    dataset_summaries: list[DatasetSummary] = msgspec.field(default_factory=list)


class Metric(Message, gc=False):
    """One measured point."""

    key: RequiredStr
    value: float
    timestamp: Int64
    step: Int64 | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class MetricWithRunId(Message, gc=False):
    """One measured point and the run it belongs to."""

    key: str | None = None
    value: float | None = None
    timestamp: Int64 | None = None
    step: Int64 | None = None
    run_id: str | None = None


class LogMetricRequest(Message, kw_only=True, gc=False):
    """One point to store."""

    run_id: RequiredStr
    run_uuid: str | None = None
    key: RequiredStr
    value: float
    timestamp: Int64
    step: Int64 | None = None
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LogMetricResponse(Message, gc=False):
    """Nothing to say."""


class GetMetricHistoryRequest(Message, kw_only=True, gc=False):
    """Which metric of which run to read."""

    run_id: RequiredStr
    run_uuid: str | None = None
    metric_key: RequiredStr
    page_token: str | None = None
    max_results: Int32 | None = None


class GetMetricHistoryResponse(Message):
    """Points by timestamp, step and value."""

    metrics: list[Metric] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class GetMetricHistoryBulkRequest(Message):
    """Which metric of which runs to read."""

    run_id: list[str] = msgspec.field(default_factory=list)
    metric_key: str | None = None
    max_results: Int32 | None = None


class GetMetricHistoryBulkIntervalRequest(Message):
    """Which metric of which runs to sample."""

    run_ids: list[str]
    metric_key: RequiredStr
    start_step: Int32 | None = None
    end_step: Int32 | None = None
    max_results: Int32 | None = None


class GetMetricHistoryBulkIntervalResponse(Message):
    """A sample of the points of all runs."""

    metrics: list[MetricWithRunId] = msgspec.field(default_factory=list)


class LoggedModel(Message):
    """A model of an experiment."""

    info: LoggedModelInfo | None = None
    data: LoggedModelData | None = None


class LoggedModelInfo(Message):
    """The fixed facts of a logged model."""

    model_id: str | None = None
    experiment_id: str | None = None
    name: str | None = None
    creation_timestamp_ms: Int64 | None = None
    last_updated_timestamp_ms: Int64 | None = None
    artifact_uri: str | None = None
    status: LoggedModelStatus | None = None
    creator_id: Int64 | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    status_message: str | None = None
    tags: list[LoggedModelTag] = msgspec.field(default_factory=list)
    registrations: list[LoggedModelRegistrationInfo] = msgspec.field(default_factory=list)


class LoggedModelData(Message):
    """What is recorded about a logged model."""

    params: list[LoggedModelParameter] = msgspec.field(default_factory=list)
    metrics: list[Metric] = msgspec.field(default_factory=list)


class LoggedModelTag(Message, gc=False):
    """A label of a logged model."""

    key: RequiredStr
    value: str | None = None


class LoggedModelParameter(Message, gc=False):
    """A parameter of a logged model; its value never changes."""

    key: RequiredStr
    value: str | None = None


class LoggedModelRegistrationInfo(Message, gc=False):
    """A registered version of a logged model."""

    name: str | None = None
    version: str | None = None


class LoggedModelDatasetFilter(Message, gc=False):
    """A dataset whose metrics a search of logged models looks at."""

    dataset_name: RequiredStr
    dataset_digest: str | None = None


class LoggedModelOrderBy(Message, gc=False):
    """One sort key of a search of logged models."""

    field_name: RequiredStr
    ascending: bool | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class CreateLoggedModelRequest(Message):
    """A new logged model."""

    experiment_id: RequiredStr
    name: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    params: list[LoggedModelParameter] = msgspec.field(default_factory=list)
    tags: list[LoggedModelTag] = msgspec.field(default_factory=list)


class CreateLoggedModelResponse(Message):
    """The new logged model, pending."""

    model: LoggedModel | None = None


class GetLoggedModelRequest(Message, gc=False):
    """Which logged model to read."""

    model_id: RequiredStr
    allow_deleted: bool | None = None


class GetLoggedModelResponse(Message):
    """The logged model asked for."""

    model: LoggedModel | None = None


class FinalizeLoggedModelRequest(Message, gc=False):
    """A new status of a logged model."""

    model_id: RequiredStr
    status: LoggedModelStatus


class FinalizeLoggedModelResponse(Message):
    """The logged model after the change."""

    model: LoggedModel | None = None


class DeleteLoggedModelRequest(Message, gc=False):
    """Which logged model to delete."""

    model_id: RequiredStr


class DeleteLoggedModelResponse(Message, gc=False):
    """Nothing to say."""


class SearchLoggedModelsRequest(Message):
    """A filtered page of logged models."""

    experiment_ids: list[str]
    filter: str | None = None
    datasets: list[LoggedModelDatasetFilter] = msgspec.field(default_factory=list)
    max_results: Int32 | None = None
    order_by: list[LoggedModelOrderBy] = msgspec.field(default_factory=list)
    page_token: str | None = None


class SearchLoggedModelsResponse(Message):
    """One page of logged models, and the token of the next."""

    models: list[LoggedModel] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class SetLoggedModelTagsRequest(Message):
    """Tags to put on a logged model."""

    model_id: RequiredStr
    tags: list[LoggedModelTag] = msgspec.field(default_factory=list)


class SetLoggedModelTagsResponse(Message, gc=False):
    """Nothing to say."""


class DeleteLoggedModelTagRequest(Message, gc=False):
    """A tag to take off a logged model."""

    model_id: RequiredStr
    tag_key: RequiredStr


class DeleteLoggedModelTagResponse(Message, gc=False):
    """Nothing to say."""


class LogLoggedModelParamsRequest(Message):
    """Parameters to add to a logged model."""

    model_id: RequiredStr
    params: list[LoggedModelParameter] = msgspec.field(default_factory=list)


class LogLoggedModelParamsResponse(Message, gc=False):
    """Nothing to say."""


class ListLoggedModelArtifactsRequest(Message, gc=False):
    """Which directory of a logged model to list."""

    model_id: RequiredStr
    artifact_directory_path: str | None = None
    page_token: str | None = None


class ListLoggedModelArtifactsResponse(Message):
    """The directory's entries, their paths relative to the model's root."""

    root_uri: str | None = None
    files: list[FileInfo] = msgspec.field(default_factory=list)


class GetLoggedModelArtifactRequest(Message, gc=False):
    """The file of a logged model to send."""

    model_id: RequiredStr
    artifact_file_path: RequiredStr


class RegisteredModel(Message):
    """A named model with numbered versions."""

    name: str | None = None
    creation_timestamp: Int64 | None = None
    last_updated_timestamp: Int64 | None = None
    user_id: str | None = None
    description: str | None = None
    latest_versions: list[ModelVersion] = msgspec.field(default_factory=list)
    tags: list[RegisteredModelTag] = msgspec.field(default_factory=list)
    aliases: list[RegisteredModelAlias] = msgspec.field(default_factory=list)
    deployment_job_id: str | None = None
    deployment_job_state: str | None = None


class RegisteredModelTag(Message, gc=False):
    """A label of a registered model."""

    key: RequiredStr
    value: str | None = None


class RegisteredModelAlias(Message, gc=False):
    """A second name for one version of a registered model."""

    alias: str | None = None
    version: str | None = None


class ModelVersion(Message):
    """One version of a registered model."""

    name: str | None = None
    version: str | None = None
    creation_timestamp: Int64 | None = None
    last_updated_timestamp: Int64 | None = None
    user_id: str | None = None
    current_stage: str | None = None
    description: str | None = None
    source: str | None = None
    run_id: str | None = None
    status: ModelVersionStatus | None = None
    status_message: str | None = None
    tags: list[ModelVersionTag] = msgspec.field(default_factory=list)
    run_link: str | None = None
    aliases: list[str] = msgspec.field(default_factory=list)
    model_id: str | None = None
    model_params: list[ModelParam] = msgspec.field(default_factory=list)
    model_metrics: list[ModelMetric] = msgspec.field(default_factory=list)
    deployment_job_state: ModelVersionDeploymentJobState | None = None


class ModelVersionTag(Message, gc=False):
    """A label of a model version."""

    key: RequiredStr
    value: str | None = None


class ModelParam(Message, gc=False):
    """A parameter of the logged model behind a version."""

    name: str | None = None
    value: str | None = None


class ModelMetric(Message, gc=False):
    """A metric of the logged model behind a version."""

    key: str | None = None
    value: float | None = None
    timestamp: Int64 | None = None
    step: Int64 | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class ModelVersionDeploymentJobState(Message, gc=False):
    """The deployment of a version by the hosted product; its states as names."""

    job_id: str | None = None
    run_id: str | None = None
    job_state: str | None = None
    run_state: str | None = None
    current_task_name: str | None = None


class CreateRegisteredModelRequest(Message):
    """A new registered model."""

    name: RequiredStr
    tags: list[RegisteredModelTag] = msgspec.field(default_factory=list)
    description: str | None = None
    deployment_job_id: str | None = None


class CreateRegisteredModelResponse(Message):
    """The new registered model."""

    registered_model: RegisteredModel | None = None


class RenameRegisteredModelRequest(Message, gc=False):
    """A new name for a registered model."""

    name: RequiredStr
    new_name: RequiredStr


class RenameRegisteredModelResponse(Message):
    """The registered model under its new name."""

    registered_model: RegisteredModel | None = None


class UpdateRegisteredModelRequest(Message, gc=False):
    """A new description of a registered model."""

    name: RequiredStr
    description: str | None = None
    deployment_job_id: str | None = None


class UpdateRegisteredModelResponse(Message):
    """The registered model after the change."""

    registered_model: RegisteredModel | None = None


class DeleteRegisteredModelRequest(Message, gc=False):
    """Which registered model to delete for good."""

    name: RequiredStr


class DeleteRegisteredModelResponse(Message, gc=False):
    """Nothing to say."""


class GetRegisteredModelRequest(Message, gc=False):
    """Which registered model to read."""

    name: RequiredStr


class GetRegisteredModelResponse(Message):
    """The registered model asked for."""

    registered_model: RegisteredModel | None = None


class SearchRegisteredModelsRequest(Message):
    """A filtered page of registered models."""

    filter: str | None = None
    max_results: Int64 | None = None
    order_by: list[str] = msgspec.field(default_factory=list)
    page_token: str | None = None


class SearchRegisteredModelsResponse(Message):
    """One page of registered models, and the token of the next."""

    registered_models: list[RegisteredModel] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class ListRegisteredModelsRequest(Message, gc=False):
    """A page of registered models, as 1.x clients ask for it."""

    max_results: Int64 | None = None
    page_token: str | None = None


class ListRegisteredModelsResponse(Message):
    """One page of registered models, and the token of the next."""

    registered_models: list[RegisteredModel] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class GetLatestVersionsRequest(Message):
    """Which newest versions to read."""

    name: RequiredStr
    stages: list[str] = msgspec.field(default_factory=list)


class GetLatestVersionsResponse(Message):
    """The version with the highest number of each stage."""

    model_versions: list[ModelVersion] = msgspec.field(default_factory=list)


class SetRegisteredModelTagRequest(Message, gc=False):
    """A tag to put on a registered model."""

    name: RequiredStr
    key: RequiredStr
    value: str | None = None


class SetRegisteredModelTagResponse(Message, gc=False):
    """Nothing to say."""


class DeleteRegisteredModelTagRequest(Message, gc=False):
    """A tag to take off a registered model."""

    name: RequiredStr
    key: RequiredStr


class DeleteRegisteredModelTagResponse(Message, gc=False):
    """Nothing to say."""


class SetRegisteredModelAliasRequest(Message, gc=False):
    """An alias and the version it shall name."""

    name: RequiredStr
    alias: RequiredStr
    version: RequiredStr


class SetRegisteredModelAliasResponse(Message, gc=False):
    """Nothing to say."""


class DeleteRegisteredModelAliasRequest(Message, gc=False):
    """An alias to remove."""

    name: RequiredStr
    alias: RequiredStr


class DeleteRegisteredModelAliasResponse(Message, gc=False):
    """Nothing to say."""


class GetModelVersionByAliasRequest(Message, gc=False):
    """An alias to look up."""

    name: RequiredStr
    alias: RequiredStr


class GetModelVersionByAliasResponse(Message):
    """The version that the alias names."""

    model_version: ModelVersion | None = None


class CreateModelVersionRequest(Message):
    """A new version of a registered model."""

    name: RequiredStr
    source: RequiredStr
    run_id: str | None = None
    tags: list[ModelVersionTag] = msgspec.field(default_factory=list)
    run_link: str | None = None
    description: str | None = None
    model_id: str | None = None


class CreateModelVersionResponse(Message):
    """The new version."""

    model_version: ModelVersion | None = None


class UpdateModelVersionRequest(Message, gc=False):
    """A new description of a version."""

    name: RequiredStr
    version: RequiredStr
    description: str | None = None


class UpdateModelVersionResponse(Message):
    """The version after the change."""

    model_version: ModelVersion | None = None


class TransitionModelVersionStageRequest(Message, gc=False):
    """A new stage of a version."""

    name: RequiredStr
    version: RequiredStr
    stage: RequiredStr
    archive_existing_versions: bool | None = None


class TransitionModelVersionStageResponse(Message):
    """The version after the change."""

    model_version: ModelVersion | None = None


class DeleteModelVersionRequest(Message, gc=False):
    """Which version to delete."""

    name: RequiredStr
    version: RequiredStr


class DeleteModelVersionResponse(Message, gc=False):
    """Nothing to say."""


class GetModelVersionRequest(Message, gc=False):
    """Which version to read."""

    name: RequiredStr
    version: RequiredStr


class GetModelVersionResponse(Message):
    """The version asked for."""

    model_version: ModelVersion | None = None


class SearchModelVersionsRequest(Message):
    """A filtered page of versions."""

    filter: str | None = None
    max_results: Int64 | None = None
    order_by: list[str] = msgspec.field(default_factory=list)
    page_token: str | None = None


class SearchModelVersionsResponse(Message):
    """One page of versions, and the token of the next."""

    model_versions: list[ModelVersion] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class GetModelVersionDownloadUriRequest(Message, gc=False):
    """Which version to find the files of."""

    name: RequiredStr
    version: RequiredStr


class GetModelVersionDownloadUriResponse(Message, gc=False):
    """Where the files of the version are."""

    artifact_uri: str | None = None


class SetModelVersionTagRequest(Message, gc=False):
    """A tag to put on a version."""

    name: RequiredStr
    version: RequiredStr
    key: RequiredStr
    value: str | None = None


class SetModelVersionTagResponse(Message, gc=False):
    """Nothing to say."""


class DeleteModelVersionTagRequest(Message, gc=False):
    """A tag to take off a version."""

    name: RequiredStr
    version: RequiredStr
    key: RequiredStr


class DeleteModelVersionTagResponse(Message, gc=False):
    """Nothing to say."""


class RegistryChange(Message, gc=False):
    """One change of a registered model."""

    change_id: Int64 | None = None
    timestamp: Int64 | None = None
    user: str | None = None
    name: str | None = None
    version: str | None = None
    action: RegistryAction | None = None
    key: str | None = None
    old_value: str | None = None
    new_value: str | None = None


class GetRegisteredModelHistoryRequest(Message, gc=False):
    """Whose history to read."""

    name: RequiredStr
    version: str | None = None
    max_results: Int64 | None = None
    page_token: str | None = None


class GetRegisteredModelHistoryResponse(Message):
    """One page of changes, newest first, and the token of the next."""

    changes: list[RegistryChange] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class GetAliasAtRequest(Message, gc=False):
    """Asks which version an alias, or a stage, named at a time. One of alias and stage."""

    name: RequiredStr
    alias: str | None = None
    stage: str | None = None
    timestamp: Int64 | None = None


class GetAliasAtResponse(Message):
    """The version named, and the change of its alias or stage that was its last one by then."""

    version: str | None = None
    change: RegistryChange | None = None


class Run(Message):
    """One execution of a user's code, with what it recorded."""

    info: RunInfo | None = None
    data: RunData | None = None
    inputs: RunInputs | None = None
    outputs: RunOutputs | None = None


class RunInfo(Message, gc=False):
    """The fixed facts of a run."""

    run_uuid: str | None = None
    experiment_id: str | None = None
    run_name: str | None = None
    user_id: str | None = None
    status: RunStatus | None = None
    start_time: Int64 | None = None
    end_time: Int64 | None = None
    artifact_uri: str | None = None
    lifecycle_stage: str | None = None
    run_id: str | None = None


class RunData(Message):
    """What a run recorded about itself."""

    metrics: list[Metric] = msgspec.field(default_factory=list)
    params: list[Param] = msgspec.field(default_factory=list)
    tags: list[RunTag] = msgspec.field(default_factory=list)


class Param(Message, gc=False):
    """A parameter of a run; its value never changes."""

    key: RequiredStr
    value: str | None = None


class RunTag(Message, gc=False):
    """A label of a run."""

    key: RequiredStr
    value: str | None = None


class RunInputs(Message):
    """What a run read."""

    dataset_inputs: list[DatasetInput] = msgspec.field(default_factory=list)
    model_inputs: list[ModelInput] = msgspec.field(default_factory=list)


class RunOutputs(Message):
    """What a run made."""

    model_outputs: list[ModelOutput] = msgspec.field(default_factory=list)


class DatasetInput(Message, kw_only=True):
    """A dataset that a run read, with labels of this use."""

    tags: list[InputTag] = msgspec.field(default_factory=list)
    dataset: Dataset


class InputTag(Message, gc=False):
    """A label of one use of a dataset."""

    key: RequiredStr
    value: str | None = None


class Dataset(Message, gc=False):
    """A description of a dataset; the data itself is elsewhere."""

    name: RequiredStr
    digest: RequiredStr
    source_type: RequiredStr
    source: RequiredStr
    schema: str | None = None
    profile: str | None = None


class ModelInput(Message, gc=False):
    """A logged model that a run read."""

    model_id: RequiredStr


class ModelOutput(Message, gc=False):
    """A logged model that a run made."""

    model_id: RequiredStr
    step: Int64


class CreateRunRequest(Message):
    """A new run."""

    experiment_id: str | None = None
    user_id: str | None = None
    run_name: str | None = None
    start_time: Int64 | None = None
    tags: list[RunTag] = msgspec.field(default_factory=list)


class CreateRunResponse(Message):
    """The new run."""

    run: Run | None = None


class UpdateRunRequest(Message, gc=False):
    """What to change of a run."""

    run_id: RequiredStr
    run_uuid: str | None = None
    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str | None = None


class UpdateRunResponse(Message):
    """The run after the change."""

    run_info: RunInfo | None = None


class DeleteRunRequest(Message, gc=False):
    """Which run to delete."""

    run_id: RequiredStr


class DeleteRunResponse(Message, gc=False):
    """Nothing to say."""


class RestoreRunRequest(Message, gc=False):
    """Which deleted run to bring back."""

    run_id: RequiredStr


class RestoreRunResponse(Message, gc=False):
    """Nothing to say."""


class GetRunRequest(Message, gc=False):
    """Which run to read."""

    run_id: RequiredStr
    run_uuid: str | None = None


class GetRunResponse(Message):
    """The run, deleted or not; inputs and outputs always present."""

    run: Run | None = None


class SearchRunsRequest(Message):
    """A filtered page of runs."""

    experiment_ids: list[str] = msgspec.field(default_factory=list)
    filter: str | None = None
    run_view_type: ViewType | None = None
    max_results: Int32 | None = None
    order_by: list[str] = msgspec.field(default_factory=list)
    page_token: str | None = None


class SearchRunsResponse(Message):
    """One page of runs, and the token of the next."""

    runs: list[Run] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class LogParamRequest(Message, kw_only=True, gc=False):
    """A parameter to store."""

    run_id: RequiredStr
    run_uuid: str | None = None
    key: RequiredStr
    value: str | None = None


class LogParamResponse(Message, gc=False):
    """Nothing to say."""


class SetTagRequest(Message, kw_only=True, gc=False):
    """A tag to put on a run."""

    run_id: RequiredStr
    run_uuid: str | None = None
    key: RequiredStr
    value: str | None = None


class SetTagResponse(Message, gc=False):
    """Nothing to say."""


class DeleteTagRequest(Message, gc=False):
    """A tag to take off a run."""

    run_id: RequiredStr
    key: RequiredStr


class DeleteTagResponse(Message, gc=False):
    """Nothing to say."""


class LogBatchRequest(Message):
    """Metrics, params and tags to store as one; at most 1000 in all."""

    run_id: RequiredStr
    metrics: list[Metric] = msgspec.field(default_factory=list)
    params: list[Param] = msgspec.field(default_factory=list)
    tags: list[RunTag] = msgspec.field(default_factory=list)


class LogBatchResponse(Message, gc=False):
    """Nothing to say."""


class LogModelRequest(Message, gc=False):
    """A model of the older kind, which lives among the run's artifacts."""

    run_id: RequiredStr
    model_json: RequiredStr


class LogModelResponse(Message, gc=False):
    """Nothing to say."""


class LogInputsRequest(Message):
    """Datasets and logged models that a run read."""

    run_id: RequiredStr
    datasets: list[DatasetInput] = msgspec.field(default_factory=list)
    models: list[ModelInput] = msgspec.field(default_factory=list)


class LogInputsResponse(Message, gc=False):
    """Nothing to say."""


class LogOutputsRequest(Message):
    """Logged models that a run made."""

    run_id: RequiredStr
    models: list[ModelOutput]


class LogOutputsResponse(Message, gc=False):
    """Nothing to say."""


class GetHealthRequest(Message, gc=False):
    """Asks whether the server is up."""


class GetVersionRequest(Message, gc=False):
    """Asks for the version of the protocol."""


class GetServerInfoRequest(Message, gc=False):
    """Asks what the server can do."""


class GetServerInfoResponse(Message):
    """What the server can do; clients keep the answer for a minute."""

    store_type: str | None = None
    workspaces_enabled: bool | None = None
    trace_archival_enabled: bool | None = None
    multipart_uploads_enabled: bool | None = None
    multipart_downloads_enabled: bool | None = None
    presigned_upload_run_id_supported: bool | None = None
    presigned_upload_model_id_supported: bool | None = None
    features_enabled: ServerFeatures | None = None


class ServerFeatures(Message, gc=False):
    """Optional parts of the server."""

    gateway: bool | None = None


class WebhookEvent(Message, gc=False):
    """A kind of change; not every pair exists."""

    entity: WebhookEntity
    action: WebhookAction


class Webhook(Message):
    """A URL and the changes it is told of; the secret is never shown."""

    webhook_id: str | None = None
    name: str | None = None
    description: str | None = None
    url: str | None = None
    events: list[WebhookEvent] = msgspec.field(default_factory=list)
    status: WebhookStatus | None = None
    creation_timestamp: Int64 | None = None
    last_updated_timestamp: Int64 | None = None


class WebhookTestResult(Message, gc=False):
    """How the URL answered a trial."""

    success: bool | None = None
    response_status: Int32 | None = None
    response_body: str | None = None
    error_message: str | None = None


class WebhookDelivery(Message):
    """One event sent, or to be sent, to one webhook. Beyond what MLflow's own server has."""

    delivery_id: str | None = None
    webhook_id: str | None = None
    event: WebhookEvent | None = None
    payload: str | None = None
    status: WebhookDeliveryStatus | None = None
    attempts: Int32 | None = None
    creation_timestamp: Int64 | None = None
    last_attempt_timestamp: Int64 | None = None
    next_attempt_timestamp: Int64 | None = None
    response_status: Int32 | None = None
    last_error: str | None = None


class ListWebhookDeliveriesRequest(Message, gc=False):
    """Whose deliveries to list."""

    webhook_id: RequiredStr
    status: WebhookDeliveryStatus | None = None
    max_results: Int32 | None = None
    page_token: str | None = None


class ListWebhookDeliveriesResponse(Message):
    """One page of deliveries, newest first, and the token of the next."""

    deliveries: list[WebhookDelivery] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class ReplayWebhookDeliveryRequest(Message, gc=False):
    """Which delivery to make once more."""

    webhook_id: RequiredStr
    delivery_id: RequiredStr


class ReplayWebhookDeliveryResponse(Message):
    """The delivery, pending again."""

    delivery: WebhookDelivery | None = None


class CreateWebhookRequest(Message, kw_only=True):
    """A new webhook."""

    name: RequiredStr
    description: str | None = None
    url: RequiredStr
    events: list[WebhookEvent]
    secret: str | None = None
    status: WebhookStatus | None = None


class CreateWebhookResponse(Message):
    """The new webhook."""

    webhook: Webhook | None = None


class ListWebhooksRequest(Message, gc=False):
    """A page of webhooks."""

    max_results: Int32 | None = None
    page_token: str | None = None


class ListWebhooksResponse(Message):
    """One page of webhooks, newest first, and the token of the next."""

    webhooks: list[Webhook] = msgspec.field(default_factory=list)
    next_page_token: str | None = None


class GetWebhookRequest(Message, gc=False):
    """Which webhook to read."""

    webhook_id: RequiredStr


class GetWebhookResponse(Message):
    """The webhook asked for."""

    webhook: Webhook | None = None


class UpdateWebhookRequest(Message):
    """What to change of a webhook; what is absent stays."""

    webhook_id: RequiredStr
    name: str | None = None
    description: str | None = None
    url: str | None = None
    events: list[WebhookEvent] = msgspec.field(default_factory=list)
    secret: str | None = None
    status: WebhookStatus | None = None


class UpdateWebhookResponse(Message):
    """The webhook after the change."""

    webhook: Webhook | None = None


class DeleteWebhookRequest(Message, gc=False):
    """Which webhook to delete."""

    webhook_id: RequiredStr


class DeleteWebhookResponse(Message, gc=False):
    """Nothing to say."""


class TestWebhookRequest(Message):
    """Which webhook to try."""

    webhook_id: RequiredStr
    event: WebhookEvent | None = None


class TestWebhookResponse(Message):
    """How the trial went."""

    result: WebhookTestResult | None = None


# Older names of fields: a request may hold the first, the second or both.
ALIASES: dict[type[Message], dict[str, str]] = {
    ListArtifactsRequest: {"run_uuid": "run_id"},
    GetArtifactRequest: {"run_uuid": "run_id"},
    LogMetricRequest: {"run_uuid": "run_id"},
    GetMetricHistoryRequest: {"run_uuid": "run_id"},
    UpdateRunRequest: {"run_uuid": "run_id"},
    GetRunRequest: {"run_uuid": "run_id"},
    LogParamRequest: {"run_uuid": "run_id"},
    SetTagRequest: {"run_uuid": "run_id"},
}
