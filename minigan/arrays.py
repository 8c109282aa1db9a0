"""Arrays at the door: what holds real numbers, in whatever it comes, as an array of ours, or a sentence on what is wrong.

Lists go wherever arrays go, and so do tensors and tables of other libraries that can be read from here, a DataFrame say.
``what`` names what was given, in the plural, as the sentence begins: "the training data".
"""

from __future__ import annotations

import functools
import inspect

import numpy as np

import minigan.numpy as mnp

from .autodiff.program import seen
from .autodiff.tracer import Tracer
from .autodiff.trees import tree_leaves
from .backend import backend_of_type, dtype_name, from_elsewhere, is_elsewhere, kind_of, to_numpy
from .validation import told

TOLERANCE = 1e-5  # by how much the sum of shares may miss 1: more than float32 rounds, less than a printed digit
REAL = ("float", "longdouble", "int", "uint", "bool")


def real_array(x, what: str):
    """``x`` as an array of real numbers; one of NumPy's, CuPy's or of a transformation stays itself.

    Raises `TypeError` for what holds no real numbers: ``None``, text, Python objects, complex numbers; `ValueError` for
    lists that are ragged.

    >>> real_array([[1, 2], [3, 4]], "the samples").shape
    (2, 2)
    >>> real_array([[1, 2], [3]], "the samples")
    Traceback (most recent call last):
    ValueError: the samples are a list of parts that differ in length: [[1, 2], [3]]
    """
    if isinstance(x, Tracer) or backend_of_type(type(x)) is not None:
        return _real(x, f"an array of dtype {dtype_name(x.dtype)}", what)
    if is_elsewhere(type(x)):
        return mnp.asarray(_real(from_elsewhere(x), kind_of(x), what))
    if not isinstance(x, list | tuple | range | int | float | complex):
        raise TypeError(f"{what} are an array or a list of numbers, and were given as {told(x)}")
    if any(isinstance(leaf, Tracer) for leaf in tree_leaves(x)):
        return mnp.asarray(x)
    try:
        host = np.asarray(to_numpy(x) if isinstance(x, list | tuple) else x)
    except ValueError:
        raise ValueError(f"{what} are a list of parts that differ in length: {told(x)}") from None
    return mnp.asarray(_real(host, f"{told(x)}", what))


def _real(array, kind: str, what: str):
    """``array`` itself, if it is of real numbers; ``kind`` says what was given."""
    name = dtype_name(array.dtype)
    if not name.startswith(REAL):
        remedy = {
            "object": "Python objects: convert it first, as x.astype(float) or df.to_numpy(dtype=float) does",
            "comple": "complex numbers: take mnp.real(x), mnp.abs(x) or both parts side by side",
        }.get(name[:6], f"values of dtype {name}")
        raise TypeError(f"{what} are real numbers, and {kind} was given, which holds {remedy}")
    return array


def floating(x, what: str):
    """`real_array` in a floating-point dtype: integers and truth values become float64."""
    x = real_array(x, what)
    return x if dtype_name(x.dtype).startswith(("float", "longdouble")) else mnp.astype(x, "float64")


def takes_lists(*names: str):
    """A decorator: what is given as the arguments ``names`` may be lists, which are `floating` arrays to the function.

    >>> @takes_lists("x", "y")
    ... def inner(x, y):
    ...     return float(mnp.sum(x * y))
    >>> inner([1, 2], y=mnp.asarray([3.0, 4.0]))
    11.0
    """

    def decorated(function):
        places = {list(inspect.signature(function).parameters).index(name): name for name in names}

        def taken(x, name):
            return floating(x, f"the numbers {name} of {function.__name__}") if type(x) in (list, tuple) else x

        @functools.wraps(function)
        def taking(*args, **kwargs):
            args = (taken(x, places[i]) if i in places else x for i, x in enumerate(args))
            return function(*args, **{key: taken(x, key) if key in names else x for key, x in kwargs.items()})

        return taking

    return decorated


def finite(x, what: str):
    """``x`` itself; `ValueError` where its values are known and one is NaN or infinite, with the first place."""
    values = seen(x)
    if values is not None and not bool(mnp.all(mnp.isfinite(values))):
        host = to_numpy(values)
        bad = ~np.isfinite(host)
        place = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), bad.shape))
        raise ValueError(
            f"{what} hold NaN or infinity: {int(bad.sum())} of {bad.size} numbers, the first {host[place]} at {place}"
        )
    return x


def float_name(dtype) -> str:
    """The name of a floating-point dtype to train in; `ValueError` for another."""
    try:
        name = dtype_name(dtype)
    except TypeError:  # a list, say
        name = repr(dtype)
    if name not in ("float32", "float64"):
        raise ValueError(f"data are trained on in float32 or float64, and not in {name}")
    return name


def shares(x, what: str, axis: int = -1):
    """`floating` numbers that are none below 0 and sum to 1 along ``axis``, as far as values are known: a distribution.

    >>> shares([0.5, 0.6], "the shares")
    Traceback (most recent call last):
    ValueError: the shares sum to 1, and these to 1.1: divide counts by their sum
    """
    x = floating(x, what)
    if not x.shape or not x.shape[axis]:
        raise ValueError(f"{what} are one number a possibility, one at least, and were given in shape {tuple(x.shape)}")
    values = seen(finite(x, what))
    if values is None:
        return x
    if bool(mnp.any(values < 0)):
        raise ValueError(f"{what} are never negative, and one is {float(to_numpy(mnp.min(values))):.6g}")
    sums = to_numpy(mnp.sum(mnp.astype(values, "float64"), axis))
    apart = np.abs(sums - 1.0)
    if apart.max(initial=0.0) > TOLERANCE:
        raise ValueError(f"{what} sum to 1, and these to {sums.flat[int(apart.argmax())]:.6g}: divide counts by their sum")
    return x


def host_array(x, what: str) -> np.ndarray:
    """Finite real numbers as a NumPy array of float64, copied from a device if need be."""
    return host_floats(finite(floating(x, what), what), what)


def host_floats(x, what: str) -> np.ndarray:
    """The same of any real numbers, NaN and infinity among them.

    >>> host_floats([1, float("inf")], "the log weights")
    array([ 1., inf])
    """
    return to_numpy(floating(x, what)).astype(float, copy=False)
