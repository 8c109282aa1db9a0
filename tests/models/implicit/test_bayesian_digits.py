"""The Bayesian GAN on digits: its game beside the formula, its measures on generators that are known."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.data import digits
from minigan.models.implicit.bayesian_digits import Spread, bayesian_digits, class_shares, spread, variation
from minigan.models.implicit.many_generators import Networks
from minigan.random import generator


def literally(params, i, x, bounded):
    """Network ``i``, with two hidden layers where it has a third weight."""
    names = ["first", "second", "third"] if "third_weight" in params else ["first", "second"]
    for name in names:
        x = x @ params[f"{name}_weight"][i] + params[f"{name}_bias"][i]
        if name != names[-1]:
            x = np.where(x > 0.0, x, 0.2 * x)
    return np.tanh(x) if bounded else x


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("bounded", [False, True])
def test_networks_of_any_depth_are_as_each_alone(depth, bounded):
    nets = Networks(3, 4, 5, 2, depth, bounded)
    params = {key: mg.to_numpy(leaf) for key, leaf in nets.init(generator(0)).items()}
    assert len(params) == 2 * (depth + 1)
    x = np.random.default_rng(1).standard_normal((3, 6, 4)).astype("float32")
    found = mg.to_numpy(nets.apply({key: mnp.asarray(leaf) for key, leaf in params.items()}, mnp.asarray(x)))
    for i in range(3):
        assert_allclose(found[i], literally(params, i, x[i], bounded), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shared", [False, True])
def test_losses_are_minus_log_posteriors_over_the_examples(shared):
    """Each pair's terms, summed over pairs; or one D that sees all samples as one, and each G's."""
    made = bayesian_digits(generators=2, hidden=6, batch=5, prior=0.5, observed=50, shared=shared, lr=1e-9)
    rng = generator(0)
    state = made.learner.init(rng)
    batch = made.learner.draw(rng, state)
    _, metrics = made.learner.step(state, batch)
    (real, z), _ = batch
    weights = {who: {k: mg.to_numpy(v).astype(float) for k, v in p.items()} for who, p in state.parameters.items()}
    d, g = weights["discriminator"], weights["generator"]

    def log_d(x, i):
        return -np.logaddexp(0.0, -literally(d, 0 if shared else i, x, False))

    def log_not_d(x, i):
        return -np.logaddexp(0.0, literally(d, 0 if shared else i, x, False))

    fakes = [literally(g, i, mg.to_numpy(z)[i], True) for i in range(2)]
    reals = [mg.to_numpy(one) for one in mg.to_numpy(real)]
    prior = {who: sum(-0.5 * (leaf**2).sum() / 0.5**2 for leaf in p.values()) / 50 for who, p in weights.items()}
    if shared:
        of_d = log_d(reals[0], 0).mean() + np.concatenate([log_not_d(one, 0) for one in fakes]).mean()
    else:
        of_d = sum(log_d(reals[i], i).mean() + log_not_d(fakes[i], i).mean() for i in range(2))
    of_g = sum(log_d(fakes[i], i).mean() for i in range(2))
    assert float(metrics["discriminator_loss"]) == pytest.approx(-of_d - prior["discriminator"], rel=1e-4)
    assert float(metrics["generator_loss"]) == pytest.approx(-of_g - prior["generator"], rel=1e-4)


def test_every_generator_has_its_share_of_the_samples():
    made = bayesian_digits(generators=3, hidden=8, batch=4)
    state = made.train(1).state
    each = mg.to_numpy(made.parts["generators"].each(state, 4, generator(3)))
    union = mg.to_numpy(made.sample(state, 10, generator(3)))
    assert union.shape == (10, 64) and abs(union).max() <= 1.0
    for i, row in enumerate(union):
        assert_array_equal(row, each[i % 3, i // 3])


def test_class_shares_of_real_digits_are_those_of_their_labels():
    images, labels = (mg.to_numpy(one) for one in digits())
    samples = np.stack([images[labels < 5][:300], images[labels >= 5][:300], images[:300]])
    found = class_shares(samples)
    stated = [np.bincount(part[:300], minlength=10) / 300 for part in (labels[labels < 5], labels[labels >= 5], labels)]
    assert_allclose(found, stated, atol=0.01)
    assert variation(found[0], found[1]) > 0.98 and variation(found[0], found[0]) == 0.0


def test_the_spread_is_of_pairs_and_what_one_has_within_is_chance():
    """Three laws of N(m, 1), a unit apart: between them the mean of |m - m'|, within one what two means differ by."""
    rng = np.random.default_rng(0)
    first, second = (np.arange(3.0)[:, None] + rng.standard_normal((3, 4000)) for _ in "ab")
    found = spread(first, second, lambda a, b: abs(a.mean() - b.mean()))
    assert found.between == pytest.approx(4.0 / 3.0, abs=0.1)
    assert 0.0 < found.within < 4.0 * math.sqrt(2.0 / 4000)
    alone = spread(first[:1], second[:1], lambda a, b: 1.0)
    assert math.isnan(alone.between) and alone.within == 1.0
    assert isinstance(found, Spread)


def test_one_generator_has_no_other_and_an_untrained_one_has_collapsed():
    made = bayesian_digits(generators=1, hidden=8, batch=4)
    trained = made.train(0)
    found = made.measured(trained)
    assert found["frechet_distance_between_generators"] is None
    assert found["frechet_distance_within_a_generator"] < 1.0 and found["collapsed"] is True
    columns, rows, _ = made.told(trained)
    assert [row[0] for row in rows] == ["1", "all"] and len(columns) == len(rows[0])
