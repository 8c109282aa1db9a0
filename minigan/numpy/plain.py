"""Functions of NumPy that are not among our primitives: they work on plain arrays and refuse traced ones by name."""

from __future__ import annotations

import functools

from ..autodiff.tracer import Tracer
from ..autodiff.trees import tree_leaves
from ..backend import backend_of
from .methods import _no_rule


@functools.cache
def plain_function(name: str):
    """``name`` as the library of its arguments has it (the active backend's for numbers alone)."""

    def function(*args, **kwargs):
        leaves = tree_leaves((args, kwargs))
        if any(isinstance(leaf, Tracer) for leaf in leaves):
            raise TypeError(_no_rule(f"minigan.numpy.{name}", {}))
        xp = backend_of(*leaves).xp
        if not hasattr(xp, name):
            raise AttributeError(f"{xp.__name__} has no function {name!r}")
        return getattr(xp, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The array library's own {name}; it has no derivative rule here."
    return function
