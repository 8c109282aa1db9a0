import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Categorical, Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences import (
    TABLE,
    alpha,
    gan,
    jeffreys,
    jensen_shannon,
    kl,
    named,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
    weighted_jensen_shannon,
)
from minigan.divergences.quadrature import expectation_under
from minigan.testing import gaussians, mixtures

from . import constants

M1 = Mixture((0.33, 0.67), (Normal(-1.0, math.sqrt(0.065)), Normal(2.0, math.sqrt(2.0))))


def agrees(row, p, q, expected, digits=1e-12):
    """The value to ``digits``, and the error estimate neither broken nor useless."""
    found = row.between_densities(p, q)
    value = float(found)
    if math.isinf(expected):
        assert value == expected and found.error == 0.0
        return
    assert abs(value - expected) <= digits * abs(expected), (row.name, value, expected)
    assert abs(value - expected) <= max(10 * found.error, 1e-15 * abs(expected))
    assert found.error <= 1e-9 * max(abs(expected), row.largest if math.isfinite(row.largest) else 0.0)


@pytest.mark.parametrize("pair", constants.GAUSSIAN_PAIRS)
def test_gaussian_pairs(pair):
    p, q, stated = constants.GAUSSIAN_PAIRS[pair]
    for name, expected in stated.items():
        agrees(named(name), Normal(*p), Normal(*q), expected)


@pytest.mark.parametrize("q", range(len(constants.MIXTURE_AGAINST)))
def test_mixture_against_gaussians(q):
    (mean, deviation), stated = constants.MIXTURE_AGAINST[q]
    for name, expected in stated.items():
        agrees(named(name), M1, Normal(mean, deviation), expected)


@pytest.mark.parametrize("name", constants.BEST_FITS)
def test_best_gaussian_for_a_mixture_is_stationary(name):
    mean, deviation, expected = constants.BEST_FITS[name]
    row = named(name)
    agrees(row, M1, Normal(mean, deviation), expected)
    gradient = mg.grad(lambda m, s: row.between_densities(M1, Normal(m, s)).value, argnums=(0, 1))(mean, deviation)
    assert max(abs(float(g)) for g in gradient) < 1e-11


# -- far apart, nearly equal, narrow in wide -----------------------------------------------------------------


@pytest.mark.parametrize("distance", [20.0, 28.0, 37.0])
def test_far_apart(distance):
    """Pearson is exp(d^2) - 1, up to 1e+173 at d = 20 (and beyond the floats at 28); Hellinger and kl as in
    closed form.
    """
    p, q = Normal(0.0, 1.0), Normal(distance, 1.0)
    expected = math.expm1(distance**2) if distance < 26 else math.inf
    agrees(pearson, p, q, expected, 1e-12) if math.isfinite(expected) else None
    if math.isinf(expected):
        assert float(pearson.between_densities(p, q)) == math.inf
    agrees(kl, p, q, distance**2 / 2)
    agrees(squared_hellinger, p, q, 2 - 2 * math.exp(-(distance**2) / 8))


def test_what_the_gan_row_lacks_of_zero_keeps_its_digits():
    """log 4 less 2 JS between N(0, 1) and N(20, 1) is 4.7e-23, and -D_gan is that number."""
    x = np.linspace(-20.0, 20.0, 400001)  # around the middle, where both densities meet
    log_p, log_q = -0.5 * (x + 10) ** 2, -0.5 * (x - 10) ** 2
    v = log_p - log_q
    integrand = np.exp(log_p) * np.logaddexp(0, -v) + np.exp(log_q) * np.logaddexp(0, v)
    expected = -np.sum(integrand) * (x[1] - x[0]) / math.sqrt(2 * math.pi)
    assert expected == pytest.approx(-4.7e-23, rel=0.01)
    agrees(gan, Normal(0.0, 1.0), Normal(20.0, 1.0), expected, 1e-11)


def test_nearly_equal():
    """A shift of 3e-12 between unit normals: the chi-square scale 9e-24 f''(1)/2, to 11 digits."""
    p, q = Normal(0.0, 1.0), Normal(3e-12, 1.0)
    for row in TABLE.values():
        if row.name in ("total_variation", "gan"):
            continue
        agrees(row, p, q, 0.5 * float(row.f_second(1.0)) * 9e-24, 1e-11)
    agrees(total_variation, p, q, math.erf(3e-12 / (2 * math.sqrt(2))), 1e-11)


