"""Where minibatches come from: an array, a density, or a function; and noise."""

from __future__ import annotations

import inspect

import minigan.numpy as mnp

from ..arrays import finite, floating, real_array
from ..autodiff.tracer import Tracer
from ..backend import backend_of_type, dtype_name, is_elsewhere
from ..validation import is_count, told

DATA, NOISE = "the training data", "the noise"


def batches_of(data, batch: int, dtype=None):
    """``draw(rng) -> (batch, ...)``: rows of an array drawn with replacement, samples of a density, or ``data(rng, n)``.

    Lists, tensors and tables are arrays; a `Dataset` of `minigan.data` is scaled as it is for training. Numbers in a row,
    as of a density, become a column, shape (batch, 1). Batches come in ``dtype``, or as the data has them; integers become
    float64.

    Raises `ValueError` for an array without rows or with NaN or infinity in it, and (at the draw) for a function that
    returns another number of rows; `TypeError` for what holds no real numbers and for what is none of these.
    """
    draw = _drawn(data, batch)
    return lambda rng: _floating(draw(rng), dtype)


def _drawn(data, batch):
    if hasattr(data, "for_training"):
        data = data.for_training("float64")
    if isinstance(data, list | tuple) or _is_array(data):
        rows = finite(real_array(data, DATA), DATA)
        if not rows.shape or not all(rows.shape):
            raise ValueError(
                f"{DATA} has shape {tuple(rows.shape)}, and needs at least one row, one sample each: (n, d), or (n, ...)"
            )
        rows = _columned(rows)
        return lambda rng: mnp.take(rows, rng.integers(0, rows.shape[0], (batch,)), 0)
    if hasattr(data, "sample"):
        return lambda rng: mnp.reshape(data.sample(rng, (batch,)), (batch, 1))
    if callable(data):
        return _of_function(data, batch, DATA)
    raise TypeError(f"training data is an array, a density or a function of (rng, n), not {_a(data)}")


def _of_function(function, batch, what):
    """``function(rng, n)``, every batch of which is looked at: n rows of real numbers."""
    _refuse_other_arguments(function, what)

    def draw(rng):
        found = function(rng, batch)
        if not _is_array(found) and not isinstance(found, list | tuple):
            raise TypeError(f"{what} is a function of (rng, n) that returns an array, and it returned {told(found)}")
        found = real_array(found, what)
        if not found.shape or found.shape[0] != batch:
            raise ValueError(
                f"{what} was asked for {batch} samples, as function(rng, {batch}), and came in shape "
                f"{tuple(found.shape)}: its first axis must have as many rows as are asked for"
            )
        return _columned(found)

    return draw


def _refuse_other_arguments(function, what):
    """What can be told of a function before it is called: whether it takes (rng, n)."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a library's own, which does not tell
        return
    try:
        signature.bind(None, 1)
    except TypeError:
        raise TypeError(f"{what} is a function of (rng, n), and {told(function)} takes {signature}") from None


def _columned(rows):
    return mnp.reshape(rows, (-1, 1)) if len(rows.shape) == 1 else rows


def _is_array(x) -> bool:
    return isinstance(x, Tracer) or backend_of_type(type(x)) is not None or is_elsewhere(type(x))


def _a(x) -> str:
    return f"a {type(x).__name__}"


def _floating(x, dtype):
    if dtype is None:
        return x if dtype_name(x.dtype).startswith("float") else floating(x, "a batch")
    return x if dtype_name(x.dtype) == dtype_name(dtype) else mnp.astype(real_array(x, "a batch"), dtype)


def noise_of(noise, batch: int, dtype=None):
    """``draw(rng) -> (batch, d)``: standard normal of dimension ``noise``, or ``noise(rng, batch)``."""
    if callable(noise):
        draw = _of_function(noise, batch, NOISE)
        return lambda rng: _floating(draw(rng), dtype)
    if not is_count(noise):
        raise ValueError(f"noise is a dimension or a function of (rng, n), not {told(noise)}")
    width = int(noise)
    return lambda rng: rng.standard_normal((batch, width), dtype=dtype)
