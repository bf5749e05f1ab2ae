"""Connections to object stores: what a URI and the environment say, in the words of obstore.

The variables are those of the cloud's own tools and of `mlflow server`, so that a set-up that works
there works here. Reading them is all this module does; nothing connects before the first request.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from obstore.store import AzureStore, GCSStore, S3Store

from mlflowlite.artifacts import google_account
from mlflowlite.artifacts.google_account import ServiceAccount
from mlflowlite.errors import StartupError, invalid

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, GCSConfig, RetryConfig, S3Config

    Client = AzureStore | GCSStore | S3Store

# Seconds of silence after which a store is given up, so that clients, who wait for 120, get an answer.
# obstore counts the time that it takes to send a part, so much less would end uploads over slow lines.
_SILENCE = 100
_RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_AZURE_HOST = re.compile(
    r"([a-z0-9]+)\.(?:blob|dfs)\.(core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net))"
)


@dataclass(frozen=True)
class Bucket:
    """A connection, shared by all stores in the same bucket, and the folders known to be no files.

    `unfit` are the characters that names can't have there. `service_account` is Google's, where its key is
    at hand to sign with.
    """

    name: str
    client: Client
    unfit: str = ""
    service_account: ServiceAccount | None = None
    folders: set[str] = field(default_factory=set)


@lru_cache(maxsize=64)
def connect(scheme: str, netloc: str) -> Bucket:
    """The bucket or container that the first half of a URI names."""
    env = os.environ
    if not netloc:
        raise invalid(f"A {scheme}: URI has to name a bucket, as in {scheme}://bucket/folder.")
    if scheme in ("s3", "s3a"):
        return Bucket(netloc, _s3(_plain_name(netloc), env))
    if scheme == "gs":
        client = _gcs(_plain_name(netloc), env)
        return Bucket(netloc, client, service_account=google_account.find(env))
    # Azure makes a slash of each backslash, so the name would not be the one that was given.
    return Bucket(netloc, _azure(netloc, env), unfit="\\")


def _plain_name(netloc: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+", netloc):
        raise invalid(f"'{netloc}' is not the name of a bucket.")
    return netloc


def _s3(bucket: str, env: Mapping[str, str]) -> S3Store:
    profile = _aws_profile(env)
    endpoint = (
        env.get("MLFLOW_S3_ENDPOINT_URL") or env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL")
    )
    config: S3Config = {
        "region": env.get("AWS_REGION")
        or env.get("AWS_DEFAULT_REGION")
        or profile.get("region")
        or "us-east-1",
        "virtual_hosted_style_request": not endpoint
        and env.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE") == "virtual",
    }
    if endpoint:
        config["endpoint"] = endpoint.rstrip("/")
    if "aws_access_key_id" in profile and "aws_secret_access_key" in profile:
        config["access_key_id"] = profile["aws_access_key_id"]
        config["secret_access_key"] = profile["aws_secret_access_key"]
        if "aws_session_token" in profile:
            config["session_token"] = profile["aws_session_token"]
    options = _client_options(endpoint, env, env.get("AWS_CA_BUNDLE"))
    if env.get("MLFLOW_S3_IGNORE_TLS", "").lower() in ("true", "1"):
        options["allow_invalid_certificates"] = True
    return S3Store(bucket, config=config, client_options=options, retry_config=_RETRIES)


def _aws_profile(env: Mapping[str, str]) -> dict[str, str]:
    """The chosen profile of `~/.aws`; obstore reads only the environment, which goes first."""
    if "AWS_ACCESS_KEY_ID" in env and "AWS_PROFILE" not in env:
        return {}
    name = env.get("AWS_PROFILE", "default")
    found: dict[str, str] = {}
    for variable, file, section in (
        ("AWS_CONFIG_FILE", "~/.aws/config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", name),
    ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(Path(env.get(variable, file)).expanduser())
        except (configparser.Error, OSError, UnicodeDecodeError) as error:
            raise StartupError(f"The AWS settings in {env.get(variable, file)} can't be read.") from error
        if parser.has_section(section):
            found.update(parser.items(section))
    return found


def _azure(netloc: str, env: Mapping[str, str]) -> AzureStore:
    """`container@account.blob.core.windows.net`, or a bare container of the account in the environment."""
    container, _, host = netloc.partition("@")
    config: AzureConfig = {"container_name": _plain_name(container)}
    settings = dict(
        part.split("=", 1)
        for part in env.get("AZURE_STORAGE_CONNECTION_STRING", "").split(";")
        if "=" in part
    )
    names: dict[str, str] = {
        "AccountName": "account_name",
        "AccountKey": "account_key",
        "SharedAccessSignature": "sas_key",
        "BlobEndpoint": "endpoint",
    }
    cast("dict[str, Any]", config).update(
        {ours: settings[theirs] for theirs, ours in names.items() if theirs in settings}
    )
    if host:
        match = _AZURE_HOST.fullmatch(host.lower())
        if not match:
            raise invalid(f"'{host}' is not the host of an Azure storage account.")
        config["account_name"] = match[1]
        config.setdefault("endpoint", f"https://{match[1]}.blob.{match[2]}")
    options = _client_options(config.get("endpoint"), env)
    return AzureStore(config=config, client_options=options, retry_config=_RETRIES)


def _gcs(bucket: str, env: Mapping[str, str]) -> GCSStore:
    """The credentials are found by obstore, in the places where Google's own tools look for them."""
    config: GCSConfig = {}
    endpoint = env.get("STORAGE_EMULATOR_HOST")
    if endpoint:
        endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
        config["base_url"] = endpoint.rstrip("/")
    return GCSStore(
        bucket, config=config, client_options=_client_options(endpoint, env), retry_config=_RETRIES
    )


def _client_options(
    endpoint: str | None, env: Mapping[str, str], ca_bundle: str | None = None
) -> ClientConfig:
    """A silent connection is given up; one that moves may take as long as a big file takes."""
    options: ClientConfig = {
        "connect_timeout": "5s",
        "read_timeout": f"{_silence(env)}s",
        "timeout": "7days",
    }
    if endpoint and urlsplit(endpoint).scheme == "http":
        options["allow_http"] = True
    if ca_bundle:
        try:
            options["root_certificate"] = Path(ca_bundle).read_bytes()
        except OSError as error:
            raise StartupError(f"The file in AWS_CA_BUNDLE, {ca_bundle}, can't be read.") from error
    return options


def _silence(env: Mapping[str, str]) -> int:
    given = env.get("MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT", "").strip()
    if not given:
        return _SILENCE
    if not given.isdecimal() or not 0 < int(given) <= 86_400:
        raise StartupError(
            "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT has to be a number of seconds from 1 to 86400, "
            f"got {given!r}."
        )
    return int(given)
