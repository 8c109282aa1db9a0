"""How far off estimates from samples are: every estimator beside the exact value, over several samples."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .. import random as random_
from ..backend import to_numpy
from .estimators import bumps, trained_bound
from .neighbours import can_be_estimated, nearest_neighbour

ESTIMATORS = {
    "critic": lambda divergence, real, fake: trained_bound(divergence, real, fake, bumps(), penalty=3e-3).value,
    "nearest_neighbour": nearest_neighbour,
}


class Bias(NamedTuple):
    """The mean of an estimator over several samples with its standard error, and how far that is from the truth."""

    mean: float
    standard_error: float
    bias: float


def estimator_bias(divergence, p, q, n, seeds=5) -> dict[str, Bias]:
    """{"critic": Bias, "nearest_neighbour": Bias} over samples of n points of each of two densities.

    Each seed draws one sample, which both estimators see: the bound of a critic linear in twelve bumps,
    trained on one half and evaluated on the other (`trained_bound`), and `nearest_neighbour`,
    which is left out for an unbounded row of one's own. The critic's bias is at most zero, up to its standard error;
    the neighbours' goes either way. ``seeds`` is a number of seeds or the seeds themselves.
    Raises `ValueError` for fewer than two seeds, or where the divergence is infinite: no finite sample shows that.

    >>> from minigan.densities import Normal
    >>> from minigan.divergences import kl
    >>> found = estimator_bias(kl, Normal(0.0, 1.0), Normal(1.0, 1.0), 1000)
    >>> all(abs(one.bias) < 3 * one.standard_error + 0.02 for one in found.values())
    True
    """
    seeds = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if len(seeds) < 2:
        raise ValueError(f"a standard error needs two seeds, and there are {len(seeds)}")
    exact = float(divergence.between_densities(p, q))
    if not math.isfinite(exact):
        raise ValueError(f"{divergence.name} is infinite between these densities, and every estimate of it is finite")
    estimates = {"critic": [], "nearest_neighbour": []} if can_be_estimated(divergence) else {"critic": []}
    for seed in seeds:
        rng = random_.generator(seed)
        real, fake = (to_numpy(density.sample(rng, (n,))) for density in (p, q))
        for name, found in estimates.items():
            found.append(ESTIMATORS[name](divergence, real, fake))
    return {name: _bias(np.array(found), exact) for name, found in estimates.items()}


def _bias(found, exact):
    mean = float(found.mean())
    return Bias(mean, float(found.std(ddof=1)) / math.sqrt(len(found)), mean - exact)
