"""Historical averaging: a spring between the parameters and the mean of what they have been."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import tree_leaves, tree_map
from ..autodiff.boundary import as_input
from ..rebuilt import rebuilt_by_name
from ..validation import positive, told
from .dtypes import in_dtype, widest
from .optimizer import Optimizer


@rebuilt_by_name
def historical_averaging(optimizer: Optimizer, weight: float) -> Optimizer:
    """``optimizer`` on the loss plus ``weight`` |x - m|^2, m = (x_0 + ... + x_t) / (t + 1) held fixed.

    Its gradient, 2 weight (x - m), is added to every array whose own gradient is not exactly 0
    (running statistics have none and stay out of it). The state is ``{"step", "optimizer", "mean"}``. Source:
    Salimans et al. (2016), section 3.3.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> init, update = historical_averaging(optim.sgd(1.0), 0.5)
    >>> x = mnp.asarray(1.0)
    >>> x, state = update(x, mnp.asarray(-2.0), init(x))  # at the start x = m: a plain step to 3
    >>> float(update(x, mnp.asarray(-2.0), state)[0])  # m = 2: the force is -2 + (3 - 2)
    4.0
    """
    weight = positive(weight, "the weight of historical_averaging")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"historical_averaging takes an optimiser, such as optim.sgd(0.1), and was given {optimizer!r}")

    def floats(tree, what="historical_averaging"):
        return tree_map(lambda leaf: as_input(leaf, what), tree)

    def init(params):
        params = floats(params)
        step = mnp.zeros((), dtype=widest(tree_leaves(params)))
        mean = tree_map(mnp.zeros_like, params)
        return {"step": step, "optimizer": optimizer.init(params), "mean": mean}

    def update(params, gradient, state, rng=None):
        if not isinstance(state, dict) or set(state) != {"step", "optimizer", "mean"}:
            raise ValueError(
                f"the state of historical_averaging is a dict of ['mean', 'optimizer', 'step'], and this one {told(state)}"
            )
        params, gradient = floats(params), floats(gradient, "the gradient given to historical_averaging")
        t = state["step"] + 1.0
        mean = tree_map(lambda m, x: m + (x - m) / in_dtype(t, x.dtype), state["mean"], params)

        def pulled(g, x, m):
            return g + mnp.where(mnp.any(g != 0.0), 2.0 * weight * (x - m), 0.0)

        pulled_gradient = tree_map(pulled, gradient, params, mean)
        params, own = optimizer.updated(params, pulled_gradient, state["optimizer"], rng)
        return params, {"step": t, "optimizer": own, "mean": mean}

    return Optimizer(init, update, f"historical_averaging[{weight:g}]({optimizer!r})", optimizer.draws)
