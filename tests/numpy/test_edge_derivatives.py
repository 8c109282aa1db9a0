"""Where the derivative exists and its formula, taken literally, is 0 / 0, inf - inf or out of the range of the dtype."""

import itertools

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp

INF = np.inf
HUGE = [1e155, -1e155, 3e200, 1e300, -1e308]
TINY = [1e-155, -1e-200, 1e-300]


def both_modes(f, *at, dtype="float64"):
    """The gradient in each argument; forward mode must agree with it, and so must compiled code."""
    at = tuple(mnp.asarray(x, dtype=dtype) for x in at)
    reverse = mg.grad(f, argnums=tuple(range(len(at))))(*at)
    for i, x in enumerate(at):
        columns = []
        for unit in np.eye(max(1, int(np.prod(x.shape)))).reshape(-1, *x.shape):
            tangents = [mnp.asarray(unit, dtype=dtype) if j == i else mnp.zeros_like(y) for j, y in enumerate(at)]
            columns.append(mg.to_numpy(mg.jvp(f, at, tuple(tangents))[1]))
        np.testing.assert_allclose(np.reshape(columns, x.shape), mg.to_numpy(reverse[i]), rtol=1e-13, atol=0)
    compiled = mg.compile(mg.grad(f, argnums=tuple(range(len(at)))))(*at)
    for a, b in zip(compiled, reverse):
        np.testing.assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-13 if dtype == "float64" else 1e-6)
    return [mg.to_numpy(g) for g in reverse]


ORDERS = [1, 1.5, 2, 2.5, 3, 4, INF]


@pytest.mark.parametrize("order", ORDERS)
def test_norms_at_zero(order):
    """The subgradient of least norm, whole or by rows; rows that are not zero have theirs."""
    assert both_modes(lambda x: mnp.linalg.norm(x, order), [0.0, 0.0, 0.0])[0].tolist() == [0.0, 0.0, 0.0]
    (g,) = both_modes(lambda x: mnp.sum(mnp.linalg.norm(x, order, axis=1)), [[0.0, 0.0], [3.0, 4.0], [0.0, 2.0]])
    assert g[0].tolist() == [0.0, 0.0] and g[2].tolist() == [0.0, 1.0]
    expected = {1: [1.0, 1.0], INF: [0.0, 1.0]}
    p = float(order)
    right = expected.get(order) or [(v / (3**p + 4**p) ** (1 / p)) ** (p - 1) for v in (3.0, 4.0)]
    np.testing.assert_allclose(g[1], right, rtol=1e-14)


def test_vector_norms_over_several_axes():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    for axis, order, keepdims in itertools.product([None, (0, 2), (-1, 0), (1, 2), 1], [1, 2, 3, INF], [False, True]):
        f = lambda x, a=axis, o=order, k=keepdims: mnp.linalg.vector_norm(x, axis=a, ord=o, keepdims=k)
        numpys = np.linalg.vector_norm(x, axis=axis, ord=order, keepdims=keepdims)
        y, _ = mg.vjp(f, mnp.asarray(x))
        np.testing.assert_allclose(mg.to_numpy(y), numpys, rtol=1e-14)
        mg.check_grads(f, (mnp.asarray(x),), order=1)


def test_hypot_at_the_origin():
    assert both_modes(mnp.hypot, 0.0, 0.0) == [0.0, 0.0]
    hessian = mg.hessian(lambda z: mnp.hypot(z[0], z[1]) ** 2)(mnp.asarray([0.0, 0.0]))
    np.testing.assert_array_equal(mg.to_numpy(hessian), 2.0 * np.eye(2))


EXACT = {  # name: (function, its derivatives in 50 digits)
    "arctan": (mnp.arctan, lambda x: 1 / (1 + x * x)),
    "arcsinh": (mnp.arcsinh, lambda x: 1 / mpmath.sqrt(1 + x * x)),
}
EXACT_PAIRS = {
    "arctan2": (mnp.arctan2, lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y))),
    "hypot": (mnp.hypot, lambda x, y: (x / mpmath.hypot(x, y), y / mpmath.hypot(x, y))),
}
SIZES = {"float64": [*HUGE, *TINY, 1.0, -0.3, 20.0], "float32": [1e20, -1e25, 1e38, 1e-25, -1e-37, 1.0, -0.3, 20.0]}


def close(found, right, dtype):
    """To a few roundings, or to the least number of the dtype."""
    info = np.finfo(dtype)
    limit = float(info.max)
    expected = float(right) if abs(right) <= limit else np.copysign(np.inf, float(mpmath.sign(right)))
    np.testing.assert_allclose(float(found), expected, rtol=8 * float(info.eps), atol=4 * float(info.smallest_subnormal))


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [*EXACT, *EXACT_PAIRS])
def test_arguments_whose_square_is_out_of_range(name, dtype):
    with mpmath.workdps(50):
        for x in SIZES[dtype]:
            if name in EXACT:
                f, right = EXACT[name]
                close(both_modes(f, x, dtype=dtype)[0], right(mpmath.mpf(float(np.dtype(dtype).type(x)))), dtype)
                continue
            f, right = EXACT_PAIRS[name]
            for y in SIZES[dtype]:
                pair = [float(np.dtype(dtype).type(v)) for v in (x, y)]
                for found, expected in zip(both_modes(f, *pair, dtype=dtype), right(*map(mpmath.mpf, pair))):
                    close(found, expected, dtype)


