"""Sums over some axes of products with what is the same along these axes.

Such a factor leaves the sum where that saves a pass: where nobody else reads the product, or where the other factor is
summed already. The gradient of a log-sum-exp sums p exp(x - m) / s, with s the sum of the exponentials, and is p then.
"""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES, kept_shape, places_of
from ..autodiff.program import Equation, Variable
from .algebra import broadcast, is_number, made_by, rule, shape_of
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
    return x, () if x is None else tuple(range(len(x.shape) - 1))


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
    """The sum of v * x over axes along which v is one number is v * (the sum of x)."""
    whole, axes = summed(equation, defined)
    product = made_by(whole, "multiply", defined)
    (out,) = equation.outputs
    if product is None or out.dtype not in ("float32", "float64") or math.prod(whole.shape) < LARGE:
        return None
    for v, x in (product.inputs, product.inputs[::-1]):
        if not isinstance(x, Variable) or (x.shape, x.dtype) != (whole.shape, whole.dtype) or is_number(v):
            continue
        own = (1,) * (len(whole.shape) - len(shape_of(v))) + shape_of(v)
        if getattr(v, "dtype", None) is None or any(own[axis] != 1 for axis in axes) or own == whole.shape:
            continue
        if isinstance(v, Variable) and v.dtype != out.dtype:
            continue
        total = sum_of(x, axes, defined)
        if total is None and defined.readers[whole] > 1:
            continue
        return _times(v, x, axes, total, equation, whole)
    return None


def _times(v, x, axes, total, equation, whole):
    """The equations for v * (the sum of x), which may be there as ``total``."""
    (out,), made = equation.outputs, []

    def new(name, inputs, params, shape, called):
        made.append(Equation(PRIMITIVES[name], inputs, params, (Variable(f"{out.name}_{called}", shape, out.dtype),)))
        return made[-1].outputs[0]

    if total is None:
        if equation.primitive.name == "sum":
            params = {"axis": axes, "keepdims": True}
            total = new("sum", (x,), params, kept_shape(whole.shape, axes), "total")
        else:
            ones, matrix = equation.inputs
            flat = x if matrix.shape == x.shape else new("reshape", (x,), {"shape": matrix.shape}, matrix.shape, "flat")
            total = new(equation.primitive.name, (ones, flat), {}, out.shape, "total")
    kept = kept_shape(whole.shape, axes)
    if total.shape != kept:
        total = new("reshape", (total,), {"shape": kept}, kept, "kept")
    if broadcast(total, v) != kept:
        return None
    if out.shape == kept:
        return [*made, ("multiply", (total, v), {})]
    scaled = new("multiply", (total, v), {}, kept, "scaled")
    return [*made, ("reshape", (scaled,), {"shape": out.shape})]
