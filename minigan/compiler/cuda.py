"""How each elementwise operation is written in CUDA C++: an expression of its operands.

The expressions are Python, too, for a reader or a test that gives their functions meanings in NumPy.
"""

from __future__ import annotations

import math

import numpy as np

from ..autodiff.program import Equation
from ..backend import dtype_name

CTYPES = {"float32": "float", "float64": "double", "bool": "bool"}
_NAMES = "exp exp2 expm1 log log1p log2 log10 sin cos tan sinh cosh tanh sqrt cbrt hypot fabs floor ceil trunc rint erf"
_RENAMED = {
    "abs": "fabs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh",
}  # fmt: skip

# Of floats, in the dtype of the result. Operands are names and literals, so nothing needs parentheses.
ARITHMETIC = {
    "add": "{0} + {1}",
    "subtract": "{0} - {1}",
    "multiply": "{0} * {1}",
    "divide": "{0} / {1}",
    "negative": "-{0}",
    "positive": "{0}",
    "reciprocal": "1 / {0}",
    "square": "{0} * {0}",
    "power": "pow({0}, {1})",
    "pow_operator": "pow({0}, {1})",
    "maximum": "larger({0}, {1})",
    "minimum": "smaller({0}, {1})",
    "sign": "sign_of({0})",
    "astype": "{0}",
    "radius": "hypot({0}, {1})",
    **{name: f"{name}({'{0}, {1}' if name == 'hypot' else '{0}'})" for name in _NAMES.split()},
    **{name: f"{ours}({'{0}, {1}' if name == 'arctan2' else '{0}'})" for name, ours in _RENAMED.items()},
}
# Of anything, in the operands' common dtype; the result is a bool, or for is_positive 1 or 0 in the operand's dtype.
COMPARISONS = {
    "equal": "{0} == {1}",
    "not_equal": "{0} != {1}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "is_positive": "{0} > 0",
    "isnan": "{0} != {0}",
    "isfinite": "{0} - {0} == 0",
    "isinf": "({0} - {0} != 0) & ({0} == {0})",
}
_AND, _OR, _XOR, _NOT = "{0} & {1}", "{0} | {1}", "{0} != {1}", "{0} == bool(0)"
LOGIC = {  # of bools
    "logical_and": _AND, "logical_or": _OR, "logical_xor": _XOR, "logical_not": _NOT,
    "bitwise_and": _AND, "bitwise_or": _OR, "bitwise_xor": _XOR, "bitwise_invert": _NOT,
}  # fmt: skip

# NaN wins in larger and smaller, as in NumPy.
PREAMBLE = """
template <typename T> __device__ T larger(T x, T y) { return x != x ? x : (y != y ? y : (x > y ? x : y)); }
template <typename T> __device__ T smaller(T x, T y) { return x != x ? x : (y != y ? y : (x < y ? x : y)); }
template <typename T> __device__ T chosen(bool c, T x, T y) { return c ? x : y; }
template <typename T> __device__ T sign_of(T x) { return x != x ? x : T((x > 0) - (x < 0)); }
__device__ double infinity() { return __longlong_as_double(0x7ff0000000000000LL); }
__device__ double not_a_number() { return __longlong_as_double(0x7ff8000000000000LL); }
"""


def expressible(equation: Equation) -> bool:
    """Whether the equation has an expression here: elementwise, of floats and bools and Python numbers."""
    name, out = equation.primitive.name, equation.outputs[0]
    arrays = [x for x in equation.inputs if hasattr(x, "shape")]
    if not arrays or any(dtype_name(x.dtype) not in CTYPES for x in (*arrays, out)):
        return False
    if any(type(x) not in (bool, int, float) for x in equation.inputs if not hasattr(x, "shape")):
        return False
    if name in ("where", "astype"):
        return name == "astype" or not equation.params
    if equation.params:
        return False
    if name in ARITHMETIC:
        return out.dtype != "bool"
    if name in COMPARISONS:
        return _common(equation) in ("float32", "float64")
    return name in LOGIC and out.dtype == "bool"


def _common(equation: Equation) -> str:
    """The dtype that the operands are compared in; Python numbers are weak."""
    return np.result_type(*(np.dtype(dtype_name(x.dtype)) if hasattr(x, "shape") else x for x in equation.inputs)).name


def literal(x, dtype: str) -> str:
    """A Python number in a dtype; CUDA and Python both read ``float(0.1)``, to the same value."""
    if dtype == "bool":
        return f"bool({int(bool(x))})"
    x = float(x)
    if math.isfinite(x):
        return f"{CTYPES[dtype]}({x!r})"
    text = "not_a_number()" if x != x else "infinity()" if x > 0 else "-infinity()"
    return f"{CTYPES[dtype]}({text})"


def expression(equation: Equation, names) -> str:
    """The equation's right-hand side; ``names`` gives the name and the dtype of every array by its id."""
    name, out = equation.primitive.name, equation.outputs[0].dtype

    def read(x, dtype):
        if not hasattr(x, "shape"):
            return literal(x, dtype)
        spelled, own = names[id(x)]
        return spelled if own == dtype else f"{CTYPES[dtype]}({spelled})"

    if name == "where":
        condition, *choices = equation.inputs
        return f"chosen({', '.join([read(condition, 'bool'), *(read(x, out) for x in choices)])})"
    if name in ARITHMETIC:
        return ARITHMETIC[name].format(*(read(x, out) for x in equation.inputs))
    if name in LOGIC:
        return LOGIC[name].format(*(read(x, "bool") for x in equation.inputs))
    return COMPARISONS[name].format(*(read(x, _common(equation)) for x in equation.inputs))
