"""Predictive checks: data that a fitted model would replicate, beside those that it was fitted to.

Source: Rubin (1984); Gelman, Meng & Stern (1996), "Posterior predictive assessment of model fitness via realized
discrepancies".
"""

from __future__ import annotations

import numpy as np

from ...metrics.rows import as_rows
from ...validation import fraction


def tail_probabilities(replicated, observed) -> np.ndarray:
    """2 min(P(T >= t), P(T <= t)), at most 1, for statistics T of replicated data (n, k) and t of the observed (k,).

    Small where the observed statistic is farther out than the model says. Both shares count the observed among the
    replicated, so that none is 0: the least is 2 / (n + 1).

    >>> tail_probabilities(np.arange(9.0)[:, None], [4.0]), tail_probabilities(np.arange(9.0)[:, None], [20.0])
    (array([1.]), array([0.2]))
    """
    replicated, observed = as_rows(replicated, "replicated statistics", 1), np.asarray(observed, dtype=float)
    if observed.shape != replicated.shape[1:] or not np.isfinite(observed).all():
        raise ValueError(
            f"each of {replicated.shape[1]} replicated statistics is held against a finite observed one, and these were "
            f"{observed!r:.80}"
        )
    above, below = (replicated >= observed).sum(0), (replicated <= observed).sum(0)
    return np.minimum(1.0, 2.0 * (1.0 + np.minimum(above, below)) / (len(replicated) + 1.0))


def band(replicated, level: float = 0.9) -> np.ndarray:
    """Where the middle share ``level`` of each column lies: low and high, shape (2, k), for rows (n, k).

    >>> band(np.arange(101.0)[:, None], 0.9)[:, 0]
    array([ 5., 95.])
    """
    tail = 0.5 * (1.0 - fraction(level, "the level of a band"))
    return np.quantile(as_rows(replicated, "replicated data", 1), [tail, 1.0 - tail], axis=0)
