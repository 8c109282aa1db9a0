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
