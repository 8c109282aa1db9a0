"""Best Gaussians that are known: for a Gaussian, for components far apart, for a Cauchy by a search; and units."""

import math

import pytest
from scipy.optimize import minimize_scalar

from minigan.densities import Density, Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences import jeffreys, jensen_shannon, kl, neyman, reverse_kl, squared_hellinger, total_variation
from minigan.divergences.fit import Fit, fit_gaussian, moments, own_units


class Still(Density):
    """A Laplace density that can neither be moved nor scaled."""

    def __repr__(self):
        return "Still()"

    def log_density(self, x):
        return Laplace(3.0, 1e-4).log_density(x)

    def landmarks(self):
        return [(3.0, 1e-4)]

    def edges(self):
        return [3.0]


@pytest.mark.parametrize("p, mean, deviation", [
    (Laplace(1.0, 2.0), 1.0, 2.0 * math.sqrt(2.0)),
    (Uniform(-1.0, 5.0), 2.0, math.sqrt(3.0)),
    (StudentT(-3.0, 2.0, 5.0), -3.0, 2.0 * math.sqrt(5.0 / 3.0)),
    (Mixture((0.25, 0.75), (Normal(0.0, 1.0), Normal(4.0, 2.0))), 3.0, math.sqrt(0.25 + 3.0 + 3.0)),
], ids=str)  # fmt: skip
def test_kl_matches_the_moments_of_every_density(p, mean, deviation):
    assert moments(p) == (pytest.approx(mean, abs=1e-9), pytest.approx(deviation, rel=1e-9))
    found = fit_gaussian(kl, p)
    assert found.gaussian.mean == pytest.approx(mean, abs=1e-7)
    assert found.gaussian.deviation == pytest.approx(deviation, rel=1e-7)
    assert found.others == () and isinstance(found, Fit)
    again = float(kl.between_densities(p, found.gaussian))
    assert float(found.divergence) == pytest.approx(again, rel=1e-12)


@pytest.mark.parametrize("degrees", [1.0, 2.0])
def test_an_infinite_deviation_has_no_moments_to_start_from(degrees):
    mean, deviation = moments(StudentT(1.0, 2.0, degrees))
    assert math.isnan(mean) and deviation == math.inf


@pytest.mark.parametrize("row", [kl, reverse_kl, jensen_shannon, squared_hellinger, jeffreys, neyman], ids=str)
def test_the_best_gaussian_for_a_gaussian_is_that(row):
    for p in (Normal(-2.0, 0.3), Normal(5e7, 1e-5), Normal(1e-3, 1e6)):
        found = fit_gaussian(row, p)
        assert found.gaussian.mean == pytest.approx(p.mean, abs=1e-5 * p.deviation)
        assert found.gaussian.deviation == pytest.approx(p.deviation, rel=1e-5)
        assert float(found.divergence) == pytest.approx(0.0, abs=1e-10)


def test_components_far_apart_are_each_a_minimum_of_reverse_kl():
    """N(m_i, s_i) lacks log 1/w_i of the mixture; best first."""
    weights, means, deviations = (0.2, 0.5, 0.3), (-60.0, 0.0, 80.0), (1.0, 2.0, 0.5)
    found = fit_gaussian(reverse_kl, Mixture(weights, tuple(map(Normal, means, deviations))))
    gaussians = [(found.gaussian, float(found.divergence)), *found.others]
    values = [value for _, value in gaussians]
    assert values[:3] == pytest.approx([-math.log(w) for w in (0.5, 0.3, 0.2)], abs=1e-9) and values == sorted(values)
    for (gaussian, _), i in zip(gaussians, (1, 2, 0)):
        assert gaussian.mean == pytest.approx(means[i], abs=1e-6)
        assert gaussian.deviation == pytest.approx(deviations[i], rel=1e-6)
    points = [(g.mean, math.log(g.deviation)) for g, _ in gaussians]
    assert all(math.dist(a, b) > 1e-2 for i, a in enumerate(points) for b in points[:i])


@pytest.mark.parametrize("place", [0.0, 3.0, 1e9])
@pytest.mark.parametrize("row", [reverse_kl, squared_hellinger], ids=str)
def test_the_best_gaussian_for_a_cauchy(row, place):
    """It has no moments: by symmetry at its place, as wide as a search of one variable finds."""
    found = fit_gaussian(row, StudentT(place, 1.0, 1.0))
    value = lambda log_s: float(row.between_densities(StudentT(0.0, 1.0, 1.0), Normal(0.0, math.exp(log_s))))
    best = minimize_scalar(value, bounds=(-1.0, 2.0), method="bounded", options={"xatol": 1e-7})
    assert found.gaussian.mean == pytest.approx(place, abs=1e-5)
    assert found.gaussian.deviation == pytest.approx(math.exp(best.x), rel=1e-5)
    assert float(found.divergence) == pytest.approx(best.fun, rel=1e-9)


