"""A critic trained to tighten the variational bound between two fixed densities, and the bound it reaches."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from .. import nn, optim
from ..divergences import FDivergence, gan
from ..divergences.panels import Quadrature
from ..divergences.variational import bound_between_densities, largest_output, softly_bounded
from ..random import as_generator
from ..training import Player, players_learner, train
from ..validation import count, told
from .f_gan import f_gan

HEAVIEST = 16  # how many batches one point may weigh


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

    With ``canonical`` (the default) the network's output is v = log p/q, the same target for every row, softly bounded
    by `minigan.divergences.variational.largest_output` of 16 batches: where p or q has no samples the network
    extrapolates, and there exp(-2 v), say, would cost more than all the samples gained. Otherwise v goes through the
    lecture's activation, unbounded. Inputs are standardised by a batch of both. Total variation, whose canonical
    activation is a sign, takes the lecture's tanh(v)/2; its gradient vanishes wherever v is large, right or wrong, so
    the first half of its steps play the GAN row's game, which leads v to log p/q and so to the right sign.
    """
    if not isinstance(divergence, FDivergence):
        raise TypeError(f"the divergence is a row of the table, such as named('kl'), and was {told(divergence)}")
    for name, density in (("p", p), ("q", q)):
        if not hasattr(density, "sample"):
            raise TypeError(f"{name} is a density, such as Normal(0.0, 1.0), and was {told(density)}")
    steps, batch = count(steps, "steps"), count(batch, "batch")
    step = divergence.formulas.f_second is None
    canonical = canonical and not step
    rng = as_generator(seed)
    seen = mnp.concatenate([p.sample(rng, (batch,)), q.sample(rng, (batch,))])
    centre, scale = mnp.mean(seen), mnp.std(seen)
    layer = nn.mlp([16, 16, 1], activation="tanh")
    optimizer = optim.adam(optim.cosine(lr, steps), beta2=0.99, clip=optim.clip_by_norm(10.0))
    largest = largest_output(divergence, HEAVIEST * batch) if canonical else math.inf

    def output(params, x):
        column = mnp.reshape((x - centre) / scale, (-1, 1))
        return softly_bounded(mnp.reshape(layer.apply(params, column), x.shape), largest)

    def learner_of(game):
        def loss(parameters, samples, rng):
            return game.discriminator_loss(*(output(parameters["critic"], x) for x in samples))

        critic = Player(lambda rng: layer.init(rng, (1, 1)), loss, optimizer)
        return players_learner({"critic": critic}, lambda rng, state: (p.sample(rng, (batch,)), q.sample(rng, (batch,))))

    led = steps // 2 if step else 0
    how = {"rng": rng, "check_every": max(1, steps)}
    first = train(learner_of(f_gan(gan if step else divergence, canonical=canonical)), led if step else steps, **how)
    rest = train(learner_of(f_gan(divergence)), steps - led, state=first.state, **how) if step else first
    params = rest.state.parameters["critic"]
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
