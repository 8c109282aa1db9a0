"""Gumbel noise against its distribution function, Gumbel-max against the categorical law, one-hot vectors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from minigan.discrete import gumbel, gumbel_max, logistic, one_hot
from minigan.random import DrawnWhileRecording, generator

from .laws import distribution_fits, frequencies_fit, one_program

SEEDS = (0, 1, 2)
DTYPES = ("float64", "float32")
N = 100_000


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_gumbel_and_logistic_values_have_their_distribution_functions(seed, dtype):
    g, x = gumbel(generator(seed), N, dtype), logistic(generator(seed), (N,), dtype)
    assert dtype_name(g.dtype) == dtype_name(x.dtype) == dtype
    distribution_fits(mg.to_numpy(g), lambda g: np.exp(-np.exp(-g)))
    distribution_fits(mg.to_numpy(x), lambda x: 1 / (1 + np.exp(-x)))


class Exponentials:
    """A stream whose exponentials are these."""

    def __init__(self, values):
        self.values = values

    def standard_exponential(self, shape):
        return np.resize(self.values, shape)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_extremes_are_finite_and_right(dtype):
    """-log E to the rounding of the dtype, where -log(-log U) of a float32 uniform ends at 16.6 or at infinity."""
    drawn = np.array([0.0, 5e-324, 1e-300, 1e-30, 1e-9, 1.0, 50.0, 745.0])
    rng = generator(0, host=True)
    rng._source = Exponentials(drawn)
    g = mg.to_numpy(gumbel(rng, drawn.shape, dtype))
    assert g.dtype == dtype and np.isfinite(g).all()
    assert_allclose(g[2:], [-math.log(e) for e in drawn[2:]], rtol=np.finfo(dtype).eps, atol=0)
    assert g[0] >= g[1] >= g[2] > 690.0 and g[-1] == pytest.approx(-6.6134, abs=1e-4)
    rng._source = Exponentials(np.array([0.0, 745.0]))
    assert np.isfinite(mg.to_numpy(logistic(rng, 4, dtype))).all()


LOGITS = [
    ("even", np.zeros(2)),
    ("skew", np.log([0.5, 0.3, 0.15, 0.05])),
    ("shifted by 1000", np.log([0.5, 0.3, 0.2]) + 1000.0),
    ("two that are never drawn", np.array([-np.inf, 0.3, 1.3, -np.inf])),
    ("one alone", np.array([-np.inf, -5.0])),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("logits", [x for _, x in LOGITS], ids=[name for name, _ in LOGITS])
def test_the_argmax_is_categorical(logits, dtype):
    p = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    for seed in SEEDS:
        noise = gumbel(generator(seed), (N // 2, len(p)), dtype)
        drawn = mg.to_numpy(gumbel_max(mnp.asarray(logits.astype(dtype)), noise=noise))
        frequencies_fit(np.bincount(drawn, minlength=len(p)), p)


def test_the_maximum_is_a_gumbel_value_at_logsumexp_and_independent_of_the_argmax():
    """max = log sum a + Gumbel. Within five standard errors, also of the covariance with 1[argmax = 0]."""
    a = np.array([0.2, 1.0, 3.0])
    for seed in SEEDS:
        moved = np.log(a) + mg.to_numpy(gumbel(generator(seed), (N, 3)))
        highest, first = moved.max(-1), moved.argmax(-1) == 0
        distribution_fits(highest - math.log(a.sum()), lambda g: np.exp(-np.exp(-g)))
        assert highest.mean() == pytest.approx(math.log(4.2) + np.euler_gamma, abs=5 * math.pi / math.sqrt(6 * N))
        products = (highest - highest.mean()) * (first - first.mean())
        assert abs(products.mean()) < 5 * products.std() / math.sqrt(N)


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_any_batch_and_axis(axis):
    logits = np.random.default_rng(0).standard_normal((3, 4, 5))
    noise = np.random.default_rng(1).standard_normal((7, 3, 4, 5))
    found = gumbel_max(mnp.asarray(logits), noise=mnp.asarray(noise), axis=axis)
    assert_array_equal(mg.to_numpy(found), (logits + noise).argmax(axis % 3 + 1))
    found = gumbel_max(mnp.asarray(logits[:, :1]), generator(3), axis=-1)
    again = gumbel_max(mnp.asarray(logits[:, :1]), noise=gumbel(generator(3), (3, 1, 5)))
    assert_array_equal(mg.to_numpy(found), mg.to_numpy(again))
    assert tuple(found.shape) == (3, 1)
    assert gumbel_max(mnp.zeros((0, 4)), generator(0)).shape == (0,)


def test_ties_go_to_the_lowest_index_and_one_symbol_is_always_drawn():
    assert int(mg.to_numpy(gumbel_max(mnp.zeros(4), noise=mnp.zeros(4)))) == 0
    assert int(mg.to_numpy(gumbel_max(mnp.array([-3.0]), generator(0)))) == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_a_program(dtype):
    logits = mnp.asarray(np.random.default_rng(0).standard_normal((2, 3)).astype(dtype))
    noise = gumbel(generator(0), (4, 2, 3), dtype)
    one_program(lambda x, g: gumbel_max(x, noise=g), logits, noise)
    one_program(lambda x, g: one_hot(gumbel_max(x, noise=g, axis=0), 2, dtype, axis=1), logits, noise)
    with pytest.raises(DrawnWhileRecording, match="draw them outside"):
        mg.compile(lambda x: gumbel_max(x, generator(0)))(logits)


def test_no_derivative():
    g = mg.grad(lambda x: mnp.sum(x * one_hot(gumbel_max(x, noise=mnp.zeros(3)), 3)))(mnp.array([1.0, 3.0, 2.0]))
    assert_array_equal(mg.to_numpy(g), [0.0, 1.0, 0.0])


@given(st.integers(1, 6).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n - 1), min_size=1))))
def test_one_hot_is_a_row_of_the_identity(case):
    size, indices = case
    for dtype in DTYPES:
        found = one_hot(mnp.asarray(np.array(indices)), size, dtype)
        assert dtype_name(found.dtype) == dtype
        assert_array_equal(mg.to_numpy(found), np.eye(size)[indices])
    along_first = one_hot(mnp.asarray(np.array(indices)), size, axis=0)
    assert_array_equal(mg.to_numpy(along_first), np.eye(size)[indices].T)


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: gumbel_max(mnp.zeros(3)), ValueError, "exactly one of rng and noise .* neither was"),
        (lambda: gumbel_max(mnp.zeros(3), generator(0), noise=mnp.zeros(3)), ValueError, "both were"),
        (lambda: gumbel_max(mnp.zeros((2, 0)), generator(0)), ValueError, "empty alphabet"),
        (lambda: gumbel_max(mnp.array(0.0), generator(0)), ValueError, "a single number was given"),
        (lambda: gumbel_max(mnp.array([0, 1]), generator(0)), TypeError, "write 2.0 for 2"),
        (lambda: gumbel_max([0, 1], generator(0)), TypeError, "write 2.0 for 2"),
        (lambda: gumbel_max(mnp.array([0.0, math.nan]), generator(0)), ValueError, "NaN, .inf, or nothing"),
        (lambda: gumbel_max(mnp.array([0.0, math.inf]), generator(0)), ValueError, "no distribution"),
        (lambda: gumbel_max(mnp.array([[0.0], [-math.inf]]), generator(0)), ValueError, "no distribution"),
        (lambda: gumbel_max(mnp.zeros((2, 3)), generator(0), axis=2), ValueError, r"\(2, 3\) have no axis 2"),
        (lambda: gumbel_max(mnp.zeros((2, 3)), generator(0), axis=1.0), TypeError, "one integer"),
        (lambda: gumbel_max(mnp.zeros(3), noise=mnp.zeros(4)), ValueError, r"noise of shape \(4,\) does not fit"),
        (lambda: gumbel_max(mnp.zeros(3), noise=mnp.zeros(1)), ValueError, "does not fit"),
        (lambda: gumbel_max(mnp.zeros(1), noise=mnp.zeros(3)), ValueError, "does not fit"),
        (lambda: gumbel_max(mnp.zeros((2, 3)), noise=mnp.zeros(3)), ValueError, "does not fit"),
        (lambda: gumbel_max(mnp.zeros(2), noise=mnp.array([0.0, math.inf])), ValueError, "noise must be finite"),
        (lambda: gumbel_max(mnp.zeros(3), np.random.default_rng(0)), TypeError, r"mg.random.generator\(seed\)"),
        (lambda: gumbel(0.5, 3), TypeError, "rng is a generator.*or a seed, and was 0.5"),
        (lambda: one_hot([0, 3], 3), ValueError, "takes indices 0 .. 2"),
        (lambda: one_hot([-1], 3), ValueError, "lies outside"),
        (lambda: one_hot([0.0], 3), TypeError, "integer indices"),
        (lambda: one_hot([True], 3), TypeError, "integer indices"),
        (lambda: one_hot([0], 0), ValueError, "alphabet must be a positive integer, and is 0"),
        (lambda: one_hot([0], 2, axis=2), ValueError, "no axis 2"),
    ],
)
def test_what_is_refused(call, error, told):
    with pytest.raises(error, match=told):
        call()


def test_logits_are_looked_at_under_a_gradient_too():
    with pytest.raises(ValueError, match="no distribution"):
        mg.grad(lambda x: mnp.sum(x * one_hot(gumbel_max(x, generator(0)), 2)))(mnp.array([0.0, math.nan]))
