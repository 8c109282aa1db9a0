"""Batch normalisation in training and after it, its derivatives, and its running statistics."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.random import generator


def some_params(width, seed=5):
    rng = np.random.default_rng(seed)
    names = ("scale", "shift", "mean", "var")
    return {name: mnp.asarray(rng.uniform(0.5, 2.0, width)) for name in names}


@pytest.mark.parametrize("leading", [(6,), (2, 3), (2, 2, 2)])
def test_training_and_inference_by_hand(leading):
    layer = nn.batch_norm(epsilon=0.1)
    params = some_params(3)
    x = generator(0).standard_normal((*leading, 3))
    host, p = mg.to_numpy(x), mg.to_numpy(params)
    axes = tuple(range(len(leading)))
    m, v = host.mean(axes), host.var(axes)
    assert_allclose(
        mg.to_numpy(layer.apply(params, x, train=True)),
        p["scale"] * (host - m) / np.sqrt(v + 0.1) + p["shift"],
        rtol=1e-12,
    )
    assert_allclose(
        mg.to_numpy(layer.apply(params, x)),
        p["scale"] * (host - p["mean"]) / np.sqrt(p["var"] + 0.1) + p["shift"],
        rtol=1e-12,
    )


def test_inference_takes_one_example_at_a_time_and_training_does_not():
    """In training an output depends on the whole batch; after it, on its own input alone."""
    layer, params = nn.batch_norm(), some_params(2)
    x = generator(0).standard_normal((4, 2))
    alone = mg.to_numpy(layer.apply(params, x[:1, ...]))
    assert_allclose(alone, mg.to_numpy(layer.apply(params, x))[:1], rtol=1e-15)
    two = mg.to_numpy(layer.apply(params, x[:2, ...], train=True))
    assert np.all(np.abs(two - mg.to_numpy(layer.apply(params, x, train=True))[:2]) > 1e-3)
    across = mg.to_numpy(mg.jacobian(lambda x: layer.apply(params, x, train=True))(x))
    within = mg.to_numpy(mg.jacobian(lambda x: layer.apply(params, x))(x))
    assert np.all(across[0, 0, :, 0] != 0.0)
    assert np.all(within[0, 0, 1:, :] == 0.0) and within[0, 0, 0, 0] != 0.0


def test_training_output_has_the_wanted_mean_and_scale_whatever_the_input():
    params = some_params(3)
    x = 50.0 + 7.0 * generator(0).standard_normal((40, 3))
    y = mg.to_numpy(nn.batch_norm(epsilon=0.0).apply(params, x, train=True))
    assert_allclose(y.mean(0), mg.to_numpy(params["shift"]), rtol=1e-12)
    assert_allclose(y.std(0), mg.to_numpy(params["scale"]), rtol=1e-12)


@pytest.mark.parametrize("train", [True, False])
def test_derivatives_go_through_the_batch_statistics(train):
    layer, params = nn.batch_norm(), some_params(2)

    def f(scale, shift, x):
        return layer.apply({**params, "scale": scale, "shift": shift}, x, train=train)

    mg.check_grads(f, (params["scale"], params["shift"], generator(0).standard_normal((4, 2))))


@pytest.mark.parametrize("train", [True, False])
def test_running_statistics_are_constants_to_every_derivative(train):
    layer, params = nn.batch_norm(), some_params(2)
    x = generator(0).standard_normal((4, 2))
    gradient = mg.to_numpy(mg.grad(lambda p: mnp.sum(layer.apply(p, x, train=train) ** 3))(params))
    assert_array_equal(gradient["mean"], np.zeros(2))
    assert_array_equal(gradient["var"], np.zeros(2))
    assert np.all(gradient["scale"] != 0.0) and np.all(gradient["shift"] != 0.0)


def test_statistics_converge_to_those_of_the_data():
    """The running mean is an average with weights 0.1 * 0.9^k; its start fades as 0.9^200 = 7e-10."""
    layer = nn.batch_norm()
    params = layer.init(None, (None, 2))
    batches = [2.0 + 3.0 * generator(seed).standard_normal((10, 2)) for seed in range(200)]
    mean, var = np.zeros(2), np.ones(2)
    for batch in batches:
        params = nn.update_statistics(layer, params, batch)
        mean = 0.9 * mean + 0.1 * mg.to_numpy(batch).mean(0)
        var = 0.9 * var + 0.1 * mg.to_numpy(batch).var(0, ddof=1)
    assert_allclose(mg.to_numpy(params["mean"]), mean, rtol=1e-12)
    assert_allclose(mg.to_numpy(params["var"]), var, rtol=1e-12)
    # weights sum to one and their squares to 0.1 / 1.9: standard error 3 sqrt(0.0526 / 10) = 0.22
    assert np.all(np.abs(mg.to_numpy(params["mean"]) - 2.0) < 5 * 0.22)
    # variance of an unbiased variance: 2 * 81 / 9 = 18; standard error sqrt(18 * 0.0526) = 0.97
    assert np.all(np.abs(mg.to_numpy(params["var"]) - 9.0) < 5 * 0.97)


def test_update_walks_a_row_of_layers_in_training_mode():
    layer = nn.sequential(
        nn.dense(3), nn.batch_norm(), nn.sequential(nn.dropout(0.5), nn.tanh, nn.batch_norm()), nn.dense(1)
    )
    params = layer.init(generator(0), (None, 2))
    x = generator(1).standard_normal((8, 2))
    found = nn.update_statistics(layer, params, x, momentum=1.0, rng=generator(2))
    h = layer_output = nn.dense(3).apply(params[0], x)
    assert_allclose(mg.to_numpy(found[1]["mean"]), mg.to_numpy(mnp.mean(h, 0)), rtol=1e-12, atol=1e-15)
    h = nn.batch_norm().apply(params[1], layer_output, train=True)
    h = mnp.tanh(nn.dropout(0.5).apply(None, h, train=True, rng=generator(2)))
    assert_allclose(mg.to_numpy(found[2][2]["mean"]), mg.to_numpy(mnp.mean(h, 0)), rtol=1e-12, atol=1e-15)
    assert_allclose(mg.to_numpy(found[2][2]["var"]), mg.to_numpy(mnp.var(h, 0, ddof=1)), rtol=1e-12)
    for before, after in ((params[0], found[0]), (params[3], found[3])):
        assert before is after
    for name in ("scale", "shift"):
        assert found[1][name] is params[1][name]
    kept = nn.update_statistics(layer, params, x, momentum=0.0, rng=generator(2))
    for a, b in zip(mg.tree_leaves(kept), mg.tree_leaves(params)):
        assert_array_equal(mg.to_numpy(a), mg.to_numpy(b))


def test_nothing_to_count_is_nothing_changed():
    layer = nn.mlp([3, 1])
    params = layer.init(generator(0), (None, 2))
    assert nn.update_statistics(layer, params, mnp.zeros((4, 2))) is params


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda: nn.batch_norm(epsilon=-1.0), "non-negative"),
        (lambda: nn.batch_norm(epsilon=float("inf")), "inf"),
        (lambda: nn.batch_norm().init(None, (3,)), "batch axis first"),
        (
            lambda: nn.batch_norm().apply(some_params(2), mnp.zeros((4, 3))),
            "2 features and its input the shape",
        ),
        (
            lambda: nn.batch_norm().apply(some_params(2), mnp.zeros((1, 2)), train=True),
            "two examples or more",
        ),
        (lambda: nn.batch_norm().apply(some_params(2), mnp.zeros(2), train=True), "two examples or more"),
        (
            lambda: nn.update_statistics(nn.batch_norm(), some_params(2), mnp.zeros((1, 2))),
            "two examples or more",
        ),
        (
            lambda: nn.update_statistics(nn.batch_norm(), some_params(2), mnp.zeros((3, 2)), momentum=1.5),
            r"\[0, 1\]",
        ),
    ],
)
def test_refused_in_a_sentence(bad, words):
    with pytest.raises(ValueError, match=words):
        bad()
