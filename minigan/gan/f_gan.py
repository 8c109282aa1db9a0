"""The f-GAN game: the discriminator tightens a lower bound on any f-divergence, the generator brings it down."""

from __future__ import annotations

import minigan.numpy as mnp

from ..divergences import FDivergence, named
from .games import Game

# What -E_q[T] with T = T* held fixed descends: D_g with g''(u) = f''(u) / u.
IMPLIED = {
    "total_variation": "none: f'' is a point mass at u = 1",
    "kl": "reverse_kl",
    "reverse_kl": "neyman / 2",
    "pearson": "2 kl",
    "neyman": "2 alpha(-2)",
    "squared_hellinger": "alpha(-0.5) / 2",
    "jeffreys": "reverse_kl + neyman / 2",
    "jensen_shannon": "2 KL(m || data), m = (data + model) / 2",
    "weighted_jensen_shannon": "pi / (1 - pi) KL(m_pi || data), m_pi = pi data + (1 - pi) model",
    "gan": "2 KL(m || data), m = (data + model) / 2",
    "alpha": "alpha(a - 1)",
}


def implied_divergence(divergence: FDivergence) -> str:
    """In words, the divergence that the modified generator loss -E_q[T*] descends at the optimal critic.

    >>> implied_divergence(named("kl"))
    'reverse_kl'
    """
    return IMPLIED[divergence.name.partition("(")[0]]


def f_gan(divergence, *, generator: str = "bound", canonical: bool = False) -> Game:
    """The game V = E_p[g(v)] - E_q[f*(g(v))] over a critic's outputs v, for a row of the table or its name.

    The discriminator minimises -V. The generator minimises V (``generator="bound"``), whose gradient at the optimal
    critic is that of D_f(data || model), or -E_q[g(v)] (``"modified"``, section 3.2 of the paper), whose gradient there
    is that of another divergence, `implied_divergence`. With ``canonical`` the output is v = log p/q for every row
    instead of the lecture's activation. At model = data the value is f(1), so J^(D) = -f(1). Raises `ValueError` for
    an unknown row or generator loss. Source: Nowozin, Cseke and Tomioka (2016); the lecture's "f-GAN".

    >>> import minigan.numpy as mnp
    >>> game = f_gan("gan")
    >>> v = mnp.zeros(4)
    >>> round(float(game.discriminator_loss(v, v)), 12), round(game.value_at_optimum, 12)  # log 4
    (1.38629436112, 1.38629436112)
    """
    row = named(divergence) if isinstance(divergence, str) else divergence
    if generator not in ("bound", "modified"):
        raise ValueError(f"the generator's loss is 'bound' or 'modified', and was {generator!r}")
    if canonical:
        critic, conjugate = row.canonical_activation, row.conjugate_of_canonical_activation
    else:
        critic, conjugate = row.activation, row.conjugate_of_activation

    def discriminator_loss(real_outputs, fake_outputs):
        return mnp.mean(conjugate(fake_outputs)) - mnp.mean(critic(real_outputs))

    def generator_loss(fake_outputs, real_outputs=None):
        if generator == "modified":
            return -mnp.mean(critic(fake_outputs))
        loss = -mnp.mean(conjugate(fake_outputs))
        return loss if real_outputs is None else loss + mnp.mean(critic(real_outputs))

    at_optimum = row.threshold - row.f_at_one if generator == "bound" else row.threshold  # f*(f'(1)) = f'(1) - f(1)
    name = f"f_gan_{row.name}" + ("_modified" if generator == "modified" else "")
    return Game(name, discriminator_loss, generator_loss, -row.f_at_one + 0.0, -at_optimum + 0.0)
