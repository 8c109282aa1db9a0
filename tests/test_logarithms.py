"""log(1 + x) in functions that have vectors, against mpmath; softplus and its slope on machines without AVX-512."""

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import minigan as mg
import minigan.numpy as mnp
from minigan import logarithms, nn
from minigan.compiler import blocks
from minigan.logarithms import expm1_by_exponential, log1p_by_logarithm, log1p_of_share, log_ratio_by_difference

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]
WIDTHS = ("float32", "float64")


@pytest.fixture
def without_vectors(monkeypatch):
    """A machine whose NumPy has vectors for neither log1p nor expm1, whichever this one is."""
    monkeypatch.setattr(logarithms, "has_vectors", lambda name, dtype: name not in ("log1p", "expm1"))


def errors(found, exact, x):
    """In units in the last place, those of the smallest normal number below it."""
    info = np.finfo(found.dtype)
    unit = np.spacing(np.maximum(np.abs(found), info.tiny))
    return np.array([float(abs(mpf(float(y)) - exact(mpf(float(a)))) / mpf(float(u))) for y, a, u in zip(found, x, unit)])


def points(dtype, low, high, count=1500):
    """Evenly, and close to zero by powers of two, where the formulas change too."""
    rng = np.random.default_rng(0)
    small = np.exp2(rng.uniform(-70, 0, count))
    changes = np.concatenate([a + np.arange(-3, 4) * np.spacing(np.asarray(a, dtype)) for a in (-0.5, 1.0, 0.0)])
    x = np.concatenate([rng.uniform(low, min(high, 4.0), count), small, -small, changes, np.geomspace(1, high, 200)])
    return np.unique(x[(x >= low) & (x <= high)].astype(dtype))


@pytest.mark.parametrize("dtype", WIDTHS)
def test_log1p_of_a_share_to_one_and_a_half_units(dtype):
    e = points(dtype, 0.0, 1.0)
    assert errors(log1p_of_share(np, e), mpmath.log1p, e).max() <= 1.5
    over = e.copy()
    assert log1p_of_share(np, over, over) is over
    np.testing.assert_array_equal(over, log1p_of_share(np, e))


@pytest.mark.parametrize("dtype", WIDTHS)
def test_log1p_to_two_units_and_three(dtype):
    x = points(dtype, np.nextafter(np.asarray(-1, dtype), np.asarray(0, dtype)), 1e30)
    found = errors(log1p_by_logarithm(np, x), mpmath.log1p, x)
    near = (x >= -0.5) & (x <= 1)
    assert found[near].max() <= 2.0 and found[~near].max() <= (2.0 if dtype == "float64" else 3.0)
    over = x.copy()
    assert log1p_by_logarithm(np, over, over) is over
    np.testing.assert_array_equal(over, log1p_by_logarithm(np, x))


def test_expm1_to_two_and_a_half_units_and_three():
    x = points("float32", -100.0, 88.5)
    found = errors(expm1_by_exponential(np, x), mpmath.expm1, x)
    near = (x >= -0.69) & (x <= 1.09)
    assert found[near].max() <= 2.5 and found[~near].max() <= 3.0
    over = x.copy()
    assert expm1_by_exponential(np, over, over) is over
    np.testing.assert_array_equal(over, expm1_by_exponential(np, x))


