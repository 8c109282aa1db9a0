"""Complex values inside real functions, and complex arguments: a cotangent g of z stands for dL = Re(g dz)."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(11)
C = RNG.standard_normal(5) + 1j * RNG.standard_normal(5)
D = RNG.standard_normal(5) + 1j * RNG.standard_normal(5)
M, N, WEIGHTS = (RNG.standard_normal((3, 3)) for _ in range(3))
OTHER = RNG.standard_normal((3, 3))


def real_part(z):
    return mnp.sum(mnp.real(z) * mnp.asarray(WEIGHTS)) + mnp.sum(mnp.imag(z) * mnp.asarray(OTHER))


REAL_FUNCTIONS = {  # of a complex vector
    "abs": lambda z: mnp.sum(mnp.abs(z) ** 3),
    "abs, as Python calls it": lambda z: mnp.sum(abs(z) ** 3),
    "real": lambda z: mnp.sum(mnp.real(z * z * z)),
    "imag": lambda z: mnp.sum(mnp.imag(z * z * z)),
    "conj": lambda z: mnp.sum(mnp.real(mnp.conj(z) * z * z)),
    "angle": lambda z: mnp.sum(mnp.angle(z) ** 2),
    "sign": lambda z: mnp.sum(mnp.real(mnp.sign(z)) * mnp.imag(z)),
    "exp": lambda z: mnp.sum(mnp.real(mnp.exp(z))),
    "log": lambda z: mnp.sum(mnp.imag(mnp.log(z)) * mnp.real(mnp.sqrt(z))),
    "power": lambda z: mnp.sum(mnp.real(z**2.5) + mnp.imag(z**-2)),
    "divide": lambda z: mnp.sum(mnp.imag(1.0 / z)),
    "prod": lambda z: mnp.abs(mnp.prod(z)),
    "cumprod": lambda z: mnp.sum(mnp.abs(mnp.cumprod(z))),
    "mean": lambda z: mnp.abs(mnp.mean(z)) ** 2,
    "norm": mnp.linalg.norm,
    "norm of order 1": lambda z: mnp.linalg.norm(z, 1),
    "norm of order 3": lambda z: mnp.linalg.norm(z, 3),
    "vecdot": lambda z: mnp.imag(mnp.vecdot(z[:4], z[1:])),
    "vdot": lambda z: mnp.imag(mnp.vdot(z[:4], z[1:])),
    "inner": lambda z: mnp.imag(mnp.inner(z[:4], z[1:])),
    "matmul": lambda z: mnp.abs(z @ z),
    "einsum": lambda z: mnp.sum(mnp.abs(mnp.einsum("i,j->ij", z, mnp.exp(z)))),
    "astype": lambda z: mnp.sum(mnp.abs(mnp.astype(mnp.abs(z), "complex128") * z)),
}
ON_NUMPY_ALONE = {  # the standard has these for real numbers only
    "var": mnp.var,
    "std": mnp.std,
    "var, ddof": lambda z: mnp.var(z, ddof=1),
}
FACTORISATIONS = {  # of a Hermitian positive definite matrix
    "eigenvalues": lambda a: mnp.sum(mnp.linalg.eigh(a)[0] * mnp.asarray([1.0, -2.0, 3.0])),
    "eigvalsh": lambda a: mnp.sum(mnp.linalg.eigvalsh(a) ** 2),
    "eigenvectors": lambda a: mnp.sum(mnp.abs(mnp.linalg.eigh(a)[1]) * mnp.asarray(WEIGHTS)),
    "cholesky": lambda a: real_part(mnp.linalg.cholesky(a)),
    "inv": lambda a: real_part(mnp.linalg.inv(a)),
    "solve": lambda a: real_part(mnp.linalg.solve(a, a * mnp.asarray(WEIGHTS))),
    "det": lambda a: mnp.real(mnp.linalg.det(a)),
}


def check(f, x):
    """Differences in both modes to second order; compiled, the same."""
    x = mnp.asarray(x)
    mg.check_grads(f, (x,))
    if mg.active().name == "numpy":
        compiled = mg.compile(mg.value_and_grad(f))
        for found, expected in zip(compiled(x), mg.value_and_grad(f)(x)):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", REAL_FUNCTIONS)
def test_complex_values_inside_a_real_function(name):
    f = REAL_FUNCTIONS[name]
    check(lambda x: f(x * mnp.asarray(C) + mnp.asarray(D)), np.array([0.5, -1.0, 2.0, 0.25, -0.75]))


@pytest.mark.parametrize("name", ON_NUMPY_ALONE)
def test_moments_of_complex_values(name, on_numpy):
    f = ON_NUMPY_ALONE[name]
    check(lambda x: f(x * C + D), np.array([0.5, -1.0, 2.0, 0.25, -0.75]))


@pytest.mark.parametrize("name", FACTORISATIONS)
def test_factorisations_of_hermitian_matrices(name):
    f = FACTORISATIONS[name]

    def of_real(x):
        z = x * mnp.asarray(M + 1j * N)
        return f(z @ mnp.conj(mnp.matrix_transpose(z)) + mnp.asarray(np.eye(3)))

    check(of_real, RNG.standard_normal((3, 3)))


def test_the_derivatives_that_were_wrong():
    """|i x|, |c x|^2 and |x + 0 i|^2 are |x|, |c|^2 x^2 and x^2."""
    x = mnp.asarray([1.0, 2.0])

    def gradient(f):
        return mg.to_numpy(mg.grad(f)(x)).tolist()

    assert gradient(lambda x: mnp.sum(mnp.abs(x * mnp.asarray([1j, 1j])))) == [1.0, 1.0]
    assert gradient(lambda x: mnp.sum(abs(x * mnp.asarray([1j, 1.0 + 0j])) ** 2)) == [2.0, 4.0]
    assert gradient(lambda x: mnp.sum(abs(mnp.astype(x, "complex128")) ** 2)) == [2.0, 4.0]


@pytest.mark.parametrize("name", REAL_FUNCTIONS)
def test_the_gradient_in_a_complex_argument(name):
    """df = Re(g dz): g = df/dx - i df/dy, as autograd and JAX have it."""
    f = REAL_FUNCTIONS[name]
    z = mnp.asarray(C)
    g = mg.to_numpy(mg.grad(f)(z))
    parts = mg.grad(lambda x, y: f(x + y * mnp.asarray(np.full(5, 1j))), argnums=(0, 1))
    x, y = (mg.to_numpy(part) for part in parts(mnp.asarray(C.real.copy()), mnp.asarray(C.imag.copy())))
    np.testing.assert_allclose(g, x - 1j * y, rtol=1e-12, atol=1e-12)


def test_narrow_complex_numbers_stay_narrow():
    x = mnp.asarray([0.5, 1.5], dtype="float32")

    def f(x):
        z = x * mnp.asarray([1j, 2.0], dtype="complex64")
        return mnp.sum(mnp.abs(z) + mnp.imag(z) + mnp.angle(z + 1.0))

    y, dy = mg.jvp(f, (x,), (mnp.ones_like(x),))
    (g,) = mg.vjp(f, x)[1](mnp.ones_like(y))
    assert {mg.backend.dtype_name(a.dtype) for a in (y, dy, g)} == {"float32"}
