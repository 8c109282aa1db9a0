"""The lecture's table "f-GAN [Nowozin et al, 2016]", row by row in its order, mended where it is wrong.

Each block reads as the slide does: output activation g_f, domain of f*, conjugate f*(t), f'(1). Above them stand f
and its derivatives, which the slide leaves out; below them the compositions in their stable form and the canonical
pair, v = log p/q. What the slide prints instead, and what is wrong with it, is in `minigan.divergences.as_printed`.

A row of one's own needs none of this: `minigan.divergences.derived_row` makes it from f. One that is to stand here,
exact to the ends of the float range, needs

    here                               a block of formulas and constants (`row` says what each is), and an entry in `TABLE`
    as_printed.py                      the slide's version; ``as_printed=None`` for a row that the slide has not
    gaussians.py, neighbours.py        its closed form and its estimator, where it has them; without, they say so
    plots/sheet.py, gan/f_gan.py       its f in `FORMULAS` and its modified loss in `IMPLIED`, in words
    reference/f_gan.py                 its formulas, written literally
    tests/divergences/                 `oracle.py`: f, f' and (f')^-1 in mpmath; `constants.py`: its limits and values

The laws of `tests/divergences/laws.py` then hold it to its f without being told.
"""

from __future__ import annotations

import functools
import math
import re
from fractions import Fraction

from minigan.numpy import (
    abs,
    exp,
    expm1,
    log,
    log1mexp,
    log1p,
    maximum,
    minimum,
    ones_like,
    sigmoid,
    sign,
    softplus,
    sqrt,
    square,
    tanh,
    where,
    xlogy,
)

from ..names import unknown
from . import as_printed
from .row import INFINITY, Domain, FDivergence, Formulas
from .stable import (
    exp_times_softplus,
    jeffreys_log_ratio,
    log1mexp_softplus,
    log_mixture,
    log_softplus,
    log_two,
    minus_x_log_x,
    positive_power,
    saturating,
    scaled_remainder,
)

LOG2 = math.log(2.0)
REAL_LINE = Domain()
NEGATIVE = Domain.below(0)


def outside(domain, t, formula, beyond=INFINITY):
    """``formula`` of a t inside the domain, ``beyond`` at its open end and from there on."""
    inside = domain.contains(t)
    return where(inside, formula(where(inside, t, domain.high - 1.0)), where(t == t, beyond, t))


def odds(x):
    """1 / (exp(x) - 1), down to the smallest number."""
    return exp(-x) / -expm1(-x)


# -- Total variation -----------------------------------------------------------------------------------------

total_variation = FDivergence(
    name="total_variation",
    title="Total variation",
    formulas=Formulas(
        f=lambda u: 0.5 * abs(u - 1.0),
        f_prime=lambda u: 0.5 * sign(u - 1.0),
        f_second=None,
        activation=lambda v: 0.5 * tanh(v),
        activation_slope=lambda v: 2.0 * sigmoid(2.0 * v) * sigmoid(-2.0 * v),
        conjugate=lambda t: where(t > 0.5, INFINITY, maximum(t, -0.5)),
        ratio=lambda t: where(t > 0.5, INFINITY, where(t < -0.5, 0.0, where(t >= -0.5, ones_like(t), t))),
        conjugate_of_activation=lambda v: 0.5 * tanh(v),
        composition_slope=lambda v: 2.0 * sigmoid(2.0 * v) * sigmoid(-2.0 * v),
        canonical_activation=lambda v: 0.5 * sign(v),
        conjugate_of_canonical_activation=lambda v: 0.5 * sign(v),
        mantissa=lambda v: 0.5 * abs(saturating(v)),
    ),
    domain=Domain.below(Fraction(1, 2), closed=True),
    threshold=0.0,
    threshold_in_v=0.0,
    f_at_zero=0.5,
    f_prime_at_zero=-0.5,
    f_prime_at_infinity=0.5,
    growth=(1.0, 0.0),
    as_printed=as_printed.TOTAL_VARIATION,
)

# -- Kullback-Leibler (KL) -----------------------------------------------------------------------------------

