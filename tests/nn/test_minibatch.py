"""Layers that look at the whole batch: their formulas by hand, permutations, collapsed batches, derivatives, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.data import ring
from minigan.gan import fit
from minigan.random import generator


def drawn(layer, shape, seed=0, dtype=None):
    rng = generator(seed)
    return layer.init(rng, shape, dtype), rng.standard_normal(shape, dtype=dtype)


def rows(x, order):
    return mnp.take(x, mnp.asarray(order), 0)


# -- minibatch discrimination --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 7])
def test_minibatch_discrimination_by_hand(n):
    layer = nn.minibatch_discrimination(3, 4, weight=nn.normal(0.5))
    params, x = drawn(layer, (n, 5))
    host, T = mg.to_numpy(x), mg.to_numpy(params["weight"]).reshape(5, 3, 4)
    stated = np.zeros((n, 3))
    for i in range(n):
        for j in range(n):
            for b in range(3):
                if i != j:
                    stated[i, b] += math.exp(-np.abs(host[i] @ T[:, b] - host[j] @ T[:, b]).sum())
    found = mg.to_numpy(layer.apply(params, x))
    assert found.shape == (n, 8) == layer.output_shape((n, 5))
    assert_array_equal(found[:, :5], host)
    assert_allclose(found[:, 5:], stated, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [1, 2, 64])
def test_a_collapsed_batch_gives_n_minus_one_exactly(n, dtype):
    layer = nn.minibatch_discrimination(6, 3)
    params, x = drawn(layer, (1, 4), dtype=dtype)
    found = mg.to_numpy(layer.apply(params, mnp.tile(x, (n, 1))))
    assert found.dtype == dtype
    assert_array_equal(found[:, 4:], n - 1)


def test_a_batch_far_apart_gives_nothing():
    layer = nn.minibatch_discrimination(2, 2, weight=nn.constant(1.0))
    x = mnp.asarray([[0.0], [1e3], [-1e3]])
    assert_array_equal(mg.to_numpy(layer.apply(layer.init(generator(0), (3, 1)), x))[:, 1:], 0.0)


@given(st.permutations(range(6)), st.integers(0, 100))
def test_the_order_of_the_batch_does_not_matter(order, seed):
    for layer in (nn.minibatch_discrimination(3, 2), nn.minibatch_stddev()):
        params, x = drawn(layer, (6, 4), seed)
        one, other = layer.apply(params, rows(x, order)), rows(layer.apply(params, x), order)
        assert_allclose(mg.to_numpy(one), mg.to_numpy(other), rtol=1e-12, atol=1e-14)


def test_derivatives_of_minibatch_discrimination():
    layer = nn.minibatch_discrimination(3, 2, weight=nn.normal(0.5))
    params, x = drawn(layer, (5, 3))
    mg.check_grads(lambda w, x: layer.apply({"weight": w}, x), (params["weight"], x))


def test_one_sample_feels_the_others():
    """What makes it an answer to collapse: equal samples get a force that tells them apart from other batches."""
    layer = nn.minibatch_discrimination(4, 2, weight=nn.normal(0.5))
    params, x = drawn(layer, (5, 3))
    J = mg.to_numpy(mg.jacobian(lambda x: layer.apply(params, x))(x))
    others = J[0, 3:, 1:, :]
    assert np.abs(others).min() > 0.0
    assert_allclose(J[0, 3:].sum(1), 0.0, atol=1e-12)  # o depends on differences of samples alone


# -- minibatch standard deviation ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape, group", [((6, 3), None), ((6, 3), 2), ((6, 3), 3), ((4, 2, 2, 3), None), ((8, 2, 2, 3), 4)]
)
def test_minibatch_stddev_by_hand(shape, group):
    layer = nn.minibatch_stddev(group, epsilon=1e-3)
    params, x = drawn(layer, shape)
    host, n = mg.to_numpy(x), shape[0]
    found = mg.to_numpy(layer.apply(params, x))
    assert params is None and found.shape == (*shape[:-1], shape[-1] + 1) == layer.output_shape(shape)
    assert_array_equal(found[..., :-1], host)
    count = n // (group or n)
    for i in range(n):
        members = host[i % count :: count]
        assert len(members) == (group or n)
        stated = np.sqrt(members.var(0) + 1e-3).mean()
        assert_allclose(found[i, ..., -1], stated, rtol=1e-12)


def test_minibatch_stddev_where_all_samples_agree():
    layer = nn.minibatch_stddev()
    x = mnp.ones((4, 3))
    assert_allclose(mg.to_numpy(layer.apply(None, x))[:, 3], 1e-4, rtol=1e-12)  # sqrt of the epsilon
    slope = mg.to_numpy(mg.grad(lambda x: mnp.sum(layer.apply(None, x)))(x))
    assert_array_equal(slope, 1.0)


def test_derivatives_of_minibatch_stddev():
    layer = nn.minibatch_stddev(2)
    _, x = drawn(layer, (6, 3))
    mg.check_grads(lambda x: layer.apply(None, x), (x,))


# -- packing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("m", [1, 2, 3])
def test_packs_lie_side_by_side(m):
    x = mnp.reshape(mnp.arange(12.0), (6, 2))
    found = nn.packing(nn.identity, m).apply(None, x)
    assert_array_equal(mg.to_numpy(found), np.arange(12.0).reshape(6 // m, 2 * m))


def test_images_are_packed_by_channels():
    x = generator(0).standard_normal((4, 2, 3, 5))
    found, host = mg.to_numpy(nn.packing(nn.identity, 2).apply(None, x)), mg.to_numpy(x)
    assert_array_equal(found, np.concatenate([host[0::2], host[1::2]], -1))


def test_packing_initialises_for_the_pack_and_keeps_statistics():
    layer = nn.packing(nn.sequential(nn.batch_norm(), nn.dense(1)), 3)
    params, x = drawn(layer, (12, 2))
    assert params[1]["weight"].shape == (6, 1) and layer.output_shape((12, 2)) == (4, 1)
    assert layer.init(generator(0), (None, 2))[1]["weight"].shape == (6, 1)
    moved = nn.update_statistics(layer, params, x)
    assert_allclose(mg.to_numpy(moved[0]["mean"]), 0.1 * mg.to_numpy(x).reshape(4, 6).mean(0), rtol=1e-12)
    assert nn.packing(nn.dense(1)).observe is None


# -- in a game -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "discriminator",
    [
        nn.sequential(nn.dense(8), nn.relu, nn.minibatch_discrimination(4, 3), nn.dense(1)),
        nn.sequential(nn.dense(8), nn.relu, nn.minibatch_stddev(), nn.dense(1)),
        nn.packing(nn.mlp([8, 1]), 2),
    ],
    ids=repr,
)
@pytest.mark.parametrize("compiled", [True, False])
def test_training_in_float32(discriminator, compiled):
    result = fit(
        nn.mlp([8, 2]), discriminator, ring(dtype="float32"), steps=3, batch=8, noise=2, dtype="float32",
        generator_optimizer=optim.adam(1e-2), compiled=compiled,
    )  # fmt: skip
    assert {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(result.state)} == {"float32"}
    assert all(math.isfinite(loss) for loss in result.history["generator_loss"])


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: nn.minibatch_discrimination(0), "kernels of minibatch_discrimination must be a positive integer"),
        (lambda: nn.minibatch_discrimination(2, 1.5), "width of minibatch_discrimination must be a positive integer"),
        (lambda: drawn(nn.minibatch_discrimination(), (3,)), "initialised with the shape of its input"),
        (lambda: nn.minibatch_discrimination().apply({"weight": mnp.ones((3, 128))}, mnp.ones((4, 2))), "3 features"),
        (lambda: nn.minibatch_discrimination().apply({"weight": mnp.ones((3, 128))}, mnp.ones((4, 2, 3))), "flatten"),
        (lambda: nn.minibatch_stddev(0), "group of minibatch_stddev must be a positive integer"),
        (lambda: nn.minibatch_stddev(epsilon=-1.0), "epsilon of minibatch_stddev"),
        (lambda: nn.minibatch_stddev(4).apply(None, mnp.ones((6, 2))), "multiple of 4 samples, and got 6"),
        (lambda: nn.minibatch_stddev().apply(None, mnp.ones((0, 2))), "n > 0"),
        (lambda: nn.packing(nn.dense(1), 0), "positive integer"),
        (lambda: nn.packing(nn.identity, 4).apply(None, mnp.ones((6, 2))), "positive multiple of 4"),
    ],
)
def test_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()


def test_packing_wraps_layers_only():
    with pytest.raises(TypeError, match="packing wraps a discriminator"):
        nn.packing(nn.dense)
