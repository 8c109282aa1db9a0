"""MMD against its closed form between Gaussians, double sums, its bias, and its null law; as a loss; refusals."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.metrics import (
    expected_biased_mmd,
    gaussian_kernel,
    median_bandwidth,
    mmd,
    mmd_null,
    polynomial_kernel,
    rational_quadratic_kernel,
    squared_distances,
)
from minigan.random import generator

KERNELS = {
    "gaussian": (
        gaussian_kernel(0.7, 2.0),
        lambda x, y: np.mean([np.exp(-((x - y) ** 2).sum() / (2 * s * s)) for s in (0.7, 2.0)]),
    ),
    "rational quadratic": (
        rational_quadratic_kernel(0.5, 2.0),
        lambda x, y: np.mean([(1 + ((x - y) ** 2).sum() / (2 * a)) ** -a for a in (0.5, 2.0)]),
    ),
    "polynomial": (polynomial_kernel(3), lambda x, y: (x @ y / len(x) + 1) ** 3),
}  # fmt: skip


def gaussian_mean(s, v1, v2, gap, d):
    """E k(x, y) for x ~ N(a, v1 I), y ~ N(b, v2 I), |a - b| = gap."""
    v = s * s + v1 + v2
    return (s * s / v) ** (d / 2) * math.exp(-gap * gap / (2 * v))


def between_gaussians(s, v1, v2, gap, d):
    inner = gaussian_mean(s, v1, v1, 0.0, d) + gaussian_mean(s, v2, v2, 0.0, d)
    return inner - 2.0 * gaussian_mean(s, v1, v2, gap, d)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("n, m", [(2, 2), (5, 3)])
def test_against_double_sums(kernel, unbiased, n, m):
    k, by_hand = KERNELS[kernel]
    rng = generator(0)
    x, y = rng.standard_normal((n, 3)), rng.standard_normal((m, 3)) + 0.5
    a, b = mg.to_numpy(x), mg.to_numpy(y)

    def within(z):
        return np.mean([by_hand(p, q) for i, p in enumerate(z) for j, q in enumerate(z) if i != j or not unbiased])

    stated = within(a) + within(b) - 2.0 * np.mean([by_hand(p, q) for p in a for q in b])
    assert_allclose(float(mg.to_numpy(mmd(x, y, k, unbiased=unbiased))), stated, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "s, v1, v2, gap, d", [(1.0, 1.0, 1.0, 0.0, 2), (0.8, 1.0, 2.0, 0.7, 1), (1.5, 0.3, 1.0, 1.0, 3)]
)
def test_between_gaussians_the_unbiased_mean_is_the_closed_form_and_the_biased_one_is_above(s, v1, v2, gap, d):
    """400 pairs of 30 and 20: means within four standard errors; E of the biased one differs by a known term."""
    rng, k, n, m = generator(1), gaussian_kernel(s), 30, 20
    shift = mnp.asarray([gap] + [0.0] * (d - 1))
    found = {True: [], False: []}
    for _ in range(400):
        x = math.sqrt(v1) * rng.standard_normal((n, d))
        y = math.sqrt(v2) * rng.standard_normal((m, d)) + shift
        for way, values in found.items():
            values.append(float(mg.to_numpy(mmd(x, y, k, unbiased=way))))
    exact = between_gaussians(s, v1, v2, gap, d)
    bias = (1.0 - gaussian_mean(s, v1, v1, 0.0, d)) / n + (1.0 - gaussian_mean(s, v2, v2, 0.0, d)) / m
    for way, stated in ((True, exact), (False, exact + bias)):
        values = np.asarray(found[way])
        assert abs(values.mean() - stated) < 4.0 * values.std() / 20.0
    assert min(found[False]) >= 0.0
    if gap == 0.0 and v1 == v2:
        assert min(found[True]) < 0.0
        assert_allclose(bias, expected_biased_mmd(n, m, gaussian_mean(s, v1, v1, 0.0, d)))


def test_a_sample_against_itself():
    x = generator(0).standard_normal((10, 2))
    for k, _ in KERNELS.values():
        assert abs(float(mg.to_numpy(mmd(x, x, k, unbiased=False)))) < 1e-12
    assert float(mg.to_numpy(mmd(x, x, gaussian_kernel(1.0)))) < 0.0


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_squared_distances_are_not_negative_and_do_not_drown_in_the_origin(dtype):
    x = mnp.astype(1e3 + generator(0).standard_normal((50, 4)), dtype)
    found, host = mg.to_numpy(squared_distances(x, x)), mg.to_numpy(x)
    assert found.dtype == dtype and found.min() >= 0.0
    stated = ((host[:, None] - host[None]) ** 2).sum(-1)
    assert_allclose(
        found, stated, rtol=1e-4 if dtype == "float32" else 1e-12, atol=2e-5 if dtype == "float32" else 1e-13
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("unbiased", [True, False])
def test_derivatives(kernel, unbiased):
    k, _ = KERNELS[kernel]
    rng = generator(0)
    x, y = rng.standard_normal((4, 2)), rng.standard_normal((5, 2))
    mg.check_grads(lambda x, y: mmd(x, y, k, unbiased=unbiased), (x, y))


def test_as_a_loss_it_brings_the_samples_home():
    rng, k = generator(0), gaussian_kernel(0.5, 2.0, 5.0)  # the widest is felt from afar
    y = rng.standard_normal((100, 2)) + 2.0
    x = 0.5 * rng.standard_normal((100, 2))
    step = mg.compile(lambda x: x - 50.0 * mg.grad(lambda x: mmd(x, y, k, unbiased=False))(x))
    before = float(mg.to_numpy(mmd(x, y, k)))
    for _ in range(100):
        x = step(x)
    assert float(mg.to_numpy(mmd(x, y, k))) < 0.01 * before
    gap = mg.to_numpy(x).mean(0) - mg.to_numpy(y).mean(0)
    assert np.linalg.norm(gap) < 0.2 * math.sqrt(8.0)  # it was that of (2, 2); the last stragglers take their time


def test_the_dealt_out_null_is_that_of_fresh_samples_and_tells_laws_apart():
    rng, k = generator(0), gaussian_kernel(1.0)
    x, y = rng.standard_normal((60, 2)), rng.standard_normal((40, 2))
    null = mmd_null(x, y, k)
    fresh = [float(mg.to_numpy(mmd(rng.standard_normal((60, 2)), rng.standard_normal((40, 2)), k))) for _ in range(200)]
    assert abs(null.mean) < 4.0 * null.deviation / math.sqrt(500)
    assert_allclose(null.deviation, np.std(fresh), rtol=0.3)
    assert null.p_value(float(mg.to_numpy(mmd(x, y + 1.0, k)))) < 0.01
    assert null.p_value(float(mg.to_numpy(mmd(x, y, k)))) > 0.01
    biased = mmd_null(x, y, k, unbiased=False)
    mean_of_kernel = gaussian_mean(1.0, 1.0, 1.0, 0.0, 2)
    assert_allclose(biased.mean, expected_biased_mmd(60, 40, mean_of_kernel), rtol=0.15)


def test_median_bandwidth():
    x = generator(0).standard_normal((200, 2))
    host = mg.to_numpy(x)
    pairs = [np.linalg.norm(host[i] - host[j]) for i in range(200) for j in range(i)]
    assert_allclose(median_bandwidth(x), np.median(pairs), rtol=1e-3)  # squares of an even number of pairs
    assert median_bandwidth(3.0 * x) == pytest.approx(3.0 * median_bandwidth(x))


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: mmd(mnp.ones((3, 2)), mnp.ones((3, 1)), gaussian_kernel(1.0)), "rows of one width"),
        (lambda: mmd(mnp.ones((3,)), mnp.ones((3,)), gaussian_kernel(1.0)), "rows of one width"),
        (lambda: mmd(mnp.ones((1, 2)), mnp.ones((3, 2)), gaussian_kernel(1.0)), "needs 2 rows or more"),
        (lambda: mmd(mnp.ones((0, 2)), mnp.ones((3, 2)), gaussian_kernel(1.0), unbiased=False), "needs 1 rows"),
        (lambda: gaussian_kernel(), "one or more"),
        (lambda: gaussian_kernel(0.0), "positive numbers"),
        (lambda: rational_quadratic_kernel(-1.0), "positive numbers"),
        (lambda: polynomial_kernel(0), "positive integer"),
        (lambda: median_bandwidth(np.ones((4, 2))), "most reference samples are equal"),
        (lambda: mmd_null(mnp.ones((1, 2)), mnp.ones((3, 2)), gaussian_kernel(1.0)), "n >= 2"),
    ],
)
def test_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
