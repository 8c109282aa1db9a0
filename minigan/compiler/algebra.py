"""Algebraic simplification: cheaper equations with the same value.

A rule looks at one equation and at those that define its inputs. Rules marked *exact* leave every bit; the
others are these, and only these:

* ``x + 0`` is ``x`` (a negative zero stays one), ``-(x - y)`` is ``y - x``, ``max(-x, a)`` is ``-min(x, -a)`` for a
  number a, the other way round too, ``max(x, -x)`` and ``where(x > 0, x, -x)`` are ``|x|``, and ``where(x > 0, x, f(m))``
  is ``max(x, 0) + f(m)`` for ``m = min(x, 0)`` and expm1 (a zero may have the other sign);
* ``s(x) * s(-x)`` is ``e / (1 + e)^2`` for a sigmoid ``s(x) = max(e, [x > 0]) / (1 + e)`` with ``e = exp(-|x|)``: a
  rounding less;
* the slope of ``logaddexp(x, 0)``, ``s(x)``, is ``-expm1(-y)`` where y is its value;
* ``-a / (1 + e) * e * sign(x) + a * [x > 0]``, with a / 2 at 0, is ``a * s(x)`` for a number a and this e: fewer
  roundings (a zero may have the other sign);
* ``log(exp(x))`` is ``x``, also where ``exp(x)`` is outside the range of the dtype, and ``(a / x) * x`` is ``a`` for a
  number a, also where x is 0, infinite or NaN;
* ``(a / (c - exp(t + b))) * expm1(t)`` is ``-a / c`` for numbers a, b and c of which b is log(c), 0 for 1, also where t
  is 0, infinite or NaN: nearer to the true value, since for small t the difference has lost the digits that expm1 has;
* in these two a third factor may stand between: ``((a / x) * y) * x`` is ``a * y``;
* ``log(c - exp(t + log(c)))`` is ``log(c) + log sigma(-x)`` for a number c where t is log sigma(x), by `log_sigmoids`:
  nearer to the true value where sigma(x) is near 1, and finite where the difference is 0;
* ``(x * a) * b`` is ``x * (a * b)`` for numbers a and b whose product has all its digits, and ``a * (x / s)`` is
  ``x * (a / s)`` for a number a and an array s of shape (): as many roundings or fewer, as long as ``a / s`` itself
  is within the range of the dtype;
* ``sum(a * x)`` is ``a * sum(x)`` for a number a, and quotients alike, as long as ``sum(x)`` is within that range; so is
  a sum over rows of ``x * v`` where v is one row, or a number;
* so is, in arrays of some size, a sum over any axes of ``x * v`` where v is one number along them;
* ``(t / s) * s`` is ``t`` where s is a sum of exponentials, and ``(t - t) * v`` is 0 where v is the slope of a largest or
  smallest element, which is NaN only where other terms of a log-sum-exp's gradient are, too;
* ``exp(x - (log(s) + m))`` is ``exp(x - m) / s`` where ``exp(x - m)`` is there already;
* ``(a * x) * y`` is ``a * (x * y)`` for a number or a smaller array a, where ``x * y`` is there already;
* ``(x * v) * w`` is ``x * (v * w)`` for an array x and smaller arrays v and w, or a number w, and quotients alike, as long
  as ``v * w`` is within that range; ``(a + x) + x`` is ``a + 2 * x`` for a product x with a smaller array;
* ``v * (a * x)`` is ``x * (a * v)`` for a number a and a smaller array v, as long as ``a * v`` is within that range;
* ``exp(x + a)`` is ``exp(a) * exp(x)`` for a number a in [-1, 1], where ``exp(a)`` meets other numbers: the sum is not
  rounded, as long as ``exp(x)`` is within that range;
* ``(a + x) + x`` is ``a + 2 * x`` and ``(a - x) - x`` is ``a - 2 * x`` for a number a: one rounding instead of two, as
  long as ``2 * x`` is within that range;
* ``where(c, x, 0) + where(c, 0, y)`` is ``where(c, x, y)`` (a negative zero stays one);
* ``x * y + y`` is ``(x + 1) * y``: two roundings as before, which no cancellation enlarges, and the limit where y is
  infinite and the sum was one of opposite infinities (a zero may have the other sign);
* ``sum(x.T)`` over everything is ``sum(x)``: the same numbers in another order;
* ``L u + L v`` is ``L (u + v)`` for large products, convolutions, sums and common factors L, and terms that stand between
  the two are added in another order;
* several steps' products of rows with one matrix are one, ``(x W) / a`` is ``x (W / a)`` in them, and a sum of products
  ``a^T b + c^T d + ...`` is one of two stacks, whose terms are added in another order (`steps`, `stacks`);
* pieces of different places that are scattered into zeros and added are laid side by side (a negative zero stays one).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from ..backend import active, dtype_name, to_numpy
from .dead_code import remove_dead_code
from .substitution import reading, returning

RULES: dict[str, list] = {}
MOST_SWEEPS = 200  # of long programs, a dozen are enough


def rule(*names, table=RULES):
    """Register ``function(equation, defined)`` for these primitives.

    It returns ``None``, the value that the result equals, the equation to put in its place as ``(name, inputs,
    params)``, or a list of new equations with such a triple at its end.
    """

    def register(function):
        for name in names:
            table.setdefault(name, []).append(function)
        return function

    return register


def simplify(program: Program, table=None) -> Program:
    """The program after every rule, or every one of ``table``, has been tried at every equation, in order, until none
    applies.

    A rule that asks who reads a value is not to count the dead, so they go before every sweep. Each sweep leaves a correct
    program: should rules undo one another for ever, the last of `MOST_SWEEPS` is taken. Where no rule applies and nothing
    is dead, the program is returned itself.
    """
    for _ in range(MOST_SWEEPS):
        program = remove_dead_code(program)
        swept = _sweep(program, RULES if table is None else table)
        if swept is program:
            break
        program = swept
    return program


class Definitions(dict):
    """The equation that defines each value, of those that the sweep has passed; ``readers`` counts who reads it, results
    included, ``uses`` lists the equations among them, and ``before`` has the equations of all, as the sweep began."""

    def __init__(self, program):
        super().__init__()
        self.before = {variable: equation for equation in program.equations for variable in equation.outputs}
        self.uses: dict[Variable, list[Equation]] = defaultdict(list)
        for equation in program.equations:
            for x in equation.inputs:
                if isinstance(x, Variable):
                    self.uses[x].append(equation)
        self.readers = Counter({x: len(uses) for x, uses in self.uses.items()})
        self.readers.update(x for x in program.outputs if isinstance(x, Variable))


def _sweep(program, table):
    same: dict[Variable, object] = {}
    kept, changed = [], False
    defined = Definitions(program)
    for equation in program.equations:
        equation = reading(equation, same)
        for simpler in table.get(equation.primitive.name, ()):
            found = simpler(equation, defined)
            if found is None:
                continue
            changed = True
            if isinstance(found, list):
                *before, found = found
                kept += before
                defined.update((variable, new) for new in before for variable in new.outputs)
            if isinstance(found, tuple):
                name, inputs, params = found
                equation = Equation(PRIMITIVES[name], inputs, params, equation.outputs)
            else:
                same[equation.outputs[0]] = found
            break
        if equation.outputs[0] not in same:
            kept.append(equation)
            for variable in equation.outputs:
                defined[variable] = equation
    return returning(program, kept, same) if changed else program


# -- what the rules ask ----------------------------------------------------------------------------------------


def is_number(x) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool)


def shape_of(x) -> tuple:
    return tuple(getattr(x, "shape", ()))


def dtype_of(x):
    return x.dtype if isinstance(x, Variable) else dtype_name(x.dtype) if hasattr(x, "dtype") else None


def made_by(x, name, defined):
    """The equation called ``name`` that defines ``x``; ``None`` for anything else."""
    equation = defined.get(x) if isinstance(x, Variable) else None
    return equation if equation is not None and equation.primitive.name == name else None


def fits(x, out: Variable) -> bool:
    """Whether ``x`` can stand for ``out`` as it is."""
    return hasattr(x, "shape") and shape_of(x) == out.shape and dtype_of(x) == out.dtype


def broadcast(*operands) -> tuple:
    shape: list = []
    for operand in operands:
        own = shape_of(operand)
        shape = [1] * (len(own) - len(shape)) + shape
        for i in range(1, len(own) + 1):
            shape[-i] = own[-i] if own[-i] != 1 else shape[-i]
    return tuple(shape)


def uniform_value(x):
    """The number that a constant array holds everywhere, as a Python number; ``None`` if there is none."""
    if isinstance(x, Variable) or not hasattr(x, "shape") or math.prod(x.shape) == 0:
        return None
    values = to_numpy(x)
    first = values.ravel()[0]
    with np.errstate(all="ignore"):  # -0.0 == 0.0, and a NaN is not itself: neither becomes a number
        return first.item() if (values == first).all() and (first != 0 or not (1 / values < 0).any()) else None


def constant(number, out: Variable):
    """An array that is one number everywhere, of the shape and dtype of ``out``."""
    return active().create("full", out.shape, number, dtype=out.dtype)


# -- the rules -------------------------------------------------------------------------------------------------


@rule("add", "subtract", "multiply", "divide", "maximum", "minimum")
def constant_arrays_are_numbers(equation, defined):
    """Exact: an operand that is one value everywhere is a number, where that changes neither shape nor dtype."""
    (out,) = equation.outputs
    for i, x in enumerate(equation.inputs):
        other = equation.inputs[1 - i]
        if shape_of(x) == () or isinstance(x, Variable) or not isinstance(other, Variable):
            continue
        if not fits(other, out) or dtype_of(x) != out.dtype:
            continue
        if out.dtype.startswith("float") and (value := _uniform(x)) is not None:
            inputs = (value, other) if i == 0 else (other, value)
            return equation.primitive.name, inputs, equation.params
    return None


def _uniform(x):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return uniform_value(x)


@rule("multiply", "divide", "add", "subtract")
def neutral_elements(equation, defined):
    """Exact for 1 * x, x * 1, x / 1 and x - 0; x + 0 keeps a negative zero."""
    x, y = equation.inputs
    (out,) = equation.outputs
    name = equation.primitive.name
    if out.dtype.startswith("complex") and name in ("multiply", "divide"):
        return None  # of a complex infinity, 1 makes NaN
    neutral = 1 if name in ("multiply", "divide") else 0
    if is_number(y) and y == neutral and fits(x, out):
        return x
    if name in ("multiply", "add") and is_number(x) and x == neutral and fits(y, out):
        return y
    if name == "multiply" and is_number(y) and y == -1 and fits(x, out):
        return "negative", (x,), {}
    if name == "multiply" and is_number(x) and x == -1 and fits(y, out):
        return "negative", (y,), {}
    return None


@rule("add", "subtract", "multiply", "divide", "maximum", "minimum", "where", "logaddexp")
def broadcasting_is_free(equation, defined):
    """Exact: an elementwise operation broadcasts by itself, so a broadcast operand need not be."""
    (out,) = equation.outputs
    for i, x in enumerate(equation.inputs):
        spread = made_by(x, "broadcast_to", defined)
        if spread is None:
            continue
        inputs = (*equation.inputs[:i], spread.inputs[0], *equation.inputs[i + 1 :])
        if broadcast(*inputs) == out.shape:
            return equation.primitive.name, inputs, equation.params
    return None


@rule("add", "subtract", "multiply", "divide", "maximum", "minimum")
def leading_axes_are_free(equation, defined):
    """Exact: an operand that was given axes of size 1 in front broadcasts as well without them."""
    (out,) = equation.outputs
    for i, x in enumerate(equation.inputs):
        shaped = made_by(x, "reshape", defined)
        if shaped is None:
            continue
        y = shaped.inputs[0]
        if x.shape == (1,) * (len(x.shape) - len(shape_of(y))) + shape_of(y) and len(shape_of(y)) < len(x.shape):
            inputs = (*equation.inputs[:i], y, *equation.inputs[i + 1 :])
            if broadcast(*inputs) == out.shape:
                return equation.primitive.name, inputs, equation.params
    return None


@rule("reshape", "broadcast_to", "astype", "positive", "transpose")
def nothing_to_do(equation, defined):
    """Exact: a new shape, dtype or order of axes that is the old one."""
    x = equation.inputs[0]
    if not fits(x, equation.outputs[0]):
        return None
    if equation.primitive.name == "transpose":
        axes = equation.params["axes"]
        moved = [a for a in axes if x.shape[a] != 1]
        return x if moved == sorted(moved) else None
    return x


@rule("reshape", "transpose")
def moves_meet(equation, defined):
    """Exact: a reshape of a reshape is one, a transpose of a transpose is one."""
    (x,) = equation.inputs
    inner = made_by(x, equation.primitive.name, defined)
    if inner is None:
        return None
    if equation.primitive.name == "reshape":
        return "reshape", inner.inputs, {"shape": equation.outputs[0].shape}
    return "transpose", inner.inputs, {"axes": tuple(inner.params["axes"][a] for a in equation.params["axes"])}


@rule("getitem")
def whole_slices(equation, defined):
    """Exact: x[:, :] is x."""
    if len(equation.inputs) > 1:
        return None
    index = equation.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    whole = all(part is Ellipsis or part == slice(None) for part in parts if not hasattr(part, "dtype"))
    return equation.inputs[0] if whole and fits(equation.inputs[0], equation.outputs[0]) else None


@rule("getitem", "scatter_add")
def indices_that_leave_nothing_out(equation, defined):
    """Exact: x[:, 0] of an x with one column is x in another shape, and so is what is scattered to there."""
    (out,), x = equation.outputs, equation.inputs[0]
    index = equation.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    in_order = all(
        part is None or part is Ellipsis or type(part) is int or (isinstance(part, slice) and (part.step or 1) > 0)
        for part in parts
    )
    if len(equation.inputs) > 1 or not in_order or not isinstance(x, Variable) or x.dtype != out.dtype:
        return None
    return ("reshape", (x,), {"shape": out.shape}) if math.prod(x.shape) == math.prod(out.shape) else None


@rule("where")
def no_choice(equation, defined):
    """Exact: where(c, x, x) = x."""
    _, x, y = equation.inputs
    return x if isinstance(x, Variable) and x is y and fits(x, equation.outputs[0]) else None
