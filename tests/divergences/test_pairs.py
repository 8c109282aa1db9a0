"""The integrand that a divergence makes of two log-densities: its values, its roundings, its kinks, its derivative."""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences import (
    TABLE,
    alpha,
    derived_row,
    gan,
    jensen_shannon,
    kl,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
)
from minigan.divergences.quadrature import (
    LEAST,
    Pair,
    Quadrature,
    between_densities,
    bounded,
    distinct,
    first_panels,
    standard,
)

ROWS = [*TABLE.values(), alpha(-0.5), alpha(3.0)]
PAIRS = {
    "normal": (Normal(0.3, 1.0), Normal(-0.5, 0.7)),
    "laplace": (Laplace(0.3, 1.2), Normal(-0.5, 0.7)),
    "student": (StudentT(0.3, 1.2, 3.0), StudentT(-0.5, 0.7, 3.0)),
    "overlapping": (Uniform(-1.0, 1.0), Uniform(0.0, 3.0)),
    "inside": (Uniform(-1.0, 1.0), Normal(0.0, 1.0)),
    "outside": (Normal(0.0, 1.0), Uniform(-1.0, 1.0)),
}


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def by_hand(row, p, q):
    """q f(p/q) less the tangent's part, with what empty places cost, in plain numbers."""
    if p > 0 and q > 0:
        return q * float(row.f(p / q)) - row.tangent * (p - q)
    if p > 0:
        return p * (row.f_prime_at_infinity - row.tangent)
    return q * (row.f_at_zero + row.tangent) if q > 0 else 0.0


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_integrand_is_what_f_leaves_above_its_tangent(row, name):
    p, q = PAIRS[name]
    x = np.array([-5.0, -1.7, -0.95, -0.4, 0.2, 0.33, 0.9, 1.3, 2.9, 4.0])
    level, sign, roundings = Pair(row, p, q).log_integrand(x, np.zeros(len(x)))
    np.testing.assert_array_equal(sign, 1.0)
    assert np.all((roundings >= 8.0) | (level == -math.inf)) and np.all(np.isfinite(roundings))
    for x_i, found in zip(x, level):
        expected = row.sign * by_hand(row, *(float(mnp.exp(d.log_density(mnp.asarray(x_i)))) for d in (p, q)))
        if math.isinf(expected) or expected == 0.0:
            assert found == (math.inf if expected else -math.inf), x_i
        elif abs(expected) > 1e-8:
            assert math.exp(found) == pytest.approx(expected, rel=1e-6, abs=1e-12), x_i


@pytest.mark.parametrize("kinds", [(Laplace, Normal), (Laplace, Laplace), (Uniform, Normal)])
@pytest.mark.parametrize("row", [kl, neyman, jensen_shannon, alpha(3.0)], ids=str)
def test_the_roundings_are_those_of_the_two_logarithms(row, kinds):
    """Moved by a rounding of log p or of log q, the logarithm of the integrand moves by no more than is stated, and by
    a twentieth of it or more where both are large.
    """
    p, q = kinds[0](-2.0, 3.0), kinds[1](0.5, 0.8)
    pair, x, unit = Pair(row, p, q), np.linspace(-1.9, 2.9, 60), 1e-9

    def moved(by_p, by_q):
        logs = pair.plain_logs(x, np.zeros(60))
        log_p, log_q = logs[0] + by_p * (np.abs(logs[0]) + 1.0), logs[1] + by_q * (np.abs(logs[1]) + 1.0)
        other = Pair(row, p, q)
        other.plain_logs = lambda x, origin: np.stack([log_p, log_q, log_p - log_q])
        return other.log_integrand(x, np.zeros(60))[0]

    level, _, roundings = pair.log_integrand(x, np.zeros(60))
    moves = [np.abs(moved(*by) - level) / unit for by in ((unit, 0.0), (0.0, unit), (unit, -unit))]
    largest = np.max(moves, axis=0)
    logs = pair.plain_logs(x, np.zeros(60))
    certain = np.abs(logs[2]) > 1e-3
    assert np.all(largest[certain] <= 1.3 * roundings[certain])
    # f grows like a power of p/q: what is stated is no more than a few times what may happen
    assert np.median(roundings[certain] / (largest[certain] + 8.0)) < 6.0
    assert not pair.has_exact_ratio


