"""Recording with large products left out: the same programs, and nothing of what stands in for them is seen."""

import itertools
import math
import warnings

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.autodiff import PRIMITIVES
from minigan.compiler import sketching

RNG = np.random.default_rng(0)


def normal(*shape, dtype=np.float32):
    return RNG.standard_normal(shape).astype(dtype)


@pytest.fixture
def every_product(monkeypatch, on_numpy):
    """Small products are left out, too."""
    monkeypatch.setattr(sketching, "WORTH_LEAVING_OUT", 0)


def cases():
    for name, (m, k, n) in itertools.product(("dot", "matmul"), ((1, 1, 1), (3, 1, 5), (2, 7, 4))):
        yield name, (normal(m, k), normal(k, n)), {}
    for stride, pad, dilation, groups in itertools.product(((1, 1), (2, 3)), ((0, 0), (1, 2)), ((1, 1), (2, 1)), (1, 2)):
        how = {"stride": stride, "padding": (pad, pad), "dilation": dilation, "groups": groups}
        x, w = normal(2, 9, 8, 4), normal(3, 2, 4 // groups, 6)
        g = PRIMITIVES["conv2d"](x, w, **how)
        yield "conv2d", (x, w), how
        yield "conv2d_kernel_gradient", (x, g), {"kernel": (3, 2), **how}
        yield "conv2d_input_gradient", (g, w), {"shape": (9, 8), **how}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sketch_has_the_shape_and_dtype_of_the_product(dtype, every_product):
    for name, operands, params in cases():
        operands = [x.astype(dtype) for x in operands]
        expected, found = PRIMITIVES[name](*operands, **params), sketching.sketch(PRIMITIVES[name], operands, params)
        assert (found.shape, found.dtype) == (expected.shape, expected.dtype), (name, params)


def test_its_work_is_that_of_the_product(monkeypatch, on_numpy):
    """As many multiplications as the three maps of one convolution have, each of which meets the other two's operands."""
    x, w = normal(3, 8, 8, 2), normal(4, 4, 2, 5)
    how = {"stride": (2, 2), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
    g = PRIMITIVES["conv2d"](x, w, **how)
    calls = {
        "conv2d": ((x, w), how),
        "conv2d_kernel_gradient": ((x, g), {"kernel": (4, 4), **how}),
        "conv2d_input_gradient": ((g, w), {"shape": (8, 8), **how}),
    }
    work = math.prod(g.shape) * 4 * 4 * 2
    for name, (operands, params) in calls.items():
        for least, left_out in ((work, True), (work + 1, False)):
            monkeypatch.setattr(sketching, "WORTH_LEAVING_OUT", least)
            assert (sketching.sketch(PRIMITIVES[name], operands, params) is not None) == left_out


def test_programs_and_results_are_those_of_a_recording_with_all_products(monkeypatch, on_numpy):
    net = nn.sequential(nn.conv2d(4, 3, padding=1), nn.batch_norm(), nn.relu, nn.flatten, nn.dense(3))
    params = net.init(mg.random.generator(0), (2, 6, 6, 2), "float32")

    def step(params, x):
        loss, gradient = mg.value_and_grad(lambda p: mnp.mean(mnp.softplus(net.apply(p, x, train=True))))(params)
        return mg.tree_map(lambda p, g: p - 0.1 * g, params, gradient), loss

    x, found = normal(2, 6, 6, 2), []
    for least in (0, math.inf):
        monkeypatch.setattr(sketching, "WORTH_LEAVING_OUT", least)
        compiled = mg.compile(step)
        results = [np.asarray(leaf).tobytes() for leaf in mg.tree_leaves(compiled(params, x))]
        found.append((results, compiled.program, compiled.source))
    assert found[0] == found[1]


def test_what_fails_for_made_up_numbers_alone_is_recorded_with_the_true_ones(every_product):
    runs = []

    def f(a):
        runs.append(a)
        return mnp.linalg.cholesky(a @ a.T)  # of a matrix of ones there is none

    a = np.array([[2.0, 0.0], [1.0, 3.0]])
    np.testing.assert_allclose(mg.compile(f)(a), a, rtol=1e-14)
    assert len(runs) == 2


def test_an_answer_to_what_fails_is_not_recorded_for_made_up_numbers(every_product):
    def f(a):
        try:
            return mnp.linalg.cholesky(a @ a.T)
        except np.linalg.LinAlgError:
            return -a

    a = np.array([[2.0, 0.0], [1.0, 3.0]])
    np.testing.assert_allclose(mg.compile(f)(a), a, rtol=1e-14)
    singular = np.array([[0.0, 0.0], [0.0, 1.0]])
    np.testing.assert_array_equal(mg.compile(f)(singular), -singular)


def test_a_function_runs_once_and_warns_of_its_own_numbers_alone(every_product):
    runs = []

    def f(x, w):
        runs.append(x)
        return mnp.log(1.0 - mnp.dot(x, w)), mnp.log(mnp.sum(x))  # made up, the first is the logarithm of 0

    x = np.array([[0.25, 0.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, _ = mg.compile(f)(x, np.ones((2, 1)))
    np.testing.assert_allclose(first, [[math.log(0.25)]], rtol=1e-15)
    assert len(runs) == 1
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        mg.compile(f)(x, np.array([[2.0], [1.0]]))


def test_a_mistake_is_told_as_ever(every_product):
    runs = []

    def branches(x):
        runs.append(x)
        return x if mnp.sum(x @ x) > 0 else -x

    with pytest.raises(TypeError, match="a branch on it"):
        mg.compile(branches)(np.ones((2, 2)))
    assert len(runs) == 1
    with pytest.raises(ValueError, match=r"float64\[3,3\] and float64\[2,3\]"):
        mg.compile(lambda x: (x.T @ x) @ x)(np.ones((2, 3)))
