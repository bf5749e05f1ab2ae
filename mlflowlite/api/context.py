"""What every api function is handed: the parts of the server it may call."""

from __future__ import annotations

from dataclasses import dataclass

from mlflowlite.artifacts.places import Places
from mlflowlite.db import Database
from mlflowlite.settings import Settings


@dataclass(frozen=True)
class Context:
    """The parts of one server."""

    settings: Settings
    db: Database
    places: Places
