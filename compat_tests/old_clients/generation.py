"""Which client this is, and what of it the stock server of today no longer answers."""

import mlflow
import pytest
from servers import server_kind

GENERATIONS = {"1.30", "2.22"}
GENERATION = ".".join(mlflow.__version__.split(".")[:2])

if GENERATION not in GENERATIONS:
    raise RuntimeError(f"these tests are for mlflow {sorted(GENERATIONS)}, not {mlflow.__version__}")

_DROPPED = server_kind() == "mlflow" and GENERATION == "1.30"
calls_registry = pytest.mark.skipif(_DROPPED, reason="the stock server has dropped the preview paths")
calls_list = pytest.mark.skipif(_DROPPED, reason="the stock server has dropped the list endpoints")
