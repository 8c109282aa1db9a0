"""Sentences of the language of models: the lecture's, three lines each, some of their neighbours, and a new one.

Each takes its parameters, arrays that may be traced, and what was seen; `elimination` says how likely that is and what is
known of the rest, and `learned` finds the parameters.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import random as random_
from ...arrays import real_array
from ...autodiff import value_and_grad
from ...backend import to_numpy
from ...compiler import compile
from ...dynamics.vectors import as_vector
from ...validation import count
from .elimination import log_evidence
from .enumeration import log_evidence_by_enumeration
from .factors import categorical, normal
from .language import Discrete, Gaussian, Index, by, chain, linear, observed, plate, sum_out
from .row import Row


def _with_axes(**least: int):
    """A decorator: the arguments called so are arrays of real numbers, or lists of them, with so many axes or more."""

    def decorated(sentence):
        signature = inspect.signature(sentence)

        @functools.wraps(sentence)
        def checked(*args, **kwargs):
            given = signature.bind(*args, **kwargs)
            for name, axes in least.items():
                what = f"the numbers {name} of {sentence.__name__}"
                given.arguments[name] = x = real_array(given.arguments[name], what)
                if x.ndim < axes:
                    raise ValueError(f"{what} are an array of {axes} axes or more, and have the shape {tuple(x.shape)}")
            return sentence(*given.args, **given.kwargs)

        return checked

    return decorated


@_with_axes(logits=1, x=1)
def mixture_of_gaussians(logits, means, deviations, x):
    """x_n | k_n ~ N(means[k], diag deviations[k]^2), k_n ~ logits: of K components (K, d), for x (n, d).

    >>> seen = mixture_of_gaussians([0.0, 0.0], [[-1.0], [1.0]], [[1.0], [1.0]], [[0.0]])
    >>> round(float(log_evidence(seen)), 6)  # log N(1; 0, 1)
    -1.418939
    """
    n, k = Index("n", x.shape[0]), Discrete("k", logits.shape[0])
    seen = normal(observed("x", x, n), by(means, k), by(deviations, k))
    return plate(n, sum_out(k, categorical(k, logits) * seen))


@_with_axes(x=1)
def logistic_regression(weights, bias, x, y):
    """y_n | x_n ~ softmax(weights x_n + bias): of weights (classes, d), for x (n, d) and labels y (n,)."""
    n = Index("n", x.shape[0])
    logits = linear(observed("x", x, n), weights, bias)
    return plate(n, categorical(observed("y", y, n), logits))


@_with_axes(start=1, x=1)
def hidden_markov_model(start, moves, means, deviations, x):
    """z_t | z_(t-1) ~ moves[z_(t-1)], x_t | z_t ~ N(means[z], diag deviations[z]^2): logits (K,), (K, K), for x (t, d)."""
    t, z = Index("t", x.shape[0]), Discrete("z", start.shape[0])
    seen = normal(observed("x", x, t), by(means, z), by(deviations, z))
    return chain(t, z, categorical(z, start), categorical(z, by(moves, z.before)), seen)


@_with_axes(transition=1, x=1)
def linear_gaussian_chain(transition, noise, loadings, deviations, x):
    """z_t | z_(t-1) ~ N(transition z_(t-1), noise), z_1 ~ N(0, I), x_t | z_t ~ N(loadings z_t, diag deviations^2): the
    model of the Kalman filter, for x (t, m). ``noise`` is a covariance (d, d)."""
    t, z = Index("t", x.shape[0]), Gaussian("z", transition.shape[0])
    seen = normal(observed("x", x, t), linear(z, loadings), deviations)
    return chain(t, z, normal(z, 0.0, 1.0), normal(z, linear(z.before, transition), covariance=noise), seen)


@_with_axes(loadings=2, x=1)
def factor_analysis(loadings, mean, deviations, x):
    """x_n | z_n ~ N(loadings z_n + mean, diag deviations^2), z_n ~ N(0, I): of loadings (d, q), for x (n, d). With one
    deviation for all coordinates it is probabilistic PCA."""
    n, z = Index("n", x.shape[0]), Gaussian("z", loadings.shape[1])
    seen = normal(observed("x", x, n), linear(z, loadings, mean), deviations)
    return plate(n, sum_out(z, normal(z, 0.0, 1.0) * seen))


@_with_axes(x=2)
def linear_regression(prior, noise, x, y):
    """y_n | w ~ N(w . x_n, noise^2), w ~ N(0, prior^2 I): one w for all, so it stands outside of the plate."""
    n, w = Index("n", x.shape[0]), Gaussian("w", x.shape[1])
    seen = plate(n, normal(observed("y", y, n), linear(w, observed("x", x, n)), noise))
    return sum_out(w, normal(w, 0.0, prior) * seen)


@_with_axes(gate=1, means=1, u=1, x=2)
def gated_chains(gate, start, moves, means, deviations, u, x):
    """A kind s_n of each sequence by logistic regression on its features u_n, a hidden Markov chain of that kind, and
    Gaussians that all kinds share: moves (kinds, K, K), means (K, d), for u (n, c) and x (n, t, d). All three at once."""
    n, t = Index("n", u.shape[0]), Index("t", x.shape[1])
    s, z = Discrete("s", gate.shape[0]), Discrete("z", means.shape[0])
    seen = normal(observed("x", x, n, t), by(means, z), by(deviations, z))
    path = chain(t, z, categorical(z, by(start, s)), categorical(z, by(moves, s, z.before)), seen)
    return plate(n, sum_out(s, categorical(s, linear(observed("u", u, n), gate)) * path))


class Learned(NamedTuple):
    """``parameters`` and the ``objective`` that they reach, with the number of its ``evaluations``."""

    parameters: Any
    objective: float
    evaluations: int


def drawn_gated_chains(rng, sequences: int, steps: int):
    """Data of two kinds and known parameters: features u (sequences, 2), x (sequences, steps, 1), kinds (sequences,).

    One kind stays where it is nine times out of ten, the other leaves four times out of five; both have the means -1 and 1
    with deviation 0.7, so that a single x tells nothing of the kind.
    """
    u = to_numpy(rng.standard_normal((sequences, 2)))
    kinds = (to_numpy(rng.uniform((sequences,))) < 1.0 / (1.0 + np.exp(u[:, 1] - 2.0 * u[:, 0]))).astype(int)
    leave = to_numpy(rng.uniform((sequences, steps))) < np.array([0.1, 0.8])[kinds][:, None]
    states = np.cumsum(leave, 1) % 2
    x = 2.0 * states - 1.0 + 0.7 * to_numpy(rng.standard_normal((sequences, steps)))
    return u, x[..., None], kinds


def learned_gated_chains(u, x, rng) -> Learned:
    """The parameters of `gated_chains` of two kinds and two states with the largest evidence near a drawn start: (gate of
    kind 1 less that of kind 0, moves, means, log of the common deviation)."""
    start = (mnp.zeros(2), 0.5 * rng.standard_normal((2, 2, 2)), mnp.asarray([[-0.5], [0.5]]), mnp.zeros(()))
    return learned(lambda parameters: log_evidence(two_kinds(parameters, u, x)), start)


def two_kinds(parameters, u, x):
    """`gated_chains` of the parameters that `learned_gated_chains` has."""
    gate, moves, means, log_deviation = parameters
    both = mnp.stack([mnp.zeros(2), gate])
    return gated_chains(both, mnp.zeros((2, 2)), moves, means, mnp.exp(log_deviation) * mnp.ones((2, 1)), u, x)


def learned(objective: Callable, start, steps: int = 500) -> Learned:
    """The parameters with the largest ``objective(parameters)``, a tree of arrays, from ``start``: by SciPy's L-BFGS along
    its gradient, which of a log evidence holds all that the E step of EM knows.

    >>> x = mnp.asarray([[1.0], [3.0]])
    >>> alone = lambda mean: log_evidence(mixture_of_gaussians(mnp.zeros(1), mean, mnp.ones((1, 1)), x))
    >>> round(float(learned(alone, mnp.zeros((1, 1))).parameters[0, 0]), 6)  # of a single component, the mean of x
    2.0
    """
    from scipy.optimize import minimize

    vector, back = as_vector(start)
    cost = compile(value_and_grad(lambda v: -objective(back(v))))

    def of_host(v):
        value, slope = cost(mnp.asarray(v))
        return float(to_numpy(value)), np.asarray(to_numpy(slope), dtype=float)

    how = {"maxiter": count(steps, "steps"), "ftol": 0.0, "gtol": 1e-7, "maxcor": 20}
    found = minimize(of_host, to_numpy(vector), jac=True, method="L-BFGS-B", options=how)
    return Learned(back(mnp.asarray(found.x)), -float(found.fun), found.nfev)


def measured() -> str:
    """The new sentence by elimination, beside all 2,916 of its assignments: how far its evidence is off."""
    rng = random_.generator(0)
    shapes = ((2, 2), (2, 3), (2, 3, 3), (3, 1), (2, 2), (2, 3, 1))
    gate, start, moves, means, u, x = (rng.standard_normal(shape) for shape in shapes)
    sentence = gated_chains(gate, start, moves, means, mnp.ones((3, 1)), u, x)
    off = abs(float(to_numpy(log_evidence(sentence))) - log_evidence_by_enumeration(sentence))
    return f"off 2,916 assignments by {off:.0g} nats"


ROW = Row("HMM, mixture, logistic regression", "products, sums, chains, plates", "a language of models", measured)
