"""Factors: where numbers in products meet, and where a factor and its reciprocal cancel. `algebra` lists what of it is
inexact.
"""

from __future__ import annotations

import math

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from .algebra import constant, dtype_of, fits, is_number, made_by, rule, shape_of

MOST_USES = 16  # of a value that are looked at for a product of it


@rule("multiply")
def squares(equation, defined):
    """Exact: x * x = x^2, but for truth values, which have no square."""
    x, y = equation.inputs
    return ("square", (x,), {}) if isinstance(x, Variable) and x is y and x.dtype != "bool" else None


@rule("add")
def doubles(equation, defined):
    """Exact: x + x = 2 * x, for a number that other numbers can meet."""
    x, y = equation.inputs
    return ("multiply", (x, 2.0), {}) if isinstance(x, Variable) and x is y and x.dtype.startswith("float") else None


@rule("add", "subtract")
def doubles_beside_a_number(equation, defined):
    """(a + x) + x = a + 2 * x and (a - x) - x = a - 2 * x for a number a: one rounding instead of two."""
    (out,) = equation.outputs
    name = equation.primitive.name
    for whole, x in (equation.inputs, equation.inputs[::-1])[: 2 if name == "add" else 1]:
        inner = made_by(whole, name, defined)
        if inner is None or defined.readers[whole] > 1 or not out.dtype.startswith("float") or not fits(x, out):
            continue
        for a, y in (inner.inputs, inner.inputs[::-1])[: 2 if name == "add" else 1]:
            if is_number(a) and isinstance(x, Variable) and y is x:
                double = Variable(f"{out.name}_double", out.shape, out.dtype)
                return [Equation(PRIMITIVES["multiply"], (x, 2.0), {}, (double,)), (name, (a, double), {})]
    return None


@rule("add")
def doubled_products(equation, defined):
    """(a + x) + x = a + 2 x where x is a product with a smaller array, which then takes the number: a pass less."""
    (out,) = equation.outputs
    for whole, x in (equation.inputs, equation.inputs[::-1]):
        inner, product = made_by(whole, "add", defined), made_by(x, "multiply", defined)
        if inner is None or product is None or defined.readers[whole] > 1 or defined.readers[x] != 2 or not fits(x, out):
            continue
        if not out.dtype.startswith("float") or all(shape_of(y) == out.shape for y in product.inputs):
            continue
        for a, y in (inner.inputs, inner.inputs[::-1]):
            if y is x and a is not x:
                double = Variable(f"{out.name}_double", out.shape, out.dtype)
                return [Equation(PRIMITIVES["multiply"], (x, 2.0), {}, (double,)), ("add", (a, double), {})]
    return None


@rule("multiply")
def products_are_shared(equation, defined):
    """(a * x) * y = a * (x * y) for a number or a smaller array a, where x * y is there already."""
    (out,) = equation.outputs
    for scaled, y in (equation.inputs, equation.inputs[::-1]):
        inner = made_by(scaled, "multiply", defined)
        if inner is None or not isinstance(y, Variable) or out.dtype not in ("float32", "float64"):
            continue
        for a, x in (inner.inputs, inner.inputs[::-1]):
            small = is_number(a) or (isinstance(a, Variable) and math.prod(a.shape) < math.prod(out.shape))
            for use in defined.uses[x][:MOST_USES] if small and isinstance(x, Variable) else ():
                found = use.primitive.name == "multiply" and use.outputs[0] in defined and fits(use.outputs[0], out)
                if found and ((use.inputs[0] is x and use.inputs[1] is y) or (use.inputs[0] is y and use.inputs[1] is x)):
                    return "multiply", (use.outputs[0], a), {}
    return None


@rule("add")
def common_factors(equation, defined):
    """x * y + y = (x + 1) * y: nothing cancels but in x + 1, and the number costs less than an array."""
    (out,) = equation.outputs
    for product, y in (equation.inputs, equation.inputs[::-1]):
        inner = made_by(product, "multiply", defined)
        if inner is None or defined.readers[product] > 1 or not out.dtype.startswith("float") or not fits(y, out):
            continue
        for x, other in (inner.inputs, inner.inputs[::-1]):
            if other is y and is_number(x):
                return "multiply", (y, x + 1.0), {}
            if other is y and dtype_of(x) == out.dtype:
                more = Variable(f"{out.name}_more", shape_of(x), out.dtype)
                return [Equation(PRIMITIVES["add"], (x, 1.0), {}, (more,)), ("multiply", (more, y), {})]
    return None


