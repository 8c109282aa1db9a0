"""Wrong formulas for the claim on one posterior by exact inference, chains and variational inference."""

import math

import numpy as np

from minigan.models.families import inference as I

PRIOR = I.shares(np.random.default_rng(0).standard_normal((20_000, 2)))


def without_a_determinant() -> float:
    """The integral over z2 as if its variance were 1 for every z1."""
    z = np.linspace(-10.0, 10.0, 4001)
    values = np.exp(-0.5 * (z * z + 1.0 / (0.09 + z * z))) / (2.0 * math.pi)
    return math.log(float(values.sum() * (z[1] - z[0])))


PLANTED = {
    "exact-chains-variational": [
        dict(evidence=without_a_determinant),
        dict(evidence=lambda: I.exact_log_evidence() + 1e-8),
        dict(evidence=lambda: math.nan),
        dict(power=1.0),
        dict(power=0.25),
        dict(least_gap=1.0),
        dict(gaussian=lambda rng: I.Found(I.by_quadrature(240).masses, 1, -2.5)),  # a Gaussian of two modes
        dict(gaussian=lambda rng: I.by_gaussian(rng, steps=2, starts=1), implicit=lambda rng, steps: I.Found(PRIOR, 1)),
        dict(implicit=lambda rng, steps: I.Found(PRIOR, 1)),
        dict(implicit=lambda rng, steps: I.by_gaussian(rng)),
    ],
}
TRAINS = ("exact-chains-variational",)
