"""A row derived from f alone is the row that the table states in full; what cannot be an f is refused with its values."""

import copy
import math
import pickle
import re
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.densities import Laplace, Normal, StudentT, Uniform
from minigan.divergences import (
    TABLE,
    FDivergence,
    alpha,
    derived_row,
    kl,
    named,
    pearson,
    squared_hellinger,
    weighted_jensen_shannon,
)
from minigan.divergences.bias import estimator_bias
from minigan.divergences.fit import fit_gaussian
from minigan.gan import fit, implied_divergence
from minigan.gan.f_gan import f_gan, trainable_f_gan
from minigan.testing import pairs_with_zeros

from .laws import LAWS, Case, random_case

EPS = float(np.finfo(float).eps)
log = mnp.log


def weighted(pi):
    return lambda u: pi * u * log(u) - (1.0 - pi + pi * u) * log(1.0 - pi + pi * u)


def power(a):
    return lambda u: (u**a - 1.0 - a * (u - 1.0)) / (a * (a - 1.0))


TEXTBOOK = {
    "total_variation": lambda u: 0.5 * abs(u - 1.0),
    "kl": lambda u: u * log(u),
    "reverse_kl": lambda u: -log(u),
    "pearson": lambda u: (u - 1.0) ** 2,
    "neyman": lambda u: (1.0 - u) ** 2 / u,
    "squared_hellinger": lambda u: (mnp.sqrt(u) - 1.0) ** 2,
    "jeffreys": lambda u: (u - 1.0) * log(u),
    "jensen_shannon": lambda u: u * log(u) - (u + 1.0) * log((u + 1.0) / 2.0),
    "weighted_jensen_shannon(0.3)": weighted(0.3),
    "gan": lambda u: u * log(u) - (u + 1.0) * log(u + 1.0) + 2.0 * math.log(2.0),  # less its f(1)
    "alpha(0.5)": power(0.5),
    "alpha(1.5)": power(1.5),
    "alpha(-0.5)": power(-0.5),
    "alpha(3.14)": power(3.14),
}
DERIVED = {name: derived_row(f"my {name}", f) for name, f in TEXTBOOK.items()}
OTHER_ACTIVATION = ("reverse_kl", "neyman", "squared_hellinger")  # exp(-v) where a derived row has log(1 + exp(-v))
DENSITIES = (
    Normal(0.0, 1.0),
    Normal(1.0, 1.3),
    Normal(60.0, 1.0),
    Laplace(0.0, 1.0),
    StudentT(0.0, 1.0, 3.0),
    Uniform(0, 1),
)
# logarithms of ratios, in steps that exp does not round to one
ratios = st.lists(st.integers(-30_000_001, 30_000_001), min_size=1, max_size=8).map(lambda x: (np.array(x) + 0.5) / 1e6)

by_row = pytest.mark.parametrize("name", TEXTBOOK)


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def slope(function, x):
    return host(mg.grad(lambda x: mnp.sum(function(x)))(mnp.asarray(x)))


# -- a derived row beside the exact one ------------------------------------------------------------------------


@by_row
def test_limits_domain_and_thresholds(name):
    row, exact = DERIVED[name], named(name)
    shift = exact.f_at_one
    assert (row.domain.closed, str(row.domain)) == (exact.domain.closed, str(exact.domain))
    assert row.f_at_zero == pytest.approx(exact.f_at_zero - shift, rel=1e-14, abs=1e-14)
    ends = (exact.f_prime_at_zero, exact.f_prime_at_infinity)
    assert (row.f_prime_at_zero, row.f_prime_at_infinity) == pytest.approx(ends, rel=1e-14)
    assert (row.threshold, row.smallest) == pytest.approx((exact.threshold, 0.0), abs=1e-15)
    if name != "gan":  # which is split without its tangent
        assert row.growth == pytest.approx(exact.growth, abs=1e-12)
        assert row.tangent == pytest.approx(exact.tangent, abs=1e-15)
    if name not in OTHER_ACTIVATION:
        assert row.threshold_in_v == pytest.approx(exact.threshold_in_v, abs=1e-14)
    assert (row.formulas.f_second is None) == (exact.formulas.f_second is None)


