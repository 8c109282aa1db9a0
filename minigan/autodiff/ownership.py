"""What a transformation returns is the caller's own: writable, and shared with nothing.

A rule may pass a cotangent on as it is, or show it in another shape, or return what the tape has saved.
Inside a transformation nobody writes into arrays, so nothing is copied there; what goes out is copied here
if somebody else can reach its memory, which its reference count tells.
"""

from __future__ import annotations

from sys import getrefcount

from numpy import empty, generic, ndarray

from ..backend import backend_of_type
from .tracer import Tracer


def own(leaves: list) -> list:
    """``leaves`` with every array that is not the list's alone replaced by a copy, in place.

    An array is the list's alone if only the list refers to it, and only the array to the memory that it may be a view
    of. Traced arrays, which nobody can change, stay; so do NumPy's scalars and Python's numbers.
    """
    for i in range(len(leaves)):
        x = leaves[i]
        if type(x) is ndarray:
            whole = x.base
            if getrefcount(x) <= _ALONE and (
                whole is None
                or (type(whole) is ndarray and whole.base is None and getrefcount(whole) <= _ALONE and x.flags.writeable)
            ):
                continue
            leaves[i] = x.copy("K")
        elif type(x) is not Tracer and not isinstance(x, generic) and (backend := backend_of_type(type(x))):
            leaves[i] = backend.xp.asarray(x, copy=True)
    return leaves


def _references(leaves):
    """How many references `own` finds to an array that is the list's alone."""
    x = leaves[0]
    return getrefcount(x)


_ALONE = _references([empty(1)])
