"""The biased estimators as estimators: gradients through a relaxed sample, or straight through a hard one.

Each estimates d/d logits E f(X) with f evaluated between, or differentiated at, the one-hot points, so that it depends
on how f goes on there, which the true gradient does not.
"""

from __future__ import annotations

import minigan.numpy as mnp

from ..autodiff import vjp
from ..validation import switch
from .arguments import as_logits
from .concrete import gumbel_softmax
from .sampling import evaluate, gumbel_noise
from .straight_through import straight_through_softmax


def gumbel_softmax_gradient(f, logits, rng=None, *, temperature=1.0, hard=False, samples=None, noise=None, shape=()):
    """The mean of d/d logits f(softmax((logits + G) / temperature)): biased, less the lower the temperature.

    The variance grows as the temperature falls. With ``hard`` f is evaluated at the one-hot argmax and differentiated as
    if it were the relaxed sample: straight-through Gumbel-softmax, biased even for a linear f. The other arguments are
    those of `reinforce`. Source: Jang, Gu & Poole (2017); Maddison, Mnih & Teh (2017).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> rng = mg.random.generator(0, host=True)
    >>> first = lambda x: x @ mnp.array([1.0, 0.0])
    >>> slope = gumbel_softmax_gradient(first, mnp.zeros(2), rng, samples=200_000)
    >>> round(float(slope[0]), 3)  # 1/6 at temperature 1, and p(1 - p) = 1/4 is true
    0.167
    """

    hard = switch(hard, "hard")

    def sample(logits, noise):
        return gumbel_softmax(logits, temperature, hard=hard, noise=noise)

    return _pathwise(sample, f, logits, rng, samples, noise, shape, "gumbel_softmax_gradient")


def straight_through_gradient(f, logits, rng=None, *, samples=None, noise=None, shape=()):
    """The mean of J^T f'(x), J the Jacobian of softmax: hard samples forwards, their probabilities backwards.

    Unbiased for an f that is linear between the one-hot points, biased for others. The arguments are those of
    `reinforce`. Source: Bengio, Leonard & Courville (2013).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: x @ mnp.array([1.0, 2.0, 3.0])
    >>> mg.to_numpy(straight_through_gradient(f, logits, mg.random.generator(0))).round(12) * 9
    array([-3.,  1.,  2.])
    """

    def sample(logits, noise):
        return straight_through_softmax(logits, noise=noise)

    return _pathwise(sample, f, logits, rng, samples, noise, shape, "straight_through_gradient")


def _pathwise(sample, f, logits, rng, samples, noise, shape, caller):
    logits = as_logits(logits)[0]
    noise = gumbel_noise(logits, rng, noise, samples, shape, caller)
    axes = logits.ndim
    many = mnp.broadcast_to(logits, noise.shape)
    values, pullback = vjp(lambda many: evaluate(f, sample(many, noise), axes, caller), many)
    return mnp.mean(pullback(mnp.ones_like(values))[0], axis=-axes - 1)
