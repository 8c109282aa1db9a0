"""The lecture's f-GAN table, letter by letter, its mistakes included (the mended rows are in `f_gan`).

Wrong are: the activations of reverse KL, Neyman and squared Hellinger, which decrease; the conjugates of
Pearson below t = -2 and of alpha > 1 below t = -1/(alpha - 1); the factor 1/|alpha| for alpha < 0; and some
ends of domains.
"""

from typing import Any, NamedTuple

import autograd.numpy as np


class PrintedRow(NamedTuple):
    """One printed row: the output activation g_f(v), the domain of f* as text, the conjugate f*(t), and
    f'(1).

    Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> row = TABLE_AS_PRINTED["pearson"]
    >>> print(row.activation(-6.0), row.conjugate(-6.0))  # for u >= 0 the conjugate is -1 there
    -6.0 3.0
    """

    activation: Any
    domain: str
    conjugate: Any
    threshold: float


def lambert_w(x):
    """W(x) = w with w e^w = x, for x > 0, by Newton's steps on w + log w = log x.

    Lecture, "f-GAN [Nowozin et al, 2016]": the row "Jeffrey".

    >>> print(f"{lambert_w(np.e):.6f}")
    1.000000
    """
    w = np.where(x > np.e, 1.0, x / np.e)
    for _ in range(60):
        w = w * (1 + np.log(x) - np.log(w)) / (1 + w)
    return w


def weighted_jensen_shannon_as_printed(pi):
    """f*(t) = (1 - pi) log((1 - pi) / (1 - pi e^(t/pi))), for t < -pi log pi.

    `pi` is the weight of P, between 0 and 1. Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> print(f"{weighted_jensen_shannon_as_printed(0.3).conjugate(0.1):.6f}")
    0.130050
    """
    return PrintedRow(
        activation=lambda v: -pi * np.log(pi) - np.log(1 + np.exp(-v)),
        domain="t < -pi log pi",
        conjugate=lambda t: (1 - pi) * np.log((1 - pi) / (1 - pi * np.exp(t / pi))),
        threshold=0.0,
    )


def alpha_as_printed(a):
    """f*(t) = (t (a - 1) + 1)^(a/(a - 1)) / |a| - 1/a for a < 1, with 1/a in place of 1/|a| for a > 1.

    `a` is any number but 0 and 1. Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> print(alpha_as_printed(-1.0).conjugate(0.0))  # f*(0) of every alpha-divergence is 0
    2.0
    """
    if a < 1:
        return PrintedRow(
            activation=lambda v: 1 / (1 - a) - np.log(1 + np.exp(-v)),
            domain="t < 1/(1 - alpha)",
            conjugate=lambda t: 1 / abs(a) * (t * (a - 1) + 1) ** (a / (a - 1)) - 1 / a,
            threshold=0.0,
        )
    return PrintedRow(
        activation=lambda v: v,
        domain="R",
        conjugate=lambda t: 1 / a * (t * (a - 1) + 1) ** (a / (a - 1)) - 1 / a,
        threshold=0.0,
    )


def jeffreys_conjugate_as_printed(t):
    """f*(t) = W(e^(1 - t)) + 1/W(e^(1 - t)) + t - 2.

    Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> print(f"{jeffreys_conjugate_as_printed(0.5):.8f}")
    0.57130807
    """
    w = lambert_w(np.exp(1 - t))
    return w + 1 / w + t - 2


TABLE_AS_PRINTED = {
    "total_variation": PrintedRow(lambda v: 0.5 * np.tanh(v), "-1/2 <= t <= 1/2", lambda t: t, 0.0),
    "kl": PrintedRow(lambda v: v, "R", lambda t: np.exp(t - 1), 1.0),
    "reverse_kl": PrintedRow(lambda v: -np.exp(v), "R_-", lambda t: -1 - np.log(-t), -1.0),
    "pearson": PrintedRow(lambda v: v, "R", lambda t: 1 / 4 * t**2 + t, 0.0),
    "neyman": PrintedRow(lambda v: 1 - np.exp(v), "t < 1", lambda t: 2 - 2 * np.sqrt(1 - t), 0.0),
    "squared_hellinger": PrintedRow(lambda v: 1 - np.exp(v), "t < 1", lambda t: t / (1 - t), 0.0),
    "jeffreys": PrintedRow(lambda v: v, "R", jeffreys_conjugate_as_printed, 0.0),
    "jensen_shannon": PrintedRow(
        lambda v: np.log(2) - np.log(1 + np.exp(-v)), "t < log 2", lambda t: -np.log(2 - np.exp(t)), 0.0
    ),
    "weighted_jensen_shannon": weighted_jensen_shannon_as_printed(0.3),
    "gan": PrintedRow(lambda v: -np.log(1 + np.exp(-v)), "R_-", lambda t: -np.log(1 - np.exp(t)), -np.log(2)),
    "alpha(0.5)": alpha_as_printed(0.5),
    "alpha(1.5)": alpha_as_printed(1.5),
}
