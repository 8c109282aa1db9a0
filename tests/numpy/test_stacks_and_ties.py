"""A stack's derivative is the stack of derivatives; ties fall to the stable order at any length; axes other than the last;
and where the value is not a number no rule makes one of the derivative."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(11)

# -- stacks of matrices of very different scales --------------------------------------------------------------------

SCALES = np.array([1e9, 1.0, 1e-8]).reshape(3, 1, 1)
BASE = RNG.standard_normal((3, 3, 3))
GENERAL = SCALES * BASE
SYMMETRIC = GENERAL + np.swapaxes(GENERAL, -1, -2)
POSITIVE = SCALES * (BASE @ np.swapaxes(BASE, -1, -2) + np.eye(3))
TALL = SCALES * RNG.standard_normal((3, 4, 3))
RIGHT = RNG.standard_normal((3, 2))
la = mnp.linalg
MATRICES = {
    "inv": (la.inv, GENERAL),
    "det": (la.det, GENERAL),
    "slogdet": (lambda a: la.slogdet(a)[1], GENERAL),
    "solve": (lambda a: la.solve(a, mnp.asarray(RIGHT)), GENERAL),
    "pinv": (la.pinv, TALL),
    "matrix_power": (lambda a: la.matrix_power(a, -2), GENERAL),
    "cholesky": (la.cholesky, POSITIVE),
    "eigh, values": (lambda a: la.eigh(a)[0], SYMMETRIC),
    "eigh, vectors": (lambda a: mnp.square(la.eigh(a)[1]), SYMMETRIC),
    "eigvalsh": (la.eigvalsh, SYMMETRIC),
    "svd, vectors": (lambda a: mnp.square(la.svd(a, full_matrices=False)[0]), TALL),
    "svdvals": (la.svdvals, TALL),
    "qr": (lambda a: mnp.square(la.qr(a)[1]), TALL),
    "norm": (lambda a: la.norm(a, axis=(-2, -1)), TALL),
    "norm of rows": (lambda a: la.norm(a, axis=-1), TALL),
    "nuclear norm": (lambda a: la.matrix_norm(a, ord="nuc"), TALL),
    "spectral norm": (lambda a: la.matrix_norm(a, ord=2), TALL),
    "cond": (la.cond, GENERAL),
    "trace": (lambda a: mnp.trace(a, axis1=-2, axis2=-1), GENERAL),
    "diagonal": (lambda a: mnp.square(mnp.diagonal(a, axis1=-2, axis2=-1)), GENERAL),
    "matmul": (lambda a: a @ mnp.swapaxes(a, -1, -2), TALL),
    "matmul by one": (lambda a: a @ mnp.asarray(RIGHT), TALL),
    "softmax": (lambda a: mnp.softmax(a, axis=-1), TALL),
    "logsumexp": (lambda a: mnp.logsumexp(a, axis=-1), TALL),
    "std": (lambda a: mnp.std(a, axis=-1), TALL),
    "max": (lambda a: mnp.max(a, axis=-1), TALL),
    "median": (lambda a: mnp.median(a, axis=-1), TALL),
    "sort": (lambda a: mnp.sort(a, axis=-1), TALL),
    "cumprod": (lambda a: mnp.cumprod(a, axis=-1), TALL),
    "prod": (lambda a: mnp.prod(a, axis=-1), TALL),
    "fft": (lambda a: mnp.abs(mnp.fft.fft(a, axis=-1)), TALL),
}


@pytest.mark.parametrize("name", MATRICES)
def test_a_stacks_derivative_is_the_stack_of_derivatives(name):
    """To a few roundings of each matrix's own scale: a threshold or a norm of the whole stack would swallow the small."""
    f, host = MATRICES[name]
    rng, a = np.random.default_rng(2), mnp.asarray(host)
    y, pullback = mg.vjp(f, a)
    g = mnp.asarray(rng.standard_normal(tuple(y.shape)))
    t = mnp.asarray(rng.standard_normal(host.shape) * SCALES)
    whole = [y, pullback(g)[0], mg.jvp(f, (a,), (t,))[1], mg.jvp(lambda a: mg.vjp(f, a)[1](g)[0], (a,), (t,))[1]]
    for i in range(3):
        a_i, g_i, t_i = a[i, ...], g[i, ...], t[i, ...]
        one, back = mg.vjp(f, a_i)
        twice = mg.jvp(lambda a, g_i=g_i: mg.vjp(f, a)[1](g_i)[0], (a_i,), (t_i,))[1]
        for found, alone in zip(whole, [one, back(g_i)[0], mg.jvp(f, (a_i,), (t_i,))[1], twice]):
            found, alone = mg.to_numpy(found)[i], mg.to_numpy(alone)
            slack = 1e-12 * np.max(np.abs(alone), initial=0.0)
            np.testing.assert_allclose(found, alone, rtol=1e-10, atol=slack)


