"""Wrong formulas for the claims on samplers and on the Bayesian GAN."""

import math

import numpy as np

from minigan import optim
from minigan.claims.implicit.samplers import langevin_variance, sghmc_covariance, sghmc_variance

NAN = math.nan


PLANTED = {
    "langevin-stationary": [
        dict(variance=lambda lr, precision, temperature=1.0: temperature / precision),  # as if steps had no length
        dict(variance=lambda lr, precision, temperature=1.0: langevin_variance(0.5 * lr, precision, temperature)),
        dict(variance=lambda lr, precision, temperature=1.0: 1.0 / (precision * (1.0 + 0.5 * lr * precision))),
        dict(variance=lambda *given: NAN),
        dict(sampler=lambda lr: optim.langevin(lr, 0.9)),
        dict(sampler=lambda lr: optim.langevin(0.5 * lr)),
    ],
    "sghmc-stationary": [
        dict(covariance=lambda lr, precision, friction, t=1.0: np.diag([1.0 / precision, lr]) * t),  # of continuous time
        dict(covariance=lambda lr, precision, friction, t=1.0: sghmc_covariance(lr, precision, 0.5 * friction, t)),
        dict(covariance=lambda *given: 1.03 * sghmc_covariance(*given)),
        dict(covariance=lambda *given: NAN * sghmc_covariance(*given)),
        dict(variance=lambda lr, precision, friction: langevin_variance(lr, precision)),
        dict(variance=lambda *given: sghmc_variance(*given) + 1e-9),
        dict(sampler=lambda lr, friction: optim.sghmc(lr, friction, 0.9)),
        dict(sampler=lambda lr, friction: optim.langevin(lr)),  # no velocity at all
    ],
}
