"""Where minibatches come from: an array, a density, or a function; and noise."""

from __future__ import annotations

import minigan.numpy as mnp

from ..backend import dtype_name


def batches_of(data, batch: int, dtype=None):
    """``draw(rng) -> (batch, ...)``: rows of an array drawn with replacement, samples of a density, or ``data(rng, n)``.

    A density's samples become a column, shape (batch, 1). Batches come in ``dtype``, or as the data has them; integers
    become float64. Raises `ValueError` for an array without rows.
    """
    draw = _drawn(data, batch)
    return lambda rng: _floating(draw(rng), dtype)


def _drawn(data, batch):
    if hasattr(data, "shape"):
        rows = data.shape[0] if data.shape else 0
        if not rows:
            raise ValueError(f"the training data has shape {tuple(data.shape)}: it needs at least one row")
        return lambda rng: mnp.take(data, rng.integers(0, rows, (batch,)), 0)
    if hasattr(data, "sample"):
        return lambda rng: mnp.reshape(data.sample(rng, (batch,)), (batch, 1))
    if callable(data):
        return lambda rng: data(rng, batch)
    raise TypeError(f"training data is an array, a density or a function of (rng, n), not a {type(data).__name__}")


def _floating(x, dtype):
    if dtype is None:
        return x if dtype_name(x.dtype).startswith("float") else mnp.astype(x, "float64")
    return x if dtype_name(x.dtype) == dtype_name(dtype) else mnp.astype(x, dtype)


def noise_of(noise, batch: int, dtype=None):
    """``draw(rng) -> (batch, d)``: standard normal of dimension ``noise``, or ``noise(rng, batch)``."""
    if callable(noise):
        return lambda rng: _floating(noise(rng, batch), dtype)
    if not isinstance(noise, int) or noise < 1:
        raise ValueError(f"noise is a dimension or a function of (rng, n), not {noise!r}")
    return lambda rng: rng.standard_normal((batch, noise), dtype=dtype)
