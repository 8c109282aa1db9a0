"""Functions of eigenspaces where eigenvalues coincide: V f(w) V^T has a derivative there, that of f(A)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import solve_sylvester, sqrtm

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(3)
WEIGHTS = RNG.standard_normal((3, 3))
TURN = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
SPECTRA = {
    "all": [1.0, 1.0, 1.0],
    "two": [2.0, 2.0, 5.0],
    "two above": [1.0, 7.0, 7.0],
    "nearly": [1.0, 1.0 + 1e-15, 3.0],
    "none": [1.0, 2.0, 4.0],
}


def of_matrix(f):
    """sum(C * f(A)) by eigh."""

    def scalar(a):
        w, v = mnp.linalg.eigh(a)
        return mnp.sum(mnp.matmul(v * f(w), mnp.matrix_transpose(v)) * mnp.asarray(WEIGHTS))

    return scalar


def symmetric(x):
    return 0.5 * (x + x.T)


@pytest.mark.parametrize("basis", [np.eye(3), TURN], ids=["diagonal", "turned"])
@pytest.mark.parametrize("name", SPECTRA)
def test_identity_and_square_root(name, basis):
    """d sum(C * A) = (C + C^T) / 2; the root's derivative solves R X + X R = C (Higham 2008, section 6.1)."""
    a = symmetric(basis @ np.diag(SPECTRA[name]) @ basis.T)
    root = sqrtm(a)
    for f, right in (
        (lambda w: w, symmetric(WEIGHTS)),
        (mnp.sqrt, solve_sylvester(root, root, symmetric(WEIGHTS))),
    ):
        gradient = mg.grad(of_matrix(f))
        for form in (gradient, mg.compile(gradient)):
            np.testing.assert_allclose(mg.to_numpy(form(mnp.asarray(a))), right, rtol=1e-13, atol=1e-13)


@given(data=st.data())
def test_polynomials_of_a_matrix(data):
    """With drawn multiplicities: eigh's way and matrix products agree."""
    spectrum = sorted(data.draw(st.lists(st.sampled_from([-1.0, 0.5, 2.0, 3.0]), min_size=3, max_size=3)))
    a = symmetric(TURN @ np.diag(spectrum) @ TURN.T)

    def by_products(a):
        a = 0.5 * (a + mnp.matrix_transpose(a))
        return mnp.sum((mnp.matmul(mnp.matmul(a, a), a) - 2.0 * a) * mnp.asarray(WEIGHTS))

    found = mg.to_numpy(mg.grad(of_matrix(lambda w: w * w * w - 2.0 * w))(mnp.asarray(a)))
    np.testing.assert_allclose(found, mg.to_numpy(mg.grad(by_products)(mnp.asarray(a))), rtol=1e-11, atol=1e-11)


def test_a_stack_and_other_arguments():
    """Each matrix of a stack has its own eigenspaces; what else the function depends on is not displaced."""
    stack = np.stack([symmetric(TURN @ np.diag(s) @ TURN.T) for s in ([2.0, 2.0, 5.0], [1.0, 2.0, 3.0])])

    def f(a, c):
        w, v = mnp.linalg.eigh(a)
        return mnp.sum(mnp.matmul(v * mnp.exp(c * w)[..., None, :], mnp.matrix_transpose(v)) * mnp.asarray(WEIGHTS))

    g, g_c = (mg.to_numpy(x) for x in mg.grad(f, argnums=(0, 1))(mnp.asarray(stack), 0.5))
    for a, part in zip(stack, g):
        np.testing.assert_allclose(part, mg.to_numpy(mg.grad(f)(mnp.asarray(a), 0.5)), rtol=1e-12, atol=1e-13)
    step = 1e-6
    moved = [float(mg.to_numpy(f(mnp.asarray(stack), 0.5 + h))) for h in (step, -step)]
    np.testing.assert_allclose(g_c, (moved[0] - moved[1]) / (2 * step), rtol=1e-8)