@rule("sum")
def numbers_leave_sums(equation, defined):
    """sum(a * x) = a * sum(x) and sum(x / a) = sum(x) / a for a number a, where only sums read it: a pass less over x."""
    (out,), (whole,) = equation.outputs, equation.inputs
    product, quotient = made_by(whole, "multiply", defined), made_by(whole, "divide", defined)
    inner = product or quotient
    if inner is None or out.dtype not in ("float32", "float64") or whole.dtype != out.dtype:
        return None
    x, a = inner.inputs if quotient or is_number(inner.inputs[1]) else inner.inputs[::-1]
    if not (is_number(a) and fits(x, whole) and _ordinary(a, out.dtype)):
        return None
    uses = defined.uses[whole]
    if len(uses) < defined.readers[whole] or any(use.primitive.name != "sum" for use in uses):
        return None
    total = Variable(f"{out.name}_sum", out.shape, out.dtype)
    return [Equation(PRIMITIVES["sum"], (x,), equation.params, (total,)), (inner.primitive.name, (total, a), {})]


def takes_numbers(x, defined) -> bool:
    """Whether every reader of ``x`` would read ``a * x`` in no more operations for a number a, once numbers have met."""
    uses = defined.uses[x]
    return len(uses) == defined.readers[x] > 0 and all(
        use.primitive.name == "sum"
        or (use.primitive.name == "multiply" and any(map(is_number, use.inputs)))
        or (use.primitive.name == "divide" and is_number(use.inputs[1]))
        for use in uses
    )


@rule("multiply", "divide")
def numbers_meet(equation, defined):
    """(x * a) * b = x * (a * b) and (x / a) / b, (x * a) / b alike: one rounding instead of two."""
    x, y = equation.inputs
    (out,) = equation.outputs
    divides = equation.primitive.name == "divide"
    if is_number(x) and not divides:
        x, y = y, x
    if not (is_number(y) and isinstance(x, Variable) and out.dtype in ("float32", "float64") and x.dtype == out.dtype):
        return None
    if inner := made_by(x, "multiply", defined):
        a, b = inner.inputs
        number, rest = (a, b) if is_number(a) else (b, a)
        if is_number(number) and hasattr(rest, "shape") and dtype_of(rest) == out.dtype:
            factor = number / y if divides and y != 0 else number * y
            if (not divides or y != 0) and _ordinary(factor, out.dtype):
                return "multiply", (rest, factor), {}
    if (inner := made_by(x, "divide", defined)) and is_number(inner.inputs[1]) and inner.inputs[1] != 0:
        rest, number = inner.inputs
        if hasattr(rest, "shape") and dtype_of(rest) == out.dtype:
            factor = 1.0 / (number * y) if divides and y != 0 else y / number
            if (not divides or y != 0) and _ordinary(factor, out.dtype):
                return "multiply", (rest, factor), {}
    return None


def _ordinary(factor, dtype) -> bool:
    """Whether the dtype holds the factor with all its digits."""
    low, high = (1e-30, 1e30) if dtype == "float32" else (1e-250, 1e250)
    return low < abs(factor) < high


@rule("multiply")
def quotients_cancel(equation, defined):
    """(a / x) * x = a for a number a, also with one more factor between them."""
    for quotient, x, rest in factor_pairs(equation, defined):
        inner = made_by(quotient, "divide", defined)
        if inner and inner.inputs[1] is x and is_number(inner.inputs[0]):
            return times(inner.inputs[0], rest, equation.outputs[0])
    return None


def factor_pairs(equation, defined):
    """Two factors of a product in both orders, with what is left of it: ``None``, or the other factor of one of them
    that is a product itself. Nothing where the product is not one of floats."""
    x, y = equation.inputs
    (out,) = equation.outputs
    if not out.dtype.startswith("float"):
        return
    yield x, y, None
    yield y, x, None
    for whole, other in ((x, y), (y, x)):
        inner = made_by(whole, "multiply", defined)
        for factor, rest in (inner.inputs, inner.inputs[::-1]) if inner else ():
            if fits(rest, out):
                yield factor, other, rest
                yield other, factor, rest


def times(number, rest, out):
    """``number * rest`` as a rule returns it, where ``rest`` may be nothing."""
    return constant(number, out) if rest is None else ("multiply", (rest, number), {})


@rule("multiply")
def scalars_gather(equation, defined):
    """a * (x / s) = x * (a / s) for an array x and numbers (or arrays of shape ()) a and s: one pass less over x."""
    (out,) = equation.outputs
    for a, y in (equation.inputs, equation.inputs[::-1]):
        inner = made_by(y, "divide", defined)
        if inner is None or out.shape == () or not out.dtype.startswith("float"):
            continue
        x, s = inner.inputs
        if not (fits(x, out) and isinstance(s, Variable) and s.shape == () and s.dtype == out.dtype):
            continue
        if is_number(a) or (isinstance(a, Variable) and a.shape == () and a.dtype == out.dtype):
            factor = Variable(f"{out.name}_factor", (), out.dtype)
            return [Equation(PRIMITIVES["divide"], (a, s), {}, (factor,)), ("multiply", (x, factor), {})]
    return None
