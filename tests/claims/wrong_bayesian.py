"""Wrong formulas for the claims on samplers and on the Bayesian GAN."""

import functools
import math

import numpy as np

import minigan.numpy as mnp
from minigan import optim
from minigan.claims.implicit.mixture import by_gumbel_softmax, by_reinforce, evidence
from minigan.claims.implicit.regression import NOISE, exact_posterior, of_the_chain
from minigan.claims.implicit.samplers import langevin_variance, sghmc_covariance, sghmc_variance
from minigan.claims.registry import Run
from minigan.models.implicit.bayesian_gan import Apart, taken_apart
from minigan.models.implicit.bayesian_regression import (
    examples_with_a_gap,
    line,
    one_unit_on_a_grid,
    posterior_of_a_line,
    sampled_weights,
    tanh_units,
    units_by_importance,
)

NAN = math.nan
TRAINS = ("bayesian-gan", "network-posterior", "bayesian-digits")


def ways(**unions):
    """In place of training: divergences of unions by the first letter of a way, `one` or `ten`."""
    return lambda way, seed, steps: Apart(unions[way[:3]], 0.35, 0.3, [steps], [0.0])


@functools.cache
def chains_of(weights, steps):
    """Those of the claim's line (2 weights), or of tanh units (3 each), from seed 0."""
    network, how = (line(), {"step_length": 0.03, "leaps": 7}) if weights == 2 else (tanh_units(weights // 3), {})
    return sampled_weights(network, examples_with_a_gap(), Run().rng(0), steps=steps, **how)


def sampled_once(network, data, rng, *, steps, **how):
    """The same chains, whatever is planted beside them."""
    return chains_of(network.weights, steps)


def without_last(network, data, *given, **how):
    """As if there were an example less."""
    return sampled_weights(network, data._replace(x=data.x[:-1], y=data.y[:-1]), *given, **how)


def drawn_together(network, data, rng, *, steps, **how):
    """States that are all nearer to the middle of their chain than they are."""
    found = chains_of(network.weights, steps)
    middle = mnp.mean(found.samples, 0)
    return found._replace(samples=middle + 0.8 * (found.samples - middle))


def known(**wrong):
    return dict(sample=sampled_once, **wrong)


FIVE = {
    "fewest_classes_covered_by_a_generator": 10,
    "frechet_distance_of_one_generator": 6.0,
    "frechet_distance": 3.0,
    "frechet_distance_between_generators": 9.0,
    "frechet_distance_within_a_generator": 0.9,
}


def of_digits(one=5.5, **five):
    """In place of training: metrics of five generators, and the distance of one."""
    return lambda sampler, generators, seed: {**FIVE, **five} if generators > 1 else {"frechet_distance": one}


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
        dict(
            covariance=lambda lr, precision, friction, t=1.0: np.diag([1.0 / precision, lr]) * t
        ),  # of continuous time
        dict(covariance=lambda lr, precision, friction, t=1.0: sghmc_covariance(lr, precision, 0.5 * friction, t)),
        dict(covariance=lambda *given: 1.03 * sghmc_covariance(*given)),
        dict(covariance=lambda *given: NAN * sghmc_covariance(*given)),
        dict(variance=lambda lr, precision, friction: langevin_variance(lr, precision)),
        dict(variance=lambda *given: sghmc_variance(*given) + 1e-9),
        dict(sampler=lambda lr, friction: optim.sghmc(lr, friction, 0.9)),
        dict(sampler=lambda lr, friction: optim.langevin(lr)),  # no velocity at all
    ],
    "regression-posterior": [
        dict(posterior=lambda data: (exact_posterior(data)[0], 1.1 * exact_posterior(data)[1])),
        dict(posterior=lambda data: (np.linalg.lstsq(data.x, data.y)[0], exact_posterior(data)[1])),  # without a prior
        dict(posterior=lambda data: (exact_posterior(data)[0], np.linalg.inv(data.x.T @ data.x / NOISE + np.eye(3)))),
        dict(posterior=lambda data: (NAN * exact_posterior(data)[0], exact_posterior(data)[1])),
        dict(law=lambda covariance, lr: covariance + 0.02 * np.eye(3)),
        dict(law=lambda covariance, lr: np.diag(np.diag(of_the_chain(covariance, lr)))),  # independent weights
    ],
    "network-posterior": [
        known(of_line=lambda data: (posterior_of_a_line(data)[0], 1.2 * posterior_of_a_line(data)[1])),
        known(of_line=lambda data: posterior_of_a_line(data._replace(noise=1.2 * data.noise))),
        known(of_line=lambda data: (NAN * posterior_of_a_line(data)[0], posterior_of_a_line(data)[1])),
        known(of_unit=lambda data, at: one_unit_on_a_grid(data, at, reach=0.8)),
        known(of_unit=lambda data, at: one_unit_on_a_grid(data._replace(noise=1.3 * data.noise), at)),
        known(of_units=lambda hidden, *given: units_by_importance(3, *given)),
        known(of_units=lambda hidden, data, at, *given: units_by_importance(hidden, data, at[::-1], *given)),
        dict(sample=without_last),
        dict(sample=drawn_together),
    ],
    "mixture-assignments": [
        dict(log_p=lambda log_joint: float(log_joint.max(1).sum())),  # of the likeliest assignment alone
        dict(log_p=lambda log_joint: evidence(log_joint) + 1e-6),
        dict(log_p=lambda log_joint: NAN),
        dict(unbiased=by_gumbel_softmax(1.0)),
        dict(relaxed=lambda temperature: by_reinforce),
        dict(relaxed=lambda temperature: by_gumbel_softmax(1.0)),
    ],
    "bayesian-gan": [
        dict(train=ways(one=0.2, ten=0.2)),
        dict(train=ways(one=0.2, ten=0.15)),
        dict(train=ways(one=0.6, ten=0.34)),  # far from the data all the same
        dict(train=ways(one=0.3, ten=NAN)),
        dict(train=lambda way, seed, steps: taken_apart("one, by SGHMC", seed, 200)),  # hardly begun, and always one
    ],
    "bayesian-digits": [
        dict(measure=of_digits(one=3.8)),
        dict(measure=of_digits(frechet_distance=NAN)),
        dict(measure=of_digits(frechet_distance_of_one_generator=3.1)),  # the same five times
        dict(measure=of_digits(frechet_distance_between_generators=1.0)),  # no more than by chance
        dict(measure=of_digits(fewest_classes_covered_by_a_generator=7)),
    ],
}
