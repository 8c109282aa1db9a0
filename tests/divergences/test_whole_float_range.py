"""Values and errors of `between_densities` over the whole float range: against closed forms at 80 digits, under moves
and changes of units, and within each row's bounds.
"""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences import (
    TABLE,
    alpha,
    jensen_shannon,
    kl,
    named,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
)
from minigan.divergences.quadrature import expectation_under

LARGEST = 1.797e308
CLOSED = (
    "total_variation",
    "kl",
    "reverse_kl",
    "pearson",
    "neyman",
    "squared_hellinger",
    "jeffreys",
    "alpha(1.5)",
    "alpha(-0.5)",
)


def exactly(name, mean_p, deviation_p, mean_q, deviation_q):
    """The closed form between two Gaussians at 80 digits."""
    if (mean_p, deviation_p) == (mean_q, deviation_q):
        return mpmath.mpf(0)  # which 80 digits miss by 1e-81
    with mpmath.workdps(80):
        m_p, s_p, m_q, s_q = map(mpmath.mpf, (mean_p, deviation_p, mean_q, deviation_q))
        d = m_p - m_q

        def of_kl(s_p, s_q):
            return mpmath.log(s_q / s_p) + (s_p**2 + d**2) / (2 * s_q**2) - mpmath.mpf(1) / 2

        if name in ("kl", "reverse_kl", "jeffreys"):
            parts = {"kl": (of_kl(s_p, s_q),), "reverse_kl": (of_kl(s_q, s_p),)}
            return sum(parts.get(name, (of_kl(s_p, s_q), of_kl(s_q, s_p))))
        if name == "total_variation":
            return _total_variation(*((s_p, s_q, d) if s_p <= s_q else (s_q, s_p, -d)))
        a, factor = {"squared_hellinger": (0.5, 0.5), "pearson": (2, 2), "neyman": (-1, 2)}.get(name, (None, 1))
        a = mpmath.mpf(named(name).parameter if a is None else a)
        v = a * s_q**2 + (1 - a) * s_p**2
        if v <= 0:
            return mpmath.inf
        power = s_p ** (1 - a) * s_q**a / mpmath.sqrt(v) * mpmath.exp(-a * (1 - a) * d**2 / (2 * v))
        return factor * (power - 1) / (a * (a - 1))


def _total_variation(s, wide, d):
    def below(z):  # mpmath's own overflows far out
        return mpmath.mpf(z > 0) if abs(z) > 200 else mpmath.erfc(-z / mpmath.sqrt(2)) / 2

    if s == wide:
        return 2 * below(abs(d) / (2 * s)) - 1
    delta, r = d / wide, s / wide
    root = mpmath.sqrt(delta**2 - 2 * (1 - r**2) * mpmath.log(r))
    of_narrow, of_wide = ([(x + e * y) / (1 - r**2) for e in (-1, 1)] for x, y in ((delta * r, root), (delta, r * root)))
    return below(of_narrow[1]) - below(of_narrow[0]) - below(of_wide[1]) + below(of_wide[0])


def power_of_ten(draw, low, high):
    return 10.0 ** draw(st.floats(low, high))


@st.composite
def pairs_of_any_size(draw):
    """(mean, deviation, mean, deviation): alike in size, nearly equal, or each its own anywhere in the floats."""
    kind = draw(st.sampled_from(["alike", "nearly equal", "anywhere", "apart"]))
    if kind == "alike":
        unit = power_of_ten(draw, -290, 290)
        return draw(st.floats(-6, 6)) * unit, math.exp(draw(st.floats(-3, 3))) * unit, 0.0, unit
    if kind == "nearly equal":
        return power_of_ten(draw, -12, 0), 1.0 + power_of_ten(draw, -12, -1), 0.0, 1.0
    reach = 300 if kind == "anywhere" else 20
    return tuple(power_of_ten(draw, -reach, reach) for _ in range(4))


@given(pairs_of_any_size(), st.sampled_from(CLOSED))
def test_the_stated_error_covers_the_true_one(pair, name):
    covers(pair, name)


