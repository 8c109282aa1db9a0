"""Losses of a short training, step by step, from numbers that are the same on every backend.

``python -m benchmarks.losses TRAINING [--backend B] [--eager] [--small]`` prints one line of JSON, ``{"losses": [D's, G's,
D's ...], "seconds": ...}``, or ``{"missing": why}`` or ``{"failed": what}``. Start, batches and noise are drawn by NumPy
(`minigan.random.generator` with ``host``; ``minigan train --backend cupy`` draws on the GPU, other numbers), so two
backends differ by rounding alone, and `difference` between them stays small.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable

from .workload import Missing, Settings


def digits(settings: Settings, compiled: bool, small: bool) -> list[float]:
    """The system `digits`, 50 steps (3 if ``small``), dropout and all."""
    from minigan.models import find_system
    from minigan.random import generator

    from .with_minigan import start

    start(settings)
    system = find_system("digits")()
    history = system.train(3 if small else 50, seed=generator(0, host=True), compiled=compiled).history
    return [loss for pair in zip(history["discriminator_loss"], history["generator_loss"]) for loss in pair]


def dcgan(settings: Settings, compiled: bool, small: bool) -> list[float]:
    """W3's DCGAN, the ten steps on which its peers must agree; if ``small``, at batch 2."""
    from . import dcgan as w3

    return w3.by_minigan(2 if small else w3.BATCH, settings, compiled).check()


TRAININGS: dict[str, Callable[[Settings, bool, bool], list[float]]] = {"digits": digits, "dcgan": dcgan}
TOLERANCE = 1e-3  # of float32 over so few steps, as for the peers of a workload


def difference(losses: list[float], reference: list[float]) -> float:
    """max |a - b| / max(1, |b|) over the steps; infinite where there are more of one, or where one is no number.

    >>> difference([1.0, 4.5], [1.0, 4.0])
    0.125
    """
    if len(losses) != len(reference) or not losses:
        return float("inf")
    found = [abs(a - b) / max(1.0, abs(b)) for a, b in zip(losses, reference)]
    return max(one if one == one else float("inf") for one in found)


def answer(training: str, settings: Settings, compiled: bool, small: bool) -> dict:
    began = time.perf_counter()
    try:
        losses = TRAININGS[training](settings, compiled, small)
    except Missing as reason:
        return {"missing": str(reason)}
    except ModuleNotFoundError as error:
        return {"missing": f"{error.name} is not installed"}
    except Exception as error:  # whoever asked goes on with the next
        return {"failed": f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"}
    return {"losses": losses, "seconds": round(time.perf_counter() - began, 2)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.losses", description=__doc__.splitlines()[0])
    parser.add_argument("training", choices=TRAININGS)
    parser.add_argument("--backend", default="numpy")
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    channel = os.fdopen(os.dup(1), "w")  # the answer only: whatever a library prints goes to stderr
    os.dup2(2, 1)
    found = answer(options.training, Settings(options.backend), not options.eager, options.small)
    print(json.dumps(found), file=channel, flush=True)


if __name__ == "__main__":
    sys.exit(main())
