"""One module per resource, one function per RPC of the contract.

A function takes the context and its request message, calls the store, and returns the response
message. Where the contract says `google.api.HttpBody` the function gets the Flask request as third
argument and returns a Flask response. `bind` connects them to the paths the contract names.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Response, request

from mlflowlite.protos.methods import METHODS, Method
from mlflowlite.wire import codec
from mlflowlite.wire.http import Rpc, flask_response

if TYPE_CHECKING:
    from mlflowlite.api.context import Context
    from mlflowlite.app import App

# Where the endpoints are that an artifacts-only server has (`semantics.md` §7.1).
_ARTIFACT_METHODS_PREFIXES = ("/api/2.0/mlflow-artifacts/", "/api/2.0/mlflowlite/artifacts/")


def function_of(method: Method) -> Callable[..., Any]:
    """The function of an RPC: `mlflowlite/api/<module>.py: <function>`."""
    module = importlib.import_module(f"mlflowlite.api.{method.module}")
    return getattr(module, method.function)  # type: ignore[no-any-return]


def bind(app: App, context: Context) -> None:
    """Give the application a route for each binding of each RPC."""
    for method in METHODS:
        function = function_of(method)
        off = _why_off(method, context)
        rpc = Rpc(method, function, context) if method.response is not None else None
        for verb, path in method.bindings:
            rule = context.settings.static_prefix + path
            if off is not None:
                view = _text_view(off)
            elif rpc is None:
                view = _bytes_view(method, function, context)
            else:
                view = _rpc_view(rpc)
                if "<" not in path:
                    app.rpcs[verb, rule] = rpc
            app.add_url_rule(rule, f"{method.function} {verb} {path}", view, methods=[verb])
    for module in ("home", "openapi"):
        importlib.import_module(f"mlflowlite.api.{module}").register(app, context)


def _why_off(method: Method, context: Context) -> str | None:
    """Why this server leaves an endpoint out, as the text of its 503; None when it serves it."""
    if method.module == "server":
        return None
    proxied = any(path.startswith(_ARTIFACT_METHODS_PREFIXES) for _, path in method.bindings)
    if proxied and not context.settings.serve_artifacts:
        return (
            "Endpoint disabled: this server runs with --no-serve-artifacts. To let it pass artifacts on, "
            "start it with --serve-artifacts."
        )
    if not proxied and context.settings.artifacts_only:
        return (
            "Endpoint disabled: this server runs with --artifacts-only. To use it for tracking, "
            "start it without that option."
        )
    return None


def _rpc_view(rpc: Rpc) -> Callable[..., Response]:
    def view(**path_fields: str) -> Response:
        return flask_response(rpc(request.environ, path_fields))

    return view


def _bytes_view(method: Method, function: Callable[..., Any], context: Context) -> Callable[..., Response]:
    def view(**path_fields: str) -> Response:
        message = codec.decode_query(method.request, request.query_string.decode("latin-1"), path_fields)
        return function(context, message, request)  # type: ignore[no-any-return]

    return view


def _text_view(text: str) -> Callable[..., Response]:
    def view(**_: str) -> Response:
        return Response(text, 503, mimetype="text/plain")

    return view
