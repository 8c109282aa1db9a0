"""The table against constants computed once at 30 digits and more."""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import TABLE, named

from . import constants


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


def close(found, expected, scale=1.0, digits=1e-14):
    found, expected = host(found), np.asarray(expected, dtype=float)
    with np.errstate(invalid="ignore"):
        good = (found == expected) | (np.abs(found - expected) <= digits * np.maximum(np.abs(expected), scale))
    assert np.all(good), (found, expected)


@pytest.mark.parametrize("name", constants.LIMITS)
def test_limits_and_thresholds(name):
    d = named(name)
    f0, slope0, slope_inf, f1, threshold, threshold_in_v, largest = constants.LIMITS[name]
    found = (
        d.f_at_zero,
        d.f_prime_at_zero,
        d.f_prime_at_infinity,
        d.f_at_one,
        d.threshold,
        d.threshold_in_v,
        d.largest,
    )
    close(found, (f0, slope0, slope_inf, f1, threshold, threshold_in_v, largest), digits=1e-15)


@pytest.mark.parametrize("name", constants.TABLE_AT_RATIOS)
def test_at_ratios(name):
    d = named(name)
    for u, (f, slope, second, conjugate) in constants.TABLE_AT_RATIOS[name].items():
        close(d.f(u), f)
        close(d.f_prime(u), slope)
        if second is not None and name != "total_variation":
            close(d.f_second(u), second)
        t = d.f_prime(u)
        close(d.conjugate(t), conjugate, scale=max(1.0, u * abs(slope)))


@pytest.mark.parametrize("name", constants.TABLE_AT_OUTPUTS)
def test_at_outputs(name):
    d = named(name)
    for v, (t, conjugate, ratio, slope) in constants.TABLE_AT_OUTPUTS[name].items():
        scale = max(1.0, abs(v))
        close(d.activation(v), t, scale)
        close(d.conjugate_of_activation(v), conjugate, scale)
        if ratio is not None and d.domain.contains(mnp.asarray(t)):
            # near the end of the domain a rounding of t moves the ratio by more than itself; compare where it
            # does not
            room = min(1.0, abs(float(d.domain.room(t)))) if math.isfinite(d.domain.high) else 1.0
            close(d.ratio(t), ratio, max(1.0, ratio), digits=1e-14 + 4e-16 * abs(t) / max(room, 1e-16))
        if slope is not None:
            close(
                mg.grad(lambda x, d=d: d.conjugate_of_activation(x))(v),
                slope,
                scale * max(1.0, abs(conjugate)),
            )


@pytest.mark.parametrize("name", constants.CONJUGATES)
def test_conjugates(name):
    d = named(name)
    for t, expected in constants.CONJUGATES[name].items():
        room = float(d.domain.room(t)) if math.isfinite(d.domain.high) else math.inf
        # constants' t are decimal numbers, rounded here: beside an open end that rounding counts
        close(d.conjugate(t), expected, digits=1e-14 + 1e-15 / max(min(room, 1.0), 1e-16))


@pytest.mark.parametrize("name", constants.EDGE_CASES)
def test_empty_categories(name):
    d = named(name)
    pairs = (
        ([0.5, 0.5, 0.0], [0.0, 0.5, 0.5]),
        ([1.0, 0.0], [0.0, 1.0]),
        ([1.0, 0.0], [0.5, 0.5]),
        ([0.5, 0.5], [1.0, 0.0]),
    )
    for (p, q), expected in zip(pairs, constants.EDGE_CASES[name]):
        close(d.between(p, q), expected)


@pytest.mark.parametrize("pair", constants.CATEGORICAL_PAIRS)
def test_categorical_pairs(pair):
    p, q, stated = constants.CATEGORICAL_PAIRS[pair]
    assert len(stated) >= 19
    for name, expected in stated.items():
        # the probabilities are decimals, rounded to floats: a relative eps of each, times the slope of f
        close(
            named(name).between(p, q),
            expected,
            scale=0.01,
            digits=2e-15 * (1e3 if pair == "cat4_peaky" else 1),
        )


def test_the_table_is_the_lectures():
    assert list(TABLE) == [
        "total_variation",
        "kl",
        "reverse_kl",
        "pearson",
        "neyman",
        "squared_hellinger",
        "jeffreys",
        "jensen_shannon",
        "weighted_jensen_shannon",
        "gan",
        "alpha(0.5)",
        "alpha(1.5)",
    ]
    titles = [row.title for row in TABLE.values()]
    assert titles == [row.as_printed.title for row in TABLE.values()] and len(set(titles)) == 12
