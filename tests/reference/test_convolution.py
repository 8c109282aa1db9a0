"""The loops over images against SciPy's correlation, against each other's transposes, and by hand."""

import autograd.numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from autograd import grad
from numpy.testing import assert_allclose, assert_array_equal

from reference.convolution import (
    avg_pool2d,
    conv2d,
    conv_transpose2d,
    max_pool2d,
    upsample_bilinear2d,
    upsample_nearest2d,
)

CASES = [
    {},
    {"stride": (2, 1)},
    {"padding": ((1, 0), (2, 1))},
    {"dilation": (1, 2)},
    {"stride": (2, 3), "padding": ((1, 1), (0, 2)), "dilation": (2, 1)},
]


def drawn(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_convolution_is_scipys_correlation(case):
    """Padding, dilation and stride are zeros around the image, zeros in the kernel, and skipped results."""
    stride, dilation = case.get("stride", (1, 1)), case.get("dilation", (1, 1))
    x, w = drawn(2, 6, 7, 3), drawn(3, 2, 3, 2, seed=1)
    padded = np.pad(x, ((0, 0), *case.get("padding", ((0, 0), (0, 0))), (0, 0)))
    spread = np.zeros(((3 - 1) * dilation[0] + 1, (2 - 1) * dilation[1] + 1, 3, 2))
    spread[:: dilation[0], :: dilation[1]] = w
    expected = np.stack(
        [
            [scipy.signal.correlate(image, spread[..., o], "valid")[:: stride[0], :: stride[1], 0] for o in range(2)]
            for image in padded
        ]
    )
    assert_allclose(conv2d(x, w, **case), np.moveaxis(expected, 1, 3), rtol=1e-12, atol=1e-13)


def test_groups_are_convolutions_of_their_own():
    x, w = drawn(1, 3, 4, 4), drawn(2, 2, 2, 6, seed=1)
    halves = [conv2d(x[..., 2 * g : 2 * g + 2], w[..., 3 * g : 3 * g + 3]) for g in range(2)]
    assert_allclose(conv2d(x, w, groups=2), np.concatenate(halves, 3), rtol=1e-13)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_transpose_is_the_gradient_of_the_convolution(case, groups):
    """<g, conv2d(x, w)> = <conv_transpose2d(g, w), x>, so the transpose is autograd's gradient in x."""
    x, w = drawn(1, 5, 7, 2 * groups), drawn(3, 2, 2, 2 * groups, seed=1)
    g = drawn(*conv2d(x, w, groups=groups, **case).shape, seed=2)
    expected = grad(lambda x: np.sum(g * conv2d(x, w, groups=groups, **case)))(x)
    kernel, stride, dilation = (3, 2), case.get("stride", (1, 1)), case.get("dilation", (1, 1))
    padding = case.get("padding", ((0, 0), (0, 0)))
    extra = [(x.shape[i + 1] + sum(padding[i]) - dilation[i] * (kernel[i] - 1) - 1) % stride[i] for i in range(2)]
    found = conv_transpose2d(g, w, output_padding=extra, groups=groups, **case)
    assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_pooling_of_a_window_as_large_as_the_image_is_the_mean_and_the_maximum():
    x = drawn(3, 4, 5, 2)
    assert_allclose(avg_pool2d(x, (4, 5), (1, 1))[:, 0, 0], np.mean(x, (1, 2)), rtol=1e-13)
    assert_array_equal(max_pool2d(x, (4, 5), (1, 1))[:, 0, 0], np.max(x, (1, 2)))


def test_overlapping_pooling_is_scipys_filter():
    x = drawn(1, 6, 7, 1)
    expected = scipy.ndimage.maximum_filter(x[0, :, :, 0], 3, mode="constant", cval=-np.inf)
    assert_array_equal(max_pool2d(x, (3, 3), (1, 1), ((1, 1), (1, 1)))[0, :, :, 0], expected)
    expected = scipy.ndimage.uniform_filter(x[0, :, :, 0], 3, mode="constant")
    assert_allclose(avg_pool2d(x, (3, 3), (1, 1), ((1, 1), (1, 1)))[0, :, :, 0], expected, rtol=1e-12, atol=1e-14)


def test_enlarging():
    x = drawn(2, 3, 4, 2)
    assert_array_equal(upsample_nearest2d(x, (2, 3)), np.repeat(np.repeat(x, 2, 1), 3, 2))
    line = np.linspace(1.0, 3.0, 3)[None, :, None, None] + np.zeros((1, 3, 2, 1))
    inner = upsample_bilinear2d(line, (6, 2))[0, 1:-1, 0, 0]
    assert_allclose(inner, np.linspace(1.25, 2.75, 4), rtol=1e-13)  # a straight line stays one
    zoomed = scipy.ndimage.zoom(x[0, :, :, 0], (2, 2), order=1, mode="nearest", grid_mode=True)
    assert_allclose(upsample_bilinear2d(x, (6, 8))[0, :, :, 0], zoomed, rtol=1e-12, atol=1e-14)
