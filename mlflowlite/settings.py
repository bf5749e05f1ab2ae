"""The server's options, as one typed table.

Every field of `Settings` is an option: its flag is the field's name with dashes, its environment
variable and help text stand beside it. The command line, the README's table and the checks are made
from this table; names and variables are those of `mlflow server` wherever the thing exists there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mlflowlite.errors import StartupError

_PUBLIC_URL = re.compile(r"https?://[^/?#@\s\\]+(/[^/?#\s\\]+)*")


def _option(default: Any, env: str, help: str, **more: Any) -> Any:  # noqa: A002 as click names it
    return field(default=default, metadata={"env": env, "help": help, **more})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a server process is told at start; nothing reads the environment after that."""

    backend_store_uri: str = _option(
        "sqlite:///mlflowlite.db",
        "MLFLOW_BACKEND_STORE_URI",
        "Database of experiments, runs and models: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    registry_store_uri: str | None = _option(
        None,
        "MLFLOW_REGISTRY_STORE_URI",
        "Accepted for compatibility; must equal the backend store, which holds the registry too.",
    )
    artifacts_destination: str = _option(
        "./mlartifacts",
        "MLFLOW_ARTIFACTS_DESTINATION",
        "Where the server keeps the artifacts it serves: a folder, s3://BUCKET/PATH, gs://BUCKET/PATH, "
        "or an Azure container.",
    )
    default_artifact_root: str | None = _option(
        None,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT",
        "Where artifacts of new experiments live, as clients see it. Default: mlflow-artifacts:/ "
        "(through this server), or ./mlruns with --no-serve-artifacts.",
    )
    serve_artifacts: bool = _option(
        True,
        "MLFLOW_SERVE_ARTIFACTS",
        "Pass artifacts through this server (clients need no credentials), or let clients reach the store.",
    )
    artifacts_only: bool = _option(
        False,
        "MLFLOW_ARTIFACTS_ONLY",
        "Serve artifacts and nothing else.",
    )
    allowed_host_addressed_artifact_schemes: str = _option(
        "",
        "MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES",
        "Comma-separated schemes, such as sftp, whose artifact locations clients may put on any host.",
    )
    create_model_version_source_validation_regex: str | None = _option(
        None,
        "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX",
        "Regular expression that the source of a new model version must match.",
    )
    webhook_allowed_schemes: str = _option(
        "https",
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES",
        "Comma-separated schemes that the URL of a webhook may have; http,https for a trusted network.",
    )
    webhook_allow_private_ips: bool = _option(
        False,
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS",
        "Let webhooks call private, link-local and loopback addresses, so whatever this machine can reach.",
    )
    webhook_secret_encryption_key: str | None = _option(
        None,
        "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY",
        "Key that encrypts the secrets of webhooks in the database: 32 random bytes as base64url. Use the "
        "variable: other users of the machine can see a flag. Default: a key file beside a SQLite database; "
        "on PostgreSQL no secrets are taken without a key.",
    )
    webhook_request_timeout: int = _option(
        30, "MLFLOW_WEBHOOK_REQUEST_TIMEOUT", "Seconds that a webhook may take to answer.", low=1, high=3600
    )
    webhook_request_max_retries: int = _option(
        3,
        "MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES",
        "How often a webhook that fails is called again, after 1, 2, 4 ... 60 seconds.",
        low=0,
        high=100,
    )
    webhook_delivery_max_workers: int = _option(
        10,
        "MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS",
        "Webhooks that each process calls at once.",
        low=1,
        high=256,
    )
    webhook_keep_days: int = _option(
        30,
        "MLFLOWLITE_WEBHOOK_KEEP_DAYS",
        "Days that the log of webhook deliveries goes back.",
        low=1,
        high=36_500,
    )
    user_header: str = _option(
        "X-Forwarded-User",
        "MLFLOWLITE_USER_HEADER",
        "Header by which a proxy in front tells who the user is, for the history of the registry. Without "
        "it, the user name of HTTP basic authentication counts, unchecked.",
    )
    host: str = _option("127.0.0.1", "MLFLOW_HOST", "Address to listen on; 0.0.0.0 for all.", short="h")
    port: int = _option(5000, "MLFLOW_PORT", "Port to listen on.", short="p", low=0, high=65535)
    workers: int = _option(2, "MLFLOW_WORKERS", "Number of server processes.", short="w", low=1, high=256)
    threads: int = _option(
        32,
        "MLFLOWLITE_THREADS",
        "Requests each process works on at once; a slow upload or download holds one.",
        low=1,
        high=1024,
    )
    client_timeout: int = _option(
        120,
        "MLFLOWLITE_CLIENT_TIMEOUT",
        "Seconds that a client may stay silent in the middle of a request before it is dropped.",
        low=1,
        high=86_400,
    )
    static_prefix: str = _option(
        "", "MLFLOW_STATIC_PREFIX", "Path in front of every URL, for example /mlflow behind a proxy."
    )
    public_url: str | None = _option(
        None,
        "MLFLOWLITE_PUBLIC_URL",
        "What clients set as MLFLOW_TRACKING_URI, for example https://mlflow.example.com behind a proxy "
        "that terminates TLS: signed URLs start with it. Default: as in the request's Host header.",
    )
    gunicorn_opts: str = _option(
        "", "MLFLOW_GUNICORN_OPTS", "More options for gunicorn, for example '--timeout 180 --log-level info'."
    )
    allowed_hosts: str | None = _option(
        None,
        "MLFLOW_SERVER_ALLOWED_HOSTS",
        "Comma-separated Host headers to accept, with * as wildcard; * alone accepts all. Default: "
        "localhost and private addresses.",
    )
    cors_allowed_origins: str | None = _option(
        None,
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
        "Comma-separated origins of web pages that may call this server; * for all. Default: localhost.",
    )
    x_frame_options: str = _option(
        "SAMEORIGIN",
        "MLFLOW_SERVER_X_FRAME_OPTIONS",
        "X-Frame-Options header of every answer: SAMEORIGIN, DENY, or NONE to leave it out.",
    )
    disable_security_middleware: bool = _option(
        False,
        "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
        "Turn off the checks of Host and Origin and the security headers.",
    )
    database_pool_size: int = _option(
        8,
        "MLFLOWLITE_DATABASE_POOL_SIZE",
        "Largest number of PostgreSQL connections of each process.",
        low=1,
        high=1000,
    )
    sqlite_synchronous: str = _option(
        "full",
        "MLFLOWLITE_SQLITE_SYNCHRONOUS",
        "full: an acknowledged write survives a power cut; normal: it survives a crash of the process "
        "only, and small writes are faster.",
        choices=("full", "normal"),
    )
    check_artifacts: bool = _option(
        True,
        "MLFLOWLITE_CHECK_ARTIFACTS",
        "Check at start that the artifact store can be reached.",
    )

    @property
    def webhook_schemes(self) -> list[str]:
        """The schemes that the URL of a webhook may have."""
        return [name.strip().lower() for name in self.webhook_allowed_schemes.split(",") if name.strip()]

    def __post_init__(self) -> None:
        """Raises StartupError for a combination of options that can't work."""
        if self.registry_store_uri not in (None, "", self.backend_store_uri):
            raise StartupError(
                "--registry-store-uri differs from --backend-store-uri, but one database holds both: "
                "leave the option out."
            )
        if self.static_prefix and not self.static_prefix.startswith("/"):
            raise StartupError(f"--static-prefix must begin with a '/', got {self.static_prefix!r}.")
        if self.static_prefix.endswith("/"):
            raise StartupError(f"--static-prefix must not end with a '/', got {self.static_prefix!r}.")
        if self.public_url and not _PUBLIC_URL.fullmatch(self.public_url):
            raise StartupError(
                "--public-url must look like https://HOST[:PORT][/PATH], without query and without a '/' "
                f"at the end, got {self.public_url!r}."
            )
        try:
            re.compile(self.create_model_version_source_validation_regex or "")
        except re.error as error:
            raise StartupError(
                f"--create-model-version-source-validation-regex is no regular expression: {error}."
            ) from error
        if self.artifacts_only and not self.serve_artifacts:
            raise StartupError("--artifacts-only and --no-serve-artifacts together leave nothing to serve.")


@dataclass(frozen=True)
class Option:
    """One row of the table: what the command line and the docs need to know of it."""

    name: str
    flag: str
    env: str
    help: str
    default: Any
    kind: type
    details: Mapping[str, Any]


def options() -> list[Option]:
    """The table of options, in the order of `Settings`."""
    return [
        Option(
            name=item.name,
            flag="--" + item.name.replace("_", "-"),
            env=item.metadata["env"],
            help=item.metadata["help"],
            default=item.default,
            kind=type(item.default) if item.default is not None else str,
            details=item.metadata,
        )
        for item in fields(Settings)
    ]
