"""The model that most tests of models and of the registry read."""

from dataclasses import dataclass
from uuid import uuid4

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import ModelSignature, infer_signature
from sklearn.linear_model import LogisticRegression


@dataclass(frozen=True)
class TrainedModel:
    """A model that was logged in a run and registered as version 1, Production, alias champion."""

    inputs: pd.DataFrame
    predictions: np.ndarray
    signature: ModelSignature
    experiment_id: str
    run_id: str
    model_id: str
    name: str

    def uri(self, kind: str) -> str:
        """One of the ways to name it."""
        return {
            "run": f"runs:/{self.run_id}/model",
            "model id": f"models:/{self.model_id}",
            "version": f"models:/{self.name}/1",
            "latest": f"models:/{self.name}/latest",
            "alias": f"models:/{self.name}@champion",
            "stage": f"models:/{self.name}/Production",
        }[kind]


def train() -> TrainedModel:
    """Train it, log it with signature and example, register it."""
    inputs = pd.DataFrame({"length": np.linspace(0.5, 7.5, 60), "width": np.tile([0.2, 1.3, 2.1], 20)})
    model = LogisticRegression().fit(inputs, (inputs["length"] > 4).astype(int))
    predictions = model.predict(inputs)
    signature = infer_signature(inputs, predictions)
    name = f"trained-{uuid4().hex[:8]}"

    client = MlflowClient()
    experiment_id = client.create_experiment(f"experiment-of-{name}")
    with mlflow.start_run(experiment_id=experiment_id) as run:
        logged = mlflow.sklearn.log_model(
            model, name="model", signature=signature, input_example=inputs.head(3), registered_model_name=name
        )
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production")
    return TrainedModel(inputs, predictions, signature, experiment_id, run.info.run_id, logged.model_id, name)