@by_row
def test_functions_of_the_ratio(name):
    """1e-8 of max(1, |value|), and where a function takes a critic's value what a rounding of that moves it by."""
    row, exact = DERIVED[name], named(name)
    shift = exact.f_at_one

    @given(ratios)
    def agree(v):
        with np.errstate(all="ignore"):
            u, v = mnp.exp(mnp.asarray(v)), mnp.asarray(v)
            log_u = 4.0 * EPS * abs(host(v))  # what a rounding of log u, and of u log u, costs in the formulas
            close(row.f(u), host(exact.f(u)) - shift, 1e-13, log_u * host(u))
            close(row.f_prime(u), exact.f_prime(u), 1e-13, log_u)
            close(row.canonical_activation(v), exact.canonical_activation(v), 1e-13, log_u)
            composed = row.conjugate_of_canonical_activation(v)
            close(composed, host(exact.conjugate_of_canonical_activation(v)) + shift, 1e-8)
            t = exact.f_prime(u)
            rounding = 4.0 * EPS * abs(host(t)) + log_u
            if name != "total_variation":
                second = host(exact.f_second(u))
                close(host(row.f_second(u)) * host(u) ** 2, second * host(u) ** 2, 1e-8)
                clear = rounding / second < 0.01 * host(u)  # else t rounds to what is another ratio altogether
                close(host(row.ratio(t))[clear], host(u)[clear], 1e-8, (rounding / second)[clear])
                close(
                    host(row.conjugate(t))[clear],
                    (host(exact.conjugate(t)) + shift)[clear],
                    1e-8,
                    (rounding * host(u))[clear],
                )

    agree()


@by_row
def test_functions_of_the_output(name):
    row, exact = DERIVED[name], named(name)
    if name in OTHER_ACTIVATION:  # the same T from another output
        high = row.domain.high

        def same(v):
            return -mnp.log(mnp.softplus(-v))

        assert_allclose(host(row.activation(-3.0)), high - np.log1p(np.exp(3.0)), rtol=1e-14)
    else:

        def same(v):
            return v

    @given(ratios)
    def agree(v):
        v = mnp.asarray(v)
        close(row.activation(v), exact.activation(same(v)), 1e-13)
        composed = row.conjugate_of_activation(v)
        close(composed, host(exact.conjugate_of_activation(same(v))) + exact.f_at_one, 1e-8)
        x = host(v)[abs(host(v) + 2.0) > 1e-6]  # where pearson's f* bends
        if len(x):
            expected = slope(lambda v: exact.conjugate_of_activation(same(v)), x)
            close(slope(row.conjugate_of_activation, x), expected, 1e-7)

    agree()


def close(found, expected, tolerance, more=0.0):
    found, expected = host(found), host(expected)
    with np.errstate(invalid="ignore"):
        off = np.where(found == expected, 0.0, abs(found - expected))
    assert np.all(off <= tolerance * np.maximum(1.0, abs(expected)) + more), (found, expected, off)


@by_row
def test_derivatives_are_the_exact_ones(name):
    row, exact = DERIVED[name], named(name)
    v = np.linspace(-7.3, 7.1, 14)
    u = np.exp(v)
    for method, x in (("f", u), ("f_prime", u), ("canonical_activation", v), ("conjugate_of_canonical_activation", v)):
        close(slope(getattr(row, method), x), slope(getattr(exact, method), x), 1e-9)
    t = host(exact.f_prime(mnp.asarray(u)))
    if name != "total_variation":
        close(slope(row.conjugate, t), slope(exact.conjugate, t), 1e-8)
        close(slope(row.ratio, t), slope(exact.ratio, t), 1e-6)  # 1/f'' = u^3 / 2 of neyman, at the last digits of t


@by_row
def test_every_law_holds_with_an_eps_of_ten_digits(name):
    class Loose(Case):
        eps = 1e-10

    for seed in range(4):
        drawn = random_case(np.random.default_rng(seed), zeros=seed % 2 == 1)
        case = Loose(**{one.name: getattr(drawn, one.name) for one in fields(drawn)})
        for law in LAWS.values():
            law(DERIVED[name], case)


# -- divergences -----------------------------------------------------------------------------------------------


@by_row
def test_between_categories_and_its_gradient(name):
    row, exact = DERIVED[name], named(name)

    @given(pairs_with_zeros())
    def agree(pair):
        p, q = (mnp.asarray(part) for part in pair)
        wanted = float(exact.between(p, q)) - exact.f_at_one
        assert float(row.between(p, q)) == pytest.approx(wanted, rel=1e-12, abs=1e-14)
        if np.all(pair[0] > 0) and np.all(pair[1] > 0) and name != "gan":  # whose tangent is another
            for found, expected in zip(*(mg.grad(d.between, argnums=(0, 1))(p, q) for d in (row, exact))):
                close(found, expected, 1e-8)

    agree()


