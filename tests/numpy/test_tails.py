"""Special functions and three of their derivatives against mpmath at 50 digits, in the tails and beside what is singular.

Every library runs these: array-api-strict has none of them.
"""

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import minigan as mg
import minigan.numpy as mnp
from minigan import special

pytestmark = pytest.mark.filterwarnings("ignore")
EPS = np.finfo(float).eps
CENTRE = [-2.5, -1.1, -0.3, 1e-9, 0.4, 1.2, 2.2]
BOTH = [-30.0, -12.0, -5.0, *CENTRE, 4.0, 9.0, 25.0]


def normal_integral(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def log_normal_integral(x):
    return mpmath.log(normal_integral(x)) if x < 0 else mpmath.log1p(-normal_integral(-x))


def bessel(n, x, scaled=True):
    return mpmath.besseli(n, x) * (mpmath.exp(-abs(x)) if scaled else 1)


TO_1 = [-1 + 2.0**-50, -1 + 1e-9, -0.999, -0.5, 1e-9, 0.3, 0.9, 1 - 1e-6, 1 - 2.0**-40, 1 - 2.0**-53]
NEGATIVE = [-10.3, -4.5, -2.75, -1.5, -0.5, -1e-3, 1e-3, 0.5, 1.0, 3.5, 20.0, 170.0]
WIDE = [-1e6, -1e3, -45.0, -39.0, -7.0, -0.5, 1e-9, 0.25, 1.0, 3.0, 11.0, 30.0, 39.9, 40.1, 300.0, 1e5, 1e10]
LOG_LEFT = [-1e10, -1e5, -1e3, -40.0, -38.0, -10.0, -4.1, -3.9, -2.0, 0.0, 1.5, 6.0, 30.0, 40.0]
DENSE = [1e-100, 1e-20, 1e-3, 0.3, 0.36, 1.0, 5.0, 1e5, 1e100]

# name: (oracle, points, allowed relative errors of the value and of three derivatives in eps, sensitivity): a
# sensitivity s is that many eps more for each unit of x^2, which exp(-x^2) makes of the rounding of its argument
ONE = {
    "erfc": (mpmath.erfc, [x for x in BOTH if x > -6.0], (4, 4, 4, 4), 1.0),
    "erfinv": (mpmath.erfinv, TO_1, (4, 100, 200, 300), 0.0),
    "ndtr": (normal_integral, BOTH, (8, 4, 4, 4), 0.5),
    "log_ndtr": (log_normal_integral, LOG_LEFT, (8, 40, 1e3, 2e5), 0.5),
    "gamma": (mpmath.gamma, NEGATIVE, (4, 16, 16, 32), 0.0),
    "i0": (lambda x: bessel(0, x, False), [-300.0, *CENTRE, 12.0, 300.0, 700.0], (8, 16, 16, 16), 0.0),
    "i1": (lambda x: bessel(1, x, False), [-300.0, *CENTRE, 12.0, 300.0, 700.0], (8, 16, 16, 16), 0.0),
    "i0e": (lambda x: bessel(0, x), WIDE, (8, 200, 2e4, 1e6), 0.0),
    "i1e": (lambda x: bessel(1, x), WIDE, (8, 200, 2e4, 1e6), 0.0),
    "entr": (lambda x: -x * mpmath.log(x), DENSE, (4, 32, 4, 4), 0.0),
}


def derivatives(f, x, orders):
    """f and its derivatives of the given orders, elementwise, by reverse mode over reverse mode."""
    found = [f(x)]
    for _ in range(orders):
        f = lambda x, f=f: mg.vjp(f, x)[1](mnp.ones_like(x))[0]
        found.append(f(x))
    return [mg.to_numpy(y) for y in found]


def exact(oracle, x):
    """The oracle and three derivatives at x, by differences with a step of 1e-30 x in 130 digits."""
    with mpmath.workdps(130):
        return [mpmath.diff(oracle, mpf(x), n, h=(mpf(x) or 1) * mpf(10) ** -30) for n in range(4)]


def assert_near(found, expected, error, what):
    off = abs(mpf(float(found)) - expected)
    assert off <= EPS * error * abs(expected) + 2.0**-1022, (
        f"{what}: {found!r} for {mpmath.nstr(expected, 17)}, {float(off / (EPS * abs(expected))):.3g} eps"
    )


@pytest.mark.parametrize("name", ONE)
def test_three_derivatives_in_one_argument(name):
    oracle, points, allowed, sensitivity = ONE[name]
    found = derivatives(getattr(mnp, name), mnp.asarray(points), 3)
    for i, x in enumerate(points):
        for order, expected in enumerate(exact(oracle, x)):
            error = allowed[order] + sensitivity * x * x
            assert_near(found[order][i], expected, error, f"{name}, derivative {order} at {x}")


PAIRS = [(1.0, 1.0 + 1e-9), (3.0, 3.0), (0.7, 0.71), (1.0, 2.5), (5.0, 1e-3), (1e-200, 1e200), (1e5, 1.000001e5)]
SHAPES = [(1e10, 1.0), (1.0, 1e10), (1e5, 1e-5), (0.3, 0.4), (12.0, 3.0), (1e-3, 1e-3), (40.0, 1e-9)]
TWO = {
    "rel_entr": (lambda x, y: x * mpmath.log(x / y), PAIRS, 8),
    "kl_div": (lambda x, y: x * mpmath.log(x / y) - x + y, [p for p in PAIRS if p[1] < 1e100], 8),
    "xlog1py": (lambda x, y: x * mpmath.log1p(y), [(2.0, 1e-12), (1e-3, -0.999), (1e10, 3.0), (-2.0, 1e200)], 8),
    "betaln": (lambda a, b: mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b), SHAPES, 32),
}