def covers(pair, name):
    exact = exactly(name, *pair)
    try:
        found = named(name).between_densities(Normal(*pair[:2]), Normal(*pair[2:]))
    except ValueError as refusal:
        assert "leaves the floats" in str(refusal), (pair, name)
        return
    value = float(found)
    if exact > LARGEST or math.isinf(value):
        assert exact > LARGEST / 10 and value == math.inf and found.error == 0.0, (pair, name, value)
    elif exact > 1e-290:  # below, the squares of what is left underflow
        assert abs(mpmath.mpf(value) - exact) <= max(found.error, 2.3e-16 * float(exact)), (pair, name, value, found.error)


def test_the_stated_error_covers_the_true_one_in_many_pairs(request):
    """300 drawn pairs, one row each, and 10,000 with --thorough."""
    rng = np.random.default_rng(0)
    for i in range(10_000 if request.config.getoption("--thorough") else 300):
        size = 10.0 ** rng.uniform(-150, 150)
        kinds = (
            (size * rng.uniform(-8, 8), size * math.exp(rng.uniform(-3, 3)), 0.0, size),
            tuple(10.0 ** rng.uniform(-300, 300, 4)),
            (10.0 ** rng.uniform(-12, 1), 1.0 + 10.0 ** rng.uniform(-12, 0), 0.0, 1.0),
        )
        covers(tuple(float(x) for x in kinds[i % 3]), CLOSED[i % len(CLOSED)])


@example((0.0, 1.0, 1e100, 1.0), "total_variation")
@example((0.0, 1.0, 0.0, 1e300), "total_variation")
@example((1.0, 1e-20, 0.0, 1.0), "total_variation")
@example((0.0, 1.0, 0.0, 1e-300), "neyman")
@example((1e300, 1e300, 0.0, 1e-300), "reverse_kl")
@given(pairs_of_any_size(), st.sampled_from(CLOSED))
def test_closed_forms_hold_over_the_whole_float_range(pair, name):
    """To what a last place of a deviation changes, which is much where alpha's integral hardly converges."""
    exact = exactly(name, *pair)
    found = float(named(name).between_gaussians(*pair))
    m_p, s_p, m_q, s_q = pair
    beside = exactly(name, m_p, math.nextafter(s_p, math.inf), m_q, s_q)
    if exact > LARGEST or math.isinf(found):
        assert exact > LARGEST / 10 and found == math.inf
    elif exact > 1e-290:
        assert abs(mpmath.mpf(found) - exact) <= 1e-12 * exact + 16 * abs(beside - exact), (found, exact)


# -- far apart, wide and narrow ------------------------------------------------------------------------------


@pytest.mark.parametrize("distance", [1e16, 1e17, 1e50, 1e150, 1e300])
def test_densities_without_common_mass(distance):
    """They used to come to 6.88, 0.5 and 1.80, each with a tiny error."""
    p, q = Normal(0.0, 1.0), Normal(distance, 1.0)
    for row in TABLE.values():
        if math.isfinite(row.largest):
            found = row.between_densities(p, q)
            assert abs(float(found) - row.largest) <= found.error + 4e-16 and found.error < 1e-11


@pytest.mark.parametrize(
    "p, q",
    [
        (Normal(0.0, 1.0), Normal(0.0, 1e140)),
        (Normal(0.0, 1e-300), Normal(0.0, 1e300)),
        (Normal(1e300, 1e-300), Normal(0.0, 1e300)),
        (Uniform(0.0, 1.0), Uniform(1e141, 2e141)),
        (Laplace(0.0, 1e-200), StudentT(0.0, 1e200, 3.0)),
    ],
    ids=str,
)
def test_wide_against_narrow(p, q):
    found = total_variation.between_densities(p, q)
    assert float(found) == pytest.approx(1.0, abs=1e-13) and found.error < 1e-11
    assert float(jensen_shannon.between_densities(p, q)) == pytest.approx(2.0 * math.log(2.0), abs=1e-13)