@by_row
def test_between_densities(name):
    row, exact = DERIVED[name], named(name)
    for p in DENSITIES:
        for q in DENSITIES:
            found, wanted = row.between_densities(p, q), float(exact.between_densities(p, q)) - exact.f_at_one
            assert float(found) == pytest.approx(wanted, rel=1e-12, abs=1e-14), (p, q)
            assert math.isinf(wanted) or found.error < 1e-9 * max(1.0, wanted)


@given(st.tuples(*(st.floats(0.1, 2.0),) * 3), pairs_with_zeros())
def test_the_divergence_of_a_sum_is_the_sum_of_divergences(weights, pair):
    parts = (kl, squared_hellinger, alpha(-0.5))
    row = derived_row("a sum", lambda u: sum(w * TEXTBOOK[one.name](u) for w, one in zip(weights, parts)))
    expected = sum(w * float(one.between(*pair)) for w, one in zip(weights, parts))
    assert float(row.between(*pair)) == pytest.approx(expected, rel=1e-12)
    at_zero = sum(w * one.f_prime_at_infinity for w, one in zip(weights, parts))
    assert row.f_prime_at_infinity == at_zero == math.inf


def test_the_conjugate_is_the_supremum():
    """A row that the table has not: Le Cam's, f* by brute force, and D as half the sum of (p - q)^2 / (p + q)."""
    row = derived_row("le_cam", lambda u: (u - 1.0) ** 2 / (2.0 * (u + 1.0)), lambda u: 0.5 - 2.0 / (u + 1.0) ** 2)
    assert str(row.domain) == "(-inf, 0.5]" and (row.f_at_zero, row.f_prime_at_zero) == pytest.approx(
        (0.5, -1.5), rel=1e-14
    )
    u = np.exp(np.linspace(-20.0, 12.0, 40001))
    t = np.linspace(-4.0, 0.45, 60)
    brute = np.max(t[:, None] * u - (u - 1.0) ** 2 / (2.0 * (u + 1.0)), axis=1)
    assert_allclose(host(row.conjugate(mnp.asarray(t))), brute, atol=1e-5)
    exact = np.where(t < -1.5, -0.5, 2.0 - t - 2.0 * np.sqrt(2.0 * (0.5 - t)))
    assert_allclose(host(row.conjugate(mnp.asarray(t))), exact, atol=1e-12)
    assert host(row.conjugate(0.5)) == pytest.approx(1.5, abs=1e-9) and host(row.conjugate(0.501)) == math.inf
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    assert float(row.between(p, q)) == pytest.approx(0.5 * np.sum((p - q) ** 2 / (p + q)), rel=1e-13)
    assert row.dual() is row


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 7.0])
def test_a_kink_anywhere(gamma):
    """The hockey stick max(u - gamma, 0): E of Gaussians is a difference of two error functions."""
    from scipy.stats import norm

    row = derived_row("hockey stick", lambda u: mnp.maximum(u - gamma, 0.0) - max(1.0 - gamma, 0.0))
    found = row.between_densities(Normal(1.0, 1.0), Normal(0.0, 1.0))
    x = math.log(gamma) + 0.5  # where p/q = gamma
    expected = norm.sf(x - 1.0) - gamma * norm.sf(x) - max(1.0 - gamma, 0.0)
    assert float(found) == pytest.approx(expected, rel=1e-11)
    t = np.array([-1.0, 0.0, 0.25, 0.75])
    # f* is gamma t for a t that the kink spans, and f(0) is not 0 where f(1) was taken off
    assert_allclose(host(row.conjugate(mnp.asarray(t))), gamma * np.maximum(t, 0.0) + max(1.0 - gamma, 0.0), atol=1e-15)
    assert_allclose(host(row.ratio(mnp.asarray([0.25, 0.75]))), gamma, rtol=1e-14)
    assert implied_divergence(row).startswith("none")


@by_row
def test_the_dual_is_the_row_with_both_sides_changed(name):
    row, exact = DERIVED[name], named(name)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    assert float(row.dual().between(p, q)) == pytest.approx(float(exact.between(q, p)) - exact.f_at_one, rel=1e-10)
    assert row.dual().dual() is row and row.dual() is row.dual()
    if name != "gan":  # whose f + 2 log 2 and its u f(1/u) differ by 2 log 2 (u - 1)
        assert (row.dual() is row) == (exact.dual() is exact)


