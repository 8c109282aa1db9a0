"""Convolution, pooling and enlarging against loops and SciPy, their derivatives against HIPS autograd's."""

import itertools
import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
import reference.convolution
from minigan.compiler.operations import support
from minigan.numpy import image_kernels

CASES = [
    {"size": (4, 5), "kernel": (3, 2)},
    {"size": (5, 5), "kernel": (4, 4), "stride": (2, 2), "padding": ((1, 1), (1, 1))},
    {"size": (6, 4), "kernel": (3, 3), "stride": (2, 1), "padding": ((0, 2), (1, 0)), "dilation": (1, 2)},
    {"size": (6, 5), "kernel": (2, 3), "stride": (3, 2), "dilation": (2, 1)},
    {"size": (4, 4), "kernel": (1, 1), "stride": (2, 2)},
    {"size": (3, 4), "kernel": (1, 1)},
    {"size": (1, 1), "kernel": (4, 4), "padding": ((3, 3), (3, 3))},  # the other way, DCGAN's first layer
    {"size": (7, 6), "kernel": (2, 1), "stride": (3, 4)},  # pixels that no window sees
]
GROUPS_AND_CHANNELS = [(1, 1, 2), (1, 5, 3), (1, 17, 1), (2, 4, 2), (3, 3, 6)]  # groups, channels, features
each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_width = pytest.mark.parametrize(("groups", "channels", "features"), GROUPS_AND_CHANNELS)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def parts(case, groups, channels, features, samples=2):
    """An image, weights, and the static arguments, as the reference takes them."""
    case = dict(case)
    x = drawn(samples, *case.pop("size"), channels)
    w = drawn(*case.pop("kernel"), channels // groups, features, seed=1)
    return x, w, {**case, "groups": groups}


def home(x):
    return mg.to_numpy(x)


def ours(x):
    return mnp.asarray(np.asarray(x))


# -- values --------------------------------------------------------------------------------------------------


@each_width
@each_case
def test_conv2d_is_the_references(case, groups, channels, features):
    x, w, how = parts(case, groups, channels, features)
    # sums of at most 16 x 17 products of numbers of order one
    assert_allclose(home(mnp.conv2d(ours(x), ours(w), **how)), reference.convolution.conv2d(x, w, **how), atol=1e-12)


@each_width
@each_case
def test_conv_transpose2d_is_the_references(case, groups, channels, features):
    """For every size of the result that the same weights would bring back to this one."""
    x, w, how = parts(case, groups, channels, features)
    g = drawn(*reference.convolution.conv2d(x, w, **how).shape, seed=2)
    for extra in itertools.product(*map(range, how.get("stride", (1, 1)))):
        expected = reference.convolution.conv_transpose2d(g, w, output_padding=extra, **how)
        if 0 in expected.shape:
            continue
        found = mnp.conv_transpose2d(ours(g), ours(w), output_padding=extra, **how)
        assert_allclose(home(found), expected, atol=1e-12)
        assert mnp.conv2d(found, ours(w), **how).shape == g.shape


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (2, 1), (3, 2), (5, 3), (1, 2)])
def test_same_and_valid_padding_by_scipy(kernel, stride):
    x, w = drawn(1, 7, 7, 1), drawn(kernel, kernel, 1, 1, seed=1)
    valid = scipy.signal.correlate(x[0, :, :, 0], w[:, :, 0, 0], "valid")[::stride, ::stride]
    assert_allclose(home(mnp.conv2d(ours(x), ours(w), stride, "valid"))[0, :, :, 0], valid, atol=1e-13)
    same = home(mnp.conv2d(ours(x), ours(w), stride, "same"))
    assert same.shape == (1, -(-7 // stride), -(-7 // stride), 1)
    if kernel % 2 and stride == 1:
        assert_allclose(same[0, :, :, 0], scipy.signal.correlate(x[0, :, :, 0], w[:, :, 0, 0], "same"), atol=1e-13)
    back = mnp.conv_transpose2d(ours(same), ours(w), stride, "same")
    assert back.shape == (1, same.shape[1] * stride, same.shape[2] * stride, 1)
    # its transpose: <conv2d(u), same> = <u, back> for images of that size
    u = drawn(*back.shape, seed=2)
    left = np.sum(home(mnp.conv2d(ours(u), ours(w), stride, "same")) * same)
    assert_allclose(left, np.sum(u * home(back)), rtol=1e-12)


def test_an_odd_zero_of_same_padding_goes_to_the_bottom_and_the_right():
    x, w = mnp.ones((1, 2, 3, 1)), mnp.ones((2, 2, 1, 1))
    found = home(mnp.conv2d(x, w, padding="same"))[0, :, :, 0]
    assert_array_equal(found, [[4.0, 4.0, 2.0], [2.0, 2.0, 1.0]])


def test_padding_and_stride_in_all_spellings():
    x, w = ours(drawn(1, 5, 6, 2)), ours(drawn(3, 2, 2, 2))
    expected = home(mnp.conv2d(x, w, (2, 2), ((1, 1), (1, 1))))
    for stride, padding in [(2, 1), ([2, 2], (1, 1)), (np.int64(2), ((1, 1), (1, 1))), ((2, 2), [[1, 1], 1 * (1, 1)])]:
        assert_array_equal(home(mnp.conv2d(x, w, stride, padding)), expected)
    assert_array_equal(
        home(mnp.conv2d(x, w, 1, (0, 2))), home(mnp.conv2d(x, w, padding=((0, 0), (2, 2))))
    )  # vertical first


def test_no_samples_at_all():
    x, w = mnp.zeros((0, 4, 4, 2)), ours(drawn(3, 3, 2, 5))
    assert mnp.conv2d(x, w).shape == (0, 2, 2, 5)
    gradients = mg.grad(lambda x, w: mnp.sum(mnp.conv2d(x, w)), argnums=(0, 1))(x, w)
    assert gradients[0].shape == x.shape
    assert_array_equal(home(gradients[1]), np.zeros(w.shape))


def test_many_samples_in_blocks_are_the_same(on_numpy, monkeypatch):
    """How many samples one product takes changes neither values nor gradients beyond rounding."""
    x, w = drawn(7, 5, 5, 18), drawn(3, 3, 18, 4, seed=1)
    narrow = drawn(3, 3, 2, 18, seed=3)

    def f(x, w, narrow):
        return mnp.sum(mnp.sin(mnp.conv_transpose2d(mnp.conv2d(x, w, 2, 1)[..., :2] * 1.0, narrow.mT, 2, 1)))

    whole = mg.value_and_grad(f, argnums=(0, 1, 2))(x, w, narrow)
    for size in (1, 3 * 3 * 9 * 18 * 8 * 2, 3 * 3 * 9 * 18 * 8 * 3):
        monkeypatch.setattr(image_kernels, "CPU_BLOCK", size)
        for a, b in zip(mg.tree_leaves(mg.value_and_grad(f, argnums=(0, 1, 2))(x, w, narrow)), mg.tree_leaves(whole)):
            assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_both_ways_back_and_every_layout_of_windows_agree(on_numpy, monkeypatch):
    x, w, how = parts(CASES[2], 1, 6, 3)
    g = drawn(*mnp.conv2d(x, w, **how).shape, seed=2)
    found = []
    for phase_channels, few_channels in itertools.product((0, 99), (0, 99)):
        monkeypatch.setattr(image_kernels, "PHASE_CHANNELS", phase_channels)
        monkeypatch.setattr(image_kernels, "FEW_CHANNELS", few_channels)
        y, pullback = mg.vjp(lambda x, w: mnp.conv2d(x, w, **how), x, w)
        found.append((y, *pullback(g)))
    for other in found[1:]:
        for a, b in zip(other, found[0]):
            assert_allclose(a, b, atol=1e-12)


def test_the_kernels_run_by_themselves_and_write_where_they_are_told(on_numpy):
    """Their source is all that a compiled program takes with it."""
    namespace: dict = {"math": math}
    exec("\n".join(support().values()), namespace)
    x, w, how = parts(CASES[1], 2, 4, 6)
    arguments = (how["stride"], how["padding"], (1, 1), 2)
    y = mnp.conv2d(x, w, **how)
    gx, gw = mg.vjp(lambda x, w: mnp.conv2d(x, w, **how), x, w)[1](y)
    for name, expected, *values in [
        ("conv2d", y, x, w, *arguments),
        ("conv2d_input_gradient", gx, y, w, (5, 5), *arguments),
        ("conv2d_kernel_gradient", gw, x, y, (4, 4), *arguments),
    ]:
        out = np.full(expected.shape, np.nan)
        assert namespace[name](np, *values, out=out) is out
        assert_array_equal(out, expected)


# -- derivatives ---------------------------------------------------------------------------------------------


def penalised(conv2d, conv_transpose2d, xp, x, w, v, how):
    """A scalar of a small convolutional network there and back, curved in everything."""
    h = xp.tanh(conv2d(x, w, **how))
    return xp.sum(xp.sin(conv_transpose2d(h * h, v, **how)))


SMALL = [
    (CASES[0], 1, 2, 2),
    ({"size": (4, 3), "kernel": (4, 3), "stride": (2, 2), "padding": ((1, 1), (1, 1))}, 1, 17, 1),
    (CASES[2], 2, 2, 2),
    (CASES[3], 1, 1, 2),
    ({"size": (1, 1), "kernel": (2, 2), "padding": ((1, 1), (1, 1))}, 1, 2, 1),
    (CASES[7], 1, 1, 2),
]


@pytest.mark.parametrize(("case", "groups", "channels", "features"), SMALL)
def test_first_and_second_derivatives_are_autograds(case, groups, channels, features):
    """The gradient, and the gradient of its squared norm: a gradient penalty. The loops allow small cases only."""
    x, w, how = parts(case, groups, channels, features, samples=1)
    arguments = (x, w, drawn(*w.shape, seed=5))

    def of_ours(x, w, v):
        return penalised(mnp.conv2d, mnp.conv_transpose2d, mnp, x, w, v, how)

    def of_theirs(x, w, v):
        return penalised(reference.convolution.conv2d, reference.convolution.conv_transpose2d, anp, x, w, v, how)

    def penalty(gradient, xp):
        return lambda *arguments: xp.sum(xp.square(gradient(*arguments)))

    for i in range(3):
        found = mg.grad(of_ours, argnums=i)(*map(ours, arguments))
        assert_allclose(home(found), autograd.grad(of_theirs, i)(*arguments), rtol=1e-9, atol=1e-11)
        found = mg.grad(penalty(mg.grad(of_ours), mnp), argnums=i)(*map(ours, arguments))
        expected = autograd.grad(penalty(autograd.grad(of_theirs), anp), i)(*arguments)
        assert_allclose(home(found), expected, rtol=1e-8, atol=1e-9)


def test_the_three_maps_are_each_others_transposes():
    """<g, conv2d(x, w)> in three ways, to rounding."""
    x, w, how = parts(CASES[2], 2, 4, 2)
    y, pullback = mg.vjp(lambda x, w: mnp.conv2d(x, w, **how), ours(x), ours(w))
    g = drawn(*y.shape, seed=2)
    in_x, in_w = map(home, pullback(ours(g)))
    value = np.sum(g * home(y))
    assert_allclose([np.sum(in_x * x), np.sum(in_w * w)], [value, value], rtol=1e-12)


def test_float32_stays_float32_and_is_as_exact_as_it_can_be():
    x, w = drawn(3, 9, 9, 20).astype("float32"), drawn(4, 4, 20, 8, seed=1).astype("float32")

    def f(x, w):
        return mnp.sum(mnp.square(mnp.conv2d(x, w, 2, 1)))

    found = mg.value_and_grad(f, argnums=(0, 1))(ours(x), ours(w))
    wide = mg.value_and_grad(f, argnums=(0, 1))(ours(x.astype(float)), ours(w.astype(float)))
    for a, b in zip(mg.tree_leaves(found), mg.tree_leaves(wide)):
        a, b = home(a), home(b)
        assert a.dtype == np.float32
        assert_allclose(a, b, rtol=1e-5, atol=1e-6 * np.max(np.abs(b)))  # 320 terms: a few hundred roundings


def test_two_dtypes_meet_in_the_wider_one_and_cotangents_come_back_in_their_own():
    x, w = ours(drawn(1, 4, 4, 2).astype("float32")), ours(drawn(3, 3, 2, 2, seed=1))
    y, pullback = mg.vjp(mnp.conv2d, x, w)
    assert mg.backend.dtype_name(y.dtype) == "float64"
    assert [mg.backend.dtype_name(g.dtype) for g in pullback(y)] == ["float32", "float64"]


def test_integers_convolve_to_integers(on_numpy):
    y = mnp.conv2d(np.arange(16).reshape(1, 4, 4, 1), np.ones((2, 2, 1, 1), int), 2)
    assert y.dtype == int
    assert_array_equal(y[0, :, :, 0], [[10, 18], [42, 50]])


# -- pooling -------------------------------------------------------------------------------------------------

POOLING = [
    {"kernel": (2, 2), "stride": (2, 2)},
    {"kernel": (3, 2), "stride": (1, 2), "padding": ((1, 1), (0, 1))},
    {"kernel": (2, 3), "stride": (3, 2), "padding": ((1, 0), (1, 1))},
    {"kernel": (1, 1), "stride": (2, 1)},
]


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
@pytest.mark.parametrize("how", POOLING, ids=str)
def test_pooling_and_its_gradient_are_the_references(name, how):
    x = drawn(2, 6, 5, 3)
    found, pullback = mg.vjp(lambda x: getattr(mnp, name)(x, **how), ours(x))
    expected = getattr(reference.convolution, name)(x, **how)
    assert_allclose(home(found), expected, rtol=1e-13, atol=1e-15)
    g = drawn(*expected.shape, seed=1)
    gradient = autograd.grad(lambda x: anp.sum(g * getattr(reference.convolution, name)(x, **how)))(x)
    assert_allclose(home(pullback(ours(g))[0]), gradient, rtol=1e-12, atol=1e-14)
    mg.check_grads(lambda x: mnp.sin(getattr(mnp, name)(x, **how)), (ours(x),))


def test_a_mean_that_does_not_count_the_border():
    x = drawn(2, 5, 4, 3)
    how = {"kernel": (3, 2), "stride": (2, 1), "padding": ((1, 1), (1, 0))}
    total = 6 * reference.convolution.avg_pool2d(x, **how)
    counted = 6 * reference.convolution.avg_pool2d(np.ones_like(x), **how)
    found = mnp.avg_pool2d(ours(x), count_include_pad=False, **how)
    assert_allclose(home(found), total / counted, rtol=1e-12, atol=1e-14)
    assert_allclose(home(mnp.avg_pool2d(mnp.ones_like(ours(x)), count_include_pad=False, **how)), 1.0, rtol=1e-15)


def test_the_stride_of_pooling_is_the_kernels_unless_said():
    x = ours(drawn(1, 4, 6, 1))
    assert_array_equal(home(mnp.max_pool2d(x, (2, 3))), home(mnp.max_pool2d(x, (2, 3), (2, 3))))


def test_a_border_never_wins_and_negative_values_do():
    x = mnp.full((1, 2, 2, 1), -3.0)
    assert_array_equal(home(mnp.max_pool2d(x, 2, 1, 1)), np.full((1, 3, 3, 1), -3.0))
    assert_array_equal(home(mg.grad(lambda x: mnp.sum(mnp.max_pool2d(x, 2, 1, 1)))(x)).sum(), 9.0)


def test_the_second_derivative_of_max_pooling_is_zero():
    x = ours(drawn(1, 4, 4, 2))
    assert_array_equal(home(mg.hvp(lambda x: mnp.sum(mnp.max_pool2d(x, 2)))(x, mnp.ones_like(x))), np.zeros(x.shape))


def test_pooling_of_integers_is_in_floating_point():
    x = mnp.reshape(mnp.arange(4), (1, 2, 2, 1))
    assert float(home(mnp.avg_pool2d(x, 2))[0, 0, 0, 0]) == 1.5
    assert float(home(mnp.max_pool2d(x, 2))[0, 0, 0, 0]) == 3.0


# -- enlarging -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 2, (3, 1)])
def test_upsample_nearest(scale):
    x = drawn(2, 2, 3, 2)
    pair = scale if isinstance(scale, tuple) else (scale, scale)
    assert_array_equal(home(mnp.upsample_nearest2d(ours(x), scale)), reference.convolution.upsample_nearest2d(x, pair))
    mg.check_grads(lambda x: mnp.sin(mnp.upsample_nearest2d(x, scale)), (ours(x),))


@pytest.mark.parametrize("size", [(4, 6), (3, 3), (5, 1), (2, 3), (1, 2)])
def test_upsample_bilinear(size):
    """Smaller sizes, too: interpolation, without smoothing first."""
    x = drawn(2, 2, 3, 2)
    expected = reference.convolution.upsample_bilinear2d(x, size)
    assert_allclose(home(mnp.upsample_bilinear2d(ours(x), size=size)), expected, rtol=1e-13, atol=1e-14)
    mg.check_grads(lambda x: mnp.sin(mnp.upsample_bilinear2d(x, size=size)), (ours(x),))


@pytest.mark.parametrize(("scale", "size"), [(2, (4, 6)), ((1, 3), (2, 9)), (None, (4, 6))])
def test_the_scale_of_bilinear_interpolation_is_a_size(scale, size):
    x = ours(drawn(1, 2, 3, 1))
    assert_array_equal(home(mnp.upsample_bilinear2d(x, scale)), home(mnp.upsample_bilinear2d(x, size=size)))


def test_bilinear_weights_add_up_to_one_in_float32():
    y = mnp.upsample_bilinear2d(ours(np.ones((1, 7, 5, 1), np.float32)), size=(31, 64))
    assert_allclose(home(y), 1.0, rtol=1e-6)
    assert mg.backend.dtype_name(y.dtype) == "float32"


# -- borders -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric", "wrap"])
@given(n=st.integers(1, 5), low=st.integers(0, 7), high=st.integers(0, 7))
def test_padding_and_its_transpose(mode, n, low, high):
    """NumPy's values, borders wider than the array included, and <pullback(g), x> = <g, pad(x)>."""
    x = drawn(2, n)
    expected = np.pad(x, ((0, 0), (low, high)), mode)
    found, pullback = mg.vjp(lambda x: mnp.pad(x, ((0, 0), (low, high)), mode), ours(x))
    assert_array_equal(home(found), expected)
    g = drawn(*expected.shape, seed=1)
    assert_allclose(np.sum(home(pullback(ours(g))[0]) * x), np.sum(g * expected), rtol=1e-11, atol=1e-12)


# -- errors --------------------------------------------------------------------------------------------------

X, W = np.zeros((2, 5, 5, 4)), np.zeros((3, 3, 4, 6))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mnp.conv2d(ours(X[0]), ours(W)), r"conv2d takes an input of shape .* float64\[5,5,4\]"),
        (lambda: mnp.conv2d(ours(X), ours(W[0])), r"weights of shape .* float64\[3,4,6\]"),
        (lambda: mnp.conv2d(ours(X), ours(W[:, :0])), r"weights of shape .* float64\[3,0,4,6\]"),
        (lambda: mnp.conv2d(ours(X[..., :3]), ours(W)), r"float64\[2,5,5,3\] with weights float64\[3,3,4,6\]"),
        (lambda: mnp.conv2d(ours(X), ours(W), groups=2), r"the weights take 4 x 2 and make 6"),
        (lambda: mnp.conv2d(ours(X), ours(W[:, :, :1, :]), groups=4), r"groups=4.* make 6 features"),
        (lambda: mnp.conv2d(ours(X), ours(W), groups=0), "groups of conv2d are a positive integer, and were 0"),
        (lambda: mnp.conv2d(ours(X[:, :2]), ours(W)), r"the kernel is larger than the padded input"),
        (lambda: mnp.conv2d(ours(X), ours(W), dilation=3), r"the kernel is larger than the padded input"),
        (lambda: mnp.conv2d(ours(X), ours(W), stride=0), "stride of conv2d .* and was 0"),
        (lambda: mnp.conv2d(ours(X), ours(W), stride=(1, 2, 3)), r"stride of conv2d .* and was \(1, 2, 3\)"),
        (lambda: mnp.conv2d(ours(X), ours(W), stride=1.5), "stride of conv2d .* and was 1.5"),
        (lambda: mnp.conv2d(ours(X), ours(W), dilation=True), "dilation of conv2d .* and was True"),
        (lambda: mnp.conv2d(ours(X), ours(W), padding=-1), "padding of conv2d .* at least 0 .* and was -1"),
        (lambda: mnp.conv2d(ours(X), ours(W), padding="full"), '"valid" or "same", and was \'full\''),
        (lambda: mnp.conv2d(ours(X), ours(W), padding=((1, 1),)), r"\(\(top, bottom\), \(left, right\)\)"),
        (lambda: mnp.conv_transpose2d(ours(X), ours(W)), "the input's features"),
        (lambda: mnp.conv_transpose2d(ours(X), ours(W.swapaxes(2, 3)), 2, output_padding=2), "smaller than its stride"),
        (lambda: mnp.conv_transpose2d(ours(X), ours(W.swapaxes(2, 3)), 2, "same", 1), "takes no output_padding"),
        (lambda: mnp.conv_transpose2d(ours(X[:, :1]), ours(W.swapaxes(2, 3)), padding=2), "would make -1 x 3"),
        (lambda: mnp.max_pool2d(ours(X), 6), "kernel .6, 6. is larger"),
        (lambda: mnp.max_pool2d(ours(X), 2, padding=2), "at most half its kernel"),
        (lambda: mnp.avg_pool2d(ours(X), 0), "kernel of avg_pool2d .* and was 0"),
        (lambda: mnp.avg_pool2d(ours(X[0]), 2), "avg_pool2d takes an input"),
        (lambda: mnp.upsample_nearest2d(ours(X), 0), "scale of upsample_nearest2d"),
        (lambda: mnp.upsample_nearest2d(ours(X[0])), "upsample_nearest2d takes an input"),
        (lambda: mnp.upsample_bilinear2d(ours(X), 2, (4, 4)), "a scale or a size"),
        (lambda: mnp.upsample_bilinear2d(ours(X), size=0), "size of upsample_bilinear2d"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_shapes(call, words):
    with pytest.raises(ValueError, match=words):
        call()
