"""Plain arrays go to NumPy itself: its values, its keywords, its errors. Only traced ones need rules of ours.

`mirror` puts this in front of every function that we compose of primitives (a primitive calls the library anyway).
The other libraries have fewer functions than NumPy, or other ones, so on their arrays the composition runs too.
What has no composition here is a `plain_function`: it works on plain arrays and refuses traced ones by name.
"""

from __future__ import annotations

import functools
import inspect

import numpy as np

from ..autodiff.primitive import with_shapes
from ..autodiff.tracer import Tracer, innermost
from ..autodiff.trees import tree_leaves, tree_map
from ..backend import active, backend_of, backend_of_type, is_elsewhere
from .arguments import as_numpy_takes_them, signature_of
from .without_rules import BY_SHAPE, DERIVATIVE_ZERO, refusal

_NUMPYS_ALONE = {np.ndarray}


def _stable_argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    """NumPy's, with equal values in their order unless another way is asked for."""
    if kind is None and stable is None:
        stable = True
    return np.argsort(a, axis, kind, order, stable=stable)


def mirror(name: str, ours, creates: bool = False):
    """``ours``, and on plain NumPy arrays NumPy's own function of that name with all its keywords.

    A function that ``creates`` arrays asks the backend switch; the others follow their arguments.
    """
    numpys = _stable_argsort if name == "argsort" else _find(np, name)
    if numpys is None:
        return ours
    taken, alike, accepted = as_numpy_takes_them(name, ours, numpys)

    @functools.wraps(ours)
    def function(*args, **kwargs):
        for arg in args:
            if type(arg) is Tracer:
                break
        else:
            kinds = _kinds_in(args, kwargs)
            numpys_alone = kinds == _NUMPYS_ALONE and not creates  # the common case, told at once
            if not numpys_alone and any(map(is_elsewhere, kinds)):
                return function(*_brought(args, args), **_brought(kwargs, args))
            if numpys_alone or _are_numpys(kinds, creates):
                try:
                    return numpys(*args, **kwargs)
                except ValueError as error:
                    if type(error) is not ValueError:
                        raise
                    raise with_shapes(name, args, error) from error
                except IndexError as error:
                    if str(error) != "tuple index out of range":  # of an index; this one is Python's, of a shape
                        raise
                    raise with_shapes(name, args, "there are fewer axes than are named") from error
        if len(args) <= alike and (not kwargs or accepted.issuperset(kwargs)):
            return ours(*args, **kwargs)
        return taken(*args, **kwargs)

    function.__module__, function.__qualname__ = "minigan.numpy", name  # where pickle finds it
    function.__signature__ = signature_of(numpys) or inspect.signature(ours)
    return function


def _find(namespace, name):
    for part in name.split("."):
        namespace = getattr(namespace, part, None)
    return namespace


def _brought(tree, beside):
    """``tree`` with PyTorch's, JAX's or pandas' arrays made those of the library of what stands ``beside`` them."""
    backend = backend_of(*tree_leaves(beside))
    return tree_map(lambda leaf: backend.asarray(leaf) if is_elsewhere(type(leaf)) else leaf, tree)


def is_numpys(args, kwargs, creates=False) -> bool:
    """Whether nothing here is traced or another library's, and the arrays (or else the switch) are NumPy's."""
    return _are_numpys(_kinds_in(args, kwargs), creates)


def _kinds_in(args, kwargs) -> set:
    kinds: set = set()
    _kinds(args, kinds)
    if kwargs:
        _kinds(kwargs.values(), kinds)
    return kinds


def _are_numpys(kinds, creates) -> bool:
    if Tracer in kinds:
        return False
    found = {
        backend.library for kind in kinds if not issubclass(kind, np.generic) and (backend := backend_of_type(kind))
    }
    if creates or not found:
        found.add(active().library)
    return found == {"numpy"}


def _kinds(values, kinds) -> None:
    for value in values:
        if isinstance(value, list | tuple):
            _kinds(value, kinds)
        else:
            kinds.add(type(value))


@functools.cache
def plain_function(name: str):
    """``name`` as the library of its arguments has it (the active backend's for numbers alone)."""

    def function(*args, **kwargs):
        leaves = tree_leaves((args, kwargs))
        if any(isinstance(leaf, Tracer) for leaf in leaves):
            if name not in DERIVATIVE_ZERO:
                raise TypeError(refusal(name))
            args, kwargs = tree_map(lambda leaf: _value(leaf, name), (args, kwargs))
            return function(*args, **kwargs)
        xp = backend_of(*leaves).xp
        found = _find(xp, name)
        if found is None:
            raise AttributeError(f"{xp.__name__} has no function {name!r}")
        return found(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    if signature := signature_of(_find(np, name)):
        function.__signature__ = signature
    function.__doc__ = f"The array library's own {name}; it has no derivative rule here."
    return function


def _value(leaf, name):
    if name in BY_SHAPE:
        return innermost(leaf)
    return leaf.owner.concrete(leaf, name) if type(leaf) is Tracer else leaf


def no_rule(name) -> str:
    """What is said of a function, of NumPy or ours, that no rule is known of."""
    return (
        f"{name} has no derivative rule here. Write it with functions of minigan.numpy, or add a primitive: "
        "one line such as elementwise(name, lambda g, out, x: g * ...) in minigan/numpy/elementwise.py"
    )
