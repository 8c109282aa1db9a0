"""How NumPy spells each elementary operation, and what it can do about memory.

Four kinds: a *ufunc* takes where its result goes and may overwrite an operand; a *view* shares its operand's
memory; an *into* operation takes where its result goes but must not overwrite an operand; a *call* returns
memory of its own. What is in none of the tables runs as minigan's primitive, and the written module then
imports it.
"""

from __future__ import annotations

import ast
import functools
import inspect
import keyword
import re

import numpy as np

from .. import choosing, lengths, logarithms
from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Variable
from ..numpy import image_kernels, pooling_kernels, resampling_kernels, scattering, triangular, winograd
from ..numpy.indexing import SLOT
from .element_kernels import chosen_by_masks, element_kernel_of
from .operands import number_text
from .written_rows import written_rows

_OWN_UFUNCS = {
    "pow_operator": "np.power",
    "exp2": "np.exp2",
    "cbrt": "np.cbrt",
    "deg2rad": "np.deg2rad",
    "rad2deg": "np.rad2deg",
    "fabs": "np.fabs",
    "rint": "np.rint",
    "fmax": "np.fmax",
    "fmin": "np.fmin",
    "is_positive": "np.greater",
    "erf": "special.erf",
    "gammaln": "special.gammaln",
    "digamma": "special.digamma",
    "wrightomega": "special.wrightomega",
}
# modules whose source runs by itself
KERNELS = (choosing, lengths, logarithms, winograd, image_kernels, pooling_kernels, resampling_kernels)
OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_VIEWS = {"reshape", "transpose", "broadcast_to"}
_INTO = {"dot", "matmul", "biased_product", "sum", "max", "min", "concatenate", "stack", "einsum"}


def kernel_of(equation: Equation) -> str | None:
    """The function of one of `KERNELS` that computes an equation; ``None`` for all but images' operations."""
    library = equation.primitive.library
    return library.__name__ if getattr(library, "__module__", None) in {module.__name__ for module in KERNELS} else None


def ufunc_of(equation: Equation) -> str | None:
    """The ufunc that computes an equation, as it is written; ``None`` where it is no ufunc."""
    primitive = equation.primitive
    if element_kernel_of(equation):
        return None
    if primitive.name == "fabs" and equation.outputs[0].dtype == getattr(equation.inputs[0], "dtype", None):
        return "np.absolute"  # of floats the same, on vectors
    if primitive.name in _OWN_UFUNCS:
        return _OWN_UFUNCS[primitive.name]
    if primitive.name == "clip" and _bounds_are_numbers(equation):
        return "np.clip"
    if primitive.name == "matmul" or equation.params or not isinstance(primitive.library, str):
        return None
    found = getattr(np, primitive.library, None)
    return f"np.{found.__name__}" if isinstance(found, np.ufunc) else None


def _bounds_are_numbers(equation: Equation) -> bool:
    x, *bounds = equation.inputs
    return all(type(bound) in (int, float) for bound in bounds) and getattr(x, "dtype", None) in ("float32", "float64")


def kind_of(equation: Equation) -> str:
    """``"ufunc"``, ``"view"``, ``"into"`` or ``"call"``."""
    name, out = equation.primitive.name, equation.outputs[0]
    if equation.primitive.multiple:
        return "call"
    if ufunc_of(equation):
        return "ufunc" if out.shape else "call"  # results of shape () are NumPy scalars, which have no memory
    if "rows" in equation.params and name == "getitem":
        return "into"
    if name in _VIEWS or (name == "getitem" and _shows(equation)) or is_onto(equation):
        return "view"
    if element_kernel_of(equation):
        return "into"
    if kernel_of(equation):
        return "into" if name.startswith("conv2d") else "call"
    if name in _INTO and out.shape and (name not in ("dot", "matmul") or min(map(_ndim, equation.inputs)) > 0):
        return "into"
    return "call"


def is_onto(equation: Equation) -> bool:
    """Whether an equation adds to its first operand, in place, and this is its result."""
    return equation.primitive.name == "scatter_add" and "onto" in equation.params


def _shows(equation: Equation) -> bool:
    """Whether an indexed array shows the operand's memory; arrays, truth values and single elements are copied."""
    index = equation.params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    single = equation.outputs[0].shape == () and Ellipsis not in parts
    return len(equation.inputs) == 1 and not single and not any(isinstance(part, bool) for part in parts)


def _ndim(x) -> int:
    return len(getattr(x, "shape", ()))


def _axis(params) -> str:
    return repr(params.get("axis"))


def _matrices(equation) -> bool:
    """Whether dot is matmul: of mixed dtypes they convert by different ways, to other signs of zero.

    Of complex ones dot leaves out what is multiplied by zero, infinities too.
    """
    dtypes = {str(x.dtype) for x in equation.inputs}
    return all(_ndim(x) <= 2 for x in equation.inputs) and len(dtypes) == 1 and not dtypes.pop().startswith("complex")


