"""The Concrete law: exact means and slopes, the argmax law at every temperature, both limits, every derivative."""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.backend import dtype_name
from minigan.discrete import (
    binary_concrete,
    gumbel,
    gumbel_max,
    gumbel_softmax,
    log_gumbel_softmax,
    logistic,
)
from minigan.random import DrawnWhileRecording, generator

from .laws import arrays, distribution_fits, frequencies_fit, one_program

SEEDS = (0, 1, 2)
DTYPES = ("float64", "float32")
TEMPERATURES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 20.0)

# E X_1 of two categories with weights 1 : 3, 4 : 1 and 1 : 1, by quadrature to 12 digits; at temperature 1 it is
# r (r - 1 - log r) / (r - 1)^2
MEANS = {
    1 / 3: "0.250384151099 0.251520369476 0.25886933126 0.279240906471 0.323959216501 0.384097576669 0.44692885061 "
    "0.486298846189",
    4.0: "0.799606259475 0.798437463164 0.79074525113 0.768559307779 0.717202506169 0.644815979348 0.566823179002 "
    "0.517286373392",
    1.0: "0.5 " * 8,
}
MEANS = {ratio: [float(mean) for mean in means.split()] for ratio, means in MEANS.items()}
# d/dl E X_1 at a = 0 and a = log 4, which the hard sample's gradient has in the mean; the categorical one is p (1 - p)
SLOPES = {
    0.1: (0.247989229189, 0.160084189678),
    0.25: (0.238634123176, 0.159993371435),
    0.5: (0.214601836603, 0.156472674085),
    1.0: (0.166666666667, 0.137995823052),
    2.0: (0.107300918301, 0.098951147032),
    5.0: (0.0484854295153, 0.0476411666335),
}


def quadrature(step=0.01, reach=45.0):
    """Gumbel noise of two categories, its difference L on a grid, and the weights of an expectation over L.

    The trapezoidal rule under the logistic density: what is cut off weighs e^-45, and its error for sigmoid(L / t) is
    exp(-2 pi^2 t / step), with the nearest pole pi t off the axis: 1e-42 at t = 0.05.
    """
    x = np.arange(-reach, reach + step / 2, step)
    weights = step * np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2
    return mnp.asarray(np.stack([x, np.zeros_like(x)], -1)), mnp.asarray(weights)


NOISE = np.random.default_rng(0).gumbel(size=(2, 3, 4))


def exactly(logits, noise, temperature):
    """softmax((logits + noise) / temperature) at 50 digits, rounded."""
    with mp.workdps(50):
        terms = [mp.exp((mp.mpf(float(a)) + mp.mpf(float(g))) / temperature) for a, g in zip(logits, noise)]
        return [float(t / mp.fsum(terms)) for t in terms]


