"""The biased estimators have exactly the bias that is known of them."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.discrete import gumbel_softmax_gradient, straight_through_gradient
from minigan.random import DrawnWhileRecording, generator
from tests.discrete.exactly import TOYS, moments, noise_of_all, toy

# E of the straight-through estimate, J^T E_k[f'(e_k)], and its bias
THROUGH = {
    "linear": ((-1 / 3, 1 / 9, 2 / 9), (0, 0, 0)),
    "square": ((-10 / 9, 10 / 27, 20 / 27), (1 / 18, 4 / 27, -11 / 54)),
    "coordinatewise": ((-1 / 18, 2 / 27, -1 / 54), (5 / 18, -1 / 27, -13 / 54)),
    "shifted square": ((2 / 9, -2 / 27, -4 / 27), (1 / 18, 4 / 27, -11 / 54)),
    "cubic": ((-10 / 3, 10 / 9, 20 / 9), (0, 1, -1)),
}
# d/dl E Y of two symbols, Y relaxed at a temperature, logits (l, 0); p(1 - p) is true
TEMPERATURES = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
SLOPES = {
    0.0: (0.247989229189, 0.238634123176, 0.214601836603, 1 / 6, 0.107300918301, 0.0484854295153),
    float(np.log(4.0)): (
        0.160084189678, 0.159993371435, 0.156472674085, 0.137995823052, 0.098951147032, 0.0476411666335,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", THROUGH)
@pytest.mark.parametrize("samples", [1, 2])
def test_straight_through_over_all_draws(name, samples):
    f, logits = toy(name)
    noise, weights = noise_of_all(logits, samples)
    mean, _ = moments(straight_through_gradient(f, logits, noise=noise), weights)
    stated, bias = THROUGH[name]
    assert_allclose(mean, stated, rtol=0, atol=1e-14)
    assert_allclose(mean - np.array(TOYS[name][2]), bias, rtol=0, atol=1e-14)


def nodes_for(logit, step=0.02):
    """Noise for logits (l, 0) whose difference, which is logistic, runs over the nodes of the trapezoidal rule.

    What is integrated is analytic in a strip of half-width pi min(t, 1), so the error is exp(-2 pi^2 t / step).
    """
    difference = np.arange(-45.0, 45.0, step)
    weights = step / (2 * np.cosh(difference / 2)) ** 2
    return np.stack([difference, np.zeros_like(difference)], -1)[:, None, :], weights


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("logit", SLOPES)
def test_the_slope_of_a_relaxed_mean_is_not_that_of_the_law(logit, hard):
    """Linear f: hard or soft makes no difference, and the integral over the noise is the slope of E Y."""
    noise, weights = nodes_for(logit)
    logits, first = mnp.asarray([logit, 0.0]), mnp.asarray([1.0, 0.0])
    for temperature, slope in zip(TEMPERATURES, SLOPES[logit]):
        estimates = gumbel_softmax_gradient(
            lambda x: x @ first, logits, temperature=temperature, hard=hard, noise=mnp.asarray(noise)
        )
        mean, _ = moments(estimates, weights)
        assert_allclose(mean, [slope, -slope], rtol=0, atol=2e-12)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_relaxed_gradient_is_that_of_the_relaxed_expectation(temperature):
    """Against a difference quotient of E f(softmax((l + G) / t)), by the same quadrature."""
    noise, weights = nodes_for(0.4)
    f = lambda x: mnp.exp(x @ mnp.asarray([1.0, -0.5]))

    def relaxed(logit):
        soft = 1 / (1 + np.exp(-(logit + noise[:, 0, 0]) / temperature))
        return weights @ np.exp(1.5 * soft - 0.5)

    logits = mnp.asarray([0.4, 0.0])
    estimates = gumbel_softmax_gradient(f, logits, temperature=temperature, noise=mnp.asarray(noise))
    quotient = (relaxed(0.4 + 1e-5) - relaxed(0.4 - 1e-5)) / 2e-5
    assert_allclose(moments(estimates, weights)[0], [quotient, -quotient], atol=1e-9)  # h^2 / 6 and eps / h


def test_bias_falls_and_variance_rises_with_the_temperature():
    """Square of a linear f over two even symbols, by quadrature."""
    logits, f = mnp.zeros((2,)), lambda x: mnp.square(x @ mnp.asarray([1.0, 3.0]))
    noise, weights = nodes_for(0.0)
    truth = 0.25 * (1.0 - 9.0)
    found = [
        moments(gumbel_softmax_gradient(f, logits, temperature=t, noise=mnp.asarray(noise)), weights)
        for t in (2.0, 1.0, 0.5, 0.25, 0.1)
    ]
    biases, variances = [abs(mean[0] - truth) for mean, _ in found], [variance.sum() for _, variance in found]
    assert all(later < 0.8 * before for before, later in itertools.pairwise(biases))
    assert all(later > 1.2 * before for before, later in itertools.pairwise(variances))


@pytest.mark.parametrize(
    "estimator",
    [
        straight_through_gradient,
        lambda f, logits, **given: gumbel_softmax_gradient(f, logits, temperature=0.7, **given),
        lambda f, logits, **given: gumbel_softmax_gradient(f, logits, temperature=0.7, hard=True, **given),
    ],
)
def test_leading_axes_dtypes_and_compile(estimator):
    f = lambda x: mnp.sum(mnp.square(mnp.sum(mnp.tanh(x * x), axis=-1) - 0.3), axis=-1)
    logits = mnp.asarray(np.random.default_rng(0).normal(size=(2, 3)))
    noise = generator(1, host=True).gumbel((4, 5, 2, 3))
    together = mg.to_numpy(estimator(f, logits, noise=noise))
    for i in range(4):
        assert_allclose(mg.to_numpy(estimator(f, logits, noise=noise[i, ...])), together[i], rtol=0, atol=1e-14)
    compiled = mg.compile(lambda logits, noise: estimator(f, logits, noise=noise))
    assert_allclose(mg.to_numpy(compiled(logits, noise)), together, rtol=0, atol=1e-14)
    single = estimator(f, mnp.astype(logits, "float32"), noise=noise)
    assert str(single.dtype).endswith("float32")
    assert_allclose(mg.to_numpy(single), together, rtol=0, atol=1e-5)
    rng = generator(0)
    with pytest.raises(DrawnWhileRecording):
        mg.compile(lambda logits: estimator(f, logits, rng=rng, samples=2))(logits)


def test_what_is_refused():
    f, logits = toy("linear")
    with pytest.raises(ValueError, match="temperature is a finite number >= 0"):
        gumbel_softmax_gradient(f, logits, generator(0), temperature=-1.0)
    for estimator in (gumbel_softmax_gradient, straight_through_gradient):
        with pytest.raises(ValueError, match="samples must be a positive integer"):
            estimator(f, logits, generator(0), samples=0)
        with pytest.raises(ValueError, match="exactly one of rng and noise"):
            estimator(f, logits)
        with pytest.raises(ValueError, match="no distribution"):
            estimator(f, mnp.asarray([np.nan, 0.0]), generator(0))
