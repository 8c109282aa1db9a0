"""One run of a function, written down in elementary operations with names a reader can follow."""

from __future__ import annotations

import inspect
import itertools
import operator
import re
from collections import Counter

import numpy as np

from ..autodiff.boundary import tell_leaving
from ..autodiff.program import Program, Recorder, Variable
from ..autodiff.tracer import Leaving, Tracer
from ..autodiff.trees import Structure, flatten, unflatten
from ..backend import backend_of_type, dtype_name
from ..random import drawing_refused
from .expansions import EXPANSIONS
from .operations import reserved
from .sketching import sketch


def plain_value(x):
    """``x`` with numbers and strings of Python's own types alone: what is written down must mean itself.

    The text of an enumeration's member, or of whatever an ``int`` of somebody's own says that it is, is no source.
    """
    kind = type(x)
    if kind in (int, float, bool, str, complex) or x is None:
        return x
    if kind in (tuple, list):
        return kind(map(plain_value, x))
    if kind is slice:
        return slice(*map(plain_value, (x.start, x.stop, x.step)))
    if isinstance(x, np.generic):
        return operator.index(x) if isinstance(x, np.integer) else x
    exact = next((exact for exact in (int, float, complex, str) if isinstance(x, exact)), None)
    return x if exact is None else exact.__str__(x) if exact is str else exact(x)


class ElementaryRecorder(Recorder):
    """A recorder that opens composite functions: softplus becomes maximum, exp, log1p and a sum.

    If it ``sketches``, it leaves out large products.
    """

    __slots__ = ("failed", "left_out", "sketches")

    def __init__(self, sketches=False):
        super().__init__()
        self.sketches = sketches
        self.left_out = False  # whether values are made up
        self.failed = False  # whether an operation has failed on such values, for which f may have an answer

    def process(self, primitive, args, params):
        params = {key: plain_value(value) for key, value in params.items()}
        args = [arg if type(arg) is Tracer or hasattr(arg, "shape") else plain_value(arg) for arg in args]
        if primitive.is_unprepared(args):
            return primitive.prepared(*args, **params)
        expansion = EXPANSIONS.get(primitive.name)
        if expansion is not None:
            expanded = expansion(*args, **params)
            if expanded is not None:
                return expanded
        return super().process(primitive, args, params)

    def run(self, primitive, values, params):
        if self.sketches and (out := sketch(primitive, values, params)) is not None:
            self.left_out = True
            return out
        if not self.left_out:
            return super().run(primitive, values, params)
        try:
            with np.errstate(all="ignore"):
                return super().run(primitive, values, params)
        except Exception:
            self.failed = True
            raise


def record(f, structure: Structure, leaves, traced, names) -> Program:
    """The `Program` of ``f(*args, **kwargs)``; ``structure`` and ``leaves`` are those of ``(args, kwargs)``.

    Leaves at the positions ``traced`` become inputs, called ``names``; the others are part of the program. Numbers
    drawn inside ``f`` would be the same at every call, so drawing is refused with a sentence. Large products are left out,
    unless something fails that might not have failed with them, such as a Cholesky factor: then ``f`` runs once more.
    """
    recorder = ElementaryRecorder(sketches=True)
    try:
        program = _recorded(recorder, f, structure, leaves, traced, names)
    except Leaving:
        raise
    except Exception:
        if not recorder.left_out:
            raise
    else:
        if not recorder.failed:
            return program
    return _recorded(ElementaryRecorder(), f, structure, leaves, traced, names)


def _recorded(recorder, f, structure, leaves, traced, names) -> Program:
    given, inputs = list(leaves), []
    for position, name in zip(traced, names):
        leaf = leaves[position]
        variable = Variable(name, tuple(leaf.shape), dtype_name(leaf.dtype))
        given[position] = Tracer(leaf, recorder, variable)
        inputs.append(variable)
    args, kwargs = unflatten(structure, given)
    try:
        with drawing_refused():
            y = f(*args, **kwargs)
    except ValueError as error:
        tell_leaving(error)
        raise
    finally:
        recorder.closed = True
    outputs, out_structure = flatten(y)
    for leaf in outputs:
        if not isinstance(leaf, Tracer | int | float | str | bytes) and backend_of_type(type(leaf)) is None:
            raise TypeError(
                f"{f!r} was compiled and returned {leaf!r}, of type {type(leaf).__name__}: a compiled function returns "
                "trees of arrays and Python numbers"
            )
    ours = [
        t.data if type(t) is Tracer and t.owner is recorder
        else t if isinstance(t, np.generic)  # NumPy's numbers keep their dtype
        else plain_value(recorder.constant(t))
        for t in outputs
    ]  # fmt: skip
    return Program(tuple(inputs), tuple(recorder.equations), tuple(ours), structure, out_structure, recorder.constants)


def input_names(f, structure: Structure, traced) -> list[str]:
    """A name for every traced leaf: as much of its path as tells it apart, as in ``generator_0_weight``."""
    paths = list(itertools.chain.from_iterable(_paths_of_call(f, structure)))
    return shortened([paths[i] for i in traced])


def output_names(structure: Structure) -> list[str]:
    """Names for the leaves of a result, by their paths in it."""
    return shortened([path or ("result",) for path in _paths(structure, ())])


def shortened(paths) -> list[str]:
    """The shortest endings of the paths that differ from one another and start with a word."""
    full = [[_word(part) for part in path] for path in paths]
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    for length in range(1, max(map(len, full), default=0) + 1):
        endings = ["_".join(parts[-length:]) for parts in full]
        count = Counter(endings)
        for i, (ending, parts) in enumerate(zip(endings, full)):
            starts_well = ending[:1].isalpha() or length >= len(parts)
            if i not in chosen and starts_well and count[ending] == 1 and ending not in taken:
                chosen[i] = ending
                taken.add(ending)
    names, used = [], set()
    for i, parts in enumerate(full):
        name = chosen.get(i, "_".join(parts))
        name = f"x_{name}" if not name[:1].isalpha() else name
        while name in used or name in reserved():
            name += "_"
        used.add(name)
        names.append(name)
    return names


def _word(part) -> str:
    return re.sub(r"\W", "_", str(part))


def _paths_of_call(f, structure):
    """The paths of the leaves of each argument, beginning with the argument's name."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    args, kwargs = structure.children
    for i, child in enumerate(args.children):
        yield _paths(child, (positional[i] if i < len(positional) else f"x{i}",))
    for key, child in zip(kwargs.keys, kwargs.children):
        yield _paths(child, (key,))


def _paths(structure: Structure, path):
    if structure.kind is None:
        return [path]
    keys = structure.keys or getattr(structure.kind, "_fields", range(len(structure.children)))
    return [p for key, child in zip(keys, structure.children) for p in _paths(child, (*path, key))]