# -- ties, in numbers ----------------------------------------------------------------------------------------------

N = 200  # below 17 any sort is a stable one
TIED = {
    "floats": RNG.integers(0, 5, N).astype(float),
    "float32": RNG.integers(0, 5, N).astype(np.float32),
    "integers": RNG.integers(0, 5, N),
    "all equal": np.full(N, 2.0),
    "zeros of both signs": np.where(RNG.integers(0, 2, N), 0.0, -0.0),
    "with NaN and infinities": RNG.choice([np.nan, np.inf, -np.inf, 1.0], N),
}


def turned(x):
    """``x`` along every axis of a matrix, with what axis that is."""
    rolled = np.stack([np.roll(x, k) for k in range(3)])
    return [(x, -1), (x, None), (rolled, 1), (rolled.T.copy(), 0), (rolled.T, 0), (rolled, None)]


@pytest.mark.parametrize("name", TIED)
def test_argsort_of_plain_and_compiled_arrays_is_stable(name):
    for x, axis in turned(TIED[name]):
        expected = np.argsort(x, axis=axis, kind="stable")
        found = mnp.argsort(mnp.asarray(x), axis=axis)
        np.testing.assert_array_equal(mg.to_numpy(found), expected)
        compiled = mg.compile(lambda x, axis=axis: mnp.argsort(x, axis=axis))(mnp.asarray(x))
        np.testing.assert_array_equal(mg.to_numpy(compiled), expected)


def test_argsort_of_booleans_is_stable_too(on_numpy):
    """NumPy sorts them; the array-API standard has no order of them, so the strict stand-in refuses."""
    x = RNG.integers(0, 2, N).astype(bool)
    np.testing.assert_array_equal(mnp.argsort(x), np.argsort(x, kind="stable"))


@pytest.mark.parametrize("name", ["floats", "float32", "all equal", "zeros of both signs"])
def test_derivatives_of_sorting_go_by_the_stable_order(name):
    for x, axis in turned(TIED[name]):
        if axis is None:
            continue
        marks = np.arange(x.size, dtype=x.dtype).reshape(x.shape)
        order = np.argsort(x, axis=axis, kind="stable")
        f = lambda x, axis=axis: mnp.sort(x, axis=axis)
        tangent = mg.jvp(f, (mnp.asarray(x),), (mnp.asarray(marks),))[1]
        np.testing.assert_array_equal(mg.to_numpy(tangent), np.take_along_axis(marks, order, axis))
        back = mg.vjp(f, mnp.asarray(x))[1](mnp.asarray(marks))[0]
        expected = np.empty_like(marks)
        np.put_along_axis(expected, order, marks, axis)
        np.testing.assert_array_equal(mg.to_numpy(back), expected)


@pytest.mark.parametrize("name", ["floats", "all equal", "zeros of both signs"])
def test_extremes_of_many_ties(name):
    """Equal shares to all that are equal, and the first of them as the index."""
    for x, axis in turned(TIED[name]):
        for f, numpys, index in ((mnp.max, np.max, "argmax"), (mnp.min, np.min, "argmin")):
            top = numpys(x, axis=axis, keepdims=True)
            shares = (x == top) / np.sum(x == top, axis=axis, keepdims=True)
            total = lambda x, f=f, axis=axis: mnp.sum(f(x, axis=axis))
            np.testing.assert_allclose(mg.to_numpy(mg.grad(total)(mnp.asarray(x))), shares, rtol=1e-15)
            found = getattr(mnp, index)(mnp.asarray(x), axis=axis)
            np.testing.assert_array_equal(mg.to_numpy(found), getattr(np, index)(x, axis=axis))


# -- axes other than the last, and places in two dimensions ----------------------------------------------------------

