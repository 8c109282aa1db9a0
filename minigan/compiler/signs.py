"""Signs: where a negation goes away, or moves to where it costs nothing. All of it leaves every bit but the sign of a
zero, as `algebra` says.
"""

from __future__ import annotations

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from .algebra import dtype_of, fits, is_number, made_by, rule


def negated(x, defined):
    """``y`` where ``x`` is ``-y`` in floating point; ``None`` for anything else. Unsigned integers have no signs."""
    equation = made_by(x, "negative", defined)
    return equation.inputs[0] if equation is not None and x.dtype.startswith("float") else None


def minus(number):
    """``-number`` with the sign of a zero."""
    return -0.0 if type(number) is int and number == 0 else -number


def takes_signs(x, defined) -> bool:
    """Whether every reader of ``x`` would read ``-(-x)`` in no more operations, once rules have met its sign."""
    uses = defined.uses[x]
    return len(uses) == defined.readers[x] > 0 and all(_takes_sign(equation, x) for equation in uses)


def _takes_sign(equation, x) -> bool:
    name, inputs = equation.primitive.name, equation.inputs
    if name in ("multiply", "divide"):
        return any(map(is_number, inputs))
    if name == "sum":
        return equation.outputs[0].dtype == x.dtype
    return name in ("negative", "abs", "square", "add") or (name == "subtract" and inputs[1] is x)


@rule("maximum", "minimum")
def signs_leave_bounds(equation, defined):
    """max(-x, a) = -min(x, -a) for a number a, where every reader takes the sign: exact but for that of a zero."""
    (out,) = equation.outputs
    for y, a in (equation.inputs, equation.inputs[::-1]):
        x = negated(y, defined)
        if x is not None and is_number(a) and dtype_of(x) == out.dtype and takes_signs(out, defined):
            bound = Variable(f"{out.name}_bound", out.shape, out.dtype)
            other = {"maximum": "minimum", "minimum": "maximum"}[equation.primitive.name]
            return [Equation(PRIMITIVES[other], (x, -a or 0.0), {}, (bound,)), ("negative", (bound,), {})]
    return None


@rule("add", "subtract")
def differences_turn(equation, defined):
    """x - y = -(y - x) where one reader wants it negated and the others take the sign."""
    (out,) = equation.outputs
    wanted = any(use.primitive.name == "negative" for use in defined.uses[out])
    x, y = _difference(equation, defined)
    if not wanted or x is None or (is_number(x) and x == 0) or not takes_signs(out, defined):
        return None
    turned = Variable(f"{out.name}_turned", out.shape, out.dtype)
    return [Equation(PRIMITIVES["subtract"], (y, x), {}, (turned,)), ("negative", (turned,), {})]


def _difference(equation, defined):
    """x and y where the equation is x - y, also written as x + (-y); ``None`` twice for anything else."""
    x, y = equation.inputs
    if not equation.outputs[0].dtype.startswith("float"):
        return None, None
    if equation.primitive.name == "subtract":
        return x, y
    for a, b in ((x, y), (y, x)):
        if (minus_b := negated(b, defined)) is not None:
            return a, minus_b
    return None, None


@rule("add", "subtract")
def signs_in_sums(equation, defined):
    """Exact: x + (-y) = x - y, (-x) + y = y - x, x - (-y) = x + y."""
    x, y = equation.inputs
    minus_x, minus_y = negated(x, defined), negated(y, defined)
    if equation.primitive.name == "subtract":
        return ("add", (x, minus_y), {}) if minus_y is not None else None
    if minus_y is not None:
        return "subtract", (x, minus_y), {}
    return ("subtract", (y, minus_x), {}) if minus_x is not None else None