kl = FDivergence(
    name="kl",
    title="Kullback-Leibler (KL)",
    formulas=Formulas(
        f=lambda u: xlogy(u, u),
        f_prime=lambda u: log(u) + 1.0,
        f_second=lambda u: 1.0 / u,
        activation=lambda v: v,
        activation_slope=ones_like,
        conjugate=lambda t: exp(t - 1.0),
        ratio=lambda t: exp(t - 1.0),
        conjugate_of_activation=lambda v: exp(v - 1.0),
        composition_slope=lambda v: exp(v - 1.0),
        canonical_activation=lambda v: v + 1.0,
        conjugate_of_canonical_activation=exp,
        mantissa=lambda v: scaled_remainder(-v),
    ),
    domain=REAL_LINE,
    threshold=1.0,
    threshold_in_v=1.0,
    f_at_zero=0.0,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=INFINITY,
    growth=(1.0, 0.0),
    tangent=1.0,
    as_printed=as_printed.KL,
    dual_row=lambda: reverse_kl,
)

# -- Reverse KL ----------------------------------------------------------------------------------------------

reverse_kl = FDivergence(
    name="reverse_kl",
    title="Reverse KL",
    formulas=Formulas(
        f=lambda u: -log(u),
        f_prime=lambda u: -1.0 / u,
        f_second=lambda u: 1.0 / square(u),
        activation=lambda v: -exp(-v),
        activation_slope=lambda v: exp(-v),
        conjugate=lambda t: outside(NEGATIVE, t, lambda t: -1.0 - log(-t)),
        ratio=lambda t: outside(NEGATIVE, t, lambda t: -1.0 / t),
        conjugate_of_activation=lambda v: v - 1.0,
        composition_slope=ones_like,
        canonical_activation=lambda v: -exp(-v),
        conjugate_of_canonical_activation=lambda v: v - 1.0,
        mantissa=scaled_remainder,
    ),
    domain=NEGATIVE,
    threshold=-1.0,
    threshold_in_v=0.0,
    f_at_zero=INFINITY,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=0.0,
    growth=(1.0, 0.0),
    tangent=-1.0,
    as_printed=as_printed.REVERSE_KL,
    dual_row=lambda: kl,
)

# -- Pearson chi^2 -------------------------------------------------------------------------------------------

pearson = FDivergence(
    name="pearson",
    title="Pearson chi^2",
    formulas=Formulas(
        f=lambda u: square(u - 1.0),
        f_prime=lambda u: 2.0 * (u - 1.0),
        f_second=lambda u: 2.0 * ones_like(u),
        activation=lambda v: v,
        activation_slope=ones_like,
        conjugate=lambda t: where(t <= -2.0, -1.0, t * (1.0 + 0.25 * t)),
        ratio=lambda t: maximum(1.0 + 0.5 * t, 0.0),
        conjugate_of_activation=lambda v: where(v <= -2.0, -1.0, v * (1.0 + 0.25 * v)),
        composition_slope=lambda v: positive_power(1.0 + 0.5 * v, 1.0),
        canonical_activation=lambda v: 2.0 * expm1(v),
        conjugate_of_canonical_activation=lambda v: expm1(2.0 * v),
        mantissa=lambda v: square(saturating(v)),
    ),
    domain=REAL_LINE,
    threshold=0.0,
    threshold_in_v=0.0,
    f_at_zero=1.0,
    f_prime_at_zero=-2.0,
    f_prime_at_infinity=INFINITY,
    growth=(2.0, 0.0),
    as_printed=as_printed.PEARSON,
    dual_row=lambda: neyman,
)

# -- Neyman chi^2 --------------------------------------------------------------------------------------------

UP_TO_ONE = Domain.below(1, closed=True)
BELOW_ONE = Domain.below(1)

