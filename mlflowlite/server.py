"""The server process: gunicorn around the application.

The application is loaded before gunicorn forks its workers, which then share its memory. Connections
are opened after the fork only.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

import gunicorn.app.base
from gunicorn.config import Config

from mlflowlite import __version__, db
from mlflowlite.api.context import Context
from mlflowlite.app import create_app
from mlflowlite.artifacts.places import Places
from mlflowlite.db import migrate
from mlflowlite.errors import MlflowError, StartupError, first_line
from mlflowlite.settings import Settings
from mlflowlite.store.experiments import ensure_default_experiment
from mlflowlite.webhooks.dispatcher import Dispatcher

# Clients keep their connection; a training step of a minute between two requests should not cost one.
KEEP_ALIVE_SECONDS = 75
# Searches of the registry carry their filter in the URL; gunicorn takes no longer ones.
REQUEST_LINE_BYTES = 8190
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# How long a process that is asked to end waits for the webhook calls it has begun.
WEBHOOK_PATIENCE_SECONDS = 5.0


class Server(gunicorn.app.base.Application):
    """gunicorn around the application, with a configuration that is complete and checked already."""

    def __init__(self, settings: Settings, config: Config) -> None:
        self._settings = settings
        self._config = config
        super().__init__()

    def load_default_config(self) -> None:
        self.cfg = self._config

    def load_config(self) -> None:
        """Nothing to read: gunicorn's own command line and files are not used."""

    def load(self) -> Any:
        return create_app(self._settings)


def serve(settings: Settings) -> None:
    """Make the database ready, check the artifact store, and serve until stopped.

    Raises StartupError when something the server needs is not there.
    """
    config = configure(settings)
    check_addresses(config)
    prepare(settings)
    _let_new_workers_end()
    Server(settings, config).run()


def configure(settings: Settings) -> Config:
    """gunicorn's configuration: our settings, then `--gunicorn-opts`.

    Raises StartupError for an option that gunicorn does not know or take.
    """
    config = Config(prog="mlflowlite server")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    ours = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "gthread",
        "preload_app": True,
        "keepalive": KEEP_ALIVE_SECONDS,
        "limit_request_line": REQUEST_LINE_BYTES,
        # gunicorn believes X-Forwarded-Proto from this machine untold; signed URLs are made from it.
        "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", ""),
        # A control socket in the user's home directory would be shared by all servers of the user.
        "control_socket_disable": True,
        "loglevel": "warning",
        "proc_name": "mlflowlite",
        "when_ready": lambda arbiter: _begin(settings, arbiter),
        "post_worker_init": lambda worker: _dispatcher(worker).start(),
        "worker_exit": lambda _, worker: _end(worker),
    }
    for name, value in ours.items():
        if name in config.settings:  # releases of gunicorn differ
            config.set(name, value)
    try:
        for name, value in _gunicorn_options(config, settings.gunicorn_opts).items():
            config.set(name, value)
        _ = config.worker_class, config.address  # both are worked out here
    except StartupError:
        raise
    except Exception as error:
        raise StartupError(f"--gunicorn-opts: {first_line(error)}") from error
    return config


def check_addresses(config: Config) -> None:
    """Raises StartupError for an address that can't be had; gunicorn itself would try for five seconds."""
    if config.reuse_port or "GUNICORN_FD" in os.environ or "LISTEN_FDS" in os.environ:
        return  # shared on purpose, or handed down by another process
    for address in config.address:
        if not isinstance(address, tuple):
            continue
        host, port = address
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StartupError(
                    f"Port {port} on {host} is in use: stop the program that has it, or give another --port."
                ) from error
            raise StartupError(
                f"The server can't listen on {host}, port {port}: {error.strerror}."
            ) from error


def prepare(settings: Settings) -> None:
    """Everything that must be in order before the first request."""
    try:
        places = Places(settings)
    except MlflowError as error:
        raise StartupError(error.message) from error
    database = db.connect(settings.backend_store_uri, synchronous=settings.sqlite_synchronous)
    try:
        migrate.prepare(database)
        ensure_default_experiment(database, places.root)
    except StartupError:
        raise
    except Exception as error:
        raise StartupError(f"The {database.describe()} can't be used: {first_line(error)}") from error
    finally:
        database.close()
    if places.proxied is not None and settings.check_artifacts:
        places.proxied.check()
        places.proxied.sweep()


def _gunicorn_options(config: Config, text: str) -> dict[str, Any]:
    """`--gunicorn-opts` as settings."""
    if not text:
        return {}

    def refuse(message: str) -> NoReturn:
        raise StartupError(f"--gunicorn-opts: {message}")

    parser = config.parser()
    parser.error = refuse  # type: ignore[method-assign]
    try:
        given = vars(parser.parse_args(shlex.split(text)))
    except ValueError as error:
        refuse(f"{error}: {text}")
    if given.pop("args", None):
        refuse(f"options only, please; the application is not yours to name: {text}")
    if given.get("config") is not None:
        refuse("a configuration file is not read; give its settings as options")
    return {name: value for name, value in given.items() if value is not None}


def _let_new_workers_end() -> None:
    """Have a worker that is told to end while it is being started end.

    It would otherwise inherit the arbiter's handler, which does nothing in a worker, and be waited for
    until gunicorn loses patience, half a minute later.
    """

    def unblock() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def in_worker() -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)  # until gunicorn sets the worker's own
        unblock()

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS),
        after_in_parent=unblock,
        after_in_child=in_worker,
    )


def _begin(settings: Settings, arbiter: Any) -> None:
    """What remains to be done when the sockets are open and no worker runs yet."""
    for listener in arbiter.LISTENERS:
        _set_timeouts(listener.sock, settings.client_timeout)
    print(_banner(settings, arbiter), file=sys.stderr, flush=True)


def _dispatcher(worker: Any) -> Dispatcher:
    context: Context = worker.app.wsgi().config["mlflowlite"]
    return context.dispatcher


def _end(worker: Any) -> None:
    """Let running webhook calls end; those that don't are made again by another process."""
    # gunicorn calls this in its main process, too, when a worker is gone; those to come are forked from it.
    if worker.pid == os.getpid() and worker.app.callable is not None:
        _dispatcher(worker).stop(WEBHOOK_PATIENCE_SECONDS)


def _set_timeouts(listener: socket.socket, seconds: int) -> None:
    """Bound how long a silent client can hold a thread: gunicorn itself would wait for ever.

    Connections inherit these options from the socket that accepts them.
    """
    interval = struct.pack("ll", seconds, 0)  # a struct timeval
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, interval)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, interval)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _banner(settings: Settings, arbiter: Any) -> str:
    database = db.connect(
        settings.backend_store_uri,
        pool_size=settings.database_pool_size,
        synchronous=settings.sqlite_synchronous,
    )
    addresses = [str(listener) for listener in arbiter.LISTENERS]
    url = re.sub(r"//(127\.0\.0\.1|0\.0\.0\.0|\[::\])(?=:)", "//localhost", addresses[0])
    artifacts = settings.artifacts_destination if settings.serve_artifacts else "not served"
    return (
        f"mlflowlite {__version__} listens on {', '.join(addresses)} "
        f"({arbiter.cfg.workers} workers, {arbiter.cfg.threads} threads each)\n"
        f"  database   {database.describe()}\n"
        f"  artifacts  {artifacts}\n"
        f"  clients    export MLFLOW_TRACKING_URI={url}{settings.static_prefix}"
    )
