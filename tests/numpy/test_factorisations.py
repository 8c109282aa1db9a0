"""Singular values, orthogonal factors, pseudo-inverses and matrix norms: what does not depend on a column's sign."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(6)
WIDE, TALL, SQUARE = (RNG.standard_normal(shape) for shape in ((3, 4), (4, 3), (3, 3)))
C, D = RNG.standard_normal((3, 3)), RNG.standard_normal((4, 4))
INF = float("inf")


def singular(a):
    u, s, vh = mnp.linalg.svd(a, full_matrices=False)
    return mnp.sum(mnp.matmul(u * mnp.tanh(s), vh) ** 3), mnp.sum(mnp.square(u)[:2, ...]), mnp.square(vh)


def orthogonal(a):
    q, r = mnp.linalg.qr(a)
    return mnp.matmul(q, mnp.tanh(r)), mnp.square(r)


FUNCTIONS = {
    "svd": singular,
    "svdvals": mnp.linalg.svdvals,
    "singular values alone": lambda a: mnp.linalg.svd(a, compute_uv=False),
    "pinv": mnp.linalg.pinv,
    "cond": mnp.linalg.cond,
    **{f"matrix norm {order}": lambda a, order=order: mnp.linalg.matrix_norm(a, ord=order)
       for order in ("fro", "nuc", 1, -1, 2, -2, INF, -INF)},
    **{f"norm {order}": lambda a, order=order: mnp.linalg.norm(a, order) for order in ("nuc", 2, 1, INF)},
    "multi_dot": lambda a: mnp.linalg.multi_dot([a, mnp.matrix_transpose(a), a, mnp.ones(a.shape[-1])]),
}  # fmt: skip


@pytest.mark.parametrize("a", [WIDE, TALL, SQUARE], ids=["wide", "tall", "square"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives(name, a):
    mg.check_grads(FUNCTIONS[name], (mnp.asarray(a),))


@pytest.mark.parametrize("a", [TALL, SQUARE], ids=["tall", "square"])
def test_orthogonal_factors(a):
    mg.check_grads(orthogonal, (mnp.asarray(a),))


def test_of_complex_matrices():
    f = FUNCTIONS
    for name in ("svdvals", "pinv", "norm nuc"):
        g = f[name]

        def of_real(x, g=g):
            y = g(x * mnp.asarray(SQUARE + 1j * C) + mnp.asarray(1j * SQUARE))
            return mnp.sum(mnp.abs(y) ** 2)

        mg.check_grads(of_real, (mnp.asarray(C),), order=1)


@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (3, 3)], ids=["wide", "tall", "square"])
def test_functions_of_both_factors_of_complex_matrices(shape):
    """U's phase against V's moves too: U f(S) V^H has the derivative of a function of the matrix, to second order."""
    offset = mnp.asarray(RNG.standard_normal(shape) + 1j * RNG.standard_normal(shape))

    def product(x, of_values):
        u, s, vh = mnp.linalg.svd(offset + 1j * x, full_matrices=False)
        return mnp.matmul(u * of_values(s), vh)

    x = mnp.asarray(RNG.standard_normal(shape))
    mg.check_grads(lambda x: mnp.real(product(x, mnp.square)) + mnp.imag(product(x, mnp.tanh)), (x,))
    turned = mg.jvp(lambda x: product(x, lambda s: s), (x,), (x,))[1]
    np.testing.assert_allclose(mg.to_numpy(turned), 1j * mg.to_numpy(x), atol=1e-12)  # U S V^H is the matrix


def test_the_pseudo_inverse_of_a_regular_matrix_is_its_inverse():
    a, t = mnp.asarray(SQUARE), mnp.asarray(C)
    for f in (lambda f: f(a), lambda f: mg.jvp(f, (a,), (t,))[1]):
        np.testing.assert_allclose(mg.to_numpy(f(mnp.linalg.pinv)), mg.to_numpy(f(mnp.linalg.inv)), rtol=1e-9, atol=1e-9)


def test_what_is_arbitrary_is_refused():
    with pytest.raises(TypeError, match="full_matrices=False"):
        mg.grad(lambda a: mnp.sum(mnp.linalg.svd(a)[0]))(mnp.asarray(WIDE))
    with pytest.raises(TypeError, match=r"shape \(3, 4\).*no more columns"):
        mg.grad(lambda a: mnp.sum(mnp.linalg.qr(a)[0]))(mnp.asarray(WIDE))
