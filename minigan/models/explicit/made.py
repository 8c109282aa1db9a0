"""MADE, one masked network for all conditionals of a fully visible belief net, in any order of the variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import minigan.numpy as mnp

from ... import nn, optim
from ...autodiff import tree_leaves
from ...backend import dtype_name
from ...nn.masked_dense import autoregressive_masks, checked_order, hidden_degrees, masked
from ...options import Above, Batch, Rate
from ..form import images
from ..registry import system
from ..system import System
from .autoregressive import ORDERS, Autoregressive, order_called, products_in_order
from .bits import PIXELS, SIDE, digit_bits, independent_pixels
from .likelihood import Cost, likelihood_system

STEPS = 3000
Decay = Annotated[float | None, Above(0), "weight of the sum of squared parameters; or none"]


def masked_network(order: Sequence[int], widths: Sequence[int] = ()) -> Autoregressive:
    """logits = b + V h, h = relu(c + W x) and so on for each of ``widths``, with `autoregressive_masks` on all weights.

    Without ``widths`` it is Frey's logistic belief net, logits = b + W x with W strictly triangular in that order.
    ``order`` is a permutation of 0 .. n - 1 (`ValueError` for any other). Source: Germain et al. (2015).

    >>> import minigan as mg
    >>> model = masked_network((2, 0, 1), (8,))
    >>> params = model.init(mg.random.generator(0), "float64")
    >>> model.logits(params, mnp.zeros((5, 3))).shape
    (5, 3)
    """
    order = checked_order(order)
    n, masks = len(order), autoregressive_masks(order, widths)
    layers = [nn.masked_dense(mask, nn.he_normal() if i else None) for i, mask in enumerate(masks)]
    # the units of each hidden layer that become known with the bit of a degree, as (first, end)
    known = [[_of_degree(n, width, degree) for degree in range(1, n)] for width in widths]

    def init(rng, dtype="float32"):
        return tuple(layer.init(rng, (None, len(mask)), dtype) for layer, mask in zip(layers, masks))

    def logits(params, x, given=None, products=None):
        h = x
        for i, (layer, own) in enumerate(zip(layers, params)):
            h = relu(h) if i else h
            if products is None:
                h = layer.apply(own, h)
            else:
                weight = masked(own["weight"], masks[i])
                rows = order if i == 0 else range(len(masks[i]))
                h = products([(h[:, k : k + 1], weight[k : k + 1, :]) for k in rows]) + own["bias"]
        return h

    def conditionals(params, count, given=None, products=products_in_order):
        weights = [masked(own["weight"], mask) for own, mask in zip(params, masks)]
        biases = [own["bias"] for own in params]
        sums = [mnp.zeros((count, mask.shape[1]), dtype=dtype_name(weights[0].dtype)) for mask in masks]
        for t, i in enumerate(order):
            bit = yield sums[-1][:, i] + biases[-1][i]
            sums[0] = products([(bit[:, None], weights[0][i : i + 1, :])], sums[0])
            for level, units in enumerate(known if t < n - 1 else ()):
                first, end = units[t]
                h = relu(sums[level][:, first:end] + biases[level][first:end])
                sums[level + 1] = products([(h, weights[level + 1][first:end, :])], sums[level + 1])

    masked_out = sum(int((mask == 0.0).sum()) for mask in masks)
    return Autoregressive(order, init, logits, conditionals, masked_out)


def relu(x):
    return mnp.maximum(x, 0.0)


def _of_degree(n: int, width: int, degree: int) -> tuple[int, int]:
    degrees = hidden_degrees(n, width).tolist()
    return sum(d < degree for d in degrees), sum(d <= degree for d in degrees)


def autoregressive_system(
    title: str, model: Autoregressive, *, steps: int, batch: int, lr: float, decay: float | None, **more
):
    """The `System` of a `masked_network` on the digits as bits: log p(x) - decay (sum of w^2) is maximised.

    It begins at independent pixels, each as often 1 as in the data: what only a bias can tell, such as that a first
    pixel is never 1, is not left to small steps.
    """
    bits = digit_bits()
    share = (mnp.sum(bits.training, 0) + 1.0) / (bits.training.shape[0] + 2.0)

    def init(rng):
        *hidden, last = model.init(rng)
        return (*hidden, {**last, "bias": mnp.logit(share)})

    def objective(params, x, rng):
        return model.log_density(params, x) - (decay or 0.0) * sum_of_squares(params)

    return likelihood_system(
        title,
        init=init,
        log_density=model.log_density,
        sample=lambda params, n, rng, condition=None: model.sample(params, n, rng),
        objective=objective,
        measure=lambda params, rng: {"parameters": model.count(params)},
        training=bits.training,
        held_out=bits.held_out,
        optimizer=optim.adam(optim.cosine(lr, steps)),
        steps=steps,
        batch=batch,
        cost=Cost(PIXELS, latent_code=False),
        baseline=independent_pixels(bits.training, bits.held_out),
        form=images(SIDE, low=0.0, high=1.0),
        name="minus log p",
        parts={"model": model},
    )


def sum_of_squares(params):
    """Of all parameters but biases, which are vectors."""
    total = 0.0
    for leaf in tree_leaves(params):
        total = total + mnp.sum(leaf * leaf) if leaf.ndim > 1 else total
    return total


@system(heading="Fully Visible Belief Nets", about="MADE: one masked network for all conditionals, in any order")
def made(
    *,
    order: Annotated[str, f"of the pixels: {', '.join(ORDERS)}, or 64 numbers with commas between"] = "raster",
    hidden: Annotated[int, Above(0), "units of each hidden layer"] = 256,
    layers: Annotated[int, Above(-1), "hidden layers; with 0 it is Frey's logistic belief net"] = 1,
    batch: Batch = 128,
    lr: Rate = 2e-3,
    decay: Decay = 1e-3,
) -> System:
    """Digits as bits, each conditional one output of a network whose masks keep the order.

    >>> made(order="columns", hidden=32).title
    'a masked network of 32 hidden units, digits column by column'
    """
    model = masked_network(order_called(order, SIDE, SIDE), (hidden,) * layers)
    read = SPOKEN.get(order, "in an order of one's own")
    size = " and ".join([str(hidden)] * layers) + " hidden units" if layers else "no hidden units"
    return autoregressive_system(
        f"a masked network of {size}, digits {read}", model, steps=STEPS, batch=batch, lr=lr, decay=decay
    )


SPOKEN = {"raster": "row by row", "columns": "column by column", "reversed": "from the end", "spread": "spread out"}