neyman = FDivergence(
    name="neyman",
    title="Neyman chi^2",
    formulas=Formulas(
        f=lambda u: (1.0 - u) * ((1.0 - u) / u),
        f_prime=lambda u: ((u - 1.0) / u) * (1.0 + 1.0 / u),
        f_second=lambda u: 2.0 / (u * square(u)),
        activation=lambda v: -expm1(-v),
        activation_slope=lambda v: exp(-v),
        conjugate=lambda t: outside(
            UP_TO_ONE,
            t,
            lambda t: where(t < -1.0, 2.0 - 2.0 * sqrt(1.0 - t), 2.0 * t / (1.0 + sqrt(1.0 - t))),
        ),
        ratio=lambda t: outside(BELOW_ONE, t, lambda t: 1.0 / sqrt(1.0 - t)),
        conjugate_of_activation=lambda v: -2.0 * expm1(-0.5 * v),
        composition_slope=lambda v: exp(-0.5 * v),
        canonical_activation=lambda v: -expm1(-2.0 * v),
        conjugate_of_canonical_activation=lambda v: -2.0 * expm1(-v),
        mantissa=lambda v: square(saturating(v)),
    ),
    domain=UP_TO_ONE,
    threshold=0.0,
    threshold_in_v=0.0,
    f_at_zero=INFINITY,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=1.0,
    growth=(1.0, 1.0),
    as_printed=as_printed.NEYMAN,
    dual_row=lambda: pearson,
)

# -- Squared Hellinger ---------------------------------------------------------------------------------------

squared_hellinger = FDivergence(
    name="squared_hellinger",
    title="Squared Hellinger",
    formulas=Formulas(
        f=lambda u: square((u - 1.0) / (sqrt(u) + 1.0)),
        f_prime=lambda u: (u - 1.0) / (u + sqrt(u)),
        f_second=lambda u: 0.5 / (u * sqrt(u)),
        activation=lambda v: -expm1(-v),
        activation_slope=lambda v: exp(-v),
        conjugate=lambda t: outside(BELOW_ONE, t, lambda t: where(t < -1.0, 1.0 / (1.0 - t) - 1.0, t / (1.0 - t))),
        ratio=lambda t: outside(BELOW_ONE, t, lambda t: square(1.0 / (1.0 - t))),
        conjugate_of_activation=expm1,
        composition_slope=exp,
        canonical_activation=lambda v: -expm1(-0.5 * v),
        conjugate_of_canonical_activation=lambda v: expm1(0.5 * v),
        mantissa=lambda v: square(saturating(0.5 * v)),
    ),
    domain=BELOW_ONE,
    threshold=0.0,
    threshold_in_v=0.0,
    f_at_zero=1.0,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=1.0,
    growth=(1.0, 0.0),
    as_printed=as_printed.SQUARED_HELLINGER,
)

# -- Jeffrey -------------------------------------------------------------------------------------------------
# With w = W(exp(1 - t)) the slide's w + 1/w + t - 2 is exp(y) - 1 + y, where y = -log w solves y + 1 - exp(-y) = t.

jeffreys = FDivergence(
    name="jeffreys",
    title="Jeffrey",
    formulas=Formulas(
        f=lambda u: (u - 1.0) * log(u),
        f_prime=lambda u: log(u) + (u - 1.0) / u,
        f_second=lambda u: (1.0 + 1.0 / u) / u,
        activation=lambda v: v,
        activation_slope=ones_like,
        conjugate=lambda t: expm1(jeffreys_log_ratio(t)) + jeffreys_log_ratio(t),
        ratio=lambda t: exp(jeffreys_log_ratio(t)),
        conjugate_of_activation=lambda v: expm1(jeffreys_log_ratio(v)) + jeffreys_log_ratio(v),
        composition_slope=lambda v: exp(jeffreys_log_ratio(v)),
        canonical_activation=lambda v: v - expm1(-v),
        conjugate_of_canonical_activation=lambda v: expm1(v) + v,
        mantissa=lambda v: v * saturating(v),
    ),
    domain=REAL_LINE,
    threshold=0.0,
    threshold_in_v=0.0,
    f_at_zero=INFINITY,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=INFINITY,
    growth=(1.0, 0.0),
    as_printed=as_printed.JEFFREYS,
)

# -- Jensen-Shannon ------------------------------------------------------------------------------------------
# f(u) = u log u - (1 + u) log((1 + u)/2), twice the textbook's Jensen-Shannon divergence

