"""Adaptive quadrature, piece by piece: its rule and its errors by hand, where it halves and stops, what tails hold."""

import math

import mpmath
import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.tracer import Tracer
from minigan.densities import Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences.frames import Frame, Panels
from minigan.divergences.panels import (
    EPS,
    GAUSS_WEIGHTS,
    NEGLIGIBLE,
    WEIGHTS,
    XI,
    Tail,
    constant,
    edges_of,
    error_of_tails,
    evaluate,
    landmarks_of,
    moving,
    refine,
    tails,
    unscaled,
)


class Integrand:
    """h(x), or h(x, origin), as the quadrature wants it; ``level`` is added to its logarithm."""

    def __init__(self, h, level=0.0, size=1.0):
        self.h, self.level, self.size, self.calls = h, level, size, 0

    def log_integrand(self, x, origin):
        self.calls += 1
        h = np.asarray(self.h(x, origin) if self.h.__code__.co_argcount == 2 else self.h(x), dtype=float)
        with np.errstate(all="ignore"):
            return np.log(np.abs(h)) + self.level, np.where(h < 0, -1.0, 1.0), np.full(x.shape, self.size)


def panels(*ends, origin=0.0):
    ends = np.array(ends, dtype=float)
    return Panels(np.full(len(ends) - 1, origin), ends[:-1], ends[1:])


def found_panels(nodes):
    """(centre, half width) of every panel, from its nodes."""
    offsets = nodes[1].reshape(-1, 15)
    return offsets[:, 7], (offsets[:, 14] - offsets[:, 0]) / (XI[14] - XI[0])


def by_hand(integrand, low, high):
    """(value, sum of |value|, sum of errors, sum of roundings) of the panels as they are: QUADPACK's error of qk15."""
    value, total, error, rounding, left = [], [], [], [], 0.0
    for a, b in zip(low, high):
        x, half = (a + b) / 2 + (b - a) / 2 * XI, (b - a) / 2
        level, sign, noise = evaluate(integrand, np.zeros(1), np.array([a]), np.array([b]))
        h = sign[0] * np.exp(level[0])
        kronrod, gauss = (math.fsum(half * w * h_k for w, h_k in zip(rule, h)) for rule in (WEIGHTS, GAUSS_WEIGHTS))
        spread = math.fsum(half * w * abs(h_k - kronrod / (b - a)) for w, h_k in zip(WEIGHTS, h))
        difference = abs(kronrod - gauss)
        one = min(difference, spread * min(1.0, (200 * difference / spread) ** 1.5)) if spread else 0.0
        floor = 2 * EPS * math.fsum(half * w * abs(h_k) * n for w, h_k, n in zip(WEIGHTS, h, noise[0]))
        value.append(kronrod), total.append(abs(kronrod)), error.append(one), rounding.append(floor)
        left += one if one > floor else 0.0
        assert len(x) == 15
    return math.fsum(value), sum(total), sum(error), sum(rounding), left


# -- the rule ------------------------------------------------------------------------------------------------


def test_the_rules_are_exact_for_polynomials():
    for weights, degree in ((WEIGHTS, 22), (GAUSS_WEIGHTS, 13)):
        for k in range(degree + 1):
            assert weights @ XI**k == pytest.approx((1 + (-1) ** k) / (k + 1), abs=1e-15)
        assert abs(weights @ XI ** (degree + 2 - degree % 2) - 2 / (degree + 3 - degree % 2)) > 1e-12


ROUGH = {
    "kink": lambda x: np.abs(x - 0.3) - 0.2,
    "wave": lambda x: np.sin(9.0 * x),
    "peak": lambda x: 1.0 / (1e-2 + x * x),
    "constant": lambda x: np.full(x.shape, 3.0),
}


