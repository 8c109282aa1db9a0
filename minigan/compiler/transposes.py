"""Elementwise operations of transposed arrays, taken before the transpose.

Arrays lie in C's order, so that one which is read transposed and written straight is walked across in one of the two:
at 512 x 512 in float32, ``x.T * x.T`` takes 1.3 ms that way, and 0.05 as ``(x * x).T``. The transpose itself moves
nothing, and meets another one, a product of matrices, or a sum, which take it as it is.
"""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES, places_of
from ..autodiff.program import Equation, Variable
from .algebra import made_by, rule, shape_of
from .operations import ufunc_of

ACROSS = 1 << 10  # elements from which on the order of memory is worth an operation more


def behind_transposes(equation, defined):
    """Exact: f(x.T, y.T) = f(x, y).T, and so beside numbers, and beside arrays that lie along one axis alone."""
    (out,) = equation.outputs
    if equation.params or math.prod(out.shape) < ACROSS or ufunc_of(equation) is None:
        return None
    turned = [made_by(x, "transpose", defined) for x in equation.inputs if shape_of(x) == out.shape]
    if not turned or None in turned or len({each.params["axes"] for each in turned}) != 1:
        return None
    axes = turned[0].params["axes"]
    back = tuple(axes.index(i) for i in range(len(axes)))
    shape = tuple(out.shape[a] for a in back)
    before, operands = [], []
    for i, x in enumerate(equation.inputs):
        own = shape_of(x)
        if own == out.shape:
            (x,) = made_by(x, "transpose", defined).inputs
        elif math.prod(own) > 1:
            padded = (1,) * (len(axes) - len(own)) + own
            if not isinstance(x, Variable) or sum(n > 1 for n in padded) > 1:
                return None
            moved = Variable(f"{out.name}_operand{i}", tuple(padded[a] for a in back), x.dtype)
            before.append(Equation(PRIMITIVES["reshape"], (x,), {"shape": moved.shape}, (moved,)))
            x = moved
        elif own:
            return None
        operands.append(x)
    straight = Variable(f"{out.name}_straight", shape, out.dtype)
    return [
        *before,
        Equation(equation.primitive, tuple(operands), {}, (straight,)),
        ("transpose", (straight,), {"axes": axes}),
    ]


for _name, _primitive in PRIMITIVES.items():
    if _primitive.kind == "elementwise":
        rule(_name)(behind_transposes)


@rule("transpose")
def products_turn(equation, defined):
    """(x^T y)^T = y^T x and (x y^T)^T = y x^T where nobody else reads the product: factors of one sum then meet."""
    (product,), (out,) = equation.inputs, equation.outputs
    inner = made_by(product, "dot", defined) or made_by(product, "matmul", defined)
    if inner is None or defined.readers[product] > 1 or len(out.shape) != 2 or equation.params["axes"] != (1, 0):
        return None
    factors = inner.inputs
    if any(not isinstance(x, Variable) or len(x.shape) != 2 for x in factors):
        return None
    back = [made_by(x, "transpose", defined) for x in factors]
    back = [turned if turned and turned.params["axes"] == (1, 0) else None for turned in back]
    if (back[0] is None) == (back[1] is None):
        return None
    x, y = ((turned.inputs[0] if turned else None) for turned in back)
    kept = factors[1] if x is not None else factors[0]
    turned = Variable(f"{kept.name}_T", kept.shape[::-1], kept.dtype)
    made = Equation(PRIMITIVES["transpose"], (kept,), {"axes": (1, 0)}, (turned,))
    return [made, (inner.primitive.name, (turned, x) if x is not None else (y, turned), {})]


@rule("sum")
def sums_of_transposes(equation, defined):
    """A sum over everything is that of the array before it was transposed: its numbers are added in another order."""
    (x,), (out,) = equation.inputs, equation.outputs
    inner = made_by(x, "transpose", defined)
    if inner is None or out.shape or len(places_of(equation.params.get("axis"), len(x.shape))) < len(x.shape):
        return None
    return "sum", inner.inputs, {**equation.params, "axis": None}
