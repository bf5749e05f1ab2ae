"""The model that the tests of models read."""

from dataclasses import dataclass
from uuid import uuid4

import mlflow
import mlflow.pyfunc
import pandas as pd
from generation import GENERATION
from mlflow import MlflowClient

INPUTS = pd.DataFrame({"x": [1.0, 2.5, -3.0]})
PREDICTIONS = [3.0, 7.5, -9.0]
URI_KINDS = ["run", "version", "latest", "stage"] + ["alias"] * (GENERATION == "2.22")


class Tripler(mlflow.pyfunc.PythonModel):
    """Three times x."""

    def predict(self, context, model_input, params=None):
        return [3 * x for x in model_input["x"]]


@dataclass(frozen=True)
class LoggedPyfunc:
    """A model that was logged in a run and registered as version 1, Production, in 2.22 alias champion."""

    experiment_id: str
    run_id: str
    name: str

    def uri(self, kind: str) -> str:
        """One of the ways to name it."""
        return {
            "run": f"runs:/{self.run_id}/model",
            "version": f"models:/{self.name}/1",
            "latest": f"models:/{self.name}/latest",
            "alias": f"models:/{self.name}@champion",
            "stage": f"models:/{self.name}/Production",
        }[kind]

    @property
    def artifact_uri(self) -> str:
        """Where its files are, as the server writes it."""
        return f"mlflow-artifacts:/{self.experiment_id}/{self.run_id}/artifacts/model"


def log_and_register() -> LoggedPyfunc:
    """Log it in a run, registering it in the same call."""
    client = MlflowClient()
    name = f"logged-{uuid4().hex[:8]}"
    experiment_id = client.create_experiment(f"experiment-of-{name}")
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.pyfunc.log_model(
            artifact_path="model",
            python_model=Tripler(),
            registered_model_name=name,
            # Named, so that the client does not load the model in another process to find them out.
            pip_requirements=["cloudpickle"],
        )
    client.transition_model_version_stage(name, "1", "Production")
    if GENERATION == "2.22":
        client.set_registered_model_alias(name, "champion", "1")
    return LoggedPyfunc(experiment_id, run.info.run_id, name)
