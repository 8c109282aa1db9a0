"""Which modes a generator visits while it trains: a callback of `fit` that takes a snapshot now and then."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import random as random_
from ..backend import to_numpy
from ..metrics import mode_coverage


class Snapshot(NamedTuple):
    """At ``step``: the mode nearest to most samples, their share, and how many modes are covered."""

    step: int
    leading_mode: int
    leading_share: float
    modes_covered: int


class ModeVisits:
    """``callback(step, state, metrics)`` of `fit`: every ``every`` steps a `Snapshot` of ``generator`` on fixed noise.

    ``noise`` is its dimension; ``centres``, ``deviation`` and ``radius`` are those of `mode_coverage`. ``samples``
    keeps what was generated at the steps of ``keep``, for a picture. A step number that does not go up begins a new
    training.
    """

    def __init__(
        self,
        generator,
        noise: int,
        centres,
        deviation: float,
        *,
        radius: float,
        every: int = 50,
        n: int = 2500,
        keep=(),
    ):
        self.generator, self.every, self.keep = generator, every, frozenset(keep)
        self.z = random_.generator(1).standard_normal((n, noise), dtype="float32")
        self.judge = {"centres": centres, "deviation": deviation, "radius": radius}
        self.snapshots: list[Snapshot] = []
        self.samples: dict[int, np.ndarray] = {}
        self.last = 0

    def __call__(self, step, state, metrics) -> None:
        if step <= self.last:
            self.snapshots, self.samples = [], {}
        self.last = step
        if step % self.every and step not in self.keep:
            return
        x = to_numpy(self.generator.apply(state.generator, self.z))
        if step in self.keep:
            self.samples[step] = x
        if step % self.every == 0 and np.isfinite(x).all():
            found = mode_coverage(x, **self.judge)
            shares = found["mode_shares"]
            leader = int(np.argmax(shares))
            self.snapshots.append(Snapshot(step, leader, shares[leader], found["modes_covered"]))

    def hops(self) -> int:
        """How often the bulk of the samples sat at another mode than a snapshot before, the bulk being more than half."""
        pairs = zip(self.snapshots, self.snapshots[1:])
        return sum(
            one.leading_mode != two.leading_mode and min(one.leading_share, two.leading_share) > 0.5
            for one, two in pairs
        )

    def since(self, modes: int) -> int | None:
        """The first step from which on no snapshot covered fewer than that many modes; ``None`` if the last one did."""
        found = None
        for one in reversed(self.snapshots):
            if one.modes_covered < modes:
                break
            found = one.step
        return found

    def report(self) -> dict:
        """For metrics.json: ``visits``, a row (step, leading mode, its share, modes covered) each, and ``hops``."""
        return {"visits": [list(one) for one in self.snapshots], "hops": self.hops()}
