"""What is known of a function beyond where it overflows: its last finite place, how it grows, what is lost of it."""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Density, Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences.expectations import (
    HUGE,
    Continuation,
    Growth,
    Weighted,
    expectation_under,
    last_finite,
    loses_values,
)

STANDARD = Normal(0.0, 1.0)


class Still(Density):
    """A normal density that cannot be moved."""

    def __init__(self, mean, deviation=1.0):
        self.inner = Normal(mean, deviation)

    def log_density(self, x):
        return self.inner.log_density(x)

    def landmarks(self):
        return self.inner.landmarks()

    def edges(self):
        return []


# -- where it overflows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("power", [1, 2, 3])
def test_the_last_finite_place_is_the_last_float_with_values_below_1e300(side, power):
    def values(x):
        with np.errstate(over="ignore"):
            return side**power * np.exp((side * x) ** power)

    outward = side * np.array([0.0, 0.5, 1.0, 3.0, 7.0, 20.0, 100.0, 1000.0])
    end = last_finite(values, outward)
    exact = side * math.log(HUGE) ** (1.0 / power)
    assert type(end) is float and end == pytest.approx(exact, rel=1e-14)
    assert np.abs(values(np.array([end])))[0] <= HUGE
    # also where the last point but one is bad, and where only the last is
    assert last_finite(values, side * np.array([0.0, abs(exact) * 1.001])) == pytest.approx(exact, rel=1e-14)


def test_there_is_no_last_place_where_all_are_finite_or_none_is():
    x = np.array([0.0, 1.0, 2.0])
    assert last_finite(lambda x: x, x) is None
    assert last_finite(lambda x: np.full(x.shape, np.inf), x) is None
    assert last_finite(lambda x: np.full(x.shape, HUGE), x) is None
    assert last_finite(lambda x: np.where(x > 0.5, np.nan, 1.0), x) == pytest.approx(0.5, rel=1e-14)
    # the first place without counts, whatever comes after
    assert last_finite(lambda x: np.where((x > 0.5) & (x < 1.5), np.inf, 1.0), x) == pytest.approx(0.5, rel=1e-14)


# -- how it grows --------------------------------------------------------------------------------------------

SUMS = {
    "constant": {3: 2.0},
    "power": {3: 2.0, 2: -3.0},
    "line": {3: 0.3, 1: 700.0},
    "parabola": {3: -5.0, 0: 690.0},
    "line and power": {3: 1.0, 1: 500.0, 2: 7.0},
    "parabola and line": {3: 1.0, 0: 400.0, 1: -50.0},
    "parabola and power": {3: 1.0, 0: 400.0, 2: -30.0},
    "all": {3: 1.0, 0: 400.0, 1: 30.0, 2: -20.0},
    "decaying": {3: 1.0, 1: 500.0, 4: 3.0, 5: -0.5},
}
TERMS = (lambda t: t * t, lambda t: t, np.log, np.ones_like, lambda t: 1.0 / t, lambda t: t**-2.0)


@pytest.mark.parametrize("name", SUMS)
def test_growth_is_found_with_its_fewest_terms_and_holds_far_out(name):
    """Fitted to t from 0.1 to 1, right at 1000; a term that is not there is not taken up."""
    given = SUMS[name]
    total = lambda t: sum(c * TERMS[k](t) for k, c in given.items())
    t = np.linspace(0.1, 1.0, 16)
    levels = total(t)
    rounding = 64 * np.finfo(float).eps * np.max(np.abs(levels))
    growth = Growth(t, levels, rounding)
    assert set(growth.kept) == set(given) and rounding <= growth.residual < 10.0 * rounding
    for k, c in zip(growth.kept, growth.coefficients):
        assert c == pytest.approx(given[k], rel=1e-6, abs=1e-6)
    far = np.array([1.0, 2.0, 30.0, 1000.0])
    np.testing.assert_allclose(growth(far), total(far), rtol=1e-7)
    noisy = Growth(t, levels + np.where(np.arange(16) % 2, 1.0, -1.0) * 1e-3 * np.max(np.abs(levels)), rounding)
    assert noisy.residual > 100.0 * rounding and noisy.rank <= growth.rank + 2
    ranks = [
        Growth(t, sum(c * TERMS[k](t) for k, c in SUMS[n].items()), 1e-10).rank for n in ("constant", "power", "line")
    ]
    assert ranks == sorted(set(ranks)) and ranks[0] == 0


