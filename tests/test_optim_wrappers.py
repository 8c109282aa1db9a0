"""Optimisers around optimisers: projected parameters, clipped weights, historical averaging."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.random import generator


def run(optimizer, gradient, x, steps):
    state, path = optimizer.init(x), [x]
    for _ in range(steps):
        x, state = optimizer.update(x, gradient(x), state)
        path.append(x)
    return path


def test_clipped_weights_stay_in_the_box_and_untouched_arrays_where_they_are():
    params = {"weight": mnp.asarray([0.5, -0.02, 0.0]), "mean": mnp.asarray([7.0])}
    gradient = {"weight": mnp.asarray([0.0, 3.0, -0.001]), "mean": mnp.asarray([0.0])}
    path = run(optim.clip_weights(optim.sgd(0.1), 0.05), lambda _: gradient, params, 1)
    assert_allclose(mg.to_numpy(path[1]["weight"]), [0.05, -0.05, 0.0001], rtol=1e-12)
    assert mg.to_numpy(path[1]["mean"]) == 7.0


def test_batch_norms_statistics_survive_clipping():
    layer = nn.sequential(nn.dense(3), nn.batch_norm(), nn.dense(1))
    params, x = layer.init(generator(0), (None, 2)), generator(1).standard_normal((8, 2))
    optimizer = optim.clip_weights(optim.adam(1e-2), 0.01)
    gradient = mg.grad(lambda p: mnp.mean(layer.apply(p, x, train=True) ** 3))(params)
    moved, _ = optimizer.update(params, gradient, optimizer.init(params))
    assert (mg.to_numpy(moved[1]["var"]) == 1.0).all()
    assert abs(mg.to_numpy(moved[0]["weight"])).max() <= 0.01


def test_projected_gradient_descent_finds_the_constrained_minimum():
    target = np.array([2.0, -0.5, 0.3])
    positive = optim.projected(optim.sgd(0.3), lambda x: mnp.maximum(x, 0.0))
    end = run(positive, lambda x: x - mnp.asarray(target), mnp.asarray([1.0, 1.0, 1.0]), 100)[-1]
    assert_allclose(mg.to_numpy(end), [2.0, 0.0, 0.3], atol=1e-12)


@pytest.mark.parametrize("weight", [0.1, 1.0])
def test_historical_averaging_by_hand(weight):
    rng = np.random.default_rng(0)
    gradients = rng.normal(size=(20, 3))
    drawn = iter(gradients)
    path = run(
        optim.historical_averaging(optim.sgd(0.2), weight),
        lambda _: mnp.asarray(next(drawn)),
        mnp.asarray(np.ones(3)),
        20,
    )
    x, seen = np.ones(3), []
    for g in gradients:
        seen.append(x)
        x = x - 0.2 * (g + 2.0 * weight * (x - np.mean(seen, 0)))
    assert_allclose(mg.to_numpy(path[-1]), x, rtol=1e-12)


def test_historical_averaging_damps_the_saddle():
    """Simultaneous steps on xy spiral out; with the spring the radius falls."""
    from minigan.dynamics import bilinear, simultaneous, trajectory

    free, held = (
        np.linalg.norm(trajectory(simultaneous(rule), bilinear(), (1.0, 0.0), 400)[-1])
        for rule in (optim.sgd(0.05), optim.historical_averaging(optim.sgd(0.05), 0.25))
    )
    assert held < 0.1 < 1.0 < free


def test_statistics_feel_no_spring():
    optimizer = optim.historical_averaging(optim.sgd(1.0), 1.0)
    params = {"w": mnp.asarray(1.0), "mean": mnp.asarray(1.0)}
    state = optimizer.init(params)
    for i in range(3):
        params = {**params, "mean": mnp.asarray(float(i))}  # moved by others
        params, state = optimizer.update(params, {"w": mnp.asarray(1.0), "mean": mnp.asarray(0.0)}, state)
        assert float(mg.to_numpy(params["mean"])) == i


@pytest.mark.parametrize("wrap", [lambda o: optim.clip_weights(o, 0.5), lambda o: optim.historical_averaging(o, 0.5)])
def test_float32_and_compiled(wrap):
    optimizer = wrap(optim.adam(1e-2))
    params = {"a": mnp.ones((3,), dtype="float32"), "b": mnp.ones((2, 2), dtype="float32")}
    gradient = mg.tree_map(lambda x: 0.3 * x, params)
    state = optimizer.init(params)
    plain, compiled = optimizer.update(params, gradient, state), mg.compile(optimizer.update)(params, gradient, state)
    for a, b in zip(mg.tree_leaves(plain), mg.tree_leaves(compiled)):
        assert mg.to_numpy(a).dtype == np.float32 == mg.to_numpy(b).dtype
        assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-6)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: optim.clip_weights(optim.sgd(0.1), 0.0), ValueError, "the limit of clip_weights"),
        (lambda: optim.clip_weights(0.1), TypeError, "takes an optimiser"),
        (lambda: optim.historical_averaging(optim.sgd(0.1), -1.0), ValueError, "the weight of historical_averaging"),
        (lambda: optim.historical_averaging(0.1, 1.0), TypeError, "takes an optimiser"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