@pytest.mark.parametrize("ratio", MEANS)
def test_means_of_two_categories(ratio):
    logits, (noise, weights) = mnp.asarray(np.array([math.log(ratio), 0.0])), quadrature()
    for temperature, expected in zip(TEMPERATURES, MEANS[ratio]):
        mean = mnp.sum(weights * gumbel_softmax(logits, temperature, noise=noise)[..., 0])
        assert float(mg.to_numpy(mean)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_means_of_drawn_samples(seed):
    """Within five standard errors, in float32, of samples that the function drew itself."""
    n = 100_000
    for ratio, means in MEANS.items():
        logits = mnp.broadcast_to(mnp.asarray(np.array([math.log(ratio), 0.0], np.float32)), (n, 2))
        for temperature, expected in list(zip(TEMPERATURES, means))[::3]:
            x = mg.to_numpy(gumbel_softmax(logits, temperature, generator(seed)))[:, 0].astype(float)
            assert abs(x.mean() - expected) < 5 * x.std() / math.sqrt(n) + 1e-6


@pytest.mark.parametrize("temperature", SLOPES)
def test_the_hard_sample_has_the_slope_of_the_soft_mean_and_not_the_categorical_one(temperature):
    noise, weights = quadrature()

    def mean(logit):
        x = gumbel_softmax(mnp.stack([logit, 0.0 * logit]), temperature, noise=noise, hard=True)
        return mnp.sum(weights * x[:, 0])

    for logit, expected in zip((0.0, math.log(4.0)), SLOPES[temperature]):
        value, slope = mg.value_and_grad(mean)(mnp.asarray(logit))
        assert float(mg.to_numpy(value)) == pytest.approx(1 / (1 + math.exp(-logit)), abs=5e-3)  # a step on the grid
        assert float(mg.to_numpy(slope)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_the_argmax_law_is_that_of_the_logits_at_every_temperature(temperature, dtype):
    """In float32 ties among underflowed coordinates do not occur: the largest is at least 1/n."""
    p = np.array([0.5, 0.3, 0.15, 0.05])
    logits = mnp.broadcast_to(mnp.asarray(np.log(p).astype(dtype)), (40_000, 4))
    for seed in SEEDS:
        x = mg.to_numpy(gumbel_softmax(logits, temperature, generator(seed)))
        frequencies_fit(np.bincount(x.argmax(-1), minlength=4), p)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_two_categories_have_the_distribution_function_in_closed_form(temperature):
    """P(X_1 <= x) = sigmoid(t logit x - a)."""
    a = math.log(2.0)
    for seed in SEEDS:
        log_x = log_gumbel_softmax(
            mnp.broadcast_to(mnp.asarray(np.array([a, 0.0])), (20_000, 2)), temperature, generator(seed)
        )
        log_odds = mg.to_numpy(log_x[:, 0] - log_x[:, 1])
        distribution_fits(log_odds, lambda y: 1 / (1 + np.exp(a - temperature * y)))
        y = mg.to_numpy(binary_concrete(a * mnp.ones(20_000), 5.0, generator(seed)))
        distribution_fits(np.log(y) - np.log1p(-y), lambda y: 1 / (1 + np.exp(a - 5.0 * y)))


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=6),
    st.sampled_from((0.0, 1e-320, 1e-40, 1e-3, 0.1, 1.0, 7, 1e6)),
    st.sampled_from(DTYPES),
)
def test_a_sample_is_on_the_simplex_at_the_argmax_and_hard_is_one_hot(pairs, temperature, dtype):
    """Halves of integers, so that sums and ties are exact."""
    logits, noise = (mnp.asarray((np.array(x) / 2).astype(dtype)) for x in zip(*pairs))
    soft, hard = (mg.to_numpy(gumbel_softmax(logits, temperature, noise=noise, hard=h)) for h in (False, True))
    n, highest = len(pairs), (mg.to_numpy(logits) + mg.to_numpy(noise)).argmax()
    assert soft.dtype == hard.dtype == dtype
    assert abs(soft.sum() - 1) <= 8 * n * np.finfo(dtype).eps and (soft >= 0).all()
    assert soft[highest] == soft.max()
    assert_array_equal(hard, np.eye(n)[highest])
    assert int(mg.to_numpy(gumbel_max(logits, noise=noise))) == highest
    if temperature < {"float32": 1e-38, "float64": 1e-308}[dtype]:
        assert_array_equal(soft, hard)


def test_values_against_fifty_digits():
    logits = np.random.default_rng(1).standard_normal((2, 3, 4)) * 3
    for temperature in TEMPERATURES:
        x = mg.to_numpy(gumbel_softmax(mnp.asarray(logits), temperature, noise=mnp.asarray(NOISE)))
        log_x = mg.to_numpy(log_gumbel_softmax(mnp.asarray(logits), temperature, noise=mnp.asarray(NOISE)))
        expected = [exactly(a, g, temperature) for a, g in zip(logits.reshape(-1, 4), NOISE.reshape(-1, 4))]
        # the exponent, up to 300 in size, is rounded: so many eps relative to the value
        assert_allclose(x.reshape(-1, 4), expected, rtol=1e3 * np.finfo(float).eps)
        assert_allclose(log_x.reshape(-1, 4), np.log(expected), rtol=1e-14, atol=1e-15)


