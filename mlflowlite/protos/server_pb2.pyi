from google.api import annotations_pb2 as _annotations_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from mlflowlite.protos import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetHealthRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetVersionRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("store_type", "workspaces_enabled", "trace_archival_enabled", "multipart_uploads_enabled", "multipart_downloads_enabled", "presigned_upload_run_id_supported", "presigned_upload_model_id_supported", "features_enabled")
    STORE_TYPE_FIELD_NUMBER: _ClassVar[int]
    WORKSPACES_ENABLED_FIELD_NUMBER: _ClassVar[int]
    TRACE_ARCHIVAL_ENABLED_FIELD_NUMBER: _ClassVar[int]
    MULTIPART_UPLOADS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    MULTIPART_DOWNLOADS_ENABLED_FIELD_NUMBER: _ClassVar[int]
    PRESIGNED_UPLOAD_RUN_ID_SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    PRESIGNED_UPLOAD_MODEL_ID_SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    FEATURES_ENABLED_FIELD_NUMBER: _ClassVar[int]
    store_type: str
    workspaces_enabled: bool
    trace_archival_enabled: bool
    multipart_uploads_enabled: bool
    multipart_downloads_enabled: bool
    presigned_upload_run_id_supported: bool
    presigned_upload_model_id_supported: bool
    features_enabled: ServerFeatures
    def __init__(self, store_type: _Optional[str] = ..., workspaces_enabled: _Optional[bool] = ..., trace_archival_enabled: _Optional[bool] = ..., multipart_uploads_enabled: _Optional[bool] = ..., multipart_downloads_enabled: _Optional[bool] = ..., presigned_upload_run_id_supported: _Optional[bool] = ..., presigned_upload_model_id_supported: _Optional[bool] = ..., features_enabled: _Optional[_Union[ServerFeatures, _Mapping]] = ...) -> None: ...

class ServerFeatures(_message.Message):
    __slots__ = ("gateway",)
    GATEWAY_FIELD_NUMBER: _ClassVar[int]
    gateway: bool
    def __init__(self, gateway: _Optional[bool] = ...) -> None: ...