@rule("multiply", "divide")
def signs_in_products(equation, defined):
    """Exact: (-x) * (-y) = x * y, (-x) * a = x * (-a) for a number a; the same for quotients."""
    x, y = equation.inputs
    minus_x, minus_y = negated(x, defined), negated(y, defined)
    name = equation.primitive.name
    if minus_x is not None and minus_y is not None:
        return name, (minus_x, minus_y), {}
    if minus_x is not None and is_number(y):
        return name, (minus_x, minus(y)), {}
    if minus_y is not None and is_number(x):
        return name, (minus(x), minus_y), {}
    return None


@rule("sum")
def signs_leave_sums(equation, defined):
    """Exact: the sum of -x is minus the sum of x."""
    (out,) = equation.outputs
    x = negated(equation.inputs[0], defined)
    if x is None or dtype_of(x) != out.dtype:
        return None
    total = Variable(f"{out.name}_sum", out.shape, out.dtype)
    return [Equation(PRIMITIVES["sum"], (x,), equation.params, (total,)), ("negative", (total,), {})]


@rule("reshape")
def signs_leave_reshapes(equation, defined):
    """Exact: -x in another shape is minus that of x, where nobody else reads -x."""
    (x,), (out,) = equation.inputs, equation.outputs
    y = negated(x, defined)
    if y is None or defined.readers[x] > 1:
        return None
    shaped = Variable(f"{out.name}_shaped", out.shape, out.dtype)
    return [Equation(PRIMITIVES["reshape"], (y,), equation.params, (shaped,)), ("negative", (shaped,), {})]


@rule("negative")
def signs_sink_into_products(equation, defined):
    """Exact: minus a product, that nobody else reads, is a product with one factor negated where that costs nothing."""
    found = _negation(equation.inputs[0], defined, equation.outputs[0].name)
    return found and [*found[:-1], (found[-1].primitive.name, found[-1].inputs, found[-1].params)]


def _negation(x, defined, name):
    """Equations whose last one is ``-x`` in place of the product or quotient that x is; ``None`` if they are more."""
    equation = (made_by(x, "multiply", defined) or made_by(x, "divide", defined)) if isinstance(x, Variable) else None
    if equation is None or defined.readers[x] > 1 or not x.dtype.startswith("float"):
        return None
    for i, factor in enumerate(equation.inputs):
        rest, before = list(equation.inputs), []
        if is_number(factor):
            rest[i] = minus(factor)
        elif negated(factor, defined) is not None and defined.readers[factor] == 1:
            rest[i] = negated(factor, defined)
        elif found := _negation(factor, defined, name):
            before, rest[i] = found, found[-1].outputs[0]
        else:
            continue
        out = Variable(f"{name}_{len(before)}", x.shape, x.dtype)
        return [*before, Equation(equation.primitive, tuple(rest), {}, (out,))]
    return None


@rule("negative", "abs", "square")
def signs_in_even_functions(equation, defined):
    """Exact: -(-x) = x, |-x| = |x|, (-x)^2 = x^2, and -(a x) = (-a) x for a number a; -(x - y) is y - x."""
    (x,) = equation.inputs
    name = equation.primitive.name
    minus_x = negated(x, defined)
    if minus_x is not None:
        return minus_x if name == "negative" else (name, (minus_x,), {})
    if name == "negative" and equation.outputs[0].dtype.startswith("float"):
        if (product := made_by(x, "multiply", defined)) and any(map(is_number, product.inputs)):
            a, b = product.inputs
            return "multiply", (minus(a), b) if is_number(a) else (a, minus(b)), {}
        if difference := made_by(x, "subtract", defined):
            a, b = difference.inputs
            if is_number(a) and a == 0:
                return None
            return "subtract", (b, a), {}
    return None


@rule("sign")
def signs_of_signs(equation, defined):
    """Exact: sign(copysign(a, y)) = copysign(1, y) for a number a other than zero."""
    (x,) = equation.inputs
    inner = made_by(x, "copysign", defined)
    size = inner.inputs[0] if inner else 0
    if not (is_number(size) and abs(size) > 0 and fits(inner.inputs[1], equation.outputs[0])):
        return None
    return "copysign", (1.0, inner.inputs[1]), {}
