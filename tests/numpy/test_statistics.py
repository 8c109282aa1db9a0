"""Derivatives of quantiles, covariances, NaN-free reductions, convolutions, slopes and what was put together anew."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(4)
A, B = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
V, W = RNG.standard_normal(7), RNG.standard_normal(3)
HOLES = np.array([[1.0, np.nan, -2.0, 0.5], [0.25, np.nan, 3.0, 1.5], [0.75, 2.0, -1.0, 4.0]])

FUNCTIONS = {
    "quantile": (lambda a: mnp.quantile(a, 0.3, axis=1), A),
    "quantiles": (lambda a: mnp.quantile(a, mnp.asarray([0.2, 0.7])), A),
    "percentile": (lambda a: mnp.percentile(a, 35.0, axis=0, keepdims=True), A),
    "cov": (lambda a: mnp.cov(a), A),
    "cov of two": (lambda a, b: mnp.cov(a, b, rowvar=False), A, B),
    "corrcoef": (lambda a: mnp.corrcoef(a)[0, 1:], A),
    "convolve": (mnp.convolve, V, W),
    "convolve, same": (lambda a, v: mnp.convolve(a, v, "same"), V, W),
    "convolve, valid": (lambda a, v: mnp.convolve(v, a, "valid"), V, W),
    "correlate": (mnp.correlate, V, W),
    "correlate, full": (lambda a, v: mnp.correlate(a, v, "full"), V, W),
    "gradient": (lambda a: mnp.gradient(a, 0.5, 2.0), A),
    "gradient at places": (lambda a, x: mnp.gradient(a, mnp.cumsum(mnp.exp(x)), axis=1), A, V[:4]),
    "interp": (mnp.interp, np.array([0.3, 1.2, 2.5]), np.array([0.0, 1.0, 2.0, 4.0]), V[:4]),
    "ediff1d": (lambda a: mnp.ediff1d(a, to_begin=0.0), A),
    "sinc": (mnp.sinc, np.array([0.0, 1e-9, 0.05, 0.0999, 0.1001, 0.7, -2.3])),
    "fmod": (mnp.fmod, np.array([5.3, -5.3]), np.array([2.0, 1.7])),
    "logaddexp2": (mnp.logaddexp2, A, B),
    "copysign": (lambda a: mnp.copysign(a, mnp.asarray(B)), A),
    "float_power": (mnp.float_power, np.abs(A) + 0.5, B),
    "select": (lambda a, b: mnp.select([a > 0.0, b > 0.0], [a * a, b], 0.5), A, B),
    "choose": (lambda a, b: mnp.choose(mnp.asarray([0, 1, 1, 0]), [a, b]), A, B),
    "delete": (lambda a: mnp.delete(a, [0, 2], 1), A),
    "resize": (lambda a: mnp.resize(a, (5, 4)), A),
    "block": (lambda a, b: mnp.block([[a, b], [b, a]]), A, B),
    "cumulative_sum": (lambda a: mnp.cumulative_sum(a, axis=1, include_initial=True), A),
    "cumulative_prod": (lambda a: mnp.cumulative_prod(a, axis=0, include_initial=True), A),
    "diagflat": (lambda a: mnp.diagflat(a, 1), W),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives(name):
    f, *values = FUNCTIONS[name]
    mg.check_grads(f, tuple(map(mnp.asarray, values)))


NAN_FREE = {
    **{name: getattr(mnp, name) for name in "nansum nanprod nanmax nanmin nanmean nanvar nanstd nanmedian".split()},  # noqa: SIM905
    "nancumsum": lambda a, axis: mnp.nancumsum(a, axis=axis)[..., -1],
    "nancumprod": lambda a, axis: mnp.nancumprod(a, axis=axis)[..., -1],
}


@pytest.mark.parametrize("name", NAN_FREE)
def test_what_is_nan_moves_nothing(name):
    """The gradient of the other elements is that of the function without NaN; of NaN itself it is 0."""
    f = NAN_FREE[name]
    g = mg.to_numpy(mg.grad(lambda a: mnp.sum(f(a, axis=1) * mnp.asarray([1.0, -2.0, 0.5])))(mnp.asarray(HOLES)))
    for row, line, weight in zip(HOLES, g, (1.0, -2.0, 0.5)):
        there = ~np.isnan(row)
        plain = mg.grad(lambda a, w=weight: w * mnp.sum(f(a, axis=0)))(mnp.asarray(row[there]))
        np.testing.assert_allclose(line[there], mg.to_numpy(plain), rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(line[~there], 0.0)


def test_fmax_leaves_nan_out():
    nan = float("nan")
    for f, pairs in ((mnp.fmax, [(1.0, 2.0, [0.0, 1.0]), (nan, 2.0, [0.0, 1.0]), (3.0, nan, [1.0, 0.0])]),
                     (mnp.fmin, [(1.0, 2.0, [1.0, 0.0]), (nan, 2.0, [0.0, 1.0]), (2.0, 2.0, [0.5, 0.5])])):  # fmt: skip
        for x, y, right in pairs:
            found = mg.grad(f, argnums=(0, 1))(mnp.asarray(x), mnp.asarray(y))
            assert [float(mg.to_numpy(g)) for g in found] == right