CUBE = RNG.standard_normal((4, 5, 6))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_trapezoid_along_any_axis(axis):
    n = CUBE.shape[axis]
    line, full = np.cumsum(RNG.uniform(0.1, 1.0, n)), np.cumsum(RNG.uniform(0.1, 1.0, CUBE.shape), axis)
    for x in (line, full):
        f = lambda y, x: mnp.trapezoid(y, x, axis=axis)
        value, pullback = mg.vjp(f, mnp.asarray(CUBE), mnp.asarray(x))
        expected = np.trapezoid(CUBE, x, axis=axis)
        np.testing.assert_allclose(mg.to_numpy(value), expected, rtol=1e-13, atol=1e-13)
        # by hand: halves of the two intervals beside each place, and of the two values' fall
        gap = np.diff(x) if x.ndim == 1 else np.diff(np.moveaxis(x, axis, -1))
        weights = np.zeros((*gap.shape[:-1], n))
        weights[..., 1:] += gap / 2
        weights[..., :-1] += gap / 2
        rows = np.moveaxis(CUBE, axis, -1)
        in_y, in_x = (mg.to_numpy(g) for g in pullback(mnp.ones_like(value)))
        np.testing.assert_allclose(np.moveaxis(in_y, axis, -1), np.broadcast_to(weights, rows.shape), rtol=1e-13)
        pair = (rows[..., 1:] + rows[..., :-1]) / 2
        slope = np.zeros(rows.shape)
        slope[..., 1:] += pair
        slope[..., :-1] -= pair
        slope = slope.sum((0, 1)) if x.ndim == 1 else np.moveaxis(slope, -1, axis)
        np.testing.assert_allclose(in_x, slope, rtol=1e-12, atol=1e-13)
    for dx in (0.5, 1.0):
        found = mg.vjp(lambda y, dx=dx: mnp.trapezoid(y, dx=dx, axis=axis), mnp.asarray(CUBE))[0]
        np.testing.assert_allclose(mg.to_numpy(found), np.trapezoid(CUBE, dx=dx, axis=axis), rtol=1e-13, atol=1e-13)


ALONG = {
    "cumsum": mnp.cumsum,
    "cumprod": mnp.cumprod,
    "diff": mnp.diff,
    "sort": mnp.sort,
    "flip": mnp.flip,
    "roll": lambda x, axis: mnp.roll(x, 2, axis=axis),
    "softmax": mnp.softmax,
    "log_softmax": mnp.log_softmax,
    "logsumexp": mnp.logsumexp,
    "std": mnp.std,
    "var": lambda x, axis: mnp.var(x, axis=axis, ddof=1),
    "median": mnp.median,
    "quantile": lambda x, axis: mnp.quantile(x, 0.3, axis=axis),
    "ptp": mnp.ptp,
    "max": mnp.max,
    "prod": mnp.prod,
    "norm": lambda x, axis: mnp.linalg.norm(x, axis=axis),
    "repeat": lambda x, axis: mnp.repeat(x, 2, axis=axis),
    "take": lambda x, axis: mnp.take(x, mnp.asarray([2, 0, 2]), axis=axis),
    "concatenate": lambda x, axis: mnp.concatenate([x, x * x], axis=axis),
    "stack": lambda x, axis: mnp.stack([x, x * x], axis=axis),
    "split": lambda x, axis: mnp.split(x, [1, 3], axis=axis)[1],
    "gradient": lambda x, axis: mnp.gradient(x, axis=axis),
    "fft": lambda x, axis: mnp.abs(mnp.fft.rfft(x, axis=axis)),
}


@pytest.mark.parametrize("name", ALONG)
def test_along_another_axis_is_along_the_last_of_the_turned_array(name):
    """f along ``axis`` is f along the last of the array with that axis last: values and both derivatives."""
    f = ALONG[name]
    t = RNG.standard_normal(CUBE.shape)
    for axis in (0, 1, -2):
        own = lambda x, axis=axis: f(x, axis=axis)
        # stack makes a new axis at that place, the others keep or drop theirs
        other = lambda x, axis=axis: f(mnp.moveaxis(x, axis, -1), axis=-1)
        y, turned_y = own(mnp.asarray(CUBE)), other(mnp.asarray(CUBE))
        if name == "stack":
            other = lambda x, axis=axis: mnp.moveaxis(mnp.stack([x, x * x], axis=-1), -1, axis)
        elif len(y.shape) == 3:
            other = lambda x, axis=axis: mnp.moveaxis(f(mnp.moveaxis(x, axis, -1), axis=-1), -1, axis)
        assert y.size == turned_y.size
        x, direction = mnp.asarray(CUBE), mnp.asarray(t)
        one, back = mg.vjp(own, x)
        two, turned_back = mg.vjp(other, x)
        g = mnp.asarray(np.random.default_rng(5).standard_normal(tuple(one.shape)))
        pairs = [(one, two), (back(g)[0], turned_back(g)[0])]
        pairs.append((mg.jvp(own, (x,), (direction,))[1], mg.jvp(other, (x,), (direction,))[1]))
        for a, b in pairs:
            np.testing.assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-10, atol=1e-12)