@pytest.mark.parametrize("name", TWO)
def test_partial_derivatives_in_two_arguments(name):
    oracle, pairs, error = TWO[name]
    f = getattr(mnp, name)
    x, y = (mnp.asarray(part) for part in zip(*pairs))

    def partial(f, position):
        def g(*args):
            return mg.vjp(f, *args)[1](mnp.ones_like(args[0]))[position]

        return g

    orders_of_all = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
    for orders in orders_of_all[name == "betaln" :]:  # its value is SciPy's, with ten digits where b is tiny beside a
        g = f
        for position, times in enumerate(orders):
            for _ in range(times):
                g = partial(g, position)
        found = mg.to_numpy(g(x, y))
        for (a, b), value in zip(pairs, found):
            with mpmath.workdps(130):
                steps = tuple(mpf(z) * mpf(10) ** -30 for z in (a, b))
                expected = mixed(oracle, mpf(a), mpf(b), orders, steps)
            if a == b and abs(expected) < 1e-50:
                expected = mpf(0)  # what is left of a difference that vanishes
            assert_near(value, expected, error, f"{name}, derivatives {orders} at {(a, b)}")


def mixed(oracle, a, b, orders, steps):
    def along_b(x):
        return mpmath.diff(lambda y: oracle(x, y), b, orders[1], h=steps[1]) if orders[1] else oracle(x, b)

    return mpmath.diff(along_b, a, orders[0], h=steps[0]) if orders[0] else along_b(a)


def test_where_x_is_zero():
    inf = np.inf
    zero = mnp.asarray([0.0])
    for f, value, slope in ((mnp.entr, 0.0, inf), (mnp.i0e, 1.0, 0.0), (mnp.i1e, 0.0, 0.5)):
        assert [float(part[0]) for part in derivatives(f, zero, 1)] == [value, slope]
    y = mnp.asarray([0.0, 1e-300, 2.0, inf])
    x = mnp.zeros(4)
    for f, values, slopes in (
        (mnp.rel_entr, [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]),
        (mnp.kl_div, [0.0, 1e-300, 2.0, inf], [1.0, 1.0, 1.0, 1.0]),
        (mnp.xlogy, [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]),
        (mnp.xlog1py, [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]),
    ):
        out, pullback = mg.vjp(f, x, y)
        np.testing.assert_array_equal(mg.to_numpy(out), values)
        np.testing.assert_array_equal(mg.to_numpy(pullback(mnp.ones(4))[1][:3]), slopes[:3])


def test_the_hessian_at_zero_is_symmetric():
    """d/dx d/dy x log y is 1 / y at x = 0 too, whichever comes first."""
    for f, mixed in ((mnp.xlogy, 0.5), (mnp.xlog1py, 1.0 / 3.0), (mnp.rel_entr, -0.5), (mnp.kl_div, -0.5)):
        for first in (0, 1):
            found = mg.grad(mg.grad(f, argnums=first), argnums=1 - first)(mnp.asarray(0.0), mnp.asarray(2.0))
            assert float(found) == pytest.approx(mixed, rel=1e-15), (f, first)


