"""``r_`` and ``c_``, which join what stands between their brackets; traced parts too."""

from __future__ import annotations

import numpy

from ..autodiff.tracer import Tracer
from ..backend import backend_of_type, dtype_name
from .creation import arange, linspace
from .elementwise import astype
from .plain import is_numpys
from .shape import _array, concatenate, reshape, transpose


class Joiner:
    """``r_[a, 0.0, 1:3]``: arrays, numbers and ranges along the first axis, as `numpy.r_` takes them.

    >>> import minigan.numpy as mnp, minigan as mg
    >>> mg.to_numpy(mg.grad(lambda x: mnp.sum(mnp.r_[1:3, x, x] ** 2))(mnp.array([1.0, 2.0])))
    array([4., 8.])
    """

    def __init__(self, name, axis, dimensions, place):
        self.name = name
        self.how = axis, dimensions, place

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        given = [bound for part in parts for bound in (_bounds(part) if isinstance(part, slice) else (part,))]
        if is_numpys(given, {}, True):
            return getattr(numpy, self.name)[key]
        axis, dimensions, place = self.how
        if isinstance(parts[0], str):
            axis, dimensions, place = _directive(self.name, parts[0], self.how)
            parts = parts[1:]
        parts = [_range(part) if isinstance(part, slice) else part for part in parts]
        known = [_known(part) for part in parts]
        dtype = numpy.result_type(*(numpy.dtype(dtype_name(p.dtype)) if hasattr(p, "dtype") else p for p in known))
        return concatenate([astype(_shaped(_array(p), dimensions, place), dtype.name) for p in parts], axis)

    def __len__(self):
        return 0

    def __repr__(self):
        return f"<minigan.numpy.{self.name}>"


def _bounds(part):
    return part.start, part.stop, part.step


def _known(part):
    """A number as it is, weak beside arrays; anything else as an array."""
    known = isinstance(part, int | float | complex | Tracer) or backend_of_type(type(part)) is not None
    return part if known else _array(part)


def _range(part):
    """``start:stop:step``, or with an imaginary step that many numbers from start to stop."""
    start = 0 if part.start is None else part.start
    if isinstance(part.step, complex):
        return linspace(start, part.stop, int(abs(part.step)))
    return arange(start, part.stop, 1 if part.step is None else part.step)


def _directive(name, text, default):
    """The axis to join along, the least number of axes, and where the first own axis goes: "0,2,-1"."""
    try:
        numbers = [int(number) for number in text.split(",")]
    except ValueError:
        raise ValueError(
            f"{name} of traced arrays takes a directive of one to three integers, such as '0,2', and was given {text!r}"
        ) from None
    return (*numbers, *default[len(numbers) :])


def _shaped(x, dimensions, place):
    missing = dimensions - x.ndim
    if missing <= 0:
        return x
    x = reshape(x, (1,) * missing + tuple(x.shape))
    if place == -1:
        return x
    first = place + missing + 1 if place < 0 else place
    order = list(range(dimensions))
    return transpose(x, order[:first] + order[missing:] + order[first:missing])


r_ = Joiner("r_", 0, 1, -1)
c_ = Joiner("c_", -1, 2, 0)
