"""Embeddings: rows of a matrix, the sums that are their derivative, and the indices that are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.backend import dtype_name
from minigan.random import generator

COUNT, WIDTH = 5, 3
LAYER = nn.embedding(COUNT, WIDTH)

indices = hnp.arrays(
    st.sampled_from(["int64", "int32", "uint8"]), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements=st.integers(0, COUNT - 1),
)  # fmt: skip


def params_of(seed=0, dtype=None):
    return LAYER.init(generator(seed), (None,), dtype)


@given(indices)
def test_every_index_becomes_its_row(x):
    params = params_of()
    weight = mg.to_numpy(params["weight"])
    y = mg.to_numpy(LAYER.apply(params, mnp.asarray(x)))
    assert y.shape == (*x.shape, WIDTH) == LAYER.output_shape(x.shape)
    for place in np.ndindex(x.shape):
        assert_array_equal(y[place], weight[x[place]])


def summed_by_row(x, g):
    expected = np.zeros((COUNT, WIDTH))
    for place in np.ndindex(x.shape):
        expected[x[place]] += g[place]
    return expected


@pytest.mark.parametrize("compiled", [False, True])
@given(x=indices, seed=st.integers(0, 99))
def test_the_derivative_of_a_row_is_the_sum_over_its_occurrences(x, seed, compiled):
    g = generator(seed).standard_normal((*x.shape, WIDTH))

    def loss(params, x):
        return mnp.sum(LAYER.apply(params, x) * g)

    gradient = mg.compile(mg.grad(loss)) if compiled else mg.grad(loss)
    found = gradient(params_of(), mnp.asarray(x))
    assert list(found) == ["weight"]
    assert_allclose(mg.to_numpy(found["weight"]), summed_by_row(x, mg.to_numpy(g)), rtol=1e-13, atol=1e-13)


def test_both_orders_and_both_modes():
    x = mnp.asarray([[1, 4], [1, 0]])
    mg.check_grads(lambda params: mnp.sum(mnp.sin(LAYER.apply(params, x)), axis=0), (params_of(),))


def test_it_trains_with_what_follows_and_in_float32():
    """Four classes are told apart by what is learnt of each; the fifth, never seen, keeps its row."""
    network = nn.sequential(nn.embedding(COUNT, 2), nn.dense(4))
    params = network.init(generator(0), (None,), "float32")
    x = mnp.asarray([0, 1, 2, 3])
    first = mg.to_numpy(params[0]["weight"])

    @mg.compile
    def step(params, x):
        def loss(params):
            log_p = mnp.log_softmax(network.apply(params, x), -1)
            return -mnp.mean(mnp.sum(log_p * mnp.asarray(np.eye(4, dtype="float32")), -1))

        value, gradient = mg.value_and_grad(loss)(params)
        return mg.tree_map(lambda p, g: p - 1.0 * g, params, gradient), value

    for _ in range(200):
        params, value = step(params, x)
    assert {dtype_name(leaf.dtype) for leaf in mg.tree_leaves((params, value))} == {"float32"}
    assert float(value) < 0.1
    assert_array_equal(mg.to_numpy(params[0]["weight"])[4], first[4])


def test_standard_normal_unless_told_otherwise():
    weight = mg.to_numpy(nn.embedding(1000, 20).init(generator(0), (None,))["weight"])
    assert abs(weight.mean()) < 5 / np.sqrt(weight.size) and abs(weight.var() - 1) < 5 * np.sqrt(2 / weight.size)
    assert_array_equal(mg.to_numpy(nn.embedding(2, 3, nn.zeros()).init(None, (None,))["weight"]), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (lambda: nn.embedding(0, 3), ValueError, "the count of an embedding is a positive integer, and was 0"),
        (lambda: nn.embedding(3, 2.0), ValueError, "the width of an embedding is a positive integer, and was 2.0"),
        (lambda: nn.embedding(True, 3), ValueError, "True"),
        (lambda: LAYER.apply(params_of(), mnp.asarray([0, 5, 9])), ValueError, "from 0 to 4, and was given 9"),
        (lambda: LAYER.apply(params_of(), mnp.asarray([0, -1])), ValueError, "from 0 to 4, and was given -1"),
        (lambda: LAYER.apply(params_of(), mnp.asarray([0.0])), TypeError, "integers from 0 to 4, and was given float64"),
        (lambda: LAYER.apply(params_of(), mnp.asarray([True])), TypeError, "bool"),
        (lambda: LAYER.apply({"weight": mnp.ones((4, 3))}, mnp.asarray([0])), ValueError, r"\(5, 3\).*\(4, 3\)"),
    ],
)
def test_refused_in_a_sentence(bad, error, words):
    with pytest.raises(error, match=words):
        bad()


def test_under_a_gradient_an_index_out_of_range_is_refused_as_well():
    with pytest.raises(ValueError, match="and was given 5"):
        mg.grad(lambda params: mnp.sum(LAYER.apply(params, mnp.asarray([5]))))(params_of())
    with pytest.raises(TypeError, match="was given float64"):
        mg.compile(LAYER.apply)(params_of(), mnp.asarray([1.0]))  # a dtype is known while recording


def test_what_is_compiled_takes_new_indices(on_numpy):
    compiled = mg.compile(LAYER.apply)
    params = params_of()
    compiled(params, np.asarray([0, 1]))
    assert_array_equal(compiled(params, np.asarray([4, 2])), mg.to_numpy(params["weight"])[[4, 2]])
    with pytest.raises(IndexError):
        compiled(params, np.asarray([4, 5]))