@pytest.mark.parametrize("name", ["arcsin", "arccos", "arctanh"])
def test_near_the_end_of_the_domain(name):
    sign = -1 if name == "arccos" else 1
    for x in (1.0 - 1e-12, -1.0 + 1e-10, 0.5):
        with mpmath.workdps(50):
            square = 1 - mpmath.mpf(x) ** 2
            right = sign / (square if name == "arctanh" else mpmath.sqrt(square))
        np.testing.assert_allclose(both_modes(getattr(mnp, name), x)[0], float(right), rtol=1e-14)


SINGULAR = {
    "rank n - 1": np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]),
    "rank n - 2": np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [-1.0, -2.0, -3.0]]),
    "zero": np.zeros((3, 3)),
    "regular": np.array([[1.0, 2.0, 3.0], [0.0, 4.0, 6.0], [1.0, 0.0, 1.0]]),
    "one by one": np.zeros((1, 1)),
    "two by two": np.array([[1.0, 2.0], [2.0, 4.0]]),
}


def cofactors(a):
    n = len(a)
    if n == 1:
        return np.ones((1, 1))
    minor = lambda i, j: np.delete(np.delete(a, i, 0), j, 1)
    return np.array([[(-1) ** (i + j) * np.linalg.det(minor(i, j)) for j in range(n)] for i in range(n)])


@pytest.mark.parametrize("name", SINGULAR)
def test_the_derivative_of_det_is_the_adjugate(name):
    a = SINGULAR[name]
    (g,) = both_modes(mnp.linalg.det, a) if name == "regular" else [mg.to_numpy(mg.grad(mnp.linalg.det)(mnp.asarray(a)))]
    np.testing.assert_allclose(g, cofactors(a), rtol=1e-13, atol=1e-13)
    t = np.random.default_rng(1).standard_normal(a.shape)
    tangent = mg.jvp(mnp.linalg.det, (mnp.asarray(a),), (mnp.asarray(t),))[1]
    np.testing.assert_allclose(mg.to_numpy(tangent), np.sum(cofactors(a) * t), rtol=1e-12, atol=1e-12)
    mg.check_grads(mnp.linalg.det, (mnp.asarray(a),))


def test_a_stack_that_holds_a_singular_matrix():
    a = np.stack([SINGULAR[name] for name in ("regular", "rank n - 1", "zero")])
    g = mg.to_numpy(mg.grad(lambda a: mnp.sum(mnp.linalg.det(a)))(mnp.asarray(a)))
    np.testing.assert_allclose(g, np.stack([cofactors(x) for x in a]), rtol=1e-13, atol=1e-13)


def test_det_of_more_rows_than_minors_are_taken_of():
    a = np.random.default_rng(2).standard_normal((10, 10))
    mg.check_grads(mnp.linalg.det, (mnp.asarray(a),))


def test_infinite_terms_of_a_sum_of_exponentials():
    assert both_modes(mnp.logaddexp, INF, 1.0) == [1.0, 0.0]
    assert both_modes(mnp.logaddexp, 1.0, INF) == [0.0, 1.0]
    assert both_modes(mnp.logaddexp, INF, INF) == [0.5, 0.5]
    assert both_modes(mnp.logaddexp, INF, -INF) == [1.0, 0.0]
    assert both_modes(mnp.logsumexp, [1.0, INF, -INF])[0].tolist() == [0.0, 1.0, 0.0]
    assert both_modes(mnp.logsumexp, [INF, 0.0, INF])[0].tolist() == [0.5, 0.0, 0.5]
    (g,) = both_modes(lambda x: mnp.sum(mnp.logsumexp(x, axis=1)), [[INF, 0.0], [0.0, 0.0], [-INF, -INF]])
    assert g.tolist() == [[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]]


@given(data=st.data())
def test_einsum_with_axes_of_size_one(data):
    """Letters that have size 1 in one operand and n in another broadcast."""
    terms = data.draw(st.lists(st.lists(st.sampled_from("ijk"), max_size=3, unique=True), min_size=1, max_size=3))
    output = data.draw(st.lists(st.sampled_from(sorted({c for t in terms for c in t})), unique=True)
                       if any(terms) else st.just([]))  # fmt: skip
    sizes = {"i": 2, "j": 3, "k": 4}
    shapes = [tuple(data.draw(st.sampled_from([1, sizes[c]])) for c in t) for t in terms]
    subscripts = ",".join(map("".join, terms)) + "->" + "".join(output)
    rng = np.random.default_rng(0)
    operands = tuple(mnp.asarray(np.asarray(rng.standard_normal(s))) for s in shapes)
    mg.check_grads(lambda *o: mnp.einsum(subscripts, *o), operands)
