"""Float64 and float32 against mpmath, to the ends of the float range.

`Oracle` certifies each supremum at 1300 digits. An error is measured relative to the value; where a value
crosses zero at an irrational v, and a rounding of v moves it by more than its own size, relative to 1 instead
(`CROSSING`).
"""

import math

import numpy as np
import pytest
from mpmath import exp, inf, mp, mpf

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import TABLE, named

from . import oracle as reference

NAMES = [row.name for row in TABLE.values()] + [
    "weighted_jensen_shannon(0.01)",
    "weighted_jensen_shannon(0.9)",
    "alpha(-1)",
    "alpha(-0.5)",
    "alpha(0.1)",
    "alpha(0.75)",
    "alpha(2)",
    "alpha(3)",
]
OUTPUTS = [
    0.0,
    1e-15,
    1e-8,
    1e-3,
    0.3,
    0.6,
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    36.0,
    36.9,
    40.0,
    100.0,
    400.0,
    700.0,
]
OUTPUTS = sorted({*OUTPUTS, *(-v for v in OUTPUTS), -2.000001, -1.9999999})
RATIOS = [1e-300, 1e-37, 1e-20, 1e-10, 1e-5, 0.01, 0.1, 0.3, 0.5, 0.7, 0.99, 1 - 1e-7, 1 - 1e-12, 1.0]
RATIOS = sorted({*RATIOS, *(1 / u for u in RATIOS if u > 1e-300), 1 + 1e-14, 3.0, 1e300})
CRITIC = [0.0, 1e-10, 1e-5, 0.1, 0.25, 0.4, 0.45, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 30.0, 80.0]
CRITIC = sorted({*CRITIC, *(-t for t in CRITIC), -700.0, -1e5, -1e30})
CROSSING = {"weighted_jensen_shannon", "alpha"}  # families whose g and f*(g) cross zero at an irrational v


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    return request.param


def host(x):
    return mg.to_numpy(x)


def check(found, xs, exact, dtype, what, digits, condition=lambda x: max(1.0, abs(x)), floor=None):
    info = np.finfo(dtype)
    assert found.dtype == dtype
    for x, y in zip(xs, found):
        expected = exact(mpf(float(x)))
        if abs(expected) > float(info.max):
            assert math.copysign(math.inf, expected) == float(y), (what, x, y)
            continue
        assert math.isfinite(y), (what, x, y)
        size = max(abs(expected), mpf(floor if floor is not None else float(info.tiny)))
        error = float(abs(mpf(float(y)) - expected) / size) / condition(float(x))
        assert error <= digits * float(info.eps), (
            what,
            float(x),
            float(y),
            mp.nstr(expected, 20),
            error / float(info.eps),
        )


@pytest.mark.parametrize("name", NAMES)
def test_critic_outputs(name, dtype):
    """1e-14 relative to max(1, |v|) over v in [-700, 700]: 45 eps; most rows stay below 2."""
    d, v = named(name), np.array(OUTPUTS, dtype=dtype)
    floor = 1.0 if name.partition("(")[0] in CROSSING else None
    with mp.workdps(reference.DIGITS):
        exact = reference.oracle(name)
        x = mnp.asarray(v)
        check(host(d.activation(x)), v, exact.activation, dtype, "g", 45, floor=floor)

        def composed(v):
            return exact.conjugate(exact.activation(v))

        check(host(d.conjugate_of_activation(x)), v, composed, dtype, "f*(g)", 45, floor=floor)
        if name != "total_variation":

            def canonical(v):
                return exact.f_prime(exp(v))

            check(host(d.canonical_activation(x)), v, canonical, dtype, "canonical g", 8)

            def composed(v):
                return exp(v) * exact.f_prime(exp(v)) - exact.f(exp(v))

            check(host(d.conjugate_of_canonical_activation(x)), v, composed, dtype, "canonical f*(g)", 8)


@pytest.mark.parametrize("name", NAMES)
def test_ratios(name, dtype):
    info = np.finfo(dtype)
    u = np.array([x for x in RATIOS if float(info.tiny) < x < float(info.max)], dtype=dtype)
    d = named(name)
    with mp.workdps(700):
        exact = reference.oracle(name)

        # u^(a - 1) has the rounding of a - 1 in its exponent, and float32 that of a
        def slack(u):
            return max(1.0, abs(math.log(u))) if name.startswith("alpha") else 1.0

        check(host(d.f(mnp.asarray(u))), u, exact.f, dtype, "f", 8, slack)
        check(host(d.f_prime(mnp.asarray(u))), u, exact.f_prime, dtype, "f'", 8, slack)


