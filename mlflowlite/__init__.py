"""A small, fast server for the MLflow REST protocol."""

__version__ = "0.1.0"