@pytest.mark.parametrize("name", ROUGH)
@pytest.mark.parametrize("level", [0.0, -900.0 * math.log(2.0), 600.0 * math.log(2.0)])
def test_value_and_error_of_panels_left_whole(name, level):
    """Kronrod's sum and QUADPACK's error of it, and the roundings of each node; on every scale of h."""
    ends = (-1.0, -0.25, 0.5, 3.0)
    plain, integrand = Integrand(ROUGH[name]), Integrand(ROUGH[name], level)
    value, total, error, rounding, _ = by_hand(plain, ends[:-1], ends[1:])
    nodes, weights, found, estimate = refine(integrand, panels(*ends), 10.0)
    scale = math.exp(level)
    assert found == pytest.approx(value * scale, rel=1e-12) and integrand.calls == 1
    assert estimate == pytest.approx((error + rounding + 2 * EPS * total) * scale, rel=1e-4 if level else 1e-10)
    assert len(nodes[0]) == len(nodes[1]) == len(weights) == 45 and not nodes[0].any()
    assert float(weights @ ROUGH[name](nodes[1])) == pytest.approx(value, rel=1e-12)
    centre, half = found_panels(nodes)
    np.testing.assert_allclose([centre - half, centre + half], [ends[:-1], ends[1:]], atol=1e-15)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_it_halves_where_and_only_where_the_errors_are_beyond_the_tolerance(count):
    """Just above the share that is wrong nothing is halved, just below something is: with one panel and with many."""
    h, ends = (lambda x: 1.0 + 0.5 * np.sin(6.0 * x)), np.linspace(0.0, 2.0 * count, count + 1)
    _, total, _, _, left = by_hand(Integrand(h), ends[:-1], ends[1:])
    assert left > 1e3 * EPS * total
    above, below = Integrand(h), Integrand(h)
    refine(above, panels(*ends), 1.001 * left / total)
    nodes, *_ = refine(below, panels(*ends), 0.999 * left / total)
    assert above.calls == 1 and below.calls == 2
    halves = found_panels(nodes)[1]
    assert count < len(halves) <= 2 * count and set(np.round(halves, 12)) <= {0.5, 1.0}
    # at most half of the tolerance may stay in panels that are kept
    kept = [c for c, half in zip(*found_panels(nodes)) if half > 0.75]
    left_of = [by_hand(Integrand(h), [c - 1.0], [c + 1.0])[4] for c in kept]
    assert sum(left_of) <= 0.5 * 0.999 * left
    centres = [c for c in (ends[1:] + ends[:-1]) / 2 if c not in np.round(kept, 9)]
    others = [by_hand(Integrand(h), [c - 1.0], [c + 1.0])[4] for c in centres]
    assert not others or sum(left_of) + min(others) > 0.5 * 0.999 * left * (1 - 1e-9)


def test_only_the_panel_with_the_kink_is_halved():
    h = lambda x: np.abs(x - 1.0 / 3.0)
    nodes, _, value, error = refine(Integrand(h), panels(-4.0, -2.0, 0.0, 1.0, 5.0), 1e-12)
    centre, half = found_panels(nodes)
    outside = (centre < 0.0) | (centre > 1.0)
    assert sorted(half[outside]) == pytest.approx([1.0, 1.0, 2.0])
    inside = np.sort(half[~outside])
    assert inside.sum() == pytest.approx(0.5, rel=1e-12) and len(inside) < 30
    expected = 0.5 * ((4 + 1 / 3) ** 2 + (5 - 1 / 3) ** 2)
    assert value == pytest.approx(expected, rel=1e-12) and abs(value - expected) <= error < 1e-11 * expected


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_halving_ends_where_floats_do(side):
    """Where a density ends until half a panel is 8 roundings of its place, on either side of 0; at 0 in 60 rounds."""
    low, high = sorted((0.0, side))
    nodes, _, value, error = refine(
        Integrand(lambda x: np.where(side * x < 1.0 / 3.0, 1.0, 0.0)), panels(low, high), 0.0
    )
    widths = np.sort(nodes[1].reshape(-1, 15)[:, 14] - nodes[1].reshape(-1, 15)[:, 0])
    assert 4.0 * EPS / 3.0 < 0.5 * widths[0] <= 8.0 * EPS / 3.0
    assert value == pytest.approx(1.0 / 3.0, rel=1e-14) and abs(value - 1.0 / 3.0) <= error
    singular = Integrand(lambda x: np.abs(x) ** -0.99)
    nodes, _, value, error = refine(singular, panels(low, high), 1e-12)
    assert singular.calls == 60
    assert np.sort(found_panels(nodes)[1])[0] == pytest.approx(2.0**-60, rel=1e-12)
    assert error > 1e-3 * value


