"""How a convex f goes on beyond where it is known, and the curve between: each function the integral of another."""

import math

import mpmath
import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences.asymptotics import Tail, fitted_tail, growth, rounded
from minigan.divergences.curve import Curve, derivative

# (start, slope, conjugate, terms): to the right and to the left, bounded and unbounded, one power and two, none
TAILS = {
    "kl to the right": Tail(5.0, 6.0, math.exp(5.0), ((math.exp(5.0), 1.0),)),
    "pearson to the right": Tail(3.0, 2.0 * math.expm1(3.0), math.expm1(6.0), ((2.0 * math.exp(6.0), 2.0),)),
    "bounded slope": Tail(4.0, 0.5, 1.5, ((0.3, 0.5),)),
    "bounded both": Tail(4.0, 0.5, 1.5, ((0.3, -0.5),)),
    "two powers": Tail(4.0, 0.5, 1.5, ((0.3, 0.5), (0.2, -0.5))),
    "constant conjugate": Tail(4.0, 0.5, 1.5, ((0.3, 0.0),)),
    "linear": Tail(4.0, 0.5, 1.5, ()),
    "to the left": Tail(-4.0, -0.5, -1.5, ((0.3, 2.0),)),
    "to the left, two": Tail(-4.0, -0.5, -1.5, ((0.3, 1.5), (0.1, 2.5))),
    "to the left, unbounded": Tail(-4.0, -5.0, -1.5, ((0.3, 0.5),)),
    "to the left, steep": Tail(-4.0, -5.0, -1.5, ((0.3, -1.0),)),
    "to the left, slope like log": Tail(-4.0, -5.0, -1.5, ((0.3, 1.0),)),
    "to the left, conjugate like log": Tail(-4.0, -5.0, -1.5, ((0.3, 0.0),)),
}


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def kappa(tail):
    return lambda v: sum(mpmath.mpf(c) * mpmath.exp(k * (v - tail.start)) for c, k in tail.terms) + mpmath.mpf(0)


def integral(function, tail, v):
    return mpmath.quad(function, [mpmath.mpf(tail.start), mpmath.mpf(float(v))])


def points(tail):
    side = math.copysign(1.0, tail.start)
    return tail.start + side * np.array([-6.0, 0.0, 1e-9, 0.3, 1.0, 5.0, 20.0])


@pytest.mark.parametrize("name", TAILS)
def test_slope_and_conjugate_are_integrals_of_kappa(name):
    """u f' - f that of kappa, f' that of kappa / u; before the tail begins all is as at its start."""
    tail = TAILS[name]
    v = points(tail)
    at = mnp.asarray(v)
    found = [host(f(at)) for f in (tail.kappa_at, tail.curvature_at, tail.conjugate_at, tail.slope_at)]
    for i, x in enumerate(v):
        x = tail.start if i == 0 else x
        exact = (
            kappa(tail)(mpmath.mpf(float(x))),
            kappa(tail)(mpmath.mpf(float(x))) * mpmath.exp(-float(x)),
            tail.conjugate + integral(kappa(tail), tail, x),
            tail.slope + integral(lambda s: kappa(tail)(s) * mpmath.exp(-s), tail, x),
        )
        for one, stated in zip(found, exact):
            assert one[i] == pytest.approx(float(stated), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("name", TAILS)
@pytest.mark.parametrize("tangent", [0.0, 0.7])
def test_what_f_leaves_above_its_tangent_along_a_tail(name, tangent):
    """exp(-power |v|) (u f' - (u f' - f) - tangent (u - 1)), of numbers that overflow."""
    tail = TAILS[name]
    side = math.copysign(1.0, tail.start)
    power = max(1.0, tail.power) if side > 0 else max(0.0, -tail.power)
    v = points(tail)[1:]
    found = host(tail.remainder_at(mnp.asarray(v), tangent, power))
    slope, conjugate = host(tail.slope_at(mnp.asarray(v))), host(tail.conjugate_at(mnp.asarray(v)))
    expected = np.exp(-power * np.abs(v)) * (np.exp(v) * slope - conjugate - tangent * np.expm1(v))
    size = np.exp(-power * np.abs(v)) * (np.exp(v) * (np.abs(slope) + tangent) + np.abs(conjugate) + tangent)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * float(size.max()))
    far = host(tail.remainder_at(mnp.asarray([side * 5000.0]), tangent, power))
    assert np.all(np.isfinite(far))


