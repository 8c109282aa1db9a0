"""A critic trained to tighten the variational bound between two fixed densities, and the bound it reaches."""

from __future__ import annotations

import minigan.numpy as mnp

from .. import nn, optim
from .. import random as random_
from ..autodiff import value_and_grad
from ..divergences import FDivergence
from ..divergences.quadrature import Quadrature
from ..divergences.variational import bound_between_densities
from .f_gan import f_gan


def train_critic(
    divergence: FDivergence,
    p,
    q,
    *,
    seed: int = 0,
    steps: int = 800,
    batch: int = 1024,
    lr=1e-2,
    canonical: bool = True,
):
    """The critic x -> T(x) of a 1-16-16-1 tanh network trained on fresh samples of ``p`` and ``q``.

    With ``canonical`` (the default) the network's output is v = log p/q, the same target for every row; otherwise it goes
    through the lecture's activation. Inputs are standardised by a batch of both. Raises `ValueError` for a row whose
    critic cannot be trained by gradients in this form (total variation's canonical activation is a sign).
    """
    if canonical and divergence.name == "total_variation":
        canonical = False
    rng = random_.generator(seed)
    seen = mnp.concatenate([p.sample(rng, (batch,)), q.sample(rng, (batch,))])
    centre, scale = mnp.mean(seen), mnp.std(seen)
    layer = nn.mlp([16, 16, 1], activation="tanh")
    params = layer.init(rng, (1, 1))
    optimizer = optim.adam(optim.cosine(lr, steps), beta2=0.99, clip=optim.clip_by_norm(10.0))
    memory = optimizer.init(params)
    game = f_gan(divergence, canonical=canonical)

    def output(params, x):
        column = mnp.reshape((x - centre) / scale, (-1, 1))
        return mnp.reshape(layer.apply(params, column), x.shape)

    def loss(params, real, fake):
        return game.discriminator_loss(output(params, real), output(params, fake))

    gradient = value_and_grad(loss)
    for _ in range(steps):
        _, g = gradient(params, p.sample(rng, (batch,)), q.sample(rng, (batch,)))
        params, memory = optimizer.update(params, g, memory)
    activation = divergence.canonical_activation if canonical else divergence.activation
    return lambda x: activation(output(params, x if hasattr(x, "shape") else mnp.asarray(x)))


def reached_bound(divergence: FDivergence, p, q, **options) -> Quadrature:
    """The bound of a freshly trained critic, by quadrature rather than on its own samples: never above the divergence.

    >>> from minigan.densities import Normal
    >>> from minigan.divergences import kl
    >>> bound = float(reached_bound(kl, Normal(0.0, 1.0), Normal(1.0, 1.0), steps=200))
    >>> 0.45 < bound <= 0.5
    True
    """
    return bound_between_densities(divergence, train_critic(divergence, p, q, **options), p, q)
