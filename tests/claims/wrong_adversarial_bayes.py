"""Wrong formulas for the claims on adversarial variational Bayes."""

import dataclasses
import functools
import math

import minigan as mg
import minigan.numpy as mnp
from minigan.claims.implicit.adversarial_bayes import (
    BEST,
    closed_contrast,
    log_ratio,
    matched,
    trained_log_ratio,
)
from minigan.densities import Normal

NAN = math.nan
TRAINS = ("avb-log-ratio", "avb-beats-gaussian-vae")


@functools.cache
def trained_on(backend, posteriors, seed, steps):
    return trained_log_ratio(posteriors, seed, steps)


def trained(posteriors, seed, steps):
    """One training for all formulas that are planted beside it."""
    return trained_on(mg.active().name, posteriors, seed, steps)


def prior_for_contrast(q):
    """No adaptation."""
    return Normal(0.0, 1.0)


def too_wide(q):
    """Deviations that are 1 % off."""
    return dataclasses.replace(matched(q), deviation=1.01 * matched(q).deviation)


PLANTED = {
    "avb-log-ratio": [
        dict(best=lambda q, z: -log_ratio(q, z), trained=trained),
        dict(best=lambda q, z: log_ratio(q, z) + 1e-6, trained=trained),
        dict(best=lambda q, z: q.log_density(z), trained=trained),  # without the prior
        dict(best=lambda q, z: mnp.sigmoid(log_ratio(q, z)), trained=trained),  # D, and not its logit
        dict(trained=lambda *given: lambda x, z: trained(*given)(-x, z)),  # of the other example
        dict(trained=lambda *given: lambda x, z: 0.9 * trained(*given)(x, z)),
        dict(trained=lambda *given: lambda x, z: NAN * z),
    ],
    "adaptive-contrast": [
        dict(contrast=prior_for_contrast),
        dict(contrast=too_wide),
        dict(closed=lambda q, r: -closed_contrast(q, r)),
        dict(closed=lambda q, r: 0.0),  # the bound without its second part
        dict(closed=lambda q, r: NAN),
    ],
    "avb-beats-gaussian-vae": [
        dict(trained=lambda seed, steps: (-1.568, -1.568)),  # no gain
        dict(trained=lambda seed, steps: (BEST + 0.01, -1.57)),  # more than there is, as T's own estimate says
        dict(trained=lambda seed, steps: (-1.42, -2.3)),  # beside a VAE that learned nothing
        dict(trained=lambda seed, steps: (NAN, -1.57)),
    ],
}