BELOW_LOG2 = Domain.below(log_two())


def mixture_mantissa(v, pi, rest):
    """What is left of pi u log(u/m) - (1 - pi) log m, m = 1 - pi + pi u, over max(u, 1): a sum of two remainders."""
    log_m, log_m_over_u = log_mixture(v, pi, rest), log_mixture(-v, rest, pi)
    of_p = pi * exp(minimum(log_m, 0.0)) * scaled_remainder(log_m_over_u)
    return of_p + rest * exp(minimum(log_m_over_u, 0.0)) * scaled_remainder(log_m)


jensen_shannon = FDivergence(
    name="jensen_shannon",
    title="Jensen-Shannon",
    formulas=Formulas(
        f=lambda u: 2.0 * maximum(u, 1.0) * mixture_mantissa(log(u), 0.5, 0.5),
        f_prime=lambda u: -log_mixture(-log(u), 0.5, 0.5),
        f_second=lambda u: 1.0 / (u * (1.0 + u)),
        activation=lambda v: -log_mixture(-v, 0.5, 0.5),
        activation_slope=lambda v: sigmoid(-v),
        conjugate=lambda t: outside(
            BELOW_LOG2,
            t,
            lambda t: where(
                t < 0.4, -log1p(-expm1(minimum(t, 0.4))), -LOG2 - log1mexp(BELOW_LOG2.room(maximum(t, 0.0)))
            ),
        ),
        ratio=lambda t: outside(BELOW_LOG2, t, lambda t: odds(BELOW_LOG2.room(t))),
        conjugate_of_activation=lambda v: log_mixture(v, 0.5, 0.5),
        composition_slope=sigmoid,
        canonical_activation=lambda v: -log_mixture(-v, 0.5, 0.5),
        conjugate_of_canonical_activation=lambda v: log_mixture(v, 0.5, 0.5),
        mantissa=lambda v: 2.0 * mixture_mantissa(v, 0.5, 0.5),
    ),
    domain=BELOW_LOG2,
    threshold=0.0,
    threshold_in_v=0.0,
    f_at_zero=LOG2,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=LOG2,
    growth=(1.0, 0.0),
    as_printed=as_printed.JENSEN_SHANNON,
)

# -- Jensen-Shannon-weighted ---------------------------------------------------------------------------------


def weighted_jensen_shannon(pi: float) -> FDivergence:
    """pi KL(P || M) + (1 - pi) KL(Q || M) with M = pi P + (1 - pi) Q, for a weight 0 < pi < 1.

    f(u) = pi u log u - (1 - pi + pi u) log(1 - pi + pi u). Raises `ValueError` for a weight outside (0, 1).
    Lecture, "f-GAN", row "Jensen-Shannon-weighted".

    >>> half = weighted_jensen_shannon(0.5)
    >>> round(float(half.f(3.0)) * 2, 12) == round(float(jensen_shannon.f(3.0)), 12)
    True
    """
    pi = _number(pi, "the weight pi of the weighted Jensen-Shannon divergence")
    if not 0.0 < pi < 1.0:
        raise ValueError(
            f"the weight pi must lie strictly between 0 and 1, and is {pi!r}: towards 0 the divergence "
            f"over pi becomes kl, towards 1 the divergence over 1 - pi becomes reverse_kl; use those rows"
        )
    return _weighted_jensen_shannon(pi)