def test_ties_leave_a_single_one():
    hard = gumbel_softmax(mnp.zeros((3, 5)), 0.5, noise=mnp.zeros((3, 5)), hard=True)
    assert_array_equal(mg.to_numpy(hard), np.eye(5)[[0, 0, 0]])
    assert_array_equal(mg.to_numpy(binary_concrete(mnp.zeros(2), 0.5, noise=mnp.zeros(2), hard=True)), [0.0, 0.0])


@pytest.mark.parametrize("axis", [0, 1, 2, -3])
def test_any_axis_and_more_draws_in_front(axis):
    logits = np.random.default_rng(1).standard_normal((3, 4, 5))
    noise = np.random.default_rng(2).gumbel(size=(6, 3, 4, 5))
    for sample in (gumbel_softmax, log_gumbel_softmax, lambda *a, **k: gumbel_softmax(*a, hard=True, **k)):
        found = mg.to_numpy(sample(mnp.asarray(logits), 0.7, noise=mnp.asarray(noise), axis=axis))
        for draw in range(6):
            moved = [np.ascontiguousarray(np.moveaxis(x, axis, -1)) for x in (logits, noise[draw])]
            last = mg.to_numpy(sample(mnp.asarray(moved[0]), 0.7, noise=mnp.asarray(moved[1])))
            assert_allclose(np.moveaxis(found[draw], axis % 3, -1), last, rtol=1e-14)
    assert gumbel_softmax(mnp.zeros((0, 3)), 1.0, generator(0)).shape == (0, 3)
    drawn = gumbel_softmax(mnp.asarray(logits), 0.7, generator(5), axis=axis)
    again = gumbel_softmax(mnp.asarray(logits), 0.7, noise=gumbel(generator(5), (3, 4, 5)), axis=axis)
    assert_array_equal(mg.to_numpy(drawn), mg.to_numpy(again))
    drawn = binary_concrete(mnp.asarray(logits), 0.7, generator(5))
    again = binary_concrete(mnp.asarray(logits), 0.7, noise=logistic(generator(5), (3, 4, 5)))
    assert_array_equal(mg.to_numpy(drawn), mg.to_numpy(again))


def test_the_binary_form_is_the_first_of_two_categories():
    a, g = np.random.default_rng(3).standard_normal(50), np.random.default_rng(4).gumbel(size=(50, 2))
    for temperature in TEMPERATURES:
        two = gumbel_softmax(mnp.asarray(np.stack([a, 0 * a], -1)), temperature, noise=mnp.asarray(g))
        one = binary_concrete(mnp.asarray(a), temperature, noise=mnp.asarray(g[:, 0] - g[:, 1]))
        assert_allclose(mg.to_numpy(one), mg.to_numpy(two)[:, 0], rtol=1e-12)


# -- derivatives ---------------------------------------------------------------------------------------------

SAMPLERS = {
    "soft": lambda a, t, g: gumbel_softmax(a, t, noise=g),
    "soft, first axis": lambda a, t, g: gumbel_softmax(a, t, noise=g, axis=0),
    "log": lambda a, t, g: log_gumbel_softmax(a, t, noise=g),
    "binary": lambda a, t, g: binary_concrete(a, t, noise=g),
}


@pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)
def test_derivatives_to_second_order_in_logits_temperature_and_noise(sample):
    logits, noise = arrays(0, "float64", (2, 3), (4, 2, 3))
    mg.check_grads(sample, (logits, mnp.asarray(0.7), noise), order=2)


def test_hard_has_the_derivative_of_soft_to_the_bit():
    logits, noise, w = arrays(0, "float64", (2, 3), (4, 2, 3), (4, 2, 3))
    for sample in (gumbel_softmax, binary_concrete):
        value = lambda a, t, hard: mnp.sum(w * sample(a, t, noise=noise, hard=hard))  # noqa: B023
        for order in (mg.grad(value, argnums=(0, 1)), lambda a, t, hard: mg.hvp(lambda a: value(a, t, hard))(a, a)):  # noqa: B023
            for one, other in zip(*(mg.tree_leaves(order(logits, mnp.asarray(0.7), hard)) for hard in (False, True))):
                assert_array_equal(mg.to_numpy(one), mg.to_numpy(other))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("temperature", [1e-320, 1e-300, 1e-44, 1e-30, 1e-8, 1e-3, 1.0, 1e3, 1e30])
