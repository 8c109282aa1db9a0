"""Whether a call is one that a version was compiled for, and how it is then made: first by the code of `shortcut`, for
the call that repeats the last one, then by a look at every argument.
"""

from __future__ import annotations

import functools
from operator import is_

import numpy as np

from ..backend import active
from .calling import giver, shortcut, taker
from .residences import Residences


def told_apart(value):
    """What is equal for equal values alone: -0.0 is not 0.0, and nan is itself."""
    return repr(value) if type(value) is float else value


def fast_call(version):
    """``(args, kwargs) -> (result,)``, or ``None`` where the arguments have another signature."""
    take, give, run = taker(version.structure), giver(version.program.out_structure), version.run
    backend = version.backend
    on_numpy = backend.library == "numpy"
    own_dtype = np.dtype if on_numpy else backend.dtype
    kinds = (np.ndarray, np.generic) if on_numpy else backend.array_type
    resident = version.items.resident if version.donated else ()
    kept = [i for v, i in zip(version.program.inputs, version.traced) if v in resident]
    traced, in_place = set(version.traced), set(kept)
    others = [i for i in version.traced if i not in in_place]
    statics = [(i, type(s), told_apart(s)) for i, s in enumerate(version.specs) if i not in traced]
    kept_checks, checks = ([(i, version.specs[i][0], own_dtype(version.specs[i][1])) for i in those]
                           for those in (kept, others))  # fmt: skip
    sized, floats = _sized(version), _takes_floats(version)
    residences = Residences(version, functools.partial(_shortcut, version, kept)) if kept else ()

    def fit(leaves, checks):
        for i, shape, dtype in checks:
            leaf = leaves[i]
            if not isinstance(leaf, kinds):
                if type(leaf) is not float or shape != () or not floats:
                    return False
                leaves[i] = backend.asarray(leaf, dtype=dtype)
            elif leaf.shape != shape or leaf.dtype != dtype:
                return False
        return True

    def call(args, kwargs):
        leaves = take(args, kwargs)
        if leaves is None:
            return None
        for i, kind, value in statics:
            leaf = leaves[i]
            if type(leaf) is not kind or (leaf is not value and told_apart(leaf) != value):
                return None
        if not sized and active() is not backend and not any(isinstance(leaf, kinds) for leaf in leaves):
            return None
        if not fit(leaves, checks):
            return None
        arguments = [leaves[i] for i in others]
        if not kept:
            return (give(run(*arguments)),)
        given = [leaves[i] for i in kept]
        home = next((home for home in residences if all(map(is_, given, home.kept))), None)
        if home is not None:
            return run_in(home, given, arguments)
        if not fit(leaves, kept_checks):
            return None
        home = residences.enter(given)
        try:
            return run_in(home, given, arguments)
        finally:
            residences.leave(home)

    def run_in(home, given, arguments):
        arguments = [np.array(x) if _shows(x, home.kept) else x for x in arguments]  # a part of what was given up
        return (give(home.run(given, *arguments)),)

    if not (on_numpy and sized):
        return call
    if not kept:
        quick = _shortcut(version, kept, run)
        return lambda args, kwargs: quick(args, kwargs) or call(args, kwargs)

    def quick_call(args, kwargs):
        for home in residences:
            if found := home.quick(args, kwargs):
                return found
        return call(args, kwargs)

    return quick_call


def _shortcut(version, kept, run, in_place=(), memory=frozenset()):
    expected = [("value", spec) for spec in version.specs]
    for i in version.traced:
        shape, dtype = version.specs[i]
        expected[i] = ("array", shape, np.dtype(dtype))
    for position, i in enumerate(kept):
        expected[i] = ("kept", position)
    return shortcut(version.structure, version.program.out_structure, expected, run, in_place, memory)


def _shows(x, in_place) -> bool:
    """Whether a NumPy array may share memory with a kept one."""
    return x.base is not None and any(np.may_share_memory(x, kept) for kept in in_place)


def _sized(version) -> bool:
    """Whether some argument can only be an array, which then says what backend the call is for."""
    return any(version.specs[i][0] for i in version.traced)


def _takes_floats(version) -> bool:
    """Whether a Python float in place of a number is sure to mean this version: see `compile`."""
    floats = [version.specs[i] for i in version.traced if version.specs[i][1].startswith("float")]
    dtypes = {dtype for _, dtype in floats}
    return len(dtypes) == 1 and ("float64" in dtypes or any(shape for shape, _ in floats))