@functools.cache
def _weighted_jensen_shannon(pi):
    rest = 1.0 - pi
    entropy = -pi * math.log(pi)
    domain = Domain.below(minus_x_log_x(pi))
    log_rest = math.log1p(-pi)

    def conjugate(t):
        share = (pi / rest) * expm1(minimum(t / pi, 50.0))
        near = -rest * log1p(-minimum(share, 0.5))
        return where(share < 0.5, near, rest * (log_rest - log1mexp(domain.room(t) / pi)))

    return FDivergence(
        name=f"weighted_jensen_shannon({pi:g})",
        title="Jensen-Shannon-weighted",
        formulas=Formulas(
            f=lambda u: maximum(u, 1.0) * mixture_mantissa(log(u), pi, rest),
            f_prime=lambda u: -pi * log_mixture(-log(u), rest, pi),
            f_second=lambda u: pi * rest / (u * (rest + pi * u)),
            activation=lambda v: entropy - softplus(-v),
            activation_slope=lambda v: sigmoid(-v),
            conjugate=lambda t: outside(domain, t, conjugate),
            ratio=lambda t: outside(domain, t, lambda t: rest / pi * odds(domain.room(t) / pi)),
            conjugate_of_activation=lambda v: rest * (log_rest - log1mexp_softplus(v, pi)),
            composition_slope=lambda v: rest / pi * exp(-softplus(v) - softplus(-v) / pi - log1mexp_softplus(v, pi)),
            canonical_activation=lambda v: -pi * log_mixture(-v, rest, pi),
            conjugate_of_canonical_activation=lambda v: rest * log_mixture(v, pi, rest),
            mantissa=lambda v: mixture_mantissa(v, pi, rest),
        ),
        domain=domain,
        threshold=0.0,
        threshold_in_v=-math.log(math.expm1(entropy)),
        f_at_zero=-rest * log_rest,
        f_prime_at_zero=-INFINITY,
        f_prime_at_infinity=entropy,
        growth=(1.0, 0.0),
        parameter=pi,
        as_printed=as_printed.weighted_jensen_shannon(pi, entropy),
        dual_row=lambda: weighted_jensen_shannon(rest),
    )


# -- GAN -----------------------------------------------------------------------------------------------------
# f(u) = u log u - (1 + u) log(1 + u): negative, so it is split as it stands and its smallest value is f(1) = -log 4

gan = FDivergence(
    name="gan",
    title="GAN",
    formulas=Formulas(
        f=lambda u: where(u < 1.0, xlogy(u, u) - (1.0 + u) * log1p(u), -u * log1p(1.0 / maximum(u, 1.0)) - log1p(u)),
        f_prime=lambda u: where(u < 1.0, log(u) - log1p(u), -log1p(1.0 / maximum(u, 1.0))),
        f_second=lambda u: 1.0 / (u * (1.0 + u)),
        activation=lambda v: -softplus(-v),
        activation_slope=lambda v: sigmoid(-v),
        conjugate=lambda t: outside(NEGATIVE, t, lambda t: -log1mexp(-t)),
        ratio=lambda t: outside(NEGATIVE, t, lambda t: odds(-t)),
        conjugate_of_activation=softplus,
        composition_slope=sigmoid,
        canonical_activation=lambda v: -softplus(-v),
        conjugate_of_canonical_activation=softplus,
        mantissa=lambda v: softplus(v) + exp_times_softplus(v),
    ),
    domain=NEGATIVE,
    threshold=-LOG2,
    threshold_in_v=0.0,
    f_at_zero=0.0,
    f_prime_at_zero=-INFINITY,
    f_prime_at_infinity=0.0,
    f_at_one=-2.0 * LOG2,
    growth=(0.0, 0.0),
    sign=-1.0,
    as_printed=as_printed.GAN,
)

# -- alpha-div. (alpha < 1, alpha != 0) and alpha-div. (alpha > 1) -------------------------------------------


LARGEST_ALPHA = 1e150  # alpha (alpha - 1) has to fit into a float


def alpha(a: float) -> FDivergence:
    """(sum p^a q^(1 - a) - 1) / (a (a - 1)) for any real a but 0 and 1, where it becomes reverse_kl and kl.

    f(u) = (u^a - 1 - a (u - 1)) / (a (a - 1)). Raises `ValueError` for a in {0, 1} or beyond 1e150. Lecture,
    "f-GAN", rows "alpha-div."; a = 1/2 is twice squared Hellinger, 2 half of Pearson, -1 half of Neyman.

    >>> float(alpha(2.0).f(3.0)), float(pearson.f(3.0)) / 2
    (2.0, 2.0)
    """
    a = _number(a, "the parameter of the alpha-divergence")
    if a in (0.0, 1.0):
        limit = "reverse_kl" if a == 0.0 else "kl"
        raise ValueError(f"alpha must be neither 0 nor 1, and is {a:g}: the limit there is {limit}; use that row")
    if not abs(a) <= LARGEST_ALPHA:
        raise ValueError(
            f"alpha must be a finite number whose square fits into a float, and is {a!r}: at such orders the divergence "
            "of any two different distributions has left the floats"
        )
    return _alpha_below_one(a) if a < 1.0 else _alpha_above_one(a)


