"""`GET /`: a small page that says what runs here and how to use it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from flask import Response, request

from mlflowlite import __version__

if TYPE_CHECKING:
    from mlflowlite.api.context import Context
    from mlflowlite.app import App

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mlflowlite {version}</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }}
  pre {{ background: #f3f4f6; padding: 1rem; border-radius: 6px; overflow-x: auto; }}
  @media (prefers-color-scheme: dark) {{
    body {{ background: #16181d; color: #e6e6e6; }} a {{ color: #8ab4f8; }} pre {{ background: #22252c; }}
  }}
</style>
<h1>mlflowlite {version}</h1>
<p>This is a tracking server and model registry that speaks the MLflow protocol. It is up.</p>
<p>Point your scripts at it; they need no other change:</p>
<pre>export MLFLOW_TRACKING_URI={url}</pre>
<p>or, in Python:</p>
<pre>import mlflow

mlflow.set_tracking_uri("{url}")
with mlflow.start_run():
    mlflow.log_param("depth", 3)
    mlflow.log_metric("accuracy", 0.9)</pre>
<p>The endpoints are described in <a href="{prefix}/openapi.json">openapi.json</a>;
<a href="{prefix}/health">health</a> is for probes.</p>
</html>
"""


def register(app: App, context: Context) -> None:
    """Add the page at the root of the server."""
    prefix = context.settings.static_prefix

    @app.get(f"{prefix}/")
    def home() -> Response:
        url = request.host_url.rstrip("/") + prefix
        page = _PAGE.format(version=__version__, url=escape(url), prefix=escape(prefix))
        return Response(page, mimetype="text/html")
