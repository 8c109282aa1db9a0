import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import TABLE, alpha, jensen_shannon, kl, total_variation
from minigan.divergences.categorical import likelihood_ratio

from .oracle import oracle


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def exact(name, p, q):
    """sum q f(p/q) at 60 digits, of the floats as they are."""
    with mp.workdps(60):
        f = oracle(name).f
        return float(sum(mpf(float(b)) * f(mpf(float(a)) / mpf(float(b))) for a, b in zip(p, q)))


@pytest.mark.parametrize("row", [*TABLE.values(), alpha(-0.5), alpha(3.0)], ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_against_mpmath(row, seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    assert float(row.between(p.tolist(), q.tolist())) == pytest.approx(exact(row.name, p, q), rel=1e-13)


@pytest.mark.parametrize("row", [*TABLE.values(), alpha(-0.5), alpha(3.0)], ids=str)
def test_nearly_equal_distributions_keep_their_digits(row):
    """P and Q that differ by 2^-40 in two categories: D - f(1) is about 1e-24, and right to 12 digits."""
    step = 2.0**-40
    p, q = np.array([0.25, 0.25, 0.5]), np.array([0.25 + step, 0.25 - step, 0.5])
    if row.name == "gan":  # its smallest value is -log 4
        assert float(row.between(p.tolist(), q.tolist())) == pytest.approx(-math.log(4.0), rel=1e-15)
    else:
        found = float(row.between(p.tolist(), q.tolist()))
        assert found == pytest.approx(exact(row.name, p, q), rel=1e-12) and found > 0


def test_tiny_and_huge_ratios():
    p, q = np.array([1.0 - 1e-300, 1e-300]), np.array([1e-250, 1.0 - 1e-250])
    for row in (*TABLE.values(), alpha(3.0)):
        with np.errstate(over="ignore"):
            found = float(row.between(p.tolist(), q.tolist()))
        with mp.workdps(400):
            f = oracle(row.name).f
            expected = sum(mpf(float(b)) * f(mpf(float(a)) / mpf(float(b))) for a, b in zip(p, q))
        if expected > 1.7e308:
            assert found == math.inf
        else:
            assert found == pytest.approx(float(expected), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_batches_broadcast_over_leading_axes(row):
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(4), size=(3, 1)), rng.dirichlet(np.ones(4), size=(1, 2))
    found = row.between(mnp.asarray(p), mnp.asarray(q))
    assert found.shape == (3, 2)
    for i in range(3):
        for j in range(2):
            one = float(row.between(p[i, 0].tolist(), q[0, j].tolist()))
            assert host(found)[i, j] == pytest.approx(one, rel=1e-15)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_float32_stays_float32(row):
    p = np.array([0.5, 0.25, 0.25], dtype="float32")
    found = row.between(mnp.asarray(p), mnp.asarray(p[::-1].copy()))
    assert str(found.dtype).endswith("float32")
    assert float(found) == pytest.approx(float(row.between(p.tolist(), p[::-1].tolist())), rel=1e-6)


def test_refusals():
    with pytest.raises(ValueError, match=r"p must hold probabilities, and its smallest entry is -0\.1"):
        kl.between([1.1, -0.1], [0.5, 0.5])
    with pytest.raises(ValueError, match="q must sum to 1 over its last axis, and sums to 6; divide it by"):
        kl.between([0.5, 0.5, 0.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="q must hold probabilities"):
        kl.between([0.5, 0.5], [math.nan, 1.0])
    with pytest.raises(ValueError, match="along its last axis"):
        kl.between(1.0, 1.0)


def test_categories_empty_in_both_cost_nothing():
    for row in TABLE.values():
        padded = float(row.between([0.5, 0.0, 0.5], [0.25, 0.0, 0.75]))
        assert padded == float(row.between([0.5, 0.5], [0.25, 0.75]))


def test_symmetric_rows_and_metrics():
    """Square roots of squared Hellinger and Jensen-Shannon, and total variation, satisfy the triangle
    inequality.
    """
    rng = np.random.default_rng(3)
    for _ in range(20):
        p, q, r = rng.dirichlet(np.ones(4), size=3).tolist()
        for row, root in ((TABLE["squared_hellinger"], 0.5), (jensen_shannon, 0.5), (total_variation, 1.0)):

            def d(a, b, row=row, root=root):
                return float(row.between(a, b)) ** root

            assert d(p, r) <= d(p, q) + d(q, r) + 1e-12
            assert d(p, q) == pytest.approx(d(q, p), rel=1e-13)


def test_renyi_does_not_decrease():
    p, q = [0.6, 0.3, 0.1], [0.2, 0.3, 0.5]
    orders = [0.1, 0.5, 0.9, 1.1, 1.5, 2.0, 3.0]
    renyi = [math.log1p(a * (a - 1) * float(alpha(a).between(p, q))) / (a - 1) for a in orders]
    assert np.all(np.diff(renyi) > 0) and renyi[2] < float(kl.between(p, q)) < renyi[3]


def test_likelihood_ratio():
    found = host(likelihood_ratio(mnp.asarray([0.5, 0.5, 0.0, 0.0]), mnp.asarray([0.25, 0.0, 0.75, 0.0])))
    assert found.tolist() == [2.0, math.inf, 0.0, 1.0]


# -- roundings of what sums to one ---------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(2, 200), st.sampled_from(["float32", "float64"]), st.floats(-7.0, 0.0))
def test_rounded_softmaxes_stay_within_the_bounds(seed, categories, dtype, exponent):
    """kl of two float32 softmaxes that differ by 1e-4 used to be negative in every second pair, by up to 2e-7."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=categories)
    p = mnp.softmax(mnp.asarray(logits.astype(dtype)), axis=-1)
    q = mnp.softmax(mnp.asarray((logits + 10.0**exponent * rng.normal(size=categories)).astype(dtype)), axis=-1)
    for row in TABLE.values():
        value = host(row.between(p, q))
        assert np.dtype(dtype).type(row.smallest) <= value <= row.largest, row.name
        doubles = [host(x).astype(float) / host(x).astype(float).sum() for x in (p, q)]
        exact = float(row.between(*(x.tolist() for x in doubles)))
        place = np.finfo(dtype).eps
        scale = abs(row.smallest) + exact - row.smallest + math.sqrt(max(exact - row.smallest, 0.0))
        scale += row.formulas.f_second is None  # at a kink a rounding counts to first order
        assert abs(float(value) - exact) <= 64 * place * (scale + place), row.name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_derivative_still_is_that_of_sums_that_may_change(dtype):
    """d kl/dp_i = log(p_i/q_i) + 1, d kl/dq_i = -p_i/q_i, the tangent's part included."""
    p, q = np.array([0.5, 0.3, 0.2], dtype=dtype), np.array([0.2, 0.3, 0.5], dtype=dtype)
    in_p, in_q = mg.grad(lambda p, q: kl.between(p, q), argnums=(0, 1))(mnp.asarray(p), mnp.asarray(q))
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    assert host(in_p) == pytest.approx(np.log(p / q) + 1.0, rel=tolerance)
    assert host(in_q) == pytest.approx(-p / q, rel=tolerance)
