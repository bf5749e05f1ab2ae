"""Say "ready", wait for a line on standard input, then set the experiment and log a run in it.

Usage: meet.py EXPERIMENT_NAME
"""

import sys

import mlflow

print("ready", flush=True)
sys.stdin.readline()
experiment_id = mlflow.set_experiment(sys.argv[1]).experiment_id
with mlflow.start_run(experiment_id=experiment_id):
    mlflow.log_metric("arrived", 1)
print(experiment_id, flush=True)