def _outer(equation) -> bool:
    """Whether matmul multiplies a stack of columns by rows: NumPy calls BLAS for each of them, which takes 1.1 to 4 times
    as long as a product of numbers from rows of eight on. For one pair alone BLAS is the faster."""
    x, y = equation.inputs
    (out,) = equation.outputs
    return (
        min(_ndim(x), _ndim(y)) >= 2 < len(out.shape)
        and x.shape[-1] == 1
        and out.shape[-1] >= 8
        and str(x.dtype) == str(y.dtype) == out.dtype in ("float32", "float64")
    )


def written(equation: Equation, read, into: str | None) -> str:
    """The line's right-hand side, or with ``into`` the whole call; ``read`` gives an operand's spelling."""
    name, params = equation.primitive.name, equation.params
    element_kernel = element_kernel_of(equation)
    if element_kernel == "chosen":
        return chosen_by_masks(equation, read, into)
    if "rows" in params:  # marked by a late pass
        return written_rows(equation, read, into)
    operands = [read(x) for x in equation.inputs]
    out = equation.outputs[0]
    comma = f", {into}" if into else ""
    ufunc = ufunc_of(equation)
    if name == "is_positive":  # a comparison writes ones and zeros where floats are asked for
        compared = f"np.greater({operands[0]}, {read(0.0)}{comma})"
        return compared if into else f"{compared}.astype(np.{out.dtype})"
    if ufunc:
        if not into and name in OPERATORS and len(operands) == 2 and out.dtype.startswith("float"):
            return f"{operands[0]} {OPERATORS[name]} {operands[1]}"
        if into and name in ("maximum", "minimum"):  # NumPy means to take more operands in that place
            comma = f", out={into}"
        return f"{ufunc}({', '.join(operands)}{comma})"
    if element_kernel:
        given = [*operands, *(read(params[key]) for key in ("first", "second") if key in params)]
        if name == "sign":
            given = [operands[0], read(params["times"]), *(f"sizes={sizes}" for sizes in operands[1:])]
            given += ["of_nan=0.0"] if "of_nan" in params else []
        given += [f"out={into}"] if into else []
        given += ["vectors=False"] if name == "log_ratio" and not logarithms.has_vectors("log1p", out.dtype) else []
        return f"{element_kernel}(np, {', '.join(given)})"
    if kernel := kernel_of(equation):
        keywords = [f"{key}={value!r}" for key, value in params.items()] + ([f"out={into}"] if into else [])
        return f"{kernel}({', '.join(['np', *operands, *keywords])})"
    if name == "matmul" and _outer(equation):
        return f"np.multiply({', '.join(operands)}{comma})"
    if name in ("dot", "matmul"):
        product = "np.dot" if name == "dot" or _matrices(equation) else "np.matmul"
        return f"{product}({', '.join(operands)}{comma})"
    if name in ("sum", "max", "min"):
        reduce = {"sum": "np.add", "max": "np.maximum", "min": "np.minimum"}[name] + ".reduce"
        extra = [_axis(params)]
        keepdims = params.get("keepdims", False)
        if into or keepdims or params.get("dtype") is not None:
            dtype = params.get("dtype")
            extra += ["None" if dtype is None else f"np.{np.dtype(dtype).name}"]
            extra += [into or "None"] if into or keepdims else []
            extra += ["True"] if keepdims else []
        return f"{reduce}({operands[0]}, {', '.join(extra)})"
    if name in ("concatenate", "stack"):
        return f"np.{name}(({', '.join(operands)}{',' if len(operands) == 1 else ''}), {_axis(params)}{comma})"
    if name == "einsum":
        target = f", out={into}" if into else ""
        target += f", optimize={params['optimize']!r}" if "optimize" in params else ""
        text = f"np.einsum({params['subscripts']!r}, {', '.join(operands)}{target})"
        return f"{text}.copy()" if len(operands) == 1 and not into and out.shape else text  # a diagonal is a view
    if name == "solve" and "turned" in params:
        return f"triangular_solution({', '.join(operands)}, {params['turned']})"
    if name in _CALLS:
        return _CALLS[name](operands, equation)
    if isinstance(equation.primitive.library, str) and _numpys(equation.primitive.library):
        keywords = [f"{key}={_parameter(value)}" for key, value in params.items() if value is not None]
        return f"np.{equation.primitive.library}({', '.join([*operands, *keywords])})"
    keywords = [f"{key}={_parameter(value)}" for key, value in params.items()]
    return f"PRIMITIVES[{name!r}]({', '.join([*operands, *keywords])})"


