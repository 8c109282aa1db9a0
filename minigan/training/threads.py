"""How many threads a learner's step takes, by a few steps on one thread and on as many as there are processors.

Most systems' steps take a millisecond, of which nothing can be shared out; others, on a busy machine, are faster on one
thread. So it is measured, once, before training; a run keeps what was found, since products may be rounded otherwise.
"""

from __future__ import annotations

import math
import os
import statistics
import time

from ..autodiff import tree_leaves
from ..autodiff.program import NotStraight
from ..backend import active
from ..compiler import compile
from ..random import DrawnWhileRecording, as_generator
from .learner import Learner

LARGE = 1 << 17  # numbers in a state and its batch below which no step takes long
LONG = 5e-3  # seconds of a step on one thread from which on more are tried
TURNS = 5  # of each that are timed, in turns
GAIN = 0.85  # of one thread's time that more may take to be chosen
MOST = 8  # threads: beyond it the interpreter, which runs one of them at a time, is what is waited for


def faster_threads(learner: Learner) -> int:
    """How many threads of `minigan.compile` make ``learner``'s step faster: 1, or as many as there are processors.

    The first batch of the first state of a generator of its own is stepped from, a few times; nothing is changed. One
    where steps are short, cannot be compiled, or are not NumPy's.

    >>> import minigan.numpy as mnp
    >>> faster_threads(Learner(lambda rng: mnp.asarray(0.0), lambda rng, s: rng.uniform(()), lambda s, b: (s + b, {})))
    1
    """
    several = min(MOST, _processors())
    if several == 1 or active().library != "numpy":
        return 1
    rng = as_generator(0)
    state = learner.init(rng)
    batch = learner.draw(rng, state)
    if sum(math.prod(getattr(x, "shape", ())) for x in tree_leaves((state, batch))) < LARGE:
        return 1
    steps = [compile(learner.step, threads=n) for n in (1, several)]
    try:
        if min(_seconds(steps[0], state, batch) for _ in range(3)) < LONG:
            return 1
        _seconds(steps[1], state, batch)
        times = [[_seconds(step, state, batch) for step in steps] for _ in range(TURNS)]
    except (DrawnWhileRecording, NotStraight, ValueError):  # it runs as it is; what it refuses, training says
        return 1
    one, more = map(statistics.median, zip(*times))
    return several if more < GAIN * one else 1


def _seconds(step, *args) -> float:
    start = time.perf_counter()
    step(*args)
    return time.perf_counter() - start


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
