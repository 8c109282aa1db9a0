"""Layers for images: the formula, the shapes they announce, how they start, and networks made of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
import reference.convolution
from minigan import nn
from minigan.backend import dtype_name
from minigan.random import generator


def drawn(shape, seed=0, dtype=None):
    return generator(seed).standard_normal(shape, dtype=dtype)


def home(x):
    return mg.to_numpy(x)


LAYERS = [
    nn.conv2d(3, 2),
    nn.conv2d(4, (3, 2), stride=(2, 1), padding=((1, 0), (0, 1)), dilation=(1, 2), groups=2),
    nn.conv2d(2, 3, stride=2, padding="same"),
    nn.conv2d(2, 3, padding="valid", use_bias=False),
    nn.conv_transpose2d(3, 4, stride=2, padding=1),
    nn.conv_transpose2d(4, 3, stride=(2, 3), padding=1, output_padding=(1, 2), groups=2),
    nn.conv_transpose2d(2, 5, stride=2, padding="same", use_bias=False),
    nn.max_pool2d(2),
    nn.max_pool2d(3, stride=2, padding=1),
    nn.avg_pool2d((2, 3), stride=1, padding=(1, 0)),
    nn.avg_pool2d(3, padding="same", count_include_pad=False),
    nn.upsample(2),
    nn.upsample((1, 3), "bilinear"),
    nn.flatten,
    nn.reshape(4, 5 * 6),
]
each_layer = pytest.mark.parametrize("layer", LAYERS, ids=repr)


@each_layer
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_layer_makes_the_shape_and_the_dtype_that_it_announces(layer, dtype):
    params = layer.init(generator(0), (None, 5, 6, 4), dtype)
    x = drawn((3, 5, 6, 4), dtype=dtype)
    y, pullback = mg.vjp(lambda params, x: layer.apply(params, x), params, x)
    assert tuple(y.shape) == layer.output_shape((3, 5, 6, 4))
    assert layer.output_shape((None, 5, 6, 4)) == (None, *y.shape[1:])
    for leaf in mg.tree_leaves((params, y, pullback(y))):
        assert dtype_name(leaf.dtype) == dtype


@each_layer
def test_derivatives_in_parameters_and_input(layer):
    params = layer.init(generator(0), (None, 5, 6, 4))
    x = drawn((1, 5, 6, 4), seed=1)
    mg.check_grads(lambda params, x: mnp.tanh(layer.apply(params, x)), (params, x))


def test_a_convolution_with_bias_by_the_references_loops():
    layer = nn.conv2d(4, (3, 2), stride=2, padding=1, groups=2, bias=nn.normal(1.0))
    params = layer.init(generator(0), (None, 5, 4, 6))
    w, b, x = home(params["weight"]), home(params["bias"]), drawn((2, 5, 4, 6), seed=1)
    assert w.shape == (3, 2, 3, 4) and b.shape == (4,) and np.all(b != 0)
    expected = reference.convolution.conv2d(home(x), w, (2, 2), ((1, 1), (1, 1)), groups=2) + b
    assert_allclose(home(layer.apply(params, x)), expected, rtol=1e-12, atol=1e-13)


def test_a_transposed_convolution_with_bias_by_the_references_loops():
    layer = nn.conv_transpose2d(4, 3, stride=2, padding=1, output_padding=1, groups=2, bias=nn.normal(1.0))
    params = layer.init(generator(0), (None, 2, 3, 6))
    w, b, x = home(params["weight"]), home(params["bias"]), drawn((2, 2, 3, 6), seed=1)
    assert w.shape == (3, 3, 2, 6) and b.shape == (4,) and np.all(b != 0)
    how = {"stride": (2, 2), "padding": ((1, 1), (1, 1)), "output_padding": (1, 1), "groups": 2}
    assert_allclose(
        home(layer.apply(params, x)), reference.convolution.conv_transpose2d(home(x), w, **how) + b, atol=1e-12
    )


def test_without_a_bias_there_is_no_such_parameter():
    for layer in (nn.conv2d(3, 2, use_bias=False), nn.conv_transpose2d(3, 2, use_bias=False)):
        params = layer.init(generator(0), (None, 4, 4, 2))
        assert list(params) == ["weight"]
        assert_array_equal(home(layer.apply(params, mnp.zeros((1, 4, 4, 2)))) != 0.0, False)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("make", [nn.conv2d, nn.conv_transpose2d])
def test_weights_start_with_the_variance_that_their_initialiser_says(make, seed):
    """He: 2 / (rows columns channels), the inputs of one feature; DCGAN: 0.02^2. About 3 % off with 7200 draws."""
    channels, features = 16, 50
    for weight, variance in ((None, 2.0 / (9 * channels)), (nn.normal(0.02), 0.02**2)):
        params = make(features, 3, weight=weight).init(generator(seed), (None, 8, 8, channels))
        assert_allclose(np.var(home(params["weight"])), variance, rtol=0.1)
        assert_array_equal(home(params["bias"]), np.zeros(features))


def test_he_keeps_the_second_moment_under_relu():
    layer = nn.sequential(*[part for _ in range(4) for part in (nn.conv2d(48, 3, padding=1), nn.relu)])
    wide = nn.sequential(nn.conv2d(48, 3), layer)  # edges see zeros: look at the middle
    params = wide.init(generator(0), (None, 21, 21, 4))
    y = home(wide.apply(params, drawn((4, 21, 21, 4), seed=1)))[:, 5:-5, 5:-5]
    # E x^2 = 1 makes pre-activations of variance 2, whose relu has second moment 1 times the first layer's 2
    assert 1.0 < np.mean(y**2) < 4.0


def dcgan():
    """A small DCGAN: 8 numbers to a picture of 8 x 8 and back to one logit."""
    start = {"weight": nn.normal(0.1)}
    make = nn.sequential(
        nn.dense(2 * 2 * 6),
        nn.reshape(2, 2, 6),
        nn.batch_norm(),
        nn.relu,
        nn.conv_transpose2d(4, 4, stride=2, padding=1, **start),
        nn.batch_norm(),
        nn.relu,
        nn.conv_transpose2d(1, 4, stride=2, padding=1, **start),
        nn.tanh,
    )
    judge = nn.sequential(
        nn.conv2d(4, 4, stride=2, padding=1, **start),
        nn.leaky_relu(0.2),
        nn.conv2d(6, 4, stride=2, padding=1, **start),
        nn.tanh,
        nn.flatten,
        nn.dense(1),
    )
    return make, judge


def test_a_dcgan_fits_together_and_differentiates():
    make, judge = dcgan()
    g, d = make.init(generator(0), (None, 8)), judge.init(generator(1), (None, 8, 8, 1))
    z = drawn((3, 8), seed=2)
    assert make.output_shape((3, 8)) == (3, 8, 8, 1) and judge.output_shape((3, 8, 8, 1)) == (3, 1)

    def loss(g, d):
        return mnp.mean(mnp.softplus(-judge.apply(d, make.apply(g, z, train=True))))

    # the parameters one by one, so that a wrong one is not drowned; relu's kinks are measure zero
    gradient = mg.grad(loss, argnums=(0, 1))(g, d)
    flat = mg.tree_leaves((g, d))
    for i, (leaf, slope) in enumerate(zip(flat, mg.tree_leaves(gradient))):
        direction = drawn(tuple(leaf.shape), seed=3 + i)

        def along(t, i=i, direction=direction):
            moved = iter([x + t * direction if j == i else x for j, x in enumerate(flat)])
            return float(home(loss(*mg.tree_map(lambda _: next(moved), (g, d)))))

        found = float(home(mnp.sum(slope * direction)))
        difference = (along(1e-5) - along(-1e-5)) / 2e-5
        assert abs(found - difference) <= 1e-6 * max(1.0, abs(difference))


def test_a_gradient_penalty_goes_through_a_convolutional_discriminator():
    """grad of (|grad_x D(x)| - 1)^2 in the parameters, in both modes and against differences."""
    _, judge = dcgan()
    params, x = judge.init(generator(1), (None, 8, 8, 1)), drawn((2, 8, 8, 1), seed=2)

    def penalty(params):
        gradient = mg.grad(lambda x: mnp.sum(judge.apply(params, x)))(x)
        norms = mnp.sqrt(mnp.sum(mnp.square(gradient), axis=(1, 2, 3)))
        return mnp.mean(mnp.square(norms - 1.0))

    assert float(home(penalty(params))) > 0.0
    mg.check_grads(penalty, (params,), order=1)


def test_flatten_and_reshape_are_each_others_inverse():
    x = drawn((3, 2, 4, 5))
    flat = nn.flatten.apply(None, x)
    assert flat.shape == (3, 40)
    assert_array_equal(home(nn.reshape(2, 4, 5).apply(None, flat)), home(x))
    assert nn.flatten.apply(None, mnp.zeros((0, 2, 3))).shape == (0, 6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.conv2d(0, 3), "features of conv2d are a positive integer, and were 0"),
        (lambda: nn.conv2d(3, 3, groups=2), "groups=2 divides channels equally, and was given 3"),
        (lambda: nn.conv2d(4, 3, padding="full"), "valid"),
        (lambda: nn.conv2d(4, 3, stride=0), "stride of conv2d"),
        (lambda: nn.conv2d(4, 0), "kernel of conv2d"),
        (lambda: nn.conv2d(4, 3).init(generator(0), (None, 784)), "nn.reshape makes images of vectors"),
        (lambda: nn.conv2d(4, 3, groups=2).init(generator(0), (None, 8, 8, 3)), "was given 3"),
        (lambda: nn.conv_transpose2d(4, 3).output_shape((None, 8, 3)), "conv_transpose2d takes images"),
        (lambda: nn.conv2d(4, 3).apply({"weight": mnp.zeros((3, 3, 2, 4))}, mnp.zeros((1, 5, 5, 1))), "conv2d of"),
        (lambda: nn.max_pool2d(0), "kernel of max_pool2d"),
        (lambda: nn.avg_pool2d(2, padding="half"), "padding of avg_pool2d"),
        (lambda: nn.upsample(2, "cubic"), "nearest"),
        (lambda: nn.upsample(0), "scale of upsample"),
        (lambda: nn.reshape(), "positive sizes"),
        (lambda: nn.reshape(2, -1), "positive sizes"),
        (lambda: nn.reshape(2, 3).apply(None, mnp.zeros((4, 5))), "of 5 values"),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
