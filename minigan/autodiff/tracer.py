"""What a function sees in place of its arrays while it is being differentiated or recorded.

A `Tracer` is a value and the transformation that watches it. The value is an array, or a tracer of a transformation
further out. Every transformation has a level, a number drawn from one ever-growing counter: an inner transformation
starts later, so it has the higher number, and an operation on several tracers belongs to the highest. That is all the
bookkeeping nesting needs. There is no stack to leave in disorder after an exception, and two perturbations never mix.
"""

from __future__ import annotations

import itertools

_levels = itertools.count(1)


class Leaving(TypeError):
    """A traced value was asked for as a number or an array, which would take it out of its transformation."""


def new_level() -> int:
    """A level above every transformation that has begun."""
    return next(_levels)


GATHER = " To gather traced values use mnp.stack or mnp.concatenate; to replace one, mnp.where(mask, new, old)."


class Tracer:
    """An array under a transformation. It has NumPy's operators and methods, which `minigan.numpy` gives it."""

    __slots__ = ("data", "owner", "value")
    __hash__ = None  # == compares element by element, as NumPy's does
    __array_priority__ = 1000.0
    __pandas_priority__ = 5000  # above that of its tables, 4000, which are then constants in our rules

    def __init__(self, value, owner, data):
        self.value = value
        self.owner = owner
        self.data = data  # what the trace keeps for it: a slot on the tape, a tangent, a variable

    @property
    def shape(self):
        return self.value.shape

    @property
    def dtype(self):
        return self.value.dtype

    @property
    def ndim(self):
        return self.value.ndim

    @property
    def size(self):
        return self.value.size

    def __len__(self):
        if not self.value.shape:
            raise TypeError("len() of a 0-d array")
        return self.value.shape[0]

    def __bool__(self):
        return bool(self.owner.concrete(self, "a branch on it (if, while, and, or, bool())"))

    def __float__(self):
        _refuse_to_leave(self, "float(), or storing it in an array (array[i] = traced),", GATHER)

    def __int__(self):
        _refuse_to_leave(self, "int(), or storing it in an array (array[i] = traced),", GATHER)

    def __index__(self):
        _refuse_to_leave(self, "using it as an index or a length")

    def __complex__(self):
        _refuse_to_leave(self, "complex(), or storing it in an array (array[i] = traced),", GATHER)

    def item(self, *_):
        _refuse_to_leave(self, ".item()")

    def tolist(self):
        _refuse_to_leave(self, ".tolist()")

    def __format__(self, spec):
        return _refuse_to_leave(self, f"formatting it as {spec!r}") if spec else repr(self)

    def __array__(self, *_, **__):
        how = "turning it into a NumPy array (np.array, np.asarray, or array[i] = traced)"
        _refuse_to_leave(self, how, GATHER)

    def __copy__(self):
        return self  # nobody can change it

    def __deepcopy__(self, memo):
        return self

    def __reduce_ex__(self, protocol):
        _refuse_to_leave(self, "pickling it")

    def __setitem__(self, index, value):
        raise TypeError(
            f"{_line(self)}in-place assignment to {self!r}: arrays are immutable under a transformation. "
            "Write mnp.where(mask, new, old), or mnp.index_add(x, index, new - x[index]), which return a new array."
        )

    def __repr__(self):
        return f"<{type(self.owner).__name__.lower()} tracer {describe(self)}>"


def innermost(x):
    """The array that ``x`` stands for, under however many transformations."""
    while type(x) is Tracer:
        x = x.value
    return x


def _refuse_to_leave(tracer, how, hint=""):
    owner = outermost(tracer)
    if hasattr(owner, "leaves"):  # a recorder names the line, and what to write instead
        owner.leaves(tracer, how)
    raise Leaving(
        f"{how} would take {tracer!r} out of the transformation and lose its derivative. Keep it an array, "
        f"or cut the derivative on purpose with mg.stop_gradient(x).{hint}"
    )


def outermost(tracer):
    """The transformation that began first among those that ``tracer`` is under."""
    while type(tracer.value) is Tracer:
        tracer = tracer.value
    return tracer.owner


def _line(tracer) -> str:
    if hasattr(outermost(tracer), "leaves"):
        from .program import user_line

        return user_line()
    return ""


def outlived(operation: str, transformation: str) -> str:
    return (
        f"{operation}: a traced array outlived the {transformation} it was traced by; return it from the function "
        "(or by has_aux=True) instead of storing it"
    )


def describe(x) -> str:
    """``float64[3,4]``: an array's dtype and shape, or a Python value as it is."""
    from ..backend import dtype_name, is_elsewhere, kind_of

    if is_elsewhere(type(x)):
        return kind_of(x)
    if not hasattr(x, "shape"):
        return repr(x)
    return f"{dtype_name(x.dtype)}[{','.join(map(str, x.shape))}]"
