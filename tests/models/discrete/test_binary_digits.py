"""Digits in black and white: pixels, the law given the noise, and REINFORCE against the exact gradient of its law."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.metrics import digit_coverage, digit_judge
from minigan.models import fit_of
from minigan.models.discrete.binary_digits import (
    ESTIMATORS,
    LATENT,
    PIXELS,
    SETTINGS,
    binary_digits,
    pixel_generator,
    pixels,
)
from minigan.random import generator


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_each_estimator_trains_makes_pixels_and_is_judged(estimator):
    system = binary_digits(estimator=estimator, batch=16)
    trained = system.train(3)
    x = mg.to_numpy(system.sample(trained.state, 50, generator(3)))
    assert x.shape == (50, PIXELS) and set(np.unique(x)) == {-1.0, 1.0} and x.dtype == np.float32
    assert_array_equal(x, mg.to_numpy(pixels(fit_of(system, trained), 50, generator(3))))
    measured = system.measured(trained)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured == system.measured(trained)
    assert {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(trained.state)} == {"float32"}


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_real_ones_are_black_and_white_whatever_is_trained_on(estimator):
    """The embedding's are blurred for D, and drawn beside the samples as they are."""
    system = binary_digits(estimator=estimator)
    assert set(np.unique(mg.to_numpy(system.real(generator(0), 50)))) == {-1.0, 1.0}
    rng = generator(0)
    (real, _, _), _ = system.learner.draw(rng, system.learner.init(rng))
    assert real.shape == (SETTINGS[estimator].batch, PIXELS)
    assert (set(np.unique(mg.to_numpy(real))) == {-1.0, 1.0}) == (estimator != "embedding")


def test_reinforce_has_the_exact_gradient_as_mean_where_the_cost_is_linear():
    """With D(x) linear in x and the cost linear in D, E cost = -a tanh(logit / 2), pixel by pixel."""
    layer, rng = pixel_generator("reinforce"), generator(0, host=True)
    params = layer.init(rng, (None, LATENT + PIXELS))
    a = rng.standard_normal((PIXELS, 1))
    z = rng.standard_normal((1, LATENT))
    network = pixel_generator("embedding")  # the same parameters: its outputs are tanh of the logits

    class Linear:
        generator_costs = staticmethod(mnp.negative)

    def exact(params):
        logits = mnp.atanh(network.apply(params, mnp.concatenate([z, mnp.zeros((1, PIXELS))], 1)))
        return -mnp.sum(mnp.tanh(0.5 * logits) @ a)

    gradient = mg.compile(mg.grad(lambda params, noise: layer.estimated_cost(params, noise, lambda x: x @ a, Linear)))
    found = []
    for _ in range(300):
        many = mnp.broadcast_to(z, (64, LATENT))
        noise = mnp.concatenate([many, rng.gumbel((64, PIXELS)) - rng.gumbel((64, PIXELS))], 1)
        found.append(mg.to_numpy(gradient(params, noise)[-1]["bias"]))
    found = np.stack(found)
    stated = mg.to_numpy(mg.grad(exact)(params)[-1]["bias"])
    # 64 coordinates: beyond 4.5 standard errors once in 2,000 runs
    assert (abs(found.mean(0) - stated) / (found.std(0) / np.sqrt(len(found)))).max() < 4.5


def test_the_judge_of_black_and_white_knows_real_ones():
    from minigan.data import binary_digits as real_digits

    assert digit_judge(True).accuracy > 0.95
    found = digit_coverage(real_digits().images, binary=True)
    assert found["classes_covered"] == 10 and found["clear_share"] > 0.95
    assert_allclose(sum(found["class_shares"]), 1.0, atol=1e-3)


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match=r"--estimator cannot be 'rebar'.*gumbel, reinforce"):
        binary_digits(estimator="rebar")
