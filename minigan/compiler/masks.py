"""Numbers times masks: on NumPy, the last thing that happens to the slopes of what has a kink.

A mean's gradient is one number everywhere, so the slope of max(x, y), g for a win, g / 2 for a tie and 0 else, is
points times g / 2: points are 2, 1 and 0, counted in bytes from comparisons, a sixth of the time of two choices among
floats. Slopes of relu, leaky_relu, |x| and min(max(x, a), b) are such products as well, and the bounds themselves one
``np.clip``, which takes numbers four times faster than ``np.maximum``. All of it leaves every bit of long arrays but for
the sign of a zero in max(x, 0) + expm1(y) and min(x, 0) - log1p(y), and the shorter ones as they are.
"""

from __future__ import annotations

import math

import numpy as np

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from ..choosing import LONG_ENOUGH
from .algebra import dtype_of, fits, is_number, made_by, shape_of, simplify, uniform_value
from .algebra import rule as rule_in
from .blocks import WORTHWHILE
from .operands import LONGEST_ROW, compared_shape

MASKS: dict[str, list] = {}
_DEAF = """
    sum dot matmul abs square exp equal not_equal less less_equal greater greater_equal is_positive isnan isfinite isinf
"""
DEAF = frozenset(_DEAF.split())  # what reads 0 and -0 alike


def rule(*names):
    return rule_in(*names, table=MASKS)


def with_masks(program: Program) -> Program:
    """The program with these rules applied."""
    return simplify(program, MASKS)


def _long(x) -> bool:
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


def _factors(equation, defined):
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
    a, mask = _factors(equation, defined)
    if a is None or not _long(out) or mask.dtype != out.dtype or defined.readers[mask] > 1:
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
        if dtype_of(mask) == "bool" and not isinstance(x, Variable) and not is_number(x) and _long(out):
            a = _number(x, out, mask)
            return None if a is None else ("where", (mask, a, math.copysign(0.0, a)), {})
    return None


@rule("multiply")
def numbers_enter_choices(equation, defined):
    """k * where(c, a, b) is where(c, k a, k b) for numbers."""
    (out,) = equation.outputs
    k, x = _factors(equation, defined)
    choice = made_by(x, "where", defined) if k is not None else None
    if choice is None or not _long(out) or x.dtype != out.dtype or defined.readers[x] > 1:
        return None
    sides = [_number(side, x, choice.inputs[0]) for side in choice.inputs[1:]]
    if None in sides or shape_of(choice.inputs[0]) != out.shape:
        return None
    with np.errstate(all="ignore"):
        sides = [(np.asarray(k, out.dtype) * np.asarray(side, out.dtype)).item() for side in sides]
    return "where", (choice.inputs[0], *sides), {}


@rule("add", "subtract")
def choices_of_numbers_meet(equation, defined):
    """where(c, a, 0) + where(c, 0, b) is where(c, a, b) for numbers, and differences alike."""
    (out,) = equation.outputs
    first, second = (made_by(x, "where", defined) for x in equation.inputs)
    if not (first and second) or first.inputs[0] is not second.inputs[0] or not _long(out):
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
    if inner is None or not _long(out) or defined.readers[rest] > 1 or shape_of(ties) != out.shape:
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
    number, before = _factors(product, defined) if product else (None, None)
    k, whole_again = _factors(halved, defined) if halved else (None, None)
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
    (a, m), (b, n) = _factors(first, defined), _factors(second, defined)
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
        (a, m), (b, rest) = (_factors(product, defined) for product in products)
        inner = made_by(rest, "multiply", defined)
        c, n = _factors(inner, defined) if inner and defined.readers[rest] == 1 else (None, None)
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


# -- signs and bounds --------------------------------------------------------------------------------------------


