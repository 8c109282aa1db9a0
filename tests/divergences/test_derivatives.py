"""Derivatives by the envelope theorem: to second order, in both modes, and finite where the functions are."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Mixture, Normal
from minigan.divergences import TABLE, alpha, kl

ROWS = [*TABLE.values(), alpha(-0.5), alpha(3.0)]
V = np.array([-2.7, -0.8, 0.3, 1.9])
U = np.array([0.2, 0.7, 1.4, 3.0])


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_against_differences_to_second_order(row):
    v, u = mnp.asarray(V), mnp.asarray(U)
    t = mnp.asarray(host(row.activation(v)))
    mg.check_grads(row.f, (u,))
    mg.check_grads(row.activation, (v,))
    mg.check_grads(row.conjugate_of_activation, (v,))
    mg.check_grads(row.canonical_activation, (v,))
    mg.check_grads(row.conjugate_of_canonical_activation, (v,))
    t = mnp.asarray(np.clip(host(t), -1e3, row.domain.high - 0.05))
    mg.check_grads(row.conjugate, (t,))
    mg.check_grads(row.ratio, (t,))
    if row.name != "total_variation":
        mg.check_grads(row.f_prime, (u,))


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_no_derivative_is_nan_in_the_float_range(row, dtype):
    largest = float(np.finfo(dtype).max)
    v = np.geomspace(1e-30, largest, 101).astype(dtype)
    v = mnp.asarray(np.concatenate([-v[::-1], np.zeros(1, dtype), v]))
    for function in (
        row.activation,
        row.conjugate_of_activation,
        row.canonical_activation,
        row.conjugate,
        row.ratio,
    ):
        y = host(mg.grad(lambda x, f=function: mnp.sum(mnp.where(mnp.isfinite(f(x)), f(x), 0.0)))(v))
        inside = np.isfinite(host(function(v)))
        assert not np.isnan(y[inside]).any(), (function.__name__, host(v)[inside & np.isnan(y)])


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradient_of_between(row):
    p, q = mnp.asarray([0.5, 0.3, 0.2]), mnp.asarray([0.15, 0.25, 0.6])
    mg.check_grads(lambda p, q: row.between(p, q), (p, q))
    mg.check_grads(lambda a, b: row.between(mnp.softmax(a), mnp.softmax(b)), (mnp.log(p), mnp.log(q)))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradient_at_empty_categories(row):
    """f'(0), f'(inf), f(0) and the dual's f'(0), finite or not, and zero where both are empty."""
    p, q = mnp.asarray([0.5, 0.5, 0.0, 0.0]), mnp.asarray([0.0, 0.5, 0.5, 0.0])
    in_p, in_q = (host(g) for g in mg.grad(row.between, argnums=(0, 1))(p, q))
    assert in_p[0] == pytest.approx(row.f_prime_at_infinity) and in_p[2] == pytest.approx(row.f_prime_at_zero)
    assert in_q[2] == pytest.approx(row.f_at_zero) and in_q[0] == pytest.approx(row.dual().f_prime_at_zero)
    assert np.isfinite(in_p[[1, 3]]).all() and np.isfinite(in_q[[1, 3]]).all()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradient_of_the_divergence_between_densities(row):
    """d/dtheta by differentiating under the integral, against differences of the value."""

    def between(mean, log_deviation, other):
        p = Mixture((0.4, 0.6), (Normal(-1.0, 1.3), Normal(mean, 1.2)))
        return row.between_densities(p, Normal(other, mnp.exp(log_deviation))).value

    at = tuple(mnp.asarray(x) for x in (1.2, 0.2, 0.1))
    mg.check_grads(between, at, order=1)


def test_second_derivative_between_densities():
    """KL(N(m, 1) || N(0, 1)) = m^2/2 has the second derivative 1."""
    at = mnp.asarray(0.7)
    second = mg.hessian(lambda m: kl.between_densities(Normal(m, 1.0), Normal(0.0, 1.0)).value)(at)
    assert float(second) == pytest.approx(1.0, abs=1e-10)
