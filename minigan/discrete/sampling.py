"""What the estimators of a discrete gradient share: their door, their samples, and f at these.

Logits of shape (..., K) are a product of independent categorical variables, one for every place of the axes before
the last. Estimates work on arrays of shape (*leading, n, ..., K): n samples an estimate, independent estimates along
the leading axes.
"""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..autodiff import stop_gradient, vjp
from ..backend import dtype_name
from ..validation import count
from .arguments import as_floats, as_generator
from .gumbel import one_hot

LOWEST = -4000.0  # stands for log 0: its exponential is 0 in every dtype, and sums with it stay finite


def log_probabilities(logits):
    """log softmax(logits) along the last axis, with `LOWEST` for log 0."""
    return mnp.maximum(mnp.log_softmax(logits, axis=-1), LOWEST)


def gumbel_noise(logits, rng, noise, samples, shape, caller: str, several: int = 0):
    """Standard Gumbel noise of shape (*shape, samples, *logits.shape): drawn from ``rng``, or ``noise`` if given.

    With ``several`` there are that many such arrays, along a first axis. Raises `ValueError` for neither or both of
    ``rng`` and ``noise``, and for noise of another shape.
    """
    first = (several,) if several else ()
    if (rng is None) == (noise is None):
        raise ValueError(
            f"{caller} takes exactly one of rng and noise: rng=mg.random.generator(seed) to draw here, "
            f"or Gumbel noise drawn outside; {'neither was given' if rng is None else 'both were given'}"
        )
    if noise is None:
        leading = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
        leading = tuple(count(n, f"the shape of {caller}'s estimates", 0) for n in leading)
        samples = count(1 if samples is None else samples, "samples")
        return as_generator(rng).gumbel((*first, *leading, samples, *logits.shape), dtype=dtype_name(logits.dtype))
    noise = as_floats(noise, "noise")
    found, own = tuple(noise.shape), tuple(logits.shape)
    body = found[len(first) :]
    if found[: len(first)] != first or len(body) <= len(own) or body[len(body) - len(own) :] != own:
        expected = ", ".join([*map(str, first), "...", "samples", *map(str, own)])
        raise ValueError(f"{caller} needs noise of shape ({expected}) for logits of shape {own}, and it has {found}")
    n = body[len(body) - len(own) - 1]
    if n < 1 or samples not in (None, n):
        raise ValueError(f"{caller} was given noise for {n} samples and samples={samples!r}")
    return mnp.astype(noise, logits.dtype)


def draw_one_hot(logits, noise):
    """Samples of softmax(logits) as one-hot rows, argmax(logits + noise), by the Gumbel-max trick; constants."""
    indices = mnp.argmax(stop_gradient(log_probabilities(logits) + noise), axis=-1)
    return one_hot(indices, logits.shape[-1], logits.dtype)


def evaluate(f, x, axes: int, caller: str, name: str = "f"):
    """f at every point of ``x`` (*leading, *point), ``axes`` the number of a point's axes: shape ``leading``.

    ``f`` sees one batch, shape (batch, *point), and must return shape (batch,); anything else is refused.
    """
    leading, point = tuple(x.shape[: x.ndim - axes]), tuple(x.shape[x.ndim - axes :])
    batch = math.prod(leading)
    if not callable(f):
        raise TypeError(f"{caller} calls {name} with a batch of points, and was given {f!r}, which is no function")
    y = f(mnp.reshape(x, (batch, *point)))
    shape = tuple(getattr(y, "shape", ()))
    if not hasattr(y, "dtype") or shape != (batch,):
        told = f"shape {shape}" if hasattr(y, "dtype") else repr(type(y).__name__)
        raise ValueError(
            f"{caller} calls {name} with a batch of points, shape {(batch, *point)}, and {name} must return a number "
            f"for each, shape {(batch,)}; it returned {told}: reduce over all axes but the first"
        )
    return mnp.reshape(mnp.astype(y, x.dtype), leading)


def evaluate_with_gradient(f, x, axes: int, caller: str):
    """f at every point of ``x`` as `evaluate` has it, and its gradient at each, shaped like ``x``."""
    y, pullback = vjp(lambda x: evaluate(f, x, axes, caller), x)
    return y, pullback(mnp.ones_like(y))[0]


def per_sample(values, axes: int):
    """``values`` with ``axes`` axes of length 1 at the end, to weigh points with."""
    return mnp.reshape(values, (*values.shape, *(1,) * axes))
