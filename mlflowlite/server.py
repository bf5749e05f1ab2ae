"""The server process: gunicorn around the application.

The application is loaded before gunicorn forks its workers, which then share its memory. Connections
are opened after the fork only.
"""

from __future__ import annotations

import shlex
import sys
from typing import Any

import gunicorn.app.base
from gunicorn.config import Config

from mlflowlite import __version__, db
from mlflowlite.app import App, create_app
from mlflowlite.artifacts.places import Places
from mlflowlite.db import migrate
from mlflowlite.errors import StartupError
from mlflowlite.settings import Settings
from mlflowlite.store.experiments import ensure_default_experiment

# Clients keep their connection; a training step of a minute between two requests should not cost one.
KEEP_ALIVE_SECONDS = 75


class Server(gunicorn.app.base.BaseApplication):
    """gunicorn, configured from our settings and then from `--gunicorn-opts`."""

    cfg: Config

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def init(self, parser: Any, opts: Any, args: Any) -> None:
        """Nothing to read: gunicorn's own command line is not used."""

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        ours = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": "gthread",
            "preload_app": True,
            "keepalive": KEEP_ALIVE_SECONDS,
            "loglevel": "warning",
            "proc_name": "mlflowlite",
            "when_ready": lambda _: print(_banner(settings), file=sys.stderr, flush=True),
        }
        for name, value in ours.items():
            self.cfg.set(name, value)
        for name, value in _gunicorn_options(self.cfg, settings.gunicorn_opts).items():
            self.cfg.set(name, value)

    def load(self) -> App:
        return create_app(self._settings)


def serve(settings: Settings) -> None:
    """Make the database ready, check the artifact store, and serve until stopped.

    Raises StartupError when something the server needs is not there.
    """
    prepare(settings)
    Server(settings).run()


def prepare(settings: Settings) -> None:
    """Everything that must be in order before the first request."""
    places = Places(settings)
    database = db.connect(settings.backend_store_uri, synchronous=settings.sqlite_synchronous)
    try:
        migrate.prepare(database)
        ensure_default_experiment(database, places.root)
    except StartupError:
        raise
    except Exception as error:
        raise StartupError(f"The {database.describe()} can't be used: {error}") from error
    finally:
        database.close()
    if places.proxied is not None and settings.check_artifacts:
        places.proxied.check()
        places.proxied.sweep()


def _gunicorn_options(config: Config, text: str) -> dict[str, Any]:
    """`--gunicorn-opts` as settings. gunicorn itself exits with code 2 and its usage on a wrong one."""
    if not text:
        return {}
    given = vars(config.parser().parse_args(shlex.split(text)))
    given.pop("args", None)
    return {name: value for name, value in given.items() if value is not None}


def _banner(settings: Settings) -> str:
    database = db.connect(
        settings.backend_store_uri,
        pool_size=settings.database_pool_size,
        synchronous=settings.sqlite_synchronous,
    )
    host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::") else settings.host  # noqa: S104
    artifacts = settings.artifacts_destination if settings.serve_artifacts else "not served"
    return (
        f"mlflowlite {__version__} listens on {settings.host}:{settings.port} "
        f"({settings.workers} workers, {settings.threads} threads each)\n"
        f"  database   {database.describe()}\n"
        f"  artifacts  {artifacts}\n"
        f"  clients    export MLFLOW_TRACKING_URI=http://{host}:{settings.port}{settings.static_prefix}"
    )
