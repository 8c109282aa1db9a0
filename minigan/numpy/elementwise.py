"""Elementwise functions. Each line pairs a function with its derivative, ``(g, out, *args) -> g * d out / d arg``.

A rule is its own transpose, so the same line serves forward and reverse mode; broadcasting is undone
elsewhere. At a kink the rule takes the subgradient of least norm (`minigan.numpy.conventions`).
"""

from __future__ import annotations

import builtins
import math
import operator

from .. import special
from ..autodiff.displacement import Kinked, may_move, over_length
from ..autodiff.primitive import PRIMITIVES, Example, composed, constant, elementwise, is_complex, linear
from ..autodiff.tracer import innermost
from ..backend import backend_of, dtype_name

INF = float("inf")
PI = 3.141592653589793
DEGREE = PI / 180.0
LOG2 = 0.6931471805599453
LOG10 = 2.302585092994046


def _own(name, otherwise):
    """The library's function of that name, or for the array-API standard, which has it not, ``otherwise``."""
    return lambda xp, x: getattr(xp, name, otherwise)(x)


# -- arithmetic ----------------------------------------------------------------------------------------------

add = elementwise("add", lambda g, out, x, y: g, lambda g, out, x, y: g)
subtract = elementwise("subtract", lambda g, out, x, y: g, lambda g, out, x, y: -g)
multiply = elementwise("multiply", lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
divide = elementwise(
    "divide",
    lambda g, out, x, y: g / y,
    lambda g, out, x, y: -(g * out) / y,
    domain=[(-2.0, 2.0), (0.5, 2.0)],
)
negative = elementwise("negative", lambda g, out, x: -g)
positive = elementwise("positive", lambda g, out, x: g)
reciprocal = elementwise("reciprocal", lambda g, out, x: -g * out * out, domain=(0.5, 2.0))
square = elementwise("square", lambda g, out, x: g * (2.0 * x))
sqrt = elementwise("sqrt", lambda g, out, x: g * 0.5 / out, domain=(0.25, 4.0))


def _power_in_base(g, out, x, y):
    """y x^(y-1), and 0 for y = 0 even at x = 0."""
    if isinstance(y, int | float):
        if y == 2:
            return g * (2.0 * x)
        return g * (y * x ** (y - 1)) if y != 0 else g * 0.0 * x
    zero = y == 0
    return where(zero, 0.0, g * y * x ** where(zero, 1.0, y - 1.0))


def _power_in_exponent(g, out, x, y):
    """x^y log x, and 0 at x = 0, where x^y stays 0 as y moves."""
    if isinstance(x, int | float):
        x = x * ones_where(y)
    zero = x == 0
    return where(zero, 0.0, g * out * log(where(zero, 1.0, x)))


def ones_where(y):
    return 0.0 * y + 1.0


_POWER = [Example(((3,), (3,)), domain=[(0.5, 2.0), (-2.0, 2.0)])]
power = elementwise("power", _power_in_base, _power_in_exponent, library="pow", examples=_POWER)
# ``x ** y`` as the library's own operator computes it, which for small integers need not be its power function
pow_operator = elementwise(
    "pow_operator",
    _power_in_base,
    _power_in_exponent,
    library=lambda xp, x, y: operator.pow(x, y),
    examples=_POWER,
)

# -- exponentials and logarithms -----------------------------------------------------------------------------


def _power_of_two(xp, x):
    """exp(x log 2), of a complex x part by part: a complex product would multiply infinities by zero."""
    if not is_complex(x):
        return xp.pow(2.0, x)
    return xp.exp(_from_parts(xp, LOG2 * xp.real(x), LOG2 * xp.imag(x)))


exp = elementwise("exp", lambda g, out, x: g * out)
exp2 = elementwise(
    "exp2",
    lambda g, out, x: g * (LOG2 * out),
    library=lambda xp, x: xp.exp2(x) if hasattr(xp, "exp2") else _power_of_two(xp, x),
)
expm1 = elementwise("expm1", lambda g, out, x: g * exp(x))
log = elementwise("log", lambda g, out, x: g / x, domain=(0.25, 4.0))
log1p = elementwise("log1p", lambda g, out, x: g / (1.0 + x), domain=(-0.5, 4.0))
log2 = elementwise("log2", lambda g, out, x: g / (LOG2 * x), domain=(0.25, 4.0))
log10 = elementwise("log10", lambda g, out, x: g / (LOG10 * x), domain=(0.25, 4.0))


def _apart(x, y):
    from .. import numpy as mnp

    return special.apart(mnp, x, y)


def _share(out, difference):
    """sigmoid(x - y), the weight of x in logaddexp; 0 where both are -inf, and shared by terms that are +inf."""
    return where(out == -INF, 0.0, PRIMITIVES["sigmoid"](difference))


logaddexp = elementwise(
    "logaddexp",
    lambda g, out, x, y: g * _share(out, _apart(x, y)),
    lambda g, out, x, y: g * _share(out, -_apart(x, y)),
)

logaddexp2 = elementwise(
    "logaddexp2",
    lambda g, out, x, y: g * _share(out, LOG2 * _apart(x, y)),
    lambda g, out, x, y: g * _share(out, -LOG2 * _apart(x, y)),
    library=lambda xp, x, y: (
        backend_of(x, y).function("logaddexp2")(x, y)
        if hasattr(xp, "logaddexp2")
        else xp.logaddexp(LOG2 * x, LOG2 * y) / LOG2
    ),
)

# -- trigonometric and hyperbolic ----------------------------------------------------------------------------

sin = elementwise("sin", lambda g, out, x: g * cos(x))
cos = elementwise("cos", lambda g, out, x: -g * sin(x))
tan = elementwise("tan", lambda g, out, x: g * (1.0 + out * out), domain=(-1.0, 1.0))
# 1 - x^2 as a product keeps its digits near 1; a radius keeps squares within the range of the dtype
arcsin = elementwise(
    "arcsin", lambda g, out, x: g / sqrt((1.0 - x) * (1.0 + x)), library="asin", domain=(-0.8, 0.8)
)
arccos = elementwise(
    "arccos", lambda g, out, x: -g / sqrt((1.0 - x) * (1.0 + x)), library="acos", domain=(-0.8, 0.8)
)
arctan = elementwise(
    "arctan",
    lambda g, out, x: g / (1.0 + x * x) if is_complex(x) else _per_square(g, radius(1.0, x)),
    library="atan",
)
arctan2 = elementwise(
    "arctan2",
    lambda g, out, y, x: g * _per_square(x, radius(x, y)),
    lambda g, out, y, x: -g * _per_square(y, radius(x, y)),
    library="atan2",
    domain=(0.5, 2.0),
)
_LENGTH = [lambda g, out, x, y: over_length(g, out, x), lambda g, out, x, y: over_length(g, out, y)]
hypot = elementwise("hypot", *_LENGTH, domain=(0.5, 2.0), make=Kinked)
# the same within rules, where it is not zero
radius = elementwise("radius", *_LENGTH, library="hypot", domain=(0.5, 2.0))


def _per_square(g, length):
    return g / length / length


sinc = elementwise(
    "sinc",
    lambda g, out, x: g * _sinc_slope(out, x),
    library=lambda xp, x: xp.sinc(x) if hasattr(xp, "sinc") else _sinc(xp, x),
)


def _sinc(xp, x):
    y = PI * xp.where(x == 0, xp.full_like(x, 1e-20), x)
    return xp.sin(y) / y


def _sinc_slope(out, x):
    """(cos(pi x) - sinc x) / x, and near 0 its series, sum_k (-1)^k 2 k pi^(2 k) x^(2 k - 1) / (2 k + 1)!."""
    near = abs(x) < 0.1
    small, large = where(near, x, 0.0), where(near, 1.0, x)
    z, series = square(PI * small), 0.0
    for k in range(9, 0, -1):
        series = (-1.0) ** k * 2.0 * k / math.factorial(2 * k + 1) + z * series
    return where(near, PI * PI * small * series, (cos(PI * large) - out) / large)


sinh = elementwise("sinh", lambda g, out, x: g * cosh(x))
cosh = elementwise("cosh", lambda g, out, x: g * sinh(x))
tanh = elementwise("tanh", lambda g, out, x: g * (1.0 - out * out))
arcsinh = elementwise(
    "arcsinh", lambda g, out, x: g / (sqrt(x * x + 1.0) if is_complex(x) else radius(1.0, x)), library="asinh"
)
arccosh = elementwise(
    "arccosh", lambda g, out, x: g / (sqrt(x - 1.0) * sqrt(x + 1.0)), library="acosh", domain=(1.2, 3.0)
)
# -- roots, angles -------------------------------------------------------------------------------------------

cbrt = elementwise(
    "cbrt",
    lambda g, out, x: g / (3.0 * out * out),
    library=lambda xp, x: xp.cbrt(x) if hasattr(xp, "cbrt") else xp.sign(x) * xp.abs(x) ** (1.0 / 3.0),
    domain=(0.25, 4.0),
)
deg2rad = elementwise("deg2rad", lambda g, out, x: g * DEGREE, library=_own("deg2rad", lambda x: x * DEGREE))
rad2deg = elementwise("rad2deg", lambda g, out, x: g / DEGREE, library=_own("rad2deg", lambda x: x * (180.0 / PI)))
arctanh = elementwise(
    "arctanh", lambda g, out, x: g / ((1.0 - x) * (1.0 + x)), library="atanh", domain=(-0.8, 0.8)
)

# -- complex numbers -----------------------------------------------------------------------------------------
# A cotangent g of a complex z stands for dL = Re(g dz): rules of holomorphic functions are as in the reals.


def _part(name, otherwise):
    """The library's function of complex numbers, in memory of its own; ``otherwise`` for real ones."""

    def of_raw(xp, x):
        if not hasattr(x, "dtype") and name != "conj":
            return getattr(x, name)  # a number's own, as NumPy has it
        x = x if hasattr(x, "dtype") else xp.asarray(x)
        return xp.asarray(getattr(xp, name)(x), copy=True) if is_complex(x) else otherwise(xp, x)

    return of_raw


def _from_parts(xp, x, y):
    """x + i y, each part as it is: a product with i would multiply an infinite y by zero."""
    x, y = _both_arrays(xp, x, y)
    if is_complex(x) or is_complex(y):
        raise TypeError("a complex number is put together of a real and an imaginary part, which are real numbers")
    narrow = {dtype_name(x.dtype), dtype_name(y.dtype)} <= {"float16", "float32"}
    dtype = xp.complex64 if narrow else xp.complex128
    if hasattr(xp, "ufunc"):
        x, y = xp.broadcast_arrays(x, y)
        out = xp.empty(x.shape, dtype=dtype)
        out.real[...], out.imag[...] = x, y
        return out
    turned = xp.astype(xp.where(xp.isfinite(y), y, 0.0), dtype) * 1j
    for part in (INF, -INF):
        turned = xp.where(y == part, xp.full_like(turned, complex(0.0, part)), turned)
    return x + xp.where(xp.isnan(y), xp.full_like(turned, complex(0.0, math.nan)), turned)


from_parts = elementwise(
    "from_parts", lambda g, out, x, y: g, lambda g, out, x, y: _times_i(g), library=_from_parts
)


def _times_i(g):
    return from_parts(-imag(g), real(g)) if is_complex(g) else from_parts(0.0, g)


def _times_minus_i(g):
    return from_parts(imag(g), -real(g)) if is_complex(g) else from_parts(0.0, -g)


real = elementwise("real", lambda g, out, x: g, library=_part("real", lambda xp, x: xp.asarray(x, copy=True)))
imag = elementwise(
    "imag",
    lambda g, out, x: _times_minus_i(g) if is_complex(x) else 0.0 * g,
    library=_part("imag", lambda xp, x: xp.zeros_like(x)),
)
conj = elementwise(
    "conj",
    lambda g, out, x: conjugate_of(g),
    library=_part("conj", lambda xp, x: xp.conj(x) if hasattr(xp, "ufunc") else xp.asarray(x, copy=True)),
)


def conjugate_of(x):
    """The complex conjugate, which of a real array is itself."""
    return conj(x) if is_complex(x) else x


def _along(g, out, x):
    """g x / |x|, and of the complex x Re(conj(x) g) / |x|; ``out`` is |x|."""
    if is_complex(x) or may_move(g):
        return over_length(g, out, conjugate_of(x))
    return g * sign_primitive(x)


def _turn(g, out, x):
    """d arg z = Re(-i dz / z); the angle of a real number does not move."""
    return _times_minus_i(g) / x if is_complex(x) else 0.0 * g


def _angle(xp, x):
    x = x if hasattr(x, "dtype") else xp.asarray(x)
    if is_complex(x):
        return xp.atan2(xp.imag(x), xp.real(x))
    return xp.atan2(xp.zeros_like(x), x)


angle_primitive = elementwise("angle", _turn, library=_angle, domain=(0.5, 2.0))


def angle(z, deg=False):
    """The argument of a complex number, in radians or degrees."""
    out = angle_primitive(z)
    return out * (180.0 / PI) if deg else out


# -- kinks and choices ---------------------------------------------------------------------------------------

_APART = [Example(((3, 4), (3, 4)), domain="distinct")]
abs = elementwise(
    "abs",
    _along,
    make=Kinked,
    examples=[Example(((3, 4),), domain="distinct")],
)


def _is_real(x) -> bool:
    """Whether x is an array of floats, of which the absolute value has vectors and fabs has not."""
    return hasattr(x, "dtype") and dtype_name(x.dtype).startswith("float")


def _floats(xp, x):
    """``x``, of integers or truth values as float64."""
    x = x if hasattr(x, "dtype") else xp.asarray(x)
    return x if dtype_name(x.dtype).startswith(("float", "complex")) else xp.astype(x, xp.float64)


fabs = elementwise(
    "fabs",
    _along,
    make=Kinked,
    library=lambda xp, x: xp.fabs(x) if hasattr(xp, "fabs") and not _is_real(x) else xp.abs(_floats(xp, x)),
    examples=[Example(((3, 4),), domain="distinct")],
)
where = elementwise(
    "where",
    None,
    lambda g, out, condition, x, y: where(condition, g, 0.0),
    lambda g, out, condition, x, y: where(condition, 0.0, g),
    examples=[Example(((3, 4), (3, 4), (4,)), domain=["boolean", (-2.0, 2.0), (-2.0, 2.0)])],
)


def _winner(g, wins, tie):
    """g where the argument wins, half of it where both are equal."""
    return where(tie, 0.5 * g, where(wins, g, 0.0))


maximum = elementwise(
    "maximum",
    lambda g, out, x, y: _winner(g, x > y, x == y),
    lambda g, out, x, y: _winner(g, y > x, x == y),
    examples=_APART,
)
minimum = elementwise(
    "minimum",
    lambda g, out, x, y: _winner(g, x < y, x == y),
    lambda g, out, x, y: _winner(g, y < x, x == y),
    examples=_APART,
)

def _both_arrays(xp, x, y):
    """A Python number in the dtype of the array beside it, or both in the one that holds them."""
    if hasattr(x, "dtype") and hasattr(y, "dtype"):
        return x, y
    if not hasattr(x, "dtype"):
        return _both_arrays(xp, y, x)[::-1] if hasattr(y, "dtype") else (xp.asarray(x), xp.asarray(y))
    if isinstance(y, complex) and not is_complex(x):
        x = xp.astype(x, xp.complex64 if x.dtype == xp.float32 else xp.complex128)
    if isinstance(y, float) and xp.isdtype(x.dtype, ("integral", "bool")):
        x = xp.astype(x, xp.float64)
    elif isinstance(y, int) and not isinstance(y, bool) and xp.isdtype(x.dtype, "bool"):
        x = xp.astype(x, xp.int64)
    return x, xp.full_like(x, y)


def _fallback(name, otherwise):
    """The library's function of that name, or else ``otherwise(xp, x, y)`` of two arrays."""

    def of_raw(xp, x, y):
        if hasattr(xp, name):
            return getattr(xp, name)(x, y)
        x, y = _both_arrays(xp, x, y)
        return otherwise(xp, x, y)

    return of_raw


def _outlives(g, out, x, y):
    """g where x is the extreme or the only number, half of it where neither is the one."""
    is_x = equal(out, x)
    return _winner(g, is_x, (is_x & equal(out, y)) | isnan(out))


fmax = elementwise(
    "fmax",
    lambda g, out, x, y: _outlives(g, out, x, y),
    lambda g, out, x, y: _outlives(g, out, y, x),
    library=_fallback("fmax", lambda xp, x, y: xp.where(x != x, y, xp.where(y != y, x, xp.maximum(x, y)))),
    examples=_APART,
)
fmin = elementwise(
    "fmin",
    lambda g, out, x, y: _outlives(g, out, x, y),
    lambda g, out, x, y: _outlives(g, out, y, x),
    library=_fallback("fmin", lambda xp, x, y: xp.where(x != x, y, xp.where(y != y, x, xp.minimum(x, y)))),
    examples=_APART,
)
copysign = elementwise(
    "copysign",
    lambda g, out, x, y: g * sign_primitive(x) * sign_primitive(copysign(1.0, y)),
    None,
    domain=[(0.5, 2.0), (0.5, 2.0)],
)


def _step(xp, x, y):
    x, y = _floats(xp, x), _floats(xp, y)
    return xp.where(x == 0, y, xp.where(x != x, x, xp.astype(x > 0, y.dtype)))


heaviside = elementwise(
    "heaviside",
    None,
    lambda g, out, x, y: where(x == 0, g, 0.0),
    library=_fallback("heaviside", _step),
    examples=_APART,
)

# what a slope at a kink counts, of truth values: 2 for a win, 1 for a tie, 0 for neither
points = constant(
    "points",
    arguments=2,
    domain="boolean",
    library=lambda xp, wins, ties: xp.astype(wins, xp.int8) + xp.astype(wins, xp.int8) + xp.astype(ties, xp.int8),
)
# 1.0 where x > 0 and 0.0 elsewhere, in the dtype of x: a mask that multiplies three times faster than a choice
is_positive = constant("is_positive", library=lambda xp, x: xp.astype(x > 0, x.dtype))
relu = elementwise(
    "relu",
    lambda g, out, x: g * is_positive(out),
    library=lambda xp, x: xp.maximum(x, 0.0),
    examples=[Example(((3, 4),), domain="distinct")],
)
leaky_relu = elementwise(
    "leaky_relu",
    lambda g, out, x, slope: g * maximum(is_positive(out), slope),  # out > 0 where x > 0, and out lives anyway
    library=lambda xp, x, slope: xp.maximum(x, slope * x),
    examples=[Example(((3, 4),), {"slope": 0.2}, "distinct")],
)


def _where_above(x, low, g):
    return g if low is None else where(greater(x, low), g, 0.0)  # Python has no order of complex numbers, NumPy has


def _where_below(x, high, g):
    return g if high is None else where(less(x, high), g, 0.0)


def _clip(xp, x, low, high):
    """The library's, in the dtype of all three: the standard's has that of x, to which it casts bounds unasked."""
    if hasattr(xp, "ufunc"):
        return xp.clip(x, low, high)
    from .creation import joint_dtype, library_dtype

    parts = [x if hasattr(x, "dtype") else xp.asarray(x), *(part for part in (low, high) if part is not None)]
    dtype = library_dtype(parts[0], joint_dtype(parts))
    bounds = (xp.astype(part, dtype) if hasattr(part, "dtype") else part for part in (low, high))
    return xp.clip(xp.astype(parts[0], dtype), *bounds)


clip_between = elementwise(
    "clip",
    lambda g, out, x, low, high: _where_above(x, low, _where_below(x, high, g)),
    lambda g, out, x, low, high: where(less_equal(x, low), g, 0.0),
    lambda g, out, x, low, high: _where_above(x, low, where(greater_equal(x, high), g, 0.0)),
    library=_clip,
    examples=[Example(((3, 4), (), ()), domain=["distinct", (-1.0, -0.5), (0.5, 1.0)])],
)
fmod_remainder = elementwise(
    "remainder",
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * floor(x / y),
    domain=[(2.1, 2.8), (0.95, 1.0)],
)


def _fmod_by_division(xp, x, y):
    """x - y trunc(x / y): of an infinite y that is a finite x, and of an infinite x nothing."""
    return xp.where(xp.isinf(y) & xp.isfinite(x), x, x - y * xp.trunc(x / y))


fmod = elementwise(
    "fmod",
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * trunc(x / y),
    library=_fallback("fmod", _fmod_by_division),
    domain=[(2.1, 2.8), (0.95, 1.0)],
)


NOT_GIVEN = object()


def clip(a, a_min=NOT_GIVEN, a_max=NOT_GIVEN, *, min=NOT_GIVEN, max=NOT_GIVEN):
    """min(max(a, a_min), a_max), either bound ``None``; derivative 1 strictly inside, 0 at and beyond the bounds.

    By their newer names ``min`` and ``max`` either one may be left away. Raises `ValueError` for both spellings at once.
    """
    if (a_min is NOT_GIVEN) is not (a_max is NOT_GIVEN):
        raise TypeError("clip takes a_min and a_max, one of which may be None; or min=, max= or both")
    if a_min is not NOT_GIVEN and (min is not NOT_GIVEN or max is not NOT_GIVEN):
        raise ValueError("clip takes a_min and a_max, or min= and max=, and was given both")
    bounds = (min, max) if a_min is NOT_GIVEN else (a_min, a_max)
    if isinstance(a, int | float | complex) and backend_of(*map(innermost, bounds)).library == "numpy":
        from .shape import _array

        a = _array(a)  # as NumPy has it, of its own width beside narrow bounds
    return clip_between(a, *(None if bound is NOT_GIVEN else bound for bound in bounds))


def _float_power(xp, x, y):
    """The library's, in the dtype of its operands: NumPy's ufunc has float64 alone."""
    if not hasattr(xp, "float_power"):
        return xp.pow(x, y)
    dtypes = [operand.dtype for operand in (x, y) if hasattr(operand, "dtype")]
    return xp.astype(xp.asarray(xp.float_power(x, y)), xp.result_type(*dtypes))


wide_power = elementwise(
    "float_power", _power_in_base, _power_in_exponent, library=_float_power, examples=_POWER
)


def float_power(x1, x2):
    """x1 ** x2 in float64 at least."""
    from .shape import _array

    operands = [1.0 * x if isinstance(x, int) else x if isinstance(x, float | complex) else _array(x) for x in (x1, x2)]
    wide = "complex128" if any(map(_is_complex_number, operands)) else "float64"
    return wide_power(*(astype(x, wide) if hasattr(x, "dtype") else x for x in operands))


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """``x`` with NaN and the infinities replaced by numbers (the largest of the dtype by default), which are constants.
    """
    from .shape import _array

    x = _array(x)
    if nan is None or any(map(_is_complex_number, (nan, posinf, neginf))):
        raise TypeError(f"nan_to_num puts real numbers in, and was given nan={nan}, posinf={posinf}, neginf={neginf}")
    if is_complex(x):
        return from_parts(*(nan_to_num(part, True, nan, posinf, neginf) for part in (real(x), imag(x))))
    largest = backend_of(innermost(x)).xp.finfo(x.dtype).max
    high, low = float(largest) if posinf is None else posinf, -float(largest) if neginf is None else neginf
    out = where(isnan(x), nan, where(x == INF, high, where(x == -INF, low, x)))  # nan= may be infinite itself
    return out if out.dtype == x.dtype else astype(out, x.dtype)


def _is_complex_number(x):
    return isinstance(x, complex) or (hasattr(x, "dtype") and is_complex(x))


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether |a - b| <= atol + rtol |b|, or both are one infinity (with ``equal_nan``, or NaN); derivative zero."""
    near = (abs(a - b) <= atol + rtol * abs(b)) & isfinite(b) | equal(a, b)
    return near | (isnan(a) & isnan(b)) if equal_nan else near


# -- dtype ---------------------------------------------------------------------------------------------------

astype_primitive = linear(
    "astype",
    lambda g, x, dtype: g,  # the caller casts a cotangent to the dtype of its argument
    library=lambda xp, x, dtype: xp.astype(x, dtype),
    examples=[Example(((3, 4),), {"dtype": "float64"})],
)


def astype(x, dtype, *, copy=True):
    """``x`` in another dtype; the cotangent comes back in the dtype of ``x``."""
    from .creation import library_dtype

    target = library_dtype(x, dtype)
    if not dtype_name(target).startswith(("float", "complex")):
        return cast_to_discrete(x, dtype=target)
    return astype_primitive(x, dtype=target)


cast_to_discrete = constant(
    "cast_to_discrete",
    library=lambda xp, x, dtype: xp.astype(x, dtype),
    examples=[Example(((3, 4),), {"dtype": "int64"})],
)

# -- derivative zero -----------------------------------------------------------------------------------------

sign_primitive = constant("sign")


def sign(x):
    """-1, 0 or 1, with derivative zero; of a complex number x / |x|, which turns with it."""
    return _turning_sign(x) if hasattr(x, "dtype") and is_complex(x) else sign_primitive(x)


def _of_length_one(x):
    length = abs(x)
    turning = (length > 0) & (length < INF)
    return where(turning, x / where(turning, length, 1.0), sign_primitive(x))


_turning_sign = composed("sign_of_complex", _of_length_one, library="sign", examples=[Example(((3,),), {}, (0.5, 2.0))])


floor = constant("floor")
ceil = constant("ceil")
rounded = constant("round", library=lambda xp, x: xp.round(x))


def _rounded_to(xp, x, decimals):
    if hasattr(xp, "ufunc"):
        return xp.round(x, decimals)
    if is_complex(x):  # whose product with a number would multiply infinities by zero
        return _from_parts(xp, *(_rounded_to(xp, part, decimals) for part in (xp.real(x), xp.imag(x))))
    scale = 10.0 ** builtins.abs(decimals)
    return xp.round(x * scale) / scale if decimals > 0 else xp.round(x / scale) * scale


rounded_to = constant("round_to", library=_rounded_to, examples=[Example(((3, 4),), {"decimals": 1})])


def round(a, decimals=0):
    """The nearest number with so many decimals, the even one of two; derivative zero."""
    return rounded_to(a, decimals=operator.index(decimals)) if decimals else rounded(a)


trunc = constant("trunc")
rint = constant("rint", library=lambda xp, x: xp.rint(x) if hasattr(xp, "rint") else xp.round(_floats(xp, x)))
floor_divide = constant("floor_divide", arguments=2)
equal = constant("equal", arguments=2)
not_equal = constant("not_equal", arguments=2)
less = constant("less", arguments=2)
less_equal = constant("less_equal", arguments=2)
greater = constant("greater", arguments=2)
greater_equal = constant("greater_equal", arguments=2)
logical_and = constant("logical_and", arguments=2, domain="boolean")
logical_or = constant("logical_or", arguments=2, domain="boolean")
logical_xor = constant("logical_xor", arguments=2, domain="boolean")
logical_not = constant("logical_not", domain="boolean")
bitwise_and = constant("bitwise_and", arguments=2, domain="boolean")
bitwise_or = constant("bitwise_or", arguments=2, domain="boolean")
bitwise_xor = constant("bitwise_xor", arguments=2, domain="boolean")
bitwise_invert = constant("bitwise_invert", domain="boolean")
isfinite = constant("isfinite")
isnan = constant("isnan")
isinf = constant("isinf")
signbit = constant("signbit")

# NumPy's other spellings
absolute = abs
true_divide = divide
radians, degrees = deg2rad, rad2deg
pow = power
remainder = mod = fmod_remainder
asin, acos, atan, atan2, asinh, acosh, atanh = arcsin, arccos, arctan, arctan2, arcsinh, arccosh, arctanh
invert = bitwise_not = bitwise_invert
around = round
conjugate = conj

EXPORTS = {
    name: value
    for name, value in dict(globals()).items()
    if not name.startswith("_")
    and name
    not in {
        "pow_operator",
        "clip_between",
        "fmod_remainder",
        "astype_primitive",
        "cast_to_discrete",
        "ones_where",
        "is_positive",
        "points",
        "relu",
        "leaky_relu",
        "sign_primitive",
        "radius",
        "from_parts",
        "wide_power",
        "angle_primitive",
        "rounded",
        "rounded_to",
    }
    and (value in PRIMITIVES.values() or value in (clip, astype, nan_to_num, sign, angle, isclose, float_power, round))
}
