"""Exponentials and logarithms: where one undoes the other. `algebra` lists what of it is inexact."""

from __future__ import annotations

import math

from .algebra import fits, is_number, made_by, rule
from .factors import factor_pairs, times


@rule("log")
def logarithms_undo_exponentials(equation, defined):
    """log(exp(x)) = x."""
    inner = made_by(equation.inputs[0], "exp", defined)
    return inner.inputs[0] if inner and fits(inner.inputs[0], equation.outputs[0]) else None


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
    shift = _number_beside(t, exp.inputs[0], defined)
    return c if shift is not None and math.isclose(math.exp(shift), c, rel_tol=4e-16) else None


def _number_beside(t, x, defined):
    """The number a of at most 1 for which x is t + a; ``None`` if there is none."""
    if x is t:
        return 0.0
    total = made_by(x, "add", defined)
    for a, y in (total.inputs, total.inputs[::-1]) if total else ():
        if y is t and is_number(a) and abs(a) <= 1.0:
            return a
    return None
