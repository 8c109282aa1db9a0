import math

import pytest

from minigan.densities import Mixture, Normal, StudentT
from minigan.divergences import kl, named, pearson, reverse_kl
from minigan.divergences.fit import fit_gaussian, moments

from . import constants

M1 = Mixture((0.33, 0.67), (Normal(-1.0, math.sqrt(0.065)), Normal(2.0, math.sqrt(2.0))))


@pytest.mark.outcome
@pytest.mark.parametrize("name", constants.BEST_FITS)
def test_the_best_gaussian_for_the_mixture(name):
    """Against optima found at 45 digits: the value to 1e-12, and where it is (flat there) to 1e-6."""
    mean, deviation, value = constants.BEST_FITS[name]
    found = fit_gaussian(named(name), M1)
    assert float(found.divergence) == pytest.approx(value, rel=1e-11)
    assert found.gaussian.mean == pytest.approx(mean, abs=2e-6)
    assert found.gaussian.deviation == pytest.approx(deviation, abs=2e-6)


def test_kl_matches_moments():
    found = fit_gaussian(kl, M1).gaussian
    assert found.mean == pytest.approx(1.01, abs=1e-8)
    assert found.deviation**2 == pytest.approx(3.35135, abs=1e-7)
    assert moments(M1) == (pytest.approx(1.01, rel=1e-12), pytest.approx(math.sqrt(3.35135), rel=1e-12))


def test_reverse_kl_has_a_second_mode():
    """The narrow component is a local minimum of its own, at (-0.955043, 0.316856), 0.990113."""
    (other, value), *_ = fit_gaussian(reverse_kl, M1).others
    assert (other.mean, other.deviation) == (
        pytest.approx(-0.955043, abs=1e-5),
        pytest.approx(0.316856, abs=1e-5),
    )
    assert value == pytest.approx(0.990113, abs=1e-6)


def test_where_no_gaussian_will_do():
    with pytest.raises(ValueError, match="infinite from every start"):
        fit_gaussian(pearson, StudentT(0.0, 1.0, 3.0))


@pytest.mark.outcome
@pytest.mark.parametrize("unit", [2.0**-900, 2.0**-200, 2.0**300, 2.0**900])
@pytest.mark.parametrize("row", [kl, reverse_kl], ids=str)
def test_the_best_gaussian_has_ps_units(row, unit):
    """The minimum at every scale, and beside a place far from 0; at 2^-200 the search used to end where it began."""
    here, there = fit_gaussian(row, M1), fit_gaussian(row, M1.scaled(unit))
    assert there.gaussian.mean / unit == pytest.approx(here.gaussian.mean, abs=1e-6)
    assert there.gaussian.deviation / unit == pytest.approx(here.gaussian.deviation, rel=1e-6)
    assert float(there.divergence) == pytest.approx(float(here.divergence), rel=1e-11)


@pytest.mark.outcome
def test_the_best_gaussian_far_from_zero():
    place = 2.0**60
    p = Mixture((0.5, 0.5), (Normal(place - 2048.0, 1024.0), Normal(place + 2048.0, 1024.0)))
    found = fit_gaussian(kl, p)
    assert found.gaussian.mean == place
    assert found.gaussian.deviation == pytest.approx(1024.0 * math.sqrt(5.0), rel=1e-9)
    apart = fit_gaussian(kl, Mixture((0.5, 0.5), (Normal(0.0, 1.0), Normal(1e17, 1.0)))).gaussian
    assert (apart.mean, apart.deviation) == (pytest.approx(5e16), pytest.approx(5e16))
