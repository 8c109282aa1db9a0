"""Updates followed by a projection: parameters that are kept in a box, or wherever else they belong."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import tree_map
from ..rebuilt import rebuilt_by_name
from ..validation import function, positive
from .optimizer import Optimizer


@rebuilt_by_name
def projected(optimizer: Optimizer, projection, name: str = "projected") -> Optimizer:
    """``optimizer``, and after each update ``projection`` applied to every array that the update has moved.

    An array that comes out as it went in, such as a layer's running statistics, which have no gradient, is left alone.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = projected(optim.sgd(1.0), lambda x: mnp.maximum(x, 0.0))
    >>> x = mnp.asarray(0.5)
    >>> float(update(x, mnp.asarray(2.0), init(x))[0])
    0.0
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{name} takes an optimiser, such as optim.sgd(0.1), and was given {optimizer!r}")

    function(projection, f"the projection of {name}", "(array)")

    def update(params, gradient, state, rng=None):
        moved, state = optimizer.updated(params, gradient, state, rng)
        kept = tree_map(lambda new, old: mnp.where(mnp.any(new != old), projection(new), new), moved, params)
        return kept, state

    return Optimizer(optimizer.init, update, f"{name}({optimizer!r})", optimizer.draws)


@rebuilt_by_name
def clip_weights(optimizer: Optimizer, limit: float = 0.01) -> Optimizer:
    """``optimizer`` with every parameter brought back into [-``limit``, ``limit``] after each update.

    So that a critic is Lipschitz with some constant; what constant depends on the network. `clip_by_value` is about
    gradients. Source: Arjovsky, Chintala and Bottou (2017), algorithm 1, with the limit 0.01.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = optim.clip_weights(optim.sgd(1.0), 0.1)
    >>> x = mnp.asarray(0.05)
    >>> float(update(x, mnp.asarray(-2.0), init(x))[0])
    0.1
    """
    limit = positive(limit, "the limit of clip_weights")
    return projected(optimizer, lambda x: mnp.clip(x, -limit, limit), f"clip_weights[{limit:g}]")