@pytest.mark.parametrize("name", TAILS)
def test_limits_and_leading_powers(name):
    """Those of slope and conjugate at v = +-3000, which is infinity; and the power with which kappa grows there."""
    tail = TAILS[name]
    side = math.copysign(1.0, tail.start)
    far = mnp.asarray([side * 3000.0])
    with mnp.errstate(all="ignore"):
        for found, limit in ((tail.slope_at(far), tail.slope_limit), (tail.conjugate_at(far), tail.conjugate_limit)):
            value = float(host(found)[0])
            if math.isinf(limit):
                assert limit == math.copysign(math.inf, side) and abs(value) > 100.0
                assert side * value > 0.0
            else:
                assert value == pytest.approx(limit, rel=1e-9)
        if tail.terms:
            near, farther = (float(host(mnp.log(tail.kappa_at(mnp.asarray([side * x]))))[0]) for x in (300.0, 310.0))
            assert side * (farther - near) / 10.0 == pytest.approx(tail.power, abs=1e-12)
        else:
            assert tail.power == 0.0


@pytest.mark.parametrize("name", TAILS)
def test_the_ratio_along_a_tail_is_the_inverse_of_its_slope(name):
    """Also where the slope rounds to its limit, from the logarithm of how much it lacks."""
    tail = TAILS[name]
    if not tail.terms:
        t = mnp.asarray([tail.slope, tail.slope + 1.0])
        assert host(tail.log_ratio(t, t)).tolist() == [tail.start] * 2
        return
    side = math.copysign(1.0, tail.start)
    v = tail.start + side * np.array([0.0, 0.1, 1.0, 5.0, 30.0])
    slope = host(tail.slope_at(mnp.asarray(v)))
    if math.isinf(tail.slope_limit):
        gap = np.zeros(5)
    else:
        rates = [(c * math.exp(-tail.start), k - 1.0) for c, k in tail.terms]
        gap = np.log([sum(c / abs(r) * math.exp(r * (x - tail.start)) for c, r in rates) for x in v])
    found = host(tail.log_ratio(mnp.asarray(slope), mnp.asarray(gap)))
    np.testing.assert_allclose(found, v, rtol=1e-9)
    before = tail.log_ratio(mnp.asarray([tail.slope - side]), mnp.asarray([gap[0] + 0.5]))
    assert float(host(before)[0]) == tail.start


@pytest.mark.parametrize("rate", [-2.0, -0.5, 0.0, 1e-9, 0.5, 3.0])
@pytest.mark.parametrize("damping", [0.0, 0.5, 4.0])
def test_growth_is_the_damped_integral_of_an_exponential(rate, damping):
    x = np.array([-300.0, -2.0, -1e-12, 0.0, 1e-12, 0.7, 200.0])
    with mnp.errstate(all="ignore"):
        found = host(growth(rate, mnp.asarray(x), damping))
        undamped = host(growth(rate, mnp.asarray(x)))
    for x_i, one, plain in zip(x, found, undamped):
        with mpmath.workdps(50):
            at = mpmath.mpf(float(x_i))
            whole = mpmath.expm1(rate * at) / mpmath.mpf(rate) if rate else at
            exact = whole * mpmath.exp(-damping * abs(at))
        assert one == pytest.approx(float(exact), rel=1e-12, abs=1e-300)
        assert plain == pytest.approx(float(whole), rel=1e-12, abs=1e-300)


def test_rounded_takes_numbers_of_nine_decimals_for_what_they_are():
    for exact in (0.5, 0.123456789, -2.0, 1e3 + 0.25, 0.0):
        assert rounded(exact + 0.5e-14 * max(1.0, abs(exact))) == exact == rounded(exact)
        off = exact + 3e-14 * max(1.0, abs(exact))
        assert rounded(off) == off
    assert math.copysign(1.0, rounded(-1e-15)) == 1.0


# -- from f itself -------------------------------------------------------------------------------------------


def a_power(a):
    """f = (u^a - 1 - a (u - 1)) / (a (a - 1)), kappa = u^a."""
    return (
        lambda v: (np.exp(a * v) - 1.0 - a * np.expm1(v)) / (a * (a - 1.0)),
        lambda v: np.expm1((a - 1.0) * v) / (a - 1.0),
        lambda v: np.exp((a - 1.0) * v),
    )


