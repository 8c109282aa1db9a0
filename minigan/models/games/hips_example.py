"""The GAN example that comes with HIPS autograd, and says of itself that it always collapses, on the 8x8 digits.

Its architecture as published: 10 numbers uniform on [0, 1), 200 relus, pixels sigma(2x) in [0, 1]; D has 200 relus and
one output. (Its batch normalisation is for hidden layers after the first, and there are none.) Here an image has 64
pixels in place of 784, and a batch of 100 is drawn with replacement. Its objective is

    published:  V(l) = E_data log sigma(l(x)) - E_z log sigma(l(G(z))),  minimised by D, maximised by G,

with one half of D's labels lost: log sigma(l) where the second term needs log(1 - sigma(l)) = log sigma(-l). D gains
without bound from l -> -infinity on the data, so no D* exists, whatever the generator: `value_along_ray`. The corrected
objective is the non-saturating game. Source: examples/generative_adversarial_net.py in HIPS/autograd.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, NamedTuple, Unpack

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...arrays import takes_lists
from ...backend import to_numpy
from ...data import digits
from ...gan import Diverged, Fit, Game, optimal_logit
from ...metrics import digit_coverage
from ...options import Above, Batch
from ...rebuilt import rebuilt_by_name
from ..form import images
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system

OBJECTIVES = ("published", "corrected")
NOISE, HIDDEN, PIXELS, BATCH, STEPS = 10, 200, 64, 100, 4000


class Settings(NamedTuple):
    """Adam's rate and beta1, both players'; and the deviation of all their first weights and biases, ``None`` for He's.

    >>> PUBLISHED.rate / SOUND.rate, SOUND._replace(beta1=0.9).beta1
    (10.0, 0.9)
    """

    rate: float
    beta1: float
    scale: float | None


PUBLISHED = Settings(rate=0.01, beta1=0.9, scale=0.001)
SOUND = Settings(rate=0.001, beta1=0.5, scale=None)  # with one of the three as published it collapses again


@rebuilt_by_name
def published_objective() -> Game:
    """J^(D) = E log sigma(l(x)) - E log sigma(l(G(z))) and J^(G) = E log sigma(l(G(z))), as published.

    Where model and data agree J^(D) = 0 for every D; J^(G) is stated there for l = 0. Where they do not, J^(D) has no
    minimum. sigma(l) is no probability of anything at an optimum, since there is none.

    >>> import minigan.numpy as mnp
    >>> game = published_objective()
    >>> [round(float(game.discriminator_loss(mnp.asarray([-t]), mnp.asarray([t]))), 6) for t in (1.0, 10.0, 1000.0)]
    [-1.0, -10.0, -1000.0]
    """

    def loss(real_outputs, fake_outputs):
        return mnp.mean(mnp.log_sigmoid(real_outputs)) - mnp.mean(mnp.log_sigmoid(fake_outputs))

    def generator_loss(fake_outputs, real_outputs=None):
        value = mnp.mean(mnp.log_sigmoid(fake_outputs))
        return value if real_outputs is None else value - mnp.mean(mnp.log_sigmoid(real_outputs))

    return Game("hips_published", loss, generator_loss, 0.0, -math.log(2.0), None, generator_costs=mnp.log_sigmoid)


@takes_lists("p", "q", "outputs")
def discriminator_value(objective: str, p, q, outputs):
    """What D maximises on a finite support, for data ``p``, model ``q`` and D's ``outputs`` l, all of one shape (n,).

        published:  sum (q - p) log sigma(l)        corrected:  sum p log sigma(l) + q log sigma(-l)

    >>> p, q = mnp.asarray([0.25, 0.75]), mnp.asarray([0.5, 0.5])
    >>> round(float(discriminator_value("corrected", p, q, mnp.zeros(2))), 6)  # D = 1/2: -log 4
    -1.386294
    """
    _known(objective)
    if objective == "published":
        return mnp.sum((q - p) * mnp.log_sigmoid(outputs))
    return mnp.sum(p * mnp.log_sigmoid(outputs) + q * mnp.log_sigmoid(-outputs))


@takes_lists("p", "q", "t")
def value_along_ray(objective: str, p, q, t):
    """`discriminator_value` at the outputs ``t`` sign(p - q), t > 0, of D's label for data (the published one is -).

    Published: exactly t TV(p, q), TV = 1/2 sum |p - q|, for softplus(t) - softplus(-t) = t. It has no bound unless p = q.
    Corrected: never above `best_value`.

    >>> p, q = mnp.asarray([0.25, 0.75]), mnp.asarray([0.5, 0.5])
    >>> [round(float(value_along_ray("published", p, q, t)), 6) for t in (1.0, 100.0, 1e6)]
    [0.25, 25.0, 250000.0]
    """
    label = -1.0 if objective == "published" else 1.0
    return discriminator_value(objective, p, q, label * t * mnp.sign(p - q))


@takes_lists("p", "q")
def best_value(objective: str, p, q) -> float:
    """The supremum of `discriminator_value` over all D.

    Published: infinite, and 0 for p = q. Corrected: 2 JSD(p, q) - log 4, at l = log p/q.

    >>> p, q = mnp.asarray([0.1, 0.2, 0.3, 0.4]), mnp.full((4,), 0.25)
    >>> best_value("published", p, q), round(best_value("corrected", p, q), 6)
    (inf, -1.330563)
    """
    _known(objective)
    if objective == "published":
        return math.inf if bool(mnp.any(p != q)) else 0.0
    logits = optimal_logit(p, q)(mnp.arange(p.shape[0]))
    return float(to_numpy(discriminator_value(objective, p, q, logits)))


@system(
    heading="Mode Collapse",
    name="hips-example",
    about="HIPS autograd's own GAN example on 8x8 digits, which always collapses, and its correction",
)
def hips_example(
    *,
    objective: Annotated[Literal["corrected", "published"], "with or without the label that was lost"] = "corrected",
    batch: Batch = BATCH,
    lr: Annotated[float | None, Above(0), "learning rate; 0.01 as published, 0.001 corrected"] = None,
    **how: Unpack[GameOptions],
) -> System:
    """The example with its ``"published"`` or the ``"corrected"`` objective.

    The settings are `PUBLISHED` with the former and `SOUND` with the latter. Both gradients are taken at the same point,
    as published.

    >>> hips_example(objective="published").parts["game"], hips_example().parts["game"]
    ('hips_published', 'non_saturating')
    """
    settings = PUBLISHED if objective == "published" else SOUND
    return hips_system(objective, settings if lr is None else settings._replace(rate=lr), batch, how)


def hips_system(objective: str, settings: Settings, batch: int = BATCH, how: GameOptions | None = None) -> System:
    """The example with an objective and any `Settings`. Raises `ValueError` for another objective.

    >>> made = hips_system("corrected", SOUND._replace(beta1=0.9), batch=8)
    >>> round(made.learner.at_optimum["discriminator_loss"], 6)  # log 2
    0.693147
    """
    _known(objective)
    if (how or {}).get("discriminator_steps") not in (None, 1):
        raise ValueError("hips-example moves both players once, at the same point: leave --discriminator-steps away")
    weight = nn.he_normal() if settings.scale is None else nn.normal(settings.scale)
    bias = None if settings.scale is None else nn.normal(settings.scale)
    return gan_system(
        f"HIPS autograd's own GAN example on 8x8 digits, its objective {objective}",
        generator=nn.mlp([HIDDEN, PIXELS], "relu", _sigmoid_of_twice, weight, bias),
        discriminator=nn.mlp([HIDDEN, 1], "relu", None, weight, bias),
        generator_optimizer=optim.adam(settings.rate, beta1=settings.beta1),
        discriminator_optimizer=optim.adam(settings.rate, beta1=settings.beta1),
        data=0.5 * (digits().images + 1.0),
        noise=_uniform,
        steps=STEPS,
        batch=batch,
        measure=measure,
        dtype="float64",
        form=images(8, low=0.0),
        options=how or {},
        own_game=published_objective() if objective == "published" else None,
        name=f"hips-example {objective}",
        updates="simultaneous",
        when_collapsed="as it always does with the published objective, or settings near the published ones",
    )


def _uniform(rng, n):
    return rng.uniform((n, NOISE))


def train_hips_example(objective: str, seed: int = 0, steps: int | None = None, settings: Settings | None = None):
    """Train the example; its `measure`, the last losses and the lowest J^(D), as a dict. ``diverged`` says whether the run
    left the finite numbers.

    >>> found = train_hips_example("published", steps=2)
    >>> found["classes_covered"], found["diverged"]
    (1, False)
    """
    system = hips_system(objective, settings or (PUBLISHED if objective == "published" else SOUND))
    diverged = False
    try:
        trained = system.train(steps, seed)
        state, history = trained.state, trained.history
    except Diverged as error:
        diverged, state, history = True, error.state, error.history
    losses = {key: values[-1] if values else math.nan for key, values in history.items()}
    losses["lowest_discriminator_loss"] = min(history["discriminator_loss"], default=math.nan)
    measured = system.measure(state, random_.generator(1))
    return {"objective": objective, "seed": seed, "diverged": diverged, **losses, **measured}


def measure(result: Fit, rng) -> dict:
    """Classes covered by 2,000 samples, and the samples' own variety: the mean over pixels of their deviation, in [0, 1].

    A generator of a single image has a ``pixel_deviation`` of 0, the digits have 0.23.
    """
    made = result.sample(2000, rng)
    deviation = round(float(to_numpy(mnp.mean(mnp.std(made, 0)))), 4)
    return {**digit_coverage(2.0 * made - 1.0), "pixel_deviation": deviation}


def _sigmoid_of_twice(x):
    return mnp.sigmoid(2.0 * x)  # published as (tanh(x) + 1) / 2


def _known(objective):
    if objective not in OBJECTIVES:
        raise ValueError(f"the objective of hips-example is {' or '.join(OBJECTIVES)}, and was {objective!r}")


__all__ = [
    "OBJECTIVES",
    "PUBLISHED",
    "SOUND",
    "Settings",
    "best_value",
    "discriminator_value",
    "hips_example",
    "hips_system",
    "published_objective",
    "train_hips_example",
    "value_along_ray",
]