def test_no_nan_at_any_temperature_in_value_or_derivative(temperature, dtype):
    logits = mnp.asarray(np.array([-np.inf, -1e4, 0.0, 3.0, 1e4, 1e4]).astype(dtype))
    noise = mnp.asarray(np.array([5.0, -3.0, 0.5, 40.0, 0.0, 0.0]).astype(dtype))
    w = mnp.asarray(np.arange(6.0).astype(dtype))
    traced = mnp.asarray(np.array(temperature, dtype))
    with np.errstate(all="ignore"):
        for hard in (False, True):
            value = lambda a, t: mnp.sum(w * gumbel_softmax(a, t, noise=noise, hard=hard))  # noqa: B023
            known = mg.value_and_grad(value)(logits, temperature)
            both = mg.value_and_grad(value, argnums=(0, 1))(logits, traced)
            for x in mg.tree_leaves((known, both[0], both[1][0])):
                assert not np.isnan(mg.to_numpy(x)).any()
            if temperature > {"float32": 1e-15, "float64": 1e-100}[dtype]:  # 1 / t^2 is a number
                assert np.isfinite(mg.to_numpy(both[1][1])).all()
            assert_allclose(mg.to_numpy(known[0]), mg.to_numpy(both[0]), rtol=1e-6)
        one = mg.grad(lambda a: mnp.sum(binary_concrete(a, temperature, noise=noise)))(logits)
        assert not np.isnan(mg.to_numpy(one)).any()
        x = gumbel_softmax(logits, temperature, noise=noise)
        assert float(mg.to_numpy(x)[0]) == 0.0


@pytest.mark.parametrize("dtype", DTYPES)
def test_temperature_zero_is_the_limit_with_derivative_zero(dtype):
    logits, noise, w = arrays(0, dtype, (2, 3), (4, 2, 3), (4, 2, 3))
    moved = mg.to_numpy(logits) + mg.to_numpy(noise)
    expected = {gumbel_softmax: np.eye(3)[moved.argmax(-1)], binary_concrete: moved > 0}
    for sample, limit in expected.items():
        for zero in (0, 0.0, mnp.asarray(np.array(0.0, dtype))):
            for hard in (False, True):
                value, g = mg.value_and_grad(
                    lambda a, z: mnp.sum(w * sample(a, z, noise=noise, hard=hard))  # noqa: B023
                )(logits, zero)
                assert_allclose(mg.to_numpy(value), (limit * mg.to_numpy(w)).sum(), rtol=1e-6)
                assert (mg.to_numpy(g) == 0).all()
        one_program(lambda a, t: sample(a, t, noise=noise), logits, mnp.asarray(np.array(0.0, dtype)))  # noqa: B023
        compiled = mg.compile(lambda a, t: sample(a, t, noise=noise))(logits, mnp.asarray(np.array(0.0, dtype)))  # noqa: B023
        assert_array_equal(mg.to_numpy(compiled), limit)
    log_x = mg.to_numpy(log_gumbel_softmax(logits, 0.0, noise=noise))
    assert log_x.dtype == dtype
    assert_array_equal(np.exp(log_x), expected[gumbel_softmax])


def test_the_limit_is_approached():
    """n = 2, small t: p - (pi^2/6) t^2 p (1 - p) (2 p - 1) + O(t^4); large t: 1/n."""
    p, (noise, weights) = 0.8, quadrature()
    logits = mnp.asarray(np.log([p, 1 - p]))
    for t in (0.02, 0.04):
        mean = float(mg.to_numpy(mnp.sum(weights * gumbel_softmax(logits, t, noise=noise)[..., 0])))
        assert mean == pytest.approx(p - math.pi**2 / 6 * t**2 * p * (1 - p) * (2 * p - 1), abs=2 * t**4)
    assert_allclose(mg.to_numpy(gumbel_softmax(logits, 1e9, noise=noise)), 0.5, atol=1e-7)