# -- not a number ---------------------------------------------------------------------------------------------------

NAN = np.nan
SMOOTH = {
    "exp": mnp.exp,
    "expm1": mnp.expm1,
    "exp2": mnp.exp2,
    "log": mnp.log,
    "log1p": mnp.log1p,
    "log2": mnp.log2,
    "log10": mnp.log10,
    "sqrt": mnp.sqrt,
    "cbrt": mnp.cbrt,
    "square": mnp.square,
    "reciprocal": mnp.reciprocal,
    "sin": mnp.sin,
    "cos": mnp.cos,
    "tan": mnp.tan,
    "sinh": mnp.sinh,
    "cosh": mnp.cosh,
    "tanh": mnp.tanh,
    "arcsin": mnp.arcsin,
    "arctan": mnp.arctan,
    "arcsinh": mnp.arcsinh,
    "sigmoid": mnp.sigmoid,
    "log_sigmoid": mnp.log_sigmoid,
    "softplus": mnp.softplus,
    "logit": mnp.logit,
    "erf": mnp.erf,
    "gammaln": mnp.gammaln,
    "digamma": mnp.digamma,
    "sinc": mnp.sinc,
}
REDUCED = {
    "logsumexp": mnp.logsumexp,
    "logsumexp of -inf beside": lambda x: mnp.logsumexp(mnp.concatenate([x, mnp.asarray([-np.inf])])),
    "std": mnp.std,
    "var": mnp.var,
    "norm": mnp.linalg.norm,
    "norm 3": lambda x: mnp.linalg.norm(x, 3),
    "max": mnp.max,
    "min": mnp.min,
    "softmax": lambda x: mnp.sum(mnp.softmax(x) ** 2),
    "log_softmax": lambda x: mnp.sum(mnp.log_softmax(x) ** 2),
    "logaddexp": lambda x: mnp.logaddexp(x[0], x[1]),
    "hypot": lambda x: mnp.hypot(x[0], x[1]),
    "arctan2": lambda x: mnp.arctan2(x[0], x[1]),
    "power": lambda x: mnp.power(x[0], x[1]),
    "abs": lambda x: mnp.sum(mnp.abs(x)),
    "det": lambda x: mnp.linalg.det(mnp.reshape(mnp.concatenate([x, x[:1]]), (2, 2))),
    "xlogy": lambda x: mnp.xlogy(x[1], x[0]),
    "square": lambda x: mnp.sum(x * x),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_derivative_of_a_smooth_function_at_nan_is_nan_and_elsewhere_a_number(name, dtype):
    f, x = SMOOTH[name], mnp.asarray([0.25, NAN, 0.5], dtype=dtype)
    value, pullback = mg.vjp(f, x)
    for found in (value, pullback(mnp.ones_like(x))[0], mg.jvp(f, (x,), (mnp.ones_like(x),))[1]):
        np.testing.assert_array_equal(np.isnan(mg.to_numpy(found)), [False, True, False])


@pytest.mark.parametrize("name", REDUCED)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_rule_hides_a_value_that_is_not_a_number(name):
    """The derivative in the argument that is no number is none, in reverse, forward and compiled.

    (Of a product it is the product of the others, and of a kink and a middle what the table of conventions says.)
    """
    f, x = REDUCED[name], mnp.asarray([NAN, 0.5, 2.0])
    assert np.isnan(float(f(x)))
    first = mnp.asarray([1.0, 0.0, 0.0])
    assert np.isnan(float(mg.grad(f)(x)[0]))
    assert np.isnan(float(mg.compile(mg.grad(f))(x)[0]))
    assert np.isnan(float(mg.jvp(f, (x,), (first,))[1]))
