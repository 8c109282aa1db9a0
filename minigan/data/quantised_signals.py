"""Signals of symbols whose entropy rate is known exactly: nats a sample that no model can go below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

import minigan.numpy as mnp

from ..arrays import real_array
from ..backend import to_numpy
from ..validation import is_count, is_number
from .mu_law import checked_levels, expanded, mu_law_decode


@dataclass(frozen=True, eq=False)
class QuantisedSignal:
    """A stationary chain on symbols 0 .. ``levels`` - 1.

    * ``conditional``: p(s_t | context), shape (contexts, levels); ``stationary``: the law of a context.
    * ``order``: how many symbols back a context goes, ``lags``: which of them it holds, the nearest first.
    * ``entropy_rate``: sum over contexts of their probability times the entropy of what follows, in nats a symbol.
    * ``marginal_entropy``: that of a single symbol.
    """

    levels: int
    lags: tuple[int, ...]
    conditional: Any
    stationary: Any

    @property
    def order(self) -> int:
        return max(self.lags)

    @property
    def entropy_rate(self) -> float:
        return float(self.stationary @ _entropies(self.conditional))

    @property
    def marginal(self):
        """p(s), shape (levels,)."""
        return self.stationary @ self.conditional

    @property
    def marginal_entropy(self) -> float:
        return float(_entropies(self.marginal[None])[0])

    def context(self, past) -> np.ndarray:
        """The number of the context of symbols (..., order), the latest last: base ``levels``, the nearest lag first."""
        past = _symbols(past)
        found = np.zeros(past.shape[:-1], dtype=int)
        for lag in self.lags:
            found = found * self.levels + past[..., -lag]
        return found

    def sample(self, rng, n: int, length: int):
        """``n`` stretches of ``length`` symbols from the stationary law: integers (n, length) on the active backend."""
        u = to_numpy(rng.uniform((n, length + self.order)))
        drawn = np.zeros((n, length + self.order), dtype=int)
        drawn[:, : self.order] = self._begun(u[:, : self.order])
        edges = np.cumsum(self.conditional, -1)[:, :-1]
        for t in range(self.order, length + self.order):
            row = edges[self.context(drawn[:, t - self.order : t])]
            drawn[:, t] = (u[:, t, None] >= row).sum(-1)
        return mnp.asarray(drawn[:, self.order :])

    def _begun(self, u) -> np.ndarray:
        """Symbols (n, order) of which every context has its stationary probability."""
        if len(self.lags) == 1:  # chains side by side, each from the marginal law
            return (u[..., None] >= np.cumsum(self.marginal)[:-1]).sum(-1)
        context = (u[:, :1] >= np.cumsum(self.stationary)[:-1]).sum(-1)
        return np.stack([context // self.levels**i % self.levels for i in range(self.order)], -1)

    def log_probability(self, symbols) -> np.ndarray:
        """log p(s_t | what came before) of symbols (n, length): shape (n, length - order), from place ``order`` on."""
        s = _symbols(symbols)
        logs = np.log(self.conditional)
        places = range(self.order, s.shape[1])
        return np.stack([logs[self.context(s[:, t - self.order : t]), s[:, t]] for t in places], -1)


def _symbols(symbols) -> np.ndarray:
    return to_numpy(real_array(symbols, "the symbols of a signal"))


def _entropies(laws) -> np.ndarray:
    return -np.where(laws > 0.0, laws * np.log(np.where(laws > 0.0, laws, 1.0)), 0.0).sum(-1)


def autoregressive_signal(levels: int = 16, first=1.6, second=-0.8, deviation=0.12) -> QuantisedSignal:
    """Symbols of the mu-law whose next one is Gaussian around first y_(t-1) + second y_(t-2) in decoded levels y.

    p(s | a, b) is the Gaussian's mass in the cell of s, the outer cells reaching to infinity; a chain on pairs, whose
    stationary law is an eigenvector.

    >>> signal = autoregressive_signal()
    >>> round(signal.entropy_rate, 6), round(signal.marginal_entropy, 6)
    (1.509984, 2.696909)
    """
    levels = checked_levels(levels)
    y = to_numpy(mu_law_decode(mnp.arange(levels), levels))
    inner = to_numpy(expanded(mnp.asarray(2.0 * np.arange(1, levels) / levels - 1.0), levels - 1.0))
    mean = first * y[:, None] + second * y[None, :]  # the nearest lag first
    below = ndtr((inner - mean[..., None]) / deviation)
    law = np.diff(np.concatenate([np.zeros((levels, levels, 1)), below, np.ones((levels, levels, 1))], -1), axis=-1)
    conditional = np.maximum(law, 1e-300).reshape(levels * levels, levels)
    conditional /= conditional.sum(-1, keepdims=True)
    return QuantisedSignal(levels, (1, 2), conditional, _stationary(conditional, levels))


def echo_signal(levels: int = 16, lag: int = 24, share: float = 0.5) -> QuantisedSignal:
    """Symbols of which a ``share`` repeat the one ``lag`` before; the others are drawn from a law that falls with s.

    Its ``lag`` interleaved chains are independent, so a model that sees fewer than ``lag`` symbols back can do no better
    than the marginal entropy.

    >>> signal = echo_signal()
    >>> round(signal.entropy_rate, 6), round(signal.marginal_entropy, 6)
    (1.806774, 2.541107)
    """
    levels = checked_levels(levels)
    if not (is_count(lag) and is_number(share) and 0.0 <= share < 1.0):
        raise ValueError(f"an echo comes 1 or more symbols later, with a share in [0, 1), and was {lag!r}, {share!r}")
    fresh = 1.0 / (np.arange(levels) + 2.0)
    fresh /= fresh.sum()
    conditional = share * np.eye(levels) + (1.0 - share) * fresh
    return QuantisedSignal(levels, (lag,), conditional, fresh)


def _stationary(conditional, levels: int):
    """The law of pairs (nearest, one before) that a step leaves as it is, by repeated squaring of its iteration."""
    law = np.full(levels * levels, 1.0 / levels**2)
    table = conditional.reshape(levels, levels, levels)  # [a, b, s]: a the nearest
    for _ in range(20_000):
        moved = np.einsum("ab,abs->sa", law.reshape(levels, levels), table).reshape(-1)
        if abs(moved - law).max() < 1e-17:
            break
        law = moved
    return law / law.sum()
