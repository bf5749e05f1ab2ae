"""Settings of every client under test. Import this before mlflow, which reads some when it is imported."""

import os

# No telemetry, no progress bars, and a failed request fails soon.
os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="1",
    MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR="1",
    MLFLOW_HTTP_REQUEST_TIMEOUT="30",
    GIT_PYTHON_REFRESH="quiet",
)
