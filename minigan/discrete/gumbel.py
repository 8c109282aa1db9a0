"""The Gumbel-max trick: a categorical draw is the argmax of logits and noise, so the draw is outside of the logits."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import real_array
from ..autodiff import stop_gradient
from ..backend import dtype_name
from ..numpy.creation import arange_like
from ..random import as_generator
from ..validation import count
from .arguments import as_axis, as_logits, noise_for, seen


def gumbel(rng, shape=(), dtype=None):
    """Independent standard Gumbel values G = -log E, E a standard exponential: P(G <= g) = exp(-exp(-g)).

    Never infinite, at either end and in either dtype: E is drawn in float64, where it is neither 0 nor rounded to it,
    and G is rounded to float32 last. (-log(-log U) of a float32 uniform is infinite at U = 0, and at its upper end knows
    24 bits of 1 - U: no value above 16.6, one in sixteen million.) ``dtype`` is float64 or float32. Mean 0.5772...,
    variance pi^2 / 6. Source: Gumbel (1954); Maddison, Tarlow & Minka (2014).

    >>> import minigan as mg
    >>> g = gumbel(mg.random.generator(0, host=True), 100_000)
    >>> round(float(mg.numpy.mean(g)), 2), round(float(mg.numpy.var(g)), 2)
    (0.58, 1.64)
    """
    return as_generator(rng).gumbel(shape, dtype)


def logistic(rng, shape=(), dtype=None):
    """Independent standard logistic values, the difference of two Gumbels: P(L <= x) = sigmoid(x). Never infinite.

    >>> import minigan as mg
    >>> l = logistic(mg.random.generator(0, host=True), 100_000)
    >>> round(float(mg.numpy.mean(l < 1.0)), 2)  # sigmoid(1) = 0.7311
    0.73
    """
    rng = as_generator(rng)
    on, off = rng.gumbel(shape, dtype), rng.gumbel(shape, dtype)
    return on - off


def gumbel_max(logits, rng=None, *, noise=None, axis=-1):
    """One draw from softmax(logits) along ``axis``, as an integer index: argmax_k logits_k + G_k.

    Exactly that law: P(argmax = k) = softmax(logits)_k; a logit of -inf is never drawn. The result has the shape of the
    logits without ``axis``. Give a generator, or Gumbel ``noise`` of the logits' shape (more axes in front are more
    draws). Equal sums go to the lowest index. No derivative: `gumbel_softmax` has one. Raises `ValueError` or `TypeError`
    for logits that are no distribution. Source: Gumbel (1954); Maddison, Tarlow & Minka (2014).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> rng = mg.random.generator(0, host=True)
    >>> draws = gumbel_max(mnp.log(mnp.array([0.5, 0.3, 0.2])), noise=gumbel(rng, (100_000, 3)))
    >>> [round(float(mnp.mean(draws == k)), 2) for k in range(3)]
    [0.5, 0.3, 0.2]
    """
    logits, axis = as_logits(logits, axis)
    noise = noise_for(logits, (axis,), rng, noise, gumbel)
    return mnp.argmax(stop_gradient(logits + noise), axis=axis)


def one_hot(indices, size, dtype=None, axis=-1):
    """1 at the index and 0 elsewhere, along a new axis of ``size`` places that becomes ``axis`` of the result.

    ``dtype`` is float64 unless given. Raises `TypeError` for indices that are no integers, and `ValueError` for one
    outside 0 .. size - 1, for ``size`` 0 and for an axis that the result does not have.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    size = count(size, "the size of one_hot's alphabet")
    indices = stop_gradient(real_array(indices, "the indices of one_hot"))
    if "int" not in dtype_name(indices.dtype):
        raise TypeError(f"one_hot takes integer indices, and was given {dtype_name(indices.dtype)}")
    values = seen(indices)
    if values is not None and bool(mnp.any((values < 0) | (values >= size))):
        raise ValueError(f"one_hot over {size} symbols takes indices 0 .. {size - 1}, and one lies outside")
    axis = as_axis(axis, mnp.expand_dims(indices, -1), "one-hot vectors")
    places = mnp.reshape(arange_like(indices, size), (size,) + (1,) * (-axis - 1))
    return mnp.astype(mnp.expand_dims(indices, axis) == places, "float64" if dtype is None else dtype)
