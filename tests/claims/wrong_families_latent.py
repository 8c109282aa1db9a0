"""Wrong formulas for the claims on linear latent-variable models, Bayesian regression and wide networks."""

import math

import numpy as np

from minigan.claims.families.latent_linear import drawn_in, exact_weights
from minigan.claims.families.wide_networks import fourth_moment
from minigan.models.families import bayesian_linear, latent_linear
from minigan.models.families import wide_networks as W

NAN = math.nan

PLANTED = {
    "pca-is-a-noiseless-latent-model": [
        dict(short=lambda lengths, variance: 0.0 * lengths),  # as if noise made no difference
        dict(short=lambda lengths, variance: variance / lengths),
        dict(short=lambda lengths, variance: np.sqrt(drawn_in(lengths, variance))),
        dict(short=lambda lengths, variance: NAN * lengths),
        dict(best=lambda x, q: latent_linear.probabilistic_pca(x, q, 0.5)),  # axes of full length beside some noise
        dict(best=lambda x, q: latent_linear.probabilistic_pca(x, q - 1)),
    ],
    "factor-analysis-by-its-evidence": [
        dict(fit=latent_linear.probabilistic_pca),  # one noise for all
        dict(fit=lambda x, q: latent_linear.factor_analysis(x, q - 1)),
    ],
    "bayesian-regression-is-a-gaussian-process": [
        dict(exact=lambda prior, noise, x, y: exact_weights(prior, noise**2, x, y)),
        dict(exact=lambda prior, noise, x, y: exact_weights(1e3, noise, x, y)),  # without a prior, nearly
        dict(exact=lambda *given: (exact_weights(*given)[0], NAN * exact_weights(*given)[1])),
        dict(evidence=lambda *given: bayesian_linear.evidence(*given) + 1e-8),
        dict(evidence=lambda prior, noise, x, y: bayesian_linear.evidence(noise, prior, x, y)),
    ],
    "wide-network-is-a-gaussian-process": [
        dict(relu=lambda x, y: 2.0 * W.relu_kernel(x, y)),
        dict(relu=lambda x, y: W.relu_kernel(x, -1.0 * y)),
        dict(erf=lambda x, y: W.erf_kernel(0.5 * x, y)),
        dict(erf=lambda x, y: NAN * W.erf_kernel(x, y)),
        dict(first_order=1.01 * W.FIRST_ORDER),
        dict(decay=0.5),  # one over the root of the width
        dict(decay=1.01),
        dict(moment=lambda width: 3.0),  # Gaussian at every width
        dict(moment=lambda width: fourth_moment(2 * width)),
    ],
}