# -- what rests on a row -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["total_variation", "kl", "pearson", "jensen_shannon", "alpha(0.5)"])
def test_games_are_those_of_the_exact_row(name):
    rng = np.random.default_rng(0)
    real, fake = (mnp.asarray(4.0 * rng.standard_normal(64)) for _ in range(2))
    for game in (trainable_f_gan, lambda row: f_gan(row, canonical=name != "total_variation", generator="modified")):
        derived, exact = game(DERIVED[name]), game(named(name))

        def losses(game):
            return lambda real, fake: game.discriminator_loss(real, fake) + game.generator_loss(fake)

        found, expected = (mg.value_and_grad(losses(one), argnums=(0, 1))(real, fake) for one in (derived, exact))
        assert_allclose(host(found[0]), host(expected[0]), rtol=1e-9)
        for one, other in zip(found[1], expected[1]):
            assert_allclose(host(one), host(other), rtol=1e-8, atol=1e-12)
        compiled = mg.compile(mg.grad(losses(derived)))
        assert_allclose(host(compiled(real, fake)), host(found[1][0]), rtol=1e-9, atol=1e-14)


def test_training_is_that_of_the_exact_row():
    adam = optim.adam(1e-2, beta1=0.0)
    options = dict(steps=40, batch=64, generator_optimizer=adam, discriminator_optimizer=adam)
    means = []
    for row in (DERIVED["jensen_shannon"], named("jensen_shannon")):
        result = fit(nn.dense(1), nn.mlp([8, 1]), Normal(3.0, 0.5), game=trainable_f_gan(row), **options)
        means.append(host(result.sample(100)).mean())
    assert means[0] == pytest.approx(means[1], abs=1e-7) and abs(means[0]) > 0.1


def test_the_best_gaussian_and_what_samples_tell():
    data = Normal(0.5, 2.0)
    best = fit_gaussian(DERIVED["jensen_shannon"], data)
    assert (best.gaussian.mean, best.gaussian.deviation) == pytest.approx((0.5, 2.0), abs=1e-6)
    for name, estimators in (("jensen_shannon", 2), ("kl", 1), ("total_variation", 2)):
        rows = (DERIVED[name], named(name))
        found, expected = (estimator_bias(row, Normal(), Normal(1.0, 1.0), 200, 2) for row in rows)
        assert len(found) == estimators and len(expected) == 2
        for key, bias in found.items():
            assert bias.mean == pytest.approx(expected[key].mean, rel=1e-5)


def test_single_precision_stays_single():
    for row in DERIVED.values():
        x = mnp.asarray([0.5, 1.5, 4.0], dtype="float32")
        functions = (row.f, row.f_prime, row.conjugate, row.ratio, row.activation, row.canonical_activation)
        for function in (*functions, row.conjugate_of_activation, row.conjugate_of_canonical_activation):
            assert "float32" in str(function(x).dtype)
        assert "float32" in str(mg.grad(lambda x, row=row: mnp.sum(row.conjugate_of_activation(x)))(x).dtype)


def test_numpys_own_functions_do_as_well(on_numpy):
    row = derived_row("numpy's", lambda u: u * np.log(u), lambda u: np.log(u) + 1.0)
    p, q = [0.5, 0.5], [0.25, 0.75]
    assert float(row.between(p, q)) == pytest.approx(float(kl.between(p, q)), rel=1e-13)
    assert "derived numerically" in row.title and "derived numerically" in repr(row) and isinstance(row, FDivergence)


def test_a_copy_is_derived_again_and_a_lambda_does_not_pickle():
    row = DERIVED["pearson"]
    again = copy.deepcopy(row)
    assert again is not row and str(again.domain) == "R" and float(again.conjugate(2.0)) == pytest.approx(3.0)
    with pytest.raises(TypeError, match="my pearson cannot be pickled: its argument f is"):
        pickle.dumps(row)


def test_what_the_modified_loss_descends_is_told_of_any_row():
    assert implied_divergence(DERIVED["kl"]) == "D_g with g''(u) = f''(u) / u, f that of my kl"
    assert implied_divergence(DERIVED["total_variation"]).startswith("none")


# -- what is refused -----------------------------------------------------------------------------------------------


