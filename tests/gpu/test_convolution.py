"""A convolutional GAN on CuPy: NumPy's numbers, and no way back to the host in a step.

That every primitive agrees with NumPy's is tested in `test_gpu`; here are the shapes that take other paths.
"""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.numpy import image_kernels


@pytest.fixture(autouse=True)
def on_cupy():
    with mg.use("cupy") as backend:
        yield backend


@pytest.fixture
def cupy(on_cupy):
    return on_cupy.xp


def drawn(*shape, seed=0, dtype="float64"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


SHAPES = [  # rows and columns, kernel, channels, features, how
    (28, 4, 1, 64, {"stride": 2, "padding": 1}),
    (14, 4, 64, 128, {"stride": 2, "padding": 1}),
    (1, 4, 32, 16, {"padding": 3}),
    (9, 3, 8, 8, {"stride": 2, "padding": ((1, 0), (0, 2)), "dilation": 2, "groups": 4}),
    (6, 1, 5, 7, {}),
]


@pytest.mark.parametrize("block", [1 << 29, 1 << 14])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("size", "kernel", "channels", "features", "how"), SHAPES)
def test_convolutions_equal_numpys(size, kernel, channels, features, how, dtype, block, monkeypatch):
    monkeypatch.setattr(image_kernels, "GPU_BLOCK", block)
    x = drawn(8, size, size, channels, dtype=dtype)
    w = drawn(kernel, kernel, channels // how.get("groups", 1), features, seed=1, dtype=dtype)

    def run(name):
        with mg.use(name):
            y, pullback = mg.vjp(lambda x, w: mnp.conv2d(x, w, **how), mnp.asarray(x), mnp.asarray(w))
            return mg.to_numpy((y, *pullback(mnp.sin(y))))

    # sums of up to 3136 terms (in w); cuBLAS may multiply float32 in another order
    tolerance = 1e-11 if dtype == "float64" else 1e-4
    for found, expected in zip(run("cupy"), run("numpy")):
        assert found.dtype == expected.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * np.max(np.abs(expected)))


def networks():
    make = nn.sequential(
        nn.dense(7 * 7 * 16),
        nn.reshape(7, 7, 16),
        nn.batch_norm(),
        nn.relu,
        nn.conv_transpose2d(8, 4, stride=2, padding=1),
        nn.batch_norm(),
        nn.relu,
        nn.upsample(2, "bilinear"),
        nn.conv2d(1, 3, padding="same"),
        nn.tanh,
    )
    judge = nn.sequential(
        nn.conv2d(8, 4, stride=2, padding=1),
        nn.leaky_relu(0.2),
        nn.max_pool2d(3, stride=2, padding=1),
        nn.conv2d(16, 3, padding=1),
        nn.leaky_relu(0.2),
        nn.avg_pool2d(2),
        nn.flatten,
        nn.dense(1),
    )
    return make, judge


def step(g, d, z, real):
    make, judge = networks()

    def loss(g, d):
        fake = make.apply(g, z, train=True)
        slope = mg.grad(lambda x: mnp.sum(judge.apply(d, x)))(real)
        penalty = mnp.mean(mnp.sum(mnp.square(slope), axis=(1, 2, 3)))
        return mnp.mean(mnp.softplus(-judge.apply(d, real)) + mnp.softplus(judge.apply(d, fake))) + penalty

    return mg.value_and_grad(loss, argnums=(0, 1))(g, d)


def arguments(dtype):
    make, judge = networks()
    with mg.use("numpy"):
        rng = mg.random.generator(0)
        g, d = make.init(rng, (None, 10), dtype), judge.init(rng, (None, 28, 28, 1), dtype)
    return g, d, drawn(4, 10, dtype=dtype), drawn(4, 28, 28, 1, seed=1, dtype=dtype)


def test_a_step_with_a_gradient_penalty_equals_numpys():
    host = arguments("float64")
    found = mg.tree_leaves(mg.to_numpy(step(*mg.tree_map(mnp.asarray, host))))
    with mg.use("numpy"):
        expected = mg.tree_leaves(step(*host))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_step_does_not_synchronise(dtype, cupy):
    import cupyx

    device = mg.tree_map(mnp.asarray, arguments(dtype))
    step(*device)  # compiles the kernels
    with cupyx.allow_synchronize(False):
        found = step(*device)
    for leaf in mg.tree_leaves(found):
        assert isinstance(leaf, cupy.ndarray)
        assert leaf.dtype == dtype
