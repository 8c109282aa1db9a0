"""Numbers taken apart and put together: quotient and remainder, whole and fraction, mantissa and exponent."""

from __future__ import annotations

from ..autodiff.primitive import Example, constant, elementwise, linear, undo_broadcast
from ..autodiff.tracer import Tracer
from .elementwise import astype, equal, floor_divide, fmod_remainder, imag, is_complex, logical_not, not_equal, trunc
from .shape import _array

INF = float("inf")


def _frexp(xp, x):
    """NumPy's, or from the logarithm, which rounds: at powers of two the exponent may be off by one at first."""
    if hasattr(xp, "frexp"):
        return xp.frexp(x)
    regular = xp.isfinite(x) & (x != 0)
    size = xp.where(regular, xp.abs(x), 1.0)
    exponent = xp.floor(xp.log2(size)) + 1.0
    mantissa = size * xp.pow(2.0, -exponent)
    exponent = exponent + xp.astype(mantissa >= 1.0, x.dtype) - xp.astype(mantissa < 0.5, x.dtype)
    exponent = xp.where(regular, exponent, 0.0)
    return xp.where(regular, x * xp.pow(2.0, -exponent), x), xp.astype(exponent, xp.int32)


def _ldexp(xp, x, n):
    """NumPy's, or a product with a power of two."""
    if hasattr(xp, "ldexp"):
        return xp.ldexp(x, n)
    x = x if hasattr(x, "dtype") else xp.asarray(float(x))
    return x * xp.pow(2.0, xp.astype(n, x.dtype) if hasattr(n, "dtype") else float(n))


ldexp = linear(
    "ldexp",
    lambda g, x, n: undo_broadcast(ldexp(g, n), x),
    library=_ldexp,
    examples=[Example(((3, 4), (4,)), {}, [(-2.0, 2.0), "index"]), Example(((4,), (3, 4)), {}, [(-2.0, 2.0), "index"])],
)
exponent_of = constant("exponent_of", library=lambda xp, x: _frexp(xp, x)[1])
mantissa_of = elementwise(
    "mantissa_of", lambda g, out, x: ldexp(g, -exponent_of(x)), library=lambda xp, x: _frexp(xp, x)[0], domain=(0.5, 0.9)
)
fraction_of = elementwise(
    "fraction_of",
    lambda g, out, x: g,
    library=lambda xp, x: xp.modf(x)[0] if hasattr(xp, "modf") else x - xp.trunc(x),
    domain=(0.1, 0.9),
)
spacing = constant(
    "spacing",
    library=lambda xp, x: (
        xp.spacing(x) if hasattr(xp, "spacing") else xp.nextafter(x, xp.where(x < 0, -INF, xp.full_like(x, INF))) - x
    ),
)


def frexp(x):
    """The mantissa m, 0.5 <= |m| < 1, which moves with x, and the exponent n, which does not, of x = m 2^n."""
    x = _floats(x)
    return mantissa_of(x), exponent_of(x)


def modf(x):
    """The fraction, which moves with x, and the whole number, which does not; both with the sign of x."""
    x = _floats(x)
    return fraction_of(x), trunc(x)


def _floats(x):
    x = _array(x)
    return x if type(x) is Tracer or str(x.dtype).rpartition(".")[2].startswith("float") else astype(x, "float64")


def divmod(x1, x2):
    """The pair (x1 // x2, x1 % x2)."""
    return floor_divide(x1, x2), fmod_remainder(x1, x2)


def fix(x):
    """Rounded towards zero; derivative zero."""
    return trunc(x)


def _refuse_complex(name, x):
    if is_complex(_array(x)):
        raise TypeError(f"{name} of complex numbers, which have no sign: ask the real and imaginary parts")


def isneginf(x):
    """Whether x is -inf."""
    _refuse_complex("isneginf", x)
    return equal(x, -INF)


def isposinf(x):
    """Whether x is inf."""
    _refuse_complex("isposinf", x)
    return equal(x, INF)


def iscomplex(x):
    """Whether the imaginary part of an element is not zero."""
    x = _array(x)
    return not_equal(imag(x), 0.0) if is_complex(x) else not_equal(x, x) & (x == x)


def isreal(x):
    """Whether the imaginary part of an element is zero."""
    return logical_not(iscomplex(x))


_EXPORTED = """
    ldexp frexp modf divmod fix spacing isneginf isposinf iscomplex isreal
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