@pytest.mark.parametrize(("location", "narrow"), [(0.0, 1e-6), (5.3, 1e-9), (-1e3, 1e-3)])
def test_narrow_in_wide(location, narrow):
    p, q = Normal(location, narrow), Normal(0.0, 1.0)
    expected = math.log(1 / narrow) + (narrow**2 + location**2) / 2 - 0.5
    agrees(kl, p, q, expected, 1e-12)
    assert float(neyman.between_densities(p, q)) == math.inf  # the wide one against the narrow one
    if location == 0.0:
        i2 = 1.0 / (narrow * math.sqrt(2 - narrow**2))
        agrees(pearson, p, q, i2 - 1, 1e-12)


def test_at_the_edge_of_finiteness():
    """Pearson needs s_p^2 < 2 s_q^2; Neyman the other way round."""
    p = Normal(0.0, 1.0)
    for factor, finite in ((0.999, False), (1.001, True)):
        s_q = math.sqrt(factor / 2.0)
        value = float(pearson.between_densities(p, Normal(0.0, s_q)))
        assert math.isfinite(value) == finite
        assert math.isfinite(float(neyman.between_densities(Normal(0.3, s_q), Normal(0.3, 1.0)))) == finite
    assert float(alpha(3.0).between_densities(Normal(0.0, 1.3), Normal(0.0, 1.0))) == math.inf
    assert float(alpha(-0.5).between_densities(Normal(0.0, 0.5), Normal(0.0, 1.0))) == math.inf


# -- other densities -----------------------------------------------------------------------------------------


def test_laplace_student_and_cauchy():
    agrees(kl, Laplace(0.0, 1.0), Laplace(1.0, 2.0), math.log(2) + (math.exp(-1) + 1) / 2 - 1)
    agrees(total_variation, Laplace(0.0, 1.0), Laplace(1.0, 1.0), 1 - math.exp(-0.5))
    # between Cauchy densities KL = log(((s_p + s_q)^2 + d^2) / (4 s_p s_q)), and it is symmetric
    p, q = StudentT(0.0, 1.0, 1.0), StudentT(1.0, 2.0, 1.0)
    expected = math.log((9 + 1) / 8)
    agrees(kl, p, q, expected)
    agrees(reverse_kl, p, q, expected)
    agrees(jeffreys, p, q, 2 * expected)


@pytest.mark.parametrize(("degrees", "finite"), [(1.0, False), (2.0, False), (2.5, True), (5.0, True)])
def test_kl_of_student_to_normal_needs_a_variance(degrees, finite):
    value = float(kl.between_densities(StudentT(0.0, 1.0, degrees), Normal(0.0, 1.0)))
    assert math.isfinite(value) == finite
    if finite:  # -entropy of t + log sqrt(2 pi) + variance/2
        from scipy.stats import t

        expected = -float(t.entropy(degrees)) + 0.5 * math.log(2 * math.pi) + 0.5 * degrees / (degrees - 2)
        assert value == pytest.approx(expected, rel=1e-9)
    assert float(pearson.between_densities(StudentT(0.0, 1.0, degrees), Normal(0.0, 1.0))) == math.inf


def test_supports():
    inner, outer, apart = Uniform(0.0, 2.0), Uniform(0.0, 3.0), Uniform(5.0, 6.0)
    agrees(kl, inner, outer, math.log(1.5))
    agrees(pearson, inner, outer, 0.5)
    agrees(total_variation, inner, outer, 1 / 3)
    agrees(squared_hellinger, inner, outer, 2 - 2 * math.sqrt(2 / 3))
    for row in (kl, pearson, jeffreys, alpha(1.5)):
        assert float(row.between_densities(outer, inner)) == math.inf
    for row in (reverse_kl, neyman, jeffreys, alpha(-0.5)):
        assert float(row.between_densities(inner, outer)) == math.inf
    for row in TABLE.values():
        if math.isfinite(row.largest):
            assert float(row.between_densities(inner, apart)) == pytest.approx(row.largest, abs=1e-13)
    agrees(kl, Uniform(0.0, 1.0), Normal(0.0, 1.0), 0.5 * math.log(2 * math.pi) + 1 / 6)


def test_functions_with_landmarks():
    p, q = Normal(0.0, 1.0), Normal(1.0, 1.0)
    found = kl.between_densities(lambda x: p.log_density(x), lambda x: q.log_density(x), landmarks=[(0.0, 1.0)])
    assert float(found) == pytest.approx(0.5, rel=1e-12)
    with pytest.raises(ValueError, match="say where the densities live"):
        kl.between_densities(lambda x: p.log_density(x), lambda x: q.log_density(x))


