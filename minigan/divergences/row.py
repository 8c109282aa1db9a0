"""One row of the f-GAN table: a convex f with everything that follows from it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import minigan.numpy as mnp

from ..autodiff import custom_vjp
from ..rebuilt import Rebuilt
from .stable import as_floating, in_floats, largest_floats, quietly, with_slope

if TYPE_CHECKING:
    from .as_printed import PrintedRow

INFINITY = math.inf


class Domain(NamedTuple):
    """Where a conjugate is finite: an interval of t from -inf up to ``high``.

    high      its end, +inf for the whole line
    closed    whether the end belongs to it
    parts     the end as a sum of three floats, so that the distance to it is exact beside it
    largest   the largest float64 and the largest float32 in the domain
    low       its other end, -inf

    >>> from fractions import Fraction
    >>> print(Domain.below(Fraction(1, 2), closed=True))
    (-inf, 0.5]
    """

    high: float = INFINITY
    closed: bool = False
    parts: tuple[float, ...] = (INFINITY, 0.0, 0.0)
    largest: tuple[float, float] = (INFINITY, INFINITY)
    low: float = -INFINITY

    @classmethod
    def below(cls, high, closed=False) -> Domain:
        """The half-line up to ``high``, a Fraction or Decimal of as many digits as there are."""
        return cls(float(high), closed, in_floats(high), largest_floats(high, closed))

    def keep(self, t):
        """t, or the largest number of its dtype in the domain where rounding has carried t out of it."""
        if self.high == INFINITY:
            return t
        return mnp.minimum(t, self.largest["float32" in str(t.dtype)])

    def room(self, t):
        """high - t, to the last digit."""
        return ((self.parts[0] - t) + self.parts[1]) + self.parts[2]

    def contains(self, t):
        """Whether the conjugate is finite at t."""
        if self.high == INFINITY:
            return (t == t) & (t < INFINITY)
        return self.room(t) >= 0 if self.closed else self.room(t) > 0

    def __contains__(self, t) -> bool:
        return bool(self.contains(t))

    def __str__(self) -> str:
        return "R" if self.high == INFINITY else f"(-inf, {self.high:.6g}{']' if self.closed else ')'}"


class Formulas(NamedTuple):
    """The functions of one row as the mathematics writes them; `FDivergence` adds edges and derivatives.

    f, f_prime, f_second                 f(u), f'(u), f''(u); ``f_second`` is ``None`` where f is a broken line
    conjugate, ratio                     f*(t) and its derivative, the u with f'(u) = t
    activation, activation_slope         g(v), increasing into the domain, and g'(v)
    conjugate_of_activation              f*(g(v))
    composition_slope                    its derivative in v
    canonical_activation                 f'(exp v)
    conjugate_of_canonical_activation    f*(f'(exp v))
    mantissa                             of v = log u: with the row's ``growth`` (a, b),
                                         max(u, 1)^a max(1/u, 1)^b mantissa(log u) is what f leaves above its tangent
                                         at u = 1, and neither factor cancels or overflows before f does
    """

    f: Callable
    f_prime: Callable
    f_second: Callable | None
    conjugate: Callable
    ratio: Callable
    activation: Callable
    activation_slope: Callable
    conjugate_of_activation: Callable
    composition_slope: Callable
    canonical_activation: Callable
    conjugate_of_canonical_activation: Callable
    mantissa: Callable


@dataclass(frozen=True)
class FDivergence(Rebuilt):
    """A row of the table: D_f(P || Q) = E_q[f(p/q)] + f'(inf) P(q = 0) = sup_T E_p[T] - E_q[f*(T)].

    P is the data, Q the model, u = p/q their density ratio, v the output of a critic network, t = T = g(v)
    the critic's value. Every method works on arrays of any shape, keeps float32, and is differentiable to every order:
    the derivative of f* is the ratio at which the supremum is attained (the envelope theorem), never that of a formula.

    name             ``"kl"``, or ``"alpha(0.5)"`` for a member of a family
    title            what the lecture calls it
    formulas         f, f', f'', f*, the activations and their compositions, as `Formulas` says
    domain           where f* is finite, a `Domain`
    threshold        f'(1): T > threshold says that p > q
    threshold_in_v   the critic's output v with g(v) = f'(1); for the canonical activation it is 0 in every row
    f_at_zero, f_prime_at_zero, f_prime_at_infinity
                     limits of f and f': what empty categories cost
    f_at_one         f(1), the value at P = Q: 0 but for the GAN row
    growth, tangent, sign
                     how f is split so that nothing cancels or overflows: f(u) = tangent (u - 1) + sign times its
                     growth and mantissa, see `Formulas`
    parameter        alpha or pi of a member of a family
    as_printed       the lecture's own row, and in words what is wrong with it; ``None`` for a row that it has not
    dual_row         a function of no arguments that returns the dual; ``None`` where the row is its own

    A row outside the table is best made by `minigan.divergences.derived_row`, which needs f alone.

    Source: Nowozin, Cseke and Tomioka (2016); lecture, "f-GAN [Nowozin et al, 2016]".

    >>> from minigan.divergences import pearson
    >>> p, q = mnp.asarray([0.5, 0.5]), mnp.asarray([0.25, 0.75])
    >>> critic = pearson.optimal_critic(p / q)  # T = f'(p / q), which attains the supremum
    >>> bound = mnp.sum(p * critic) - mnp.sum(q * pearson.conjugate(critic))
    >>> round(float(pearson.between(p, q)), 12), round(float(bound), 12)  # sum (p - q)^2 / q
    (0.333333333333, 0.333333333333)
    """

    name: str
    title: str
    formulas: Formulas = field(repr=False)
    domain: Domain
    threshold: float
    threshold_in_v: float
    f_at_zero: float
    f_prime_at_zero: float
    f_prime_at_infinity: float
    growth: tuple[float, float]
    as_printed: PrintedRow | None = field(repr=False)
    f_at_one: float = 0.0
    tangent: float = 0.0  # the slope taken out of f before it is split into growth and mantissa
    sign: float = 1.0  # of what is left: -1 for the GAN row, whose f is negative
    parameter: float | None = None
    dual_row: Callable | None = field(default=None, repr=False)

    # -- f ---------------------------------------------------------------------------------------------------

    def f(self, u):
        """f(u), +inf for u < 0.

        >>> from minigan.divergences import kl
        >>> round(float(kl.f(2.0)), 12)  # 2 log 2
        1.38629436112
        """
        return self._f(as_floating(u))

    def f_prime(self, u):
        """f'(u), at 0 and at infinity its limits; between them never outside the domain, however it rounds.

        >>> from minigan.divergences import reverse_kl
        >>> float(reverse_kl.f_prime(2.0))
        -0.5
        """
        return self._f_prime(as_floating(u))

    def f_second(self, u):
        """f''(u); at 1 the local scale: D(P || P + h) is f''(1) / 2 sum h^2 / p and terms of third order."""
        u = as_floating(u)
        return quietly(self.formulas.f_second)(u) if self.formulas.f_second else 0.0 * u

    # -- the conjugate ---------------------------------------------------------------------------------------

    def conjugate(self, t):
        """f*(t) = sup over u >= 0 of u t - f(u), +inf outside the domain; its derivative is `ratio`.

        >>> from minigan.divergences import pearson
        >>> float(pearson.conjugate(2.0)), float(pearson.conjugate(-6.0))
        (3.0, -1.0)
        """
        return self._conjugate(as_floating(t))

    def ratio(self, t):
        """f*'(t), the density ratio p/q for which the critic value t is optimal: the inverse of f'.

        0 below f'(0), +inf from the end of the domain on. Total variation has no inverse: every t strictly
        inside its domain gives 1, the derivative of f*(t) = t.

        >>> from minigan.divergences import squared_hellinger
        >>> float(squared_hellinger.ratio(squared_hellinger.f_prime(4.0)))
        4.0
        """
        return self._ratio(as_floating(t))

    def optimal_critic(self, r):
        """T* = f'(r) for the density ratio r = p/q, the critic that attains the supremum.

        >>> from minigan.divergences import pearson
        >>> float(pearson.optimal_critic(1.5))
        1.0
        """
        return self.f_prime(r)

    # -- the critic's output ---------------------------------------------------------------------------------

    def activation(self, v):
        """T = g(v), increasing in v from the real line into the domain (the lecture's output activation g_f, mended).

        >>> from minigan.divergences import total_variation
        >>> round(float(total_variation.activation(1.0)), 12)
        0.380797077978
        """
        return self._activation(as_floating(v))

    def conjugate_of_activation(self, v):
        """f*(g(v)) in one stable formula, finite where f*(g(v)) fits into a float.

        >>> from minigan.divergences import jensen_shannon
        >>> round(float(jensen_shannon.conjugate_of_activation(700.0)), 9)
        699.306852819
        """
        return self._composition(as_floating(v))

    def canonical_activation(self, v):
        """f'(exp v): the activation for which v = log p/q is optimal, whatever the row, and the threshold is v = 0."""
        return self.domain.keep(quietly(self.formulas.canonical_activation)(as_floating(v)))

    def conjugate_of_canonical_activation(self, v):
        """f*(f'(exp v)) = exp(v) f'(exp v) - f(exp v), in one stable formula.

        >>> from minigan.divergences import kl
        >>> float(kl.conjugate_of_canonical_activation(0.0))
        1.0
        """
        return quietly(self.formulas.conjugate_of_canonical_activation)(as_floating(v))

    # -- the divergence --------------------------------------------------------------------------------------

    def between(self, p, q):
        """D_f(P || Q) of two categorical distributions, exactly; see `minigan.divergences.categorical.between`."""
        from .categorical import between

        return between(self, p, q)

    def between_densities(self, p, q, **options):
        """D_f(P || Q) of densities on the line; see `minigan.divergences.quadrature.between_densities`."""
        from .quadrature import between_densities

        return between_densities(self, p, q, **options)

    def between_gaussians(self, mean_p, deviation_p, mean_q, deviation_q):
        """The closed form between N(mean_p, deviation_p^2) and N(mean_q, deviation_q^2), where the row has one."""
        from .gaussians import between_gaussians

        return between_gaussians(self, mean_p, deviation_p, mean_q, deviation_q)

    def bound(self, critic_real, critic_fake, p=None, q=None):
        """E_p[T] - E_q[f*(T)] <= D_f(P || Q) for any critic values T; see `minigan.divergences.variational.bound`."""
        from .variational import bound

        return bound(self, critic_real, critic_fake, p, q)

    def dual(self) -> FDivergence:
        """The row of u f(1/u), for which D(P || Q) and D(Q || P) change places.

        >>> from minigan.divergences import kl
        >>> kl.dual().name
        'reverse_kl'
        """
        return self if self.dual_row is None else self.dual_row()

    @property
    def smallest(self) -> float:
        """f(1), the value at P = Q and the smallest there is: 0 but for the GAN row, whose smallest is -log 4."""
        return self.f_at_one

    @property
    def largest(self) -> float:
        """f(0) + f'(inf), the value for P and Q that share no mass, and the largest there is."""
        return self.f_at_zero + self.f_prime_at_infinity

    def __str__(self) -> str:
        return self.name

    def _call(self):
        """What pickles and copies call: the table or the family, which answer with this very row; see `Rebuilt`."""
        from .table import FAMILIES, TABLE, named

        family = FAMILIES.get(self.name.partition("(")[0])
        if family is not None and self.parameter is not None and family(self.parameter) is self:
            return family, (self.parameter,), {}
        if TABLE.get(self.name) is self:
            return named, (self.name,), {}
        return super()._call()

    # -- formulas with their edges and derivatives -----------------------------------------------------------

    @functools.cached_property
    def _f(self):
        top = -INFINITY if self.f_prime_at_infinity <= 0 else INFINITY

        def value(u):
            inside = (u > 0) & (u < INFINITY)
            out = mnp.where(inside, self.formulas.f(mnp.where(inside, u, 1.0)), u)  # NaN stays NaN
            out = mnp.where(u == INFINITY, top, mnp.where(u == 0, self.f_at_zero, out))
            return mnp.where(u < 0, INFINITY, out)

        return with_slope(value, lambda u, y: self.f_prime(u))

    @functools.cached_property
    def _f_prime(self):
        def value(u):
            inside = (u > 0) & (u < INFINITY)
            out = mnp.where(inside, self.domain.keep(self.formulas.f_prime(mnp.where(inside, u, 1.0))), u)
            out = mnp.where(u == INFINITY, self.f_prime_at_infinity, mnp.where(u == 0, self.f_prime_at_zero, out))
            return mnp.where(u < 0, -INFINITY, out)

        return with_slope(value, lambda u, y: self.f_second(u))

    @functools.cached_property
    def _conjugate(self):
        return with_slope(self.formulas.conjugate, lambda t, y: self.ratio(t))

    @functools.cached_property
    def _ratio(self):
        def slope(t, y):
            u = self.ratio(t)
            inside = (u > 0) & (u < INFINITY)
            if self.formulas.f_second is None:
                return 0.0 * t
            second = self.formulas.f_second(mnp.where(inside, u, 1.0))
            return mnp.where(inside & (second > 0), 1.0 / mnp.where(second > 0, second, 1.0), 0.0)

        return with_slope(self.formulas.ratio, slope)

    @functools.cached_property
    def _activation(self):
        return with_slope(
            lambda v: self.domain.keep(self.formulas.activation(v)),
            lambda v, y: self.formulas.activation_slope(v),
        )

    @functools.cached_property
    def _composition(self):
        return with_slope(self.formulas.conjugate_of_activation, lambda v, y: self.formulas.composition_slope(v))

    @functools.cached_property
    def perspective(self):
        """q f(p/q) less its tangent, ``sign max(p, q) exp(...) mantissa(v)``, for arrays p, q >= 0.

        Its derivatives are f'(p/q) - f'(1) in p and f(p/q) - (p/q) f'(p/q) in q (less the tangent's),
        so again nothing is differentiated through a branch. See `minigan.divergences.categorical`.
        """
        above, below = self.growth[0] - 1.0, self.growth[1]
        at_zero, at_infinity = self.f_at_zero + self.tangent, self.f_prime_at_infinity - self.tangent

        def log_ratio(p, q):
            inside = (p > 0) & (q > 0)
            p, q = mnp.where(inside, p, 1.0), mnp.where(inside, q, 1.0)
            near = (p > 0.5 * q) & (p < 2.0 * q)
            relative = (mnp.where(near, p, 1.0) - mnp.where(near, q, 1.0)) / mnp.where(near, q, 1.0)
            return inside, mnp.where(near, mnp.log1p(relative), mnp.log(p) - mnp.log(q))

        def value(p, q):
            inside, v = log_ratio(p, q)
            stretch = mnp.abs(v) * mnp.where(v > 0, mnp.full_like(v, above), below)
            out = self.sign * mnp.maximum(p, q) * mnp.exp(stretch) * self.formulas.mantissa(v)
            alone_q = (
                mnp.where(q > 0, q, 0.0) * at_zero if math.isfinite(at_zero) else mnp.where(q > 0, at_zero, 0.0 * q)
            )
            alone_p = (
                mnp.where(p > 0, p, 0.0) * at_infinity
                if math.isfinite(at_infinity)
                else mnp.where(p > 0, at_infinity, 0.0 * p)
            )
            return mnp.where(inside, out, alone_p + alone_q)

        def rule(g, y, p, q):
            _, v = log_ratio(p, q)
            in_p = self.canonical_activation(v) - self.tangent
            in_q = self.tangent - self.conjugate_of_canonical_activation(v)
            only_p, only_q = (p > 0) & (q <= 0), (q > 0) & (p <= 0)
            in_p = mnp.where(only_p, at_infinity, mnp.where(only_q, self.f_prime_at_zero - self.tangent, in_p))
            in_q = mnp.where(only_q, at_zero, mnp.where(only_p, self._minus_conjugate_at_infinity, in_q))
            empty = (p <= 0) & (q <= 0)
            return g * mnp.where(empty, 0.0, in_p), g * mnp.where(empty, 0.0, in_q)

        return custom_vjp(quietly(value), quietly(rule))

    @property
    def _minus_conjugate_at_infinity(self) -> float:
        """-f*(f'(inf)), the derivative in q of q f(p/q) at q = 0, which is the dual's f'(0)."""
        slope_of_dual_at_zero = self.dual().f_prime_at_zero
        return slope_of_dual_at_zero + self.tangent
