"""The f-GAN table, mended where the lecture prints it wrong (the printed rows are in `f_gan_as_printed`).

A row is a convex f; all else follows from it: f*(t) = sup over u >= 0 of u t - f(u), the threshold f'(1), and
the output activation, any increasing map of the real line into the domain of f*. P is the data, Q the model,
u = p/q.
"""

from typing import Any, NamedTuple

import autograd.numpy as np
from autograd import elementwise_grad


class Row(NamedTuple):
    """One row: f(u), the output activation g_f(v), the conjugate f*(t), and the threshold f'(1).

    `f`, `activation` and `conjugate` map arrays to arrays of the same shape. Lecture, "f-GAN [Nowozin et al,
    2016]".

    >>> row = TABLE["pearson"]
    >>> print(row.f(3.0), row.activation(0.5), row.conjugate(2.0), row.threshold)
    4.0 0.5 3.0 0.0
    """

    f: Any
    activation: Any
    conjugate: Any
    threshold: float


def jeffreys_conjugate(t):
    """f*(t) = w + 1/w + t - 2 with w = W(e^(1 - t)), the w with w e^w = e^(1 - t).

    Newton's steps on w + log w = 1 - t, from a guess below the solution. Lecture, "f-GAN [Nowozin et al,
    2016]".

    >>> print(f"{jeffreys_conjugate(0.5):.8f}")
    0.57130807
    """
    w = np.where(1 - t > 1, 1.0, np.exp(np.minimum(-t, 0.0)))
    for _ in range(60):
        w = w * (2 - t - np.log(w)) / (1 + w)
    return w + 1 / w + t - 2


def weighted_jensen_shannon(pi):
    """f(u) = pi u log u - (1 - pi + pi u) log(1 - pi + pi u): pi KL(P || M) + (1 - pi) KL(Q || M), M = pi P +
    (1 - pi) Q.

    `pi` is the weight of P, between 0 and 1. Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    >>> print(f"{divergence(weighted_jensen_shannon(0.3), p, q):.10f}")
    0.0560776194
    """
    return Row(
        f=lambda u: pi * u * np.log(u) - (1 - pi + pi * u) * np.log(1 - pi + pi * u),
        activation=lambda v: -pi * np.log(pi) - np.log(1 + np.exp(-v)),
        conjugate=lambda t: (1 - pi) * np.log((1 - pi) / (1 - pi * np.exp(t / pi))),
        threshold=0.0,
    )


def alpha(a):
    """f(u) = (u^a - 1 - a (u - 1)) / (a (a - 1)), f*(t) = (s^(a/(a - 1)) - 1)/a with s = max(1 + (a - 1) t,
    0).

    `a` is any number but 0 and 1. Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> print(f"{divergence(alpha(-0.5), np.array([0.9, 0.1]), np.array([0.5, 0.5])):.8f}")
    0.65428265
    """

    def conjugate(t):
        s = 1 + (a - 1) * t
        return (np.maximum(s, 0.0) ** (a / (a - 1)) - 1) / a

    return Row(
        f=lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)),
        activation=(lambda v: 1 / (1 - a) - np.log(1 + np.exp(-v))) if a < 1 else (lambda v: v),
        conjugate=conjugate,
        threshold=0.0,
    )


TABLE = {
    "total_variation": Row(
        f=lambda u: 0.5 * np.abs(u - 1),
        activation=lambda v: 0.5 * np.tanh(v),
        conjugate=lambda t: np.maximum(t, -0.5),  # for t <= 1/2
        threshold=0.0,
    ),
    "kl": Row(
        f=lambda u: u * np.log(u),
        activation=lambda v: v,
        conjugate=lambda t: np.exp(t - 1),
        threshold=1.0,
    ),
    "reverse_kl": Row(
        f=lambda u: -np.log(u),
        activation=lambda v: -np.exp(-v),
        conjugate=lambda t: -1 - np.log(-t),  # for t < 0
        threshold=-1.0,
    ),
    "pearson": Row(
        f=lambda u: (u - 1) ** 2,
        activation=lambda v: v,
        conjugate=lambda t: np.where(t >= -2, t**2 / 4 + t, -1.0),
        threshold=0.0,
    ),
    "neyman": Row(
        f=lambda u: (1 - u) ** 2 / u,
        activation=lambda v: 1 - np.exp(-v),
        conjugate=lambda t: 2 - 2 * np.sqrt(1 - t),  # for t <= 1
        threshold=0.0,
    ),
    "squared_hellinger": Row(
        f=lambda u: (np.sqrt(u) - 1) ** 2,
        activation=lambda v: 1 - np.exp(-v),
        conjugate=lambda t: t / (1 - t),  # for t < 1
        threshold=0.0,
    ),
    "jeffreys": Row(
        f=lambda u: (u - 1) * np.log(u),
        activation=lambda v: v,
        conjugate=jeffreys_conjugate,
        threshold=0.0,
    ),
    "jensen_shannon": Row(
        f=lambda u: u * np.log(u) - (1 + u) * np.log((1 + u) / 2),
        activation=lambda v: np.log(2) - np.log(1 + np.exp(-v)),
        conjugate=lambda t: -np.log(2 - np.exp(t)),  # for t < log 2
        threshold=0.0,
    ),
    "weighted_jensen_shannon": weighted_jensen_shannon(0.3),
    "gan": Row(
        f=lambda u: u * np.log(u) - (1 + u) * np.log(1 + u),
        activation=lambda v: -np.log(1 + np.exp(-v)),
        conjugate=lambda t: -np.log(1 - np.exp(t)),  # for t < 0
        threshold=-np.log(2),
    ),
    "alpha(0.5)": alpha(0.5),
    "alpha(1.5)": alpha(1.5),
}


def supremum(f, t):
    """f*(t) = sup over u > 0 of u t - f(u), by trying 400001 values of u between e^-20 and e^20.

    `t` is one number. Lecture, "f-GAN [Nowozin et al, 2016]": the definition of the column "Conjugate".

    >>> print(f"{supremum(TABLE['kl'].f, 1.0):.8f}")
    1.00000000
    """
    u = np.exp(np.linspace(-20.0, 20.0, 400001))
    return np.max(u * t - f(u))


def divergence(row, p, q):
    """D_f(P || Q) = sum_k q_k f(p_k / q_k), for probability vectors without zeros, shapes (K,), (K,) -> ().

    Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> print(f"{divergence(TABLE['kl'], np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])):.8f}")
    0.27488722
    """
    return np.sum(q * row.f(p / q))


def optimal_critic(row, p, q):
    """T* = f'(p/q), by differentiating f; shapes (K,), (K,) -> (K,).

    Lecture, "f-GAN [Nowozin et al, 2016]": T* exceeds the threshold f'(1) where p > q.

    >>> print(optimal_critic(TABLE["pearson"], np.array([0.75, 0.25]), np.array([0.5, 0.5])))
    [ 1. -1.]
    """
    return elementwise_grad(row.f)(p / q)


def bound(row, T, p, q):
    """F(T) = sum_k p_k T_k - sum_k q_k f*(T_k) <= D_f(P || Q), with equality at T = T*.

    Shapes (K,), (K,), (K,) -> (). Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    >>> print(f"{bound(TABLE['kl'], optimal_critic(TABLE['kl'], p, q), p, q):.8f}")
    0.27488722
    """
    return np.sum(p * T) - np.sum(q * row.conjugate(T))
