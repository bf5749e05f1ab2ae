"""The command line: `mlflowlite server`, `mlflowlite db ...`. Options come from `mlflowlite.settings`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from mlflowlite import __version__
from mlflowlite.errors import StartupError, first_line
from mlflowlite.settings import Option, Settings, options


class _Commands(click.Group):
    """A group of commands whose expected failures are one sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StartupError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mlflowlite")
def main() -> None:
    """A small, fast server for the MLflow protocol.

    Start it with `mlflowlite server`, then point your scripts at it:

    \b
      export MLFLOW_TRACKING_URI=http://localhost:5000
    """


def _click_option(option: Option) -> Callable[[Any], Any]:
    """One row of the table of options as click knows it."""
    details = option.details
    flags = [option.flag]
    kind: Any = option.kind
    if option.kind is bool:
        kind = None
        if option.default:
            flags = [f"{option.flag}/--no-{option.flag[2:]}"]
    elif "choices" in details:
        kind = click.Choice(details["choices"])
    elif "low" in details:
        kind = click.IntRange(details["low"], details["high"])
    if "short" in details:
        flags.insert(0, f"-{details['short']}")
    return click.option(
        *flags,
        option.name,
        default=option.default,
        envvar=option.env,
        show_default=option.default not in (None, ""),
        show_envvar=True,
        is_flag=option.kind is bool,
        type=kind,
        help=option.help,
    )


def _with_options(*names: str) -> Callable[[Any], Any]:
    """Give a command the named options, or all of them."""

    def decorate(command: Any) -> Any:
        for option in reversed(options()):
            if not names or option.name in names:
                command = _click_option(option)(command)
        return command

    return decorate


@main.command()
@_with_options()
def server(**given: Any) -> None:
    """Run the server.

    With no options it keeps everything in the current folder: a SQLite database in mlflowlite.db and
    the artifacts in mlartifacts/. Every option can be set by its environment variable too.

    \b
    For a team:
      mlflowlite server --host 0.0.0.0 --allowed-hosts mlflow.example.com \\
        --backend-store-uri postgresql://mlflow:secret@db/mlflow \\
        --artifacts-destination s3://my-bucket/mlflow
    """
    settings = Settings(**given)
    from mlflowlite.server import serve  # here, so that --help and --version stay quick

    serve(settings)


@main.group()
def db() -> None:
    """Look at and upgrade the database's schema."""


@db.command()
@_with_options("backend_store_uri")
def upgrade(backend_store_uri: str) -> None:
    """Bring the database to the schema of this release.

    Make a backup and stop the servers first. Nothing happens to a database that is up to date.
    """
    database, migrate = _open(backend_store_uri)
    for name in _talking_to(database, lambda: migrate.upgrade(database)):
        click.echo(f"applied {name}")
    click.echo(f"The {database.describe()} has schema version {migrate.newest_version()}.")


@db.command()
@_with_options("backend_store_uri")
def version(backend_store_uri: str) -> None:
    """Print the database's schema version and the one that this release needs."""
    database, migrate = _open(backend_store_uri)
    current = _talking_to(database, lambda: migrate.current_version(database))
    click.echo(f"database: {current}")
    click.echo(f"this release: {migrate.newest_version()}")


def _open(uri: str) -> tuple[Any, Any]:
    from mlflowlite.db import connect, migrate

    return connect(uri), migrate


def _talking_to(database: Any, work: Callable[[], Any]) -> Any:
    """Run `work`; what the database objects to becomes a StartupError."""
    try:
        return work()
    except StartupError:
        raise
    except Exception as error:
        raise StartupError(f"The {database.describe()} can't be used: {first_line(error)}") from error
