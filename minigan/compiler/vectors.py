"""The last pass: what NumPy has no vectors for on this machine, in terms of what it has.

Without AVX-512 its expm1 and log1p take 10 to 20 ns an element where exp and log take 1 to 3. The logarithm in a softplus
is that of 1 + e with 0 < e <= 1, which needs no choice, and its slope -expm1(-softplus(x)) is a quotient of what is there
already: value and slope of softplus run five times faster so, by two units in the last place as before. Short arrays,
and machines with such vectors, keep what they have.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from ..logarithms import LONG_ENOUGH
from .algebra import Definitions
from .dead_code import remove_dead_code
from .element_kernels import lacks_vectors
from .log_sigmoids import log_sigmoid, share


def with_vectors(program: Program) -> Program:
    """The program with its logarithms of shares marked, and slopes of softplus and log_sigmoid made of exponentials."""
    defined = Definitions(program)
    defined.update((variable, equation) for equation in program.equations for variable in equation.outputs)
    equations = [new for equation in program.equations for new in _rewritten(equation, defined)]
    return remove_dead_code(replace(program, equations=tuple(equations)))


def _rewritten(equation, defined) -> list[Equation]:
    name = equation.primitive.name
    if name == "exp":
        found = log_sigmoid(equation.inputs[0], defined) if _costs_a_pass_more(equation, defined) else None
        return [equation] if found is None else _sigmoid(equation, *found)
    if name not in ("log1p", "expm1") or not lacks_vectors(equation):
        return [equation]
    if name == "log1p":
        is_share = share(equation.inputs[0], defined) is not None
        return [replace(equation, params={"share": True})] if is_share else [equation]
    found = log_sigmoid(equation.inputs[0], defined)
    return [equation] if found is None else _sigmoid(equation, found[0], -found[1], found[2], minus=True)


def _costs_a_pass_more(equation, defined) -> bool:
    """Whether the exponential of log sigma(x) takes longer than a quotient of two sums: in float64, and where nobody else
    reads the logarithm."""
    x = equation.inputs[0]
    (out,) = equation.outputs
    long = out.dtype in ("float32", "float64") and math.prod(out.shape) >= LONG_ENOUGH
    return long and isinstance(x, Variable) and (out.dtype == "float64" or defined.readers[x] == 1)


def _sigmoid(equation, x, sign, e, minus=False) -> list[Equation]:
    """exp(log sigma(x)) = sigma(x) = max(e, [x > 0]) / (1 + e), and expm1(log sigma(x)) = -sigma(-x) the same way;
    where the ``sign`` is -1, that at -x."""
    (out,) = equation.outputs
    made: list[Equation] = []

    def new(name, *inputs):
        made.append(Equation(PRIMITIVES[name], inputs, {}, (Variable(f"{out.name}_{name}", out.shape, out.dtype),)))
        return made[-1].outputs[0]

    positive = new("is_positive", x if sign > 0 else new("negative", x))
    above = new("maximum", e, positive)
    below = new("subtract", -1.0, e) if minus else new("add", 1.0, e)
    return [*made, Equation(PRIMITIVES["divide"], (above, below), {}, (out,))]
