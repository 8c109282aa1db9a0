"""Choices: where two with one condition are one. The slope of a function given in two pieces is a sum of such pairs.

`algebra` lists what of it is inexact. The slope of an elu is one choice for three, value and slope 15 % faster so.
"""

from __future__ import annotations

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from .algebra import broadcast, dtype_of, fits, is_number, made_by, rule, shape_of


@rule("where")
def choices_in_choices(equation, defined):
    """Exact: where(c, x, where(c, z, y)) = where(c, x, y), also with a factor beside the inner choice; and so for x."""
    condition, *sides = equation.inputs
    (out,) = equation.outputs
    for i, side in enumerate(sides):
        inner = _choice(side, condition, defined)
        if inner is not None:
            return _if_alike(out, condition, _with(sides, i, inner.inputs[1 + i]))
        product = made_by(side, "multiply", defined)
        for choice, factor in (product.inputs, product.inputs[::-1]) if product else ():
            inner = _choice(choice, condition, defined)
            if inner is None or defined.readers[side] > 1 or defined.readers[choice] > 1:
                continue
            taken = inner.inputs[1 + i]
            if broadcast(taken, factor) == side.shape and side.dtype in (dtype_of(taken), dtype_of(factor)):
                made = Variable(f"{out.name}_product", side.shape, side.dtype)
                found = _if_alike(out, condition, _with(sides, i, made))
                return found and [Equation(PRIMITIVES["multiply"], (taken, factor), {}, (made,)), found]
    return None


@rule("where")
def conditions_meet(equation, defined):
    """Exact: where(c, where(d, x, 0), 0) = where(c and d, x, 0), whatever the number is in the place of 0."""
    (out,) = equation.outputs
    condition, x, y = equation.inputs
    inner = made_by(x, "where", defined)
    if inner is None or defined.readers[x] > 1 or not is_number(y) or repr(inner.inputs[2]) != repr(y):
        return None
    other, taken, _ = inner.inputs
    if not (dtype_of(condition) == dtype_of(other) == "bool" and shape_of(condition) == shape_of(other) == out.shape):
        return None
    both = Variable(f"{out.name}_both", out.shape, "bool")
    found = _if_alike(out, both, (taken, y))
    return found and [Equation(PRIMITIVES["logical_and"], (condition, other), {}, (both,)), found]


_THROUGH = {"maximum": lambda number, bound: number > bound, "minimum": lambda number, bound: number < bound}


@rule("less", "less_equal", "greater", "greater_equal", "equal")
def bounds_are_seen_through(equation, defined):
    """Exact: max(x, a) < b is x < b for numbers a < b, and so for every comparison, and for min(x, a) where a > b."""
    for i, bounded in enumerate(equation.inputs):
        number = equation.inputs[1 - i]
        for name, is_beyond in _THROUGH.items():
            inner = made_by(bounded, name, defined)
            if inner is None or not is_number(number) or dtype_of(bounded) not in ("float32", "float64"):
                continue
            x, bound = inner.inputs if is_number(inner.inputs[1]) else inner.inputs[::-1]
            if is_number(bound) and fits(x, bounded) and is_beyond(number, bound):
                return equation.primitive.name, (x, number) if i == 0 else (number, x), {}
    return None


@rule("add")
def choices_complete_one_another(equation, defined):
    """where(c, x, 0) + where(c, 0, y) = where(c, x, y), which leaves the sign of a zero."""
    (out,) = equation.outputs
    for first, second in (equation.inputs, equation.inputs[::-1]):
        above = made_by(first, "where", defined)
        below = _choice(second, above.inputs[0], defined) if above else None
        if below and _is_zero(above.inputs[2]) and _is_zero(below.inputs[1]):
            return _if_alike(out, above.inputs[0], (above.inputs[1], below.inputs[2]))
    return None


def _choice(x, condition, defined):
    """The equation that makes ``x`` a choice by this very condition."""
    inner = made_by(x, "where", defined)
    return inner if inner is not None and inner.inputs[0] is condition else None


def _with(sides, i, x) -> tuple:
    return tuple(x if i == j else side for j, side in enumerate(sides))


def _is_zero(x) -> bool:
    return is_number(x) and x == 0


def _if_alike(out, condition, sides):
    """The choice, where it has the shape and dtype of ``out``; two numbers would decide on a dtype by themselves."""
    dtypes = {dtype_of(x) for x in sides if not is_number(x)}
    alike = dtypes == {out.dtype} and out.dtype.startswith("float") and broadcast(condition, *sides) == out.shape
    return ("where", (condition, *sides), {}) if alike else None
