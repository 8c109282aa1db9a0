"""The stable table against the literal one, which is written in NumPy and HIPS autograd."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
import reference.f_gan as literal
from minigan.divergences import TABLE
from reference.f_gan_as_printed import TABLE_AS_PRINTED

U, V = np.geomspace(0.05, 20.0, 25), np.linspace(-4.0, 4.0, 24)


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def same(found, expected, atol=1e-12):
    np.testing.assert_allclose(host(found), expected, rtol=1e-11, atol=atol)


@pytest.mark.parametrize("name", TABLE)
def test_functions(name):
    row, plain = TABLE[name], literal.TABLE[name]
    same(row.f(mnp.asarray(U)), plain.f(U))
    same(row.activation(mnp.asarray(V)), plain.activation(V))
    t = plain.activation(V)
    same(row.conjugate(mnp.asarray(t)), plain.conjugate(t))
    same(row.conjugate_of_activation(mnp.asarray(V)), plain.conjugate(t))
    same(row.optimal_critic(mnp.asarray(U)), literal.optimal_critic(plain, U, np.ones_like(U)))
    assert row.threshold == plain.threshold


@pytest.mark.parametrize("name", TABLE)
def test_divergence_and_bound(name):
    row, plain = TABLE[name], literal.TABLE[name]
    rng = np.random.default_rng(0)
    for _ in range(5):
        p, q = rng.dirichlet(np.ones(5), size=2)
        t = plain.activation(rng.normal(size=5))
        same(row.between(mnp.asarray(p), mnp.asarray(q)), literal.divergence(plain, p, q))
        found = row.bound(mnp.asarray(t), mnp.asarray(t), mnp.asarray(p), mnp.asarray(q))
        same(found, literal.bound(plain, t, p, q))


@pytest.mark.parametrize("name", TABLE)
def test_printed_rows(name):
    printed, plain = TABLE[name].as_printed, TABLE_AS_PRINTED[name]
    same(printed.activation(mnp.asarray(V)), plain.activation(V))
    t = np.array([-5.0, -1.7, -0.4, -0.01])
    with np.errstate(invalid="ignore"):
        same(printed.conjugate(mnp.asarray(t)), plain.conjugate(t))
    assert printed.threshold == plain.threshold
