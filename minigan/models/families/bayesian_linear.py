"""Bayesian linear regression, exact: ridge regression is its mean, and a Gaussian process is what it says of new points.

    w ~ N(0, a^2 I),    y | w ~ N(w . x, s^2)

Its sentence has one w outside of a plate of examples. The posterior's mean is ridge regression's solution with the penalty
s^2 / a^2; f(x) = w . x is a Gaussian process of kernel a^2 x . x', so both give one evidence and one prediction.
"""

from __future__ import annotations

from ... import random as random_
from ...backend import to_numpy
from ...validation import positive
from . import sentences
from .elimination import Moments, log_evidence, posterior
from .factors import normal
from .language import Gaussian, Index, linear, observed, plate, sum_out
from .points import as_points
from .row import Row


def weights(prior: float, noise: float, x, y) -> Moments:
    """Mean (d,) and covariance (d, d) of w given x (n, d) and y (n,), for deviations ``prior`` of w and ``noise`` of y.

    >>> import minigan.numpy as mnp
    >>> found = weights(1.0, 1.0, mnp.asarray([[1.0], [1.0]]), mnp.asarray([3.0, 0.0]))
    >>> found.mean.round(6), found.covariance.round(6)  # three observations of w, one of them the prior's 0
    (array([1.]), array([[0.333333]]))
    """
    prior, noise = positive(prior, "the deviation of the weights"), positive(noise, "the deviation of the noise")
    x = as_points(x, "the rows x")
    return posterior(sentences.linear_regression(prior, noise, x, y), Gaussian("w", x.shape[1]))


def evidence(prior: float, noise: float, x, y):
    """log p(y | x), the weights integrated out."""
    return log_evidence(sentences.linear_regression(prior, noise, x, y))


def predicted(prior: float, noise: float, x, y, new) -> Moments:
    """Mean (m, 1) and variance (m, 1, 1) of y at rows ``new`` (m, d), its noise included: a variable that was not seen.

    >>> import minigan.numpy as mnp
    >>> one = mnp.asarray([[1.0]])
    >>> found = predicted(1.0, 1.0, one, mnp.asarray([3.0]), 2.0 * one)  # w ~ N(3/2, 1/2), and y ~ N(2 w, 1)
    >>> found.mean.round(6), found.covariance.round(6)
    (array([[3.]]), array([[[3.]]]))
    """
    x = as_points(x, "the rows x")
    new = as_points(new, "the new rows", columns=x.shape[1])
    n, m, w, f = Index("n", x.shape[0]), Index("m", new.shape[0]), Gaussian("w", x.shape[1]), Gaussian("f", 1)
    seen = plate(n, normal(observed("y", y, n), linear(w, observed("x", x, n)), noise))
    to_come = plate(m, sum_out(f, normal(f, linear(w, observed("x'", new, m)), noise)))
    return posterior(sum_out(w, normal(w, 0.0, prior) * seen * to_come), f)


def measured() -> str:
    """How far ridge regression's solution is from the posterior's mean, on 40 drawn examples of five features."""
    from sklearn.linear_model import Ridge

    rng = random_.generator(0)
    x, y = rng.standard_normal((40, 5)), rng.standard_normal((40,))
    ridge = Ridge(alpha=0.25, fit_intercept=False).fit(to_numpy(x), to_numpy(y)).coef_
    off = abs(ridge - to_numpy(weights(1.0, 0.5, x, y).mean)).max()
    return f"means equal to {off:.0e}"


ROW = Row("ridge regression", "the mean of the posterior", "Bayesian linear regression", measured)