@pytest.mark.parametrize("vectors", [True, False])
@pytest.mark.parametrize("dtype", WIDTHS)
def test_log_ratios_to_three_units(dtype, vectors):
    """Near one another, far apart, and so far that the quotient leaves the range."""
    rng, info = np.random.default_rng(0), np.finfo(dtype)
    y = rng.uniform(0.25, 4.0, 1200).astype(dtype)
    x = (y * np.concatenate([1 + 1e-3 * rng.standard_normal(400), np.exp(rng.uniform(-9, 9, 800))])).astype(dtype)
    x[:3], y[:3] = (info.tiny, info.max, 1.0), (info.max, info.tiny, 1.0)
    found = log_ratio_by_difference(np, x, y, vectors=vectors)
    unit = np.spacing(np.maximum(np.abs(found), info.tiny))
    with mpmath.workdps(40):
        exact = [mpmath.log(mpf(float(a)) / mpf(float(b))) for a, b in zip(x, y)]
        assert max(float(abs(mpf(float(f)) - e) / mpf(float(u))) for f, e, u in zip(found, exact, unit)) <= 3.0
    for out in (x.copy(), y.copy()):
        first, second = (out, y) if np.array_equal(out, x) else (x, out)
        assert log_ratio_by_difference(np, first, second, out=out, vectors=vectors) is out
        np.testing.assert_array_equal(out, found)
    rows = log_ratio_by_difference(np, x[:, None], y[:7], vectors=vectors)
    np.testing.assert_array_equal(rows[:, 3], log_ratio_by_difference(np, x, np.full_like(x, y[3]), vectors=vectors))


@pytest.mark.parametrize("dtype", WIDTHS)
def test_log_ratios_at_the_edges_are_differences_of_logarithms(dtype):
    info = np.finfo(dtype)
    edges = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, -2.0, info.smallest_subnormal, info.max], dtype)
    x, y = np.repeat(edges, len(edges)), np.tile(edges, len(edges))
    found = log_ratio_by_difference(np, x, y)
    expected = np.where((x == y) & (x > 0) & (x < np.inf), 0.0, np.log(x) - np.log(y))
    np.testing.assert_allclose(found, expected.astype(dtype), rtol=4 * info.eps)
    with np.errstate(all="raise"):
        log_ratio_by_difference(np, x, y)


@pytest.mark.parametrize("name, dtype", [("log1p", "float32"), ("log1p", "float64"), ("expm1", "float32")])
def test_edges_are_numpys(name, dtype):
    info, own = np.finfo(dtype), {"log1p": log1p_by_logarithm, "expm1": expm1_by_exponential}[name]
    x = np.array([0.0, -0.0, np.inf, -1.0, -2.0, -np.inf, np.nan, info.smallest_subnormal, info.max], dtype)
    found, expected = own(np, x), getattr(np, name)(x)
    np.testing.assert_allclose(found, expected, rtol=2 * info.eps)
    np.testing.assert_array_equal(np.signbit(found[:2]), [False, True])


def test_nothing_is_warned_of_but_what_numpy_warns_of():
    for dtype in WIDTHS:
        x = np.array([np.inf, 3.0, -0.5, 0.0, np.finfo(dtype).max], dtype)
        with np.errstate(all="raise", under="ignore"):
            log1p_by_logarithm(np, x)
            log1p_of_share(np, np.array([0.0, 1.0, 1e-30], dtype))
    with np.errstate(all="raise", under="ignore"):
        expm1_by_exponential(np, np.array([np.inf, -np.inf, 80.0, -0.5, 0.0, -3e38], "float32"))


def test_what_numpy_tells():
    assert logarithms.has_vectors("add", "float64") in (True, False)
    assert not logarithms.has_vectors("no function", "float64")


FORMS = {
    "softplus": (mnp.softplus, lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "log_sigmoid": (mnp.log_sigmoid, lambda x: -mpmath.log1p(mpmath.exp(-x)), lambda x: 1 / (1 + mpmath.exp(x))),
    "softplus(-x)": (
        lambda x: mnp.softplus(-x), lambda x: mpmath.log1p(mpmath.exp(-x)), lambda x: -1 / (1 + mpmath.exp(x))
    ),
    "-log_sigmoid(-x)": (
        lambda x: -mnp.log_sigmoid(-x), lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x))
    ),
}  # fmt: skip


