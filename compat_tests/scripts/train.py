"""A training script as a user would write it; it knows of the server only by MLFLOW_TRACKING_URI.

Usage: train.py EXPERIMENT_NAME MODEL_NAME
"""

import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import mlflow
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

experiment_name, model_name = sys.argv[1:]
mlflow.set_experiment(experiment_name)
mlflow.sklearn.autolog(registered_model_name=model_name)

features, labels = load_iris(return_X_y=True, as_frame=True)
train_x, test_x, train_y, test_y = train_test_split(features, labels, random_state=7)

with mlflow.start_run(run_name="forest", tags={"team": "blue"}) as run:
    model = RandomForestClassifier(n_estimators=12, random_state=7).fit(train_x, train_y)
    mlflow.log_metric("test_accuracy", model.score(test_x, test_y))

    mlflow.sklearn.autolog(disable=True)
    for depth in (1, 2):
        with mlflow.start_run(run_name=f"depth-{depth}", nested=True):
            mlflow.log_param("depth", depth)
            for trees in (1, 2, 3):
                small = RandomForestClassifier(trees, max_depth=depth, random_state=7).fit(train_x, train_y)
                mlflow.log_metric("accuracy", small.score(test_x, test_y), step=trees)

    mlflow.log_table({"true": test_y.tolist(), "predicted": model.predict(test_x).tolist()}, "table.json")

    figure, axes = plt.subplots()
    axes.bar(features.columns, model.feature_importances_)
    mlflow.log_figure(figure, "importances.png")

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "notes").mkdir()
        (Path(folder) / "notes" / "read.me").write_text("notes\n")
        mlflow.log_artifacts(folder, "extra")

loaded = mlflow.pyfunc.load_model(f"models:/{model_name}/latest")
assert (loaded.predict(test_x) == model.predict(test_x)).all()
print("run", run.info.run_id)
