"""Samples by a Markov chain, and what they are worth: how many of its steps one that is as good as independent costs."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from .contrastive_divergence import EnergyModel

WINDOW = 6.0  # in units of the time itself; what is left out beyond it is exp(-6) of an exponential


def integrated_autocorrelation_time(x, window: float = WINDOW) -> float:
    """tau = 1 + 2 (rho_1 + rho_2 + ...): the mean of n steps has the variance of a mean of n / tau independent draws.

    ``x`` are the values of one function along chains that have forgotten how they began: shape (steps,) or (chains,
    steps). The sum ends at the first lag of ``window`` tau or more (and ``window`` at least), since later terms are noise
    (Sokal, 1989): the time is infinity where the chains are too short to have such a lag, and NaN where ``x`` never
    changes. Raises `ValueError` for fewer than 2 steps.

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
    enough = np.arange(steps) >= window * np.maximum(times, 1.0)
    return float(times[np.argmax(enough)]) if enough.any() else math.inf


def chain(model: EnergyModel, params, n: int, rng, sweeps: int, keep: int = 1):
    """Arrays (n, visible): what is seen of ``n`` chains after each of the last ``keep`` of ``sweeps`` sweeps."""
    states, kept = model.start(rng, n), []
    for i in range(sweeps):
        states = model.sweep(params, states, rng.uniform((n, model.units), dtype=states.dtype))
        if i >= sweeps - keep:
            kept.append(states[:, : model.visible])
    return kept


def sweeps_per_sample(model: EnergyModel, params, rng, chains: int = 50, sweeps: int = 1000) -> float | None:
    """How many sweeps an independent sample costs: the integrated autocorrelation time of the slowest visible unit.

    It is measured over the later half of ``chains`` chains, and ``None`` where they are too short to tell.
    """
    kept = to_numpy(mnp.stack(chain(model, params, chains, rng, sweeps, sweeps // 2), 1))
    times = [integrated_autocorrelation_time(kept[:, :, i]) for i in range(model.visible)]
    slowest = max((time for time in times if not math.isnan(time)), default=math.inf)
    return round(slowest, 2) if math.isfinite(slowest) else None