def test_infinite_where_nothing_overlaps_and_where_it_overflows():
    assert float(pearson.between_densities(Normal(-2.0, 0.84), Normal(1e11, 0.86))) == math.inf  # was an IndexError
    assert float(kl.between_densities(Normal(0.0, 1.0), Normal(1e200, 1.0))) == math.inf  # 1e400 / 2
    assert float(kl.between_densities(Normal(0.0, 1.0), Normal(0.0, 1e-153))) == pytest.approx(5e305, rel=1e-11)
    with pytest.raises(ValueError, match="log p/q leaves the floats"):
        far = Mixture((0.001, 0.999), (Normal(1e200, 1.0), Normal(0.0, 1.0)))
        kl.between_densities(far, Normal(0.0, 1.0))


DENSITIES = [
    Normal(0.3, 1.2),
    Laplace(-0.5, 0.7),
    StudentT(0.2, 1.5, 2.5),
    Uniform(-2.0, 1.0),
    Mixture((0.25, 0.75), (Normal(-1.0, 0.1), Laplace(2.0, 1.0))),
]


@given(
    st.sampled_from(DENSITIES),
    st.sampled_from(DENSITIES),
    st.sampled_from(list(TABLE.values())),
    st.integers(-900, 900),
    st.sampled_from([0.0, 2.0**20, -(2.0**40)]),
)
def test_moves_and_units_change_nothing(p, q, row, exponent, place):
    """Powers of two and places that round nothing away; what is infinite or refused is so everywhere."""
    expected = row.between_densities(p, q)
    moved = lambda density: density.scaled(2.0**-6).moved(place).scaled(2.0**exponent)
    # a place of 2^40 leaves 2^-12 of a unit's last place to the parameters
    tolerance = 1e-12 + 64 * 2.0**-52 * max(abs(place), 1.0) * 2.0**6
    found = row.between_densities(moved(p), moved(q))
    if math.isinf(float(expected)):
        assert float(found) == math.inf
    else:
        assert float(found) == pytest.approx(float(expected), rel=tolerance, abs=tolerance + found.error)


@given(st.sampled_from(list(TABLE.values())), pairs_of_any_size())
def test_every_value_lies_within_its_bounds(row, pair):
    p, q = Laplace(*pair[:2]), Normal(*pair[2:])
    for one, other in ((p, q), (q, p)):
        try:
            value = float(row.between_densities(one, other))
        except ValueError as refusal:
            assert "leaves the floats" in str(refusal)
            continue
        assert row.smallest <= value <= row.largest


def test_what_is_no_density_is_refused():
    """Its total variation would be 1.75."""
    thrice = lambda x: Normal(0.0, 1.0).log_density(x) + math.log(3.0)
    with pytest.raises(ValueError, match="p integrates to 3 over"):
        total_variation.between_densities(thrice, Normal(5.0, 1.0))
    unseen = lambda x: Mixture((0.5, 0.5), (Normal(0.0, 1.0), Normal(1e9, 1.0))).log_density(x)
    with pytest.raises(ValueError, match=r"p integrates to 0\.5 over what its landmarks see"):
        total_variation.between_densities(unseen, Normal(0.0, 1.0))


def test_gradients_far_from_zero():
    """d/dm KL(N(m, 1) || N(c, 1)) = m - c, at c = 2^60 and in units of 2^-300."""
    c = 2.0**60
    slope = mg.grad(lambda m: kl.between_densities(Normal(m, 1024.0), Normal(c, 1024.0)).value)(mnp.asarray(c + 512.0))
    assert float(slope) == pytest.approx(512.0 / 1024.0**2, rel=1e-11)
    unit = 2.0**-300
    slope = mg.grad(lambda s: kl.between_densities(Normal(0.0, s), Normal(0.0, unit)).value)(mnp.asarray(2.0 * unit))
    assert float(slope) * unit == pytest.approx(2.0 - 0.5, rel=1e-11)
    end = lambda h: kl.between_densities(Uniform(2.0**40, h), Uniform(2.0**40 - 1.0, 2.0**40 + 3.0)).value
    assert float(mg.grad(end)(mnp.asarray(2.0**40 + 2.0))) == pytest.approx(-0.5, rel=1e-11)


