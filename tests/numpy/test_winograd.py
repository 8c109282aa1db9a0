"""Fewer products for the same convolutions: against loops, in every layout, and as exact as they are said to be."""

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
def test_all_three_are_the_references(block, monkeypatch):
    """The convolution and its transpose against loops, the gradient of the kernel by what makes it a transpose."""
    monkeypatch.setattr(winograd, "WINOGRAD_BLOCK", block)
    found = list(cases())
    assert len(found) > 40
    for stride, places, padding, size in found:
        kernel = tuple(2 * s for s in stride)
        x, g, w = drawn(2, *size, 2, seed=2), drawn(2, *places, 3), drawn(*kernel, 2, 3, seed=1)
        how = {"stride": stride, "padding": padding, "dilation": (1, 1), "groups": 1}
        spare = tuple(n + sum(b) - (p + 1) * s for n, b, p, s in zip(size, padding, places, stride))
        y = reference.convolution.conv2d(x, w, **how)
        back = reference.convolution.conv_transpose2d(g, w, **how, output_padding=spare)
        outs = [np.full(shape, np.nan) for shape in (y.shape, back.shape, w.shape)]
        assert winograd.minimal_convolution(np, x, w, padding, outs[0]) is outs[0]
        assert winograd.minimal_input_gradient(np, g, w, size, padding, outs[1]) is outs[1]
        assert winograd.minimal_kernel_gradient(np, x, g, kernel, padding, outs[2]) is outs[2]
        assert_allclose(outs[0], y, rtol=0, atol=1e-13)
        assert_allclose(outs[1], back, rtol=0, atol=1e-13)
        for i, j, c, o in itertools.product(*map(range, w.shape)):  # <g, conv2d(x, e)> for every unit kernel e
            unit = np.zeros(w.shape)
            unit[i, j, c, o] = 1.0
            assert abs(outs[2][i, j, c, o] - np.sum(g * image_kernels.conv2d(np, x, unit, **how))) < 1e-12


def layer():
    """The cotangent and the weights of a layer that is large enough, and its static arguments."""
    return drawn(24, 7, 7, 32), drawn(4, 4, 64, 32, seed=1), {"stride": 2, "padding": 1}


def test_large_layers_take_them_and_their_derivatives_are_the_same(on_numpy, monkeypatch):
    calls = []

    def counted(name):
        function = getattr(winograd, name)
        monkeypatch.setattr(image_kernels, name, lambda *arguments: calls.append(name) or function(*arguments))

    for name in ("minimal_convolution", "minimal_input_gradient", "minimal_kernel_gradient"):
        counted(name)
    g, w, how = layer()

    def there_and_back(g, w):
        x = mnp.conv_transpose2d(g, w, **how)
        return mnp.sum(mnp.square(mnp.conv2d(mnp.tanh(x), w, **how)))

    value, gradients = mg.value_and_grad(there_and_back, argnums=(0, 1))(g, w)
    assert sorted(calls) == [  # there and back, each with a derivative in its input and one in its weights
        *2 * ["minimal_convolution"], *2 * ["minimal_input_gradient"], *2 * ["minimal_kernel_gradient"],
    ]  # fmt: skip
    monkeypatch.setattr(image_kernels, "MINIMAL_WORK", 1 << 60)
    plain, expected = mg.value_and_grad(there_and_back, argnums=(0, 1))(g, w)
    assert len(calls) == 6
    for a, b in zip((value, *gradients), (plain, *expected)):
        assert_allclose(a, b, rtol=1e-12, atol=1e-13 * np.max(np.abs(b)))


@pytest.mark.parametrize("seed", range(3))
def test_float32_loses_little_more_than_the_plain_product(on_numpy, monkeypatch, seed):
    """The file says 1.7, 1.1 and 2.2 times the error. Sums of two on both sides and axes make terms up to four times as
    large, and each product has a quarter of them: twice the error is expected, three times allowed."""
    g, w, how = layer()
    g, x = drawn(*g.shape, seed=seed + 10), drawn(24, 14, 14, 64, seed=seed + 20)

    def all_three(dtype):
        _, pullback = mg.vjp(lambda x, w: mnp.conv2d(x, w, **how), x.astype(dtype), w.astype(dtype))
        return [mnp.conv2d(x.astype(dtype), w.astype(dtype), **how), *pullback(g.astype(dtype))]

    exact, errors = all_three("float64"), []
    for work in (image_kernels.MINIMAL_WORK, 1 << 60):
        monkeypatch.setattr(image_kernels, "MINIMAL_WORK", work)
        errors.append([np.std(a - b) for a, b in zip(all_three("float32"), exact)])
    for ours, plain in zip(*errors):
        assert ours < 3.0 * plain


def test_small_layers_and_other_kernels_do_without_it(on_numpy, monkeypatch):
    def refused(*arguments):
        raise AssertionError("not for this layer")

    for name in ("minimal_convolution", "minimal_input_gradient", "minimal_kernel_gradient"):
        monkeypatch.setattr(image_kernels, name, refused)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(4, 4, 20, 20), stride=2, padding=1)
    monkeypatch.setattr(image_kernels, "MINIMAL_WORK", 0)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(3, 3, 20, 20), stride=2, padding=1)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(4, 4, 20, 20), stride=2, padding=1, dilation=2)
    mnp.conv_transpose2d(drawn(2, 4, 4, 20), drawn(4, 4, 3, 20), stride=2, padding=1)
