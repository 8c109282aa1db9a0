"""The functions of `stable`, each against mpmath from one end of the floats to the other, and its slope likewise."""

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences.stable import (
    as_floating,
    exp_times_softplus,
    in_floats,
    jeffreys_log_ratio,
    largest_floats,
    log1mexp_softplus,
    log_mixture,
    log_softplus,
    log_two,
    minus_x_log_x,
    positive_power,
    saturating,
    scaled_remainder,
)

mp = mpmath.mp
FINE = [0.0, 1e-20, 1e-12, 1e-9, 0.9e-8, 1.1e-8, 1e-7, 1e-3, 0.1, 0.3, 0.49, 0.51, 0.7, 0.99, 1.01, 2.0, 5.0, 10.0]
LARGE = [17.0, 18.0, 19.9, 20.1, 36.0, 38.0, 79.0, 81.0, 300.0, 700.0]
POINTS = sorted({s * x for x in [*FINE, *LARGE] for s in (1.0, -1.0)})


def exactly_log1mexp(weight):
    return lambda v: mpmath.log(-mpmath.expm1(-mpmath.log1p(mpmath.exp(-v)) / mpmath.mpf(weight)))


FUNCTIONS = {
    "scaled_remainder": (scaled_remainder, lambda x: (mpmath.expm1(x) - x) * mpmath.exp(-max(x, 0))),
    "saturating": (saturating, lambda v: mpmath.sign(v) * -mpmath.expm1(-abs(v))),
    "log_softplus": (log_softplus, lambda x: mpmath.log(mpmath.log1p(mpmath.exp(x)))),
    "exp_times_softplus": (exp_times_softplus, lambda v: mpmath.exp(v) * mpmath.log1p(mpmath.exp(-v))),
    **{
        f"log_mixture({w})": (
            lambda v, w=w: log_mixture(v, w, 1.0 - w),
            lambda v, w=w: mpmath.log(mpmath.mpf(1.0 - w) + mpmath.mpf(w) * mpmath.exp(v)),
        )
        for w in (0.5, 0.25, 0.875)
    },
    **{
        f"log1mexp_softplus({w})": (lambda v, w=w: log1mexp_softplus(v, w), exactly_log1mexp(w))
        for w in (0.3, 0.5, 0.9)
    },
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_slopes_to_the_last_digits(name):
    """A value to 1e-14 of itself, or of what a rounding of the argument makes of it."""
    function, exact = FUNCTIONS[name]
    x = mnp.asarray(POINTS)
    value, slope = (mg.to_numpy(part) for part in mg.jvp(function, (x,), (mnp.ones_like(x),)))
    with mpmath.workdps(400):
        for v, found, rise in zip(POINTS, value, slope):
            at = mpmath.mpf(v)
            stated = exact(at)
            step = mpmath.mpf(10) ** -120
            slope_there = (exact(at + step) - exact(at - step)) / (2 * step)
            room = 1e-14 * abs(stated) + 4e-16 * abs(at * slope_there) + mpmath.mpf(10) ** -305
            assert abs(found - stated) <= room, (v, found, stated)
            # that of one is stated as a difference of two numbers below 1; central differences are good to 1e-240
            rounding = 2e-16 if name == "exp_times_softplus" else 1e-200
            assert rise == pytest.approx(float(slope_there), rel=2e-13, abs=rounding), v


@pytest.mark.parametrize("exponent", [3.0, 2.0, 1.0, 0.5, 0.0, -0.5, -2.0])
def test_powers_of_what_is_positive(exponent):
    """s^a above 0; 0 at 0 and below, where a negative power is infinite; its slope a s^(a - 1), and 0."""
    s = mnp.asarray([-2.0, -1e-300, 0.0, 1e-3, 0.7, 1.0, 5.0])
    value, slope = (mg.to_numpy(x) for x in mg.jvp(lambda s: positive_power(s, exponent), (s,), (mnp.ones_like(s),)))
    positive = np.array([1e-3, 0.7, 1.0, 5.0])
    np.testing.assert_array_equal(value[:3], 0.0)
    np.testing.assert_array_equal(slope[:3], 0.0)
    np.testing.assert_allclose(value[3:], positive**exponent, rtol=1e-15)
    np.testing.assert_allclose(slope[3:], exponent * positive ** (exponent - 1.0), rtol=1e-15)
    second = mg.jvp(
        lambda s: mg.jvp(lambda s: positive_power(s, exponent), (s,), (mnp.ones_like(s),))[1], (s,), (mnp.ones_like(s),)
    )
    expected = exponent * (exponent - 1.0) * positive ** (exponent - 2.0)
    np.testing.assert_allclose(mg.to_numpy(second[1]), [0.0, 0.0, 0.0, *expected], rtol=1e-14)


def test_the_ratio_of_jeffreys_solves_its_equation():
    """y + 1 - exp(-y) = t: near 0 to its last digits, at both changes of branch, far out and at infinity."""
    sizes = [*np.geomspace(1e-18, 30.0, 49), 0.99, 1.01, 999999.0, 1000001.0, 1e6, 1e12, 1e100, 1e300]
    t = np.array([s * x for x in sizes for s in (1.0, -1.0)])
    y, slope = (mg.to_numpy(x) for x in mg.jvp(jeffreys_log_ratio, (mnp.asarray(t),), (mnp.ones(len(t)),)))
    with mpmath.workdps(320):
        for t_i, y_i, slope_i in zip(t, y, slope):
            at, about = mpmath.mpf(float(t_i)), mpmath.mpf(float(y_i))
            for _ in range(6):
                about -= (about + 1 - mpmath.exp(-about) - at) / (1 + mpmath.exp(-about))
            assert abs(mpmath.mpf(float(y_i)) - about) <= 4e-16 * abs(about), t_i
            conditioned = 1e-15 * (1.0 + abs(float(y_i)))
            assert slope_i == pytest.approx(float(1 / (1 + mpmath.exp(-about))), rel=conditioned, abs=1e-305)
    ends = mg.to_numpy(jeffreys_log_ratio(mnp.asarray([math.inf, -math.inf, 0.0])))
    assert ends.tolist() == [math.inf, -math.inf, 0.0]


# -- constants -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exact", [log_two(), minus_x_log_x(0.3), minus_x_log_x(0.9), Fraction(1, 3), Fraction(-7, 11)])
def test_constants_are_sums_of_three_floats_with_the_first_a_single(exact):
    high, middle, low = in_floats(exact)
    assert float(np.float32(high)) == high
    left = Fraction(exact) - Fraction(high)
    assert abs(left) <= Fraction(float(np.spacing(np.float32(abs(high))))) and middle == float(left)
    assert abs(Fraction(exact) - sum(map(Fraction, (high, middle, low)))) <= Fraction(2) ** -120


def test_logarithms_have_sixty_digits():
    with mpmath.workdps(80):
        for found, stated in (
            (log_two(), mpmath.log(2)),
            (minus_x_log_x(0.3), -mpmath.mpf(0.3) * mpmath.log(mpmath.mpf(0.3))),
        ):
            assert isinstance(found, Decimal) and len(found.as_tuple().digits) == 60
            assert abs(mpmath.mpf(str(found)) / stated - 1) < mpmath.mpf(10) ** -58


@pytest.mark.parametrize("end", [Fraction(1, 2), Fraction(0), Fraction(1, 3), Fraction(-2, 3), log_two()])
@pytest.mark.parametrize("closed", [True, False])
def test_the_largest_floats_of_a_domain(end, closed):
    """The next one up is outside, they are inside; in double and in single precision."""
    for kind, found in zip((np.float64, np.float32), largest_floats(end, closed)):
        inside, above = Fraction(float(kind(found))), Fraction(float(np.nextafter(kind(found), kind(np.inf))))
        assert float(kind(found)) == found
        assert (inside <= Fraction(end)) if closed else (inside < Fraction(end))
        assert (above > Fraction(end)) if closed else (above >= Fraction(end))


@pytest.mark.parametrize("x", [1, 2.5, True, [1, 2], [[1.0]], np.array([1, 2]), np.array([True])])
def test_numbers_and_lists_become_doubles(x):
    found = as_floating(x)
    assert str(found.dtype).endswith("float64") and tuple(found.shape) == np.shape(x)
    np.testing.assert_array_equal(mg.to_numpy(found), np.asarray(x, dtype=float))
    single = mnp.asarray(np.array([1.0, 2.0], dtype="float32"))
    assert as_floating(single) is single
