"""Explicit models beside one another: the same held-out digits as bits, nats an image, and what a sample costs.

Every number says what it is: exact, a bound with its gap, or an estimate with its interval.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ...random import generator
from ..discrete.categorical_vae import categorical_vae
from ..system import System
from .bits import SIDE, digit_bits, independent_pixels
from .fvbn import fvbn
from .iaf import iaf
from .likelihood import Nats, nats_in
from .made import made
from .outsiders import as_host, outsiders
from .pixelcnn import pixelcnn
from .rbm_of_digits import rbm
from .realnvp import realnvp
from .vae import vae

SYSTEMS: dict[str, Callable[[], System]] = {
    "fvbn": fvbn,
    "made": made,
    "pixelcnn": pixelcnn,
    "realnvp": lambda: realnvp(on="bits"),
    "vae": vae,
    "iaf": iaf,
    "categorical_vae": categorical_vae,
    "rbm": rbm,
}
SHOWN = 8  # samples in the table


class Entry(NamedTuple):
    """A model in the table.

    * ``about``: what it is, in a few words; ``outsider``: whether it is scikit-learn's.
    * ``nats`` an image of the held-out digits, ``parameters`` how many numbers were learned.
    * ``evaluations`` of a network, or sweeps of a chain, that a sample takes one after the other, and ``seconds`` for one
      sample alone, of this machine.
    * ``latent_code``: whether a code that one may choose controls the sample.
    * ``samples``: bits (8, 8, 8).
    """

    name: str
    about: str
    outsider: bool
    nats: Nats
    parameters: int
    evaluations: int
    seconds: float
    latent_code: bool
    samples: Any


def entries(share: float = 1.0, seed: int = 0) -> Iterator[Entry]:
    """One `Entry` after the other: the systems of `SYSTEMS`, trained for ``share`` of their steps, and `outsiders`."""
    for name, make in SYSTEMS.items():
        yield of_system(name, make(), share, seed)
    yield from of_outsiders(share, seed)


def of_system(name: str, system: System, share: float = 1.0, seed: int = 0) -> Entry:
    """Train a system of digits in black and white, and measure it."""
    trained = system.train(max(1, round(share * system.steps)), seed)
    metrics = system.measured(trained)
    rng = generator(seed)
    low, high = system.form.low, system.form.high

    def sample(n):
        return (system.form.restore(system.sample(trained.state, n, rng)) - low) / (high - low)

    return Entry(
        name,
        system.about or system.title,
        False,
        nats_in(metrics),
        metrics["parameters"],
        metrics["evaluations_per_sample"],
        seconds_of(sample),
        metrics["latent_code"],
        np.asarray(sample(SHOWN)),
    )


def of_outsiders(share: float = 1.0, seed: int = 0) -> Iterator[Entry]:
    """scikit-learn's models, by their own methods; ``share`` shortens the training of the one that has steps."""
    for found in outsiders(*as_host(digit_bits()), seed, share):
        yield Entry(
            found.name,
            f"scikit-learn's, {found.chosen}",
            True,
            found.nats,
            found.parameters,
            found.evaluations,
            seconds_of(found.sample),
            found.latent_code,
            found.sample(SHOWN).reshape(-1, SIDE, SIDE),
        )


def baseline() -> float:
    """Nats of the held-out digits if pixels were independent."""
    bits = digit_bits()
    return independent_pixels(bits.training, bits.held_out)


def seconds_of(sample: Callable, times: int = 5) -> float:
    """The least of ``times`` runs of ``sample(1)``, after one that is not counted."""
    sample(1)
    found = []
    for _ in range(times):
        start = time.perf_counter()
        sample(1)
        found.append(time.perf_counter() - start)
    return min(found)


def words(nats: Nats) -> str:
    """What a number is, as it stands in the table.

    >>> words(Nats(-19.6, 0.2, "exact", gap=0.91)), words(Nats(-22.3, 0.1, "bound", gap_at_least=1.9))
    ('exact (bound trained: 0.91 below)', 'bound, gap at least 1.90')
    """
    if nats.kind == "exact":
        return "exact" if nats.gap is None else f"exact (bound trained: {nats.gap:.2f} below)"
    if nats.kind == "estimate":
        low, high = nats.interval
        return f"estimate, in [{low:.2f}, {high:.2f}]"
    if nats.gap is not None:
        return f"bound, gap {nats.gap:.2f}"
    return "bound" if nats.gap_at_least is None else f"bound, gap at least {nats.gap_at_least:.2f}"
