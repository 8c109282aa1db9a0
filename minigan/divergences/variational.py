"""The variational side: E_p[T] - E_q[f*(T)] never exceeds D_f(P || Q), whatever the critic,
and T* = f'(p/q) attains it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..backend import to_numpy
from .categorical import likelihood_ratio
from .expectations import expectation_under, loses_values
from .panels import Quadrature, edges_of, landmarks_of
from .stable import as_floating

LARGEST = 8.0  # of |v| for rows whose critic grows no faster than v: a ratio of 3000


class Estimate(NamedTuple):
    """A Monte-Carlo estimate and its standard error."""

    value: object
    standard_error: object


def expectation(values, weights=None):
    """The mean of samples, or with ``weights`` the sum over the last axis of weights times values (0 times inf is 0)."""
    if weights is None:
        return mnp.mean(values)
    weights = as_floating(weights)
    nothing = weights == 0.0
    return mnp.sum(mnp.where(nothing, 0.0, weights * mnp.where(nothing, 0.0, values)), axis=-1)


def bound(divergence, critic_real, critic_fake, p=None, q=None):
    """E_p[T] - E_q[f*(T)] from critic values T at data and at samples of the model.

    Without probabilities the expectations are means over all entries; with ``p`` and ``q``, shape (..., K),
    they are exact sums over K categories and ``critic_real`` and ``critic_fake`` are usually the same array. At most
    ``between(p, q)``, and -inf where the critic leaves the domain under Q. Nowozin, Cseke and Tomioka (2016), eq. 4.

    >>> from minigan.divergences import kl
    >>> p, q = mnp.asarray([0.5, 0.3, 0.2]), mnp.asarray([0.2, 0.3, 0.5])
    >>> best = kl.optimal_critic(p / q)
    >>> round(float(bound(kl, best, best, p, q)), 12)
    0.274887219562
    """
    critic_real, critic_fake = as_floating(critic_real), as_floating(critic_fake)
    return expectation(critic_real, p) - expectation(divergence.conjugate(critic_fake), q)


def bound_of_outputs(divergence, v_real, v_fake, p=None, q=None, canonical=False):
    """`bound` from the critic network's outputs v, T = g(v), in the stable composition f*(g(v)).

    With ``canonical`` g is f'(exp v), for which v = log p/q is optimal in every row; otherwise the lecture's.

    >>> from minigan.divergences import jensen_shannon
    >>> p, q = mnp.asarray([0.5, 0.3, 0.2]), mnp.asarray([0.2, 0.3, 0.5])
    >>> v = mnp.log(p / q)
    >>> round(float(bound_of_outputs(jensen_shannon, v, v, p, q, canonical=True)), 12)
    0.132828628765
    """
    v_real, v_fake = as_floating(v_real), as_floating(v_fake)
    if canonical:
        real, fake = (
            divergence.canonical_activation(v_real),
            divergence.conjugate_of_canonical_activation(v_fake),
        )
    else:
        real, fake = divergence.activation(v_real), divergence.conjugate_of_activation(v_fake)
    return expectation(real, p) - expectation(fake, q)


def largest_output(divergence, samples: int) -> float:
    """The c to which a canonical critic's |v| is bounded when it is known from samples alone: min(8, log(samples) / s).

    T and f*(T) grow at most like exp(s |v|) (s = 1 for kl, 2 for pearson and neyman, 0 for the Jensen-Shannon rows),
    so beyond c a single point, one that the samples may well have missed, weighs more than all of them.

    >>> from minigan.divergences import jensen_shannon, neyman
    >>> round(largest_output(neyman, 1024), 6), largest_output(jensen_shannon, 1024)
    (3.465736, 8.0)
    """
    growth = 0.0
    for function in (divergence.canonical_activation, divergence.conjugate_of_canonical_activation):
        for end in (-40.0, 40.0):
            near, far = (abs(float(to_numpy(function(v)))) for v in (end, end * 1.025))
            if near > 0.0 and far > 0.0:
                growth = max(growth, math.log(far / near))
    return min(LARGEST, math.log(samples) / max(growth, 1e-3))


def softly_bounded(v, largest):
    """largest tanh(v / largest): v to third order near 0, never beyond ``largest``; v itself for an infinite one."""
    return v if largest == math.inf else largest * mnp.tanh(v / largest)


def estimate(divergence, critic_real, critic_fake):
    """`bound` from independent samples, with its standard error sqrt(var T / n + var f*(T) / m).

    The error is of the average for this critic; where f*(T) has no variance under Q (kl and pearson with heavy tails)
    it grows with the sample instead of shrinking. Raises `ValueError` for fewer than two samples of either kind.

    >>> from minigan.divergences import pearson
    >>> float(estimate(pearson, [0.0, 1.0], [0.0, 0.0]).value)
    0.5
    """
    real, fake = as_floating(critic_real), divergence.conjugate(as_floating(critic_fake))
    n, m = real.size, fake.size
    if min(n, m) < 2:
        raise ValueError(f"a standard error needs two samples of each kind, and there are {n} real and {m} fake")
    variance = mnp.var(real, ddof=1) / n + mnp.var(fake, ddof=1) / m
    return Estimate(mnp.mean(real) - mnp.mean(fake), mnp.sqrt(variance))


def gap(divergence, critic, p, q):
    """D_f(P || Q) less the bound at ``critic``, categorical: sum of q (f(p/q) + f*(T) - T p/q), each term non-negative.

    Zero where T = f'(p/q). +inf where the divergence is, or where T leaves the domain under Q.

    >>> from minigan.divergences import pearson
    >>> round(float(gap(pearson, [0.0, 0.0], [0.5, 0.5], [0.25, 0.75])), 12)
    0.333333333333
    """
    critic, p, q = as_floating(critic), as_floating(p), as_floating(q)
    r = likelihood_ratio(mnp.where(q > 0, p, 1.0), mnp.where(q > 0, q, 1.0))
    slack = divergence.f(r) + divergence.conjugate(critic) - mnp.where(r > 0, r * mnp.where(r > 0, critic, 0.0), 0.0)
    inside = mnp.where(q > 0, mnp.where(q > 0, q, 1.0) * mnp.maximum(slack, 0.0), 0.0)
    room = mnp.maximum(divergence.f_prime_at_infinity - mnp.where(q > 0, 0.0, critic), 0.0)
    alone = mnp.where((q <= 0) & (p > 0), mnp.where(p > 0, p, 1.0) * room, 0.0)
    return mnp.sum(inside + alone, axis=-1)


def bound_between_densities(divergence, critic, p, q, tolerance=1e-10, canonical=None):
    """E_p[T] - E_q[f*(T)] by quadrature, for a critic that is a function x -> T; a `Quadrature` (value, error).

    With ``canonical`` True or False the critic is x -> v instead, as in `bound_of_outputs`, and f*(g(v)) is finite
    where T = g(v) has long overflowed, or rounds to the end of the domain. Where the difference is one of infinities it
    is -inf, as under any supremum; T* of an infinite divergence is such a critic. Raises `ValueError` where T has
    overflowed and f*(T), still moderate, is therefore not known.

    >>> from minigan.densities import Normal
    >>> from minigan.divergences import kl
    >>> best = lambda x: kl.optimal_critic(mnp.exp(0.5 - x))  # p/q of N(0, 1) and N(1, 1)
    >>> round(float(bound_between_densities(kl, best, Normal(0.0, 1.0), Normal(1.0, 1.0))), 9)
    0.5
    """
    if canonical is None:
        real, fake = critic, (lambda x: divergence.conjugate(critic(x)))
    else:
        g, f = (
            (divergence.canonical_activation, divergence.conjugate_of_canonical_activation)
            if canonical
            else (divergence.activation, divergence.conjugate_of_activation)
        )
        real, fake = (lambda x: g(critic(x))), (lambda x: f(critic(x)))
    marks, edges = landmarks_of([p, q]), edges_of([p, q])  # the critic has features of both
    under_p, under_q = (expectation_under(density, h, tolerance, marks, edges) for density, h in ((p, real), (q, fake)))
    one, other = (float(to_numpy(stop_gradient(part.value))) for part in (under_p, under_q))
    if canonical is None and math.isinf(other) and loses_values(q, critic, fake, marks, edges):
        raise ValueError(
            "the critic's T overflows where f*(T) is still moderate; give its output v, and canonical=True or False"
        )
    if one == other and math.isinf(one):
        return Quadrature(mnp.asarray(-math.inf), 0.0)
    return Quadrature(under_p.value - under_q.value, under_p.error + under_q.error)
