"""Starts servers, fills them alike, has them take turns at each workload, and compares the figures.

python bench/run.py --runs 1000 --workloads log_metric,search_* --json figures.json
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from pathlib import Path

import procfs
from dataset import Sizes
from load import PARTS, Loader, LoadFailure, load_all
from measure import take_turn
from report import Report, as_json, markdown
from servers import Server, ServerFailure, ServerSpec, adopt_orphans, read_specs
from workloads import WORKLOADS, OptionError, Workload, choose

HERE = Path(__file__).resolve().parent
IDLE_SECONDS = 3.0


def main() -> int:
    options = parse_options()
    if options.list:
        print("\n".join(f"{workload.name:20} {workload.title}" for workload in WORKLOADS))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    adopt_orphans()
    servers: list[Server] = []
    try:
        chosen = choose(options.workloads.split(","))
        specs = chosen_specs(options)
        report = run(options, specs, chosen, servers)
    except (OptionError, ServerFailure, LoadFailure) as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing may keep the servers from being ended
        for server in servers:
            server.stop(keep=options.keep)
    print(markdown(report))
    if options.json:
        options.json.write_text(json.dumps(as_json(report), indent=1) + "\n")
    return int(any(server != report.reference for _, server, _ in report.errors))


def run(
    options: argparse.Namespace, specs: list[ServerSpec], chosen: list[Workload], servers: list[Server]
) -> Report:
    """Everything between the command line and the tables; started servers are added to the list given."""
    sizes = Sizes.for_runs(options.runs, options.points)
    names = [spec.name for spec in specs]
    reference = options.reference if options.reference in names else names[0]
    shown = {key: value for key, value in vars(options).items() if key in ("rounds", "seconds", "database")}
    commands = {spec.name: spec.command for spec in specs}
    report = Report(names, reference, sizes, {**shown, "commands": commands})
    for spec in specs:
        servers.append(Server(spec, options.postgres_pid))
        report.rest[spec.name] = start(servers[-1])
    parts = PARTS if options.load_all else frozenset(workload.needs for workload in chosen)
    loaders = {server.name: Loader(server.port, sizes, parts, options.load_clients) for server in servers}
    loaded = load_all(loaders, options.parallel_load)
    for server in servers:
        server.wait_until_quiet()
        report.rest[server.name] |= {"loaded_pss": server.pss_mib(), **server.store_mib()}
    report.workloads = chosen
    for workload in chosen:
        say(workload.name)
        for _ in range(options.rounds):
            for server in servers:
                turn = take_turn(server, workload.prepare, loaded[server.name], options.seconds)
                report.result(workload, server.name).turns.append(turn)
    for server in servers:
        report.rest[server.name]["final_pss"] = server.pss_mib()
    return report


def start(server: Server) -> dict[str, float]:
    """Start a server and see what it costs before it has anything to do."""
    say(f"start {server.name}")
    figures = server.start()
    server.wait_until_quiet()
    figures.settled_cpu = procfs.cpu_seconds([server.pid])
    before, began = figures.settled_cpu, time.monotonic()
    time.sleep(IDLE_SECONDS)
    idle = (procfs.cpu_seconds([server.pid]) - before) * 1000 / (time.monotonic() - began)
    memory = {"idle_pss": server.pss_mib(), "idle_cpu": idle, "processes": server.processes()}
    return {**vars(figures), **memory}


def chosen_specs(options: argparse.Namespace) -> list[ServerSpec]:
    """The servers asked for, with what the command line changes about them."""
    specs = read_specs(options.config)
    for name, command in pairs(options.command):
        specs[name] = ServerSpec(name, command, specs[name].environment if name in specs else {})
    if options.database == "postgresql":
        specs = {name: with_postgres(spec, options.postgres) for name, spec in specs.items()}
    names = options.servers.split(",")
    for name in names:
        if name not in specs:
            raise OptionError(f"no server is called {name}; there are {', '.join(specs)}")
    if any(not specs[name].database for name in names):
        raise OptionError("--database postgresql needs --postgres NAME=URI for each server")
    return [specs[name] for name in names]


def with_postgres(spec: ServerSpec, uris: list[str]) -> ServerSpec:
    """The spec with its database; one URI for all must say {server} somewhere, as no two may share one."""
    own = [uri.partition("=")[2] for uri in uris if uri.startswith(f"{spec.name}=")]
    shared = [uri for uri in uris if "{server}" in uri]
    return ServerSpec(spec.name, spec.command, spec.environment, ([*own, *shared] or [""])[0])


def pairs(texts: list[str]) -> list[tuple[str, str]]:
    for text in texts:
        if "=" not in text:
            raise OptionError(f"{text}: expected NAME=VALUE")
    return [(name, value) for name, _, value in (text.partition("=") for text in texts)]


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def parse_options() -> argparse.Namespace:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    add = parser.add_argument
    add("--servers", default="mlflow,mlflowlite", help="names from the config, in the order of their turns")
    add("--reference", default="mlflow", help="the server that others are compared with")
    add("--command", action="append", default=[], metavar="NAME=COMMAND", help="another command for a server")
    add("--config", type=Path, default=HERE / "servers.json", help="where the servers are described")
    add("--workloads", default="*", help="names or patterns, with commas between; see --list")
    add("--list", action="store_true", help="list the workloads and end")
    add("--runs", type=int, default=10_000, help="runs to load; fewer shrink the rest of the load too")
    add("--points", type=int, help="points of the long history (default: ten per run, at most 100,000)")
    add("--rounds", type=int, default=3, help="turns of each server at each workload")
    add("--seconds", type=float, default=2.0, help="length of a turn; at least one operation is done")
    add("--parallel-load", action="store_true", help="fill the servers at the same time")
    add("--load-clients", type=int, default=2, help="clients that fill one server")
    add("--load-all", action="store_true", help="fill in parts that no chosen workload needs, too")
    add("--database", choices=("sqlite", "postgresql"), default="sqlite")
    add("--postgres", action="append", default=[], metavar="NAME=URI", help="an empty database")
    add("--postgres-pid", type=int, help="the database's first process, to count its CPU too")
    add("--json", type=Path, metavar="FILE", help="write all figures there too")
    add("--keep", action="store_true", help="keep the servers' directories, with their logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