def refused(*row, error=ValueError):
    with pytest.raises(error) as caught:
        derived_row(*row)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_f_that_is_not_convex_is_refused_with_a_chord():
    told = refused("mine", lambda u: mnp.sin(u - 1.0))
    number = r"(-?[\d.e+-]+)"
    chord = rf"the chord from u = {number} to u = {number}"
    wrong = rf"f of mine is not convex: f\({number}\) = {number} lies above {number}, {chord}"
    u, value, chord, low, high = map(float, re.fullmatch(wrong, told).groups())
    assert low < u < high and value > chord
    assert math.sin(u - 1.0) == pytest.approx(value, abs=1e-6)
    share = (u - low) / (high - low)
    assert (1.0 - share) * math.sin(low - 1.0) + share * math.sin(high - 1.0) == pytest.approx(chord, abs=1e-6)


@pytest.mark.parametrize(
    ("f", "f_prime", "told"),
    [
        (lambda u: (u - 1.0) ** 2 + 0.25, None, r"f\(1\) of mine is 0.25, and D\(P \|\| P\) must be 0"),
        (lambda u: math.log(u[0]) * u, None, "f of mine (does not take arrays|cannot be)"),
        (lambda u: math.log(u), None, "f of mine does not take arrays: .* write it with minigan.numpy"),
        (lambda u: u * log(u) if u > 0 else 0.0, None, "f of mine does not take arrays"),
        (lambda u: 0.0, None, "f of mine must return an array like its argument: of .* it made 0.0"),
        (lambda u: log(u - 0.5) ** 2 - log(0.5) ** 2, None, "nan|not convex|must be finite"),
        (lambda u: 3.0 * (u - 1.0), None, r"f of mine is linear, 3 \(u - 1\), so that its divergence is always 0"),
        (lambda u: u * log(u), lambda u: -log(u), "f_prime of mine falls, .*: from .* at u = .* to .* at u = "),
        (lambda u: u * log(u), lambda u: log(u), "not the derivative of f: .* f rises by .* f_prime goes from"),
        (lambda u: u * log(u), lambda u: math.log(u), "f_prime of mine does not take arrays"),
        (
            lambda u: mg.to_numpy(u) ** 2 - 1.0,
            None,
            "f of mine (cannot be differentiated: .*; or state f_prime|must return an array like its)",
        ),
    ],
)
def test_what_is_no_f_is_refused(f, f_prime, told):
    assert re.search(told, refused("mine", f, f_prime))


@pytest.mark.parametrize("name", ["kl", "alpha(2)", "alpha(mine)", "", 3])
def test_names_of_the_table_are_taken(name):
    assert "row" in refused(name, lambda u: u * log(u))


def test_an_f_must_be_a_function():
    assert "must be a function" in refused("mine", 3.0, error=TypeError)
    assert "must be a function" in refused("mine", TEXTBOOK["kl"], "log", error=TypeError)


def test_pearson_from_the_tables_own_f_and_slope():
    """What a user has at hand is taken as it is."""
    row = derived_row("mine", pearson.f, pearson.f_prime)
    u = mnp.asarray([0.0, 0.5, 3.0])
    assert_allclose(host(row.f(u)), host(pearson.f(u)), rtol=1e-14)
    assert str(row.domain) == "R" and row.growth == (2.0, 0.0)


MANTISSAS = {
    "kl": lambda u: u * log(u),
    "reverse_kl": lambda u: -log(u),
    "pearson": lambda u: (u - 1.0) ** 2,
    "le_cam": lambda u: (u - 1.0) ** 2 / (2.0 * (u + 1.0)),
}


@pytest.mark.parametrize("name", MANTISSAS)
def test_the_slope_of_a_mantissa_is_that_of_differences(name):
    """From one far tail to the other, and on both sides of where f is integrated from its second derivative."""
    mantissa = derived_row(f"slope_of_{name}", MANTISSAS[name]).formulas.mantissa
    v = np.concatenate([np.linspace(-60.0, 60.0, 48), [-0.6, -0.4, -0.1, 0.1, 0.4, 0.6]])
    at, h = mnp.asarray(v), 1e-5 * np.maximum(1.0, np.abs(v))
    slope = mg.to_numpy(mg.jvp(mantissa, (at,), (mnp.ones_like(at),))[1])
    ahead, behind = (mg.to_numpy(mantissa(mnp.asarray(v + s * h))) for s in (1.0, -1.0))
    # differences lose half of the digits of values of order one
    assert_allclose(slope, (ahead - behind) / (2.0 * h), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("row", [*TABLE.values(), alpha(0.37), alpha(-2.5), weighted_jensen_shannon(0.2)], ids=str)
def test_a_row_that_crosses_to_another_process_is_the_row(row):
    assert pickle.loads(pickle.dumps(row)) is row and copy.deepcopy(row) is row