def test_the_roundings_of_pairs_whose_ratio_is_exact_are_those_of_the_larger_density():
    """8, those of max(log p, log q), and those of the factor exp(growth |v|) that is taken out of the mantissa."""
    x = np.linspace(-4.0, 4.0, 33)
    for p, q in (PAIRS["normal"], PAIRS["student"]):
        log_p, log_q = (host(d.log_density(mnp.asarray(x))) for d in (p, q))
        v = np.abs(log_p - log_q)
        for row, above, below in ((kl, 0.0, 0.0), (pearson, 1.0, 0.0), (neyman, 0.0, 1.0), (alpha(3.0), 2.0, 0.0)):
            expected = 8.0 + np.abs(np.maximum(log_p, log_q)) + v * np.where(log_p > log_q, above, below)
            if row is neyman:
                expected = (
                    8.0
                    + np.abs(np.maximum(log_p, log_q))
                    + v * np.where(log_p > log_q, abs(row.growth[0] - 1.0), abs(row.growth[1]))
                )
            np.testing.assert_allclose(Pair(row, p, q).log_integrand(x, np.zeros(33))[2], expected, rtol=1e-12)


@pytest.mark.parametrize("p, q, exact", [
    (Normal(0.0, 1.0), Normal(1.0, 2.0), True),
    (StudentT(0.0, 1.0, 3.0), Normal(0.0, 1.0), True),
    (Normal(0.0, 1.0), StudentT(0.0, 1.0, 3.0), True),
    (StudentT(0.0, 1.0, 3.0), StudentT(1.0, 2.0, 3.0), True),
    (StudentT(0.0, 1.0, 3.0), StudentT(0.0, 1.0, 4.0), False),
    (Laplace(0.0, 1.0), Normal(0.0, 1.0), False),
    (Laplace(0.0, 1.0), Laplace(0.0, 2.0), False),
    (Mixture((1.0,), (Normal(),)), Normal(), False),
])  # fmt: skip
def test_ratios_that_are_known_to_their_last_digits(p, q, exact):
    """Of these 1e-13 apart the difference keeps ten digits; of the others only what log p - log q has."""
    assert bool(Pair(kl, p, q).has_exact_ratio) is exact
    x = mnp.asarray([0.7])
    v = Pair(kl, p, q).logs(x, 0.0)[2]
    assert float(v[0]) == pytest.approx(float(p.log_density(x)[0] - q.log_density(x)[0]), rel=1e-12)


def test_logs_from_several_origins_are_those_of_each():
    p, q = Normal(1e17, 1.0), Mixture((0.5, 0.5), (Normal(1e17, 2.0), Laplace(0.0, 1.0)))
    pair, offsets = Pair(kl, p, q), np.array([-1.0, 0.5, 2.0, -0.25])
    origin = np.array([0.0, 1e17, 1e17, 0.0])
    found = pair.plain_logs(offsets, origin)
    assert found.shape == (3, 4)
    for i in range(4):
        one = pair.plain_logs(offsets[i : i + 1], origin[i : i + 1])[:, 0]
        np.testing.assert_array_equal(found[:, i], one)
    np.testing.assert_allclose(found[0, 1:3], -0.5 * offsets[1:3] ** 2 - 0.5 * math.log(2 * math.pi), rtol=1e-14)
    np.testing.assert_allclose(found[1, [0, 3]], -np.abs(offsets[[0, 3]]) - math.log(4.0), rtol=1e-14)
    assert set(pair.moved) == {0.0, 1e17} and pair.at(1e17) is pair.at(1e17)
    assert distinct(origin).tolist() == [0.0, 1e17]
    assert distinct(np.zeros(0)) == distinct(np.full(3, 5.0)) == [None]


def test_logarithms_that_leave_the_floats_are_no_end_of_a_support():
    """At 1e160 the square overflows, under a density that is positive everywhere; beyond a uniform's end there is none."""
    x = np.array([0.5, 1e160])
    pair = Pair(kl, Normal(), Normal(0.0, 2.0))
    log_p, log_q, v = pair.plain_logs(x[:1], np.zeros(1))
    assert not pair.has_left and v == pytest.approx(log_p - log_q)
    log_p, log_q, v = pair.plain_logs(x, np.zeros(2))
    assert (
        pair.has_left and log_p[1] == log_q[1] == LEAST and v[1] == 0.0 and v[0] == pytest.approx(log_p[0] - log_q[0])
    )
    pair = Pair(kl, Uniform(0.0, 1.0), Uniform(0.0, 2.0))
    assert pair.plain_logs(x, np.zeros(2))[0, 1] == -math.inf and not pair.has_left
    pair = Pair(kl, Uniform(0.0, 1e200), Normal())
    log_p, log_q, v = pair.plain_logs(x, np.zeros(2))
    assert v[1] == log_p[1] - LEAST and pair.has_left


