"""Stacks: rows of an array, rows laid end to end, and what is done alike to all of them.

A stack is a concatenation of flat arrays, in which `buffers` lets them be made, so that it costs nothing. Here is what
`steps` asks and makes, the rules that take from a stack what its parts have in common, and a pass that takes functions of
the parts of a stack, such as the slopes of all steps, from the whole.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from .algebra import Definitions, dtype_of, is_number, made_by, rule, shape_of
from .operations import ufunc_of
from .order import ordered


@dataclass(frozen=True)
class Rows:
    """Some elements of ``array``, as it lies flat in memory."""

    array: Variable
    start: int
    stop: int


def new(name, inputs, shape, dtype, called, **params) -> Equation:
    """An equation with a new result."""
    return Equation(PRIMITIVES[name], tuple(inputs), params, (Variable(called, tuple(shape), dtype),))


def reshaped(x, shape, called) -> Equation:
    """An equation that gives ``x`` another shape."""
    shape = tuple(shape)
    return Equation(PRIMITIVES["reshape"], (x,), {"shape": shape}, (Variable(called, shape, dtype_of(x)),))


def rows_of(x, defined) -> Rows | None:
    """The rows of another array that ``x`` is, through reshapes; ``None`` for anything else."""
    while shaped := made_by(x, "reshape", defined):
        (x,) = shaped.inputs
    taken = made_by(x, "getitem", defined)
    if taken is None or len(taken.inputs) > 1:
        return None
    (array,) = taken.inputs
    parts = by_axes(taken.params["index"], len(shape_of(array)))
    whole = parts and isinstance(array, Variable) and all(part == slice(None) for part in parts[1:])
    place = span(parts[0], array.shape[0]) if whole else None
    row = math.prod(array.shape[1:]) if place else 0
    return Rows(array, place[0] * row, place[1] * row) if row else None


def by_axes(index, ndim) -> tuple:
    """The parts of an index, one an axis; nothing where it has more, or arrays, or new axes."""
    parts = index if isinstance(index, tuple) else (index,)
    here = [i for i, part in enumerate(parts) if part is Ellipsis] or [len(parts)]
    parts = (*parts[: here[0]], *[slice(None)] * (ndim - len(parts) + (here[0] < len(parts))), *parts[here[0] + 1 :])
    return parts if len(parts) == ndim and all(type(part) in (int, slice) for part in parts) else ()


def span(part, size) -> tuple[int, int] | None:
    """Where an index along one axis begins and ends; ``None`` where it is no number and no plain slice."""
    if type(part) is int:
        return (part % size, part % size + 1) if -size <= part < size else None
    if isinstance(part, slice) and part.step in (None, 1):
        start, stop, _ = part.indices(size)
        return (start, stop) if stop > start else None
    return None


def place_of(equation, out) -> tuple[int, int, int] | None:
    """The axis along which a scatter_add fills one piece of ``out``, and where this begins and ends."""
    parts = by_axes(equation.params["index"], len(out.shape)) if len(equation.inputs) == 1 else ()
    cut = [(i, span(part, out.shape[i])) for i, part in enumerate(parts) if part != slice(None)]
    if len(cut) != 1 or cut[0][1] is None:
        return None
    ((axis, (start, stop)),) = cut
    return axis, start, stop


def stacked(parts, width, dtype, defined, made) -> Variable:
    """The rows ``parts`` as one array of rows of ``width`` elements; the equations for it go to ``made``."""
    count = sum(math.prod(shape_of(x)) for x in parts) // width
    found = [rows_of(x, defined) for x in parts]
    if None not in found and all(a.array is b.array and a.stop == b.start for a, b in pairwise(found)):
        whole, (start, stop) = found[0].array, (found[0].start, found[-1].stop)
        if start % width == 0 and stop - start == math.prod(whole.shape):
            if whole.shape == (count, width):
                return whole
            made.append(reshaped(whole, (count, width), f"{whole.name}_rows"))
            return made[-1].outputs[0]
    flat = []
    for x in parts:
        while isinstance(x, Variable) and (shaped := made_by(x, "reshape", defined)):
            (x,) = shaped.inputs
        size = math.prod(shape_of(x))
        if shape_of(x) != (size,):
            called = f"{x.name}_flat" if isinstance(x, Variable) else "constant_flat"
            made.append(reshaped(x, (size,), called))
            x = made[-1].outputs[0]
        flat.append(x)
    named = next((x.name for x in flat if isinstance(x, Variable)), "rows")
    made.append(new("concatenate", flat, (count * width,), dtype, f"{named}_steps", axis=0))
    made.append(reshaped(made[-1].outputs[0], (count, width), f"{named}_rows"))
    return made[-1].outputs[0]


def unstacked(whole, start, stop, out) -> list[Equation]:
    """Equations that make ``out`` of some rows of ``whole``."""
    single = stop - start == 1
    index, shape = (start, whole.shape[1:]) if single else (slice(start, stop), (stop - start, *whole.shape[1:]))
    if out.shape == shape:
        return [Equation(PRIMITIVES["getitem"], (whole,), {"index": index}, (out,))]
    rows = new("getitem", (whole,), shape, out.dtype, f"{out.name}_rows", index=index)
    return [rows, Equation(PRIMITIVES["reshape"], rows.outputs, {"shape": out.shape}, (out,))]


# -- what the parts of a stack have in common ------------------------------------------------------------------


def _parts(equation, defined) -> list | None:
    """The equations behind the parts of a flat stack, seen through reshapes; ``None`` where others read them, too."""
    if equation.params["axis"] != 0 or len(equation.outputs[0].shape) != 1 or len(equation.inputs) < 3:
        return None
    found = []
    for x in equation.inputs:
        if not isinstance(x, Variable):
            return None
        while isinstance(x, Variable) and defined.readers[x] == 1 and (shaped := made_by(x, "reshape", defined)):
            (x,) = shaped.inputs
        if not isinstance(x, Variable) or defined.readers[x] > 1 or x not in defined:
            return None
        found.append(defined[x])
        if found[-1].primitive is not found[0].primitive:
            return None
    return found


@rule("concatenate")
def products_leave_stacks(equation, defined):
    """A stack of products with one matrix is the product of the stack with it, a stack of a * x is a times the stack."""
    parts = _parts(equation, defined)
    if not parts:
        return None
    name, (out,) = parts[0].primitive.name, equation.outputs
    if name in ("multiply", "divide"):
        a = parts[0].inputs[1]
        same = is_number(a) and all(part.inputs[1] == a and is_number(part.inputs[1]) for part in parts)
        rows = [part.inputs[0] for part in parts]
        if not same or any(shape_of(x) != part.outputs[0].shape or dtype_of(x) != out.dtype
                           for x, part in zip(rows, parts)):  # fmt: skip
            return None
        made: list[Equation] = []
        whole = stacked(rows, math.prod(out.shape), out.dtype, defined, made)
        made.append(reshaped(whole, out.shape, f"{out.name}_unscaled"))
        return [*made, (name, (made[-1].outputs[0], a), {})]
    if name not in ("dot", "matmul"):
        return None
    w, rows = parts[0].inputs[1], [part.inputs[0] for part in parts]
    if not isinstance(w, Variable) or len(w.shape) != 2 or any(part.inputs[1] is not w for part in parts):
        return None
    if any(len(shape_of(x)) not in (1, 2) or dtype_of(x) != out.dtype for x in rows) or w.dtype != out.dtype:
        return None
    made = []
    whole = stacked(rows, w.shape[0], out.dtype, defined, made)
    made.append(new("dot", (whole, w), (whole.shape[0], w.shape[1]), out.dtype, f"{out.name}_product"))
    return [*made, ("reshape", made[-1].outputs, {"shape": out.shape})]


# -- functions of the parts of a stack -------------------------------------------------------------------------


def functions_of_stacks(program: Program) -> Program:
    """The program with elementwise functions of all parts of a stack taken of the whole, where all parts are there before
    somebody reads one of the results."""
    at = {variable: i for i, equation in enumerate(program.equations) for variable in equation.outputs}
    defined = Definitions(program)
    place: dict[Variable, tuple] = {}  # of a part: the stack, or the function of one, and where in it
    ready: dict = {}  # of a stack: the last of the equations that make its parts
    for equation in program.equations:
        flat = equation.primitive.name == "concatenate" and len(equation.outputs[0].shape) == 1
        if flat and len(equation.inputs) > 2:
            _note(equation, place, ready, at, program, defined)
    if not place:
        return program
    members = defaultdict(list)
    for equation in program.equations:
        x = _only_array(equation)
        if x in place:
            stack, start = place[x]
            how = tuple("x" if isinstance(y, Variable) else repr(y) for y in equation.inputs)
            key = (stack, equation.primitive.name, how)
            members[key].append((equation, start))
            ready[key] = ready[stack]
            place.setdefault(equation.outputs[0], (key, start))
    return _of_the_whole(program, members, ready, at, defined)


def _note(equation, place, ready, at, program, defined):
    start, latest = 0, -1
    found = {}
    for part in equation.inputs:
        x = part
        while isinstance(x, Variable) and x in at and program.equations[at[x]].primitive.name == "reshape":
            (x,) = program.equations[at[x]].inputs
        if isinstance(x, Variable):
            found.setdefault(x, (equation, start))
            latest = max(latest, at.get(x, -1))
        start += part.shape[0]
    for x, where in found.items():
        if x not in place and math.prod(x.shape) <= start:
            place[x] = where
    ready[equation] = latest


def _only_array(equation):
    """The one array that an elementwise equation is a function of; ``None`` for others."""
    arrays = [x for x in equation.inputs if hasattr(x, "shape")]
    same = len(arrays) == 1 and isinstance(arrays[0], Variable) and arrays[0].shape == equation.outputs[0].shape
    return arrays[0] if same and arrays[0].shape and ufunc_of(equation) and len(equation.outputs) == 1 else None


def _of_the_whole(program, members, ready, at, defined):
    inside = {equation for group in members.values() for equation, _ in group}
    wholes: dict = {}
    made: dict[int, list] = defaultdict(list)  # equations by that after which they come
    instead: dict[Equation, list] = {}
    moved: set[Equation] = set()
    for (stack, name, how), group in members.items():  # functions of functions come after them
        key = (stack, name, how)
        base = stack
        while isinstance(base, tuple):
            base = base[0]
        whole = base.outputs[0] if base is stack else wholes.get(stack)
        size = base.outputs[0].shape[0]
        early = any(at[use.outputs[0]] <= ready[key] for equation, _ in group
                    for use in defined.uses[equation.outputs[0]] if use not in inside)  # fmt: skip
        covered = sum(math.prod(equation.outputs[0].shape) for equation, _ in group)
        if whole is None or len(group) < 3 or 2 * covered < size or early:
            continue
        first, dtype = group[0][0], group[0][0].outputs[0].dtype
        inputs = tuple(whole if isinstance(x, Variable) else x for x in first.inputs)
        all_of = new(name, inputs, (size,), dtype, f"{first.outputs[0].name}_steps")
        wholes[key] = all_of.outputs[0]
        if base not in moved:
            moved.add(base)
            made[ready[key]].append(base)
        made[ready[key]].append(all_of)
        for equation, start in group:
            (out,) = equation.outputs
            made[ready[key]] += unstacked(wholes[key], start, start + math.prod(out.shape), out)
            instead[equation] = []
    if not wholes:
        return program
    equations: list[Equation] = list(made.get(-1, ()))
    for i, equation in enumerate(program.equations):
        if equation not in moved:
            equations += instead.get(equation, [equation])
        equations += made.get(i, ())
    found = ordered(equations)
    return replace(program, equations=tuple(found)) if len(found) == len(equations) else program
