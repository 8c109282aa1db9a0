"""What a perfect generator scores: the law of a metric where model and data agree, at the sample size at hand.

A metric of finite samples is never at its ideal value, and some are far from it. A number is read beside this one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..backend import to_numpy
from ..random import as_generator
from ..validation import count, function


class Null(NamedTuple):
    """Values of a metric under the null hypothesis, sorted, and what is read off them.

    >>> null = Null(np.arange(1.0, 100.0))
    >>> null.mean, null.quantile(0.5), null.p_value(98.0)  # two of 99 reach it: 3 / 100
    (50.0, 50.0, 0.03)
    """

    values: np.ndarray

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    @property
    def deviation(self) -> float:
        return float(self.values.std(ddof=1))

    def quantile(self, p):
        """The value below which a share ``p`` of them lies; an array for several."""
        found = np.quantile(self.values, p)
        return float(found) if found.ndim == 0 else found

    def p_value(self, value: float) -> float:
        """The chance of ``value`` or more under the null: (1 + how many reach it) / (1 + how many there are).

        For a metric that is the worse the larger it is; never 0 (Phipson and Smyth 2010).
        """
        return (1 + int((self.values >= value).sum())) / (1 + len(self.values))

    def __repr__(self) -> str:
        return f"Null(mean={self.mean:.4g}, deviation={self.deviation:.2g}, {len(self.values)} values)"


def null_distribution(
    metric: Callable, draw: Callable, n: int, against: int | None = None, *, repetitions: int = 100, rng=0
) -> Null:
    """The law of ``metric(fake)`` for ``n`` samples of the data itself, which ``draw(rng, n)`` makes.

    With ``against = m`` the metric is of two samples, ``metric(fake, real)``, and both are drawn afresh, n and m of
    them. Raises `ValueError` for numbers below one and a metric that is not finite.

    >>> import minigan.numpy as mnp
    >>> null = null_distribution(mnp.mean, lambda rng, n: rng.standard_normal((n,)), 25)
    >>> abs(null.deviation - 1 / 5) < 0.05
    True
    """
    function(metric, "the metric", "(samples)" if against is None else "(fake, real)")
    function(draw, "draw", "(rng, n)")
    n, repetitions = count(n, "n"), count(repetitions, "repetitions", 2)
    against = None if against is None else count(against, "against")
    rng = as_generator(rng)
    values = []
    for _ in range(repetitions):
        samples = [draw(rng, n)] if against is None else [draw(rng, n), draw(rng, against)]
        values.append(float(to_numpy(metric(*samples))))
    values = np.sort(np.asarray(values))
    if not np.isfinite(values).all():
        raise ValueError("the metric is not finite on samples of the data itself")
    return Null(values)
