"""Invertible layers, which say how they change volume; bijections in a row are a bijection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..rebuilt import Rebuilt, rebuilt_by_name


@dataclass(frozen=True, repr=False)
class Bijection(Rebuilt):
    """y = f(x) with its inverse and log |det df/dx|, over samples along the first axis.

    * ``init(rng, shape, dtype=None)``: the parameters; ``shape`` is the input's, batch axis first.
    * ``forward(params, x)``: y and log |det df/dx|, of shape (n,).
    * ``inverse(params, y)``: the x that y came from.
    * ``output_shape(shape)``: of y. It holds as many numbers as x: nothing else has an inverse.
    * ``adapted(params, x)``: parameters that suit a first batch, where a layer begins so (`activation_norm`).

    The density of x where f(x) has the density p_y is log p_y(f(x)) + log |det df/dx|, the lecture's "Change of
    Variables".

    >>> import minigan.numpy as mnp
    >>> halved = Bijection(
    ...     lambda rng, shape, dtype=None: None,
    ...     lambda params, x: (0.5 * x, mnp.full((x.shape[0],), -mnp.log(2.0) * x.shape[1])),
    ...     lambda params, y: 2.0 * y,
    ... )
    >>> y, log_det = chain(halved, halved).forward((None, None), mnp.ones((1, 3)))
    >>> float(y[0, 0]), round(float(mnp.exp(log_det[0])), 12)  # a quarter as long, a 64th of the volume
    (0.25, 0.015625)
    """

    init: Callable[..., Any]
    forward: Callable[..., Any]
    inverse: Callable[..., Any]
    output_shape: Callable[..., Any] = lambda shape: shape
    adapted: Callable[..., Any] | None = None
    name: str = "bijection"

    def __repr__(self):
        return self.name


@rebuilt_by_name
def chain(*bijections: Bijection) -> Bijection:
    """Bijections one after the other, x first through the first; logarithms of determinants add up.

    The parameters are a tuple. Raises `TypeError` for what is no bijection: a layer such as `dense` has no inverse that
    it knows of.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> flow = nn.chain(nn.activation_norm(), nn.squeeze)
    >>> params = flow.init(None, (None, 4, 4, 1))
    >>> y, log_det = flow.forward(params, mnp.ones((3, 4, 4, 1)))
    >>> y.shape, flow.inverse(params, y).shape, mg.to_numpy(log_det)
    ((3, 2, 2, 4), (3, 4, 4, 1), array([0., 0., 0.]))
    """
    for i, one in enumerate(bijections):
        if not isinstance(one, Bijection):
            raise TypeError(
                f"part {i} of a chain is no Bijection and has no inverse: {one!r:.80}; nn.affine_coupling, "
                f"nn.invertible_linear and nn.activation_norm make some"
            )
    if not bijections:
        raise ValueError("a chain of bijections has one at least")

    def init(rng, shape, dtype=None):
        params = []
        for one in bijections:
            params.append(one.init(rng, shape, dtype))
            shape = one.output_shape(shape)
        return tuple(params)

    def forward(params, x):
        total = 0.0
        for one, own in zip(bijections, params):
            x, log_det = one.forward(own, x)
            total = total + log_det
        return x, total

    def inverse(params, y):
        for one, own in zip(reversed(bijections), reversed(params)):
            y = one.inverse(own, y)
        return y

    def output_shape(shape):
        for one in bijections:
            shape = one.output_shape(shape)
        return shape

    def adapted(params, x):
        found = []
        for one, own in zip(bijections, params):
            found.append(own if one.adapted is None else one.adapted(own, x))
            x, _ = one.forward(found[-1], x)
        return tuple(found)

    return Bijection(init, forward, inverse, output_shape, adapted, f"chain({', '.join(map(repr, bijections))})")
