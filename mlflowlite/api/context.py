"""What every api function is handed: the parts of the server it may call."""

from __future__ import annotations

from dataclasses import dataclass

from mlflowlite.artifacts.places import Places
from mlflowlite.db import Database
from mlflowlite.settings import Settings
from mlflowlite.webhooks.dispatcher import Dispatcher
from mlflowlite.webhooks.secrets import Secrets
from mlflowlite.wire.caller import current_user


@dataclass(frozen=True)
class Context:
    """The parts of one server."""

    settings: Settings
    db: Database
    places: Places
    secrets: Secrets
    dispatcher: Dispatcher

    @property
    def user(self) -> str:
        """Who sent the request that this thread works on, as far as it tells; else empty."""
        return current_user(self.settings.user_header)
