import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import (
    TABLE,
    alpha,
    gan,
    jeffreys,
    jensen_shannon,
    kl,
    named,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
    weighted_jensen_shannon,
)


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


# -- families and names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.2, 1.5, math.nan, math.inf])
def test_a_weight_outside_the_interval_is_refused(bad):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        weighted_jensen_shannon(bad)


@pytest.mark.parametrize(("bad", "limit"), [(0.0, "reverse_kl"), (1.0, "kl"), (0, "reverse_kl"), (1, "kl")])
def test_alpha_at_its_limits_points_at_the_row_it_becomes(bad, limit):
    with pytest.raises(ValueError, match=f"the limit there is {limit};"):
        alpha(bad)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_alpha_must_be_finite(bad):
    with pytest.raises(ValueError, match="finite"):
        alpha(bad)


@pytest.mark.parametrize("bad", ["0.5", None, True, 1j])
def test_a_parameter_must_be_a_number(bad):
    for family in (alpha, weighted_jensen_shannon):
        with pytest.raises(TypeError, match="must be a Python number"):
            family(bad)


def test_a_member_of_a_family_is_one_object():
    assert alpha(2) is alpha(2.0) and alpha(-0.5).dual() is alpha(1.5)
    assert weighted_jensen_shannon(0.25).dual() is weighted_jensen_shannon(0.75)


def test_named():
    assert named("pearson") is pearson and named(" alpha( -0.5 ) ") is alpha(-0.5)
    assert named("weighted_jensen_shannon(0.3)") is TABLE["weighted_jensen_shannon"]
    with pytest.raises(ValueError, match="no row of the table is called 'hellinger'; the nearest is 'squared_hellinger'"):
        named("hellinger")
    with pytest.raises(ValueError, match="is called 'alfa'; the nearest is 'alpha'"):
        named("alfa(0.5)")
    with pytest.raises(ValueError, match=r"alpha is a family of rows: say which one, such as alpha\(0.5\)"):
        named("alpha")
    with pytest.raises(ValueError, match="needs a number between its brackets"):
        named("alpha(two)")
    with pytest.raises(ValueError, match="the limit there is kl"):
        named("alpha(1)")


def test_rows_are_frozen():
    with pytest.raises(AttributeError):
        kl.threshold = 0.0


def test_duals():
    pairs = {kl: reverse_kl, pearson: neyman, alpha(0.25): alpha(0.75)}
    for row, dual in pairs.items():
        assert row.dual() is dual and dual.dual() is row
    for row in (total_variation, squared_hellinger, jeffreys, jensen_shannon, gan, alpha(0.5)):
        assert row.dual() is row


def test_limits_of_the_families():
    """alpha -> 0, 1 and pi -> 0, 1 with an error of the order of the distance."""
    p, q = mnp.asarray([0.5, 0.3, 0.2]), mnp.asarray([0.2, 0.3, 0.5])
    for e in (1e-3, 1e-5, 1e-7):
        near = {
            reverse_kl: [alpha(e), alpha(-e)],
            kl: [alpha(1 - e), alpha(1 + e)],
        }
        for row, members in near.items():
            for member in members:
                assert abs(float(member.between(p, q)) - float(row.between(p, q))) < e
        low, high = weighted_jensen_shannon(e), weighted_jensen_shannon(1 - e)
        assert abs(float(low.between(p, q)) / e - float(kl.between(p, q))) < e
        assert abs(float(high.between(p, q)) / e - float(reverse_kl.between(p, q))) < 2 * e + 1e-9 / e * 1e-6


# -- functions at their edges --------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_f_below_zero_is_infinite(row):
    assert np.all(host(row.f(mnp.asarray([-1.0, -1e-300]))) == np.inf)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_f_at_zero_and_at_infinity(row):
    ends = mnp.asarray([0.0, math.inf])
    f, slope = host(row.f(ends)), host(row.f_prime(ends))
    assert f[0] == row.f_at_zero and tuple(slope) == (row.f_prime_at_zero, row.f_prime_at_infinity)
    assert f[1] == (-np.inf if row.f_prime_at_infinity == 0 else np.inf)


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_not_a_number_stays_so(row):
    nan = mnp.asarray([math.nan])
    for function in (
        row.f,
        row.f_prime,
        row.conjugate,
        row.ratio,
        row.activation,
        row.conjugate_of_activation,
    ):
        assert np.all(np.isnan(host(function(nan)))), function.__name__


def test_domains_print_and_contain():
    texts = {name: str(row.domain) for name, row in TABLE.items()}
    assert texts["total_variation"] == "(-inf, 0.5]" and texts["kl"] == "R" and texts["neyman"] == "(-inf, 1]"
    assert texts["squared_hellinger"] == "(-inf, 1)" and texts["gan"] == "(-inf, 0)"
    assert 1.0 in neyman.domain and 1.0 not in squared_hellinger.domain and -1e300 in squared_hellinger.domain
    assert str(alpha(-1.0).domain) == "(-inf, 0.5]" and str(alpha(0.5).domain) == "(-inf, 2)"
    # the float64 nearest to log 2 lies below log 2, and f* is finite there
    assert 0.6931471805599453 in jensen_shannon.domain and 0.6931471805599454 not in jensen_shannon.domain
    assert 37.0 < float(jensen_shannon.conjugate(0.6931471805599453)) < 39.0


