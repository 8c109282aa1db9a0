"""Instance noise: Gaussian noise on what the discriminator sees, real and generated alike."""

from __future__ import annotations

from ..backend import dtype_name
from ..random import as_generator
from ..rebuilt import rebuilt_by_name
from ..validation import non_negative
from .layer import Layer, as_input


@rebuilt_by_name
def instance_noise(deviation: float) -> Layer:
    """In training y = x + ``deviation`` e, e ~ N(0, 1) drawn from ``rng``; else y = x. The first layer of D.

    Both densities are convolved with N(0, deviation^2), so they share a support, and the game at an equilibrium
    is damped. Raises `ValueError` without an ``rng`` in training. Sources: Sonderby et al. (2017);
    Arjovsky and Bottou (2017).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> noisy = nn.instance_noise(0.5).apply(None, mnp.zeros((4000,)), train=True, rng=mg.random.generator(0))
    >>> round(float(mnp.std(noisy)), 1)
    0.5
    """
    deviation = non_negative(deviation, "the deviation of instance_noise")

    def init(rng, shape, dtype=None):
        return None

    def apply(params, x, *, train=False, rng=None):
        if not train or deviation == 0.0:
            return x
        if rng is None:
            raise ValueError(
                "instance_noise in training draws at random: pass a generator, apply(params, x, train=True, rng=rng)"
            )
        x = as_input(x, "instance_noise")
        return x + deviation * as_generator(rng).standard_normal(tuple(x.shape), dtype=dtype_name(x.dtype))

    return Layer(init, apply, name=f"instance_noise({deviation:g})")
