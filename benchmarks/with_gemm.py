"""The floor: nothing but an iteration's matrix products, by NumPy's BLAS into memory that is already there."""

from __future__ import annotations

import itertools

import numpy as np

from .problem import MlpGan
from .workload import Contender, Missing, Settings


def products(spec: MlpGan) -> list[tuple[int, int, int]]:
    """(m, k, n) of every product of an iteration; no gradient goes into noise, data or, in G's turn, D's weights."""
    batch = spec.batch
    g, d = (list(itertools.pairwise(widths)) for widths in (spec.generator, spec.discriminator))
    found = [(batch, a, b) for a, b in g]  # the fake batch
    for _ in ("real", "fake"):
        found += [(batch, a, b) for a, b in d]
        found += [(a, batch, b) for a, b in d]
        found += [(batch, b, a) for a, b in d[1:]]
    found += [(batch, a, b) for a, b in d] + [(batch, b, a) for a, b in d]
    found += [(a, batch, b) for a, b in g] + [(batch, b, a) for a, b in g[1:]]
    return found


def mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("the floor is NumPy's BLAS")
    if spec.unrolled:
        raise Missing("the products of second derivatives are not counted")
    rng = np.random.default_rng(0)
    made: dict[tuple[int, int], np.ndarray] = {}

    def operand(*shape):
        if shape not in made:
            made[shape] = rng.standard_normal(shape, dtype=np.float32)
        return made[shape]

    jobs = [(operand(m, k), operand(k, n), np.empty((m, n), np.float32)) for m, k, n in products(spec)]

    def iterate():
        for a, b, out in jobs:
            np.dot(a, b, out=out)

    return Contender(list, iterate)