@pytest.mark.parametrize("which", [0, 1])
def test_nan_in_either_density_is_told(which):
    broken = lambda x: mnp.where(x > 1.0, math.nan, Normal().log_density(x))
    densities = [Laplace(0.0, 1.0), Laplace(0.0, 1.0)]
    densities[which] = broken
    with pytest.raises(ValueError, match="a log-density is NaN where the two were compared"):
        Pair(kl, *densities).log_integrand(np.array([0.0, 2.0]), np.zeros(2))


# -- kinks ---------------------------------------------------------------------------------------------------


def roots(p, q):
    """Where two Gaussians have the same density."""
    a = 0.5 / q.deviation**2 - 0.5 / p.deviation**2
    b = p.mean / p.deviation**2 - q.mean / q.deviation**2
    c = 0.5 * (q.mean / q.deviation) ** 2 - 0.5 * (p.mean / p.deviation) ** 2 + math.log(q.deviation / p.deviation)
    return sorted(np.roots([a, b, c]).real) if a else [-c / b]


@pytest.mark.parametrize("p, q", [
    (Normal(0.0, 1.0), Normal(0.9, 1.5)),
    (Normal(0.0, 1.0), Normal(0.5, 2.0)),
    (Normal(-3.0, 5.0), Normal(2.0, 0.01)),
    (Normal(-30.0, 0.5), Normal(40.0, 7.0)),
], ids=str)  # fmt: skip
def test_kinks_lie_where_the_densities_cross(p, q):
    """To the last digits, and as ends of the panels from which a broken line is integrated; smooth f need none."""
    _, _, frame = standard(p, q)
    pair, panels = Pair(total_variation, p, q), frame.panels()
    origin, offsets = pair.crossings(panels)
    ratio = p.log_ratio(q, mnp.asarray(origin + offsets))
    # crossings at which both densities have underflowed count as well
    for root in roots(p, q):
        assert np.abs(origin + offsets - root).min() <= 1e-13 * (1.0 + abs(root))
    assert np.all(np.abs(host(ratio)) < 1e-9) and len(offsets) == len(roots(p, q))
    cut = first_panels(pair, panels)
    assert len(cut.low) == len(panels.low) + len(offsets) and set(cut.origin) == set(panels.origin)
    assert set(zip(origin, offsets)) <= set(zip(cut.origin, cut.high)) | set(zip(cut.origin, cut.low))
    for one in frame.origins:
        there, old = cut.origin == one, panels.origin == one
        assert cut.low[there][0] == panels.low[old][0] and cut.high[there][-1] == panels.high[old][-1]
        np.testing.assert_array_equal(cut.low[there][1:], cut.high[there][:-1])
        assert set(panels.low[old]) <= set(cut.low[there]) and np.all(cut.low[there] < cut.high[there])
    assert first_panels(Pair(kl, p, q), panels) is panels


def test_densities_that_never_cross_leave_the_panels_alone():
    p, q = Normal(), Normal()
    panels = standard(p, q)[2].panels()
    pair = Pair(total_variation, p, q)
    assert [len(part) for part in pair.crossings(panels)] == [0, 0] and first_panels(pair, panels) is panels


# -- the divergence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_differentiable_sum_is_the_value(row, name):
    """``weighted_sum`` over the nodes that were found, places where only one density lives included."""
    p, q = PAIRS[name]
    value = float(row.between_densities(p, q))
    if math.isinf(value):
        return
    x = np.linspace(-40.0, 40.0, 160001)
    x, weight = 0.5 * (x[1:] + x[:-1]), x[1] - x[0]
    pair = Pair(row, p, q)
    with mnp.errstate(all="ignore"):
        found = float(pair.weighted_sum((np.zeros(len(x)), x), np.full(len(x), weight)))
    assert found == pytest.approx(value, abs=3e-3 if name == "student" else 3e-6)
    split = np.where(x < 0.1, 0.0, 1.0)
    if name != "overlapping":
        again = pair.weighted_sum((split, x - split), np.full(len(x), weight))
        assert float(again) == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("row", [kl, reverse_kl, total_variation, jensen_shannon, squared_hellinger, gan], ids=str)
