"""The suite of today's client: fixtures beyond those of live_server.py.

The environment of the tests holds the client (requirements.txt), that of the server need not:

    MLFLOWLITE_COMMAND=/path/to/mlflowlite python -m pytest compat_tests
    MLFLOWLITE_COMPAT_SERVER=mlflow python -m pytest compat_tests    # the stock server must pass too
"""

from collections.abc import Iterator

import client_settings  # noqa: F401 - before mlflow
import mlflow
import pytest
from servers import Server
from trained_model import TrainedModel, train

pytest_plugins = ["live_server"]
# Run by the Pythons of their own environments; see the conftest.py there.
collect_ignore = ["old_clients"]


@pytest.fixture(autouse=True)
def _no_active_model(_fresh_client: None) -> Iterator[None]:
    """Leave no model active in the client for the next test."""
    yield
    if mlflow.get_active_model_id():
        mlflow.clear_active_model()


@pytest.fixture(scope="session")
def trained(server: Server) -> TrainedModel:
    """Trained and logged once per database; tests only read it."""
    return train()
