from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
ALIAS_OF_FIELD_NUMBER: _ClassVar[int]
alias_of: _descriptor.FieldDescriptor
PREVIEW_FIELD_NUMBER: _ClassVar[int]
preview: _descriptor.FieldDescriptor
METHOD_PREVIEW_FIELD_NUMBER: _ClassVar[int]
method_preview: _descriptor.FieldDescriptor
PRODUCES_FIELD_NUMBER: _ClassVar[int]
produces: _descriptor.FieldDescriptor
