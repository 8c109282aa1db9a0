"""``minigan bench``: the benchmarks of the source checkout, minigan beside its peers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typer


def checkout() -> Path:
    """The folder with the ``benchmarks`` package: the checkout this minigan was imported from, or the current one."""
    for folder in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (folder / "benchmarks" / "worker.py").is_file():
            return folder
    raise RuntimeError(
        "benchmarks live in the source checkout, not in the installed package: run this in a clone of the repository"
    )


def bench(context: typer.Context) -> None:
    """Run the benchmarks of the source checkout: minigan beside its peers. Options are those of python -m benchmarks:
    --quick, --workloads W1 W2 ..., --peers ..., --threads N, --repeat N.
    """
    done = subprocess.run([sys.executable, "-m", "benchmarks", *context.args], cwd=checkout(), check=False)
    raise typer.Exit(done.returncode)
