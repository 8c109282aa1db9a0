"""Numbers times masks: on NumPy, the last thing that happens to the slopes of what has a kink.

A mean's gradient is one number everywhere, so the slope of max(x, y), g for a win, g / 2 for a tie and 0 else, is
points times g / 2: points are 2, 1 and 0, counted in bytes from comparisons, a sixth of the time of two choices among
floats. Slopes of relu, leaky_relu, |x| and min(max(x, a), b) are such products as well. All of it leaves every bit of long
arrays, and the shorter ones as they are; `bounds` has rules for values.
"""

from __future__ import annotations

import math

import numpy as np

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from ..choosing import LONG_ENOUGH
from .algebra import dtype_of, fits, is_number, made_by, shape_of, simplify, uniform_value
from .algebra import rule as rule_in

MASKS: dict[str, list] = {}


def rule(*names):
    return rule_in(*names, table=MASKS)


def with_masks(program: Program) -> Program:
    """The program with these rules applied."""
    return simplify(program, MASKS)


def is_long(x) -> bool:
    """Whether it is worth while, and among the dtypes that masks are for."""
    return x.dtype in ("float32", "float64") and math.prod(x.shape) >= LONG_ENOUGH


def _number(x, out, beside):
    """The finite number that ``x`` is everywhere, where the array ``beside`` it has the shape of ``out`` already."""
    if not is_number(x):
        with np.errstate(all="ignore"):
            x = uniform_value(x) if shape_of(beside) == out.shape and dtype_of(x) == out.dtype else None
    return x if is_number(x) and math.isfinite(x) else None


def _new(out, name, dtype, *inputs, **params) -> Equation:
    """An equation on the way to ``out``."""
    shape = np.broadcast_shapes(*map(shape_of, inputs))
    made = Variable(f"{out.name}_{name}", tuple(map(int, shape)), dtype)
    return Equation(PRIMITIVES[name], inputs, params, (made,))


def number_and_array(equation, defined):
    """The number and the array where the equation is their product; ``None`` twice for anything else."""
    for a, x in (equation.inputs, equation.inputs[::-1]):
        if is_number(a) and math.isfinite(a) and isinstance(x, Variable):
            return a, x
    return None, None


# -- choices between numbers -------------------------------------------------------------------------------------


@rule("multiply")
def masks_choose_numbers(equation, defined):
    """a * [x > 0] is a choice between a and 0, which has the sign of a, and a * max([x > 0], s) one between a and a s for
    a number s in [0, 1]."""
    (out,) = equation.outputs
    a, mask = number_and_array(equation, defined)
    if a is None or not is_long(out) or mask.dtype != out.dtype or defined.readers[mask] > 1:
        return None
    bound, other = made_by(mask, "maximum", defined) or made_by(mask, "clip", defined), 0.0
    if bound:
        first, other = bound.inputs[:2]
        mask, other = (other, first) if is_number(first) else (first, other)
        if not is_number(other) or not 0 <= other <= 1 or (len(bound.inputs) == 3 and bound.inputs[2] != math.inf):
            return None
    positive = made_by(mask, "is_positive", defined)
    if positive is None or mask.dtype != out.dtype:
        return None
    condition = _new(out, "greater", "bool", positive.inputs[0], 0.0)
    with np.errstate(under="ignore"):
        below = (np.asarray(a, out.dtype) * np.asarray(other, out.dtype)).item()
    return [condition, ("where", (condition.outputs[0], a, below), {})]


@rule("multiply")
def constants_meet_masks(equation, defined):
    """A constant array, the same everywhere, times truth values is a choice between it and 0."""
    (out,) = equation.outputs
    for x, mask in (equation.inputs, equation.inputs[::-1]):
        if dtype_of(mask) == "bool" and not isinstance(x, Variable) and not is_number(x) and is_long(out):
            a = _number(x, out, mask)
            return None if a is None else ("where", (mask, a, math.copysign(0.0, a)), {})
    return None


@rule("multiply")
def numbers_enter_choices(equation, defined):
    """k * where(c, a, b) is where(c, k a, k b) for numbers."""
    (out,) = equation.outputs
    k, x = number_and_array(equation, defined)
    choice = made_by(x, "where", defined) if k is not None else None
    if choice is None or not is_long(out) or x.dtype != out.dtype or defined.readers[x] > 1:
        return None
    sides = [_number(side, x, choice.inputs[0]) for side in choice.inputs[1:]]
    if None in sides or shape_of(choice.inputs[0]) != out.shape:
        return None
    with np.errstate(all="ignore"):
        sides = [(np.asarray(k, out.dtype) * np.asarray(side, out.dtype)).item() for side in sides]
    return "where", (choice.inputs[0], *sides), {}