def weighted(function, density=STANDARD, reach=60.0, anchor=0.0):
    ends = np.linspace(anchor - reach, anchor + reach, 241)
    return Weighted(density, function, ends, [(anchor, 1.0)])


@pytest.mark.parametrize("anchor", [0.0, 5.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_exponentials_of_polynomials_are_continued_to_either_side(anchor, sign):
    """log |h| beyond the last finite value is the polynomial, and h keeps its sign."""
    p, exponent = Normal(anchor, 1.0), lambda x: 0.45 * (x - anchor) ** 2 + 2.0 * (x - anchor)
    found = weighted(lambda x: sign * mnp.exp(exponent(x)), p, anchor=anchor)
    x = anchor + np.array([-59.0, -50.0, -45.0, -1.0, 0.0, 2.0, 39.0, 45.0, 59.0])
    log_p = found.log_p(x)
    level, signs, continued = found.log_product(x, log_p)
    np.testing.assert_allclose(level, log_p + exponent(x), rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(signs, sign)
    assert continued.tolist() == (exponent(x) > math.log(HUGE)).tolist() and continued.any() and not continued.all()
    for one in (found.left, found.right):
        assert isinstance(one, Continuation) and one.sign == sign and one.anchor == anchor
        assert exponent(one.end) == pytest.approx(math.log(HUGE), rel=1e-12)
        outside = one.end + (one.end - anchor) * np.array([-0.5, 1e-6, 1.0])
        assert one.beyond(outside).tolist() == [False, True, True]


def test_a_product_that_cancels_is_continued_as_a_product():
    """exp(x^2 / 2) against exp(-x^2 / 2): the sum of both logarithms is constant to ten digits of either."""
    found = weighted(lambda x: mnp.exp(0.5 * x * x))
    x = np.array([40.0, 55.0, -60.0])
    level, _, continued = found.log_product(x, found.log_p(x))
    assert continued.all()
    np.testing.assert_allclose(level, -0.5 * math.log(2.0 * math.pi), atol=1e-7)


def test_infinities_in_earnest_are_not_continued():
    """A jump to infinity from below 1e30 is one, where the density is more than exp(-700); there it is an overflow."""
    for size, expected in ((1.0, False), (0.9e30, False), (1.1e30, True)):
        found = weighted(lambda x, size=size: mnp.where(x > 3.0, math.inf, size))
        assert (found.right is not None) == expected and found.left is None
    for place, expected in ((36.0, False), (38.0, True)):  # exp(-649), exp(-723)
        assert (weighted(lambda x, place=place: mnp.where(x > place, math.inf, 2.0)).right is not None) == expected
        assert (weighted(lambda x, place=place: mnp.where(x < -place, -math.inf, 2.0)).left is not None) == expected
    assert weighted(lambda x: x).right is None and weighted(lambda x: x).left is None


def test_what_is_zero_before_it_overflows_is_refused():
    with pytest.raises(ValueError, match=r"^the function is 0 or undefined before 20, where it overflows"):
        weighted(lambda x: mnp.where(x > 20.0, math.inf, mnp.where(x > 19.9999, 1e31, 0.0)))
    # one that is zero only on the way there is not: it is fitted to where it is not
    late = weighted(lambda x: mnp.where(mnp.abs(x) < 12.0, 0.0, mnp.exp(20.0 * mnp.abs(x))))
    assert late.right is not None
    level, *_ = late.log_product(np.array([50.0]), np.zeros(1))
    assert level[0] == pytest.approx(1000.0, rel=1e-9)


def test_changes_of_sign_are_found_to_the_last_digits():
    """Zeros and jumps alike, but not where the density has underflowed; and none where there are none."""
    ends = np.linspace(-60.0, 60.0, 121)
    roots = (-2.345, 0.1234567, 17.3)
    h = lambda x: (x - roots[0]) * (x - roots[1]) * mnp.where(x > roots[2], -1.0, 1.0) * mnp.where(x > 50.05, -1.0, 1.0)
    found = weighted(h).crossings(ends)
    assert found == pytest.approx(roots, rel=1e-14)
    assert len(weighted(lambda x: 1.0 + x * x).crossings(ends)) == 0


def test_the_integrand_is_the_product_with_the_roundings_of_the_density():
    found = weighted(lambda x: x - 1.0, Uniform(-2.0, 3.0), 5.0)
    x = np.array([-4.0, -1.5, 0.5, 2.0, 4.5])
    level, sign, roundings = found.log_integrand(x, np.zeros(5))
    with np.errstate(divide="ignore"):
        expected = np.where((x > -2.0) & (x < 3.0), math.log(0.2) + np.log(np.abs(x - 1.0)), -np.inf)
    np.testing.assert_allclose(level, expected, rtol=1e-14)
    assert sign.tolist() == [-1.0, -1.0, -1.0, 1.0, 1.0]
    np.testing.assert_allclose(roundings, 8.0 + np.where(expected > -np.inf, -math.log(0.2), 0.0), rtol=1e-14)
    both = weighted(lambda x: mnp.where(x > 1.0, math.inf, mnp.where(x < -1.0, -math.inf, x)))
    both.log_integrand(np.array([0.0]), np.zeros(1))
    assert both.infinite == set()
    both.log_integrand(np.array([0.0, 2.0]), np.zeros(2))
    assert both.infinite == {1.0}
    both.log_integrand(np.array([-2.0, 2.0]), np.zeros(2))
    assert both.infinite == {1.0, -1.0}
    with pytest.raises(ValueError, match=r"^the function is NaN at 1\.5, where the density is not 0"):
        weighted(lambda x: mnp.where(x > 1.0, math.nan, x)).log_integrand(np.array([0.0, 1.5]), np.zeros(2))


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_values_are_lost_only_where_the_inner_function_overflows_first(side):
    """The outer one is then infinite without having grown to 1e30, on that side alone."""
    inner = lambda x: -mnp.exp(side * 30.0 * x)
    marks, edges = [(0.0, 1.0)], []
    q = StudentT(0.0, 1.0, 3.0)
    moderate = lambda x: mnp.where(mnp.isfinite(inner(x)), side * 30.0 * x, math.inf)
    assert loses_values(q, inner, moderate, marks, edges)
    assert not loses_values(q, inner, inner, marks, edges)  # which overflows as it does itself
    assert not loses_values(q, inner, lambda x: x, marks, edges)  # finite everywhere
    assert not loses_values(q, lambda x: x, moderate, marks, edges)  # the inner one does not overflow


# -- expectations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0.0, 1e3, 1e5, -1e9])
@pytest.mark.parametrize("density", [Normal, Still, Laplace], ids=lambda d: d.__name__)
def test_moments_beside_a_far_place(density, place):
    """Seen from its own place a density that can be moved keeps its digits; edges and landmarks of h move with it."""
    p = density(place, 1.0)
    variance = 2.0 if density is Laplace else 1.0
    if density is Still and abs(place) > 1e5:
        return
    found = expectation_under(p, lambda x: mnp.square(x - place))
    assert float(found) == pytest.approx(variance, rel=1e-9 + 0.1 * np.spacing(abs(place)))  # x itself is rounded
    half = expectation_under(p, lambda x: mnp.where(x > place + 0.25, 1.0, 0.0), edges=[place + 0.25])
    exact = 0.5 * math.exp(-0.25) if density is Laplace else 0.5 * math.erfc(0.25 / math.sqrt(2.0))
    assert float(half) == pytest.approx(exact, rel=1e-9 if density is not Still else 1e-7)
    width = 2.0**-20
    peak = lambda x: mnp.exp(-0.5 * ((x - place - 0.5) / width) ** 2)
    seen = expectation_under(p, peak, landmarks=[(place + 0.5, width)])
    height = 0.5 * math.exp(-0.5) if density is Laplace else math.exp(-0.125) / math.sqrt(2.0 * math.pi)
    if abs(place) <= 1e9:
        assert float(seen) == pytest.approx(height * width * math.sqrt(2.0 * math.pi), rel=1e-5)


def test_components_far_apart_are_weighed_one_by_one():
    """Their values, errors, infinities and derivatives."""
    mixture = lambda w: Mixture((w, 1.0 - w), (Normal(0.0, 1.0), Normal(1e12, 2.0)))
    inner = lambda x: mnp.where(x > 1e11, x - 1e12 + 7.0, mnp.square(x))
    found = expectation_under(mixture(0.25), inner)
    assert float(found) == pytest.approx(0.25 * 1.0 + 0.75 * 7.0, rel=1e-7) and 0.0 < found.error < 1e-4
    slope = mg.grad(lambda w: expectation_under(mixture(w), inner).value)(mnp.asarray(0.25))
    assert float(slope) == pytest.approx(1.0 - 7.0, rel=1e-7)
    parts = [expectation_under(part, inner) for part in mixture(0.25).components]
    assert found.error == pytest.approx(0.25 * parts[0].error + 0.75 * parts[1].error, rel=1e-12)
    for low, high, expected in ((-math.inf, 1.0, -math.inf), (1.0, math.inf, math.inf), (math.inf, math.inf, math.inf)):
        h = lambda x, low=low, high=high: mnp.where(x > 1e11, high, low) + 0.0 * x
        assert float(expectation_under(mixture(0.25), h)) == expected
    for three in ((0.25, 0.75), (0.5, 0.25, 0.25)):
        parts = (Normal(0.0, 1.0), Normal(1e12, 2.0), Normal(5.0, 1.0))[: len(three)]
        opposite = lambda x: mnp.where(x > 1e11, math.inf, mnp.where(x > 3.5, 1.0, -math.inf))
        with pytest.raises(ValueError, match="no expectation: its positive and its negative part are both infinite"):
            expectation_under(Mixture(three, parts), opposite)


def test_both_parts_infinite_inside_is_no_expectation_either():
    with pytest.raises(ValueError, match="no expectation"):
        expectation_under(STANDARD, lambda x: mnp.where(x > 1.0, math.inf, mnp.where(x < -1.0, -math.inf, 0.0)))
    for sign in (1.0, -1.0):
        one = lambda x, sign=sign: mnp.where(mnp.abs(x) > 1.0, sign * math.inf, 0.0)
        found = expectation_under(STANDARD, one)
        assert float(found) == sign * math.inf and found.error == 0.0


def test_the_error_is_of_the_tolerance_that_was_asked_for():
    h = lambda x: mnp.abs(x - 0.3) ** 0.5
    errors = [expectation_under(STANDARD, h, tolerance=t).error for t in (1e-4, 1e-7, 1e-10)]
    assert errors[0] > 10 * errors[1] > 100 * errors[2] and errors[2] < 1e-9
    assert expectation_under(STANDARD, h).error == errors[2]


@pytest.mark.parametrize("scale", [1.0, -1e-30, 1e30])
def test_derivatives_where_the_function_or_the_density_has_left_the_floats(scale):
    """d/dc E exp(c x^2) = (1 - 2c)^(-3/2): the part where it overflows is known, but not how it depends on c."""
    value = lambda c: expectation_under(STANDARD, lambda x: scale * mnp.exp(c * x * x)).value
    slope = mg.grad(value)
    assert float(slope(mnp.asarray(0.3))) == pytest.approx(scale * 0.4**-1.5, rel=1e-8)
    assert float(value(mnp.asarray(0.495))) == pytest.approx(scale * 10.0, rel=1e-8)
    with pytest.raises(ValueError, match=r"^the function overflows, .* where 0\.000\d of its expectation"):
        slope(mnp.asarray(0.495))
    with pytest.raises(ValueError, match="divide it by something large"):
        mg.grad(lambda c: expectation_under(STANDARD, lambda x: mnp.exp(c * x)).value)(mnp.asarray(30.0))


def test_derivatives_in_a_density_that_underflows_under_a_function_that_is_large():
    """E exp(18 x) comes from about x = 18; of E exp(0.4 x^2) some from x = 38, where the density is 0 in floats."""
    value = lambda m: expectation_under(Normal(m, 1.0), lambda x: mnp.exp(18.0 * x)).value
    assert float(mg.grad(value)(mnp.asarray(0.0))) == pytest.approx(18.0 * math.exp(162.0), rel=1e-8)
    by_logs = lambda m: expectation_under(Normal(m, 1.0), lambda x: mnp.exp(0.4 * x * x)).value
    exact = math.sqrt(5.0)  # exp(2 m^2) sqrt 5, whose second derivative is 4 sqrt 5
    assert float(by_logs(mnp.asarray(0.0))) == pytest.approx(exact, rel=1e-9)
    assert float(mg.grad(by_logs)(mnp.asarray(0.1))) == pytest.approx(0.4 * exact * math.exp(0.02), rel=1e-8)
