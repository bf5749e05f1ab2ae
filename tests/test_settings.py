"""The table of options (`mlflowlite.settings`), and the databases that the first of them may name."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from mlflowlite.db import connect
from mlflowlite.errors import StartupError
from mlflowlite.settings import Settings, options

ROOT = Path(__file__).parent.parent


def test_every_setting_is_an_option() -> None:
    """Each has a flag, a variable of its own, a sentence of help, and a default that its type fits."""
    table = options()
    assert [option.name for option in table] == [item.name for item in dataclasses.fields(Settings)]
    assert len({option.flag for option in table}) == len({option.env for option in table}) == len(table)
    for option in table:
        assert option.flag == "--" + option.name.replace("_", "-")
        assert option.env.startswith(("MLFLOW_", "MLFLOWLITE_"))
        assert option.help.endswith(".")
        assert "|" not in option.help, "the README's table"
        assert option.default is None or isinstance(option.default, option.kind)


def test_names_are_those_of_the_stock_server() -> None:
    """A unit file for `mlflow server` needs one word changed: these options keep name and variable."""
    stock = {
        "backend_store_uri": "MLFLOW_BACKEND_STORE_URI",
        "registry_store_uri": "MLFLOW_REGISTRY_STORE_URI",
        "default_artifact_root": "MLFLOW_DEFAULT_ARTIFACT_ROOT",
        "artifacts_destination": "MLFLOW_ARTIFACTS_DESTINATION",
        "serve_artifacts": "MLFLOW_SERVE_ARTIFACTS",
        "artifacts_only": "MLFLOW_ARTIFACTS_ONLY",
        "host": "MLFLOW_HOST",
        "port": "MLFLOW_PORT",
        "workers": "MLFLOW_WORKERS",
        "static_prefix": "MLFLOW_STATIC_PREFIX",
        "gunicorn_opts": "MLFLOW_GUNICORN_OPTS",
        "allowed_hosts": "MLFLOW_SERVER_ALLOWED_HOSTS",
        "cors_allowed_origins": "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS",
        "x_frame_options": "MLFLOW_SERVER_X_FRAME_OPTIONS",
        "disable_security_middleware": "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE",
    }
    assert stock.items() <= {option.name: option.env for option in options()}.items()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"registry_store_uri": "sqlite:///b.db"}, "--registry-store-uri differs"),
        ({"static_prefix": "x"}, "must begin with a '/'"),
        ({"static_prefix": "/x/"}, "must not end with a '/'"),
        ({"public_url": "mlflow.example.com"}, "--public-url must look like https://HOST"),
        ({"public_url": "https://mlflow.example.com/"}, "--public-url must look like https://HOST"),
        ({"public_url": "https://user@h"}, "--public-url must look like https://HOST"),
        ({"public_url": "https://h/x?y"}, "--public-url must look like https://HOST"),
        ({"public_url": "ftp://h"}, "--public-url must look like https://HOST"),
        ({"static_prefix": "/"}, "must not end with a '/'"),
        ({"artifacts_only": True, "serve_artifacts": False}, "leave nothing to serve"),
    ],
)
def test_combinations_that_can_not_work(given: dict[str, object], sentence: str) -> None:
    """They are refused at start, in words for the operator."""
    with pytest.raises(StartupError, match=sentence):
        Settings(**given)  # type: ignore[arg-type]


def test_combinations_that_work() -> None:
    """The registry's URI may be repeated or empty; a prefix may have several parts."""
    Settings(backend_store_uri="sqlite:///a.db", registry_store_uri="sqlite:///a.db")
    Settings(registry_store_uri="", static_prefix="/a/b", artifacts_only=True)


def test_the_readme_lists_the_options() -> None:
    """The table in README.md is the one that docs/options.py makes."""
    subprocess.run(
        [sys.executable, "docs/options.py", "--check"], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True
    )


@pytest.mark.parametrize(
    "uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:", "sqlite:///?x=1"]
)
def test_sqlite_needs_a_file(uri: str) -> None:
    """A database in memory would be another one in each process."""
    with pytest.raises(StartupError, match="names no file"):
        connect(uri)


@pytest.mark.parametrize("uri", ["mysql://u:secret@h/d", "mssql+pyodbc://h", "./mlruns", "", "http://x"])
def test_other_databases_are_refused(uri: str) -> None:
    """The error names what is supported, and no password."""
    with pytest.raises(StartupError, match="not supported: give sqlite:///") as caught:
        connect(uri)
    assert "secret" not in str(caught.value)


def test_postgres_describes_itself_without_its_password() -> None:
    """The words for the log hold no secret."""
    assert connect("postgresql://u:secret@h/d", pool_size=3).describe() == (
        "PostgreSQL database h/d (up to 3 connections per worker)"
    )


@pytest.mark.parametrize("uri", ["postgresql://h/d?nonsense=1", "postgres:///d?port", "postgresql://[h/d"])
def test_postgres_uris_are_checked_at_once(uri: str) -> None:
    """A mistyped URI is an error at start."""
    with pytest.raises(StartupError, match="not a valid PostgreSQL URI"):
        connect(uri)
