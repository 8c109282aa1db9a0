"""One law for every function: at ties, zeros, infinities, NaN, in narrow and complex dtypes, along axes of size 1 and 0,
the value under each transformation and compiled is NumPy's, and a backward pass runs."""

import zlib

import numpy as np
import pytest

import minigan as mg
from tests.numpy.test_against_numpy import EVERY, Call, functions, leaves, put

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore")]

EDGES = np.array([0.0, -0.0, 1.0, 1.0, -1.0, 2.0, np.inf, -np.inf, np.nan, 0.5, 3.0, 1e300, 1e-300])
KINDS = [(dtype, values) for dtype in ("float64", "float16", "complex128") for values in ("ties", "edges")]


def filled(x, dtype, values, rng):
    """``x`` with its floats replaced."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        drawn = rng.integers(-2, 3, x.shape).astype(float) if values == "ties" else rng.choice(EDGES, x.shape)
        return (drawn + 1j * rng.integers(-2, 3, x.shape) if dtype.startswith("complex") else drawn).astype(dtype)
    if isinstance(x, list | tuple) and any(isinstance(part, np.ndarray) for part in x):
        return type(x)(filled(part, dtype, values, rng) for part in x)
    return x


def places_of(args):
    found = []
    for i, x in enumerate(args):
        parts = [(None, x)] if isinstance(x, np.ndarray) else list(enumerate(x)) if isinstance(x, list | tuple) else []
        found += [(i, j) for j, part in parts if isinstance(part, np.ndarray) and part.dtype.kind in "fc"]
    return found


def assert_same(found, expected, what):
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected), what
    for a, b in zip(map(np.asarray, found), map(np.asarray, expected)):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), what
        np.testing.assert_array_equal(a, b, err_msg=repr(what))


# LAPACK's singular values of infinities and NaN: an error, or no end
FINITE = {f"linalg.{name}" for name in ("svd", "svdvals", "pinv", "cond", "matrix_norm", "norm", "qr")}


def cases(name, calls):
    """Every call at one or two kinds of values, in turn; all kinds over the calls of a function, or with --thorough."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for n, (args, kwargs) in enumerate(calls):
        for dtype, values in KINDS if len(calls) < 4 else (KINDS[n % 6], KINDS[(n + 3) % 6]):
            values = "ties" if name in FINITE else values
            yield Call(([filled(x, dtype, values, rng) for x in args], kwargs))


# places must increase; real spectra alone; NumPy rounds its loop over complex scalars as it does no array
NO_VALUES = {"interp", "roots", "poly", "linalg.eig", "linalg.eigvals", "polydiv"}
# a shape, a count of elements, or one bool, that only a run has
BY_VALUE = {"array_equal", "where", "polymul", "polydiv", "roots", "trim_zeros", "asarray_chkfinite"}

# How much of every axis, the first or the last one is left: sizes 1 and 0.
SIZES = {
    "one": lambda x: x[(slice(0, 1),) * x.ndim],
    "one row": lambda x: x[:1] if x.ndim else x,
    "one column": lambda x: x[..., :1] if x.ndim else x,
    "no rows": lambda x: x[:0] if x.ndim else x,
    "no columns": lambda x: x[..., :0] if x.ndim else x,
}


# NumPy reads beyond the memory of an empty array here, and returns what it finds
OF_ANY_MEMORY = {(f"fft.{name}", "no columns") for name in ("irfft", "hfft", "irfft2", "irfftn")} | {("einsum", "no rows")}


def cut(x, size):
    if isinstance(x, np.ndarray):
        return SIZES[size](x)
    if isinstance(x, list | tuple) and any(isinstance(part, np.ndarray) for part in x):
        return type(x)(cut(part, size) for part in x)
    return x


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", EVERY)
def test_sizes_of_one_and_nothing_are_the_plain_ones(name, size):
    """Where NumPy has no value, neither have we, and say so by an exception of its kinds."""
    ours, numpys, calls = functions(name)
    for args, kwargs in calls if (name, size) not in OF_ANY_MEMORY else ():
        args, kwargs = [cut(x, size) for x in args], {key: cut(value, size) for key, value in kwargs.items()}
        places = places_of(args)
        if not places:
            continue
        values = [args[i] if j is None else args[i][j] for i, j in places]
        case = Call((args, kwargs))

        def f(*values, args=args, places=places, kwargs=kwargs):
            return ours(*put(args, places, values), **kwargs)

        try:
            plain = numpys(*args, **kwargs)
        except ZeroDivisionError:
            continue  # the average of nothing, or of weights that sum to zero, which compiled code does not look at
        except Exception:
            for run in (lambda: mg.vjp(f, *values), lambda: mg.compile(f)(*values)):  # noqa: B023
                with pytest.raises((TypeError, ValueError, IndexError, np.linalg.LinAlgError)):
                    run()
            continue
        try:
            y, pullback = mg.vjp(f, *values)
        except TypeError as error:
            assert "of a traced array" in str(error), case  # svd, qr: a shape that has no derivative, and is told
            continue
        assert_same(y, plain, case)
        for g, x in zip(pullback(mg.tree_map(np.ones_like, y)), values):
            assert (g.shape, g.dtype) == (x.shape, x.dtype), case
        assert_same(mg.jvp(f, values, [np.ones_like(v) for v in values])[0], plain, case)
        if name not in BY_VALUE:
            for a, b in zip(leaves(mg.compile(f)(*values)), leaves(plain)):
                np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-14, err_msg=repr(case))



@pytest.mark.parametrize("name", [name for name in EVERY if name not in NO_VALUES])
def test_values_at_edges_are_the_plain_ones(name):
    ours, numpys, calls = functions(name)
    for case in cases(name, calls):
        args, kwargs = case
        places = places_of(args)
        if not places:
            continue
        try:
            plain = numpys(*args, **kwargs)
        except Exception:
            continue  # NumPy has no such value
        values = [args[i] if j is None else args[i][j] for i, j in places]
        keywords = {"kind": "stable"} if name == "argsort" else {}
        plain = numpys(*args, **kwargs, **keywords)

        def f(*values, args=args, places=places, kwargs=kwargs):
            return ours(*put(args, places, values), **kwargs)

        assert_same(f(*values), plain, case)
        y, pullback = mg.vjp(f, *values)
        assert_same(y, plain, case)
        for g, x in zip(pullback(mg.tree_map(np.ones_like, y)), values):
            assert (g.shape, g.dtype) == (x.shape, x.dtype), case
        assert_same(mg.jvp(f, values, [np.ones_like(v) for v in values])[0], plain, case)
        if name not in BY_VALUE:
            assert_same(mg.compile(f)(*values), plain, case)
