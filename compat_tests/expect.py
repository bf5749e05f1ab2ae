"""What tests say about errors."""

import contextlib
from collections.abc import Iterator

import pytest
from mlflow.exceptions import MlflowException


@contextlib.contextmanager
def refused(error_code: str) -> Iterator[None]:
    """The block must end in a client exception with this error code."""
    with pytest.raises(MlflowException) as caught:
        yield
    found = caught.value.error_code
    assert found == error_code, f"refused with {found}, not {error_code}: {caught.value}"
