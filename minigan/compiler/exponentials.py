"""Exponentials and logarithms: where one undoes the other. `algebra` lists what of it is inexact."""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from .algebra import dtype_of, fits, is_number, made_by, rule, uniform_value
from .factors import factor_pairs, takes_numbers, times
from .signs import negated


@rule("log")
def logarithms_undo_exponentials(equation, defined):
    """log(exp(x)) = x."""
    inner = made_by(equation.inputs[0], "exp", defined)
    return inner.inputs[0] if inner and fits(inner.inputs[0], equation.outputs[0]) else None


@rule("log", "log1p")
def logarithms_are_shared(equation, defined):
    """Exact: log(where(c, 1, y)) = where(c, 0, log(y)) where log(y) is taken anyhow, and log1p(where(c, 0, y)) alike."""
    (out,) = equation.outputs
    name, (x,) = equation.primitive.name, equation.inputs
    choice = made_by(x, "where", defined)
    if choice is None or dtype_of(x) != out.dtype:
        return None
    condition, *sides = choice.inputs
    unit = 1 if name == "log" else 0
    for i, y in enumerate(sides):
        if not (is_number(sides[1 - i]) and sides[1 - i] == unit and isinstance(y, Variable) and fits(y, out)):
            continue
        if any(use.primitive.name == name for use in defined.uses[y]):
            taken = Variable(f"{out.name}_taken", out.shape, out.dtype)
            found = (taken, 0.0) if i == 0 else (0.0, taken)
            return [Equation(PRIMITIVES[name], (y,), {}, (taken,)), ("where", (condition, *found), {})]
    return None


@rule("multiply")
def sigmoids_of_both_signs(equation, defined):
    """sigma(x) sigma(-x) = e / (1 + e)^2 with e = exp(-|x|), also with one more factor between them."""
    (out,) = equation.outputs
    for first, second, rest in _three_factors(equation, defined):
        (e, x, whole), (other_e, minus_x, other) = sigmoid_of(first, defined), sigmoid_of(second, defined)
        if e is None or e is not other_e or whole is not other or negated(minus_x, defined) is not x:
            continue
        square, share = (Variable(f"{out.name}_{name}", out.shape, out.dtype) for name in ("square", "share"))
        squared = Equation(PRIMITIVES["square"], (whole,), {}, (square,))
        if rest is None:
            return [squared, ("divide", (e, square), {})]
        return [squared, Equation(PRIMITIVES["divide"], (e, square), {}, (share,)), ("multiply", (rest, share), {})]
    return None


@rule("add")
def slopes_of_softplus_written_out(equation, defined):
    """-a / (1 + e) e sign(x) + (a, a / 2 or 0 as x > 0, x = 0 or neither) = a max(e, [x > 0]) / (1 + e) with e = exp(-|x|)
    and a number a: the slope of max(x, 0) + log1p(e)."""
    (out,) = equation.outputs
    for first, second in (equation.inputs, equation.inputs[::-1]):
        x, a = _tied_at_zero(second, defined)
        e, whole = _minus_share(first, x, a, defined) if x is not None and fits(x, out) else (None, None)
        if e is None:
            continue
        mask, above, share = (Variable(f"{out.name}_{name}", out.shape, out.dtype) for name in ("mask", "above", "share"))
        return [
            Equation(PRIMITIVES["is_positive"], (x,), {}, (mask,)),
            Equation(PRIMITIVES["maximum"], (e, mask), {}, (above,)),
            Equation(PRIMITIVES["divide"], (above, whole), {}, (share,)),
            ("multiply", (share, a), {}),
        ]
    return None


def _tied_at_zero(y, defined):
    """x and a where ``y`` is a for x > 0, a / 2 for x = 0 and 0 elsewhere; ``None`` twice for anything else."""
    tied = made_by(y, "where", defined)
    rest = made_by(tied.inputs[2], "where", defined) if tied else None
    same = made_by(tied.inputs[0], "equal", defined) if rest else None
    above = made_by(rest.inputs[0], "greater", defined) if same else None
    if not above or above.inputs[0] is not same.inputs[0]:
        return None, None
    zeros = (above.inputs[1], same.inputs[1], rest.inputs[2])
    half, a = ((x if is_number(x) else uniform_value(x)) for x in (tied.inputs[1], rest.inputs[1]))
    if any(not (is_number(z) and z == 0) for z in zeros) or a is None or half != a / 2:
        return None, None
    return above.inputs[0], a


def _minus_share(y, x, a, defined):
    """e and 1 + e where ``y`` is -a / (1 + e) e sign(x) with e = exp(-|x|); ``None`` twice for anything else."""
    turned = made_by(y, "multiply", defined)
    for product, sign in (turned.inputs, turned.inputs[::-1]) if turned else ():
        inner, signed = made_by(product, "multiply", defined), made_by(sign, "sign", defined)
        for quotient, e in (inner.inputs, inner.inputs[::-1]) if inner and signed and signed.inputs[0] is x else ():
            divided, power = made_by(quotient, "divide", defined), made_by(e, "exp", defined)
            size = negated(power.inputs[0], defined) if divided and power else None
            more = made_by(divided.inputs[1], "add", defined) if size is not None else None
            absolute = made_by(size, "abs", defined) if more else None
            ours = absolute and absolute.inputs[0] is x and is_number(divided.inputs[0]) and divided.inputs[0] == -a
            if ours and any(b is e and is_number(one) and one == 1 for one, b in (more.inputs, more.inputs[::-1])):
                return e, divided.inputs[1]
    return None, None


def _three_factors(equation, defined):
    """Two factors of a product in both orders, and the third, which may be a number, or ``None``."""
    x, y = equation.inputs
    yield from ((x, y, None), (y, x, None))
    for whole, second in ((x, y), (y, x)):
        inner = made_by(whole, "multiply", defined)
        for first, rest in (inner.inputs, inner.inputs[::-1]) if inner else ():
            yield from ((first, second, rest), (second, first, rest))


def sigmoid_of(y, defined):
    """e, x and 1 + e where ``y`` is max(e, [x > 0]) / (1 + e); ``None`` three times for anything else."""
    quotient = made_by(y, "divide", defined)
    above, below = quotient.inputs if quotient else (None, None)
    larger, more = made_by(above, "maximum", defined), made_by(below, "add", defined)
    if larger and more:
        for e, mask in (larger.inputs, larger.inputs[::-1]):
            positive = made_by(mask, "is_positive", defined)
            if positive and any(a is e and is_number(b) and b == 1 for a, b in (more.inputs, more.inputs[::-1])):
                return e, positive.inputs[0], below
    return None, None, None


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
