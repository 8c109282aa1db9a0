"""Expectation-maximisation is coordinate ascent on the variational bound; what each half step gains is a KL divergence.

    L(q, theta) = sum_i E_q(z_i) [log p(x_i, z_i | theta) - log q(z_i)]
                = log p(x | theta) - sum_i KL(q(z_i) || p(z_i | x_i, theta))

The E step moves q to the posterior, and gains the KL that it closes. The M step moves theta to the law whose moments are
those of the completed data, and gains n KL(p(x, z | new) || p(x, z | old)): of an exponential family log p(x, z | new) -
log p(x, z | old) is linear in the moments, which are equal. Here a mixture of Gaussians with diagonal covariances.
Source: Dempster, Laird and Rubin (1977); Neal and Hinton (1998); Csiszar and Tusnady (1984).
Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...arrays import finite, floating, takes_lists
from ...backend import to_numpy
from ...validation import count
from .row import Row


class Theta(NamedTuple):
    """Of k components in d dimensions: ``weights`` (k,), ``means`` (k, d), ``variances`` (k, d)."""

    weights: Any
    means: Any
    variances: Any


def begin(x, components: int) -> Theta:
    """Equal weights, rows of ``x`` (n, d) at equal distances in the table as means, the data's variances."""
    x = finite(floating(x, "the data"), "the data")
    k = count(components, "components")
    if x.ndim != 2 or x.shape[0] < k:
        raise ValueError(
            f"a mixture of {k} is fitted to {k} rows (n, d) or more, and these have shape {tuple(x.shape)}"
        )
    rows = mnp.asarray([(2 * i + 1) * x.shape[0] // (2 * k) for i in range(k)])
    variances = mnp.broadcast_to(mnp.var(x, axis=0), (k, x.shape[1]))
    return Theta(mnp.full((k,), 1.0 / k), mnp.take(x, rows, 0), variances)


@takes_lists("x")
def log_joint(theta: Theta, x):
    """log p(x_i, z_i = j | theta), (n, k)."""
    apart = mnp.square(x[:, None, :] - theta.means) / theta.variances
    log_normal = -0.5 * mnp.sum(apart + mnp.log(theta.variances) + math.log(2.0 * math.pi), -1)
    return mnp.log(theta.weights) + log_normal


@takes_lists("x")
def log_likelihood(theta: Theta, x):
    """log p(x | theta), the sum over rows."""
    return mnp.sum(mnp.logsumexp(log_joint(theta, x), -1))


@takes_lists("x")
def e_step(theta: Theta, x):
    """log p(z_i = j | x_i, theta), (n, k): the q of the highest bound."""
    return mnp.log_softmax(log_joint(theta, x))


@takes_lists("log_q", "x")
def m_step(log_q, x) -> Theta:
    """The theta of the highest bound: shares, means and variances of the data, each row counted as q tells.

    >>> both = m_step(mnp.log(mnp.full((2, 1), 1.0)), mnp.asarray([[0.0], [2.0]]))
    >>> [float(part.ravel()[0]) for part in both]
    [1.0, 1.0, 1.0]
    """
    q = mnp.exp(log_q)
    mass = mnp.sum(q, 0)
    means = mnp.matmul(mnp.matrix_transpose(q), x) / mass[:, None]
    squares = mnp.sum(q[:, :, None] * mnp.square(x[:, None, :] - means), 0)
    return Theta(mass / x.shape[0], means, squares / mass[:, None])


@takes_lists("log_q", "x")
def bound(log_q, theta: Theta, x):
    """L(q, theta), for normalised log q (n, k)."""
    return mnp.sum(mnp.exp(log_q) * (log_joint(theta, x) - log_q))


@takes_lists("log_q", "log_p")
def kl_of_assignments(log_q, log_p):
    """sum_i KL(q(z_i) || p(z_i)), (n, k) each."""
    return mnp.sum(mnp.exp(log_q) * (log_q - log_p))


def kl_of_joints(new: Theta, old: Theta):
    """KL(p(x, z | new) || p(x, z | old)): of the weights, and of each pair of Gaussians by the new weights.

    >>> one, other = (Theta(mnp.ones(1), mnp.asarray([[m]]), mnp.ones((1, 1))) for m in (0.0, 2.0))
    >>> float(kl_of_joints(one, other))  # 2^2 / 2
    2.0
    """
    ratio = new.variances / old.variances
    gaussians = 0.5 * mnp.sum(ratio - 1.0 - mnp.log(ratio) + mnp.square(new.means - old.means) / old.variances, -1)
    return mnp.sum(new.weights * (mnp.log(new.weights) - mnp.log(old.weights) + gaussians))


class HalfSteps(NamedTuple):
    """What one iteration gained of the bound, by its E step and by its M step, and the KL divergences that each closed."""

    e_gain: float
    e_kl: float
    m_gain: float
    m_kl: float


@takes_lists("log_q", "x")
def iterate(log_q, theta: Theta, x) -> tuple[Any, Theta, HalfSteps]:
    """An E step and an M step from any q and theta, with what they gained.

    >>> x = irises()
    >>> _, _, gained = iterate(mnp.full((150, 1), 0.0), begin(x, 1), x)
    >>> abs(gained.m_gain - gained.m_kl) < 1e-9, round(gained.m_kl, 3)
    (True, 79.57)
    """
    posterior = e_step(theta, x)
    new = m_step(posterior, x)
    middle = bound(posterior, theta, x)
    gained = HalfSteps(
        float(middle - bound(log_q, theta, x)),
        float(kl_of_assignments(log_q, posterior)),
        float(bound(posterior, new, x) - middle),
        float(x.shape[0] * kl_of_joints(new, theta)),
    )
    return posterior, new, gained


@takes_lists("x")
def fit(x, components: int, iterations: int) -> Theta:
    """theta after so many iterations from `begin`.

    >>> x = irises()
    >>> round(float(log_likelihood(fit(x, 3, 20), x)), 3)
    -307.178
    """
    theta = begin(x, components)
    for _ in range(count(iterations, "iterations")):
        theta = m_step(e_step(theta, x), x)
    return theta


def by_scikit_learn(x, components: int, iterations: int) -> Theta:
    """The same by scikit-learn's `GaussianMixture` from the same start, in NumPy arrays."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    weights, means, variances = (to_numpy(part) for part in begin(x, components))
    tool = GaussianMixture(
        components, covariance_type="diag", tol=0.0, reg_covar=0.0, max_iter=count(iterations, "iterations"),
        weights_init=weights, means_init=means, precisions_init=1.0 / variances,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of so many iterations and no more
        tool.fit(to_numpy(x))
    return Theta(tool.weights_, tool.means_, tool.covariances_)


def irises():
    """Fisher's irises, four lengths in cm of 150 flowers of three species, (150, 4)."""
    from sklearn.datasets import load_iris

    return mnp.asarray(load_iris().data)


def apart(one: Theta, other: Theta) -> float:
    """The largest difference of any number of the two."""
    return float(max(np.abs(to_numpy(a) - to_numpy(b)).max() for a, b in zip(one, other)))


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    x = irises()
    theta = begin(x, 3)
    log_q, off = mnp.full((x.shape[0], 3), -math.log(3.0)), 0.0
    for _ in range(10):
        log_q, theta, gained = iterate(log_q, theta, x)
        off = max(off, abs(gained.e_gain - gained.e_kl), abs(gained.m_gain - gained.m_kl))
    return f"gains are KLs to {off:.0e} nats"


ROW = Row("expectation-maximisation", "coordinate ascent", "the variational bound", measured)