def test_the_value_is_the_plain_one_and_nothing_displaced_gets_out():
    seen = []

    def f(a):
        w, v = mnp.linalg.eigh(a)
        seen.append(bool(mnp.sum(w) > 2.5))
        return mnp.sum((v * w) @ mnp.matrix_transpose(v)), w

    a = mnp.asarray(np.eye(3))
    (value, w), g = mg.value_and_grad(f, has_aux=True)(a)
    plain, plain_w = f(a)
    assert float(mg.to_numpy(value)) == float(mg.to_numpy(plain)) and seen == [True, True]
    np.testing.assert_array_equal(mg.to_numpy(w), mg.to_numpy(plain_w))
    for x in (value, w, g):
        assert type(x) is not mg.autodiff.tracer.Tracer
    y, pullback = mg.vjp(lambda a: f(a)[1], a)
    np.testing.assert_array_equal(mg.to_numpy(pullback(mnp.ones_like(y))[0]), np.eye(3))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_has_no_derivative_is_nan_and_no_number():
    a, t = mnp.asarray(np.eye(3)), mnp.asarray(symmetric(WEIGHTS))
    turning = lambda a: mnp.sum(mnp.linalg.eigh(a)[1] * mnp.asarray(WEIGHTS))
    assert np.isnan(mg.to_numpy(mg.grad(turning)(a))).any()  # single vectors of an eigenspace
    assert np.isnan(mg.to_numpy(mg.jvp(of_matrix(mnp.exp), (a,), (t,))[1]))  # forward mode
    assert np.isnan(mg.to_numpy(mg.hvp(of_matrix(mnp.exp))(a, t))).any()  # second derivatives
    spectrum = lambda a: mnp.sum(mnp.exp(mnp.linalg.eigh(a)[0]))
    np.testing.assert_allclose(float(mg.to_numpy(mg.jvp(spectrum, (a,), (t,))[1])), np.e * np.trace(WEIGHTS))


FACTORISED = {
    "eigvalsh, lower": (lambda la, a: la.eigvalsh(a)),
    "eigvalsh, upper": (lambda la, a: la.eigvalsh(a, UPLO="U")),
    "eigh, lower": (lambda la, a: abs(la.eigh(a)[1])),
    "eigh, upper": (lambda la, a: abs(la.eigh(a, UPLO="U")[1])),
    "cholesky, lower": (lambda la, a: abs(la.cholesky(a))),
    "cholesky, upper": (lambda la, a: abs(la.cholesky(a, upper=True))),
}


@pytest.mark.parametrize("symmetric", [False, True], ids=["as read", "symmetric"])
@pytest.mark.parametrize("name", FACTORISED)
@pytest.mark.parametrize("dtype", [float, complex])
def test_of_a_matrix_that_is_not_symmetric_one_triangle_is_read_by_value_and_derivative(name, dtype, symmetric):
    """Against differences of NumPy's own function; of a symmetric matrix, along symmetric ones."""
    rng, f = np.random.default_rng(5), FACTORISED[name]
    drawn = lambda: rng.standard_normal((2, 3, 3)) + (1j * rng.standard_normal((2, 3, 3)) if dtype is complex else 0.0)
    adjoint = lambda x: x.conj().swapaxes(-1, -2)
    a, move, off = drawn(), drawn(), drawn()
    a = a @ adjoint(a) + 2.0 * np.eye(3)
    if symmetric:
        move = move + adjoint(move)
    else:
        a = a + 0.1 * off
    numpys = f(np.linalg, a)
    weights = rng.standard_normal(numpys.shape)

    def loss(x):
        return mnp.sum(f(mnp.linalg, x) * mnp.asarray(weights))

    ours = mnp.asarray(a)
    value, g = mg.value_and_grad(loss)(ours)
    assert float(mg.to_numpy(value)) == pytest.approx(np.sum(numpys * weights), rel=1e-13)
    step = 1e-6
    high, low = (np.sum(f(np.linalg, a + h * move) * weights) for h in (step, -step))
    stated = (high - low) / (2.0 * step)  # its error is some 1e-9
    for form in (mg.grad(loss), mg.compile(mg.grad(loss))):
        assert np.sum(mg.to_numpy(form(ours)) * move).real == pytest.approx(stated, rel=1e-6, abs=1e-7)
    assert float(mg.to_numpy(mg.jvp(loss, (ours,), (mnp.asarray(move),))[1])) == pytest.approx(stated, rel=1e-6, abs=1e-7)
    g = mg.to_numpy(g)
    if symmetric:
        np.testing.assert_allclose(g, adjoint(g), rtol=1e-12, atol=1e-12)
    else:
        assert not np.any(np.triu(g, 1) if "lower" in name else np.tril(g, -1))