# -- programs, dtypes, schedules -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hard", [False, True])
def test_within_a_program(dtype, hard):
    logits, noise, w = arrays(0, dtype, (2, 3), (4, 2, 3), (4, 2, 3))
    t = mnp.asarray(np.array(0.7, dtype))
    for sample in (
        lambda a, t, g: gumbel_softmax(a, t, noise=g, hard=hard),
        lambda a, t, g: gumbel_softmax(a, t, noise=g, hard=hard, axis=0),
        lambda a, t, g: gumbel_softmax(a, 0.3, noise=g, hard=hard) * t,
        lambda a, t, g: binary_concrete(a, t, noise=g, hard=hard),
        lambda a, t, g: log_gumbel_softmax(a, t, noise=g),
    ):
        loss = lambda a, t, g: mnp.sum(w * sample(a, t, g) ** 2)  # noqa: B023
        assert dtype_name(sample(logits, t, noise).dtype) == dtype
        one_program(sample, logits, t, noise)
        one_program(mg.value_and_grad(loss, argnums=(0, 1, 2)), logits, t, noise)
        one_program(lambda a, t, g: mg.hvp(lambda a: loss(a, t, g))(a, a), logits, t, noise)  # noqa: B023
    with pytest.raises(DrawnWhileRecording, match="pass them in as an argument"):
        mg.compile(lambda a: gumbel_softmax(a, 1.0, generator(0)))(logits)


def test_float32_stays_float32_whatever_the_temperature_and_noise_come_as():
    logits = mnp.zeros(3, dtype=mnp.float32)
    for temperature in (1, 0.5, np.float64(0.5), mnp.asarray(0.5), optim.cosine(2.0, 100, 0.1)(3)):
        for noise in (mnp.zeros(3), mnp.zeros(3, dtype=mnp.float32)):
            x = gumbel_softmax(logits, temperature, noise=noise)
            assert dtype_name(x.dtype) == "float32"
            g = mg.grad(lambda t, g: mnp.sum(gumbel_softmax(logits, t, noise=g)))(mnp.asarray(0.5), noise)
            assert dtype_name(g.dtype) == "float64"


def test_a_schedule_is_evaluated_at_the_step_inside_a_program():
    cooling = optim.exponential_decay(2.0, steps=10, rate=0.5)
    logits, noise = arrays(0, "float64", (3,), (3,))
    step = mg.compile(lambda a, g, n: gumbel_softmax(a, cooling(n), noise=g))
    for n in (0, 10, 40):
        expected = gumbel_softmax(logits, 2.0 * 0.5 ** (n / 10), noise=noise)
        assert_allclose(mg.to_numpy(step(logits, noise, mnp.asarray(float(n)))), mg.to_numpy(expected), rtol=1e-12)


def test_a_program_cannot_refuse_a_negative_temperature_and_says_nan():
    logits, noise = arrays(0, "float64", (3,), (3,))
    for sample in (gumbel_softmax, binary_concrete, log_gumbel_softmax):
        program = mg.compile(lambda a, t: sample(a, t, noise=noise))  # noqa: B023
        assert np.isfinite(mg.to_numpy(program(logits, mnp.asarray(0.5)))).all()
        with np.errstate(all="ignore"):
            assert np.isnan(mg.to_numpy(program(logits, mnp.asarray(-0.5)))).all()


LINE = np.zeros(3)


