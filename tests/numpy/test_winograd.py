"""Fewer products for the same transposed convolution: against loops, in every layout, and as exact as it is said to be."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
import reference.convolution
from minigan.numpy import image_kernels, winograd

PADDINGS = [((0, 0), (0, 0)), ((1, 1), (1, 1)), ((2, 0), (0, 3)), ((1, 0), (2, 1))]


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def cases():
    """Strides, places of windows and paddings, with and without a last row that no window reaches."""
    for stride, places, padding, spare in itertools.product(
        [(1, 1), (2, 2), (3, 2)], [(1, 1), (2, 3), (4, 5), (7, 6)], PADDINGS, (0, 1)
    ):
        size = tuple((p + 1) * s + spare * (s > 1) - sum(low_high) for p, s, low_high in zip(places, stride, padding))
        kernel = tuple(2 * s for s in stride)
        if min(size) > 0 and image_kernels.window_places(size, kernel, stride, padding, (1, 1)) == places:
            yield stride, places, padding, size


@pytest.mark.parametrize("block", [1, 1 << 20])
def test_it_is_the_transposed_convolution(block, monkeypatch):
    monkeypatch.setattr(winograd, "WINOGRAD_BLOCK", block)
    found = list(cases())
    assert len(found) > 40
    for stride, places, padding, size in found:
        g, w = drawn(2, *places, 3), drawn(2 * stride[0], 2 * stride[1], 2, 3, seed=1)
        how = {"stride": stride, "padding": padding, "output_padding": (0, 0), "dilation": (1, 1), "groups": 1}
        spare = [n + sum(b) - (p + 1) * s for n, b, p, s in zip(size, padding, places, stride)]
        expected = reference.convolution.conv_transpose2d(g, w, **(how | {"output_padding": tuple(spare)}))
        out = np.full((2, *size, 2), np.nan)
        assert winograd.minimal_input_gradient(np, g, w, size, padding, out) is out
        assert_allclose(out, expected, rtol=0, atol=1e-13)


def layer():
    """The cotangent and the weights of a layer that is large enough, and its static arguments."""
    return drawn(32, 7, 7, 48), drawn(4, 4, 32, 48, seed=1), {"stride": 2, "padding": 1}


def test_large_layers_take_it_and_their_derivatives_are_the_same(on_numpy, monkeypatch):
    calls = []
    monkeypatch.setattr(
        image_kernels, "minimal_input_gradient", lambda *a: calls.append(1) or winograd.minimal_input_gradient(*a)
    )
    g, w, how = layer()

    def there_and_back(g, w):
        x = mnp.conv_transpose2d(g, w, **how)
        return mnp.sum(mnp.square(mnp.conv2d(mnp.tanh(x), w, **how)))

    value, gradients = mg.value_and_grad(there_and_back, argnums=(0, 1))(g, w)
    assert len(calls) == 2  # the transposed convolution, and the way back through the other
    monkeypatch.setattr(image_kernels, "MINIMAL_WORK", 1 << 60)
    plain, expected = mg.value_and_grad(there_and_back, argnums=(0, 1))(g, w)
    assert len(calls) == 2
    for a, b in zip((value, *gradients), (plain, *expected)):
        assert_allclose(a, b, rtol=1e-12, atol=1e-13 * np.max(np.abs(b)))


@pytest.mark.parametrize("seed", range(3))
def test_float32_loses_little_more_than_the_plain_product(on_numpy, monkeypatch, seed):
    """The file says 1.1 times the error; sums of two on both sides could double it, and half of that is allowed."""
    g, w, how = layer()
    g = drawn(*g.shape, seed=seed + 10)
    exact = mnp.conv_transpose2d(g, w, **how)
    errors = []
    for work in (image_kernels.MINIMAL_WORK, 1 << 60):
        monkeypatch.setattr(image_kernels, "MINIMAL_WORK", work)
        errors.append(np.std(mnp.conv_transpose2d(g.astype("float32"), w.astype("float32"), **how) - exact))
    assert errors[0] < 1.5 * errors[1]


def test_small_layers_and_other_kernels_do_without_it(on_numpy, monkeypatch):
    def refused(*arguments):
        raise AssertionError("not for this layer")

    monkeypatch.setattr(image_kernels, "minimal_input_gradient", refused)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(4, 4, 20, 20), stride=2, padding=1)
    monkeypatch.setattr(image_kernels, "MINIMAL_WORK", 0)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(3, 3, 20, 20), stride=2, padding=1)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(4, 4, 20, 20), stride=2, padding=1, dilation=2)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(4, 4, 3, 20), stride=2, padding=1)
