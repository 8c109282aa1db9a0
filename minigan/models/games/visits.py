"""Which modes a generator visits while it trains: a snapshot now and then, and what a row of them tells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ... import random as random_
from ...backend import to_numpy
from ...metrics import mode_coverage
from ...validation import is_count


class Snapshot(NamedTuple):
    """At ``step``: the mode nearest to most samples, their share, and how many modes are covered."""

    step: int
    leading_mode: int
    leading_share: float
    modes_covered: int


class ModeVisits:
    """``watch(step, state)`` of a run: every ``every`` steps what a `Snapshot` holds, of ``generator`` on fixed noise.

    ``noise`` is its dimension; ``centres``, ``deviation`` and ``radius`` are those of `mode_coverage`. It keeps nothing,
    so that a run that was interrupted goes on as if it had not been: its records make `Visits`. Raises `ValueError` for
    an ``every`` below 1.
    """

    def __init__(self, generator, noise: int, centres, deviation: float, *, radius: float, every: int = 50, n: int = 2500):
        if not is_count(every):
            raise ValueError(f"snapshots are taken every so many steps, 1 or more, and these were every {every!r}")
        self.generator, self.every = generator, every
        self.noise, self.n = noise, n
        self.judge = {"centres": centres, "deviation": deviation, "radius": radius}

    def samples(self, state):
        """What the generator makes of the noise that is the same at every snapshot."""
        z = random_.generator(1).standard_normal((self.n, self.noise), dtype="float32")
        return to_numpy(self.generator.apply(state.generator, z))

    def __call__(self, step: int, state) -> dict | None:
        if step % self.every:
            return None
        x = self.samples(state)
        if not np.isfinite(x).all():
            return None
        found = mode_coverage(x, **self.judge)
        shares = found["mode_shares"]
        leader = int(np.argmax(shares))
        return {"leading_mode": leader, "leading_share": shares[leader], "modes_covered": found["modes_covered"]}


class Visits(NamedTuple):
    """The snapshots of a run."""

    snapshots: list[Snapshot]

    @classmethod
    def of(cls, records) -> Visits:
        """From a run's records, other ones among them left out."""
        return cls([Snapshot(*(one[key] for key in Snapshot._fields)) for one in records if "leading_mode" in one])

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
