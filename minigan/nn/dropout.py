"""Dropout: features set to zero at random in training."""

from __future__ import annotations

from .. import numpy as mnp
from ..backend import dtype_name
from ..random import as_generator
from ..rebuilt import rebuilt_by_name
from ..validation import fraction
from .layer import Layer, as_input


@rebuilt_by_name
def dropout(rate: float) -> Layer:
    """In training, each value is 0 with probability ``rate`` and x / (1 - ``rate``) otherwise; else y = x.

    The mean is that of ``x`` either way. ``rate`` is the probability to drop, in [0, 1). In training it draws
    from ``rng``, and raises `ValueError` without one. Source: Srivastava et al. (2014), in the inverted form.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> rng = mg.random.generator(0, host=True)
    >>> mg.to_numpy(nn.dropout(0.5).apply(None, mnp.ones(6), train=True, rng=rng))
    array([2., 0., 0., 0., 2., 2.])
    """
    rate = fraction(rate, "the rate of dropout, the probability to drop,")

    def init(rng, shape, dtype=None):
        return None

    def apply(params, x, *, train=False, rng=None):
        if not train or rate == 0.0:
            return x
        if rng is None:
            raise ValueError(
                "dropout in training draws at random: pass a generator, apply(params, x, train=True, rng=rng)"
            )
        x = as_input(x, "dropout")
        dtype = "float32" if dtype_name(x.dtype) == "float32" else None
        kept = as_generator(rng).uniform(tuple(x.shape), dtype=dtype) >= rate
        return mnp.where(kept, x / (1.0 - rate), 0.0)

    return Layer(init, apply, name=f"dropout({rate:g})")
