"""The fully visible belief net: Frey's logistic one, and the one whose conditionals are tables."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...options import Batch, Rate
from ..registry import system
from ..system import System
from .autoregressive import Autoregressive
from .bits import PIXELS
from .made import Decay, autoregressive_system, masked_network

STEPS = 2000


@system(heading="Fully Visible Belief Nets", about="Frey's logistic belief net, pixel by pixel from those before")
def fvbn(
    *,
    batch: Batch = 128,
    lr: Rate = 1e-2,
    decay: Decay = 3e-4,
) -> System:
    """p(x_i = 1 | x_1 .. x_(i - 1)) = sigmoid(b_i + sum over j < i of W_ij x_j), on digits as bits.

    Source: Frey, Hinton & Dayan (1996), "Does the wake-sleep algorithm produce good density estimators?".

    >>> fvbn().title
    'a logistic belief net of 64 pixels'
    """
    model = masked_network(range(PIXELS))
    return autoregressive_system(
        f"a logistic belief net of {PIXELS} pixels", model, steps=STEPS, batch=batch, lr=lr, decay=decay
    )


def full_table(n: int) -> Autoregressive:
    """The belief net with a parameter for every conditional: the logit of p(x_i = 1 | x_1 .. x_(i-1)) in 2^(i-1) cases.

    The parameters are n arrays, the i-th of shape (2^(i-1),), in the order of `all_states`. n is at most 20.

    >>> import minigan as mg
    >>> [table.shape for table in full_table(3).init(mg.random.generator(0))]
    [(1,), (2,), (4,)]
    """
    if not 1 <= n <= 20:
        raise ValueError(f"tables of 2^n - 1 conditionals are made for n in 1 .. 20, and n was {n}")

    def init(rng, dtype="float32"):
        return tuple(rng.standard_normal((2**i,), dtype=dtype) for i in range(n))

    def logits(params, x, given=None, products=None):
        case, found = mnp.zeros((x.shape[0],), dtype="int64"), []
        for i, table in enumerate(params):
            found.append(mnp.take(table, case, 0))
            case = 2 * case + mnp.astype(x[:, i] > 0.5, "int64")
        return mnp.stack(found, 1)

    def conditionals(params, count, given=None, products=None):
        case = mnp.zeros((count,), dtype="int64")
        for table in params:
            bit = yield mnp.take(table, case, 0)
            case = 2 * case + mnp.astype(bit > 0.5, "int64")

    return Autoregressive(tuple(range(n)), init, logits, conditionals)


def table_of(law):
    """The parameters with which `full_table` is the ``law``, (2^n,) probabilities in the order of `all_states`.

    A conditional that no state leads to is 1/2. Raises `ValueError` for what are no probabilities of 2^n states, and for a
    table that does not sum to 1 within 1e-9.

    >>> import minigan as mg
    >>> [mg.to_numpy(mnp.sigmoid(table)).round(6).tolist() for table in table_of([0.1, 0.2, 0.3, 0.4])]
    [[0.7], [0.666667, 0.571429]]
    """
    law = np.asarray(to_numpy(law), dtype=float)
    n = int(law.size).bit_length() - 1
    if law.ndim != 1 or n < 1 or law.size != 2**n:
        raise ValueError(
            f"a table has a probability for each of 2^n states, n at least 1, and has the shape {law.shape}"
        )
    if not (np.isfinite(law).all() and (law >= 0.0).all()):
        worst = law[~(np.isfinite(law) & (law >= 0.0))][0]
        raise ValueError(f"a table holds probabilities, numbers from 0 to 1, and has {worst:g} among them")
    if abs(law.sum() - 1.0) > 1e-9:
        raise ValueError(f"the probabilities of a table sum to 1, and these to {law.sum():.10g}: divide by their sum")
    found = []
    for i in range(n):
        zero, one = law.reshape(2**i, 2, -1).sum(-1).T
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(mnp.asarray(np.where(zero + one > 0.0, np.log(one) - np.log(zero), 0.0)))
    return tuple(found)
