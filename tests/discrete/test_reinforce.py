"""REINFORCE: its expectation and variance by going through every draw, not by sampling."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.discrete import (
    baseline_loss,
    exact_baseline,
    expectation_gradient,
    reinforce,
    score_function_surrogate,
    score_function_variance,
)
from minigan.discrete.reinforce import BASELINES
from minigan.random import DrawnWhileRecording, generator
from tests.discrete.exactly import TOYS, A, moments, noise_of_all, toy

EPS = 2.0**-52

# b, and the variance per logit of one sample, as rationals; p = (1/2, 1/3, 1/6)
VARIANCES = {
    ("linear", "none"): (F(0), (F(13, 18), F(65, 81), F(169, 162)), F(208, 81)),
    ("linear", "mean"): (F(5, 3), (F(1, 36), F(5, 81), F(53, 324)), F(41, 162)),
    ("linear", "optimal"): (F(65, 33), (F(221, 4356), F(65, 1089), F(377, 4356)), F(13, 66)),
    ("linear", "optimal_per_coordinate"): (
        (F(5, 3), F(11, 6), F(41, 15)), (F(1, 36), F(1, 18), F(1, 180)), F(4, 45)
    ),
    ("square", "none"): (F(0), (F(125, 36), F(314, 81), F(2801, 324)), F(2591, 162)),
    ("square", "mean"): (F(10, 3), (F(25, 36), F(74, 81), F(941, 324)), F(731, 162)),
    ("square", "optimal"): (F(148, 33), (F(4469, 4356), F(1130, 1089), F(793, 484)), F(733, 198)),
    ("square", "optimal_per_coordinate"): (
        (F(10, 3), F(11, 3), F(118, 15)), (F(25, 36), F(8, 9), F(1, 20)), F(49, 30)
    ),
}  # fmt: skip


def as_floats(x):
    return np.array(x if isinstance(x, tuple) else (x,), dtype=float)


def product(seed, shape=(2, 3), spread=0.8):
    """f with interactions of every order over a product of categoricals, not smooth anywhere, and logits."""
    random = np.random.default_rng(seed)
    w = mnp.asarray(random.normal(size=(math.prod(shape), 5)))
    logits = mnp.asarray(spread * random.normal(size=shape))
    return lambda x: mnp.sum(mnp.floor(3.0 * mnp.sin(mnp.reshape(x, (x.shape[0], -1)) @ w)), axis=-1), logits


@pytest.mark.parametrize(("name", "baseline"), VARIANCES)
def test_baselines_and_variances_are_the_rationals(name, baseline):
    """Three ways: the formula over expectations, every draw of the estimator itself, and rationals by hand."""
    f, logits = toy(name)
    b, variances, trace = VARIANCES[name, baseline]
    assert sum(variances) == trace
    if baseline != "none":
        assert_allclose(np.ravel(mg.to_numpy(exact_baseline(baseline, f, logits))), as_floats(b), rtol=16 * EPS)
    noise, weights = noise_of_all(logits)
    for given in (baseline, mnp.asarray(as_floats(b)) if baseline != "none" else 0):
        stated = mg.to_numpy(score_function_variance(f, logits, given))
        assert_allclose(stated, as_floats(variances), rtol=1e-13)
        mean, variance = moments(reinforce(f, logits, noise=noise, baseline=given), weights)
        assert_allclose(mean, TOYS[name][2], atol=64 * EPS)
        assert_allclose(variance, as_floats(variances), rtol=1e-13)


@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("baseline", [*BASELINES, 0.7])
def test_the_expectation_over_all_draws_is_the_gradient(baseline, samples):
    """Of every baseline but the batch mean, which shrinks it by 1 - 1/n exactly."""
    f, logits = toy("cubic")
    if samples == 1 and str(baseline).startswith("leave_one_out"):
        return
    noise, weights = noise_of_all(logits, samples)
    mean, _ = moments(reinforce(f, logits, noise=noise, baseline=baseline), weights)
    shrunk = 1 - 1 / samples if baseline == "batch_mean" else 1
    assert_allclose(mean, shrunk * np.array(TOYS["cubic"][2]), rtol=0, atol=2e-14)


@pytest.mark.parametrize("baseline", [*BASELINES, "array"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_products_of_categoricals(baseline, seed):
    """Two 3-way variables, 9 states, all 81 pairs of draws; f is a black box."""
    f, logits = product(seed)
    exact = mg.to_numpy(expectation_gradient(f, logits))
    given = mnp.asarray(np.random.default_rng(seed).normal(size=(2, 1))) if baseline == "array" else baseline
    noise, weights = noise_of_all(logits, 2)
    mean, variance = moments(reinforce(f, logits, noise=noise, baseline=given), weights)
    assert_allclose(mean, exact * (0.5 if baseline == "batch_mean" else 1.0), rtol=0, atol=1e-14)
    if baseline in ("none", "mean", "optimal", "optimal_per_coordinate", "array"):
        one = mg.to_numpy(score_function_variance(f, logits, given))
        assert_allclose(variance, one / 2, rtol=1e-12)


def test_better_baselines_have_less_variance():
    for seed in range(5):
        f, logits = product(seed)
        trace = {b: float(mg.to_numpy(mnp.sum(score_function_variance(f, logits, b)))) for b in ("none", "mean")}
        for b in ("optimal", "optimal_per_coordinate"):
            trace[b] = float(mg.to_numpy(mnp.sum(score_function_variance(f, logits, b))))
        assert trace["optimal_per_coordinate"] <= trace["optimal"] * (1 + 1e-12)
        assert trace["optimal"] <= min(trace["mean"], trace["none"]) * (1 + 1e-12)
        b = exact_baseline("optimal", f, logits)  # a stationary point of the variance in b, and a minimum
        slope = mg.grad(lambda b, f=f, logits=logits: mnp.sum(score_function_variance(f, logits, b)))(b)
        assert abs(float(mg.to_numpy(slope))) < 1e-12 * trace["none"]


def test_shape_and_noise_ask_for_many_estimates_at_once():
    f, logits = product(7)
    noise = generator(5, host=True).gumbel((4, 5, 3, 2, 3))
    together = mg.to_numpy(reinforce(f, logits, noise=noise, baseline="leave_one_out"))
    drawn = reinforce(f, logits, generator(5, host=True), samples=3, shape=(4, 5), baseline="leave_one_out")
    assert together.shape == (4, 5, 2, 3) and (mg.to_numpy(drawn) == together).all()
    for i in range(4):
        for j in range(5):
            one = reinforce(f, logits, noise=noise[i, j, ...], baseline="leave_one_out")
            assert_allclose(mg.to_numpy(one), together[i, j], rtol=0, atol=1e-14)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sampled_it_is_unbiased_within_four_standard_errors(seed):
    f, logits = product(seed, (3, 4))
    truth = mg.to_numpy(expectation_gradient(f, logits))
    for baseline in ("none", "leave_one_out", "leave_one_out_optimal"):
        estimates = mg.to_numpy(
            reinforce(f, logits, generator(seed, host=True), samples=3, baseline=baseline, shape=20_000)
        )
        error = np.sqrt(estimates.var(0).sum() / 20_000)
        assert np.linalg.norm(estimates.mean(0) - truth) < 4 * error


def test_impossible_symbols_have_no_gradient():
    logits = mnp.asarray([0.0, -math.inf, 1.0])
    f = lambda x: x @ mnp.asarray([1.0, 100.0, 3.0])
    for baseline in ("none", "leave_one_out", "optimal", "optimal_per_coordinate"):
        estimate = reinforce(f, logits, generator(0, host=True), samples=50, baseline=baseline)
        assert float(mg.to_numpy(estimate[1])) == 0.0 and np.isfinite(mg.to_numpy(estimate)).all()


def test_one_symbol_is_certain():
    for baseline in BASELINES:
        estimate = reinforce(lambda x: x[:, 0], mnp.zeros((1,)), generator(0), samples=2, baseline=baseline)
        assert_allclose(mg.to_numpy(estimate), [0.0], atol=0)


@pytest.mark.parametrize("baseline", BASELINES)
def test_float32_stays_float32(baseline):
    f, logits = toy("square", "float32")
    noise, weights = noise_of_all(logits, 2)
    estimate = reinforce(f, logits, noise=noise, baseline=baseline)
    assert str(estimate.dtype).endswith("float32")
    shrunk = 0.5 if baseline == "batch_mean" else 1.0
    assert_allclose(moments(estimate, weights)[0], shrunk * np.array(TOYS["square"][2]), atol=5e-6)


@pytest.mark.parametrize("baseline", BASELINES)
def test_compiled_with_noise_it_is_the_same_and_draws_are_refused(baseline):
    f, logits = toy("square")
    compiled = mg.compile(lambda logits, noise: reinforce(f, logits, noise=noise, baseline=baseline))
    for seed in (0, 1):
        noise = generator(seed, host=True).gumbel((6, 3))
        plain = reinforce(f, logits, noise=noise, baseline=baseline)
        assert_allclose(mg.to_numpy(compiled(logits, noise)), mg.to_numpy(plain), atol=1e-14)
    rng = generator(0)
    with pytest.raises(DrawnWhileRecording):
        mg.compile(lambda logits: reinforce(f, logits, rng, samples=2))(logits)


# -- as a loss -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", ["none", "leave_one_out", "batch_mean", 2.5])
def test_the_surrogate_has_the_estimate_as_its_gradient(baseline):
    f, logits = product(3)
    noise = generator(1, host=True).gumbel((7, 2, 3))
    x = mnp.astype(mnp.expand_dims(mnp.argmax(logits + noise, axis=-1), -1) == mnp.arange(3), "float64")

    def loss(logits):
        log_probability = mnp.sum(x * mnp.log_softmax(logits), axis=(-2, -1))
        return score_function_surrogate(log_probability, f(x), baseline)

    estimate = reinforce(f, logits, noise=noise, baseline=baseline)
    assert_allclose(mg.to_numpy(mg.grad(loss)(logits)), mg.to_numpy(estimate), atol=1e-14)


def test_a_learned_baseline_learns_the_mean_of_its_context_and_nothing_flows_into_it():
    """NVIL: b(context) minimises (reward - b)^2; the surrogate leaves it alone, and the loss the rewards."""
    reward, context = mnp.asarray([1.0, 3.0, 10.0, 20.0]), mnp.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    b, step = mnp.zeros((2,)), mg.grad(lambda b: baseline_loss(reward, context @ b))
    for _ in range(100):
        b = b - 0.5 * step(b)
    assert_allclose(mg.to_numpy(b), [2.0, 15.0], atol=1e-9)
    log_p = mnp.asarray([-1.0, -2.0, -3.0, -4.0])
    into_baseline = mg.grad(lambda b: score_function_surrogate(log_p, reward, context @ b))(b)
    into_reward = mg.grad(lambda r: score_function_surrogate(log_p, r, None) + baseline_loss(r, context @ b))(reward)
    assert not mg.to_numpy(into_baseline).any() and not mg.to_numpy(into_reward).any()
    into_log_p = mg.grad(lambda at: score_function_surrogate(at, reward, context @ b))(log_p)
    assert_allclose(mg.to_numpy(into_log_p), np.array([-1.0, 1.0, -5.0, 5.0]) / 4, atol=1e-9)


def test_a_softmax_trained_by_the_surrogate_finds_the_best_symbol():
    logits, rng = mnp.zeros((3,)), generator(0, host=True)
    reward = mnp.asarray(A)

    def loss(logits, x):
        log_probability = mnp.sum(x * mnp.log_softmax(logits), axis=-1)
        return -score_function_surrogate(log_probability, x @ reward, "leave_one_out")

    for _ in range(200):
        x = mnp.astype(mnp.expand_dims(rng.categorical(logits, 16), -1) == mnp.arange(3), "float64")
        logits = logits - mg.grad(loss)(logits, x)
    assert float(mg.to_numpy(mnp.softmax(logits)[2])) > 0.95


# -- what is refused -------------------------------------------------------------------------------------------


def test_what_is_refused():
    f, logits = toy("linear")
    rng = generator(0)
    with pytest.raises(ValueError, match=r"no baseline is called 'best'; there are none, leave_one_out, "):
        reinforce(f, logits, rng, baseline="best")
    for baseline in ("leave_one_out", "leave_one_out_optimal"):
        with pytest.raises(ValueError, match="needs samples >= 2, not 1"):
            reinforce(f, logits, rng, baseline=baseline)
    with pytest.raises(ValueError, match=r"broadcasts against the logits' shape \(3,\), and it has shape \(2,\)"):
        reinforce(f, logits, rng, baseline=mnp.zeros(2))
    with pytest.raises(ValueError, match="samples must be a positive integer, and is 0"):
        reinforce(f, logits, rng, samples=0)
    with pytest.raises(ValueError, match=r"samples must be a positive integer, and is 1\.5"):
        reinforce(f, logits, rng, samples=1.5)
    with pytest.raises(ValueError, match=r"exactly one of rng and noise.*neither was given"):
        reinforce(f, logits)
    with pytest.raises(ValueError, match=r"exactly one of rng and noise.*both were given"):
        reinforce(f, logits, rng, noise=mnp.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"noise of shape \(\.\.\., samples, 3\) for logits of shape \(3,\)"):
        reinforce(f, logits, noise=mnp.zeros((3,)))
    with pytest.raises(ValueError, match="noise for 2 samples and samples=3"):
        reinforce(f, logits, noise=mnp.zeros((2, 3)), samples=3)
    with pytest.raises(TypeError, match="generator"):
        reinforce(f, logits, 0.5)
    with pytest.raises(ValueError, match=r"f must return a number for each, shape \(4,\)"):
        reinforce(lambda x: x, logits, rng, samples=4)
    for wrong in ([math.nan, 0.0, 1.0], [-math.inf] * 3, [math.inf, 0.0, 0.0]):
        with pytest.raises(ValueError, match="no distribution"):
            reinforce(f, mnp.asarray(wrong), rng)
    with pytest.raises(TypeError, match="floating-point"):
        reinforce(f, mnp.asarray([1, 2, 3]), rng)
    with pytest.raises(ValueError, match="empty alphabet"):
        reinforce(f, mnp.zeros((2, 0)), rng)
    with pytest.raises(ValueError, match="exact baselines are"):
        exact_baseline("leave_one_out", f, logits)
    with pytest.raises(ValueError, match="both hold one number a sample"):
        score_function_surrogate(mnp.zeros((4, 2)), mnp.zeros(4))
    with pytest.raises(ValueError, match="no baseline of a surrogate is called 'optimal'"):
        score_function_surrogate(mnp.zeros(4), mnp.zeros(4), "optimal")
    with pytest.raises(ValueError, match="needs 2 samples or more"):
        score_function_surrogate(mnp.zeros(1), mnp.zeros(1), "leave_one_out")
    with pytest.raises(ValueError, match="does not broadcast against rewards"):
        score_function_surrogate(mnp.zeros(4), mnp.zeros(4), mnp.zeros((3, 1)))
