"""Density ratios: laws of the pairs, losses against the reference's loops, errors and bounds by quadrature."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import TABLE, weighted_jensen_shannon
from minigan.divergences.variational import bound_of_outputs
from minigan.models.implicit import pairs as P
from minigan.models.implicit import ratio_error as E
from minigan.models.implicit import ratio_estimators as R
from minigan.models.implicit import ratios as S
from minigan.models.implicit.linear_ratio import fit_linear_ratio
from minigan.random import generator
from reference import density_ratio as reference

MEET = [name for name in P.PAIRS if name != "apart"]
ROWS = [name for name, row in TABLE.items() if row.formulas.f_second is not None]
numbers = st.floats(
    -3.0, 3.0, allow_subnormal=False
)  # whose products would be told from 0 by one library and not another
outputs = st.lists(numbers, min_size=2, max_size=6).map(np.array)


# -- the pairs --------------------------------------------------------------------------------------------------------


@given(st.lists(numbers, min_size=6, max_size=6), st.floats(-0.9, 0.9))
def test_the_log_ratio_of_gaussians_is_the_references(six, correlation):
    x, m, n = (np.array(six[i : i + 2]) for i in (0, 2, 4))
    s, t = np.array([[1.0, correlation], [correlation, 1.0]]), np.diag([0.5, 2.0])
    pair = P.Pair("drawn", "two Gaussians", P.PlaneGaussian(m, s), P.PlaneGaussian(n, t))
    found = mg.to_numpy(pair.log_ratio(mnp.asarray(x[None])))[0]
    assert_allclose(found, reference.gaussian_log_ratio(x, m, s, n, t), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("radius, deviation", [(1.6, 0.4), (1.0, 2.0), (3.0, 0.05)])
def test_a_ring_is_a_mean_of_gaussians_around_a_circle(radius, deviation):
    ring = P.PlaneRing(radius, deviation)
    for distance in (0.0, 0.7 * radius, radius, 1.3 * radius):

        def gaussian(angle, at=distance):
            square = (at - radius * math.cos(angle)) ** 2 + (radius * math.sin(angle)) ** 2
            return math.exp(-square / (2 * deviation**2)) / (2 * math.pi * deviation**2) / (2 * math.pi)

        stated = 2.0 * quad(gaussian, 0.0, math.pi, points=[deviation / radius], limit=200)[0]
        found = mg.to_numpy(mnp.exp(ring.log_density(mnp.asarray([[distance * 0.6, distance * 0.8]]))))[0]
        assert_allclose(found, stated, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", P.PAIRS)
def test_samples_follow_their_densities(name):
    """Masses are 1, and means and covariances of samples those of the densities, within five standard errors."""
    pair = P.PAIRS[name]
    for law, level in ((pair.p, pair.grid.log_p), (pair.q, pair.grid.log_q)):
        mass, x = np.exp(level), mg.to_numpy(pair.grid.x)
        if name != "apart":
            assert_allclose(mass.sum(), 1.0, rtol=1e-9)
        mass = mass / mass.sum()
        rows = mg.to_numpy(law.sample(generator(0), 40_000)).astype(float)
        for power in ((1, 0), (0, 1), (2, 0), (0, 2), (1, 1)):
            values = rows[:, 0] ** power[0] * rows[:, 1] ** power[1]
            stated = mass @ (x[:, 0] ** power[0] * x[:, 1] ** power[1])
            by_the_rule = 0.05 if name == "apart" else 0.0  # a density that jumps
            assert abs(values.mean() - stated) < 5.0 * values.std() / 200.0 + by_the_rule


def test_supports_that_do_not_meet_share_nothing():
    assert P.PAIRS["apart"].overlap == 0.0
    same = P.PlaneGaussian((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0)))
    assert_allclose(P.Pair("same", "a law and itself", same, same).overlap, 1.0, rtol=1e-9)


def test_what_is_no_pair_is_refused():
    unit = ((1.0, 0.0), (0.0, 1.0))
    with pytest.raises(ValueError, match=r"positive definite, and was \(\(1.0, 2.0\), \(2.0, 1.0\)\)"):
        P.PlaneGaussian((0.0, 0.0), ((1.0, 2.0), (2.0, 1.0)))
    with pytest.raises(ValueError, match="mean hold NaN or infinity"):
        P.PlaneGaussian((0.0, math.nan), unit)
    gaussian = P.PlaneGaussian((0.0, 0.0), unit)
    with pytest.raises(ValueError, match="as many positive weights that sum to 1"):
        P.PlaneMixture((0.5, 0.6), (gaussian, gaussian))
    with pytest.raises(TypeError, match=r"q of the pair 'half' is a law with log_density.*and was 3"):
        P.Pair("half", "half a pair", gaussian, 3)
    with pytest.raises(
        ValueError, match=r"p of the pair 'small' has the mass 0.4[0-9]* on its square of reach 1, not 1"
    ):
        P.Pair("small", "too small a square", gaussian, gaussian, 1.0).overlap  # noqa: B018


# -- the losses -------------------------------------------------------------------------------------------------------


@given(outputs, outputs, st.floats(0.05, 0.95))
def test_losses_are_the_references(v_p, v_q, prior):
    p, q = mnp.asarray(v_p), mnp.asarray(v_q)
    found = float(R.class_probability_loss(p, q, prior)), float(R.least_squares_loss(p, q))
    assert_allclose(found[0], reference.class_probability_loss(v_p, v_q, prior), rtol=1e-11)
    assert_allclose(found[1], reference.least_squares_loss(np.exp(v_p), np.exp(v_q)), rtol=1e-11, atol=1e-11)


@given(outputs, outputs, st.floats(0.05, 0.95))
def test_class_probability_is_the_bound_of_weighted_jensen_shannon(v_p, v_q, prior):
    """loss = H(pi) - bound, H the entropy of the classes."""
    p, q = mnp.asarray(v_p), mnp.asarray(v_q)
    entropy = -prior * math.log(prior) - (1.0 - prior) * math.log(1.0 - prior)
    bound = float(bound_of_outputs(weighted_jensen_shannon(prior), p, q, canonical=True))
    assert_allclose(float(R.class_probability_loss(p, q, prior)), entropy - bound, rtol=1e-9, atol=1e-11)


@given(st.integers(0, 1000))
def test_the_kernels_loss_is_that_of_loops(seed):
    rng = np.random.default_rng(seed)
    x_p, x_q, v = rng.standard_normal((3, 2)), rng.standard_normal((4, 2)), rng.standard_normal(4)
    stated = reference.kernel_discrepancy(x_p, x_q, np.exp(v), R.BANDWIDTHS)
    found = R.kernel_loss(mnp.asarray(v), mnp.asarray(x_p), mnp.asarray(x_q))
    assert_allclose(float(found), stated, rtol=1e-10, atol=1e-12)


def test_the_moments_loss_is_without_bias():
    """Its mean over batches of two rows of two laws on two points is the square of the exact difference."""
    points, p, q, v = (
        np.array([[0.0, 1.0], [2.0, -1.0]]),
        np.array([0.3, 0.7]),
        np.array([0.6, 0.4]),
        np.array([0.4, -0.3]),
    )
    phi = mg.to_numpy(R.quadratic_features(mnp.asarray(points)))
    stated = float(((q * np.exp(v)) @ phi - p @ phi) @ ((q * np.exp(v)) @ phi - p @ phi))
    total = 0.0
    for a, b, c, d in np.ndindex(2, 2, 2, 2):
        rows = [mnp.asarray(points[[i, j]]) for i, j in ((a, b), (c, d))]
        total += p[a] * p[b] * q[c] * q[d] * float(R.moment_loss(mnp.asarray(v[[c, d]]), *rows))
    assert_allclose(total, stated, rtol=1e-12)


@pytest.mark.parametrize("name", [*R.OTHERS, *TABLE])
def test_every_estimator_has_a_loss_and_says_what_becomes_of_it_without_overlap(name):
    estimator = R.estimator_called(name)
    rng = generator(0)
    rows = [rng.standard_normal((8, 2)) for _ in range(2)]
    loss = estimator.loss(rng.standard_normal((8,)), rng.standard_normal((8,)), *rows)
    assert loss.shape == () and math.isfinite(float(loss)) and 0.0 < estimator.largest <= 8.0
    assert R.without_overlap(estimator) and estimator.only_sign == (name == "total_variation")


def test_wrong_names_and_priors_are_refused():
    with pytest.raises(ValueError, match="learned by no 'pearsn'; the nearest is 'pearson'"):
        R.estimator_called("pearsn")
    for prior in (0.0, 1.0, -0.2):
        with pytest.raises(ValueError, match="strictly between 0 and 1, and was"):
            R.estimator_called("class_probability", prior)
    with pytest.raises(ValueError, match=r"for class_probability, and kl was told 0.2"):
        R.estimator_called("kl", 0.2)


# -- linear log-ratios ------------------------------------------------------------------------------------------------


def test_class_probability_of_a_linear_ratio_is_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    pair, rng = P.PAIRS["two_covariances"], generator(0)
    rows = [mnp.astype(law.sample(rng, 500), "float64") for law in (pair.p, pair.q)]
    phi = [R.quadratic_features(x) for x in rows]
    found = fit_linear_ratio(R.class_probability_loss, *phi)
    x, y = np.concatenate([mg.to_numpy(one) for one in phi])[:, 1:], np.repeat([1, 0], 500)
    outsider = LogisticRegression(C=np.inf, tol=1e-10, max_iter=2000).fit(x, y)
    assert_allclose(found, [outsider.intercept_[0], *outsider.coef_[0]], atol=1e-5)


def test_separable_classes_have_no_least_loss():
    one, two = mnp.asarray([[1.0, 1.0], [1.0, 2.0]]), mnp.asarray([[1.0, -1.0], [1.0, -3.0]])
    with pytest.raises(ValueError, match="no linear log-ratio has the least loss on 2 rows of p and 2 of q"):
        fit_linear_ratio(lambda v_p, v_q: R.least_squares_loss(v_p, v_q), one, two)


# -- errors and bounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEET)
def test_the_true_ratio_has_no_error_and_is_calibrated(name):
    pair = P.PAIRS[name]
    found = E.ratio_errors(pair, pair.log_ratio)
    assert found.bulk < 1e-12 and found.by_p.max() < 1e-12 and found.right_side == 1.0
    assert found.calibration < 4.0 * 0.5 / math.sqrt(40_000 / E.BINS) and found.scale > 0.3
    timid = E.ratio_errors(pair, lambda x: 0.5 * pair.log_ratio(x))
    assert timid.calibration > 5.0 * found.calibration and timid.bulk == pytest.approx(0.5 * found.scale)


def test_bands_hold_what_they_say():
    for one in E.held_out(P.PAIRS["mixture"]):
        assert_allclose(np.bincount(one.band) / len(one.band), [0.5, 0.4, 0.09, 0.01], atol=1e-3)


@pytest.mark.parametrize("name", MEET)
@pytest.mark.parametrize("row", TABLE)
def test_a_bound_is_below_its_divergence(name, row):
    pair, rng = P.PAIRS[name], generator(1)
    wrong = 0.1 * rng.standard_normal((6,))
    bent = lambda x: pair.log_ratio(x) + mnp.tanh(mnp.matmul(R.quadratic_features(x), wrong))
    exact = E.divergence_of(pair, TABLE[row])
    assert E.bound_of(pair, TABLE[row], bent) < exact or math.isinf(exact)
    if row in ROWS and math.isfinite(exact):
        assert_allclose(E.bound_of(pair, TABLE[row], pair.log_ratio), exact, rtol=1e-9)


def test_divergences_of_gaussians_are_known_and_some_are_infinite():
    pair = P.PAIRS["two_covariances"]
    s, t, apart = np.array(pair.p.covariance), np.array(pair.q.covariance), np.subtract(pair.p.mean, pair.q.mean)
    inverse = np.linalg.inv(t)
    kl = 0.5 * (np.trace(inverse @ s) + apart @ inverse @ apart - 2.0 + math.log(np.linalg.det(t) / np.linalg.det(s)))
    assert_allclose(E.divergence_of(pair, TABLE["kl"]), kl, rtol=1e-10)
    assert math.isinf(E.divergence_of(P.PAIRS["ring"], TABLE["neyman"]))
    assert math.isfinite(E.divergence_of(P.PAIRS["ring"], TABLE["pearson"]))


# -- the system -------------------------------------------------------------------------------------------------------


def test_samples_of_the_true_ratio_are_of_p_and_the_density_it_makes_is_p():
    pair = P.PAIRS["mixture"]
    rows = mg.to_numpy(S.resampled(pair, pair.log_ratio, 4000, generator(0)))
    wanted = mg.to_numpy(pair.p.sample(generator(1), 4000))
    assert_allclose(rows.mean(0), wanted.mean(0), atol=0.1)
    assert_allclose(np.cov(rows.T), np.cov(wanted.T), atol=0.15)
    x = wanted[:5]
    moved = S.log_density(pair, lambda x: pair.log_ratio(x) + 3.0, mnp.asarray(x))  # a ratio that is not normalised
    assert_allclose(mg.to_numpy(moved), mg.to_numpy(pair.p.log_density(mnp.asarray(x))), atol=1e-5)


@pytest.mark.parametrize("by, steps, most", [("moments", 600, 0.15), ("kl", 500, 0.15)])
def test_a_short_training_learns_the_ratio(by, steps, most):
    system = S.ratios(pair="two_covariances", by=by, batch=256, hidden=32)
    found = system.measured(system.train(steps))
    assert found["rms_error_in_bulk"] < most < 0.3 * found["rms_of_true_log_ratio_in_bulk"]
    assert not found["collapsed"] and system.measured(system.train(0))["collapsed"]
    if by == "kl":
        assert 0.9 * found["divergence"] < found["bound"] < found["divergence"]


@pytest.mark.parametrize("by", ["class_probability", "kl", "squared_hellinger", "kernel", "moments"])
def test_without_overlap_it_is_said_what_happens(by):
    system = S.ratios(pair="apart", by=by, batch=16)
    trained = system.train(2)
    found = system.measured(trained)
    assert found["shared_mass"] == 0.0 and found["collapsed"] and found["rms_error_in_bulk"] is None
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert "do not overlap" in system.when_collapsed and "do not overlap" in system.told(trained)[2]


def test_an_infinite_divergence_is_told_in_words():
    system = S.ratios(pair="ring", by="neyman", batch=16)
    trained = system.train(2)
    assert system.measured(trained)["divergence"] is None
    assert "of neyman, which is infinite" in system.told(trained)[2]


def test_total_variation_is_judged_by_sides():
    system = S.ratios(by="total_variation", batch=16)
    assert "only on which side of 1" in system.told(system.train(1))[2]
    pair, estimator = system.parts["pair"], system.parts["estimator"]
    steep = lambda x: 8.0 * mnp.tanh(50.0 * pair.log_ratio(x))
    assert not S.measure(pair, estimator, steep)["collapsed"]


def test_a_pair_of_ones_own(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from minigan.models.implicit.pairs import Pair, PlaneGaussian\n"
        "unit = ((1.0, 0.0), (0.0, 1.0))\n"
        "near = Pair('near', 'two that meet', PlaneGaussian((0.3, 0.0), unit), PlaneGaussian((0.0, 0.0), unit))\n"
    )
    assert S.ratios(pair=f"{tmp_path / 'mine.py'}:near").title == "two that meet, their ratio by class probability"
    with pytest.raises(ValueError, match="no pair called 'neer'; the nearest is 'near'"):
        S.ratios(pair=f"{tmp_path / 'mine.py'}:neer")
    with pytest.raises(ValueError, match="no pair is called 'rings'; the nearest is 'ring'"):
        S.ratios(pair="rings")