@pytest.mark.parametrize("count, stops", [(1, 8192), (2000, 8000), (1600, 6400), (3000, 12000)])
def test_noise_is_given_up_after_six_thousand_panels_or_three_times_those_there_were(count, stops):
    noise = lambda x: 1.5 + np.sin(1e9 * x * x + 1e12 * np.cos(x))
    nodes, _, value, error = refine(Integrand(noise), panels(*np.linspace(1.0, 2.0, count + 1)), 1e-12)
    assert 0.9 * stops <= len(nodes[1]) / 15 <= stops and error > 1e-6 * abs(value)
    assert value == pytest.approx(1.5, abs=0.05)


def test_what_is_smaller_than_rounding_is_not_halved_further():
    """1e9 roundings a node: then nothing of a wave is left open, whatever the tolerance; and the error says so."""
    wave = lambda x: 2.0 + np.sin(3.0 * x)
    exact, rough = Integrand(wave), Integrand(wave, size=1e9)
    fine = refine(exact, panels(0.0, 2.0), 1e-15)
    coarse = refine(rough, panels(0.0, 2.0), 1e-15)
    assert rough.calls == 1 < exact.calls
    assert coarse[3] == pytest.approx(2 * EPS * 1e9 * coarse[2], rel=1e-3) and fine[3] < 1e-13


def test_panels_keep_their_origins():
    """A narrow peak at every origin, of another height: halved many times, each stays with its own."""
    places, heights = np.array([0.0, 1e20, 3e30]), np.array([1.0, -3.0, 5.0])

    def h(x, origin):
        return heights[np.searchsorted(places, origin)] / (1e-4 + x * x)

    parts = [panels(-1.0, 0.1, 1.0, origin=place) for place in places]
    together = Panels(*(np.concatenate(part) for part in zip(*parts)))
    (origin, offsets), weights, value, error = refine(Integrand(h), together, 1e-12)
    one = 2.0 * 100.0 * math.atan(100.0)
    assert value == pytest.approx(3.0 * one, rel=1e-12) and abs(value - 3.0 * one) <= error
    for place, height in zip(places, heights):
        there = origin == place
        assert float(weights[there] @ h(offsets[there], origin[there])) == pytest.approx(height * one, rel=1e-12)


def test_nodes_of_what_weighs_nothing_are_left_out():
    for share, kept in ((3.0 * NEGLIGIBLE, 30), (0.3 * NEGLIGIBLE, 15)):
        for sign in (1.0, -1.0):
            h = lambda x, share=share, sign=sign: np.where(x < 0, 1.0, sign * share)
            nodes, weights, value, _ = refine(Integrand(h), panels(-1.0, 0.0, 1.0), 1e-9)
            assert len(nodes[0]) == len(weights) == kept and value == 1.0


def test_infinite_and_empty_integrands():
    assert refine(Integrand(lambda x: np.where(x > 0.99, np.inf, 1.0)), panels(0.0, 1.0), 1e-9) is None
    jump = lambda x: np.where(np.abs(x - 0.3) < 1e-3, np.inf, 1.0 / np.abs(x - 0.3))  # only seen when halved
    assert refine(Integrand(jump), panels(0.0, 1.0), 1e-9) is None
    nodes, weights, value, error = refine(Integrand(lambda x: 0.0 * x), panels(0.0, 1.0), 1e-9)
    assert [len(part) for part in (*nodes, weights)] == [0, 0, 0] and (value, error) == (0.0, 0.0)


def test_roundings_of_a_node_by_hand():
    """1, those of the value, and how far the logarithm moves when x does by one, towards the steeper neighbour;
    where the integrand is less than exp(-30) of its largest in the panel only 1.
    """
    h = lambda x: np.where(x > 0.9, 0.0, np.exp(-8.0 * (x - 2.0) ** 2))
    integrand = Integrand(h, size=-5.0)
    low, high = np.array([-1.0, 0.5, 2.0]), np.array([0.5, 2.0, 2.0 + 1e-3])
    level, sign, noise = evaluate(integrand, np.zeros(3), low, high)
    assert level.shape == sign.shape == noise.shape == (3, 15)
    for i in range(3):
        x = (low[i] + high[i]) / 2 + (high[i] - low[i]) / 2 * XI
        with np.errstate(all="ignore"):
            logs = np.log(h(x))
        np.testing.assert_allclose(level[i], logs, rtol=1e-14)

        def steepness(j, logs=logs, x=x):
            rise = abs((logs[j + 1] - logs[j]) / (x[j + 1] - x[j]) * x[j + 1]) if 0 <= j < 14 else 0.0
            return rise if math.isfinite(rise) else 0.0

        for j in range(15):
            with np.errstate(all="ignore"):
                expected = 6.0 + max(steepness(j - 1), steepness(j)) if logs[j] > logs.max() - 30.0 else 1.0
            assert noise[i, j] == pytest.approx(expected, rel=1e-9)