def _alpha_f(a, growth):
    def f(u):
        scale = maximum(u, 1.0) ** growth[0] * maximum(1.0 / u, 1.0) ** growth[1]
        return scale * alpha_mantissa(log(u), a)

    return f


def _alpha_f_prime(a):
    def f_prime(u):
        x = (a - 1.0) * log(u)
        near = abs(x) < 1.0
        return where(near, expm1(where(near, x, 0.0)), u ** (a - 1.0) - 1.0) / (a - 1.0)

    return f_prime


def alpha_mantissa(v, a):
    """What is left of (u^a - 1 - a (u - 1)) / (a (a - 1)), u = exp v, over its growth; terms of one sign."""
    if a > 1.0:
        grown = exp(-(a - 1.0) * maximum(v, 0.0)) * scaled_remainder(-v)
        return (grown + exp(minimum(v, 0.0)) * scaled_remainder((a - 1.0) * v) / (a - 1.0)) / a
    if a < 0.0 or a > 0.5:
        return alpha_mantissa(-v, 1.0 - a)  # the dual's
    near = scaled_remainder(v) - exp(-(1.0 - a) * maximum(v, 0.0)) * scaled_remainder(a * v) / a
    far = expm1(minimum(v, 0.0)) - expm1(a * minimum(v, 0.0)) / a
    return where(v < -2.0, far, near) / (1.0 - a)


@functools.cache
def _alpha_below_one(a):
    edge = Fraction(1) / (1 - Fraction(a))
    domain = Domain.below(edge, closed=a < 0.0)
    b, power = 1.0 - a, a / (a - 1.0)
    growth = (1.0, 0.0) if a > 0.0 else (1.0, -a)

    def conjugate(t):  # (s^power - 1) / a with s = 1 + (a - 1) t, which is b (1/b - t)
        near = abs(b * t) < 0.5
        power_of_s = (b * maximum(domain.room(t), 0.0)) ** power
        return where(near, expm1(power * log1p(-b * where(near, t, 0.0))), power_of_s - 1.0) / a

    def log_s_of_activation(v):
        return math.log(b) + log_softplus(-v)

    def ratio(t):
        near = abs(b * t) < 0.5
        far = (b * maximum(domain.room(t), 0.0)) ** (-1.0 / b)
        return where(near, exp(-log1p(-b * where(near, t, 0.0)) / b), far)

    return FDivergence(
        name=f"alpha({a:g})",
        title="alpha-div. (alpha < 1, alpha != 0)",
        formulas=Formulas(
            f=_alpha_f(a, growth),
            f_prime=_alpha_f_prime(a),
            f_second=lambda u: u ** (a - 2.0),
            activation=lambda v: 1.0 / b - softplus(-v),
            activation_slope=lambda v: sigmoid(-v),
            conjugate=lambda t: outside(domain, t, conjugate),
            ratio=lambda t: outside(domain, t, ratio),
            conjugate_of_activation=lambda v: expm1(power * log_s_of_activation(v)) / a,
            composition_slope=lambda v: exp(-log_s_of_activation(v) / b - softplus(v)),
            canonical_activation=lambda v: expm1((a - 1.0) * v) / (a - 1.0),
            conjugate_of_canonical_activation=lambda v: expm1(a * v) / a,
            mantissa=lambda v: alpha_mantissa(v, a),
        ),
        domain=domain,
        threshold=0.0,
        threshold_in_v=-(1.0 / b + math.log(-math.expm1(-1.0 / b))),
        f_at_zero=1.0 / a if a > 0.0 else INFINITY,
        f_prime_at_zero=-INFINITY,
        f_prime_at_infinity=1.0 / b,
        growth=growth,
        parameter=a,
        as_printed=as_printed.alpha(a),
        dual_row=lambda: alpha(1.0 - a),
    )


