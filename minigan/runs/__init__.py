"""Runs: a training with a directory of its own, which survives what kills it.

`request` what is to be trained, as `run.json` keeps it · `directory` where a run lives: names, lock, metrics by step ·
`execute` trains one, from the start or from its newest checkpoint · `read` what came of it · `sample` draws from it ·
`rerun` does it once more and says what differs · `compare` several · `sweep` many, over options and seeds.
"""

from .compare import compare
from .directory import RunDirectory
from .execute import Outcome, execute
from .read import newest_state, read_run, trained
from .request import Request, request_for
from .rerun import rerun
from .sample import write_samples
from .sweep import Cell, cells_of, run_cell, sweep

__all__ = [
    "Cell",
    "Outcome",
    "Request",
    "RunDirectory",
    "cells_of",
    "compare",
    "execute",
    "newest_state",
    "read_run",
    "request_for",
    "rerun",
    "run_cell",
    "sweep",
    "trained",
    "write_samples",
]
