"""The f-GAN game: the discriminator tightens a lower bound on any f-divergence, the generator brings it down."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..divergences import FDivergence, named
from ..rebuilt import rebuilt_by_name
from ..validation import is_number, non_negative, switch, told
from .games import Game

LIMIT, DRIFT = 5.0, 0.01  # of the critic's output, in `trainable_f_gan`

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

    That is D_g with g''(u) = f''(u) / u; a row of one's own is answered with this, and its ``f_second`` tells the rest.

    >>> implied_divergence(named("kl"))
    'reverse_kl'
    """
    if not isinstance(divergence, FDivergence):
        raise TypeError(f"the divergence is a row of the table, such as named('kl'), and was {told(divergence)}")
    family = divergence.name.partition("(")[0]
    if family in IMPLIED:
        return IMPLIED[family]
    if divergence.formulas.f_second is None:
        return "none: f'' is zero but for point masses"
    return f"D_g with g''(u) = f''(u) / u, f that of {divergence.name}"


@rebuilt_by_name
def f_gan(
    divergence, *, generator: str = "bound", canonical: bool = False, limit: float | None = None, drift: float = 0.0
) -> Game:
    """The game V = E_p[g(v)] - E_q[f*(g(v))] over a critic's outputs v, for a row of the table or its name.

    The discriminator minimises -V. The generator minimises V (``generator="bound"``), whose gradient at the optimal
    critic is that of D_f(data || model), or -E_q[g(v)] (``"modified"``, section 3.2 of the paper), whose gradient there
    is that of another divergence, `implied_divergence`. With ``canonical`` the output is v = log p/q for every row
    instead of the lecture's activation. At model = data the value is f(1), so J^(D) = -f(1).

    Two options change how the critic is parametrised and trained, not what the game is about; `trainable_f_gan` sets
    both. With ``limit`` the network's output w enters as v = v_0 + limit tanh(w / limit), v_0 the row's threshold: 0
    says p = q in every row, and no loss can overflow. V is still a lower bound on the divergence, for any critic's is.
    ``drift`` c adds c (E_p[w^2] + E_q[w^2]) to J^(D), which calls back outputs from where g is flat and has no gradient
    left; it is 0 at the optimum (Karras et al., 2018, appendix A.1, for another game).

    Raises `ValueError` for an unknown row or generator loss, a limit that is not positive, or a drift that is negative.
    Source: Nowozin, Cseke and Tomioka (2016); the lecture's "f-GAN".

    >>> import minigan.numpy as mnp
    >>> game = f_gan("gan")
    >>> v = mnp.zeros(4)
    >>> round(float(game.discriminator_loss(v, v)), 12), round(game.value_at_optimum, 12)  # log 4
    (1.38629436112, 1.38629436112)
    """
    row = named(divergence) if isinstance(divergence, str) else divergence
    if not isinstance(row, FDivergence):
        raise TypeError(f"the divergence is a row of the table or its name, such as 'kl', and was {told(divergence)}")
    if not isinstance(generator, str) or generator not in ("bound", "modified"):
        raise ValueError(f"the generator's loss is 'bound' or 'modified', and was {generator!r}")
    if limit is not None and not (is_number(limit) and 0.0 < limit < math.inf):
        raise ValueError(f"the limit of a critic's output is a positive number or None, and was {limit!r}")
    drift, canonical = non_negative(drift, "the weight of the drift"), switch(canonical, "canonical")
    if canonical:
        critic, conjugate, threshold = row.canonical_activation, row.conjugate_of_canonical_activation, 0.0
    else:
        critic, conjugate, threshold = row.activation, row.conjugate_of_activation, row.threshold_in_v

    def limited(w):
        return w if limit is None else threshold + limit * mnp.tanh(w / limit)

    def discriminator_loss(real_outputs, fake_outputs):
        loss = mnp.mean(conjugate(limited(fake_outputs))) - mnp.mean(critic(limited(real_outputs)))
        if drift == 0.0:
            return loss
        return loss + drift * (mnp.mean(mnp.square(real_outputs)) + mnp.mean(mnp.square(fake_outputs)))

    def generator_loss(fake_outputs, real_outputs=None):
        if generator == "modified":
            return -mnp.mean(critic(limited(fake_outputs)))
        loss = -mnp.mean(conjugate(limited(fake_outputs)))
        return loss if real_outputs is None else loss + mnp.mean(critic(limited(real_outputs)))

    def generator_costs(fake_outputs):
        return -(critic if generator == "modified" else conjugate)(limited(fake_outputs))

    def probability(outputs):  # D = u / (1 + u) with the ratio u = f*'(T) that T stands for
        v = limited(outputs)
        return mnp.sigmoid(v) if canonical else 1.0 - 1.0 / (1.0 + row.ratio(critic(v)))

    at_optimum = row.threshold - row.f_at_one if generator == "bound" else row.threshold  # f*(f'(1)) = f'(1) - f(1)
    name = f"f_gan_{row.name}" + ("_modified" if generator == "modified" else "")
    return Game(
        name,
        discriminator_loss,
        generator_loss,
        value_at_optimum=-row.f_at_one + 0.0,
        generator_loss_at_optimum=-at_optimum + 0.0,
        probability=None if row.formulas.f_second is None else probability,  # total variation's f* has no inverse slope
        generator_costs=generator_costs,
    )


@rebuilt_by_name
def trainable_f_gan(divergence, *, generator: str = "bound") -> Game:
    """`f_gan` with the lecture's activation, its output limited to 5 about the threshold, and a drift of 0.01.

    The slide's activations as they stand train some networks on some rows. On others the first samples, which share no
    mass with the data, drive the outputs to where e^v overflows (neyman), where it swamps every other sample (kl), or
    where tanh is flat for both players (total variation); and where v_0 is not 0 the critic starts with a
    prejudice (alpha(0.5)). These are one setting for all rows.

    >>> import minigan.numpy as mnp
    >>> w = mnp.asarray([1e30, -1e30])
    >>> round(float(trainable_f_gan("kl").generator_loss(w)), 6)  # -(e^5 + e^-5) / 2
    -74.209949
    """
    return f_gan(divergence, generator=generator, limit=LIMIT, drift=DRIFT)
