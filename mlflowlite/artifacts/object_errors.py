"""What goes wrong in object stores, in the protocol's errors. The details go to the log, not to clients."""

from __future__ import annotations

import re

from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

from mlflowlite.errors import INTERNAL_ERROR, PERMISSION_DENIED, TEMPORARILY_UNAVAILABLE, MlflowError

_DENIED = re.compile(r"status code: 40[13]")


def translated(error: Exception, bucket: str) -> MlflowError:
    """An error of obstore as clients see it."""
    text = str(error)
    if isinstance(error, FileNotFoundError) and not _no_bucket(text):
        return MlflowError(INTERNAL_ERROR, "The artifact store lost the artifact during the request.")
    denied = isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or bool(_DENIED.search(text))
    return explained(text, bucket, denied=denied)


def explained(text: str, bucket: str, *, denied: bool) -> MlflowError:
    """What the answer of an object store means to clients."""
    if _no_bucket(text):
        return MlflowError(INTERNAL_ERROR, f"The artifact store's bucket '{bucket}' does not exist.")
    code = code_in(text)
    if denied:
        reason = f" ({code})" if code else ""
        return MlflowError(
            PERMISSION_DENIED,
            f"The artifact store denied the server access{reason}; its credentials may be wrong or missing.",
        )
    if code:
        return MlflowError(TEMPORARILY_UNAVAILABLE, f"The artifact store answered with {code}.")
    return unreachable()


def unreachable() -> MlflowError:
    return MlflowError(TEMPORARILY_UNAVAILABLE, "The artifact store can't be reached.")


def code_in(text: str) -> str | None:
    """The error code in an answer of S3 or Azure."""
    match = re.search(r"<Code>(\w+)</Code>", text)
    return match[1] if match else None


def _no_bucket(text: str) -> bool:
    return "NoSuchBucket" in text or "ContainerNotFound" in text or "bucket does not exist" in text
