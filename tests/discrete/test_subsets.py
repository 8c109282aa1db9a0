"""Subsets and permutations: the Plackett-Luce law, hard and relaxed vectors, doubly stochastic matrices."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linear_sum_assignment

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from minigan.discrete import gumbel_sinkhorn, gumbel_top_k, relaxed_top_k, sinkhorn
from minigan.random import generator

from .laws import arrays, frequencies_fit, one_program

DTYPES = ("float64", "float32")


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_order_drawn_is_plackett_luce(k):
    p = np.array([0.4, 0.3, 0.2, 0.1])
    logits = mnp.broadcast_to(mnp.asarray(np.log(p)), (40_000, 4))
    orders = list(itertools.permutations(range(4), k))
    law = [math.prod(p[i] / (1 - p[list(order[:j])].sum()) for j, i in enumerate(order)) for order in orders]
    for seed in (0, 1, 2):
        drawn = mg.to_numpy(gumbel_top_k(logits, k, generator(seed)))
        assert drawn.shape == (40_000, k)
        counts = [(drawn == np.array(order)).all(-1).sum() for order in orders]
        frequencies_fit(counts, law)


@given(
    st.lists(st.integers(-20, 20), min_size=1, max_size=6).flatmap(
        lambda x: st.tuples(st.just(x), st.integers(1, len(x)))
    ),
    st.sampled_from((0.0, 1e-3, 0.1, 1.0, 10.0)),
    st.sampled_from(DTYPES),
)
def test_relaxed_subsets_sum_to_k_and_hard_ones_are_the_top_k(case, temperature, dtype):
    values, k = np.array(case[0]) / 2, case[1]
    n, logits, zero = len(values), mnp.asarray(values.astype(dtype)), mnp.zeros(len(values))
    x = mg.to_numpy(relaxed_top_k(logits, k, temperature, noise=zero))
    assert x.dtype == dtype and (x >= 0).all()
    assert abs(x.sum() - k) <= 8 * n * k * np.finfo(dtype).eps
    hard = mg.to_numpy(relaxed_top_k(logits, k, temperature, noise=zero, hard=True))
    top = np.argsort(-values, kind="stable")[:k]
    assert_array_equal(hard, np.isin(np.arange(n), top))
    assert_array_equal(mg.to_numpy(gumbel_top_k(logits, k, noise=zero)), top)
    if temperature == 0.0:
        assert_array_equal(x, hard)
    elif temperature == 1e-3 and len(set(case[0])) == n:  # half a unit apart: e^-500
        assert_allclose(x, hard, atol=1e-6)


def test_the_relaxation_step_by_step():
    """Against the recursion as printed: a = softmax(keys / t), keys += log(1 - a)."""
    keys = np.array([0.3, -0.4, 1.1, 0.0])
    found = mg.to_numpy(relaxed_top_k(mnp.asarray(keys), 3, 0.7, noise=mnp.zeros(4)))
    total = 0.0
    for _ in range(3):
        a = np.exp(keys / 0.7) / np.exp(keys / 0.7).sum()
        total, keys = total + a, keys + np.log(1 - a)
    assert_allclose(found, total, rtol=1e-13)


def test_any_axis():
    logits, noise = (np.random.default_rng(i).standard_normal((2, 4, 3)) for i in range(2))
    for sample in (
        lambda x, g, axis: gumbel_top_k(x, 2, noise=g, axis=axis),
        lambda x, g, axis: relaxed_top_k(x, 2, 0.5, noise=g, axis=axis),
        lambda x, g, axis: relaxed_top_k(x, 2, 0.0, noise=g, axis=axis),
    ):
        last = mg.to_numpy(sample(mnp.asarray(logits), mnp.asarray(noise), -1))
        moved = [np.ascontiguousarray(np.moveaxis(x, -1, 1)) for x in (logits, noise)]
        middle = mg.to_numpy(sample(mnp.asarray(moved[0]), mnp.asarray(moved[1]), 1))
        assert_allclose(np.moveaxis(middle, 1, -1), last, rtol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_cold_subsets_differentiate_without_nan(dtype):
    logits, w = mnp.asarray(np.array([0.0, 5.0, -3.0, -np.inf, 1.0], dtype)), mnp.asarray(np.arange(5.0).astype(dtype))
    with np.errstate(over="ignore"):
        for temperature, hard in itertools.product((1e-4, 1e-2, 1.0), (False, True)):
            f = lambda x: mnp.sum(w * relaxed_top_k(x, 2, temperature, noise=mnp.zeros(5), hard=hard))  # noqa: B023
            assert np.isfinite(mg.to_numpy(mg.grad(f)(logits))).all()


@pytest.mark.parametrize("n", [1, 2, 4])
def test_sinkhorn_is_doubly_stochastic_and_keeps_the_cross_ratios(n):
    """a_ij a_kl / (a_il a_kj) is not changed by scaling rows and columns: with it and the sums, the matrix is unique."""
    scores = np.random.default_rng(0).standard_normal((3, n, n))
    found = mg.to_numpy(sinkhorn(mnp.asarray(scores), 200))
    assert_allclose(found.sum(-1), 1.0, atol=1e-12)
    assert_allclose(found.sum(-2), 1.0, atol=1e-12)
    cross = lambda x: x[:, 1:, 1:] + x[:, :1, :1] - x[:, 1:, :1] - x[:, :1, 1:]
    assert_allclose(cross(np.log(found)), cross(scores), atol=1e-12)


def test_cold_permutations_are_the_best_assignment():
    for seed in range(3):
        scores, noise = (np.random.default_rng((seed, i)).standard_normal((4, 4)) for i in range(2))
        found = mg.to_numpy(gumbel_sinkhorn(mnp.asarray(scores), 0.005, iterations=1000, noise=mnp.asarray(noise)))
        rows, columns = linear_sum_assignment(scores + noise, maximize=True)
        assert_allclose(found[rows, columns], 1.0, atol=0.05)


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_a_program_and_to_second_order(dtype):
    logits, noise = arrays(0, dtype, (3, 3), (2, 3, 3))
    t = mnp.asarray(np.array(0.7, dtype))
    one_program(lambda x, g: gumbel_top_k(x, 2, noise=g), logits, noise)
    for sample in (
        lambda x, t, g: relaxed_top_k(x, 2, t, noise=g),
        lambda x, t, g: relaxed_top_k(x, 2, t, noise=g, hard=True, axis=0),
        lambda x, t, g: gumbel_sinkhorn(x, t, iterations=5, noise=g),
    ):
        assert dtype_name(sample(logits, t, noise).dtype) == dtype
        one_program(sample, logits, t, noise)
        one_program(mg.grad(lambda *a: mnp.sum(sample(*a) ** 2), argnums=(0, 1)), logits, t, noise)  # noqa: B023
    if dtype == "float64":
        mg.check_grads(lambda x, t: relaxed_top_k(x, 2, t, noise=noise), (logits, t), order=2)
        mg.check_grads(lambda x, t: gumbel_sinkhorn(x, t, iterations=5, noise=noise), (logits, t), order=2)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: gumbel_top_k(mnp.zeros(3), 4, generator(0)), "4 different categories of 3"),
        (lambda: gumbel_top_k(mnp.zeros(3), 0, generator(0)), "k must be a positive integer, and is 0"),
        (lambda: gumbel_top_k(mnp.asarray([0.0, -math.inf]), 2, generator(0)), "where fewer than 2 logits are finite"),
        (lambda: relaxed_top_k(mnp.zeros(3), 2, -1.0, generator(0)), "finite number >= 0"),
        (lambda: sinkhorn(mnp.zeros((2, 3))), r"square scores \(..., n, n\), and these have shape \(2, 3\)"),
        (lambda: sinkhorn(mnp.asarray([[0.0, -math.inf], [0.0, -math.inf]])), "no distribution"),
        (lambda: sinkhorn(mnp.zeros((2, 2)), 0), "iterations must be a positive integer, and is 0"),
        (lambda: gumbel_sinkhorn(mnp.zeros((2, 2)), 0.0, generator(0)), "temperature 0.0"),
        (lambda: gumbel_sinkhorn(mnp.zeros((2, 2)), 1.0), "exactly one of rng and noise"),
    ],
)
def test_what_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
