"""The suites of the clients of MLflow 1.30 and 2.22, each run by the Python of its own environment.

    MLFLOWLITE_COMMAND=/path/to/mlflowlite .cache/compat-1.30/bin/python -m pytest compat_tests/old_clients

The files without a generation in their name hold what both clients do alike, and run with each.
"""

import client_settings  # noqa: F401 - before mlflow
import pytest
from generation import GENERATION, GENERATIONS
from pyfunc_model import LoggedPyfunc, log_and_register
from servers import Server

pytest_plugins = ["live_server"]
collect_ignore_glob = [f"test_{other.replace('.', '_')}_*.py" for other in GENERATIONS - {GENERATION}]


@pytest.fixture(scope="session")
def logged(server: Server) -> LoggedPyfunc:
    """Logged and registered once per database; tests only read it."""
    return log_and_register()
