"""The last pass: what NumPy has no vectors for on this machine, in terms of what it has.

Without AVX-512 its expm1 and log1p take 10 to 20 ns an element where exp and log take 1 to 3. The logarithm in a softplus
is that of 1 + e with 0 < e <= 1, which needs no choice, and its slope -expm1(-softplus(x)) is a quotient of what is there
already: value and slope of softplus run five times faster so, by two units in the last place as before. Short arrays,
and machines with such vectors, keep what they have.
"""

from __future__ import annotations

from dataclasses import replace

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from .algebra import Definitions, is_number, made_by
from .dead_code import remove_dead_code
from .element_kernels import lacks_vectors


def with_vectors(program: Program) -> Program:
    """The program with its logarithms of shares marked, and slopes of softplus and log_sigmoid made of exponentials."""
    defined = Definitions(program)
    defined.update((variable, equation) for equation in program.equations for variable in equation.outputs)
    equations = [new for equation in program.equations for new in _rewritten(equation, defined)]
    return remove_dead_code(replace(program, equations=tuple(equations)))


def _rewritten(equation, defined) -> list[Equation]:
    name = equation.primitive.name
    if name not in ("log1p", "expm1") or not lacks_vectors(equation):
        return [equation]
    if name == "log1p":
        is_share = _share(equation.inputs[0], defined) is not None
        return [replace(equation, params={"share": True})] if is_share else [equation]
    found = _log_sigmoid(equation.inputs[0], defined)
    return [equation] if found is None else _minus_sigmoid(equation, *found)


def _share(e, defined):
    """x where ``e`` is exp(-|x|)."""
    exp = made_by(e, "exp", defined)
    negative = made_by(exp.inputs[0], "negative", defined) if exp else None
    size = made_by(negative.inputs[0], "abs", defined) if negative else None
    return size.inputs[0] if size else None


def _log_sigmoid(y, defined):
    """Where ``y`` is log sigma(x) or log sigma(-x): x, its sign, and exp(-|x|).

    It is min(x, 0) - L or -(max(x, 0) + L), in whatever order, with L = log1p(exp(-|x|)).
    """
    negative, difference = made_by(y, "negative", defined), made_by(y, "subtract", defined)
    total = made_by(negative.inputs[0], "add", defined) if negative else None
    for bound, logarithm, which, sign in (
        *((difference.inputs[0], difference.inputs[1], "minimum", 1) for _ in range(difference is not None)),
        *((a, b, "maximum", -1) for a, b in _orders(total)),
    ):
        log1p, bounded = made_by(logarithm, "log1p", defined), made_by(bound, which, defined)
        x = _share(log1p.inputs[0], defined) if log1p and bounded else None
        for a, b in _orders(bounded if x is not None else None):
            if is_number(b) and b == 0 and (a is x or _negated(a, defined) is x):
                return x, sign if a is x else -sign, log1p.inputs[0]
    return None


def _negated(x, defined):
    negative = made_by(x, "negative", defined)
    return negative.inputs[0] if negative else None


def _orders(equation):
    return (equation.inputs, equation.inputs[::-1]) if equation else ()


def _minus_sigmoid(equation, x, sign, e) -> list[Equation]:
    """expm1(log sigma(x)) = -sigma(-x), and expm1(log sigma(-x)) = -sigma(x): max(e, [x > 0]) / (-1 - e)."""
    (out,) = equation.outputs
    made: list[Equation] = []

    def new(name, *inputs):
        made.append(Equation(PRIMITIVES[name], inputs, {}, (Variable(f"{out.name}_{name}", out.shape, out.dtype),)))
        return made[-1].outputs[0]

    positive = new("is_positive", new("negative", x) if sign > 0 else x)
    above, below = new("maximum", e, positive), new("subtract", -1.0, e)
    return [*made, Equation(PRIMITIVES["divide"], (above, below), {}, (out,))]
