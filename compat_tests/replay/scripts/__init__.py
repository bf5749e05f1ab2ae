"""The scripts, one module per area; each module's `s` is a `Script`."""

from importlib import import_module

from compat_tests.replay.script import Script

AREAS = (
    "experiments",
    "runs",
    "metrics",
    "batches",
    "inputs",
    "logged_models",
    "registered_models",
    "model_versions",
    "sources",
    "prompts",
    "search_experiments",
    "search_runs",
    "search_logged_models",
    "search_registry",
    "artifacts",
    "wire",
    "fields",
)

SCRIPTS: dict[str, Script] = {area: import_module(f"{__name__}.{area}").s for area in AREAS}
