"""How a computation is differentiated and recorded.

Read in this order: `trees`, `tracer` (what a function sees), `primitive` (the table of operations and their rules),
`reverse` (the tape and `vjp`), `forward` (`jvp`), `batching` (`vectorize`: many examples at once), `derivatives` (`grad`
and its kin), `ownership` (what is returned is the caller's own), `displacement` (limits of 0 / 0 in a backward pass),
`custom`, `program`, `check`.

A primitive of one's own is one call: `elementwise` for a function of each element, `reduction`, `linear`,
`multilinear`, `composed`, `differential` or `constant` for what else there is (`primitive` says when),
with an `Example` where a check is not to draw its arguments from the interval (-2, 2).

>>> import minigan as mg, minigan.numpy as mnp
>>> cube = elementwise("doc_cube", lambda g, out, x: g * 3.0 * x * x, library=lambda xp, x: x * x * x)
>>> float(mg.grad(mg.grad(cube))(2.0))  # 6 x
12.0
>>> mg.check_grads(cube, (mnp.asarray([0.5, 1.5]),), order=3)
>>> del mg.PRIMITIVES["doc_cube"]  # so that these lines can be run twice
"""

from .batching import vectorize
from .check import check_grads
from .custom import custom_vjp, stop_gradient
from .derivatives import grad, hessian, hvp, jacobian, value_and_grad
from .forward import jvp
from .primitive import (
    PRIMITIVES,
    Example,
    Primitive,
    composed,
    constant,
    differential,
    elementwise,
    linear,
    multilinear,
    reduction,
)
from .program import Program, trace
from .reverse import vjp
from .trees import flatten, tree_leaves, tree_map, unflatten

__all__ = [
    "PRIMITIVES",
    "Example",
    "Primitive",
    "Program",
    "check_grads",
    "composed",
    "constant",
    "custom_vjp",
    "differential",
    "elementwise",
    "flatten",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "linear",
    "multilinear",
    "reduction",
    "stop_gradient",
    "trace",
    "tree_leaves",
    "tree_map",
    "unflatten",
    "value_and_grad",
    "vectorize",
    "vjp",
]