def test_products_with_exponentials_overflow_only_where_they_do():
    rng = np.random.default_rng(0)
    drawn = zip(10.0 ** rng.uniform(-300.0, 300.0, 400), rng.uniform(-1400.0, 1400.0, 400))
    for x, shift in [
        *drawn,
        (1e-300, 1390.0),
        (1e300, 20.0),
        (1e300, -1300.0),
        (1.0, 709.7),
        (2.0, 709.5),
        (3.0, 705.0),
    ]:
        with mpmath.workdps(40):
            exact = mpmath.mpf(x) * mpmath.exp(mpmath.mpf(shift))
        for sign in (1.0, -1.0):
            found = unscaled(sign * x, shift)
            if exact > 1.7e308:
                assert found == sign * math.inf, (x, shift)
            elif exact > 1e-290:  # subnormal numbers and their exponentials lose digits
                assert found == pytest.approx(sign * float(exact), rel=1e-12), (x, shift)
    assert unscaled(1.0, 709.77) == pytest.approx(math.exp(709.77)) and unscaled(-1.0, 709.79) == -math.inf
    assert unscaled(0.0, 1000.0) == 0.0


# -- tails ---------------------------------------------------------------------------------------------------

FRAME = Frame([(0.0, 1.0)], [], [0.0], 1e140)
ROOM = 140.0 * math.log(10.0)


def of_tails(log_h, frame=FRAME, noise=400.0):
    """The tails of exp of ``log_h`` at log |x|, the same on both sides."""

    class OfLogs:
        def log_integrand(self, x, origin):
            return log_h(np.log(np.abs(x))), np.where(x < 0, -1.0, 1.0), np.full(x.shape, noise)

    return tails(OfLogs(), frame)


