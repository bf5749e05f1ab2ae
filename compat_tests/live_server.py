"""What the suites of all clients share: a live server per database, and the client pointed at it."""

import importlib.util
from collections.abc import Callable, Iterator
from uuid import uuid4

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.entities import Experiment
from servers import Server, postgres_database, running_server, server_kind

TIMEOUT_SECONDS = 240


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.timeout(TIMEOUT_SECONDS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the end of the server's log beside a failure."""
    report = yield
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and server:
        report.sections.append(("the server's log", server.log_tail()))
    return report


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def backend_store_uri(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An empty database: every test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database')}/mlflow.db"
        return
    if server_kind() == "mlflow" and not importlib.util.find_spec("psycopg2"):
        pytest.skip("the stock server needs psycopg2 to run on PostgreSQL")
    with postgres_database() as uri:
        yield uri.replace("postgresql:", "postgresql+psycopg2:", 1) if server_kind() == "mlflow" else uri


@pytest.fixture(scope="session")
def server(backend_store_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The live server; the client's process-wide tracking URI names it."""
    with running_server(backend_store_uri, tmp_path_factory.mktemp("server")) as server:
        mlflow.set_tracking_uri(server.uri)
        yield server


@pytest.fixture(autouse=True)
def _fresh_client(server: Server) -> Iterator[None]:
    """Begin on a server that runs, and leave no run active in the client for the next test."""
    server.check_alive()
    server.begin_log()
    yield
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def client(server: Server) -> MlflowClient:
    return MlflowClient()


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return f"{request.node.originalname}-{uuid4().hex[:8]}"


@pytest.fixture
def experiment(server: Server, unique_name: str) -> Experiment:
    """An empty experiment, the active one during the test."""
    return mlflow.set_experiment(experiment_id=mlflow.create_experiment(unique_name))


@pytest.fixture
def new_version(client: MlflowClient, unique_name: str) -> Callable[..., str]:
    """A function that adds a version to the test's registered model, made when needed; gives its number."""

    def make(**options: object) -> str:
        if not client.search_registered_models(f"name = '{unique_name}'"):
            client.create_registered_model(unique_name)
        return client.create_model_version(unique_name, "s3://bucket/model", **options).version

    return make
