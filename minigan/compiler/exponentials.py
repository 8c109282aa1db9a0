"""Exponentials and logarithms: where one undoes the other. `algebra` lists what of it is inexact."""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from .algebra import fits, is_number, made_by, rule
from .factors import factor_pairs, takes_numbers, times


@rule("log")
def logarithms_undo_exponentials(equation, defined):
    """log(exp(x)) = x."""
    inner = made_by(equation.inputs[0], "exp", defined)
    return inner.inputs[0] if inner and fits(inner.inputs[0], equation.outputs[0]) else None


@rule("exp")
def numbers_leave_exponentials(equation, defined):
    """exp(x + a) = exp(a) * exp(x) for a number a in [-1, 1], where every reader takes the factor: a pass less."""
    (out,) = equation.outputs
    x, a = _with_number(equation.inputs[0], defined)
    if a is None or not fits(x, out) or out.dtype not in ("float32", "float64") or not takes_numbers(out, defined):
        return None
    power = Variable(f"{out.name}_power", out.shape, out.dtype)
    return [Equation(PRIMITIVES["exp"], (x,), {}, (power,)), ("multiply", (power, math.exp(a)), {})]


@rule("multiply")
def complements_cancel(equation, defined):
    """(a / (c - exp(t + log(c)))) * expm1(t) = -a / c for numbers a and c, also with one more factor between them."""
    for quotient, minus_complement, rest in factor_pairs(equation, defined):
        inner, expm1 = made_by(quotient, "divide", defined), made_by(minus_complement, "expm1", defined)
        if inner and expm1 and is_number(inner.inputs[0]):
            c = _complemented(inner.inputs[1], expm1.inputs[0], defined)
            if c is not None:
                return times(-inner.inputs[0] / c, rest, equation.outputs[0])
    return None


def _complemented(x, t, defined):
    """The number c where x is c - exp(t + log(c)), which is -c expm1(t); ``None`` for anything else."""
    difference = made_by(x, "subtract", defined)
    c, power = difference.inputs if difference else (None, None)
    exp = made_by(power, "exp", defined)
    if exp is None or not is_number(c):
        return None
    x, shift = (t, 0.0) if exp.inputs[0] is t else _with_number(exp.inputs[0], defined)
    return c if x is t and math.isclose(math.exp(shift), c, rel_tol=4e-16) else None


def _with_number(x, defined):
    """y and a where x is y + a for a number a in [-1, 1], also written as y - (-a); ``None`` twice if it is not."""
    total, difference = made_by(x, "add", defined), made_by(x, "subtract", defined)
    y, a = total.inputs if total else difference.inputs if difference else (None, None)
    if total and is_number(y):
        y, a = a, y
    if not is_number(a) or not abs(a) <= 1.0:
        return None, None
    return y, a if total else -a