def test_starts_are_in_ps_own_units_and_tried_besides():
    p = Mixture((0.9, 0.1), (Normal(0.0, 1.0), Normal(40.0, 0.5)))
    plain, started = fit_gaussian(reverse_kl, p), fit_gaussian(reverse_kl, p, starts=[(40.0, 0.5)])
    assert started.gaussian.mean == pytest.approx(plain.gaussian.mean, abs=1e-6)
    far = p.scaled(2.0**-40)
    again = fit_gaussian(reverse_kl, far, starts=((40.0 * 2.0**-40, 0.5 * 2.0**-40),))
    assert again.gaussian.deviation == pytest.approx(2.0**-40, rel=1e-6)
    (other, value), *_ = again.others
    assert (other.mean, other.deviation) == (pytest.approx(40.0 * 2.0**-40), pytest.approx(0.5 * 2.0**-40, rel=1e-6))
    assert value == pytest.approx(math.log(10.0), abs=1e-9)


@pytest.mark.parametrize("row, p, advice", [
    (reverse_kl, Uniform(0.0, 1.0), "reverse_kl"),
    (neyman, Uniform(0.0, 1.0), "neyman"),
    (kl, StudentT(0.0, 1.0, 2.0), "kl"),
], ids=str)  # fmt: skip
def test_rows_that_are_infinite_against_every_gaussian_say_so(row, p, advice):
    with pytest.raises(ValueError, match=rf"^{advice} between P and a Gaussian is infinite from every start"):
        fit_gaussian(row, p)
    with pytest.raises(ValueError, match="infinite from every start"):
        fit_gaussian(row, p, starts=[(0.0, 1.0)])


# -- units ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [
    Normal(0.0, 1.0), Normal(900.0, 1.0), Normal(-900.0, 1.0), Normal(0.0, 1.1e-3), Normal(0.0, 999.0), Still(),
    Mixture((0.5, 0.5), (Normal(0.0, 1.0), Normal(999.0, 0.1))),
], ids=str)  # fmt: skip
def test_densities_that_need_no_units(p):
    assert own_units(p) == (0.0, 1.0)


@pytest.mark.parametrize("p, place, scale", [
    (Normal(0.0, 0.9e-3), 0.0, 0.9e-3),
    (Normal(0.0, 1100.0), 0.0, 1100.0),
    (Normal(1100.0, 1.0), 1100.0, 1.0),
    (Normal(-1100.0, 1.0), -1100.0, 1.0),
    (Laplace(5.0, 1e-9), 5.0, 1e-9),
    (Mixture((0.5, 0.5), (Normal(0.0, 1.0), Normal(1100.0, 0.1))), 0.0, 1.0),
    (Mixture((0.5, 0.5), (Normal(7.0, 0.1), Normal(-1100.0, 3.0))), -1100.0, 3.0),
    (Mixture((0.5, 0.5), (Normal(7.0, 1e200), Normal(7.0, 1e-20))), 7.0, 1e200),
], ids=str)  # fmt: skip
def test_the_unit_is_the_widest_feature_and_the_place_its_own(p, place, scale):
    """To the nearest power of two."""
    found, unit = own_units(p)
    assert found == place and math.frexp(unit)[0] == 0.5 and abs(math.log2(unit / scale)) <= 0.5


def test_units_between_features_that_do_not_both_fit():
    """Where the narrowest is less than 1e-250 of the widest, the middle of both on the scale of logarithms."""
    found, unit = own_units(Mixture((0.5, 0.5), (Normal(7.0, 1e100), Normal(7.0, 1e-160))))
    assert found == 7.0 and abs(math.log2(unit) - 0.5 * (math.log2(1e100) + math.log2(1e-160))) <= 0.5
    with pytest.raises(ValueError, match=r"^a component of P lies so far from the others .* Mixture\("):
        own_units(Mixture((0.5, 0.5), (Normal(-1.7e308, 1.0), Normal(1.7e308, 2.0))))


def test_what_is_still_is_fitted_where_it_stands():
    found = fit_gaussian(kl, Still()).gaussian
    assert found.mean == pytest.approx(3.0, abs=1e-9) and found.deviation == pytest.approx(
        math.sqrt(2.0) * 1e-4, rel=1e-6
    )


def test_total_variation_has_a_best_gaussian_though_its_slope_jumps():
    found = fit_gaussian(total_variation, Laplace(0.0, 1.0))
    around = [
        float(total_variation.between_densities(Laplace(0.0, 1.0), Normal(m, found.gaussian.deviation * k)))
        for m in (-0.1, 0.0, 0.1)
        for k in (0.95, 1.0, 1.05)
    ]
    assert float(found.divergence) <= min(around) + 1e-12 and found.gaussian.mean == pytest.approx(0.0, abs=1e-5)
