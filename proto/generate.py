"""Generates `mlflowlite/protos/` from `proto/`: `python proto/generate.py [--check]`.

`--check` writes nothing, and fails with a list of the files that are not as they would be generated.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import render_messages
import render_methods
from contract import Contract
from google.api import annotations_pb2  # type: ignore[import-untyped]
from grpc_tools import protoc  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "proto"
PACKAGE = "mlflowlite/protos"
INCLUDES = (Path(str(annotations_pb2.__file__)).parents[2], Path(str(protoc.__file__)).parent / "_proto")


def compile_protos(target: Path) -> Path:
    """Run the compiler into `target`; the result names a file with the descriptors and their comments."""
    compiled = target / "contract.binpb"
    status = protoc.main(
        [
            "protoc",
            f"-I{PACKAGE}={SOURCE}",
            *(f"-I{path}" for path in INCLUDES),
            f"--python_out={target}",
            f"--pyi_out={target}",
            f"--descriptor_set_out={compiled}",
            "--include_source_info",
            "--include_imports",
            *(f"{PACKAGE}/{path.name}" for path in sorted(SOURCE.glob("*.proto"))),
        ]
    )
    if status != 0:
        raise SystemExit(status)
    return compiled


def generate() -> dict[str, str]:
    """Name and text of every generated file."""
    with tempfile.TemporaryDirectory() as folder:
        contract = Contract(compile_protos(Path(folder)))
        files = {path.name: path.read_text() for path in (Path(folder) / PACKAGE).iterdir()}
    files["messages.py"] = render_messages.render(contract)
    files["methods.py"] = render_methods.render(contract)
    return dict(sorted(files.items()))


def stale_files(wanted: dict[str, str]) -> list[str]:
    """Names of files that are missing, different, or left over from a .proto file that is gone."""
    target = ROOT / PACKAGE
    existing = {path.name: path.read_text() for path in target.glob("*.py*") if path.name != "__init__.py"}
    return sorted(name for name in {*wanted, *existing} if wanted.get(name) != existing.get(name))


def write(wanted: dict[str, str], stale: list[str]) -> None:
    """Bring the stale files up to date."""
    for name in stale:
        path = ROOT / PACKAGE / name
        if name in wanted:
            path.write_text(wanted[name])
        else:
            path.unlink()


def main() -> int:
    """Generate or check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is stale")
    check = parser.parse_args().check
    wanted = generate()
    stale = stale_files(wanted)
    if not check:
        write(wanted, stale)
    for name in stale:
        print(f"{'stale' if check else 'wrote'}: {PACKAGE}/{name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
