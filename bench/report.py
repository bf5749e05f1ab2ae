"""Turns results into Markdown tables, and into one JSON object."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from dataset import Sizes
from measure import Result
from workloads import REST, Workload

STALL_SECONDS = 0.035  # a delayed acknowledgement takes 40 ms on Linux
Rest = dict[str, float]


@dataclass
class Report:
    """All that was measured."""

    servers: list[str]
    reference: str
    sizes: Sizes
    options: dict[str, Any]
    workloads: list[Workload] = field(default_factory=list)
    results: dict[tuple[str, str], Result] = field(default_factory=dict)  # by workload, server
    rest: dict[str, Rest] = field(default_factory=dict)  # by server

    def result(self, workload: Workload, server: str) -> Result:
        return self.results.setdefault((workload.name, server), Result(workload.name, server))

    @property
    def others(self) -> list[str]:
        return [server for server in self.servers if server != self.reference]

    @property
    def errors(self) -> list[tuple[str, str, list[str]]]:
        found = ((result.workload, result.server, result.errors) for result in self.results.values())
        return [entry for entry in found if entry[2]]

    def foreign_share(self) -> float:
        """Cores kept busy by anything else while the clocks ran."""
        turns = [turn for result in self.results.values() for turn in result.turns]
        wall = sum(turn.wall for turn in turns)
        return sum(turn.foreign_cpu for turn in turns) / wall if wall else 0.0


def markdown(report: Report) -> str:
    makers = (_heading, _cpu_table, _detail_table, _rest_table, _stalls, _errors)
    sections = [make(report) for make in makers]
    return "\n\n".join(section for section in sections if section) + "\n"


def as_json(report: Report) -> dict[str, Any]:
    results = []
    for workload in report.workloads:
        for server in report.servers:
            result = report.result(workload, server)
            results.append(
                {
                    "workload": workload.name,
                    "server": server,
                    "factor": workload.factor,
                    "operations": result.operations,
                    "median_ms": result.median_ms,
                    "best_ms": result.best_ms,
                    "cpu_ms": result.cpu_ms,
                    "cpu_mean_ms": result.cpu_mean_ms,
                    "idle_ms": _idle_ms(report, result),
                    "per_second": result.per_second,
                    "times_less_cpu": _times_less(report, workload, server),
                    "errors": len(result.errors),
                    "messages": sorted(set(result.errors))[:5],
                }
            )
    return {
        "machine": machine(),
        "options": report.options,
        "sizes": asdict(report.sizes),
        "reference": report.reference,
        "foreign_cores": report.foreign_share(),
        "results": results,
        "rest": report.rest,
    }


def machine() -> dict[str, Any]:
    return {
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _heading(report: Report) -> str:
    about, sizes, options = machine(), report.sizes, report.options
    return (
        f"{about['time']}, {about['cores']} cores, {about['system']}. Loaded with {sizes.runs} runs, "
        f"{sizes.points} points of one metric, {sizes.experiments} experiments, {sizes.models} models, "
        f"{sizes.versions} versions of one model; {options['database']}; {options['rounds']} rounds of "
        f"{options['seconds']:g} s. Other programs kept {report.foreign_share():.2f} cores busy meanwhile."
    )


def _cpu_table(report: Report) -> str:
    """CPU per operation side by side, with the ratio to the reference."""
    head = ["workload", f"{report.reference}, CPU ms"]
    for server in report.others:
        head += [f"{server}, CPU ms", "times less", "standing"]
    rows = []
    for workload in report.workloads:
        row = [workload.title, _cpu(report, workload, report.reference)]
        for server in report.others:
            ratio = _times_less(report, workload, server)
            wrong = bool(report.result(workload, server).errors)
            row += [_cpu(report, workload, server), _ratio(ratio), standing(ratio, workload.factor, wrong)]
        rows.append([*row, *_goal(workload.factor)])
        if workload.rate_factor and report.others:
            rows.append(_rate_row(report, workload, workload.rate_factor))
    return "## CPU per operation\n\n" + table([*head, "half way", "to reach"], rows, left=1)


def _rate_row(report: Report, workload: Workload, factor: float) -> list[str]:
    base = report.result(workload, report.reference).per_second
    row = ["… the same, requests/s (times more)", _number(base)]
    for server in report.others:
        result = report.result(workload, server)
        ratio = result.per_second / base if base and result.per_second else None
        row += [_number(result.per_second), _ratio(ratio), standing(ratio, factor, bool(result.errors))]
    return [*row, *_goal(factor)]


def _detail_table(report: Report) -> str:
    head = [
        "workload",
        "server",
        "operations",
        "median ms",
        "best ms",
        "CPU ms",
        "of it idle",
        "per s",
        "errors",
    ]
    rows = []
    for workload in report.workloads:
        for server in report.servers:
            result = report.result(workload, server)
            idle = _idle_ms(report, result)
            figures = (result.median_ms, result.best_ms, result.cpu_ms, idle, result.per_second)
            counts = (str(result.operations), *map(_number, figures), str(len(result.errors)))
            rows.append([workload.title, server, *counts])
    return "## Latency and rate\n\n" + table(head, rows, left=2)


def _rest_table(report: Report) -> str:
    if not report.rest:
        return ""
    head = ["figure", report.reference]
    for server in report.others:
        head += [server, "times less", "standing"]
    rows = []
    for name, title, factor in REST:
        base = report.rest.get(report.reference, {}).get(name)
        row = [title, _number(base)]
        for server in report.others:
            value = report.rest.get(server, {}).get(name)
            ratio = base / value if base and value else None
            row += [_number(value), _ratio(ratio), standing(ratio, factor, wrong=False)]
        rows.append([*row, *_goal(factor)])
    return "## Start, memory, store\n\n" + table([*head, "half way", "to reach"], rows, left=1)


def _stalls(report: Report) -> str:
    """Whether small requests on a kept connection wait for a delayed acknowledgement."""
    lines = []
    for name in ("small_requests", "log_metric"):
        for server in report.servers:
            result = report.results.get((name, server))
            if result is None or result.median_ms is None:
                continue
            share = result.share_slower(STALL_SECONDS)
            verdict = "stalls" if share > 0.5 else "stalls at times" if share > 0.05 else "no stall"
            lines.append(
                f"- {server}, {name}: median {_number(result.median_ms)} ms, "
                f"{share:.0%} took {STALL_SECONDS * 1000:.0f} ms or more: {verdict}"
            )
    return "## Keep-alive stall\n\n" + "\n".join(lines) if lines else ""


def _errors(report: Report) -> str:
    lines = []
    for workload, server, errors in report.errors:
        kinds = sorted(set(errors), key=errors.count, reverse=True)[:3]
        lines += [f"- {server}, {workload}: {errors.count(kind)} x {_brief(kind)}" for kind in kinds]
    return "## Errors\n\n" + "\n".join(lines) if lines else ""


def _brief(text: str) -> str:
    return " ".join(text.split())[:300]


def standing(ratio: float | None, factor: float | None, wrong: bool) -> str:
    if wrong:
        return "errors"
    if ratio is None or factor is None:
        return ""
    if ratio >= factor:
        return "reached"
    return "past half" if ratio >= factor / 2 else "short"


def _times_less(report: Report, workload: Workload, server: str) -> float | None:
    base, own = (report.result(workload, name).cpu_ms for name in (report.reference, server))
    return base / own if base and own else None


def _idle_ms(report: Report, result: Result) -> float | None:
    """What the server's idle processes used while an operation lasted, the client's checks included."""
    idle = report.rest.get(result.server, {}).get("idle_cpu")
    if idle is None or not result.operations:
        return None
    return idle * sum(turn.wall for turn in result.turns) / result.operations


def _cpu(report: Report, workload: Workload, server: str) -> str:
    result = report.result(workload, server)
    return _number(result.cpu_ms) + (f" ({len(result.errors)} errors)" if result.errors else "")


def _goal(factor: float | None) -> list[str]:
    return [_ratio(factor / 2), _ratio(factor)] if factor else ["", ""]


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}x"


def _number(value: float | None) -> str:
    """Three significant digits, without exponents."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return str(value)
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> str:
    """A Markdown table whose first columns are texts and whose others are figures."""
    rule = ["---"] * left + ["--:"] * (len(head) - left)
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])
