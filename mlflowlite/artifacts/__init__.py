"""Artifacts: one small interface, one module per kind of store.

`open_store` turns a URI into an `ArtifactStore`; `paths` turns what clients send into an `ArtifactPath`,
the only thing stores take; `uris` knows where artifacts live; `headers` the HTTP side of files.
"""

from __future__ import annotations

from mlflowlite.artifacts import uris
from mlflowlite.artifacts.base import (
    ArtifactStore,
    ByteRange,
    Download,
    Entry,
    RangeNotSatisfiable,
    Source,
    Stat,
)
from mlflowlite.artifacts.local import LocalStore
from mlflowlite.artifacts.paths import ROOT, ArtifactPath
from mlflowlite.errors import StartupError, invalid

__all__ = [
    "ROOT",
    "ArtifactPath",
    "ArtifactStore",
    "ByteRange",
    "Download",
    "Entry",
    "LocalStore",
    "RangeNotSatisfiable",
    "Source",
    "Stat",
    "open_store",
]

# Schemes of object stores, with the extra that installs what they need.
_OBJECT_SCHEMES = {"s3": "s3", "s3a": "s3", "gs": "gcs"} | dict.fromkeys(
    ("wasb", "wasbs", "abfs", "abfss", "az"), "azure"
)


def open_store(uri: str) -> ArtifactStore:
    """The store at a local path, a `file:` URI, or `s3:`, `gs:`, `wasbs:`, `abfss:`, `az:`.

    Cheap, and does not connect: a store may be opened per request. Raises a 400 for a URI that no store
    can be at, and `StartupError` when the library for object stores is not installed.
    """
    scheme = uris.scheme_of(uri)
    if uris.is_local(uri):
        return LocalStore(uris.local_path(uri) or ".")
    if scheme in _OBJECT_SCHEMES:
        try:
            from mlflowlite.artifacts.objects import ObjectStore
        except ImportError as error:
            if (error.name or "").partition(".")[0] != "obstore":
                raise
            raise StartupError(
                f"Artifacts at {scheme}: need one more library: "
                f"pip install 'mlflowlite[{_OBJECT_SCHEMES[scheme]}]'."
            ) from error
        return ObjectStore(uri)
    raise invalid(
        f"Artifacts can't be stored at '{uri}': the server knows local paths, file:, s3:, gs:, wasbs: "
        "and abfss: URIs."
    )
