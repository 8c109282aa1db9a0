"""Divergences from samples alone: the bound of a critic trained on one half of them, evaluated on the other.

On average that lies below the truth, by what the critic's features cannot express and by what it learnt of its own
half only. `minigan.divergences.neighbours` estimates without a critic, and `minigan.divergences.bias` shows both
beside the truth. Samples live on the host.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ..autodiff import value_and_grad
from ..backend import to_numpy
from ..validation import count as counted
from .neighbours import nearest_neighbour, points_of
from .variational import bound_of_outputs, largest_output, softly_bounded

__all__ = ["TrainedBound", "bumps", "nearest_neighbour", "polynomials", "trained_bound"]


def polynomials(degree=4):
    """Features of points (n, d): all coordinates' powers up to ``degree``, and products of two coordinates.

    ``features(x)`` is a NumPy array of shape (n, 1 + d degree + d (d - 1) / 2). Raises `ValueError` for a degree
    that is no integer from 0 on.

    >>> polynomials(2)(np.array([[3.0, 5.0]]))  # 1, x, x^2, y, y^2, x y
    array([[ 1.,  3.,  9.,  5., 25., 15.]])
    """
    degree = counted(degree, "the degree of polynomials", 0)

    def features(x):
        d = x.shape[1]
        columns = [np.ones(len(x)), *(x[:, i] ** k for i in range(d) for k in range(1, degree + 1))]
        columns += [x[:, i] * x[:, j] for i in range(d) for j in range(i)]
        return np.stack(columns, axis=1)

    return features


def bumps(count=12):
    """Features of points (n, d): 1 and, along each coordinate, ``count`` Gaussian bumps from -2.5 to 2.5 standard
    deviations, for a log-ratio with several humps; outside it is constant. Many of them want a penalty (1e-3 or more).

    ``features(x)`` is a NumPy array of shape (n, 1 + d count); neighbouring bumps are one width apart. Raises
    `ValueError` for fewer than two.

    >>> bumps(3)(np.array([[0.0]])).round(4)  # 1, and exp(-1/2) one width from the top of a bump
    array([[1.    , 0.6065, 1.    , 0.6065]])
    """
    count = counted(count, "the count of bumps", 2)
    width = 5.0 / (count - 1)

    def features(x):
        standard = (x[:, :, None] - np.linspace(-2.5, 2.5, count)) / width
        return np.concatenate([np.ones((len(x), 1)), np.exp(-0.5 * standard**2).reshape(len(x), -1)], axis=1)

    return features


class TrainedBound(NamedTuple):
    """The bound on samples that the critic has not seen, its standard error, and the bound on those it was trained on.

    >>> from minigan.divergences import kl
    >>> rng = np.random.default_rng(0)
    >>> found = trained_bound(kl, rng.normal(0, 1, 60), rng.normal(0, 1, 60), bumps(12))
    >>> found.on_training_half > 0.1, found.value < 0.0  # of equal laws: the truth is 0
    (True, True)
    """

    value: float
    standard_error: float
    on_training_half: float


def trained_bound(divergence, real, fake, features=None, penalty=1e-6):
    """max over critics v = theta . features(x) of E_p[T] - E_q[f*(T)], found on one half, evaluated on the other.

    T = f'(exp v), so that v estimates log p/q whatever the row (for total variation, whose f' is a step,
    the lecture's tanh), bounded as by `minigan.divergences.variational.largest_output`; ``features`` maps standardised
    points (n, d) to (n, m) and is by default `polynomials` of degree 4; ``penalty`` |theta|^2 keeps the maximum finite
    where the halves are separable (it is then a property of the features, not of P and Q: give fewer).
    Found by BFGS from theta = 0. Its expectation is at most D_f(P || Q), whatever the features.

    >>> from minigan.divergences import kl
    >>> rng = np.random.default_rng(0)
    >>> found = trained_bound(kl, rng.normal(0, 1, 4000), rng.normal(1, 1, 4000))
    >>> abs(found.value - 0.5) < 3 * found.standard_error < 0.2
    True
    """
    from scipy.optimize import minimize

    real, fake, features = points_of(real, "real"), points_of(fake, "fake"), features or polynomials()
    if min(len(real), len(fake)) < 4:
        raise ValueError(f"two halves of two points need four of each kind: {len(real)} real, {len(fake)} fake")
    both = np.concatenate([real, fake])
    middle, spread = both.mean(axis=0), both.std(axis=0)
    real, fake = (features((x - middle) / np.where(spread > 0, spread, 1.0)) for x in (real, fake))
    canonical = divergence.formulas.f_second is not None
    (real, real_held), (fake, fake_held) = ((mnp.asarray(x[::2]), mnp.asarray(x[1::2])) for x in (real, fake))

    largest = largest_output(divergence, min(real.shape[0], fake.shape[0])) if canonical else math.inf

    def outputs(x, theta):
        return softly_bounded(mnp.matmul(x, theta), largest)

    def loss(theta):
        low = bound_of_outputs(divergence, outputs(real, theta), outputs(fake, theta), canonical=canonical)
        return penalty * mnp.sum(mnp.square(theta)) - low

    def objective(theta):
        with mnp.errstate(all="ignore"):  # a step too long overflows, and is taken back
            value, slope = value_and_grad(loss)(mnp.asarray(theta))
        value = float(to_numpy(value))
        return (value, to_numpy(slope)) if math.isfinite(value) else (math.inf, np.zeros_like(theta))

    theta = mnp.asarray(minimize(objective, np.zeros(real.shape[1]), jac=True, method="BFGS").x)
    seen, new = ([outputs(x, theta) for x in pair] for pair in ((real, fake), (real_held, fake_held)))
    on_training_half = bound_of_outputs(divergence, *seen, canonical=canonical)
    g = divergence.canonical_activation if canonical else divergence.activation
    f = divergence.conjugate_of_canonical_activation if canonical else divergence.conjugate_of_activation
    t, s = to_numpy(g(new[0])), to_numpy(f(new[1]))
    error = math.sqrt(t.var(ddof=1) / len(t) + s.var(ddof=1) / len(s))
    return TrainedBound(float(t.mean() - s.mean()), error, float(to_numpy(on_training_half)))
