"""Reference and virtual batch normalisation: by hand, one example at a time, their derivatives, and in training."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.gan import fit
from minigan.random import generator

COUNT, EPSILON = 5, 0.1
NORMS = {"reference": nn.reference_batch_norm, "virtual": nn.virtual_batch_norm}
each_norm = pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)


def statistics(norm, reference, example, axes):
    """Mean and variance by NumPy over the rows that the norm is to see."""
    seen = reference if norm is nn.reference_batch_norm else np.concatenate([reference, example[None]])
    return seen.mean(axes), seen.var(axes)


@each_norm
@pytest.mark.parametrize("shape", [(3,), (4, 2, 3)], ids=["rows", "images"])
def test_by_hand(norm, shape):
    layer = norm(COUNT, EPSILON)
    params = layer.init(None, (COUNT, *shape))
    params = {"scale": params["scale"] * 1.5, "shift": params["shift"] - 0.25}
    x = 2.0 + 3.0 * generator(0).standard_normal((COUNT + 4, *shape))
    host, axes = mg.to_numpy(x), tuple(range(len(shape)))
    reference = host[:COUNT]
    expected = [1.5 * (reference - reference.mean(axes)) / np.sqrt(reference.var(axes) + EPSILON) - 0.25]
    for example in host[COUNT:]:
        mean, var = statistics(norm, reference, example, axes)
        expected.append(1.5 * (example[None] - mean) / np.sqrt(var + EPSILON) - 0.25)
    for train in (True, False):
        assert_allclose(mg.to_numpy(layer.apply(params, x, train=train)), np.concatenate(expected), rtol=1e-12)


def network(norm, count=COUNT, **options):
    return nn.with_reference(
        nn.sequential(nn.dense(7), norm(count), nn.tanh, nn.dense(3), norm(count)), count, **options
    )


@each_norm
@pytest.mark.parametrize("train", [True, False])
def test_an_example_depends_on_itself_alone(norm, train):
    layer = network(norm)
    params, z = layer.init(generator(0), (None, 2)), generator(1).standard_normal((6, 2))
    together = mg.to_numpy(layer.apply(params, z, train=train))
    # a product of another number of rows may round otherwise
    alone = [mg.to_numpy(layer.apply(params, z[i : i + 1, ...], train=train)) for i in range(6)]
    assert_allclose(np.concatenate(alone), together, rtol=1e-12)
    across = mg.to_numpy(mg.jacobian(lambda z: layer.apply(params, z, train=train))(z))
    for i in range(6):
        assert np.all(np.delete(across[i], i, axis=1) == 0.0) and np.all(across[i, :, i] != 0.0)


@each_norm
def test_derivatives_go_through_the_reference_batch_to_the_weights_and_not_to_the_batch_itself(norm):
    layer = network(norm)
    params, z = layer.init(generator(0), (None, 2)), generator(1).standard_normal((4, 2))

    def f(inner, z):
        return layer.apply({**params, "layer": inner}, z, train=True)

    mg.check_grads(f, (params["layer"], z))
    gradient = mg.grad(lambda p: mnp.sum(layer.apply(p, z, train=True) ** 3))(params)
    assert_array_equal(mg.to_numpy(gradient["reference"]), np.zeros((COUNT, 2)))
    # the bias before a normalisation cancels only because the reference batch carries it as well
    assert_allclose(mg.to_numpy(gradient["layer"][0]["bias"]), np.zeros(7), atol=1e-10)


def test_virtual_normalisation_bounds_an_outlier_and_reference_normalisation_does_not():
    far = mnp.asarray([[-1.0], [0.0], [1.0], [1e9]])
    host = {}
    for name, norm in NORMS.items():
        layer = norm(3, 0.0)
        host[name] = float(mg.to_numpy(layer.apply(layer.init(None, (3, 1)), far))[-1, 0])
    assert_allclose(host["virtual"], np.sqrt(3.0), rtol=1e-9)  # sqrt(count)
    assert_allclose(host["reference"], 1e9 / np.sqrt(2.0 / 3.0), rtol=1e-12)


@each_norm
def test_other_layers_inside_keep_their_running_statistics(norm):
    layer = nn.with_reference(nn.sequential(nn.batch_norm(), norm(COUNT)), COUNT)
    params = layer.init(generator(0), (None, 1))
    x = 3.0 + generator(1).standard_normal((6, 1))
    new = nn.update_statistics(layer, params, x, momentum=1.0)
    seen = np.concatenate([mg.to_numpy(params["reference"]), mg.to_numpy(x)])
    assert_allclose(mg.to_numpy(new["layer"][0]["mean"]), seen.mean(0), rtol=1e-12)
    assert network(norm).observe is None


@each_norm
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_trains_compiled_as_eagerly_with_the_reference_batch_untouched(norm, dtype):
    """The generator's reference batch is noise, the discriminator's is real data."""
    rows = generator(3).standard_normal((64, 3), dtype=dtype)
    discriminator = nn.with_reference(
        nn.sequential(nn.dense(8), norm(4), nn.leaky_relu(0.2), nn.dense(1)),
        4,
        draw=lambda rng, n: mnp.take(rows, rng.integers(0, 64, (n,)), 0),
    )

    def trained(steps, compiled):
        # gradients that are 0 but for rounding (biases before a normalisation) would be whole steps of Adam
        descent = {"generator_optimizer": optim.sgd(0.1), "discriminator_optimizer": optim.sgd(0.1)}
        options = {"noise": 4, "batch": 8, "dtype": dtype, "compiled": compiled, **descent}
        return fit(network(norm), discriminator, rows, steps=steps, **options).state

    start, one, other = (mg.to_numpy(trained(*how)) for how in ((0, False), (3, True), (3, False)))
    tolerance = 1e-4 if dtype == "float32" else 1e-10
    for a, b in zip(mg.tree_leaves(one), mg.tree_leaves(other)):
        assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    kinds = {leaf.dtype.name for leaf in mg.tree_leaves((one.generator, one.discriminator))}
    assert kinds == {dtype}
    for then, now in ((start.generator, one.generator), (start.discriminator, one.discriminator)):
        assert_array_equal(now["reference"], then["reference"])
        assert np.any(now["layer"][0]["weight"] != then["layer"][0]["weight"])
    real, drawn = mg.to_numpy(rows), start.discriminator["reference"]
    assert all((real == row).all(1).any() for row in drawn)


@pytest.mark.parametrize("make, error, words", [
    (lambda: nn.with_reference(None, 4), TypeError, "wraps a layer"),
    (lambda: nn.with_reference(nn.relu, 1), ValueError, "two examples or more"),
    (lambda: nn.virtual_batch_norm("many"), ValueError, "two examples or more"),
    (lambda: nn.reference_batch_norm(4, -1.0), ValueError, "epsilon of reference_batch_norm"),
    (lambda: nn.virtual_batch_norm(4).init(None, (None, 3)), ValueError, r"with_reference\(network, 4\)"),
    (lambda: network(nn.virtual_batch_norm, 6).init(generator(0), (8, 2)) and nn.with_reference(
        nn.virtual_batch_norm(6), 5).init(generator(0), (6, 2)), ValueError, r"with_reference\(network, 6\)"),
    (lambda: nn.with_reference(nn.relu, 4, draw=lambda rng, n: mnp.ones((n, 3))).init(generator(0), (8, 2)),
     ValueError, r"has shape \(4, 2\), and the one drawn has \(4, 3\)"),
    (lambda: nn.with_reference(nn.relu, 4).apply({"layer": None, "reference": mnp.ones((4, 2))}, mnp.ones((5, 3))),
     ValueError, "the input has shape"),
    (lambda: nn.reference_batch_norm(4).apply({"scale": mnp.ones(2), "shift": mnp.zeros(2)}, mnp.ones((3, 2))),
     ValueError, "reference batch of 4"),
])  # fmt: skip
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
