import autograd.numpy as np
import pytest
from autograd import elementwise_grad
from numpy.testing import assert_allclose

from reference.f_gan import TABLE, alpha, bound, divergence, optimal_critic, supremum, weighted_jensen_shannon

ROWS = {
    **TABLE,
    "alpha(-0.5)": alpha(-0.5),
    "alpha(3)": alpha(3.0),
    "weighted(0.7)": weighted_jensen_shannon(0.7),
}
P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])

# discrete.cat3, 30 digits
CAT3 = {
    "total_variation": 0.3,
    "kl": 0.27488721956224651955505816353,
    "reverse_kl": 0.27488721956224651955505816353,
    "pearson": 0.63,
    "neyman": 0.63,
    "squared_hellinger": 0.135088935932648259,
    "jeffreys": 0.54977443912449303911,
    "jensen_shannon": 0.132828628764563304,
    "weighted_jensen_shannon": 0.0560776193800275,
    "gan": -1.25346573235532731,
}


@pytest.mark.parametrize("name", CAT3)
def test_cat3(name):
    assert divergence(TABLE[name], P, Q) == pytest.approx(CAT3[name], rel=1e-13)


@pytest.mark.parametrize("name", ROWS)
def test_the_conjugate_is_the_supremum(name):
    """At values of critics inside the domain, by brute force over u in [e^-20, e^20]."""
    row = ROWS[name]
    for v in (-1.5, -0.3, 0.4, 1.2):
        t = row.activation(v)
        assert row.conjugate(t) == pytest.approx(supremum(row.f, t), abs=3e-8)


@pytest.mark.parametrize("name", ["pearson", "alpha(1.5)", "alpha(3)"])
def test_below_the_slope_at_zero_the_conjugate_is_constant(name):
    row = ROWS[name]
    assert row.conjugate(-7.0) == pytest.approx(supremum(row.f, -7.0), abs=1e-7)
    assert row.conjugate(-7.0) == row.conjugate(-9.0)


@pytest.mark.parametrize("name", ROWS)
def test_thresholds_and_increasing_activations(name):
    row = ROWS[name]
    if name != "total_variation":
        assert elementwise_grad(row.f)(np.array([1.0]))[0] == pytest.approx(row.threshold, abs=1e-12)
    assert np.all(np.diff(row.activation(np.linspace(-4.0, 4.0, 30))) > 0)


@pytest.mark.parametrize("name", ROWS)
def test_the_optimal_critic_attains_the_bound(name):
    row = ROWS[name]
    best = optimal_critic(row, P, np.array([0.25, 0.15, 0.6]))
    exact = divergence(row, P, np.array([0.25, 0.15, 0.6]))
    assert bound(row, best, P, np.array([0.25, 0.15, 0.6])) == pytest.approx(exact, rel=1e-11)
    worse = row.activation(np.array([0.3, -0.2, 0.5]))
    assert bound(row, worse, P, Q) < divergence(row, P, Q)


def test_relations():
    p, q = np.array([0.7, 0.1, 0.2]), np.array([0.3, 0.3, 0.4])
    value = {name: divergence(row, p, q) for name, row in ROWS.items()}
    assert_allclose(value["jeffreys"], value["kl"] + value["reverse_kl"], rtol=1e-14)
    assert_allclose(value["gan"], value["jensen_shannon"] - np.log(4), rtol=1e-14)
    assert_allclose(value["alpha(0.5)"], 2 * value["squared_hellinger"], rtol=1e-13)
    assert_allclose(divergence(alpha(2.0), p, q), value["pearson"] / 2, rtol=1e-13)
    assert_allclose(divergence(alpha(-1.0), p, q), value["neyman"] / 2, rtol=1e-13)
    assert_allclose(2 * divergence(weighted_jensen_shannon(0.5), p, q), value["jensen_shannon"], rtol=1e-13)