@pytest.mark.parametrize(
    ("logits", "temperature", "options", "error", "told"),
    [
        (LINE, -1.0, {}, ValueError, "temperature is a finite number >= 0, and was -1.0"),
        (LINE, math.nan, {}, ValueError, "finite number >= 0, and was nan"),
        (LINE, math.inf, {}, ValueError, "finite number >= 0, and was inf"),
        (LINE, np.array(-0.5), {}, ValueError, "and was -0.5"),
        (LINE, np.ones(3), {}, ValueError, r"one number, and was float64\[3\]"),
        (LINE, "cold", {}, TypeError, "is a number, and was 'cold'"),
        (LINE, True, {}, TypeError, "is a number, and was True"),
        (LINE, None, {}, TypeError, "is a number, and was None"),
        (LINE, optim.cosine(1.0, 10), {}, TypeError, r"temperature=schedule\(step\)"),
        (np.array([0.0, math.nan]), 1.0, {}, ValueError, "NaN, .inf, or nothing but -inf"),
        (np.full(3, -math.inf), 1.0, {}, ValueError, "nothing but -inf"),
        (np.array([[0.0, math.inf]]), 1.0, {}, ValueError, "no distribution"),
        (np.zeros((3, 0)), 1.0, {}, ValueError, "empty alphabet"),
        (np.zeros((3, 2)), 1.0, {"axis": 2}, ValueError, "no axis 2"),
        (np.zeros((3, 2)), 1.0, {"axis": None}, TypeError, "one integer, and was None"),
        (np.zeros(()), 1.0, {}, ValueError, "a single number"),
        (np.zeros(3, int), 1.0, {}, TypeError, "write 2.0 for 2"),
        (LINE, 1.0, {"noise": np.zeros(2)}, ValueError, r"shape \(2,\) does not fit logits of shape \(3,\)"),
        (LINE, 1.0, {"noise": np.zeros(3, int)}, TypeError, "noise must be floating-point"),
        (LINE, 1.0, {"rng": None}, ValueError, "neither was"),
        (LINE, 1.0, {"noise": LINE, "rng": 0}, ValueError, "both were"),
        (LINE, 1.0, {"rng": 0.5}, TypeError, "rng is a generator.*or a seed, and was 0.5"),
    ],
)
def test_what_is_refused(logits, temperature, options, error, told):
    array = lambda x: mnp.asarray(x) if isinstance(x, np.ndarray) else x
    options = {"rng": generator(0)} | options if "noise" not in options else options
    options = {name: array(x) for name, x in options.items()}
    for sample in (gumbel_softmax, log_gumbel_softmax):
        with pytest.raises(error, match=told):
            sample(array(logits), array(temperature), **options)


def test_values_are_refused_under_a_gradient_too():
    """A tracer of mg.grad has a value beneath it; one of mg.compile is for every value."""
    loss = lambda a, t: mnp.sum(gumbel_softmax(a, t, noise=mnp.zeros(2)))
    with pytest.raises(ValueError, match="no distribution"):
        mg.grad(loss)(mnp.array([0.0, math.nan]), 1.0)
    with pytest.raises(ValueError, match="and was -1"):
        mg.grad(loss, argnums=1)(mnp.zeros(2), mnp.asarray(-1.0))
    with pytest.raises(ValueError, match="and was -1"):
        mg.hessian(lambda t: loss(mnp.zeros(2), t))(mnp.asarray(-1.0))
    with pytest.raises(ValueError, match="and was -1"):
        mg.compile(lambda a: loss(a, -1.0))(mnp.zeros(2))


@pytest.mark.parametrize(
    ("logits", "temperature", "noise", "told"),
    [
        (np.array([math.nan]), 1.0, np.zeros(1), "NaN"),
        (LINE, -1.0, LINE, "and was -1"),
        (LINE, 1.0, np.zeros(2), "does not fit"),
        (LINE, 1.0, None, "neither was"),
        (LINE, 1.0, np.array([0.0, math.nan, 0.0]), "noise must be finite"),
    ],
)
def test_what_the_binary_form_refuses(logits, temperature, noise, told):
    with pytest.raises(ValueError, match=told):
        binary_concrete(mnp.asarray(logits), temperature, noise=noise if noise is None else mnp.asarray(noise))


def test_certain_switches():
    logits = mnp.asarray(np.array([-math.inf, math.inf]))
    for temperature in (0.0, 0.5, 3.0):
        x, g = mg.value_and_grad(
            lambda t: mnp.sum(binary_concrete(logits, t, noise=mnp.asarray(np.array([9.0, -9.0]))))
        )(mnp.asarray(temperature))
        assert float(mg.to_numpy(x)) == 1.0 and float(mg.to_numpy(g)) == 0.0
