"""The lecture's own rows, letter by letter, and in words what is wrong with each.

Nothing here is stable or mended: a formula printed for t >= -2 is evaluated below -2 as well, an activation
printed with the wrong sign decreases, and a power of a negative number is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import minigan.numpy as mnp

from .stable import as_floating, quietly


@dataclass(frozen=True)
class PrintedRow:
    """What the slide prints for one row.

    title               its name there
    output_activation   g_f(v)
    domain              dom f*, as text
    formula             f*(t)
    threshold           f'(1)
    erratum             in words what is wrong with it; empty where all of it holds
    increasing          whether g_f is

    >>> from minigan.divergences import pearson
    >>> float(pearson.as_printed.conjugate(-6.0)), float(pearson.conjugate(-6.0))
    (3.0, -1.0)
    """

    title: str
    output_activation: Callable
    domain: str
    formula: Callable
    threshold: float
    erratum: str = ""
    increasing: bool = True

    def activation(self, v):
        """g_f(v) as printed."""
        return quietly(self.output_activation)(as_floating(v))

    def conjugate(self, t):
        """f*(t) as printed, at any t whether or not the slide's domain holds it."""
        return quietly(self.formula)(as_floating(t))

    def conjugate_of_activation(self, v):
        """f*(g_f(v)) as printed: one formula put into the other, rounding, overflow and all."""
        return self.conjugate(self.activation(v))

    def bound(self, critic_real, critic_fake, p=None, q=None):
        """E_p[T] - E_q[f*(T)] with the printed f*, which need not be a bound; arguments as `FDivergence.bound`."""
        from .variational import expectation

        critic_real, critic_fake = as_floating(critic_real), as_floating(critic_fake)
        return expectation(critic_real, p) - expectation(self.conjugate(critic_fake), q)


DECREASING = (
    "g_f decreases in v, so that large outputs mean 'model' and small ones 'data'; the range, "
    "the supremum and the threshold in T are right. Increasing: {}."
)


def _tv(v):
    return 0.5 * mnp.tanh(v)


def _softplus(v):
    return mnp.log(1.0 + mnp.exp(-v))


TOTAL_VARIATION = PrintedRow(
    "Total variation",
    _tv,
    "-1/2 <= t <= 1/2",
    lambda t: t,
    0.0,
    "Over u >= 0 the domain is t <= 1/2 and f* = -1/2 for t < -1/2; [-1/2, 1/2] is the domain if f lives on all of R. "
    "f'(1) = 0 is a choice in [-1/2, 1/2], f* has no inverse, and the supremum is only approached, as v -> +-inf.",
)
KL = PrintedRow("Kullback-Leibler (KL)", lambda v: v, "R", lambda t: mnp.exp(t - 1.0), 1.0)
REVERSE_KL = PrintedRow(
    "Reverse KL",
    lambda v: -mnp.exp(v),
    "R_-",
    lambda t: -1.0 - mnp.log(-t),
    -1.0,
    DECREASING.format("-exp(-v)") + " R_- must exclude t = 0, where f* = +inf.",
    increasing=False,
)
PEARSON = PrintedRow(
    "Pearson chi^2",
    lambda v: v,
    "R",
    lambda t: 0.25 * mnp.square(t) + t,
    0.0,
    "t^2/4 + t holds for t >= -2; below, over u >= 0, f* = -1. The printed f* is larger there, "
    "so the bound stays a bound but is looser, and its derivative 1 + t/2 is a negative density ratio.",
)
NEYMAN = PrintedRow(
    "Neyman chi^2",
    lambda v: 1.0 - mnp.exp(v),
    "t < 1",
    lambda t: 2.0 - 2.0 * mnp.sqrt(1.0 - t),
    0.0,
    DECREASING.format("1 - exp(-v)") + " The domain is t <= 1: f*(1) = 2 is finite.",
    increasing=False,
)
SQUARED_HELLINGER = PrintedRow(
    "Squared Hellinger",
    lambda v: 1.0 - mnp.exp(v),
    "t < 1",
    lambda t: t / (1.0 - t),
    0.0,
    DECREASING.format("1 - exp(-v)"),
    increasing=False,
)


def _jeffrey(t):
    w = mnp.lambertw(mnp.exp(1.0 - t))
    return w + 1.0 / w + t - 2.0


JEFFREYS = PrintedRow("Jeffrey", lambda v: v, "R", _jeffrey, 0.0)
LOG2 = 0.6931471805599453
JENSEN_SHANNON = PrintedRow(
    "Jensen-Shannon", lambda v: LOG2 - _softplus(v), "t < log 2", lambda t: -mnp.log(2.0 - mnp.exp(t)), 0.0
)
GAN = PrintedRow(
    "GAN",
    lambda v: -_softplus(v),
    "R_-",
    lambda t: -mnp.log(1.0 - mnp.exp(t)),
    -LOG2,
    "R_- must exclude t = 0, where f* = +inf. And f(1) = -2 log 2 is not 0: the smallest value is -log 4, not 0.",
)


def weighted_jensen_shannon(pi, entropy):
    """The weighted row for one weight; ``entropy`` is -pi log pi."""
    return PrintedRow(
        "Jensen-Shannon-weighted",
        lambda v: entropy - _softplus(v),
        "t < -pi log pi",
        lambda t: (1.0 - pi) * mnp.log((1.0 - pi) / (1.0 - pi * mnp.exp(t / pi))),
        0.0,
        "All of it holds, with pi the weight of P in the mixture (not 3.14159). At pi = 1/2, "
        "D and f are half of Jensen-Shannon's, yet g_f is not half of its g_f; and the threshold in v is not 0.",
    )


def alpha(a):
    """The row of the alpha-divergence, of the two that are printed the one that a belongs to."""
    power = a / (a - 1.0)
    if a > 1.0:
        return PrintedRow(
            "alpha-div. (alpha > 1)",
            lambda v: v,
            "R",
            lambda t: (t * (a - 1.0) + 1.0) ** power / a - 1.0 / a,
            0.0,
            "The formula holds for t >= -1/(alpha - 1); below, f* = -1/alpha. Printed, it is there NaN "
            "for general alpha, too large where alpha/(alpha - 1) is an even number (alpha = 2), and where it is odd "
            "(alpha = 3/2) it falls without limit, so that the objective exceeds the divergence without limit.",
        )
    wrong = (
        "The factor 1/|alpha| must be 1/alpha: for alpha < 0 the printed f* is concave and decreasing, "
        "and the supremum of the objective is the constant 1/(1 - alpha) + 1/alpha for every P and Q. "
        "The domain is then t <= 1/(1 - alpha), its end included. "
    )
    return PrintedRow(
        "alpha-div. (alpha < 1, alpha != 0)",
        lambda v: 1.0 / (1.0 - a) - _softplus(v),
        "t < 1/(1 - alpha)",
        lambda t: (t * (a - 1.0) + 1.0) ** power / abs(a) - 1.0 / a,
        0.0,
        (wrong if a < 0 else "") + "The threshold in v is not 0 but -log(exp(1/(1 - alpha)) - 1).",
    )
