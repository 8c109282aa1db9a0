"""Wrong formulas for the claims on density ratios and on posteriors by them."""

import functools
import math

import numpy as np

import minigan.numpy as mnp
from minigan.claims.implicit import likelihood_free
from minigan.claims.implicit.density_ratios import (
    linear_discriminant,
    of_row,
    variance_of_ratio,
)
from minigan.divergences import TABLE
from minigan.models.implicit.ratio_error import bound_of, divergence_of
from minigan.models.implicit.ratio_estimators import least_squares_loss, prior_log_odds, quadratic_features

NAN = math.nan

untrained = functools.cache(lambda: likelihood_free.trained_posterior(0, 0))


def flat(seed, steps):
    """The prior, whatever was seen."""
    system, _ = untrained()
    return system, lambda x: system.parts["simulator"].grid_posterior(0.0)


def mirrored(seed, steps):
    """The right posterior on the wrong side of the harbour."""
    system, _ = untrained()
    return system, lambda x: system.parts["simulator"].true_posterior(x)[::-1, :]


def evidence_forgotten(joint):
    """log p(theta, x) / p(theta), the likelihood."""
    return mnp.log(joint / mnp.sum(joint, 1)[:, None])


PLANTED = {
    "unequal-priors-shift-the-logit": [
        dict(shift=lambda prior: 0.0),
        dict(shift=lambda prior: -prior_log_odds(prior)),
        dict(shift=lambda prior: math.log(prior)),
        dict(shift=lambda prior: 1.001 * prior_log_odds(prior)),
        dict(shift=lambda prior: NAN),
    ],
    "gaussians-of-one-covariance": [
        dict(coefficients=lambda p, q, s: np.subtract(p, q)),
        dict(coefficients=lambda p, q, s: -linear_discriminant(p, q, s)),
        dict(coefficients=lambda p, q, s: np.matmul(s, np.subtract(p, q))),
        dict(coefficients=lambda p, q, s: 1.001 * linear_discriminant(p, q, s)),
        dict(coefficients=lambda p, q, s: NAN * linear_discriminant(p, q, s)),
    ],
    "every-row-one-ratio": [
        dict(best=lambda row, ratio: ratio),
        dict(best=lambda row, ratio: -mnp.log(ratio)),
        dict(best=lambda row, ratio: mnp.log(ratio) + 1e-6),
        dict(best=lambda row, ratio: NAN * ratio),
        dict(objective=lambda row, *masses: of_row(TABLE["kl"], *masses)),  # all rows differ in nothing
        dict(objective=lambda row, *masses: lambda v_p, v_q: of_row(row, *masses)(v_p + 0.1, v_q + 0.1)),
    ],
    "bound-below-divergence": [
        dict(bound=lambda *given: bound_of(*given) + 0.1),
        dict(bound=lambda *given: 0.999 * bound_of(*given)),
        dict(bound=lambda *given: NAN),
        dict(divergence=lambda pair, row: divergence_of(pair, TABLE["kl"])),
        dict(divergence=lambda pair, row: divergence_of(pair, row) + 1e-6),
    ],
    "ratio-matching": [
        dict(squares=lambda v_p, v_q: 2.0 * least_squares_loss(v_p, v_q)),
        dict(squares=lambda v_p, v_q: least_squares_loss(v_q, v_p)),
        dict(squares=lambda v_p, v_q: NAN * least_squares_loss(v_p, v_q)),
        dict(features=lambda x: quadratic_features(mnp.sin(x))),  # what Gaussians are no family of
        dict(features=lambda x: quadratic_features(x) * NAN),
    ],
    "least-variance-ratio": [
        dict(variance=lambda pair, row: 1.0),
        dict(variance=lambda pair, row: 2.0 * variance_of_ratio(pair, row)),
        dict(variance=lambda pair, row: 1.0 / variance_of_ratio(pair, row)),
        dict(variance=lambda pair, row: NAN),
    ],
    "likelihood-free-posterior": [
        dict(ratio=evidence_forgotten),
        dict(ratio=lambda joint: mnp.log(joint)),
        dict(ratio=lambda joint: -likelihood_free.joint_over_marginals(joint)),
        dict(train=lambda seed, steps: untrained()),
        dict(train=flat),
        dict(train=mirrored),
    ],
}
TRAINS = ("likelihood-free-posterior", "every-row-one-ratio", "least-variance-ratio")
