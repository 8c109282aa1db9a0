"""A linear model with Gaussian noise and a Gaussian prior: regularisers meet there, for its posterior is known.

y = X w + e,    e ~ N(0, s^2 I),    w ~ N(0, t^2 I)
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...arrays import finite, floating
from ...random import as_generator
from ...validation import positive


class LinearModel(NamedTuple):
    """Rows ``x`` (n, d), targets ``y`` (n,), the ``noise`` s of a target and the ``deviation`` t of a weight, both > 0."""

    x: Any
    y: Any
    noise: float
    deviation: float

    def log_density(self, w):
        """log p(y, w), normalised, for weights (..., d): shape (...).

        >>> model = linear_model([[1.0], [2.0]], [1.0, 2.0], noise=1.0, deviation=1.0)
        >>> round(float(model.log_density(mnp.ones(1))), 6)  # -3/2 log(2 pi) - 1/2
        -3.256816
        """
        n, d = self.x.shape
        residual = self.y - mnp.matmul(w, mnp.matrix_transpose(self.x))
        constant = n * math.log(self.noise) + d * math.log(self.deviation) + 0.5 * (n + d) * math.log(2.0 * math.pi)
        squares = mnp.sum(mnp.square(residual), -1) / self.noise**2 + mnp.sum(mnp.square(w), -1) / self.deviation**2
        return -0.5 * squares - constant

    def precision(self):
        """H = X'X / s^2 + I / t^2, the posterior's precision, (d, d)."""
        square = mnp.matmul(mnp.matrix_transpose(self.x), self.x)
        return square / self.noise**2 + mnp.eye(self.x.shape[1]) / self.deviation**2

    def posterior(self):
        """Mean H^-1 X'y / s^2 (d,) and covariance H^-1 (d, d) of p(w | y).

        >>> model = linear_model([[1.0], [2.0]], [1.0, 2.0], noise=1.0, deviation=1.0)
        >>> [round(float(one.ravel()[0]), 4) for one in model.posterior()]  # 5/6 and 1/6
        [0.8333, 0.1667]
        """
        covariance = mnp.linalg.inv(self.precision())
        moment = mnp.matmul(mnp.matrix_transpose(self.x), self.y) / self.noise**2
        return mnp.matmul(covariance, moment), covariance

    def log_evidence(self) -> float:
        """log p(y) = log N(y; 0, s^2 I + t^2 X X'): log p(y, w) - log p(w | y) at the posterior's mean."""
        mean, covariance = self.posterior()
        log_peak = -0.5 * (mnp.linalg.slogdet(covariance)[1] + self.x.shape[1] * math.log(2.0 * math.pi))
        return float(self.log_density(mean) - log_peak)


def linear_model(x, y, noise: float = 1.0, deviation: float = 1.0) -> LinearModel:
    """A `LinearModel` of lists or arrays; `ValueError` where shapes do not fit or a deviation is not positive.

    >>> linear_model([[1.0]], [1.0, 2.0])
    Traceback (most recent call last):
    ValueError: a linear model has rows of shape (n, d) and a target each, (n,), and these are (1, 1) and (2,)
    """
    x, y = finite(floating(x, "the rows"), "the rows"), finite(floating(y, "the targets"), "the targets")
    if x.ndim != 2 or y.ndim != 1 or x.shape[0] != y.shape[0] or not x.shape[1]:
        raise ValueError(
            f"a linear model has rows of shape (n, d) and a target each, (n,), and these are {tuple(x.shape)} and "
            f"{tuple(y.shape)}"
        )
    return LinearModel(x, y, positive(noise, "the noise"), positive(deviation, "the deviation of the prior"))


def example(rng=0, rows: int = 40, columns: int = 5, noise: float = 0.5, deviation: float = 1.0) -> LinearModel:
    """Rows whose columns have scales from 1 down to 1/2, and targets drawn from the model itself."""
    rng = as_generator(rng)
    scales = mnp.linspace(1.0, 0.5, columns)
    x = scales * rng.standard_normal((rows, columns))
    w = deviation * rng.standard_normal((columns,))
    return linear_model(x, mnp.matmul(x, w) + noise * rng.standard_normal((rows,)), noise, deviation)