@pytest.mark.parametrize("fall", [1e-9, 1e-3, 0.05, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("log_c", [0.0, 3.0, -50.0])
def test_the_tail_of_a_power_is_its_integral(fall, log_c):
    """int_X^inf c x^(-1 - s) dx = c X^(-s) / s, and the error covers what that misses."""
    left, right = of_tails(lambda logs: log_c - (1.0 + fall) * logs)
    exact = math.exp(log_c - fall * ROOM) / fall
    assert (left.sign, right.sign) == (-1.0, 1.0)
    for tail in (left, right):
        assert tail.size == pytest.approx(exact, rel=1e-3 if fall < 1e-6 else 1e-9)
        assert fall < 1e-6 or abs(tail.size - exact) <= tail.error <= 1e-8 * exact


def test_the_error_of_a_tail_grows_with_the_roundings_and_as_it_flattens():
    """8 roundings of the logarithms each, 1 + 4 / (s log(X / extent)) times as much for a slope s beyond -1."""
    for fall in (0.1, 2.0):
        for noise in (1e3, 1e6):
            tail = of_tails(lambda logs, fall=fall: -(1.0 + fall) * logs, noise=noise)[1]
            expected = 8.0 * EPS * noise * (1.0 + 4.0 / (fall * ROOM))
            assert tail.error / tail.size == pytest.approx(expected, rel=1e-2)
    # more than a thousandth is not known at all
    assert of_tails(lambda logs: -1.1 * logs, noise=1e-2 / (8.0 * EPS))[1].error == math.inf
    steep = of_tails(lambda logs: -5.0 * logs, noise=1e-2 / (8.0 * EPS))[1]
    assert steep.size < 1e-300 and steep.error == 0.0


@pytest.mark.parametrize("wrong", [1e-6, -1e-5])
@pytest.mark.parametrize("extent", [1e-65, 1.0])
def test_what_is_no_power_is_off_by_as_much_in_the_logarithm(wrong, extent):
    """Where a logarithm is too near to 0 to have a power of its own, and where it has one and that fits no better."""
    frame, at, rest = Frame([(0.0, extent)], [], [0.0], 1e140), 1 if extent < 1.0 else 2, 0.0
    room = math.log(frame.farthest / frame.extent)

    def bent(logs):
        return -1.5 * logs + wrong * (np.arange(4) == at)

    tail = of_tails(bent, frame)[1]
    slope = 0.5 + (wrong / (0.23 * room) if at == 2 else rest)
    missed = abs(wrong) * (0.45 / 0.23 if at == 2 else 1.0) + 8.0 * EPS * 400.0
    assert tail.size == pytest.approx(math.exp(-0.5 * ROOM) / slope, rel=1e-9)
    assert tail.error / tail.size == pytest.approx(missed * (1.0 + 4.0 / (slope * room)), rel=1e-4)


def test_a_tail_that_is_neither_a_power_nor_one_times_logarithms_is_not_known():
    """One point 0.2 off in the logarithm: its size is that of the last two, and its error unknown."""
    tail = of_tails(lambda logs: -1.5 * logs + np.array([0.0, 0.0, 0.2, 0.0]))[1]
    slope = 0.5 + 0.2 / (0.23 * ROOM)
    assert tail.size == pytest.approx(math.exp(-0.5 * ROOM) / slope, rel=1e-9) and tail.error == math.inf


@pytest.mark.parametrize("power", [-3.0, -1.0, 0.5, 1.0, 2.0, 10.0])
@pytest.mark.parametrize("fall", [0.1, 0.4, 1.0])
def test_tails_with_powers_of_the_logarithm(fall, power):
    """int_X^inf x^(-1 - s) (log x)^k dx is an incomplete gamma function."""
    frame = Frame([(0.0, 1e3)], [], [0.0], 1e140)
    tail = of_tails(lambda logs: -(1.0 + fall) * logs + power * np.log(logs), frame)[1]
    with mpmath.workdps(30):
        exact = float(mpmath.gammainc(power + 1.0, fall * ROOM) / mpmath.mpf(fall) ** (power + 1.0))
    assert tail.size == pytest.approx(exact, rel=1e-6)
    assert abs(tail.size - exact) <= tail.error < 1e-4 * exact
    flat = of_tails(lambda logs: -1.05 * logs + power * np.log(logs), frame)[1]
    assert flat.error == math.inf  # too flat for the logarithm's power to be told from the other


def test_tails_that_fall_like_one_over_x_are_infinite_and_those_of_gaussians_nothing():
    for fall in (0.0, -0.3, 5e-11):
        assert [tail[::2] for tail in of_tails(lambda logs, fall=fall: -(1.0 + fall) * logs)] == [(math.inf, 0.0)] * 2
    assert math.isfinite(of_tails(lambda logs: -(1.0 + 2e-10) * logs)[0].size)
    nothing = Tail(0.0, 1.0, 0.0)
    assert of_tails(lambda logs: -np.exp(logs / 10.0)) == [nothing, nothing]
    assert of_tails(lambda logs: np.where(logs > 300.0, -np.inf, -2.0 * logs)) == [nothing, nothing]
    left, right = of_tails(lambda logs: np.where(logs > 200.0, np.inf, -2.0 * logs))
    assert (left, right) == (Tail(math.inf, -1.0, 0.0), Tail(math.inf, 1.0, 0.0))


def test_each_tail_is_seen_from_the_outermost_origin_of_its_side():
    seen = []

    class Recorded:
        def log_integrand(self, x, origin):
            seen.append((float(np.sign(x[0])), *set(origin), float(np.abs(x).min()), float(np.abs(x).max())))
            assert len(x) == len(origin) == 4 and np.all(np.diff(np.abs(x)) > 0)
            return -2.0 * np.log(np.abs(x)), np.ones(4), np.ones(4)

    tails(Recorded(), Frame([(-5.0, 1.0), (1e9, 1.0)], [], [-5.0, 1e9], 1e140))
    (left, first, near, far), (right, last, _, _) = seen
    assert (left, first, right, last) == (-1.0, -5.0, 1.0, 1e9)
    assert far == pytest.approx(1e140, rel=1e-9) and 1e9 < near < 1e70


@pytest.mark.parametrize("size", [2.0, -2.0, 1e-5])
def test_errors_of_tails(size):
    """They add up, none of them more than a thousand times its tail; unknown ones are refused where they count."""
    assert error_of_tails([Tail(1.0, 1.0, 0.25), Tail(1e-9, -1.0, 0.5)], size) == pytest.approx(0.25 + 1e-6, rel=1e-12)
    assert error_of_tails([Tail(0.5e-13 * abs(size), 1.0, math.inf)], size) == pytest.approx(0.5e-10 * abs(size))
    with pytest.raises(ValueError, match="how much cannot be told"):
        error_of_tails([Tail(0.0, 1.0, 0.0), Tail(1.5e-13 * abs(size), 1.0, math.inf)], size)


# -- what densities tell -------------------------------------------------------------------------------------


def test_edges_and_landmarks_of_several_densities():
    densities = (Uniform(2.0, 3.0), Laplace(-1.0, 2.0), Uniform(0.0, 2.0), lambda x: x)
    assert edges_of(densities) == [-1.0, 0.0, 2.0, 3.0]
    assert landmarks_of(densities)[1] == (-1.0, 2.0) and len(landmarks_of(densities)) == 3
    assert all(type(part) is float for mark in landmarks_of([Normal(mnp.asarray(1.0), 2.0)]) for part in mark)


def test_constant_densities_hold_no_parameter_on_a_tape():
    """Mixtures of mixtures included; functions stay what they are."""
    held = []

    def value(m, s, w):
        p = Mixture((w, 1.0 - w), (Normal(m, s), Mixture((0.5, 0.5), (StudentT(m, s, 3.0), Uniform(m, m + s)))))
        fixed = constant(p)
        held.append(fixed)
        x = mnp.asarray([0.3, 1.2])
        assert not isinstance(fixed.log_density(x), Tracer) and isinstance(p.log_density(x), Tracer)
        np.testing.assert_array_equal(*(mg.to_numpy(mg.stop_gradient(d.log_density(x))) for d in (fixed, p)))
        return mnp.sum(p.log_density(x))

    mg.grad(value, argnums=(0, 1, 2))(*(mnp.asarray(x) for x in (0.2, 1.5, 0.3)))
    assert isinstance(held[0], Mixture) and isinstance(held[0].components, tuple)
    function = lambda x: -x * x
    assert constant(function) is function and constant([1.0, 2.0]) == [1.0, 2.0]


edges_at_rest = (-1.0, 0.5, 2.0)
nodes_among = np.array([-30.0, -1.5, -0.9, 0.0, 0.4, 0.6, 1.9, 2.1, 50.0])


def moved(edges_at):
    """Nodes and the factor of their weights as edges move with t, and their derivatives at t = 0."""

    def both(t):
        a, b, c = edges_at(t)
        x, stretch = moving((Uniform(a, b), Uniform(b, c)), nodes_among)
        zero = mnp.zeros_like(mnp.asarray(nodes_among))
        return mnp.stack([x + zero, stretch + zero])

    zero = mnp.asarray(0.0)
    value, slope = mg.jvp(both, (zero,), (mnp.ones_like(zero),))
    return mg.to_numpy(value), mg.to_numpy(slope)


def test_nodes_move_with_the_edges_they_lie_between():
    """Moved together, all of them move; stretched, what lies between is, and what lies beyond moves with the last edge."""
    between = (nodes_among > edges_at_rest[0]) & (nodes_among < edges_at_rest[-1])
    value, slope = moved(lambda t: [t + e for e in edges_at_rest])
    np.testing.assert_allclose(value, [nodes_among, np.ones(9)], rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(slope, [np.ones(9), np.zeros(9)], atol=1e-14)
    value, slope = moved(lambda t: [e * (1.0 + t) for e in edges_at_rest])
    np.testing.assert_allclose(slope[0], np.clip(nodes_among, edges_at_rest[0], edges_at_rest[-1]), atol=1e-14)
    np.testing.assert_allclose(slope[1], between.astype(float), atol=1e-14)
    # the middle edge alone: hat functions
    value, slope = moved(lambda t: [edges_at_rest[0] + 0.0 * t, edges_at_rest[1] + t, edges_at_rest[2] + 0.0 * t])
    np.testing.assert_allclose(slope[0], np.interp(nodes_among, edges_at_rest, [0.0, 1.0, 0.0]), atol=1e-14)
    expected = np.where(between, np.where(nodes_among < edges_at_rest[1], 1.0 / 1.5, -1.0 / 1.5), 0.0)
    np.testing.assert_allclose(slope[1], expected, atol=1e-14)


def test_nodes_stay_where_no_edge_is_differentiated():
    x, stretch = moving((Uniform(0.0, 1.0), Normal()), nodes_among)
    np.testing.assert_array_equal(mg.to_numpy(x), nodes_among)
    assert stretch == 1.0