def stands_alone(equation: Equation) -> bool:
    """Whether the equation can be written without minigan."""
    return not written(equation, lambda x: "x", None).startswith("PRIMITIVES")


def _numpys(library: str) -> bool:
    target = np
    for part in library.split("."):
        target = getattr(target, part, None)
    return target is not None


def _parameter(value) -> str:
    if (isinstance(value, type) and issubclass(value, np.generic | float | int | complex)) or isinstance(value, np.dtype):
        return f"np.{np.dtype(value).name}"
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({number_text(value.item())})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_parameter, value))}{',' if len(value) == 1 else ''})"
    return number_text(value) if isinstance(value, float | complex) else repr(value)


def _reshape(operands, equation):
    shape = equation.outputs[0].shape
    return f"{operands[0]}.reshape({', '.join(map(str, shape)) if shape else '()'})"


def _transpose(operands, equation):
    axes = equation.params["axes"]
    if list(axes) == list(range(len(axes)))[::-1]:
        return f"{operands[0]}.T"
    return f"{operands[0]}.transpose({', '.join(map(str, axes))})"


def _index(equation, arrays) -> str:
    index, arrays = equation.params["index"], iter(arrays)

    def part(p):
        if p is SLOT:
            return next(arrays)
        if p is Ellipsis:
            return "..."
        if isinstance(p, slice):
            ends = ["" if end is None else str(end) for end in (p.start, p.stop, p.step)]
            return ":".join(ends if ends[2] else ends[:2])
        return repr(p)

    if isinstance(index, tuple):
        return ", ".join(map(part, index)) + ("," if len(index) == 1 else "") if index else "()"
    return part(index)


def _getitem(operands, equation):
    return f"{operands[0]}[{_index(equation, operands[1:])}]"


def _scatter_add(operands, equation):
    if is_onto(equation):
        x, values, *arrays = operands
        return f"{x}[{_index(equation, arrays)}] += {values}"
    shape, out = equation.params["shape"], equation.outputs[0]
    values, *arrays = operands
    index = _index(equation, arrays)
    duplicates = any(isinstance(x, Variable) or hasattr(x, "shape") for x in equation.inputs[1:])
    return f"scattered({values}, np.zeros({tuple(shape)}, np.{out.dtype}), np.s_[{index}], {duplicates})"


def _argsort(operands, equation):
    axis, kind = equation.params.get("axis", -1), equation.params.get("kind", "stable")
    return f"np.argsort({operands[0]}, axis={axis}, kind={kind!r})"


_CALLS = {
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": lambda o, e: f"np.broadcast_to({o[0]}, {e.outputs[0].shape})",
    "getitem": _getitem,
    "scatter_add": _scatter_add,
    "vecdot": lambda o, e: f"np.vecdot({', '.join(o)}, axis={e.params['axis']})",
    "where": lambda o, e: f"np.where({', '.join(o)})",
    "clip": lambda o, e: f"np.clip({', '.join(o)})",
    "astype": lambda o, e: f"{o[0]}.astype(np.{e.outputs[0].dtype})",
    "cast_to_discrete": lambda o, e: f"{o[0]}.astype(np.{e.outputs[0].dtype})",
    "cumsum": lambda o, e: f"np.cumsum({o[0]}, {e.params['axis']}, np.{e.outputs[0].dtype})",
    "argsort": _argsort,
    "inner": lambda o, e: f"np.inner({', '.join(o)})",
}

@functools.cache
def support() -> dict[str, str]:
    """The functions that a written module may call, by name, as text: the images' kernels, and a scatter-add."""
    found = {}
    for source in map(inspect.getsource, (*KERNELS, scattering, triangular)):
        lines = source.splitlines()
        for node in ast.parse(source).body:
            text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            if isinstance(node, ast.FunctionDef):
                found[node.name] = text + "\n"
            elif isinstance(node, ast.Assign):
                found.update((name.id, text) for target in node.targets for name in ast.walk(target)
                             if isinstance(name, ast.Name))  # fmt: skip
    return found


@functools.cache
def reserved() -> frozenset[str]:
    """What names mean in a written module, whatever its function and arguments are called."""
    own = "np special math PRIMITIVES is_ aligned with_ones received given KEPT lo hi range min"
    return frozenset([*own.split(), *support(), *keyword.kwlist])


def needed_support(text: str) -> list[str]:
    """The supporting definitions that ``text`` calls for, and those that these call for, in their own order."""
    every, wanted, waiting = support(), set(), [text]
    while waiting:
        words = set(re.findall(r"(?<![\w.])\w+", waiting.pop()))
        for name in words & set(every) - wanted:
            wanted.add(name)
            waiting.append(every[name])
    return list(dict.fromkeys(every[name] for name in every if name in wanted))


assert set(_OWN_UFUNCS) <= set(PRIMITIVES)
