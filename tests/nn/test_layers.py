"""Dense layers, rows of layers and multilayer perceptrons, against the formula and the reference network."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
import reference.networks
from minigan import nn
from minigan.backend import dtype_name
from minigan.random import generator


def drawn(shape, seed=0, dtype=None):
    return generator(seed).standard_normal(shape, dtype=dtype)


@pytest.mark.parametrize("leading", [(5,), (1,), (0,), (2, 3), ()])
def test_dense_is_x_W_plus_b_over_any_leading_axes(leading):
    init, apply = nn.dense(3, bias=nn.normal(1.0))
    params = init(generator(0), (None, 2))
    x = drawn((*leading, 2), seed=1)
    w, b = mg.to_numpy(params["weight"]), mg.to_numpy(params["bias"])
    assert w.shape == (2, 3) and b.shape == (3,)
    assert_allclose(mg.to_numpy(apply(params, x)), np.einsum("...i,ij->...j", mg.to_numpy(x), w) + b, rtol=1e-14)
    assert nn.dense(3).output_shape((*leading, 4, 2)) == (*leading, 4, 3)


def test_dense_without_bias():
    layer = nn.dense(3, use_bias=False)
    params = layer.init(generator(0), (1, 2))
    assert list(params) == ["weight"]
    assert_array_equal(mg.to_numpy(layer.apply(params, mnp.zeros((4, 2)))), np.zeros((4, 3)))


@pytest.mark.parametrize("sizes", [[1], [5, 1], [6, 5, 4]])
def test_mlp_is_the_references(sizes):
    init, apply = nn.mlp(sizes, bias=nn.normal(0.5))
    params = init(generator(3), (None, 2))
    x = drawn((7, 2), seed=4)
    dense = [(mg.to_numpy(p["weight"]), mg.to_numpy(p["bias"])) for p in params if p is not None]
    assert [w.shape for w, _ in dense] == list(zip([2, *sizes], sizes))
    # a few roundings of numbers of order one in each layer
    assert_allclose(
        mg.to_numpy(apply(params, x)), reference.networks.mlp(dense, mg.to_numpy(x)), rtol=1e-12, atol=1e-14
    )


def test_mlp_with_output_is_the_references_discriminator():
    init, apply = nn.mlp([5, 1], output="sigmoid")
    params = init(generator(3), (None, 2))
    x = drawn((7, 2), seed=4)
    dense = [(mg.to_numpy(p["weight"]), mg.to_numpy(p["bias"])) for p in params if p is not None]
    assert_allclose(mg.to_numpy(apply(params, x)), reference.networks.discriminator(dense, mg.to_numpy(x)), rtol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "softplus", "elu", nn.leaky_relu(0.1), mnp.sin])
def test_gradients_of_an_mlp_in_parameters_and_input(activation):
    init, apply = nn.mlp([4, 2], activation=activation)
    params = init(generator(0), (None, 3))
    mg.check_grads(apply, (params, drawn((5, 3), seed=1)))


def test_hessian_vector_product_of_an_mlp():
    """Forward over reverse against a difference of gradients, in error by h^2 = 1e-10 and rounding / h."""
    init, apply = nn.mlp([4, 1])
    params, v = init(generator(0), (None, 3)), init(generator(1), (None, 3))
    x = drawn((5, 3), seed=2)

    def loss(params):
        return mnp.mean(mnp.softplus(apply(params, x)))

    product = mg.hvp(loss)(params, v)
    h = 1e-5
    ahead, behind = (mg.grad(loss)(mg.tree_map(lambda p, t, s=s: p + s * h * t, params, v)) for s in (1, -1))
    for found, a, b in zip(*(map(mg.to_numpy, mg.tree_leaves(tree)) for tree in (product, ahead, behind))):
        assert_allclose(found, (a - b) / (2 * h), rtol=1e-6, atol=1e-9)


def test_float32_in_float32_out_and_in_the_gradient():
    layer = nn.sequential(
        nn.dense(4),
        nn.batch_norm(),
        nn.relu,
        nn.dropout(0.5),
        nn.leaky_relu(0.2),
        nn.elu,
        nn.mlp([3, 1], output="sigmoid"),
    )
    params = layer.init(generator(0), (None, 2), "float32")
    x = drawn((6, 2), dtype="float32")

    def loss(params, x):
        return mnp.mean(layer.apply(params, x, train=True, rng=generator(1)))

    value, gradients = mg.value_and_grad(loss, argnums=(0, 1))(params, x)
    _, tangent = mg.jvp(loss, (params, x), (params, x))
    for leaf in (*mg.tree_leaves(params), value, *mg.tree_leaves(gradients), tangent, layer.apply(params, x)):
        assert dtype_name(leaf.dtype) == "float32"
    seen = nn.update_statistics(layer, params, x, rng=generator(1))
    assert {dtype_name(leaf.dtype) for leaf in mg.tree_leaves(seen)} == {"float32"}


def test_numbers_of_numpy_as_hyperparameters_are_weak_too():
    layer = nn.sequential(
        nn.dense(4, nn.glorot_normal(np.float64(1.0)), nn.normal(np.float64(0.1))),
        nn.batch_norm(np.float64(1e-5)),
        nn.leaky_relu(np.float64(0.1)),
        nn.dropout(np.float64(0.5)),
    )
    params = layer.init(generator(0), (None, 2), "float32")
    x = drawn((6, 2), dtype="float32")
    y = layer.apply(params, x, train=True, rng=generator(1))
    seen = nn.update_statistics(layer, params, x, np.float64(0.1), generator(1))
    assert {dtype_name(leaf.dtype) for leaf in mg.tree_leaves((params, y, seen))} == {"float32"}


@pytest.mark.parametrize("integer", [np.int64, np.int32, np.uint8])
def test_integers_of_numpy_count_as_pythons(integer):
    n = integer
    layers = {
        "dense": lambda n: (nn.dense(n(3)), (None, n(2))),
        "mlp": lambda n: (nn.mlp([n(3), n(2)]), (None, 2)),
        "conv2d": lambda n: (nn.conv2d(n(4), n(3), n(1), n(1), n(1), n(2)), (None, n(6), n(6), n(2))),
        "conv_transpose2d": lambda n: (nn.conv_transpose2d(n(4), n(2), n(2), groups=n(2)), (None, 3, 3, n(2))),
        "max_pool2d": lambda n: (nn.max_pool2d(n(2)), (None, n(6), n(6), n(1))),
        "upsample": lambda n: (nn.upsample(n(2)), (None, 3, 3, 1)),
        "reshape": lambda n: (nn.reshape(n(2), n(3)), (None, 6)),
        "minibatch_discrimination": lambda n: (nn.minibatch_discrimination(n(3), n(2)), (None, 4)),
        "minibatch_stddev": lambda n: (nn.minibatch_stddev(n(2)), (None, 3)),
        "packing": lambda n: (nn.packing(nn.dense(1), n(2)), (None, 3)),
        "with_reference": lambda n: (nn.with_reference(nn.virtual_batch_norm(n(4)), n(4)), (None, 3)),
        "reference_batch_norm": lambda n: (nn.with_reference(nn.reference_batch_norm(n(4)), 4), (None, 3)),
        "spectral_norm": lambda n: (nn.spectral_norm(nn.dense(2), n(2), n(3)), (None, 3)),
        "embedding": lambda n: (nn.embedding(n(5), n(2)), (None,)),
    }
    for name, made in layers.items():
        layer, shape = made(n)
        plain, plain_shape = made(int)
        assert repr(layer) == repr(plain), name
        assert layer.output_shape(shape) == plain.output_shape(plain_shape), name
        params, expected = layer.init(generator(0), shape), plain.init(generator(0), plain_shape)
        for a, b in zip(mg.tree_leaves(params), mg.tree_leaves(expected), strict=True):
            assert_array_equal(mg.to_numpy(a), mg.to_numpy(b))


def test_truth_values_of_numpy_do_not_count():
    with pytest.raises(ValueError, match="positive integer"):
        nn.dense(np.bool_(True))


def test_a_sequence_is_the_composition_and_nests():
    a, b, c = nn.dense(4), nn.tanh, nn.dense(2)
    flat, nested = nn.sequential(a, b, c), nn.sequential(nn.sequential(a, b), c)
    x = drawn((3, 5))
    params = flat.init(generator(0), (None, 5))
    first, nothing, last = params
    assert nothing is None
    by_hand = c.apply(last, mnp.tanh(a.apply(first, x)))
    assert_array_equal(mg.to_numpy(flat.apply(params, x)), mg.to_numpy(by_hand))
    assert_array_equal(mg.to_numpy(nested.apply(((first, None), last), x)), mg.to_numpy(by_hand))
    assert_array_equal(mg.to_numpy(flat.apply(list(params), x)), mg.to_numpy(by_hand))
    assert flat.output_shape((None, 5)) == nested.output_shape((None, 5)) == (None, 2)
    empty = nn.sequential()
    assert empty.init(generator(0), (None, 5)) == () and empty.apply((), x) is x


def test_an_initialisation_is_a_function_of_the_seed():
    init, _ = nn.mlp([4, 1])
    a, b, c = (init(generator(seed), (None, 3)) for seed in (0, 0, 1))
    for x, y, z in zip(*(map(mg.to_numpy, mg.tree_leaves(tree)) for tree in (a, b, c))):
        assert_array_equal(x, y)
        assert x.ndim == 1 or not np.any(x == z)


def test_a_layer_is_a_pair():
    layer = nn.dense(3)
    init, apply = layer
    assert init is layer.init and apply is layer.apply
    with pytest.raises(AttributeError):  # frozen
        layer.name = "other"


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (lambda: nn.dense(0), ValueError, "positive integer, and was 0"),
        (lambda: nn.dense(2.0), ValueError, "2.0"),
        (lambda: nn.dense(2).init(generator(0), 3), ValueError, "batch axis first"),
        (lambda: nn.dense(2).init(generator(0), (3,)), ValueError, r"\(3,\)"),
        (lambda: nn.dense(2).init(generator(0), (3, None)), ValueError, "features last"),
        (lambda: nn.dense(2).output_shape((3,)), ValueError, "batch axis first"),
        (lambda: nn.sequential(nn.dense(2), nn.dense), TypeError, "layer 1 .* call it first"),
        (lambda: nn.sequential([nn.dense(2)]), TypeError, "layer 0"),
        (lambda: nn.sequential(nn.tanh).apply((None, None), 1.0), ValueError, "its 1 layers, and got 2"),
        (lambda: nn.sequential(nn.tanh).apply({}, 1.0), ValueError, "got dict"),
        (lambda: nn.mlp([]), ValueError, "widths"),
        (lambda: nn.mlp(64), ValueError, "64"),
        (
            lambda: nn.mlp([2], activation="swish"),
            ValueError,
            "no activation is called 'swish'; there are relu",
        ),
        (lambda: nn.mlp([2], activation=3), TypeError, "a layer, a name or a function"),
        (lambda: nn.mlp([2, 1]).init(generator(0), (None, 0)), ValueError, r"\(None, 0\)"),
    ],
)
def test_refused_in_a_sentence(bad, error, words):
    with pytest.raises(error, match=words):
        bad()


def test_an_input_of_other_features_is_refused_with_both_numbers():
    layer = nn.dense(2)
    params = layer.init(generator(0), (None, 3))
    for shape in ((5, 4), (4,), ()):
        with pytest.raises(ValueError, match="weights for 3 features"):
            layer.apply(params, mnp.zeros(shape))