def test_the_threshold_decides_who_is_likelier():
    """T > f'(1), v > threshold_in_v and canonical v > 0 all say p > q."""
    for row in [*TABLE.values(), alpha(-1.0), alpha(3.0), weighted_jensen_shannon(0.9)]:
        for ratio in (0.5, 0.99, 1.01, 2.0):
            assert (float(row.optimal_critic(ratio)) > row.threshold) == (ratio > 1)
            assert (float(row.canonical_activation(math.log(ratio))) > row.threshold) == (ratio > 1)
        low, high = (float(row.activation(row.threshold_in_v + step)) for step in (-1e-6, 1e-6))
        assert low < row.threshold < high


# -- as printed ----------------------------------------------------------------------------------------------


def test_printed_rows_without_an_erratum_are_the_rows():
    right = [name for name, row in TABLE.items() if not row.as_printed.erratum]
    assert right == ["kl", "jeffreys", "jensen_shannon"]
    t, v = mnp.asarray([-3.0, -1.0, 0.0, 0.5]), mnp.asarray([-3.0, 0.2, 4.0])
    for name in right:
        row, printed = TABLE[name], TABLE[name].as_printed
        np.testing.assert_allclose(host(printed.conjugate(t)), host(row.conjugate(t)), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(host(printed.activation(v)), host(row.activation(v)), rtol=1e-12, atol=1e-15)
        assert printed.threshold == row.threshold


@pytest.mark.parametrize("row", [reverse_kl, neyman, squared_hellinger], ids=str)
def test_three_printed_activations_decrease(row):
    v = mnp.asarray(np.linspace(-5.0, 5.0, 41))
    assert np.all(np.diff(host(row.as_printed.activation(v))) < 0) and not row.as_printed.increasing
    np.testing.assert_allclose(host(row.as_printed.activation(-v)), host(row.activation(v)), rtol=1e-12)
    assert "decreases" in row.as_printed.erratum


def test_printed_alpha_below_zero_carries_no_information():
    """Its objective tops out at 1/(1 - a) + 1/a for every P and Q (a = -1: -1/2)."""
    row = alpha(-1.0)
    assert float(row.as_printed.conjugate(0.0)) == 2.0 and float(row.conjugate(0.0)) == 0.0
    t = mnp.asarray(0.5 - np.geomspace(1e-12, 1e6, 2001))
    for p, q in (([0.7, 0.3], [0.2, 0.8]), ([0.5, 0.5], [0.5, 0.5])):
        best = sum(
            np.max(a * host(t) - b * host(row.as_printed.conjugate(t))) for a, b in zip(p, q)
        )  # the supremum separates
        assert best == pytest.approx(-0.5, abs=1e-5)
        assert float(row.between(p, q)) >= 0.0


def test_printed_alpha_above_one_breaks_the_bound_without_limit():
    row, p, q = alpha(1.5), [0.7, 0.3], [0.2, 0.8]
    assert float(row.between(p, q)) == pytest.approx(0.657722421439490456, rel=1e-14)
    for t, printed, true in (
        (-10.0, 33.3333333333333333, -9.33333333333333333),
        (-100.0, 78333.3333333333333, -99.3333333333333333),
        (-1000.0, 82833333.3333333333, -999.333333333333333),
    ):
        critic = mnp.asarray([t, t])
        assert float(row.as_printed.bound(critic, critic, p, q)) == pytest.approx(printed, rel=1e-12)
        assert float(row.bound(critic, critic, p, q)) == pytest.approx(true, rel=1e-12)
    assert np.isnan(host(alpha(3.0).as_printed.conjugate(-1.0))) and host(alpha(3.0).conjugate(-1.0)) == -1 / 3


def test_printed_pearson_is_a_looser_bound():
    p, q, critic = [0.7, 0.3], [0.2, 0.8], mnp.asarray([-10.0, -10.0])
    assert float(pearson.between(p, q)) == pytest.approx(1.5625, rel=1e-14)
    assert float(pearson.as_printed.bound(critic, critic, p, q)) == -25.0
    assert float(pearson.bound(critic, critic, p, q)) == -9.0
    t = mnp.asarray(np.linspace(-20.0, 20.0, 101))
    assert np.all(host(pearson.as_printed.conjugate(t)) >= host(pearson.conjugate(t)) - 1e-12)


def test_printed_thresholds_are_right_for_every_row():
    for row in TABLE.values():
        assert row.as_printed.threshold == pytest.approx(row.threshold, abs=1e-15)