def test_categorical_distributions_are_refused():
    with pytest.raises(ValueError, match="no density on the line"):
        kl.between_densities(Categorical((0.5, 0.5)), Normal())


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_the_same_density_twice(row):
    assert float(row.between_densities(M1, M1)) == pytest.approx(row.smallest, rel=1e-15, abs=1e-30)


def test_moving_ends_of_supports_are_differentiated():
    """KL(U(0, h) || U(-1, 3)) = log(4/h); TV(U(0, h), U(0, 3)) = 1 - h/3."""
    h = mnp.asarray(2.0)
    slope = mg.grad(lambda h: kl.between_densities(Uniform(0.0, h), Uniform(-1.0, 3.0)).value)(h)
    assert float(slope) == pytest.approx(-0.5, rel=1e-12)
    slope = mg.grad(lambda h: total_variation.between_densities(Uniform(0.0, h), Uniform(0.0, 3.0)).value)(h)
    assert float(slope) == pytest.approx(-1 / 3, rel=1e-12)
    mg.check_grads(lambda h: jensen_shannon.between_densities(Uniform(0.0, h), Uniform(1.0, 3.0)).value, (h,), order=1)


def test_gradient_in_every_parameter_of_a_mixture():
    def value(weight, mean, deviation, other):
        p = Mixture((weight, 1.0 - weight), (Normal(-1.0, 1.0), Normal(mean, deviation)))
        return squared_hellinger.between_densities(p, Normal(other, 1.5)).value

    mg.check_grads(value, tuple(mnp.asarray(x) for x in (0.4, 1.0, 0.8, 0.3)), order=1)


def test_expectation_under():
    assert float(expectation_under(Normal(1.0, 2.0), mnp.square)) == pytest.approx(5.0, rel=1e-12)
    assert float(expectation_under(Uniform(0.0, 2.0), mnp.exp)) == pytest.approx(math.expm1(2.0) / 2, rel=1e-12)
    assert float(expectation_under(M1, lambda x: x)) == pytest.approx(1.01, rel=1e-12)


# -- laws ----------------------------------------------------------------------------------------------------


@given(mixtures(), gaussians())
def test_relations_and_duality_hold_for_drawn_densities(p, q):
    def value(row, p=p, q=q):
        return float(row.between_densities(p, q))

    js = value(jensen_shannon)
    assert value(gan) == pytest.approx(js - math.log(4.0), abs=1e-11)
    assert 2 * value(weighted_jensen_shannon(0.5)) == pytest.approx(js, rel=1e-11, abs=1e-14)
    assert value(jeffreys) == pytest.approx(value(kl) + value(reverse_kl), rel=1e-10, abs=1e-14)
    assert value(alpha(0.5)) == pytest.approx(2 * value(squared_hellinger), rel=1e-11, abs=1e-14)
    assert value(alpha(2.0)) == pytest.approx(value(pearson) / 2, rel=1e-9)
    assert value(neyman) == pytest.approx(value(pearson, q, p), rel=1e-9)
    v = value(total_variation)
    assert 2 * v**2 <= value(kl) * (1 + 1e-12) + 1e-15
    assert math.log(2.0) * value(squared_hellinger) <= js * (1 + 1e-11) + 1e-15


@given(gaussians(), gaussians(), st.sampled_from([row for row in TABLE.values() if "shannon" not in row.name]))
def test_closed_forms_for_drawn_gaussians(p, q, row):
    if row.name == "gan":
        return
    expected = float(row.between_gaussians(p.mean, p.deviation, q.mean, q.deviation))
    near = row.name in ("pearson", "neyman", "alpha(1.5)") and expected > 1e6  # ill conditioned beside divergence
    found = float(row.between_densities(p, q))
    if math.isinf(expected) or math.isinf(found):
        assert found == expected or near or expected > 1e300
    else:
        assert found == pytest.approx(expected, rel=1e-5 if near else 1e-9, abs=1e-14)


def test_a_log_density_that_is_nan_is_refused():
    """It used to count as a place without mass, and a Gaussian with a NaN mean as far away from everything."""
    with pytest.raises(ValueError, match="the mean of a Normal must be finite, and is nan"):
        kl.between_densities(Normal(0.0, 1.0), Normal(mnp.asarray(math.nan), 1.0))
    broken = lambda x: mnp.where(x > 1.0, math.nan, Normal().log_density(x))
    with pytest.raises(ValueError, match="log-density is NaN"):
        kl.between_densities(Normal(0.0, 1.0), broken)