@rule("where")
def other_sides_are_what_is_left(equation, defined):
    """where(c, 0, a) is a - where(c, a, 0) for a positive number a, where that is there."""
    condition, nothing, a = equation.inputs
    (out,) = equation.outputs
    a = _number(a, out, condition)
    if a is None or not a > 0 or _number(nothing, out, condition) != 0 or not is_long(out) or defined.uses[out]:
        return None  # what is read in a sum may be one choice with it
    for use in defined.uses[condition]:
        if use.primitive.name == "where" and use.inputs[0] is condition and use.outputs[0] in defined:
            taken, rest = (_number(x, out, condition) for x in use.inputs[1:])
            if taken == a and rest == 0 and fits(use.outputs[0], out):
                return "subtract", (a, use.outputs[0]), {}
    return None


@rule("add", "subtract")
def choices_of_numbers_meet(equation, defined):
    """where(c, a, 0) + where(c, 0, b) is where(c, a, b) for numbers, and differences alike."""
    (out,) = equation.outputs
    first, second = (made_by(x, "where", defined) for x in equation.inputs)
    if not (first and second) or first.inputs[0] is not second.inputs[0] or not is_long(out):
        return None
    if any(defined.readers[x] > 1 for x in equation.inputs):
        return None
    sides = [[_number(x, out, e.inputs[0]) for x in e.inputs[1:]] for e in (first, second)]
    sign = 1 if equation.primitive.name == "add" else -1
    if any(None in side for side in sides) or not all(0 in pair for pair in zip(*sides)):
        return None
    return "where", (first.inputs[0], *(a + sign * b for a, b in zip(*sides))), {}


# -- points ------------------------------------------------------------------------------------------------------


@rule("where")
def ties_count_half(equation, defined):
    """where(t, a / 2, where(w, a, 0)) is points(w, t) * (a / 2) for a number a, and where a is such a product itself."""
    ties, half, rest = equation.inputs
    (out,) = equation.outputs
    inner = made_by(rest, "where", defined)
    if inner is None or not is_long(out) or defined.readers[rest] > 1 or shape_of(ties) != out.shape:
        return None
    wins, whole, nothing = inner.inputs
    if shape_of(wins) != out.shape or not all(dtype_of(c) == "bool" for c in (ties, wins)):
        return None
    if _number(nothing, out, wins) != 0 or (is_number(nothing) and math.copysign(1, nothing) < 0):
        return None
    count = _points(out, wins, ties, defined)
    a, b = _number(whole, out, wins), _number(half, out, ties)
    if a is not None and b is not None and b == a / 2 and _ordinary(b, out.dtype):
        return _times(count, b, out)
    product, halved = made_by(whole, "multiply", defined), made_by(half, "multiply", defined)
    number, before = number_and_array(product, defined) if product else (None, None)
    k, whole_again = number_and_array(halved, defined) if halved else (None, None)
    if number is None or whole_again is not whole or k != 0.5 or not made_by(before, "points", defined):
        return None
    if not number > 0 or not _ordinary(number / 2, out.dtype):
        return None
    return _times([*count, _new(out, "multiply", "int8", before, count[-1].outputs[0])], number / 2, out)


def _points(out, wins, ties, defined) -> list[Equation]:
    """Equations that count two for a win and one for a tie, where that is no win: a win counts in x > y and in x >= y."""
    won, same = (made_by(wins, "greater", defined) or made_by(wins, "less", defined)), made_by(ties, "equal", defined)
    if won and same and (same.inputs == won.inputs or same.inputs == won.inputs[::-1]):
        if defined.readers[ties] > 1:
            return [_new(out, "points", "int8", wins, ties)]
        either = _new(out, f"{won.primitive.name}_equal", "bool", *won.inputs)
        return [either, _new(out, "points", "int8", wins, either.outputs[0], inclusive=True)]
    only = _new(out, "greater", "bool", wins, ties)
    return [only, _new(out, "points", "int8", only.outputs[0], ties)]