@pytest.mark.parametrize("a", [-2.0, -0.5, 0.5, 1.5, 2.0, 3.25])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_power_is_found_as_the_power_it_is(a, side):
    parts = a_power(a)
    with np.errstate(over="ignore"):
        tail = fitted_tail(side, lambda v: tuple(part(v) for part in parts))
    assert tail.start * side >= 0.5
    if side < 0 and a > 1.0:  # kappa has underflowed where f is as good as its value at 0
        assert tail.slope_limit == pytest.approx(-1.0 / (a - 1.0)) and tail.conjugate_limit == pytest.approx(-1.0 / a)
        return
    ((c, k),) = tail.terms
    assert k == a and c == pytest.approx(math.exp(a * tail.start), rel=1e-9)
    f, slope, _ = (part(tail.start) for part in parts)
    assert tail.slope == slope and tail.conjugate == pytest.approx(math.exp(tail.start) * slope - f, rel=1e-12)
    assert tail.power == a
    slope_limit = side * math.inf if (a - 1.0) * side > 0 else -1.0 / (a - 1.0)
    conjugate_limit = side * math.inf if a * side > 0 else -1.0 / a
    assert tail.slope_limit == pytest.approx(slope_limit, abs=1e-9)
    assert tail.conjugate_limit == pytest.approx(conjugate_limit, abs=1e-9)


def test_two_powers_and_lines_and_what_is_no_power():
    """Jensen-Shannon's kappa is u / (1 + u), 1 - 1/u to the right; half a line has none; a wave is no curve at all."""
    js = fitted_tail(1.0, lambda v: (
        v * np.exp(v) - (np.exp(v) + 1.0) * np.log((np.exp(v) + 1.0) / 2.0),
        math.log(2.0) - np.log1p(np.exp(-v)),
        1.0 / (1.0 + np.exp(v)),
    ))  # fmt: skip
    assert js.terms[0][1] == 0.0 and js.slope_limit == pytest.approx(math.log(2.0), abs=1e-12)
    line = fitted_tail(1.0, lambda v: (2.0 * np.expm1(v), np.full_like(v, 2.0), np.zeros_like(v)))
    assert line.terms == () and (line.power, line.slope_limit, line.slope) == (0.0, 2.0, 2.0)
    assert fitted_tail(-1.0, lambda v: (np.sin(v), np.cos(v), np.sin(9.0 * v))) is None
    assert fitted_tail(1.0, lambda v: (v + np.nan, v, v)) is None


CURVES = {  # f, f', f'' in mpmath as in floats
    "kl": (lambda u: u * mnp.log(u), lambda u: mpmath.log(u) + 1, lambda u: 1 / u),
    "pearson": (lambda u: (u - 1.0) ** 2, lambda u: 2 * (u - 1), lambda u: mpmath.mpf(2)),
    "neyman": (lambda u: (1.0 - u) ** 2 / u, lambda u: 1 - u**-2, lambda u: 2 * u**-3),
    "le_cam": (
        lambda u: (u - 1.0) ** 2 / (2.0 * (u + 1.0)),
        lambda u: (u - 1) * (u + 3) / (2 * (u + 1) ** 2),
        lambda u: 4 / (u + 1) ** 3,
    ),
    "quartic": (
        lambda u: (u - 1.0) ** 4 + (u - 1.0) ** 2,
        lambda u: 4 * (u - 1) ** 3 + 2 * (u - 1),
        lambda u: 12 * (u - 1) ** 2 + 2,
    ),
}


