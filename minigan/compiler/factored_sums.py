"""Sums over some axes of products with what is the same along these axes.

Such a factor leaves the sum where that saves a pass: where nobody else reads the product, or where the other factor is
summed already. The gradient of a log-sum-exp sums p exp(x - m) / s, with s the sum of the exponentials, and is p then.
"""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES, kept_shape, places_of
from ..autodiff.program import Equation, Variable
from .algebra import broadcast, dtype_of, is_number, made_by, rule, shape_of, uniform_value
from .factors import MOST_USES
from .row_sums import summed_rows

LARGE = 1 << 10  # elements below which the order of a few roundings is left alone


def summed(equation, defined):
    """The array that an equation sums and over which axes; ``None`` twice for anything else."""
    if equation.primitive.name == "sum":
        (x,), (out,) = equation.inputs, equation.outputs
        if isinstance(x, Variable) and x.dtype == out.dtype and equation.params.get("dtype") is None:
            return x, places_of(equation.params.get("axis"), len(x.shape))
        return None, ()
    x = summed_rows(equation, defined)
    if x is not None:
        return x, tuple(range(len(x.shape) - 1))
    return _leading(equation, defined) if equation.primitive.name == "dot" else (None, ())


def _leading(equation, defined):
    """What a product with a row of ones sums over first axes, and over which, if it is read as a matrix."""
    ones, matrix = equation.inputs
    shaped = made_by(matrix, "reshape", defined)
    x = shaped.inputs[0] if shaped and not isinstance(ones, Variable) else None
    if not isinstance(x, Variable) or len(shape_of(ones)) != 1 or len(matrix.shape) != 2 or uniform_value(ones) != 1:
        return None, ()
    count = next((k for k in range(1, len(x.shape)) if math.prod(x.shape[:k]) == matrix.shape[0]), None)
    return (None, ()) if count is None else (x, tuple(range(count)))


def sum_of(x, axes, defined) -> Variable | None:
    """A sum of ``x`` over these axes that is there already."""
    for use in defined.uses[x][:MOST_USES]:
        shaped = use.outputs[0] if use.primitive.name == "reshape" else None
        for equation in (use,) if shaped is None else defined.uses[shaped][:MOST_USES]:
            if equation.outputs[0] in defined and summed(equation, defined) == (x, axes):
                return equation.outputs[0]
    return None


@rule("sum", "dot", "matmul")
def common_factors_leave_sums(equation, defined):
    """The sum of v * x over axes along which v is one number is v * (the sum of x), and quotients alike."""
    whole, axes = summed(equation, defined)
    (out,) = equation.outputs
    if not isinstance(whole, Variable) or out.dtype not in ("float32", "float64") or math.prod(whole.shape) < LARGE:
        return None
    for name, v, x in _products(whole, defined):
        number = is_number(v) and equation.primitive.name != "sum" and defined.readers[whole] == 1
        if (number or _is_one_number(v, whole, axes)) and _is_like(x, whole):
            total = sum_of(x, axes, defined)
            if total is not None or defined.readers[whole] == 1:
                return _times(name, v, x, axes, total, equation, whole)
    return _from_within(whole, axes, equation, defined)


def _products(x, defined):
    """The operation, v and y where ``x`` is v * y, in both orders, or y / v."""
    if product := made_by(x, "multiply", defined):
        yield "multiply", *product.inputs
        yield "multiply", *product.inputs[::-1]
    if quotient := made_by(x, "divide", defined):
        yield "divide", *quotient.inputs[::-1]


def _is_like(x, whole) -> bool:
    return isinstance(x, Variable) and (x.shape, x.dtype) == (whole.shape, whole.dtype)


def _is_one_number(v, whole, axes) -> bool:
    """Whether ``v`` is an array, or a traced number, that is the same along the axes, which ``whole`` has."""
    own = (1,) * (len(whole.shape) - len(shape_of(v))) + shape_of(v)
    return dtype_of(v) == whole.dtype and all(own[axis] == 1 for axis in axes) and own != whole.shape


def _from_within(whole, axes, equation, defined):
    """The sum of y * (v * x) is v * (the sum of y * x), where nobody else reads the products."""
    product, (out,) = made_by(whole, "multiply", defined), equation.outputs
    if product is None or defined.readers[whole] > 1:
        return None
    for y, inner in (product.inputs, product.inputs[::-1]):
        for name, v, x in _products(inner, defined) if _is_like(inner, whole) and defined.readers[inner] == 1 else ():
            if _is_one_number(v, whole, axes) and _is_like(x, whole) and _is_like(y, whole):
                rest = Variable(f"{out.name}_rest", whole.shape, whole.dtype)
                found = _times(name, v, rest, axes, None, equation, whole)
                return found and [Equation(PRIMITIVES["multiply"], (y, x), {}, (rest,)), *found]
    return None


def _times(name, v, x, axes, total, equation, whole):
    """The equations for v * (the sum of x), or that over v; the sum may be there as ``total``."""
    (out,), made = equation.outputs, []

    def new(primitive, inputs, params, shape, called):
        variable = Variable(f"{out.name}_{called}", shape, out.dtype)
        made.append(Equation(PRIMITIVES[primitive], inputs, params, (variable,)))
        return variable

    kept = kept_shape(whole.shape, axes)
    if total is None:
        if equation.primitive.name == "sum":
            total = new("sum", (x,), {"axis": axes, "keepdims": True}, kept, "total")
        else:
            ones, matrix = equation.inputs
            flat = x if matrix.shape == x.shape else new("reshape", (x,), {"shape": matrix.shape}, matrix.shape, "flat")
            total = new(equation.primitive.name, (ones, flat), {}, out.shape, "total")
    if broadcast(total, v) == out.shape == total.shape:
        return [*made, (name, (total, v), {})]
    if total.shape != kept:
        total = new("reshape", (total,), {"shape": kept}, kept, "kept")
    if broadcast(total, v) != kept:
        return None
    if out.shape == kept:
        return [*made, (name, (total, v), {})]
    scaled = new(name, (total, v), {}, kept, "scaled")
    return [*made, ("reshape", (scaled,), {"shape": out.shape})]
