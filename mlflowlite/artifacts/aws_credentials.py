"""The credentials that obstore uses for S3, for the one thing that it can't do: sign the URL of a part.

obstore keeps its credentials to itself, so this walks the same chain in the same order: the profile or
environment, a web identity (EKS), the container's service (ECS, EKS Pod Identity), the machine's (EC2).
"""

from __future__ import annotations

import html
import os
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlflowlite.errors import PERMISSION_DENIED, MlflowError

_TIMEOUTS = (2, 10)  # seconds to connect and to wait; the services are next door
_CONTAINER_HOST = "http://169.254.170.2"
_RENEW_SECONDS = 5 * 60  # before the end


@dataclass(frozen=True)
class Credentials:
    """A key pair; `expires` is None for one that is good until somebody changes it."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expires: float | None = None


class CredentialChain:
    """Credentials for one bucket, fetched when first needed and renewed before they end."""

    def __init__(self, config: Mapping[str, Any], region: str) -> None:
        self._config = config
        self._region = region
        self._lock = threading.Lock()
        self._current: Credentials | None = None

    def get(self) -> Credentials:
        """Raises a 403 when no link of the chain has any."""
        with self._lock:
            current = self._current
            if current is None or (
                current.expires is not None and current.expires - _RENEW_SECONDS < time.time()
            ):
                current = self._current = self._find(os.environ)
            return current

    def _find(self, env: Mapping[str, str]) -> Credentials:
        if "access_key_id" in self._config and "secret_access_key" in self._config:
            return Credentials(
                self._config["access_key_id"],
                self._config["secret_access_key"],
                self._config.get("session_token"),
            )
        if "AWS_ACCESS_KEY_ID" in env and "AWS_SECRET_ACCESS_KEY" in env:
            return Credentials(
                env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN")
            )
        import requests

        try:
            if "AWS_WEB_IDENTITY_TOKEN_FILE" in env and "AWS_ROLE_ARN" in env:
                return self._of_web_identity(env)
            if "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" in env:
                return _of_container(
                    f"http://169.254.170.2{env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']}", env
                )
            if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in env:
                return _of_container(env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], env)
            return _of_machine(env)
        except (requests.RequestException, OSError, KeyError, ValueError) as error:
            raise MlflowError(
                PERMISSION_DENIED,
                "The server has no credentials for the artifact store, or can't renew them.",
            ) from error

    def _of_web_identity(self, env: Mapping[str, str]) -> Credentials:
        endpoint = env.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{self._region}.amazonaws.com"
        answer = _ask(
            "POST",
            endpoint,
            data={
                "Action": "AssumeRoleWithWebIdentity",
                "Version": "2011-06-15",
                "RoleArn": env["AWS_ROLE_ARN"],
                "RoleSessionName": env.get("AWS_ROLE_SESSION_NAME", "WebIdentitySession"),
                "WebIdentityToken": Path(env["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text().strip(),
            },
        )
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        return _temporary(
            dict(zip(names, (_tag(answer.text, name) for name in names), strict=True)), "SessionToken"
        )


def _of_container(url: str, env: Mapping[str, str]) -> Credentials:
    token = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" in env:
        token = Path(env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]).read_text().strip()
    return _temporary(_ask("GET", url, headers={"Authorization": token} if token else {}).json(), "Token")


def _of_machine(env: Mapping[str, str]) -> Credentials:
    base = (
        env.get("AWS_METADATA_ENDPOINT")  # obstore's name for it
        or env.get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
        or "http://169.254.169.254"
    ).rstrip("/")
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "600"}
    session = {"X-aws-ec2-metadata-token": _ask("PUT", f"{base}/latest/api/token", headers=lifetime).text}
    roles = f"{base}/latest/meta-data/iam/security-credentials/"
    role = _ask("GET", roles, headers=session).text.strip()
    return _temporary(_ask("GET", roles + role, headers=session).json(), "Token")


def _temporary(found: Mapping[str, str], token: str) -> Credentials:
    ends = datetime.fromisoformat(found["Expiration"].replace("Z", "+00:00"))
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found[token], ends.timestamp())


def _ask(method: str, url: str, **more: Any) -> Any:
    import requests

    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between a machine and its own services
        answer = session.request(method, url, timeout=_TIMEOUTS, allow_redirects=False, **more)
    answer.raise_for_status()
    return answer


def _tag(text: str, name: str) -> str:
    match = re.search(rf"<{name}>([^<]*)</{name}>", text)
    if not match:
        raise KeyError(name)
    return html.unescape(match[1])
