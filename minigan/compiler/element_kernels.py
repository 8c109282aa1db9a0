"""Elementwise functions that are ours where NumPy's are slow: choices without branches, logarithms of 1 + x on vectors.

`minigan.choosing` and `minigan.logarithms` say what they cost; here is where they take the place of NumPy's: long arrays
of floats, one width, and for logarithms and exponentials only a machine on which NumPy's function has no vectors.
"""

from __future__ import annotations

import math

import numpy as np

from .. import choosing, lengths, logarithms
from ..autodiff.program import Equation, Variable
from .algebra import uniform_value


def element_kernel_of(equation: Equation) -> str | None:
    """The function that computes long arrays in place of NumPy's, element by element and over an operand if need be."""
    name = equation.primitive.name
    if name == "log1p":
        own = "log1p_of_share" if equation.params.get("share") else "log1p_by_logarithm"
        return own if lacks_vectors(equation) else None
    if name == "expm1":
        return "expm1_by_exponential" if equation.outputs[0].dtype == "float32" and lacks_vectors(equation) else None
    if name == "log_ratio":
        long = math.prod(equation.outputs[0].shape) >= logarithms.LONG_ENOUGH
        dtypes = {getattr(x, "dtype", None) for x in equation.inputs}
        return "log_ratio_by_difference" if long and dtypes in ({"float32"}, {"float64"}) else None
    if name == "points" and "first" in equation.params:
        return "of_the_larger"
    if name == "points":
        return "counted" if equation.params.get("inclusive") else "points"
    if name == "sign" and "times" in equation.params:
        return "signed"
    if name in ("hypot", "radius") and math.prod(equation.outputs[0].shape) >= lengths.LONG_ENOUGH:
        return "length" if _floats(equation) else None
    if name == "copysign" and _floats(equation, "float32"):
        return "with_signs"
    if name in ("fmax", "fmin") and _floats(equation) and type(equation.inputs[1]) in (int, float):
        return "at_least" if name == "fmax" else "at_most"
    return "chosen" if name == "where" and _has_no_branch(equation) else None


def _floats(equation, *dtypes) -> bool:
    """Whether a long array, of one of these dtypes, is made of some of its own shape and width, and numbers."""
    out = equation.outputs[0]
    return (
        out.dtype in (dtypes or ("float32", "float64"))
        and math.prod(out.shape) >= choosing.LONG_ENOUGH
        and all(
            type(x) in (int, float) or (isinstance(x, Variable) and (x.shape, x.dtype) == (out.shape, out.dtype))
            for x in equation.inputs
        )
    )


def lacks_vectors(equation: Equation) -> bool:
    """Whether NumPy computes a function of a long array of floats one element at a time on this machine."""
    out = equation.outputs[0]
    return (
        out.dtype in ("float32", "float64")
        and math.prod(out.shape) >= logarithms.LONG_ENOUGH
        and getattr(equation.inputs[0], "dtype", None) == out.dtype
        and not logarithms.has_vectors(equation.primitive.name, out.dtype)
    )


def _has_no_branch(equation: Equation) -> bool:
    """Whether it is a choice between long arrays of one width, or numbers, which `choosing` makes by masks."""
    condition, *sides = equation.inputs
    out = equation.outputs[0]
    return (
        math.prod(out.shape) >= choosing.LONG_ENOUGH
        and out.dtype in ("float32", "float64")
        and getattr(condition, "dtype", None) == "bool"
        and tuple(condition.shape) != ()
        and all(type(x) in (int, float) or getattr(x, "dtype", None) == out.dtype for x in sides)
    )


def chosen_by_masks(equation, read, into) -> str:
    """The choice by masks; a zero is no operand, and what may be a Python number in the end becomes an array.

    A positive number beside zero is a product: three passes less.
    """
    sides: list[str] = []
    numbers: list = []
    condition, *given = equation.inputs
    for x in given:
        if condition.shape == equation.outputs[0].shape:  # a constant that is one number need not come from memory
            number = uniform_value(x)
            x = x if number is None else number
        numbers.append(x)
        if type(x) in (int, float) and str(float(x)) == "0.0" and "None" not in sides:
            sides.append("None")
        elif isinstance(x, Variable) and x.shape == ():
            sides.append(f"np.asarray({read(x)}, np.{x.dtype})")
        else:
            sides.append(read(x))
    if sides[1] == "None" and type(numbers[0]) in (int, float) and 0 < numbers[0] < math.inf:
        comma = f", {into}" if into else ""
        return f"np.multiply({read(condition)}.view(np.int8), {sides[0]}{comma})"
    if sides[0] == "None" and type(numbers[1]) in (int, float) and 0 < numbers[1] < math.inf:
        comma = f", {into}" if into else ""
        return f"np.multiply(np.logical_not({read(condition)}).view(np.int8), {sides[1]}{comma})"
    out = f", out={into}" if into else ""
    if step := _step(numbers, equation.outputs[0].dtype):
        return f"stepped(np, {read(condition)}, {read(step)}, {sides[1]}{out})"
    return f"chosen(np, {read(condition)}, {', '.join(sides)}{out})"


def _step(numbers, dtype):
    """What is added to the second of two numbers other than zero that a choice is between, to be the first one."""
    if not all(type(x) in (int, float) and 0 < abs(x) < math.inf for x in numbers):
        return None
    x, y = (np.asarray(number, dtype) for number in numbers)
    with np.errstate(all="ignore"):
        step = choosing.step_between(np, x, y)
    return None if step is None or not 0 < abs(step) < math.inf else step.item()
