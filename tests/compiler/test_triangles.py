"""Systems of Cholesky factors, and triangles of matrices, as NumPy's BLAS and masks have them."""

import numpy as np
import pytest
from scipy.linalg import solve_triangular

import minigan as mg
import minigan.numpy as mnp
from minigan.numpy.triangular import triangular_solution

pytestmark = pytest.mark.usefixtures("on_numpy")
RNG = np.random.default_rng(0)
B = RNG.standard_normal((7, 7))
A, RIGHT = B @ B.T + np.eye(7), RNG.standard_normal((7, 3))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_solution_is_scipys_and_leaves_what_it_is_given(dtype, turned, order):
    lower = np.asarray(np.linalg.cholesky(A) + np.triu(B, 1), dtype, order)  # the upper triangle is not read
    right = np.asarray(RIGHT, dtype, order)
    given = lower.copy(), right.copy()
    found = triangular_solution(lower, right, turned)
    assert found.dtype == dtype and found.shape == right.shape
    expected = solve_triangular(lower, right, lower=True, trans=int(turned))
    np.testing.assert_allclose(found, expected, rtol=1e4 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(lower, given[0])
    np.testing.assert_array_equal(right, given[1])


SYSTEMS = {
    "of the factor": (lambda a, b: mnp.linalg.solve(mnp.linalg.cholesky(a), b), 1),
    "of its transpose": (lambda a, b: mnp.linalg.solve(mnp.linalg.cholesky(a).T, b), 1),
    "of a vector": (lambda a, b: mnp.linalg.solve(mnp.linalg.cholesky(a), b[:, 0]), 1),
    "of both": (lambda a, b: (lambda c: mnp.linalg.solve(c.T, mnp.linalg.solve(c, b)))(mnp.linalg.cholesky(a)), 2),
    "the gradient": (mg.grad(lambda a, b: mnp.sum(mnp.sin(mnp.linalg.cholesky(a)))), 2),
    "of another matrix": (lambda a, b: mnp.linalg.solve(a, b), 0),
    "of a stack": (lambda a, b: mnp.linalg.solve(mnp.linalg.cholesky(mnp.stack([a, a])), mnp.stack([b, b])), 0),
}


@pytest.mark.parametrize("function, triangular", SYSTEMS.values(), ids=SYSTEMS)
def test_systems_of_cholesky_factors_are_triangular(function, triangular):
    compiled = mg.compile(function)
    np.testing.assert_allclose(compiled(A, RIGHT), function(A, RIGHT), rtol=1e-9, atol=1e-11)
    assert compiled.source.count(" = triangular_solution(") == triangular


@pytest.mark.parametrize("k", [-2, 0, 1])
@pytest.mark.parametrize("function", [mnp.tril, mnp.triu])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_triangles_keep_and_leave_out_what_is_not_finite(function, k, dtype):
    x = np.asarray(8 * RNG.standard_normal((5, 40, 60)), dtype)
    if dtype != "int64":
        x[:, 3, 50], x[:, 30, 4], x[:, 5, 5] = np.nan, np.inf, -0.0
    found = mg.compile(lambda x: function(x, k))(x)
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found, function(x, k))


@pytest.mark.parametrize("is_symmetric", [True, False])
def test_the_gradient_of_cholesky_beside_differences(is_symmetric):
    a = A if is_symmetric else A + np.triu(B, 1)
    weights = RNG.standard_normal((7, 7))
    found = mg.grad(lambda a: mnp.sum(weights * mnp.linalg.cholesky(a)))(a)
    step = 1e-6
    for i, j in ((0, 0), (3, 1), (1, 3), (6, 6), (6, 2)):
        moved = np.zeros_like(a)
        moved[i, j] = step
        moved = (moved + moved.T) / 2 if is_symmetric else moved
        difference = np.sum(weights * (np.linalg.cholesky(a + moved) - np.linalg.cholesky(a - moved))) / (2 * step)
        np.testing.assert_allclose(found[i, j], difference, rtol=1e-6, atol=1e-8)


def test_products_turn_where_that_saves_a_transpose():
    x, s = RNG.standard_normal((2, 40, 40))
    compiled = mg.compile(lambda x, s: s @ x + (x.T @ s).T)
    np.testing.assert_allclose(compiled(x, s), (s + s.T) @ x, rtol=1e-11, atol=1e-12)
    assert compiled.source.count(".dot(") == 1
