"""How a computation is differentiated and recorded.

Read in this order: `trees`, `tracer` (what a function sees), `primitive` (the table of operations and their
rules), `reverse` (the tape and `vjp`), `forward` (`jvp`), `derivatives` (`grad` and its kin), `custom`,
`program`, `check`.
"""

from .check import check_grads
from .custom import custom_vjp, stop_gradient
from .derivatives import grad, hessian, hvp, jacobian, value_and_grad
from .forward import jvp
from .primitive import PRIMITIVES, Primitive
from .program import Program, trace
from .reverse import vjp
from .trees import flatten, tree_leaves, tree_map, unflatten

__all__ = [
    "PRIMITIVES",
    "Primitive",
    "Program",
    "check_grads",
    "custom_vjp",
    "flatten",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "stop_gradient",
    "trace",
    "tree_leaves",
    "tree_map",
    "unflatten",
    "value_and_grad",
    "vjp",
]