@functools.cache
def _alpha_above_one(a):
    lowest = Domain.below(Fraction(-1) / (Fraction(a) - 1))  # f'(0), below which f* is the constant -1/alpha
    e, power = a - 1.0, a / (a - 1.0)

    def s(t):
        return -e * lowest.room(t)

    def conjugate(t):  # (max(s, 0)^power - 1) / a with s = 1 + (a - 1) t
        near = abs(e * t) < 0.5
        return where(near, expm1(power * log1p(e * where(near, t, 0.0))), maximum(s(t), 0.0) ** power - 1.0) / a

    def ratio(t):
        near = abs(e * t) < 0.5
        return where(near, exp(log1p(e * where(near, t, 0.0)) / e), maximum(s(t), 0.0) ** (1.0 / e))

    return FDivergence(
        name=f"alpha({a:g})",
        title="alpha-div. (alpha > 1)",
        formulas=Formulas(
            f=_alpha_f(a, (a, 0.0)),
            f_prime=_alpha_f_prime(a),
            f_second=lambda u: u ** (a - 2.0),
            activation=lambda v: v,
            activation_slope=ones_like,
            conjugate=conjugate,
            ratio=ratio,
            conjugate_of_activation=conjugate,
            composition_slope=lambda v: positive_power(s(v), 1.0 / e),
            canonical_activation=lambda v: expm1((a - 1.0) * v) / (a - 1.0),
            conjugate_of_canonical_activation=lambda v: expm1(a * v) / a,
            mantissa=lambda v: alpha_mantissa(v, a),
        ),
        domain=REAL_LINE,
        threshold=0.0,
        threshold_in_v=0.0,
        f_at_zero=1.0 / a,
        f_prime_at_zero=-1.0 / e,
        f_prime_at_infinity=INFINITY,
        growth=(a, 0.0),
        parameter=a,
        as_printed=as_printed.alpha(a),
        dual_row=lambda: alpha(1.0 - a),
    )


def _number(value, what) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{what} must be a Python number, and is {value!r}")
    return float(value)


# -- the table -----------------------------------------------------------------------------------------------

# The two families stand in it with one member each: the weight 0.3, at which the two sides differ
# (0.5 is half of Jensen-Shannon), the power 1/2 of the symmetric alpha-divergence, and 3/2,
# where the printed row is most wrong.
TABLE: dict[str, FDivergence] = {
    "total_variation": total_variation,
    "kl": kl,
    "reverse_kl": reverse_kl,
    "pearson": pearson,
    "neyman": neyman,
    "squared_hellinger": squared_hellinger,
    "jeffreys": jeffreys,
    "jensen_shannon": jensen_shannon,
    "weighted_jensen_shannon": weighted_jensen_shannon(0.3),
    "gan": gan,
    "alpha(0.5)": alpha(0.5),
    "alpha(1.5)": alpha(1.5),
}

FAMILIES = {"weighted_jensen_shannon": weighted_jensen_shannon, "alpha": alpha}


def named(name: str) -> FDivergence:
    """The row called ``name``: a key of `TABLE`, or a member of a family such as ``"alpha(-0.5)"``.

    Raises `ValueError` for any other name, with the nearest that there is.

    >>> named("alpha(-0.5)").parameter
    -0.5
    """
    if name in TABLE:
        return TABLE[name]
    found = re.fullmatch(r"\s*(\w+)\s*\(([^()]*)\)\s*", name)
    if found and found[1] in FAMILIES:
        try:
            parameter = float(found[2])
        except ValueError:
            raise ValueError(
                f"{found[1]}(...) needs a number between its brackets, and was given {found[2]!r}"
            ) from None
        return FAMILIES[found[1]](parameter)
    family = name.partition("(")[0].strip()
    if family in FAMILIES:
        raise ValueError(f"{family} is a family of rows: say which one, such as {family}(0.5), in place of {name!r}")
    raise unknown("row of the table", family, {**TABLE, **FAMILIES}, "minigan.divergences.TABLE names them all")
