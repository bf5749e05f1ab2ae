"""The Flask application: wires settings, database, artifacts and the contract's endpoints together."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from werkzeug.routing import BaseConverter

from mlflowlite import db
from mlflowlite.api import bind
from mlflowlite.api.context import Context
from mlflowlite.artifacts.places import Places
from mlflowlite.errors import FEATURE_DISABLED, MlflowError
from mlflowlite.settings import Settings
from mlflowlite.webhooks.dispatcher import Dispatcher, Policy
from mlflowlite.webhooks.secrets import Secrets
from mlflowlite.wire.http import STATUS_LINES, Rpc, flask_response, render
from mlflowlite.wire.security import Guard

# Workspaces are off here. Clients send the header only when their user has set one (`endpoints.md` §15).
WORKSPACE_HEADER = "HTTP_X_MLFLOW_WORKSPACE"
NO_WORKSPACES = "Workspace APIs are not available: workspaces are not enabled on this server"


class AnyText(BaseConverter):
    """The rest of a URL whatever it holds, so that what is wrong with a path is said by who judges paths.

    The framework's own converter takes nothing that is empty, begins with a slash or holds a line break: it
    answers that there is no such page.
    """

    regex = r"[\s\S]*"
    part_isolating = False


class App(Flask):
    """A Flask application that answers RPCs at fixed paths before Flask has to look at them.

    Flask costs a third of a small request. An RPC whose path holds no variable needs none of what it
    does, so `wsgi_app` finds it in a dictionary; everything else takes the ordinary road.
    """

    def __init__(self, guard: Guard) -> None:
        super().__init__("mlflowlite", static_folder=None)
        self.guard = guard
        self.rpcs: dict[tuple[str, str], Rpc] = {}
        # A path with doubled or trailing slashes is another path, not a redirect (`wire.md` §1).
        self.url_map.merge_slashes = False
        self.url_map.strict_slashes = True
        self.url_map.converters["path"] = AnyText

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("//"):
            # Werkzeug would read it so anyway: the guard and the dictionary must see the same path.
            environ["PATH_INFO"] = "/" + environ["PATH_INFO"].lstrip("/")
        refusal = self.guard.refusal(environ)
        if refusal is not None:
            refused = Response(refusal, 403, self.guard.headers, mimetype="text/plain")
            return refused(environ, start_response)
        if WORKSPACE_HEADER in environ and _needs_workspaces(environ):
            return _no_workspaces(self.guard)(environ, start_response)
        rpc = self.rpcs.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if rpc is None or "HTTP_ORIGIN" in environ:
            return super().wsgi_app(environ, start_response)
        answer = rpc(environ)
        headers = [("Content-Type", "application/json"), *self.guard.headers, *answer.headers]
        body = answer.body
        if isinstance(body, bytes):
            headers.append(("Content-Length", str(len(body))))
            body = iter((body,))
        start_response(STATUS_LINES[answer.status], headers)
        return body


def create_app(settings: Settings) -> App:
    """The WSGI application of one server process. The database must be ready (`mlflowlite.db.migrate`)."""
    app = App(Guard(settings))
    context = _make_context(settings)
    bind(app, context)
    _add_workspace_paths(app, settings.static_prefix)
    _add_response_headers(app)
    app.register_error_handler(Exception, _render_error)
    app.config["mlflowlite"] = context
    return app


def _make_context(settings: Settings) -> Context:
    database = db.connect(
        settings.backend_store_uri,
        pool_size=settings.database_pool_size,
        synchronous=settings.sqlite_synchronous,
    )
    secrets = Secrets(settings.webhook_secret_encryption_key, database.beside("webhook.key"))
    policy = Policy(
        timeout=settings.webhook_request_timeout,
        max_retries=settings.webhook_request_max_retries,
        max_workers=settings.webhook_delivery_max_workers,
        allow_private=settings.webhook_allow_private_ips,
        keep_days=settings.webhook_keep_days,
    )
    return Context(
        settings=settings,
        db=database,
        places=Places(settings),
        secrets=secrets,
        dispatcher=Dispatcher(database, secrets, policy),
    )


def _render_error(error: Exception) -> Any:
    from werkzeug.exceptions import HTTPException

    # Unknown paths and wrong methods keep Flask's own HTML: clients tell them apart by that (`wire.md` §5.1).
    return error if isinstance(error, HTTPException) else flask_response(render(error))


def _needs_workspaces(environ: dict[str, Any]) -> bool:
    """Whether a request asks for a workspace; server-info, which says that there are none, always answers."""
    path = environ["PATH_INFO"]
    return bool(environ[WORKSPACE_HEADER].strip()) and not path.endswith("/mlflow/server-info")


def _no_workspaces(guard: Guard) -> Response:
    response = flask_response(render(MlflowError(FEATURE_DISABLED, NO_WORKSPACES)))
    response.headers.extend(guard.headers)
    return response


def _add_workspace_paths(app: App, prefix: str) -> None:
    """The endpoints of workspaces say that they are off; other unknown paths are not there at all."""

    def off(**_: str) -> Response:
        return Response(f"{NO_WORKSPACES}.", 503, mimetype="text/plain")

    for tree in ("api", "ajax-api"):
        base = f"{prefix}/{tree}/3.0/mlflow/workspaces"
        app.add_url_rule(base, f"workspaces {tree}", off, methods=["GET", "POST"])
        app.add_url_rule(f"{base}/<name>", f"workspace {tree}", off, methods=["GET", "PATCH", "DELETE"])


def _add_response_headers(app: App) -> None:
    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in app.guard.headers:
            response.headers.setdefault(name, value)
        origin = request.headers.get("Origin")
        if origin:
            for name, value in app.guard.cors_headers(origin):
                response.headers[name] = value
            if request.method == "OPTIONS":
                _answer_preflight(response)
        return response


def _answer_preflight(response: Response) -> None:
    """Let a browser's preflight request pass, when its origin may."""
    if "Access-Control-Allow-Origin" not in response.headers:
        return
    asked = request.headers.get("Access-Control-Request-Headers", "Content-Type")
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = asked