@rule("multiply")
def numbers_take_signs(equation, defined):
    """a * sign(x) for a number a in one, see `choosing.signed`, beside |x| if that is there."""
    (out,) = equation.outputs
    a, x = _factors(equation, defined)
    sign = made_by(x, "sign", defined) if a is not None else None
    if sign is None or sign.params or not _long(out) or defined.readers[x] > 1 or dtype_of(sign.inputs[0]) != out.dtype:
        return None
    return "sign", (*sign.inputs, *_sizes(sign.inputs[0], defined, out)), {"times": np.asarray(a, out.dtype)}


def _sizes(x, defined, out) -> list:
    """|x| in a list, where it is there already."""
    sizes = (use.outputs[0] for use in defined.uses[x] if use.primitive.name in ("abs", "fabs"))
    return [y for y in sizes if y in defined and y.dtype == out.dtype][:1]


@rule("maximum", "minimum")
def bounds_clip(equation, defined):
    """min(max(x, a), b) and max(min(x, b), a) for numbers a <= b as one ``np.clip``, and long ones of them alone."""
    (out,) = equation.outputs
    name, other = equation.primitive.name, {"maximum": "minimum", "minimum": "maximum"}[equation.primitive.name]
    number, x = _factors(equation, defined)
    if number is None or not _long(out) or not fits(x, out) or not _keeps_zeros(equation, number, out, defined):
        return None
    inner = made_by(x, other, defined)
    bound, y = _factors(inner, defined) if inner and defined.readers[x] == 1 else (None, None)
    if y is not None and fits(y, out) and _keeps_zeros(inner, bound, out, defined):
        low, high = (bound, number) if name == "minimum" else (number, bound)
        if low <= high:
            return "clip", (y, low, high), {}
    clipped = made_by(x, "clip", defined) if defined.readers[x] == 1 else None
    if clipped and all(map(is_number, clipped.inputs[1:])):
        y, low, high = clipped.inputs
        if name == "minimum" and high == math.inf and low <= number:
            return "clip", (y, low, number), {}
        if name == "maximum" and low == -math.inf and number <= high:
            return "clip", (y, number, high), {}
    size = math.prod(out.shape)  # longer ones are mostly bounded in loops, beside a row of the number, in half the time
    if size <= LONGEST_ROW or size >= WORTHWHILE or compared_shape(equation, out.shape) != ():
        return None
    return "clip", ((x, number, math.inf) if name == "maximum" else (x, -math.inf, number)), {}


@rule("where")
def choices_that_bound(equation, defined):
    """where(x > a, x, a) for a number a, which is a where x is NaN, is fmax(x, a); where(x < a, x, a) is fmin(x, a)."""
    condition, x, a = equation.inputs
    (out,) = equation.outputs
    for name, found in (("greater", "fmax"), ("less", "fmin")):
        compared = made_by(condition, name, defined)
        if compared and compared.inputs[0] is x and fits(x, out) and is_number(a) and _long(out):
            same = is_number(compared.inputs[1]) and compared.inputs[1] == a and math.isfinite(a)
            return (found, (x, a), {}) if same and _keeps_zeros(equation, a, out, defined) else None
    return None


def _keeps_zeros(equation, number, out, defined) -> bool:
    """Whether nobody sees which sign a zero has: ``np.clip`` leaves it, the others return their second operand."""
    if number != 0 or (is_number(equation.inputs[0]) and math.copysign(1, number) > 0):
        return True
    uses = defined.uses[out]
    deaf = all(use.primitive.name in DEAF or _adds(use, out, defined) for use in uses)
    return deaf and len(uses) == defined.readers[out]


def _adds(equation, x, defined) -> bool:
    """Whether ``x`` is beside a logarithm of 1 + e in a sum or difference, or beside an elu's value below 0 in a sum."""
    if equation.primitive.name not in ("add", "subtract"):
        return False
    others = [y for y in equation.inputs if y is not x]
    names = ("log1p", "expm1") if equation.primitive.name == "add" else ("log1p",)
    return any(made_by(y, name, defined.before) for y in others for name in names)
