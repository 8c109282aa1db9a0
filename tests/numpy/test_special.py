"""Special functions against mpmath at 50 digits, over the whole float range."""

import mpmath
import numpy as np
import pytest
import scipy.special

import minigan as mg
import minigan.numpy as mnp
from minigan import special

mpmath.mp.dps = 50
pytestmark = pytest.mark.filterwarnings(
    "ignore:divide by zero", "ignore:overflow", "ignore:underflow", "ignore:invalid value"
)

TINY = [1e-300, 1e-20, 1e-8, 1e-3]
MIDDLE = [
    0.1,
    0.5,
    np.log(2.0),
    0.6931471805599454,
    0.9,
    1.0,
    1.5,
    2.0,
    3.0,
    5.0,
    10.0,
    19.9,
    37.0,
    40.0,
    88.0,
    100.0,
]
LARGE = [300.0, 700.0, 709.7, 1000.0, 1e5, 1e10, 1e30]
RIGHT = TINY + MIDDLE + LARGE
LINE = [0.0, *RIGHT, *(-x for x in RIGHT)]


def mp_sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def mp_softplus(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 200 else x + mpmath.exp(-x)


def mp_wright(x):
    """The root w > 0 of w + log w = x by Newton's method in log w, which is convex: monotone from above."""
    x = mpmath.mpf(x)
    u = x if x < 1 else mpmath.log(x)
    for _ in range(200):
        step = (mpmath.exp(u) + u - x) / (mpmath.exp(u) + 1)
        u -= step
        if abs(step) < mpmath.mpf(10) ** -45 * max(1, abs(u)):
            break
    return mpmath.exp(u)


# name: (oracle, points, error allowed in units of eps relative to the value, and absolute error in units of
# eps). A unit of absolute error is due where the function has a zero that its formula reaches by subtraction.
CASES = {
    "sigmoid": (mp_sigmoid, LINE, 3, 0),
    "softplus": (mp_softplus, LINE, 4, 0),
    "log_sigmoid": (lambda x: -mp_softplus(-x), LINE, 4, 0),
    "log1mexp": (
        lambda x: mpmath.log1p(-mpmath.exp(-x)) if x > 1 else mpmath.log(-mpmath.expm1(-x)),
        RIGHT,
        5,
        0,
    ),
    "logit": (
        lambda p: mpmath.log(p) - mpmath.log1p(-p),
        [*TINY, 0.1, 0.25, 0.45, 0.6, 0.9, 0.999, 1 - 2.0**-50],
        4,
        4,
    ),
    "erf": (mpmath.erf, [x for x in LINE if abs(x) < 1e5], 4, 0),
    "gammaln": (mpmath.loggamma, [*TINY, *MIDDLE, 300.0, 1e5, 1e10, 1e30], 8, 4),
    "digamma": (mpmath.digamma, [*TINY, *MIDDLE, 1e5, 1e10], 8, 4),
    "lambertw": (lambda x: mpmath.lambertw(x).real, [*RIGHT, 0.0, -0.1, -0.3, -1e-10], 8, 0),
    "wrightomega": (mp_wright, [x for x in LINE if x > -700], 6, 0),
}


def close(found, oracle, points, relative, absolute, eps, smallest, conditioned=0.0):
    """Each value within its error; what falls below the smallest normal number may be lost to it.

    ``conditioned`` allows that many eps more for each unit of |x|: what is left of log w ~ x after rounding.
    """
    for x, y in zip(points, found):
        expected = oracle(mpmath.mpf(float(x)))
        error = abs(mpmath.mpf(float(y)) - expected)
        allowed = eps * ((relative + conditioned * abs(x)) * abs(expected) + absolute) + smallest
        assert error <= allowed, (
            f"at {x!r}: {y!r} for {mpmath.nstr(expected, 20)}, "
            f"{float(error / (eps * abs(expected) + smallest)):.3g} eps"
        )


@pytest.mark.parametrize("name", CASES)
def test_float64_against_mpmath(name):
    oracle, points, relative, absolute = CASES[name]
    # exp(-x) itself carries |x| eps / 2 only if x is rounded; the points are exact, so a few eps it is
    found = mg.to_numpy(getattr(mnp, name)(mnp.asarray(points)))
    assert found.dtype == np.float64
    conditioned = 0.5 if name == "wrightomega" else 0.0  # SciPy's; ours does better
    close(found, oracle, points, relative, absolute, np.finfo(float).eps, np.finfo(float).tiny, conditioned)


@pytest.mark.parametrize("name", CASES)
def test_float32_against_mpmath(name):
    oracle, points, relative, absolute = CASES[name]
    info = np.finfo(np.float32)
    points = [p for p in np.float32(points) if (p == 0 and 0.0 in points) or 1e-30 < abs(p) < 1e30]
    if name == "logit":
        points = [p for p in points if p < 1]
    if name == "wrightomega":
        points = [p for p in points if p > -80]
    found = mg.to_numpy(getattr(mnp, name)(mnp.asarray(np.array(points, np.float32))))
    assert found.dtype == np.float32
    close(found, oracle, points, relative + 2, absolute + 2, info.eps, info.tiny)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_our_own_wrightomega(dtype):
    """The iteration that every library runs which has no wrightomega, here in NumPy's words."""
    info = np.finfo(dtype)
    limit = 700 if dtype == "float64" else 80
    points = np.concatenate([np.linspace(-60, 60, 241), np.array([x for x in LINE if -limit < x < 1e30])]).astype(dtype)
    found = special.wrightomega(np, points)
    assert found.dtype == dtype
    close(found, mp_wright, points, 6, 0, info.eps, info.tiny)


def test_wrightomega_at_infinity():
    x = np.array([-np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(special.wrightomega(np, x), [0.0, np.inf, np.nan])
    np.testing.assert_array_equal(mg.to_numpy(mnp.wrightomega(mnp.asarray(x))), [0.0, np.inf, np.nan])


def test_xlogy():
    x = np.array([0.0, 0.0, 0.0, 1e-300, 0.5, 2.0, 3.0, 1e10])
    y = np.array([0.0, 5.0, np.inf, 1e-300, 0.3, 1.0, 1e300, 1e-10])
    found = mg.to_numpy(mnp.xlogy(mnp.asarray(x), mnp.asarray(y)))
    for a, b, c in zip(x, y, found):
        expected = 0 if a == 0 else mpmath.mpf(a) * mpmath.log(mpmath.mpf(b))
        assert abs(mpmath.mpf(c) - expected) <= 4 * 2.3e-16 * abs(expected)
    assert np.isnan(mg.to_numpy(mnp.xlogy(mnp.asarray(0.0), mnp.asarray(np.nan))))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_polygamma(order):
    points = [0.1, 0.5, 1.0, 2.5, 10.0, 100.0]
    found = mg.to_numpy(mnp.polygamma(order, mnp.asarray(points)))
    close(found, lambda x: mpmath.psi(order, x), points, 30, 0, np.finfo(float).eps, 0)


LISTS = [
    [0.0, -46.0], [0.0, -800.0, -40.0], [1000.0, 1000.0], [-1000.0, -1001.0, -999.5], [1e300, 0.0], [5.0],
    [0.1, 0.2, 0.3, -0.4], [-745.0, -746.0], [30.0, -30.0, 0.0], [float(i) / 7 for i in range(-50, 50)],
]  # fmt: skip


@pytest.mark.parametrize("values", LISTS, ids=lambda v: f"{len(v)} from {v[0]}")
def test_logsumexp_softmax_and_log_softmax(values):
    x = mnp.asarray(values)
    exact = [mpmath.mpf(v) for v in values]
    top = max(exact)
    total = top + mpmath.log(sum(mpmath.exp(v - top) for v in exact))
    eps = mpmath.mpf(2) ** -52
    found = mpmath.mpf(float(mg.to_numpy(mnp.logsumexp(x))))
    # the shift is exact up to the rounding of the final sum, which is relative to the larger summand
    assert abs(found - total) <= 4 * eps * max(abs(total), abs(top) if abs(total) > 1e-3 else 0)
    scale = 1 + max(abs(v - top) for v in exact)  # v - top is rounded before exp multiplies that error
    for v, p, logp in zip(exact, mg.to_numpy(mnp.softmax(x)), mg.to_numpy(mnp.log_softmax(x))):
        expected = mpmath.exp(v - total)
        assert abs(mpmath.mpf(float(p)) - expected) <= 8 * eps * min(scale, 800) * expected + mpmath.mpf(2) ** -1022
        assert abs(mpmath.mpf(float(logp)) - (v - total)) <= 8 * eps * max(abs(v), abs(total), abs(v - total))


def test_logsumexp_keeps_what_is_small():
    """log(1 + e^-46) is 1e-20, which log(sum(exp)) rounds to 0; the generator's saturated loss is such a
    number.
    """
    assert float(mg.to_numpy(mnp.logsumexp(mnp.asarray([0.0, -46.0])))) == pytest.approx(np.exp(-46.0), rel=1e-15)
    assert float(mg.to_numpy(mnp.logsumexp(mnp.asarray([0.0, -46.0])))) > 0


def test_logsumexp_at_infinity_and_along_axes():
    inf = np.inf
    x = mnp.asarray([[-inf, -inf], [inf, 0.0], [inf, -inf], [0.0, -inf]])
    np.testing.assert_array_equal(mg.to_numpy(mnp.logsumexp(x, axis=1)), [-inf, inf, inf, 0.0])
    y = mnp.asarray(np.random.default_rng(0).standard_normal((2, 3, 4)))
    host = mg.to_numpy(y)
    for axis in (None, 0, -1, (0, 2)):
        for keepdims in (False, True):
            expected = np.log(np.sum(np.exp(host), axis=axis, keepdims=keepdims))
            found = mg.to_numpy(mnp.logsumexp(y, axis=axis, keepdims=keepdims))
            np.testing.assert_allclose(found, expected, rtol=1e-14)
            assert found.shape == np.shape(expected)


# -- nowhere NaN ---------------------------------------------------------------------------------------------

WHOLE_LINE = ["sigmoid", "softplus", "log_sigmoid", "erf", "wrightomega"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", WHOLE_LINE)
def test_no_nan_anywhere_in_value_or_derivatives(name, dtype):
    info = np.finfo(dtype)
    powers = np.exp2(np.linspace(info.minexp, info.maxexp - 1, 300)).astype(dtype)
    x = np.concatenate([[0.0, -0.0], powers, -powers, [info.max, -info.max, info.tiny, -info.tiny, np.inf, -np.inf]])
    x = mnp.asarray(x.astype(dtype))
    f = getattr(mnp, name)
    y, pullback = mg.vjp(f, x)
    assert not np.any(np.isnan(mg.to_numpy(y)))
    assert not np.any(np.isnan(mg.to_numpy(pullback(mnp.ones_like(x))[0])))
    inside = mnp.asarray(mg.to_numpy(x)[np.isfinite(mg.to_numpy(x)) & (np.abs(mg.to_numpy(x)) < np.sqrt(info.max))])
    second = mg.grad(lambda x: mnp.sum(mg.vjp(f, x)[1](mnp.ones_like(x))[0]))(inside)
    assert not np.any(np.isnan(mg.to_numpy(second)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["log1mexp", "gammaln", "digamma", "lambertw"])
def test_no_nan_on_the_right_half_line(name, dtype):
    info = np.finfo(dtype)
    x = np.exp2(np.linspace(info.minexp, info.maxexp - 1, 300)).astype(dtype)
    assert not np.any(np.isnan(mg.to_numpy(getattr(mnp, name)(mnp.asarray(x)))))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "log_sigmoid"])
def test_derivatives_keep_their_digits_in_the_tails(name):
    """A saturated discriminator gives e^-x, not 0: the whole argument about the non-saturating game rests on
    it.
    """
    oracles = {
        "sigmoid": lambda x: mp_sigmoid(x) * mp_sigmoid(-x),
        "softplus": mp_sigmoid,
        "log_sigmoid": lambda x: mp_sigmoid(-x),
    }
    points = [x for x in LINE if abs(x) < 700]
    x = mnp.asarray(points)
    found = mg.to_numpy(mg.vjp(getattr(mnp, name), x)[1](mnp.ones_like(x))[0])
    close(found, oracles[name], points, 8, 0, np.finfo(float).eps, np.finfo(float).tiny)


WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


OF_TWO = ("xlogy", "xlog1py", "rel_entr", "kl_div")


@pytest.mark.parametrize("name", [name for name in (*special.GENERIC, "erf", "gammaln", "digamma") if hasattr(mnp, name)])
def test_whole_numbers_count_as_float64(name):
    """-x of uint8 wraps and exp of int8 is float16: integers and truth values are what they are in float64, to the bit."""
    function = getattr(mnp, name)
    given = 2 if name in OF_TWO else 1
    for dtype in (*WHOLE, "bool"):
        largest = 1 if dtype == "bool" else np.iinfo(dtype).max
        lowest = 1 if name in ("gammaln", "digamma", "log1mexp") else 0 if dtype == "bool" else np.iinfo(dtype).min
        values = np.asarray([lowest, 1, min(largest, 255)], dtype=dtype)
        if name == "logit":
            values = values * 0 + np.asarray([0, 1, 1], dtype=dtype)
        with np.errstate(all="ignore"):
            found = mg.to_numpy(function(*[mnp.asarray(values)] * given))
            expected = mg.to_numpy(function(*[mnp.asarray(values.astype("float64"))] * given))
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, expected)


def test_sigmoid_of_bytes():
    """0.731 where -x wrapped."""
    found = mg.to_numpy(mnp.sigmoid(mnp.asarray(np.asarray([0, 255], dtype="uint8"))))
    assert found.tolist() == [0.5, 1.0]


def test_weights_of_a_sum_of_exponentials():
    a, b = np.array([[800.0, 799.0, -3.0], [0.5, 1.5, -np.inf]]), np.array([[0.5, 2.0, 1.0], [1.0, 0.25, 3.0]])
    for axis, keepdims in ((None, False), (1, False), (0, True)):
        found = mnp.logsumexp(mnp.asarray(a), axis=axis, keepdims=keepdims, b=mnp.asarray(b))
        expected = scipy.special.logsumexp(a, axis=axis, keepdims=keepdims, b=b)
        np.testing.assert_allclose(mg.to_numpy(found), expected, rtol=1e-14)
    at = mnp.asarray([[1.0, 0.5, -3.0], [0.5, 1.5, 2.0]])
    mg.check_grads(lambda a, b: mnp.logsumexp(a, axis=1, b=b), (at, mnp.asarray(b)))
