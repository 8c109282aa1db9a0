"""How much a generated sample depends on the rest of its batch: the lecture's "batch norm in G can cause strong
intra-batch correlation", as a number.

``f`` is a generator as a function of the noise of a whole batch, ``lambda z: layer.apply(params, z, train=True)``; row i
of its output is the sample that row i of the noise was meant to determine. Both measures are 0 for a generator that
treats its rows one by one: without `nn.batch_norm`, in evaluation mode, or with `nn.reference_batch_norm` or
`nn.virtual_batch_norm`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import minigan.numpy as mnp

from ..arrays import floating
from ..autodiff import vjp
from ..backend import to_numpy
from ..random import as_generator
from ..validation import count, function, is_count
from .batches import noise_of


class Sensitivity(NamedTuple):
    """Root mean squares over samples i: ``own`` of |dx_i/dz_i|, ``others`` of |(dx_i/dz_j)_j != i|, Frobenius norms.

    ``share`` is others^2 / (own^2 + others^2): of a small independent disturbance of the whole batch's noise, how much of
    what reaches a sample came from elsewhere.

    >>> found = sensitivity_to_batch(lambda z: z - mnp.mean(z, 0), mnp.zeros((4, 1)), samples=4)
    >>> found.own, round(found.share, 12)  # 3/4, and three times 1/4: 3/16 of 12/16
    (0.75, 0.25)
    """

    own: float
    others: float
    share: float


def sensitivity_to_batch(f, z, samples: int = 8) -> Sensitivity:
    """The derivative of each of the first ``samples`` of f(z) with respect to its own noise and to all others' noise.

    Exact, by one pullback for every number in those samples. For batch normalisation (epsilon = 0) of a linear map of
    one-dimensional noise, with outputs y_i of mean 0 and variance 1 over the batch of n,

        dy_i/dz_j is proportional to P_ij,  P = I - (1 1^T + y y^T) / n,

    a projection of trace n - 2: the share of sample i is 1 - P_ii = (1 + y_i^2) / n, that of all n samples together
    1 - sum_i P_ii^2 / (n - 2), about 2 / n; and a batch of two is left without any derivative, y = +-1. Raises
    `ValueError` for an output whose first axis is not the batch's and for a batch smaller than ``samples``.

    >>> import minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.batch_norm(epsilon=0.0)
    >>> params, z = layer.init(None, (None, 1)), mnp.asarray([[-2.0], [-1.0], [0.0], [3.0]])
    >>> round(sensitivity_to_batch(lambda z: layer.apply(params, z, train=True), z, samples=4).share, 4)
    0.375
    >>> sensitivity_to_batch(lambda z: layer.apply(params, z), z, samples=4).share
    0.0
    """
    function(f, "the generator f", "(z)")
    z = floating(z, "the noise z of a batch")
    if not z.shape:
        raise ValueError("the noise z of a batch has the batch's axis first, and was a single number")
    if not is_count(samples) or samples > z.shape[0]:
        raise ValueError(f"samples counts rows of the batch of {z.shape[0]}, and was {samples!r}")
    y, pullback = vjp(f, z)
    if y.ndim < 1 or y.shape[0] != z.shape[0]:
        raise ValueError(f"a batch of shape {tuple(z.shape)} became an output of shape {tuple(y.shape)}")
    each = math.prod(y.shape[1:])
    places = mnp.arange(y.shape[0] * each)
    own = everything = 0.0
    for i in range(samples):
        for k in range(i * each, (i + 1) * each):
            (row,) = pullback(mnp.reshape(mnp.astype(places == k, y.dtype), y.shape))
            squares = to_numpy(mnp.sum(mnp.square(mnp.reshape(row, (z.shape[0], -1))), 1)).astype(float)
            own, everything = own + squares[i], everything + squares.sum()
    others = max(everything - own, 0.0)
    share = float(others / everything) if everything else 0.0
    return Sensitivity(math.sqrt(own / samples), math.sqrt(others / samples), share)


def variance_from_batch(f, noise, batch: int, rng=0, samples: int = 64, redraws: int = 16, dtype=None) -> float:
    """The share of a sample's variance that is left when its own noise is fixed and the rest of the batch is redrawn.

        E Var(x_0 | z_0) / Var(x_0),  summed over the sample's coordinates,

    estimated without bias in either part from ``samples`` values of z_0 with ``redraws`` batches of size ``batch`` each
    (so it can pass 1 by chance). ``noise`` is what `fit` takes. For batch normalisation of a linear map of
    one-dimensional noise it is 2/3 in a batch of two, where y_0 = sign(z_0 - z_1), and about 3 / (2n) in a large one.
    Raises `ValueError` for counts below two and for outputs that do not vary at all.

    >>> from minigan import nn
    >>> layer = nn.batch_norm(epsilon=0.0)
    >>> params = layer.init(None, (None, 1))
    >>> share = variance_from_batch(lambda z: layer.apply(params, z, train=True), 1, 2, samples=400)
    >>> abs(share - 2 / 3) < 0.05
    True
    """
    function(f, "the generator f", "(z)")
    batch, samples, redraws = count(batch, "batch", 2), count(samples, "samples", 2), count(redraws, "redraws", 2)
    rng = as_generator(rng)
    draw_one, draw_others = noise_of(noise, 1, dtype), noise_of(noise, batch - 1, dtype)
    within, means = 0.0, []
    for _ in range(samples):
        own = draw_one(rng)
        rows = [f(mnp.concatenate([own, draw_others(rng)], 0))[0, ...] for _ in range(redraws)]
        found = to_numpy(mnp.stack(rows)).astype(float)
        within += found.var(0, ddof=1).sum() / samples
        means.append(found.mean(0))
    spread = sum((mean - sum(means) / samples) ** 2 for mean in means).sum() / (samples - 1)
    total = within + spread - within / redraws  # the means vary by their own noise and by a share of the batches'
    if not total > 0.0:
        raise ValueError("the generator's output does not vary with its noise: there is no variance to share out")
    return float(within / total)