@pytest.mark.parametrize("name", NAMES)
def test_critic_values_and_the_ends_of_the_domain(name, dtype):
    d = named(name)
    t = list(CRITIC)
    high = d.domain.high
    if math.isfinite(high):
        # float32 rounds the parameter of a family, so its end is only known to that rounding
        gaps = [1e-3, 1e-6] if dtype == "float32" else [1e-3, 1e-6, 1e-9, 1e-12, 1e-15]
        t += [high - gap for gap in gaps] + (
            [np.nextafter(high, -9), high, np.nextafter(high, 9)] if dtype == "float64" else []
        )
    t = np.unique(np.array(t, dtype=dtype))
    if dtype == "float32" and math.isfinite(high) and "(" in name:
        t = t[np.abs(t - high) > 1e-4]
    with mp.workdps(700):
        exact = reference.oracle(name)

        def ratio(t):
            return mpf(0) if t <= exact.lowest else inf if t >= exact.highest else exact.inverse(t)

        # the ratio is an exponential of t/pi, or a power 1/(a - 1) of it
        steep = 1.0 / d.parameter if name.startswith("weighted") else 2.0

        def size(t):
            return max(1.0, min(abs(t), 100.0) * steep)

        check(host(d.conjugate(mnp.asarray(t))), t, exact.conjugate, dtype, "f*", 12, size)
        if exact.inverse is not None:
            check(host(d.ratio(mnp.asarray(t))), t, ratio, dtype, "ratio", 12, size)


@pytest.mark.parametrize("name", NAMES)
def test_no_nan_and_infinities_only_where_the_mathematics_has_them(name, dtype):
    info = np.finfo(dtype)
    largest = float(info.max)
    everything = np.concatenate([np.geomspace(float(info.tiny), largest, 301, dtype=dtype)])
    v = mnp.asarray(np.concatenate([-everything[::-1], np.zeros(1, dtype), everything]))
    u = mnp.asarray(np.concatenate([np.zeros(1, dtype), everything]))
    d = named(name)
    outputs = (
        d.activation,
        d.conjugate_of_activation,
        d.canonical_activation,
        d.conjugate_of_canonical_activation,
    )
    for function, x in [*((f, v) for f in (*outputs, d.conjugate, d.ratio)), (d.f, u), (d.f_prime, u)]:
        y = host(function(x))
        assert not np.isnan(y).any(), (function.__name__, host(x)[np.isnan(y)])
        assert y.dtype == dtype
    # the end of the float range, log(max) = L: where e^v and its kin overflow, and nowhere else
    bound = math.log(largest)
    inside = np.abs(host(v)) < bound - 2
    for function in outputs[:2]:
        y = host(function(v))
        overflows = {
            "neyman": host(v) < -bound + 1,
            "squared_hellinger": np.abs(host(v)) > bound - 1,
            "reverse_kl": host(v) < -bound + 1,
        }
        if d.parameter is None or not name.startswith("alpha"):
            allowed = overflows.get(name, host(v) > bound)
            assert np.all(np.isfinite(y[~allowed]))
            if name in ("total_variation", "jensen_shannon", "gan") or name.startswith("weighted"):
                assert np.all(np.isfinite(y))
        elif d.parameter < 0:
            assert np.all(np.isfinite(y))
        else:
            assert np.all(np.isfinite(y[inside & (host(v) < 0)]))


def test_float32_overflow_bounds():
    """kl at v = L + 1, squared Hellinger at L, Neyman at -2 (L - log 2), with L = log(largest float32)."""
    bound = math.log(float(np.finfo("float32").max))
    for name, v in (
        ("kl", bound + 1),
        ("squared_hellinger", bound),
        ("neyman", -2 * (bound - math.log(2.0))),
        ("jeffreys", bound + 1),
    ):
        below, above = np.array([v * 0.9999, v * 1.0001], dtype="float32")
        found = host(TABLE[name].conjugate_of_activation(mnp.asarray(np.array([below, above]))))
        assert np.isfinite(found[0]) and np.isinf(found[1])


def test_naive_forms_fail_where_the_stable_ones_do_not():
    v = np.array([40.0, 700.0])
    for name in ("jensen_shannon", "gan"):
        row = TABLE[name]
        assert np.all(np.isinf(host(row.as_printed.conjugate_of_activation(mnp.asarray(v)))))
        assert np.allclose(host(row.conjugate_of_activation(mnp.asarray(v))), v, rtol=0.02)
    assert np.isnan(host(TABLE["squared_hellinger"].as_printed.conjugate_of_activation(mnp.asarray(800.0))))
    assert host(TABLE["squared_hellinger"].conjugate_of_activation(mnp.asarray(-800.0))) == -1.0