def test_outside_and_at_the_ends():
    inf, nan = np.inf, np.nan
    cases = {
        mnp.entr: ([-1.0, inf, nan], [-inf, -inf, nan]),
        mnp.erfinv: ([-1.0, 1.0, 2.0], [-inf, inf, nan]),
        mnp.ndtr: ([-inf, inf, nan], [0.0, 1.0, nan]),
        mnp.log_ndtr: ([-inf, inf, nan], [-inf, 0.0, nan]),
        mnp.i0e: ([-inf, inf], [0.0, 0.0]),
    }
    for f, (x, values) in cases.items():
        np.testing.assert_array_equal(mg.to_numpy(f(mnp.asarray(x))), values)
    x, y = [1.0, -1.0, 1.0, nan, 1.0, 0.0], [0.0, 1.0, -1.0, 1.0, nan, -1.0]
    for f in (mnp.rel_entr, mnp.kl_div):
        np.testing.assert_array_equal(mg.to_numpy(f(mnp.asarray(x), mnp.asarray(y))), [inf, inf, inf, nan, nan, inf])
    assert float(mg.grad(mnp.log_ndtr)(mnp.asarray(-inf))) == inf
    assert float(mg.grad(mnp.log_ndtr)(mnp.asarray(inf))) == 0.0


def test_kl_div_is_never_negative():
    rng = np.random.default_rng(0)
    x = rng.uniform(0.1, 1.0, 2000)
    for dtype in ("float64", "float32"):
        first = mnp.asarray(x.astype(dtype))
        for gap in (0.0, 1e-16, 1e-8, 1e-4, 0.3):
            second = mnp.asarray((x * (1.0 + gap * rng.standard_normal(2000))).astype(dtype))
            assert np.all(mg.to_numpy(mnp.kl_div(first, second)) >= 0.0)


def test_bessel_functions_of_libraries_that_have_two_orders():
    """What CuPy runs for orders from 2 on, here in NumPy's words."""
    import scipy.special

    x = np.array([-50.0, -12.5, -12.0, -3.0, 0.0, 1e-200, 1e-3, 0.7, 11.9, 12.1, 40.0, 1e5])
    for order in range(6):
        found = special.scaled_bessel(np, x, order, scipy.special.i0e, scipy.special.i1e)
        for a, value in zip(x, found):
            with mpmath.workdps(60):
                expected = mpmath.besseli(order, mpf(a)) * mpmath.exp(-abs(mpf(a)))
            assert_near(value, expected, 200, (order, a))


ALL = [*ONE, *TWO]


@pytest.mark.parametrize("name", ALL)
def test_narrow_and_compiled(name):
    """float32 stays float32, and is float64 rounded; a compiled gradient is the plain one."""
    points = [tuple(p) if isinstance(p, tuple) else (p,) for p in (ONE.get(name) or TWO[name])[1]]
    points = [p for p in points if all(1e-5 < abs(z) < 30.0 for z in p)]
    wide = [np.array(part) for part in zip(*points)]
    narrow = [mnp.asarray(part.astype(np.float32)) for part in wide]
    f = getattr(mnp, name)
    places = tuple(range(len(wide)))
    g = mg.grad(lambda *args: mnp.sum(f(*args)), argnums=places)
    for found, expected in zip(
        (f(*narrow), *g(*narrow)),
        (f(*(mnp.asarray(mg.to_numpy(x).astype(float)) for x in narrow)),
         *g(*(mnp.asarray(mg.to_numpy(x).astype(float)) for x in narrow))),
    ):  # fmt: skip
        assert str(found.dtype).endswith("float32")
        np.testing.assert_allclose(mg.to_numpy(found), mg.to_numpy(expected), rtol=3e-4, atol=1e-35)
    values = [mnp.asarray(part) for part in wide]
    for found, expected in zip(mg.compile(g)(*values), g(*values)):
        np.testing.assert_allclose(mg.to_numpy(found), mg.to_numpy(expected), rtol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_numbers_and_integers(name):
    f = getattr(mnp, name)
    numbers = (0.5,) if name in ONE else (0.5, 1.5)
    expected = f(*(mnp.asarray(x) for x in numbers))
    assert float(f(*numbers)) == float(expected)
    if name in TWO:
        assert float(f(mnp.asarray(0.5), 1.5)) == float(f(0.5, mnp.asarray(1.5))) == float(expected)
