from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RegistryAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CREATE: _ClassVar[RegistryAction]
    RENAME: _ClassVar[RegistryAction]
    UPDATE: _ClassVar[RegistryAction]
    DELETE: _ClassVar[RegistryAction]
    TRANSITION_STAGE: _ClassVar[RegistryAction]
    SET_TAG: _ClassVar[RegistryAction]
    DELETE_TAG: _ClassVar[RegistryAction]
    SET_ALIAS: _ClassVar[RegistryAction]
    DELETE_ALIAS: _ClassVar[RegistryAction]
CREATE: RegistryAction
RENAME: RegistryAction
UPDATE: RegistryAction
DELETE: RegistryAction
TRANSITION_STAGE: RegistryAction
SET_TAG: RegistryAction
DELETE_TAG: RegistryAction
SET_ALIAS: RegistryAction
DELETE_ALIAS: RegistryAction

class RegistryChange(_message.Message):
    __slots__ = ("change_id", "timestamp", "user", "name", "version", "action", "key", "old_value", "new_value")
    CHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    OLD_VALUE_FIELD_NUMBER: _ClassVar[int]
    NEW_VALUE_FIELD_NUMBER: _ClassVar[int]
    change_id: int
    timestamp: int
    user: str
    name: str
    version: str
    action: RegistryAction
    key: str
    old_value: str
    new_value: str
    def __init__(self, change_id: _Optional[int] = ..., timestamp: _Optional[int] = ..., user: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., action: _Optional[_Union[RegistryAction, str]] = ..., key: _Optional[str] = ..., old_value: _Optional[str] = ..., new_value: _Optional[str] = ...) -> None: ...

class GetRegisteredModelHistoryRequest(_message.Message):
    __slots__ = ("name", "version", "max_results", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MAX_RESULTS_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    max_results: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., max_results: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetRegisteredModelHistoryResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[RegistryChange]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[RegistryChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAliasAtRequest(_message.Message):
    __slots__ = ("name", "alias", "stage", "timestamp")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    name: str
    alias: str
    stage: str
    timestamp: int
    def __init__(self, name: _Optional[str] = ..., alias: _Optional[str] = ..., stage: _Optional[str] = ..., timestamp: _Optional[int] = ...) -> None: ...

class GetAliasAtResponse(_message.Message):
    __slots__ = ("version", "change")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    version: str
    change: RegistryChange
    def __init__(self, version: _Optional[str] = ..., change: _Optional[_Union[RegistryChange, _Mapping]] = ...) -> None: ...