@pytest.mark.parametrize("looping", [False, True])
@pytest.mark.parametrize("dtype", WIDTHS)
@pytest.mark.parametrize("form", FORMS)
def test_softplus_and_its_slope_without_vectors(form, dtype, looping, without_vectors, monkeypatch):
    """The eager values, slopes of no expm1; both to four units, of which float32's exp has 2.6."""
    if looping:
        monkeypatch.setattr(blocks, "WORTHWHILE", 1)
        monkeypatch.setattr(blocks, "CACHED", 1 << 13)
    f, value, slope = FORMS[form]
    x = np.linspace(-60, 60, logarithms.LONG_ENOUGH).astype(dtype)
    x[:5] = [0.0, -0.0, np.inf, -np.inf, np.nan]
    both = lambda x: (f(x), mg.grad(lambda x: mnp.sum(f(x)))(x))
    compiled = mg.compile(both)
    (found, slopes), (eager, eager_slopes) = compiled(x), both(x)
    np.testing.assert_array_equal(found, eager)
    np.testing.assert_allclose(slopes, eager_slopes, rtol=8 * np.finfo(dtype).eps)  # at edges, too
    assert "log1p_of_share(np" in compiled.source and "expm1" not in compiled.source
    some = slice(5, None, 7)
    assert errors(found[some], value, x[some]).max() <= 4.0
    assert errors(slopes[some], slope, x[some]).max() <= 4.0
    namespace: dict = {}
    exec(compiled.source, namespace)


@pytest.mark.parametrize("form", FORMS)
def test_bounds_that_are_clipped_do_not_hide_a_softplus(form, without_vectors):
    """Arrays longer than a number is written out for have their bounds by ``np.clip``."""
    compiled = mg.compile(mg.value_and_grad(lambda x: mnp.mean(FORMS[form][0](x))))
    compiled(np.linspace(-9, 9, 70_003))
    assert "np.clip(" in compiled.source
    assert "log1p_of_share(np" in compiled.source and "expm1" not in compiled.source


def test_short_arrays_and_other_operands_keep_numpys(without_vectors):
    long = np.linspace(-0.5, 3.0, logarithms.LONG_ENOUGH)
    for f, x in ((mnp.softplus, long[:100]), (lambda x: mnp.expm1(-x - mnp.log1p(x)), long)):
        gradient = mg.grad(lambda x, f=f: mnp.sum(f(x)))
        compiled = mg.compile(gradient)
        np.testing.assert_allclose(compiled(x), gradient(x), rtol=1e-13)
        assert "of_share" not in compiled.source
    compiled = mg.compile(lambda x: mnp.sum(mnp.log1p(x) * x))
    assert compiled(long) == mnp.sum(mnp.log1p(long) * long) and "log1p_by_logarithm(np" in compiled.source


@pytest.mark.parametrize("looping", [False, True])
@pytest.mark.parametrize("dtype", WIDTHS)
@pytest.mark.parametrize("name", ["log1p", "expm1", "elu"])
def test_compiled_functions_are_the_eager_ones_to_the_bit(name, dtype, looping, without_vectors, monkeypatch):
    if looping:
        monkeypatch.setattr(blocks, "WORTHWHILE", 1)
        monkeypatch.setattr(blocks, "CACHED", 1 << 13)
    f = {"log1p": mnp.log1p, "expm1": mnp.expm1, "elu": nn.elu}[name]
    both = lambda x: (f(x), f(-2.0 * x), mg.vjp(f, x)[1](x)[0])  # of a value that dies, too
    x = np.linspace(-0.45, 3.0, logarithms.LONG_ENOUGH + 5).astype(dtype)
    compiled = mg.compile(both)
    for found, expected in zip(compiled(x), both(x), strict=True):
        assert found.tobytes() == expected.tobytes()
    own = {"log1p": "log1p_by_logarithm", "expm1": "expm1_by_exponential", "elu": "expm1_by_exponential"}[name]
    assert (f"{own}(np" in compiled.source) == (name == "log1p" or dtype == "float32")


def test_a_divergence_still_cancels(without_vectors):
    """The GAN row's derivative of its conjugate times that of its activation is a sigmoid, of no difference to 1."""
    bound = lambda v: mnp.sum(mnp.log(1.0 - mnp.exp(-mnp.softplus(-v))))
    compiled, v = mg.compile(mg.grad(bound)), np.linspace(-30, 30, logarithms.LONG_ENOUGH)
    np.testing.assert_allclose(compiled(v), -1 / (1 + np.exp(-v)), rtol=1e-14)
