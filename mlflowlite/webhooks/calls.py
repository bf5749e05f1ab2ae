"""One call of a webhook's URL: headers, signature, answer.

No redirect is followed, no proxy or password of the server's environment is used, the answer is read
up to a limit, and a call ends at its deadline however slowly the other side goes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from typing import NamedTuple

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from mlflowlite import __version__
from mlflowlite.webhooks.connections import Adapter, Forbidden, bounded

MAX_ANSWER_BYTES = 64 * 1024
# A company's own certificate authority, by the variables that requests reads elsewhere.
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Answer(NamedTuple):
    """What the URL answered. `retry_after` is the header of that name."""

    status: int
    body: str
    retry_after: str | None


class CallError(Exception):
    """There was no answer; the text says why.

    `final`: another attempt can't go better. `late`: the time was up.
    """

    def __init__(self, text: str, *, final: bool = False, late: bool = False) -> None:
        super().__init__(text)
        self.final = final
        self.late = late


def call(
    url: str, body: str, *, delivery_id: str, secret: str, timeout: float, allow_private: bool
) -> Answer:
    """POST `body` to the URL, signed when there is a secret; at most `timeout` seconds in all.

    Raises CallError when there is no answer.
    """
    fields = headers(body, delivery_id, secret, int(time.time()))
    with bounded(timeout, allow_private) as bounds:
        try:
            answer = _post(url, body.encode(), fields, timeout)
        except Forbidden as error:
            text = f"The webhook's URL leads where webhooks may not go: {error}"
            raise CallError(text, final=True) from error
        except (HTTPError, OSError, ValueError) as error:  # those of requests are OSErrors
            if bounds.expired or isinstance(error, requests.Timeout):
                raise _late(timeout) from error
            about_url = isinstance(error, ValueError)
            raise CallError(f"The call failed: {_reason(error)}", final=about_url) from error
        if bounds.expired:
            raise _late(timeout)  # what ended the body was we
        return answer


def headers(body: str, delivery_id: str, secret: str, timestamp: int) -> dict[str, str]:
    """The headers of a call (`semantics.md` §13.3); `timestamp` in seconds since the epoch."""
    fields = {
        "Content-Type": "application/json",
        "User-Agent": f"mlflowlite/{__version__}",
        "Accept-Encoding": "identity",  # an answer of known size, however it unpacks
        "Connection": "close",
        "X-MLflow-Delivery-Id": delivery_id,
        "X-MLflow-Timestamp": str(timestamp),
    }
    if secret:
        signed = f"{delivery_id}.{timestamp}.{body}".encode()
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        fields["X-MLflow-Signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return fields


def _post(url: str, body: bytes, fields: dict[str, str], timeout: float) -> Answer:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = next(filter(None, map(os.environ.get, _AUTHORITIES)), True)
        for scheme in ("http://", "https://"):
            session.mount(scheme, Adapter())
        with session.post(
            url, data=body, headers=fields, timeout=timeout, allow_redirects=False, stream=True
        ) as answer:
            content = answer.raw.read(MAX_ANSWER_BYTES, decode_content=False)
            return Answer(
                answer.status_code, _text(content, answer.encoding), answer.headers.get("Retry-After")
            )


def _text(content: bytes, encoding: str | None) -> str:
    """The body in the encoding that it claims, if that is one; whatever can't be sent on is replaced."""
    try:
        text = content.decode(encoding or "utf-8", errors="replace")
    except (LookupError, ValueError):
        text = content.decode(errors="replace")
    return text.encode(errors="replace").decode()


def _late(timeout: float) -> CallError:
    return CallError(f"There was no answer within {timeout:g} seconds", late=True)


def _reason(error: BaseException) -> str:
    """The innermost cause in one printable line; the outer ones repeat the URL and memory addresses."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if isinstance(error, NewConnectionError):
            inner = error.__cause__
        if not isinstance(inner, BaseException):
            break
        error = inner
    text = str(error).rpartition(">: ")[2] or type(error).__name__
    return "".join(char if char.isprintable() else " " for char in text).strip() or type(error).__name__
