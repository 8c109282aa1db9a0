"""log(1 + x) and exp(x) - 1 where NumPy has no vectors for them, as on x86 without AVX-512: 9 to 20 ns an element there,
1 to 5 here.

NumPy has vectors for log and exp even there, whose sums lose digits near 0: series have them, or the rounding itself is
brought back. `tests/test_logarithms.py` holds all to two units in the last place, in float32 far from 0 to three, as many
as the logarithm and the exponential themselves.
"""

import functools

from .choosing import chosen

LONG_ENOUGH = 2048  # elements from which on a dozen more calls cost less than a function without vectors


@functools.cache
def has_vectors(name, dtype):
    """Whether NumPy's function runs on vectors on this machine, as far as NumPy tells (from 2.1 on)."""
    import numpy as np

    told = getattr(getattr(np.lib, "introspect", None), "opt_func_info", None)
    if told is None:
        return True
    loops = told(func_name=f"^{name}$", signature=dtype).get(name, {})
    return any(not loop["current"].startswith("baseline") for loop in loops.values())


def is_long(np, *arrays):
    """Whether arrays of floats of one width make a long one together."""
    if {x.dtype.name for x in arrays} not in ({"float32"}, {"float64"}):
        return False
    return int(np.prod(np.broadcast_shapes(*(x.shape for x in arrays)))) >= LONG_ENOUGH


def log_ratio_by_difference(np, x, y, out=None, vectors=True):
    """log(x / y) of positive numbers: log(1 + |x - y| / min(x, y)) with the sign of x - y; ``out`` may be x or y.

    Within a factor of two x - y is exact, and beyond it nothing cancels. The difference of logarithms is for the few whose
    quotient leaves the range, for zeros, infinities and what has no logarithm. ``vectors``: whether log1p has them here.
    """
    word, most = (np.uint32, np.float32(2.0**60)) if x.dtype.itemsize == 4 else (np.uint64, np.float64(2.0**60))
    with np.errstate(all="ignore"):
        apart = x - y
        t = np.absolute(apart)
        np.divide(t, np.minimum(x, y), t)
        far = None
        if not np.maximum.reduce(t.view(word), axis=None) < most.view(word):  # nor is a negative t, or NaN
            far = np.greater_equal(t.view(word), most.view(word))
            ends = np.log(np.broadcast_to(x, t.shape)[far]) - np.log(np.broadcast_to(y, t.shape)[far])
            t[far] = 0.0
        if vectors:
            np.log1p(t, t)
        else:
            log1p_by_logarithm(np, t, t)
        if x.dtype.itemsize == 4:
            np.bitwise_and(apart.view(word), np.uint32(0x80000000), apart.view(word))
            out = t if out is None else out
            np.bitwise_or(t.view(word), apart.view(word), out.view(word))
        else:
            out = np.copysign(t, apart, t if out is None else out)
        if far is not None:
            out[far] = ends
    return out


def log1p_of_share(np, e, out=None):
    """log(1 + e) for 0 <= e <= 1; ``out`` may be e itself.

    In float64 log u + (e - (u - 1)) / u with u = 1 + e; in float32 a series, see `near_zero`.
    """
    if e.dtype.itemsize == 4:
        return near_zero(np, e, out)
    u = 1.0 + e
    return np.add(np.log(u), rounded_away(np, e, u), out)


def log1p_by_logarithm(np, x, out=None):
    """log(1 + x) for every x; ``out`` may be x itself."""
    if x.dtype.itemsize == 4:
        bounded = np.minimum(np.maximum(x, np.float32(-0.5)), np.float32(1.0))
        return chosen(np, bounded == x, near_zero(np, bounded, None), np.log(1.0 + x), out)
    bounded = np.minimum(np.maximum(x, -0.5), 1e15)  # below, the sum is exact; above, it has lost nothing that counts
    found = np.log(1.0 + x)
    np.add(found, rounded_away(np, bounded, 1.0 + bounded), found)
    return np.copysign(found, x, out)  # of a zero


def expm1_by_exponential(np, x, out=None):
    """exp(x) - 1 in float32 for every x; ``out`` may be x itself.

    From log(1/2) to log(3) a polynomial, the nearest one to 2e-8 of the value; elsewhere the difference loses nothing. (In
    float64 a polynomial would be as slow as NumPy's function.)
    """
    bounded = np.minimum(np.maximum(x, np.float32(-0.6931472)), np.float32(1.0986123))
    near = np.float32(2.95082736917e-5) * bounded
    for coefficient in (0.000199795601246, 0.00138523752049, 0.00833326071609, 0.0416674157443, 0.166666659309,
                        0.499999976716, 1.0):  # fmt: skip
        near += np.float32(coefficient)
        near *= bounded
    return chosen(np, bounded == x, near, np.exp(x) - np.float32(1.0), out)


def rounded_away(np, x, u):
    """(x - (u - 1)) / u: what log u is short of, u being 1 + x rounded."""
    lost = u - 1.0
    np.subtract(x, lost, lost)
    return np.divide(lost, u, lost)


def near_zero(np, x, out):
    """log(1 + x) in float32 for -1/2 <= x <= 1, as x - s (x - r) with s = x / (2 + x) and r = 2 s^2 / 3 + 2 s^4 / 5 + ...

    The coefficients are those of the polynomial that is nearest on the interval, to 4e-9.
    """
    s = x / (2.0 + x)
    square = s * s
    r = np.float32(0.281577453631) * square
    for coefficient in (0.279651577452, 0.400245952307, 0.666663216414):
        r += np.float32(coefficient)
        r *= square
    np.subtract(x, r, r)
    r *= s
    return np.subtract(x, r, out)
