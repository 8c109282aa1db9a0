import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import TABLE, alpha, jensen_shannon, kl, named, neyman, pearson, total_variation
from minigan.divergences.gaussians import between_gaussians, between_multivariate_gaussians

from . import constants

CLOSED = [row for row in TABLE.values() if "shannon" not in row.name and row.name != "gan"] + [
    alpha(-0.5),
    alpha(3.0),
]


@pytest.mark.parametrize("pair", constants.GAUSSIAN_PAIRS)
def test_against_constants(pair):
    p, q, stated = constants.GAUSSIAN_PAIRS[pair]
    count = 0
    for name, expected in stated.items():
        if "shannon" in name or name == "gan":
            continue
        count += 1
        found = float(between_gaussians(named(name), *p, *q))
        assert found == expected or abs(found - expected) <= 2e-15 * abs(expected)
    assert count == 14


def test_rows_without_a_closed_form_say_so():
    for name in ("jensen_shannon", "weighted_jensen_shannon", "gan"):
        with pytest.raises(ValueError, match="has no closed form between these Gaussians; take between_densities"):
            TABLE[name].between_gaussians(0.0, 1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("row", "edge"),
    [(pearson, 2.0), (alpha(3.0), 1.5), (alpha(1.5), 3.0), (neyman, 0.5), (alpha(-0.5), 1 / 3)],
    ids=str,
)
def test_finite_on_one_side_of_the_edge(row, edge):
    """s_p^2/s_q^2 < a/(a - 1) for a > 1, > |a|/(1 + |a|) for a < 0; infinite at the edge itself."""
    below, above = (float(row.between_gaussians(0.0, math.sqrt(edge * k), 0.5, 1.0)) for k in (0.999, 1.001))
    assert (math.isfinite(below), math.isfinite(above)) == ((True, False) if edge > 1 else (False, True))
    if row is pearson:
        assert float(row.between_gaussians(0.0, math.sqrt(2.0) * (1 + 1e-15), 0.0, 1.0)) == math.inf


def test_nearly_equal_gaussians_keep_their_digits():
    """s_q = s_p (1 + e): every row is f''(1)/2 times 2 e^2 to first order."""
    e = 2.0**-30
    for row in CLOSED:
        if row is total_variation:
            # half the integral of |d log q / d log s| = |1 - z^2|, times e: 2 phi(1) e
            expected = 2 * e * math.exp(-0.5) / math.sqrt(2 * math.pi)
            assert float(row.between_gaussians(0.0, 1.0, 0.0, 1.0 + e)) == pytest.approx(expected, rel=1e-8)
        else:
            expected = 0.5 * float(row.f_second(1.0)) * 2 * e**2
            assert float(row.between_gaussians(0.0, 1.0, 0.0, 1.0 + e)) == pytest.approx(expected, rel=1e-7)
    assert float(total_variation.between_gaussians(0.3, 2.0, 0.3, 2.0)) == 0.0


@pytest.mark.parametrize("row", CLOSED, ids=str)
def test_derivatives_and_shapes(row):
    at = tuple(mnp.asarray(x) for x in (0.2, 1.0, -0.7, 1.3))
    mg.check_grads(lambda *x: row.between_gaussians(*x), at, order=1 if row is total_variation else 2)
    means = mnp.asarray(np.linspace(-1.0, 1.0, 6).reshape(2, 3))
    assert row.between_gaussians(means, 1.0, 0.0, 1.2).shape == (2, 3)


def test_total_variation_is_differentiated_where_the_deviations_are_equal():
    at = tuple(mnp.asarray(x) for x in (0.0, 1.0, 1.0, 1.0))
    mg.check_grads(lambda *x: total_variation.between_gaussians(*x), at, order=1)


@pytest.mark.parametrize("row", [row for row in CLOSED if row is not total_variation], ids=str)
def test_several_dimensions(row):
    """Products of independent coordinates, rotated: against one-dimensional closed forms."""
    rng = np.random.default_rng(0)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    s_p, s_q = np.array([0.9, 1.0, 1.1]), np.array([1.0, 1.2, 1.05])
    m_p, m_q = np.array([0.1, -0.3, 0.5]), np.array([0.0, 0.4, 0.2])

    def turn(s):
        return (rotation * s**2) @ rotation.T

    found = between_multivariate_gaussians(
        row,
        mnp.asarray(rotation @ m_p),
        mnp.asarray(turn(s_p)),
        mnp.asarray(rotation @ m_q),
        mnp.asarray(turn(s_q)),
    )
    single = [float(row.between_gaussians(*map(float, x))) for x in zip(m_p, s_p, m_q, s_q)]
    if row.name in ("kl", "reverse_kl", "jeffreys"):
        expected = sum(single)
    else:
        factor = {"squared_hellinger": -0.5, "pearson": 1.0, "neyman": 1.0}.get(row.name)
        c = factor if factor is not None else row.parameter * (row.parameter - 1)
        expected = (math.prod(1 + c * d for d in single) - 1) / c
    assert float(found) == pytest.approx(expected, rel=1e-12)


def test_several_dimensions_differentiate_and_diverge():
    eye = mnp.asarray(np.eye(2))
    mean = mnp.asarray([0.3, -0.2])
    zero = mnp.asarray([0.0, 0.0])
    wide = mnp.asarray(np.diag([1.0, 2.5]))
    assert float(between_multivariate_gaussians(pearson, mean, wide, zero, eye)) == math.inf
    assert math.isfinite(float(between_multivariate_gaussians(kl, mean, wide, zero, eye)))
    tilted = mnp.asarray([[1.0, 0.3], [0.3, 1.5]])
    mg.check_grads(lambda m: between_multivariate_gaussians(kl, m, tilted, zero, eye), (mean,))
    found = float(between_multivariate_gaussians(total_variation, mean, tilted, zero, tilted))
    distance = math.sqrt(float(np.array([0.3, -0.2]) @ np.linalg.solve(mg.to_numpy(tilted), [0.3, -0.2])))
    assert found == pytest.approx(math.erf(distance / (2 * math.sqrt(2))), rel=1e-13)
    with pytest.raises(ValueError, match="only where their covariances are equal"):
        between_multivariate_gaussians(total_variation, mean, tilted, zero, eye)
    with pytest.raises(ValueError, match="no closed form"):
        between_multivariate_gaussians(jensen_shannon, mean, tilted, zero, eye)
