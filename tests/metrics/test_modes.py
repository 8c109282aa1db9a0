"""Modes covered: what a perfect generator scores, by its law and by drawing; radii; refusals."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
from minigan.data import grid, grid_centres, ring, ring_centres
from minigan.metrics import (
    chance_of_missing_a_mode,
    expected_mode_kl,
    high_quality_ceiling,
    kl_from_uniform,
    mode_coverage,
    mode_kl_quantile,
    null_distribution,
)

LAWS = {"ring": (ring(), ring_centres(), 0.05), "grid": (grid(), grid_centres(), 0.05)}
laws = pytest.mark.parametrize("law", LAWS)


@pytest.mark.parametrize("d", [1, 2, 3, 10])
@pytest.mark.parametrize("r", [0.5, 3.0])
def test_the_ceiling_is_that_of_chi(d, r):
    assert_allclose(high_quality_ceiling(d, r), stats.chi(d).cdf(r), rtol=1e-12)
    if d == 2:
        assert_allclose(high_quality_ceiling(2, r), -math.expm1(-r * r / 2), rtol=1e-12)


@laws
def test_a_perfect_generator_scores_its_null(law):
    """100 samples of 1000: the mean of KL is (modes - 1) / 2n, its law chi-square, the high-quality share the ceiling."""
    draw, centres, deviation = LAWS[law]
    n, repetitions, modes = 1000, 100, centres.shape[0]

    def of(key):
        return null_distribution(
            lambda x: mode_coverage(x, centres, deviation)[key], draw, n, repetitions=repetitions, rng=3
        )

    kl, share, covered = of("mode_kl"), of("high_quality_share"), of("modes_covered")
    expected = expected_mode_kl(n, modes)
    spread = math.sqrt(2.0 * (modes - 1)) / (2.0 * n)  # of chi-square / 2n
    assert abs(kl.mean - expected) < 4.0 * spread / math.sqrt(repetitions) + 2.0 * modes / n**2
    assert_allclose(kl.deviation, spread, rtol=0.35)
    for p in (0.5, 0.9):
        inside = np.mean(kl.values <= mode_kl_quantile(p, n, modes))
        assert abs(inside - p) < 4.0 * math.sqrt(p * (1.0 - p) / repetitions)
    ceiling = high_quality_ceiling()
    deviation_of_share = math.sqrt(ceiling * (1.0 - ceiling) / n)
    assert abs(share.mean - ceiling) < 4.0 * deviation_of_share / math.sqrt(repetitions)
    assert_allclose(share.deviation, deviation_of_share, rtol=0.35)
    assert covered.values.min() == modes
    assert chance_of_missing_a_mode(n, modes) < 1e-9


def test_at_few_samples_modes_are_missed_by_chance():
    draw, centres, deviation = LAWS["grid"]
    missed = null_distribution(
        lambda x: mode_coverage(x, centres, deviation)["modes_covered"] < 25, draw, 150, repetitions=400, rng=1
    )
    bound = chance_of_missing_a_mode(150, 25)
    assert 0.02 < bound < 0.2
    assert missed.mean <= bound + 3.0 * math.sqrt(bound / 400)
    assert missed.mean >= 0.5 * bound  # a union of rare events: nearly their sum


def test_kl_from_uniform_against_scipy():
    rng = np.random.default_rng(0)
    for k in (2, 8, 25):
        shares = rng.dirichlet(np.full(k, 0.3))
        assert_allclose(kl_from_uniform(shares), stats.entropy(shares, np.full(k, 1 / k)), rtol=1e-10)
    assert kl_from_uniform([0.25] * 4) == 0.0
    assert_allclose(kl_from_uniform([1.0, 0.0, 0.0]), math.log(3.0))


def test_the_radius_is_of_coverage_and_not_of_quality():
    centres = ring_centres()
    x = mg.to_numpy(centres) + np.array([0.2, 0.0])
    narrow, wide = mode_coverage(x, centres, 0.05), mode_coverage(x, centres, 0.05, radius=5.0)
    assert narrow["modes_covered"] == 0 and wide["modes_covered"] == 8
    assert narrow["high_quality_share"] == wide["high_quality_share"] == 0.0
    assert narrow["high_quality_ceiling"] == 0.9889


def test_the_expected_kl_is_reported_beside_the_measured_one():
    draw, centres, deviation = LAWS["ring"]
    found = mode_coverage(draw(mg.random.generator(0), 2500), centres, deviation)
    assert found["mode_kl_expected"] == 0.0014
    assert found["mode_kl"] < round(mode_kl_quantile(0.9999, 2500, 8), 4) + 1e-4


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.zeros((3, 2)), np.zeros((2, 2)), 0.0), "deviation of modes is a positive number"),
        ((np.zeros((3, 2)), np.zeros((2, 2)), math.nan), "deviation of modes is a positive number"),
        ((np.zeros((3, 2)), np.zeros((2, 2)), 0.1, -1.0), "radius of modes is a positive number"),
        ((np.full((3, 2), np.nan), np.zeros((2, 2)), 0.1), "samples hold NaN or infinity: 6 of 6"),
        ((np.zeros((0, 2)), np.zeros((2, 2)), 0.1), "samples must have shape"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        mode_coverage(*arguments)


@pytest.mark.parametrize("shares", [[3, 1, 0], [0.5, 0.6], [-0.5, 1.5], [math.nan, 1.0], [], [[0.5], [0.5]]])
def test_kl_from_uniform_takes_shares_alone(shares):
    """Of counts it used to be a number, too: 7.7 for three, one and none."""
    with pytest.raises(ValueError, match="shares must be"):
        kl_from_uniform(shares)
