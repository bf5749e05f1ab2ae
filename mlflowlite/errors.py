"""The errors of the protocol: every code, its HTTP status, and the one exception that carries them.

Raised close to the cause (mostly in the stores), rendered in exactly one place
(`mlflowlite.wire.http`). Codes and statuses: `wire.md` §5.2.
"""

from __future__ import annotations

from typing import Final

INTERNAL_ERROR: Final = "INTERNAL_ERROR"
INVALID_PARAMETER_VALUE: Final = "INVALID_PARAMETER_VALUE"
BAD_REQUEST: Final = "BAD_REQUEST"
RESOURCE_ALREADY_EXISTS: Final = "RESOURCE_ALREADY_EXISTS"
RESOURCE_DOES_NOT_EXIST: Final = "RESOURCE_DOES_NOT_EXIST"
ENDPOINT_NOT_FOUND: Final = "ENDPOINT_NOT_FOUND"
PERMISSION_DENIED: Final = "PERMISSION_DENIED"
FEATURE_DISABLED: Final = "FEATURE_DISABLED"
INVALID_STATE: Final = "INVALID_STATE"
NOT_IMPLEMENTED: Final = "NOT_IMPLEMENTED"
TEMPORARILY_UNAVAILABLE: Final = "TEMPORARILY_UNAVAILABLE"

# Codes that are missing here answer 500, as upstream does.
HTTP_STATUS: Final[dict[str, int]] = {
    INVALID_PARAMETER_VALUE: 400,
    BAD_REQUEST: 400,
    RESOURCE_ALREADY_EXISTS: 400,
    "UNAUTHENTICATED": 401,
    "CUSTOMER_UNAUTHORIZED": 401,
    PERMISSION_DENIED: 403,
    RESOURCE_DOES_NOT_EXIST: 404,
    "NOT_FOUND": 404,
    ENDPOINT_NOT_FOUND: 404,
    "ABORTED": 409,
    "RESOURCE_CONFLICT": 409,
    "ALREADY_EXISTS": 409,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    NOT_IMPLEMENTED: 501,
    TEMPORARILY_UNAVAILABLE: 503,
    "DEADLINE_EXCEEDED": 504,
}


class MlflowError(Exception):
    """A request's failure as the client sees it: an `error_code` of the protocol and a message."""

    def __init__(self, error_code: str, message: str) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.message = message

    @property
    def http_status(self) -> int:
        return HTTP_STATUS.get(self.error_code, 500)


def invalid(message: str) -> MlflowError:
    """A 400 `INVALID_PARAMETER_VALUE`: the request itself is at fault."""
    return MlflowError(INVALID_PARAMETER_VALUE, message)


def missing(message: str) -> MlflowError:
    """A 404 `RESOURCE_DOES_NOT_EXIST`: the thing named in the request is not there."""
    return MlflowError(RESOURCE_DOES_NOT_EXIST, message)


def taken(message: str) -> MlflowError:
    """A 400 `RESOURCE_ALREADY_EXISTS`: the name is in use."""
    return MlflowError(RESOURCE_ALREADY_EXISTS, message)


def bad_request(message: str) -> MlflowError:
    """A 400 `BAD_REQUEST`: the request contradicts what is stored."""
    return MlflowError(BAD_REQUEST, message)


def first_line(error: BaseException) -> str:
    """What an exception of a library says, without the explanations that follow below it."""
    return str(error).strip().partition("\n")[0].rstrip(" :")


class StartupError(Exception):
    """The server can't start: one plain sentence for the operator, exit code 2."""
