"""Uploads in parts on Google Cloud Storage: S3's requests, signed in Google's way.

The etag of a finished object says nothing of its parts there. So an upload has a mark that Google keeps with
the object it makes: by that a repeated request for completion is known from one that comes too late.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress

import obstore

from mlflowlite.artifacts.multipart import Part, Upload
from mlflowlite.artifacts.paths import ArtifactPath
from mlflowlite.artifacts.s3_uploads import S3Uploads

_MARK = "mlflowlite-upload"


class GoogleUploads(S3Uploads):
    """Uploads in parts to one bucket. Ids hold the number of parts, the mark, and Google's own id."""

    _id = re.compile(r"([1-9][0-9]{0,4})-([0-9a-f]{32})-([!-~]{1,1024})")

    def create(self, key: str, path: ArtifactPath, num_parts: int) -> Upload:
        mark = secrets.token_hex(16)
        native = self._begin(key, path, {f"x-goog-meta-{_MARK}": mark})
        return Upload(f"{num_parts}-{mark}-{native}", self._part_urls(key, native, num_parts))

    def _was_completed(self, key: str, upload_id: str, parts: list[Part]) -> bool:
        """Whether the object is what this upload made."""
        with suppress(FileNotFoundError):
            result = obstore.get(self._bucket.client, key, options={"head": True})
            return result.attributes.get(_MARK) == upload_id.split("-")[1]
        return False
