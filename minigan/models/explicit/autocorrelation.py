"""What a sample of a Markov chain is worth: how many of its steps it takes for one that is as good as independent."""

from __future__ import annotations

import numpy as np

from ...backend import to_numpy

WINDOW = 6.0  # in units of the time itself; what is left out beyond it is exp(-6) of an exponential


def integrated_autocorrelation_time(x, window: float = WINDOW) -> float:
    """tau = 1 + 2 (rho_1 + rho_2 + ...): the mean of n steps has the variance of a mean of n / tau independent draws.

    ``x`` are the values of one function along chains that have forgotten how they began: shape (steps,) or (chains,
    steps). The sum ends at the first lag of ``window`` tau or more, since later terms are noise (Sokal, 1989). NaN where
    ``x`` never changes, and where the chains are too short for such a lag. Raises `ValueError` for fewer than 2 steps.

    >>> x = np.random.default_rng(0).standard_normal((100, 1000))
    >>> round(integrated_autocorrelation_time(x), 1)
    1.0
    """
    x = np.atleast_2d(np.asarray(to_numpy(x), dtype=float))
    if x.ndim != 2 or x.shape[1] < 2:
        raise ValueError(f"an autocorrelation is of steps (steps,) or (chains, steps), 2 or more, not {np.shape(x)}")
    steps = x.shape[1]
    spectrum = np.abs(np.fft.rfft(x - x.mean(), 2 * steps, axis=1)) ** 2
    covariance = np.fft.irfft(spectrum.mean(0))[:steps] / np.arange(steps, 0, -1)
    if not covariance[0] > 0.0:
        return float("nan")
    times = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
    enough = np.arange(steps) >= window * times
    return float(times[np.argmax(enough)]) if enough.any() else float("nan")
