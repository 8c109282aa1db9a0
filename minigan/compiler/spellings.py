"""Spellings: what users write for functions that have names, where the value is the same. `algebra` lists what of it is
inexact."""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from .algebra import dtype_of, fits, is_number, made_by, rule, uniform_value
from .signs import negated

_MIRRORED = {"less": "greater", "less_equal": "greater_equal", "greater": "less", "greater_equal": "less_equal"}


@rule("maximum", "minimum")
def larger_of_both_signs(equation, defined):
    """max(x, -x) = |x| and min(x, -x) = -|x|, which leave the sign of a zero."""
    (out,) = equation.outputs
    x, _ = _both_signs(equation, defined)
    if x is None or not fits(x, out):
        return None
    if equation.primitive.name == "maximum":
        return "abs", (x,), {}
    size = Variable(f"{out.name}_size", out.shape, out.dtype)
    return [Equation(PRIMITIVES["abs"], (x,), {}, (size,)), ("negative", (size,), {})]


@rule("less", "less_equal", "greater", "greater_equal", "equal")
def both_signs_compared(equation, defined):
    """Exact: x > -x where x > 0, and so for every comparison of x with -x."""
    x, first = _both_signs(equation, defined)
    name = equation.primitive.name
    return None if x is None else (name if first else _MIRRORED.get(name, name), (x, 0.0), {})


def _both_signs(equation, defined):
    """x where the operands are x and -x, floats, and whether x comes first; ``None`` for anything else."""
    for i, x in enumerate(equation.inputs):
        if isinstance(x, Variable) and negated(equation.inputs[1 - i], defined) is x:
            return x, i == 0
    return None, False


@rule("where")
def choices_by_sign(equation, defined):
    """where(x > 0, x, a x) = max(x, a x) for a number a in (0, 1), exactly, and where(x > 0, x, -x) = |x|, which leaves
    the sign of a zero; with >=, < and <= alike."""
    condition, *sides = equation.inputs
    (out,) = equation.outputs
    for name in _MIRRORED:
        compared = made_by(condition, name, defined)
        if compared is None or not (is_number(compared.inputs[1]) and compared.inputs[1] == 0):
            continue
        x = compared.inputs[0]
        above, below = sides if name.startswith("greater") else sides[::-1]
        if not isinstance(x, Variable) or above is not x or not fits(x, out) or dtype_of(x) not in ("float32", "float64"):
            return None
        if negated(below, defined) is x:
            return "abs", (x,), {}
        scaled = made_by(below, "multiply", defined)
        for a, y in (scaled.inputs, scaled.inputs[::-1]) if scaled else ():
            if y is x and is_number(a) and 0 < a < 1:
                return "maximum", (x, below), {}
    return None


@rule("where")
def choices_already_made(equation, defined):
    """With m = min(x, 0): where(x > 0, a, a exp(m)) = a exp(m), exactly, and where(x > 0, x, expm1(m)) = max(x, 0) +
    expm1(m), which leaves the sign of a zero."""
    condition, above, below = equation.inputs
    (out,) = equation.outputs
    compared = made_by(condition, "greater", defined) or made_by(condition, "greater_equal", defined)
    x, zero = compared.inputs if compared else (None, None)
    if not (is_number(zero) and zero == 0 and isinstance(x, Variable) and fits(x, out) and fits(below, out)):
        return None
    if above is x and _of_lesser(below, "expm1", x, defined):
        positive = Variable(f"{out.name}_positive", out.shape, out.dtype)
        return [Equation(PRIMITIVES["maximum"], (x, 0.0), {}, (positive,)), ("add", (positive, below), {})]
    product = made_by(below, "multiply", defined)
    for a, power in (product.inputs, product.inputs[::-1]) if product else ((1.0, below),):
        same = above is a if isinstance(above, Variable) else is_number(a) and _value(above) == a
        if same and _of_lesser(power, "exp", x, defined):
            return below
    return None


def _value(x):
    """The number that a constant is everywhere; ``None`` if there is none."""
    return x if is_number(x) else uniform_value(x)


def _of_lesser(y, name, x, defined) -> bool:
    """Whether ``y`` is the function called ``name`` of min(x, 0)."""
    function = made_by(y, name, defined)
    minimum = made_by(function.inputs[0], "minimum", defined) if function else None
    orders = (minimum.inputs, minimum.inputs[::-1]) if minimum else ()
    return any(a is x and is_number(b) and b == 0 for a, b in orders)


@rule("where")
def choices_that_bound(equation, defined):
    """Exact: where(x < a, a, x) = max(a, x) and where(x > a, a, x) = min(a, x) for a number a."""
    condition, bound, x = equation.inputs
    (out,) = equation.outputs
    for name, found in (("less", "maximum"), ("greater", "minimum")):
        compared = made_by(condition, name, defined)
        if compared and compared.inputs[0] is x and isinstance(x, Variable) and fits(x, out) and is_number(bound):
            same = is_number(compared.inputs[1]) and compared.inputs[1] == bound and dtype_of(x).startswith("float")
            return (found, (bound, x), {}) if same else None
    return None


@rule("where")
def logarithms_of_more_than_one(equation, defined):
    """Exact: max(x, a) + log1p(exp(y)) is never -inf, which the slope of logaddexp asks for, nor is it with -min(x, a)."""
    condition, _, otherwise = equation.inputs
    compared = made_by(condition, "equal", defined)
    total, end = compared.inputs if compared else (None, None)
    if not (is_number(end) and end == -math.inf) or not fits(otherwise, equation.outputs[0]):
        return None
    added, difference = made_by(total, "add", defined), made_by(total, "subtract", defined)
    orders = (added.inputs, added.inputs[::-1]) if added else (difference.inputs,) if difference else ()
    for logarithm, bounded in orders:
        bound, log1p = made_by(bounded, "maximum" if added else "minimum", defined), made_by(logarithm, "log1p", defined)
        if bound and log1p and made_by(log1p.inputs[0], "exp", defined):
            return otherwise if any(is_number(a) and abs(a) < math.inf for a in bound.inputs) else None
    return None


@rule("multiply")
def truth_values_times_floats(equation, defined):
    """Exact: x * (y > 0) = x * [y > 0], a one or a zero of the dtype that x and y have, which no product has to cast."""
    (out,) = equation.outputs
    for mask, x in (equation.inputs, equation.inputs[::-1]):
        compared = made_by(mask, "greater", defined)
        if not compared or dtype_of(x) != out.dtype or out.dtype not in ("float32", "float64") or out.shape == ():
            continue
        y, zero = compared.inputs
        if is_number(zero) and zero == 0 and isinstance(y, Variable) and (y.shape, y.dtype) == (mask.shape, out.dtype):
            ones = Variable(f"{out.name}_mask", mask.shape, out.dtype)
            return [Equation(PRIMITIVES["is_positive"], (y,), {}, (ones,)), ("multiply", (x, ones), {})]
    return None
