"""Wrong formulas for the claims on a simulator's rates, on predictive checks, and on a prior on a generator's weights."""

import math

import numpy as np

import minigan.numpy as mnp
from minigan.models.implicit.bayesian_generator import exact_likelihood, likeliest_weights
from minigan.models.implicit.hamiltonian import Chains
from minigan.models.implicit.lotka_volterra import EXACT, Check, Moments, checks, predictive_check
from minigan.models.implicit.populations import OBSERVED, STATISTICS
from minigan.random import generator

NAN = math.nan
PRIOR = Moments(np.zeros(3), np.eye(3))


def same_for_all(moments):
    """A posterior that no series changes."""
    factor = np.linalg.inv(np.linalg.cholesky(moments.covariance))

    def posterior(x):
        n = x.shape[0]
        log_det = float(np.log(np.diagonal(factor)).sum())
        mean, factors = np.tile(moments.mean, (n, 1)), np.tile(factor, (n, 1, 1))
        return mnp.asarray(mean), mnp.asarray(factors), mnp.full((n,), log_det)

    return lambda seed: posterior


def right(seed):
    return EXACT


def by(change):
    """A check of which something was changed."""

    def check(posterior, name, rng):
        after, before = checks(same_for_all(EXACT)(0), name, rng)
        return change(after, before)

    return check


def of_prior(posterior, name, rng):
    """Series of the prior instead of the posterior."""
    found = predictive_check(generator(3).standard_normal((1000, 3)), OBSERVED[name], rng)
    return found, found


def blind(posterior, name, rng):
    """One that nothing surprises."""
    after, before = checks(same_for_all(EXACT)(0), name, rng)
    return Check(after.series, after.x, np.full(len(STATISTICS), 0.9)), before


def times(factor):
    """The likelihood to some power."""
    return lambda kind, seed: lambda w, x: factor * exact_likelihood(kind)(w, x)


def mirrored(kind, seed):
    return lambda w, x: exact_likelihood(kind)(-w, x)


def weights_of_prior(kind, likelihood, x, rng):
    """Without the observations."""
    return Chains(generator(rng).standard_normal((200, 1, 25)), 1.0)


def weights_without_prior(kind, likelihood, x, rng):
    """The likeliest one, however often it is said."""
    return Chains(likeliest_weights(kind, exact_likelihood(kind), x, rng)[None], 1.0)


def nothing(kind, seed):
    """No need of a likelihood."""


PLANTED = {
    "lotka-volterra-posterior": [
        dict(judge=right, train=same_for_all(PRIOR)),
        dict(judge=right, train=same_for_all(EXACT)),  # right for the one series, and for no other
        dict(judge=right, train=same_for_all(Moments(EXACT.mean, 1e-4 * np.eye(3)))),
        dict(judge=right, train=same_for_all(Moments(EXACT.mean * NAN, EXACT.covariance))),
        dict(judge=lambda seed: PRIOR, train=same_for_all(EXACT)),
        dict(judge=lambda seed: Moments(-EXACT.mean, EXACT.covariance), train=same_for_all(EXACT)),
    ],
    "posterior-predictive-check": [
        dict(train=right, check=of_prior),
        dict(train=right, check=blind),
        dict(train=right, check=by(lambda after, before: (after._replace(series=0.0 * after.series), before))),
        dict(train=right, check=by(lambda after, before: (after._replace(tails=NAN * after.tails), before))),
        dict(train=same_for_all(PRIOR)),
        dict(train=same_for_all(Moments(np.array([0.5, 0.5, -0.5]), EXACT.covariance))),
    ],
    "weights-posterior-linear": [
        dict(learn=times(0.0)),
        dict(learn=times(-1.0)),
        dict(learn=times(0.5)),
        dict(learn=times(2.0)),
        dict(learn=times(NAN)),
        dict(learn=mirrored),
    ],
    "weights-posterior-few-data": [
        dict(learn=nothing, sample=weights_of_prior),
        dict(learn=nothing, sample=weights_without_prior),
        dict(learn=nothing, sample=lambda kind, *rest: Chains(mnp.zeros((1, 1, 25)) * NAN, 1.0)),
    ],
}
TRAINS = tuple(PLANTED)