def test_where_one_square_leaves_the_floats_before_the_other():
    """Nearly as wide as pearson's limit allows: far out, log q had overflowed and log p had not, so it came to inf."""
    covers((-9.45542072142297e-16, 5.25760759216859e-16, 0.0, 3.8067825642773216e-16), "pearson")


# -- heavy tails ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [40.5, 1e4, 1e8, 1e10, 1e100, 1e306])
def test_student_of_many_degrees_against_a_normal(degrees):
    """KL = E[log t/N], which for n -> inf is 7 / (4 n^2) + ...; a difference of log-gammas had 30 % off from 1e8 on."""
    with mpmath.workdps(700 if degrees > 1e12 else 60):
        n = mpmath.mpf(degrees)
        if degrees > 1e3:  # from the expansion in 1/n, whose next term is of the order n^-4
            exact = 7 / (4 * n**2) + 25 / (6 * n**3) if degrees >= 1e8 else None
        if degrees <= 1e4:
            psi = (n + 1) / 2 * (mpmath.digamma((n + 1) / 2) - mpmath.digamma(n / 2))
            entropy = psi + mpmath.log(mpmath.sqrt(n)) + mpmath.log(mpmath.beta(n / 2, mpmath.mpf(1) / 2))
            exact = -entropy + mpmath.log(2 * mpmath.pi) / 2 + n / (n - 2) / 2
    found = kl.between_densities(StudentT(0.0, 1.0, degrees), Normal(0.0, 1.0))
    assert abs(float(found) - float(exact)) <= found.error + 1e-12 * float(exact)


def test_student_of_hardly_any_degrees():
    """TV(t_n, N) is the difference of their probabilities of |x| < 4.0189..., where they cross; n = 0.001."""
    found = total_variation.between_densities(StudentT(0.0, 1.0, 0.001), Normal(0.0, 1.0))
    assert abs(float(found) - 0.994419196617976303542) <= found.error < 1e-10
    with pytest.raises(ValueError, match="tails so heavy that much of its mass lies beyond"):
        total_variation.between_densities(StudentT(0.0, 1.0, 1e-308), Normal(0.0, 1.0))
    with pytest.raises(ValueError, match="tails are so heavy"):
        kl.between_densities(StudentT(0.0, 1.0, 0.001), StudentT(0.0, 1.0, 0.002))
    with pytest.raises(ValueError, match="tails so heavy"):
        expectation_under(StudentT(0.0, 1.0, 1e-308), mnp.ones_like)


@pytest.mark.parametrize("degrees", [1.0001, 1.001, 1.03, 1.5])
def test_means_near_one_degree_of_freedom(degrees):
    """E|t| = 2 sqrt(n) Gamma((n + 1)/2) / (sqrt(pi) Gamma(n/2) (n - 1)): most of it lies beyond 1e140 at n = 1.0001."""
    with mpmath.workdps(40):
        n = mpmath.mpf(degrees)
        of_gammas = mpmath.gamma((n + 1) / 2) / mpmath.gamma(n / 2)
        exact = float(2 * mpmath.sqrt(n / mpmath.pi) * of_gammas / (n - 1))
    found = expectation_under(StudentT(0.0, 1.0, degrees), mnp.abs)
    assert abs(float(found) - exact) <= found.error < 1e-8 * exact
    mean = expectation_under(StudentT(3.0, 1.0, degrees), lambda x: x)
    assert abs(float(mean) - 3.0) <= mean.error