def test_gradients_are_slopes_of_the_value_where_one_density_ends(row):
    """U(a, b) against U(c, d): in every end that may move without the divergence becoming infinite."""

    def value(b, c):
        if row is kl:
            p, q = Uniform(0.0, b), Uniform(c - 2.0, 4.0)
        elif row is reverse_kl:
            p, q = Uniform(c - 2.0, 4.0), Uniform(0.0, b)
        else:
            p, q = Uniform(0.0, b), Uniform(c, 4.0)
        return row.between_densities(p, q).value

    mg.check_grads(value, (mnp.asarray(2.5), mnp.asarray(1.0)), order=1)


def test_gradients_of_a_normal_cut_off_against_one_that_is_not():
    def value(m, high):
        return total_variation.between_densities(Normal(m, 1.0), Uniform(-1.0, high)).value

    mg.check_grads(value, (mnp.asarray(0.2), mnp.asarray(1.5)), order=1)


def test_a_derivative_that_lies_in_the_tails_is_refused():
    """Of 1e-2 of a divergence between Students of 0.02 degrees nothing is known but its size."""
    p, q = (0.0, 1.0, 0.02), (3.0, 5.0, 0.02)
    value = lambda s: squared_hellinger.between_densities(StudentT(*p), StudentT(q[0], s, q[2])).value
    assert math.isfinite(float(value(5.0)))
    with pytest.raises(ValueError, match=r"lies so far out in the tails .* more degrees of freedom"):
        mg.grad(value)(mnp.asarray(5.0))


@pytest.mark.parametrize("tolerance", [1e-4, 1e-8, 1e-12])
def test_the_tolerance_is_relative_and_kept(tolerance):
    """Of 1e-16 as of 30."""
    for distance in (1e-8, 1.0, 30.0):
        p, q = Laplace(0.0, 1.0), Laplace(distance, 1.0)
        found = between_densities(kl, p, q, tolerance=tolerance)
        exact = distance + math.expm1(-distance) if distance > 1e-3 else distance**2 / 2 - distance**3 / 6
        assert float(found) == pytest.approx(exact, rel=10 * tolerance if distance > 1e-3 else 1e-6)
        assert abs(float(found) - exact) <= 2.0 * found.error + 1e-15 * exact
    assert isinstance(found, Quadrature)


def test_the_default_tolerance_is_of_twelve_digits():
    mixture = Mixture((0.3, 0.7), (Laplace(-1.0, 0.3), Laplace(2.0, 1.0)))
    default = between_densities(kl, mixture, Normal(0.0, 2.0))
    stated = between_densities(kl, mixture, Normal(0.0, 2.0), tolerance=1e-12)
    assert (float(default), default.error) == (float(stated), stated.error)


# -- bounds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [total_variation, jensen_shannon, gan, kl], ids=str)
def test_values_outside_their_bounds_are_put_on_them_or_refused(row):
    """By how much they were outside is an error; more than a hundred times the quadrature's own, or 1e-9, is refused."""
    ends = [(row.smallest, -1.0)] + ([(row.largest, 1.0)] if math.isfinite(row.largest) else [])
    for end, outward in ends:
        inside = end - 0.1 * outward
        assert bounded(row, inside, 1e-12) == (inside, 1e-12)
        value, error = bounded(row, end + outward * 0.9e-9, 1e-12)
        assert value == end and error == pytest.approx(0.9e-9, rel=1e-5)
        assert bounded(row, end + outward * 1e-9, 1e-4) == (end, 1e-4)
        assert bounded(row, end + outward * 0.99e-4, 1e-6)[0] == end
        for beyond, own in ((1.1e-9 * max(1.0, abs(end)), 1e-13), (1.1e-4, 1e-6), (0.1, 0.0), (math.nan, 1.0)):
            with pytest.raises(ValueError, match=rf"^{row.name} lies between {row.smallest:g} and {row.largest:g}"):
                bounded(row, end + outward * beyond, own)


def test_what_a_row_of_ones_own_has_at_its_bounds():
    """The largest of a multiple is the multiple of the largest; 1e-9 of it is allowed."""
    large = derived_row("thousandfold", lambda u: 500.0 * abs(u - 1.0))
    assert bounded(large, large.largest + 0.9e-6, 0.0)[0] == large.largest
    with pytest.raises(ValueError, match="lies between 0 and 1000"):
        bounded(large, large.largest + 1.1e-6, 0.0)
