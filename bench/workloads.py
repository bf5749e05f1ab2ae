"""The list of workloads, and the factors against MLflow that are to be reached.

A factor says how many times less CPU per operation than the reference server a server should need,
measured in the same run. It is a goal of this project, kept here so that the tables can show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

import work_reads as reads
import work_registry as registry
import work_runs as runs
from measure import Prepare


class OptionError(Exception):
    """The command line asks for something that does not exist."""


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    factor: float | None
    prepare: Prepare
    needs: str = ""  # the part of the load it reads
    rate_factor: float | None = None  # times the requests/s of the reference


WORKLOADS = [
    Workload("log_metric", "log_metric", 14, runs.log_metric),
    Workload("log_param", "log_param", 13, runs.log_param),
    Workload("set_tag", "set_tag", 13, runs.set_tag),
    Workload("create_run", "create_run + finish", 16, runs.create_run),
    Workload("log_batch_metrics", "log_batch, 1000 metrics", 25, runs.log_batch_metrics),
    Workload("log_batch_mixed", "log_batch, 100 params + 100 tags + 800 metrics", 20, runs.log_batch_mixed),
    Workload("clients_16", "16 clients, each its own run", 14, runs.clients_16, rate_factor=20),
    Workload("get_run", "get_run", 20, reads.get_run, "runs"),
    Workload("search_first", "search_runs, first 100", 45, reads.search_first, "runs"),
    Workload("search_filter", "search_runs, filter, by metric", 60, reads.search_filter, "runs"),
    Workload("search_like", "search_runs, tag LIKE", 35, reads.search_like, "runs"),
    Workload("search_page", "search_runs, page 50", 45, reads.search_page, "runs"),
    Workload("search_all", "search_runs, all in pages of 1000", 40, reads.search_all, "runs"),
    Workload("search_experiments", "search_experiments, 1000", 60, reads.search_experiments, "experiments"),
    Workload("history_once", "metric history at once", 40, reads.history_once, "history"),
    Workload("history_pages", "metric history in 4 pages", 40, reads.history_pages, "history"),
    Workload("version_create", "registry: create version", 14, registry.version_create),
    Workload("version_alias", "registry: version by alias", 14, registry.version_alias, "registry"),
    Workload("version_transition", "registry: transition", 14, registry.version_transition),
    Workload("search_models", "registry: search models", 30, registry.search_models, "registry"),
    Workload("search_versions", "registry: search versions", 30, registry.search_versions, "registry"),
    Workload("latest_versions", "registry: latest versions", 30, registry.latest_versions, "registry"),
    Workload("artifact_put", "artifact PUT, 1 MiB", 3, registry.artifact_put),
    Workload("artifact_get", "artifact GET, 1 MiB", 3, registry.artifact_get),
    Workload("small_requests", "small reads on one connection", None, reads.small_requests),
]

# What a server costs apart from requests: figure, title, factor to reach.
REST = [
    ("health_seconds", "start to first 200 on /health, s", None),
    ("write_seconds", "start to first write, s", None),
    ("write_cpu", "start to first write, CPU s", 40),
    ("settled_cpu", "start until quiet, CPU s", None),
    ("idle_pss", "idle memory, PSS MiB", 20),
    ("idle_cpu", "idle, CPU ms per s", None),
    ("processes", "processes", None),
    ("loaded_pss", "memory after the load, PSS MiB", 12),
    ("store_mib", "loaded store, MiB", 3),
    ("final_pss", "memory after all workloads, PSS MiB", 12),
]


def choose(patterns: list[str]) -> list[Workload]:
    """The workloads whose names match any of the patterns, in the order of the list."""
    for pattern in patterns:
        if not any(fnmatch(workload.name, pattern) for workload in WORKLOADS):
            raise OptionError(f"no workload is called {pattern}; --list names them")
    return [one for one in WORKLOADS if any(fnmatch(one.name, pattern) for pattern in patterns)]