def test_cauchy_pairs_of_any_scale():
    """KL between Cauchy densities is log(((s_p + s_q)^2 + d^2) / (4 s_p s_q))."""
    for scale in (1e-140, 1e-3, 1.0, 1e5, 1e140):
        for wider in (1.0 + 1e-9, 3.0, 1e6):
            p, q = StudentT(0.0, scale, 1.0), StudentT(0.5 * scale, wider * scale, 1.0)
            exact = float(mpmath.log(((1 + mpmath.mpf(wider)) ** 2 + 0.25) / (4 * mpmath.mpf(wider))))
            for row in (kl, reverse_kl):
                found = row.between_densities(p, q)
                assert abs(float(found) - exact) <= found.error + 1e-15 * exact and found.error < 1e-8 * exact


# -- many components -----------------------------------------------------------------------------------------


def wide_mixture(components):
    """A mixture whose every component lies outside of Q's, with its own place and width: TV is 1."""
    rng = np.random.default_rng(components)
    places, widths = rng.uniform(1e3, 2e3, components), rng.uniform(0.1, 2.0, components)
    parts = tuple(Normal(float(m), float(s)) for m, s in zip(places, widths))
    return Mixture((1.0 / components,) * components, parts)


@pytest.mark.parametrize("components", [9, 200])
def test_mixtures_of_many_components(components):
    p = wide_mixture(components)
    found = squared_hellinger.between_densities(p, Uniform(-1.0, 1.0))
    assert float(found) == pytest.approx(2.0, rel=1e-12)
    # the mixture of many is the one of few: its moments are those of the parts
    mean = sum(w * part.mean for w, part in zip(p.weights, p.components))
    assert float(expectation_under(p, lambda x: x)) == pytest.approx(mean, rel=1e-12)
    x = mnp.asarray(np.linspace(990.0, 2010.0, 501))
    one_by_one = mnp.logsumexp(mnp.stack([math.log(1.0 / components) + c.log_density(x) for c in p.components]), axis=0)
    assert np.max(np.abs(mg.to_numpy(p.log_density(x)) - mg.to_numpy(one_by_one))) < 1e-11


def test_the_memory_of_a_mixture_is_that_of_its_points():
    """2,000 components at 20,000 points held 320 MB, and twice that on the way."""
    import tracemalloc

    p, x = wide_mixture(2000), mnp.asarray(np.linspace(990.0, 2010.0, 5000))
    tracemalloc.start()
    try:
        p.log_density(x)
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()


def test_components_too_far_apart_for_one_place():
    p = Mixture((0.25, 0.75), (Normal(1e17, 1.0), Normal(0.0, 1.0)))
    assert float(expectation_under(p, lambda x: x)) == pytest.approx(2.5e16, rel=1e-12)
    assert float(kl.between_densities(p, Mixture((0.75, 0.25), p.components))) == pytest.approx(
        0.5 * math.log(3.0), rel=1e-12
    )


# -- large orders --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1e300, -1e300, 1e200, -1.7e308])
def test_orders_beyond_the_floats_are_refused(order):
    with pytest.raises(ValueError, match="alpha must be a finite number whose square fits into a float"):
        alpha(order)


@pytest.mark.parametrize("order", [50.0, 1e6, 1e100, 1e150])
def test_large_orders_are_infinite_or_exact(order):
    assert float(alpha(order).between_densities(Normal(0.0, 1.0), Normal(1.0, 1.0))) == math.inf  # exp(1225) or more
    # U(0, 1) against U(0, 1.1): (1.1^(a - 1) - 1) / (a (a - 1))
    a = mpmath.mpf(order)
    exact = (mpmath.mpf(1.1) ** (a - 1) - 1) / (a * (a - 1)) if order < 1e5 else mpmath.inf
    found = alpha(order).between_densities(Uniform(0.0, 1.0), Uniform(0.0, 1.1))
    assert float(found) == pytest.approx(float(exact), rel=1e-12)
    assert float(alpha(-order).between_densities(Normal(1.0, 1.0), Normal(0.0, 1.0))) == math.inf
    assert float(neyman.between_densities(Normal(0.0, 1.0), Normal(0.0, 1.0))) == 0.0