@pytest.fixture
def sixty_digits():
    with mpmath.workdps(60):
        yield


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_between_its_tails_and_beyond(name, sixty_digits):
    """f', u f'', u f' - f, u^2 f'', and the ratio that has the slope, from exp(-40) to exp(40)."""
    f, f_prime, f_second = CURVES[name]
    curve = Curve(f, derivative(f), name)
    assert not curve.is_broken_line and curve.jumps == [] and curve.is_smooth_at_one
    v = np.concatenate([np.linspace(-40.0, 40.0, 41), [-0.51, -0.49, -1e-3, 1e-3, 0.49, 0.51]])
    at = mnp.asarray(v)
    slope, bend, conjugate, kappa_, mantissa = (
        host(part(at)) for part in (curve.slope, curve.curvature, curve.conjugate, curve.kappa, curve.mantissa)
    )
    for i, x in enumerate(v):
        u = mpmath.exp(mpmath.mpf(float(x)))
        exact_f = {"kl": lambda u: u * mpmath.log(u)}.get(name, f)(u)
        scale = 1.0 + float(abs(u * f_prime(u)))
        assert slope[i] == pytest.approx(float(f_prime(u)), rel=1e-8, abs=1e-8)
        assert bend[i] == pytest.approx(float(u * f_second(u)), rel=2e-6, abs=1e-9)
        assert kappa_[i] == pytest.approx(float(u**2 * f_second(u)), rel=2e-6, abs=1e-6)
        assert conjugate[i] == pytest.approx(float(u * f_prime(u) - exact_f), rel=1e-8, abs=1e-8 * min(scale, 1e3))
        power = curve.powers[0] if x > 0 else curve.powers[1]
        above = (exact_f - curve.tangent * (u - 1)) * mpmath.exp(-power * abs(mpmath.mpf(float(x))))
        assert mantissa[i] == pytest.approx(float(above), rel=1e-8, abs=1e-11 if abs(x) > 1 else 1e-16)
    low, high = curve.left.slope_limit, curve.right.slope_limit
    inside = np.abs(v) < 12.0
    t = mnp.asarray(slope[inside])
    with mnp.errstate(all="ignore"):
        found = host(curve.log_ratio(t, mnp.log(high - t), mnp.log(t - low)))
    rounding = 4e-16 * (1.0 + np.abs(slope[inside])) / np.maximum(bend[inside], 1e-300)
    assert np.all(np.abs(found - v[inside]) <= 1e-8 + 10.0 * rounding)
    dual = host(curve.conjugate_of(t, mnp.asarray(v[inside])))
    np.testing.assert_allclose(dual, conjugate[inside], rtol=1e-9, atol=1e-9)
    assert host(curve.log_ratio(mnp.asarray([math.nan]), mnp.asarray([0.0]), mnp.asarray([0.0])))[0] != 0.0


@pytest.mark.parametrize("place", [-2.0, -0.25, 0.0, 0.75, 3.0])
@pytest.mark.parametrize("size", [1.0, 1e-3, 1e3])
def test_jumps_of_the_slope_are_found_where_they_are(place, size):
    """With f' before and after; of several in order. Where f has one near 1 it is not what f'' says."""
    u, bend = math.exp(place), 0.1 * size if place < 1.0 else 0.002 * size
    kink = lambda x: 0.5 * size * (abs(x - u) - abs(1.0 - u)) + bend * (x - 1.0) ** 2
    curve = Curve(kink, derivative(kink), "kinked")
    ((at, before, after),) = curve.jumps
    assert at == pytest.approx(place, abs=1e-12) and (at == 0.0 or place != 0.0)
    assert after - before == pytest.approx(size, rel=1e-6)
    assert 0.5 * (after + before) == pytest.approx(2.0 * bend * (u - 1.0), abs=1e-6 * size)
    assert curve.is_smooth_at_one == (place not in (0.0, -0.25))
    assert not curve.is_broken_line
    # every slope between is that of the ratio at the kink
    t = mnp.asarray([before + 0.3 * size, after - 0.3 * size])
    with mnp.errstate(all="ignore"):
        assert host(curve.log_ratio(t, t, t)) == pytest.approx([at, at], abs=1e-12)


def test_broken_lines_have_all_of_their_jumps_in_order():
    two = lambda x: abs(x - 0.5) + abs(x - 2.0) - 1.5
    broken = Curve(two, derivative(two), "twice")
    assert [round(math.exp(j[0]), 9) for j in broken.jumps] == [0.5, 2.0] and broken.is_broken_line


def test_a_curve_that_bends_now_and_then_is_refused_by_the_end_it_fails_at():
    wave = lambda v: mnp.sin(40.0 * v) * 1e-3
    for end, f in (
        ("infinity", lambda u: mnp.where(u > 1.0, u + wave(u) * u, u * mnp.log(u) + 1.0) - 1.0),
        ("0", lambda u: mnp.where(u < 1.0, wave(mnp.log(u)) * u - u, u * mnp.log(u))),
    ):
        with pytest.raises(ValueError, match=rf"^f'' of mine is now positive and now not, on the way to u = {end}:"):
            Curve(f, derivative(f), "mine")