def _ordinary(number, dtype) -> bool:
    """Whether a few times the number, and half of it, are exact."""
    return 1e-30 < abs(number) < 1e30 if dtype == "float32" else 1e-250 < abs(number) < 1e250


def _times(made, number, out) -> list:
    """Equations with the product of what they make, counts, with a number; of a count of zero, zero without a sign."""
    if number < 0:
        made.append(_new(out, "negative", "int8", made[-1].outputs[0]))
    return [*made, ("multiply", (made[-1].outputs[0], abs(number)), {})]


@rule("add", "subtract")
def counts_gather(equation, defined):
    """m a + n a is (m + n) a for counts m and n and a number a, and differences alike."""
    (out,) = equation.outputs
    first, second = (made_by(x, "multiply", defined) for x in equation.inputs)
    if not (first and second) or any(defined.readers[x] > 1 for x in equation.inputs):
        return None
    (a, m), (b, n) = number_and_array(first, defined), number_and_array(second, defined)
    won, lost = made_by(m, "points", defined), made_by(n, "points", defined)
    if a is None or a != b or not a > 0 or not (won and lost):
        return None
    x = _of_one(won, lost, defined) if equation.primitive.name == "subtract" else None
    if x is not None and dtype_of(x) == out.dtype:
        return "sign", (x, *_sizes(x, defined, out)), {"times": np.asarray(2 * a, out.dtype), "of_nan": 0.0}
    counted = _new(out, equation.primitive.name, "int8", m, n)
    return [counted, ("multiply", (counted.outputs[0], a), {})]


@rule("add")
def slopes_of_both_sides_meet(equation, defined):
    """m a + (n a) b for points m of x > y and n of y > x, as max(x, b x) has them: see `choosing.of_the_larger`."""
    (out,) = equation.outputs
    for one, other in (equation.inputs, equation.inputs[::-1]):
        products = [made_by(x, "multiply", defined) for x in (one, other)]
        if None in products or any(defined.readers[x] > 1 for x in equation.inputs):
            return None
        (a, m), (b, rest) = (number_and_array(product, defined) for product in products)
        inner = made_by(rest, "multiply", defined)
        c, n = number_and_array(inner, defined) if inner and defined.readers[rest] == 1 else (None, None)
        won, lost = made_by(m, "points", defined), made_by(n, "points", defined)
        if not (won and lost) or won.params or lost.params or a != c or not a > 0 or not _ordinary(a, out.dtype):
            continue
        above, below = (made_by(e.inputs[0], "greater", defined) for e in (won, lost))
        same = above and below and above.inputs == below.inputs[::-1] and won.inputs[1] is lost.inputs[1]
        if not same or not all(fits(x, out) for x in above.inputs):
            continue
        half = np.asarray(a, out.dtype)
        numbers = {"first": 2 * half, "second": 2 * (half * np.asarray(b, out.dtype))}
        return ("points", above.inputs, numbers) if _ordinary(numbers["second"], out.dtype) else None
    return None


def _of_one(won, lost, defined):
    """x where the counts are of x > 0 and of x < 0, with one tie."""
    above, below = made_by(won.inputs[0], "greater", defined), made_by(lost.inputs[0], "less", defined)
    same = won.inputs[1] is lost.inputs[1] and not (won.params or lost.params)
    if not (same and above and below and above.inputs[0] is below.inputs[0]):
        return None
    return above.inputs[0] if all(is_number(e.inputs[1]) and e.inputs[1] == 0 for e in (above, below)) else None


# -- signs --------------------------------------------------------------------------------------------


@rule("multiply")
def numbers_take_signs(equation, defined):
    """a * sign(x) for a number a in one, see `choosing.signed`, beside |x| if that is there."""
    (out,) = equation.outputs
    a, x = number_and_array(equation, defined)
    sign = made_by(x, "sign", defined) if a is not None else None
    if sign is None or sign.params or not is_long(out) or defined.readers[x] > 1 or dtype_of(sign.inputs[0]) != out.dtype:
        return None
    return "sign", (*sign.inputs, *_sizes(sign.inputs[0], defined, out)), {"times": np.asarray(a, out.dtype)}


def _sizes(x, defined, out) -> list:
    """|x| in a list, where it is there already."""
    sizes = (use.outputs[0] for use in defined.uses[x] if use.primitive.name in ("abs", "fabs"))
    return [y for y in sizes if y in defined and y.dtype == out.dtype][:1]
