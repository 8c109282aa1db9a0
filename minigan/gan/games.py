"""The two players' losses, as functions of the discriminator's outputs. In the lecture's games D(x) = sigmoid(output), so

    -log D = softplus(-output),        -log(1 - D) = softplus(output),

which neither overflow nor lose the tail that log(sigmoid(output) + epsilon) cuts off. The other games take the output for
D itself (least squares), for a margin (hinge), or for a critic's value (wgan).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import minigan.numpy as mnp

from ..rebuilt import Rebuilt, rebuilt_by_name
from ..validation import function
from .penalties import gradient_penalty

LOG2 = math.log(2.0)


@dataclass(frozen=True)
class Game(Rebuilt):
    """A two-player game over logits.

    ``discriminator_loss(real_logits, fake_logits)`` is J^(D). ``generator_loss(fake_logits, real_logits=None)`` is
    J^(G); what depends on real data alone does not move the generator and is left out unless ``real_logits`` are given.
    ``value_at_optimum`` is J^(D) where the model equals the data and D = D*, ``generator_loss_at_optimum`` J^(G) there.
    ``probability`` turns outputs into D(x), the probability of real: sigmoid for logits; ``None`` in a game whose
    outputs do not determine it.

    ``penalty`` is what J^(D) is to have added in training unless `fit` is told otherwise (see `minigan.gan.penalties`).
    A game whose J^(G) needs more than outputs has ``generator_objective(discriminator_params, real, fake, rng)``, which
    then takes the place of ``generator_loss`` in training (see `feature_matching`).

    Where ``generator_sees_real``, J^(G) depends on the outputs of real samples too, as a relativistic one does: in
    training it is then ``generator_loss(fake_logits, real_logits)``.

    ``generator_costs(outputs)`` is J^(G) sample by sample, shaped like the outputs; ``generator_loss`` is their mean.
    Estimators that weigh samples (`minigan.discrete.score_function_surrogate`) need them.

    ``outputs`` is how many numbers D answers with for a sample (or for a patch of it): 1, unless a game of one's own takes
    more, and ``None`` where it takes anything.

    Raises `TypeError` for losses that are no functions.

    >>> critics = Game(
    ...     "critics",
    ...     lambda real, fake: mnp.mean(fake) - mnp.mean(real),
    ...     lambda fake, real=None: -mnp.mean(fake),
    ...     value_at_optimum=0.0,
    ...     generator_loss_at_optimum=0.0,
    ...     probability=None,
    ... )
    >>> float(critics.discriminator_loss(mnp.asarray([3.0, 5.0]), mnp.asarray([1.0])))
    -3.0
    """

    name: str
    discriminator_loss: Callable
    generator_loss: Callable
    value_at_optimum: float
    generator_loss_at_optimum: float
    probability: Callable | None = mnp.sigmoid
    penalty: Any = None
    generator_objective: Callable | None = None
    generator_costs: Callable | None = None
    generator_sees_real: bool = False
    outputs: int | None = 1

    def __post_init__(self):
        for what, call in (("discriminator_loss", "(real, fake)"), ("generator_loss", "(fake, real=None)")):
            function(getattr(self, what), f"the {what} of a game", call)


def discriminator_loss(real_logits, fake_logits):
    """J^(D) = -1/2 E_data log D(x) - 1/2 E_z log(1 - D(G(z))), from logits of any shape.

    >>> import minigan.numpy as mnp
    >>> round(float(discriminator_loss(mnp.zeros(4), mnp.zeros(4))), 12)  # D = 1/2: log 2
    0.69314718056
    """
    return 0.5 * mnp.mean(mnp.softplus(mnp.negative(real_logits))) + 0.5 * mnp.mean(mnp.softplus(fake_logits))


@rebuilt_by_name
def minimax() -> Game:
    """The zero-sum game, J^(G) = -J^(D): the generator minimises 1/2 E_z log(1 - D(G(z))).

    At D = D* the discriminator's loss is log 2 - JSD(p_data, p_model), so the generator minimises a Jensen-Shannon
    divergence; its gradient vanishes where D rejects every sample. Source: the lecture's "Minimax Game".

    >>> game = minimax()
    >>> round(game.value_at_optimum, 12), round(game.generator_loss_at_optimum, 12)
    (0.69314718056, -0.34657359028)
    """

    def generator_loss(fake_logits, real_logits=None):
        loss = -0.5 * mnp.mean(mnp.softplus(fake_logits))
        return loss if real_logits is None else loss - 0.5 * mnp.mean(mnp.softplus(mnp.negative(real_logits)))

    def costs(fake_logits):
        return -0.5 * mnp.softplus(fake_logits)

    return Game("minimax", discriminator_loss, generator_loss, LOG2, -0.5 * LOG2, generator_costs=costs)


@rebuilt_by_name
def non_saturating() -> Game:
    """J^(G) = -1/2 E_z log D(G(z)): the generator maximises the log-probability of the discriminator being mistaken.

    At D = D* its gradient is that of KL(m || p_data), m = (p_data + p_model) / 2, and it does not vanish where D
    rejects every sample. Source: the lecture's "Non-Saturating Game".

    >>> import minigan.numpy as mnp
    >>> round(float(non_saturating().generator_loss(mnp.array([-40.0]))), 12)
    20.0
    """

    def generator_loss(fake_logits, real_logits=None):
        return 0.5 * mnp.mean(mnp.softplus(mnp.negative(fake_logits)))

    def costs(fake_logits):
        return 0.5 * mnp.softplus(mnp.negative(fake_logits))

    return Game("non_saturating", discriminator_loss, generator_loss, LOG2, 0.5 * LOG2, generator_costs=costs)


@rebuilt_by_name
def least_squares() -> Game:
    """J^(D) = 1/2 E (D(x) - 1)^2 + 1/2 E D(G(z))^2, J^(G) = 1/2 E (D(G(z)) - 1)^2: D is the output, in all of R.

    D* = p_data / (p_data + p_model), so both losses are known at the optimum, D = 1/2. A sample far on the right side of
    the boundary still feels a force. Source: Mao et al. (2017), equation 9 (a = 0, b = c = 1).

    >>> import minigan.numpy as mnp
    >>> game, half = least_squares(), mnp.full((4,), 0.5)
    >>> float(game.discriminator_loss(half, half)), float(game.generator_loss(half))
    (0.25, 0.125)
    """

    def loss(real_outputs, fake_outputs):
        return 0.5 * mnp.mean(mnp.square(mnp.subtract(real_outputs, 1.0))) + 0.5 * mnp.mean(mnp.square(fake_outputs))

    def generator_loss(fake_outputs, real_outputs=None):
        return 0.5 * mnp.mean(mnp.square(mnp.subtract(fake_outputs, 1.0)))

    def costs(fake_outputs):
        return 0.5 * mnp.square(mnp.subtract(fake_outputs, 1.0))

    def probability(outputs):
        return mnp.clip(outputs, 0.0, 1.0)

    return Game("least_squares", loss, generator_loss, 0.25, 0.125, probability, generator_costs=costs)


@rebuilt_by_name
def hinge() -> Game:
    """J^(D) = E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))), J^(G) = -E D(G(z)), D the output.

    Where model and data agree J^(D) = 2 for every constant D in [-1, 1], and no D is better; J^(G) = 0 is stated for the
    one in the middle. D* = sign(p_data - p_model), and J^(G) is then the total variation but for constants. Sources: Lim
    and Ye (2017); Miyato et al. (2018).

    >>> import minigan.numpy as mnp
    >>> float(hinge().discriminator_loss(mnp.asarray([3.0]), mnp.asarray([-0.5])))
    0.5
    """

    def loss(real_outputs, fake_outputs):
        real, fake = mnp.subtract(1.0, real_outputs), mnp.add(1.0, fake_outputs)  # of lists, too
        return mnp.mean(mnp.maximum(real, 0.0)) + mnp.mean(mnp.maximum(fake, 0.0))

    return Game("hinge", loss, _minus_the_critic, 2.0, 0.0, None, generator_costs=mnp.negative)


@rebuilt_by_name
def wgan() -> Game:
    """J^(D) = E D(G(z)) - E D(x), J^(G) = -E D(G(z)): the critic's -J^(D) is W_1, if D ranges over 1-Lipschitz functions.

    The game does not see to that: clip weights (`minigan.optim.clip_weights`), penalise gradients (`wgan_gp`), or divide
    weights by their spectral norms (`nn.spectral_norm`). At the optimum J^(D) = 0; J^(G) is stated for D = 0, since a
    constant added to D changes nothing else. Source: Arjovsky, Chintala and Bottou (2017).

    >>> import minigan.numpy as mnp
    >>> float(wgan().discriminator_loss(mnp.asarray([3.0]), mnp.asarray([1.0])))
    -2.0
    """

    def loss(real_outputs, fake_outputs):
        return mnp.mean(fake_outputs) - mnp.mean(real_outputs)

    return Game("wgan", loss, _minus_the_critic, 0.0, 0.0, None, generator_costs=mnp.negative)


@rebuilt_by_name
def wgan_gp() -> Game:
    """`wgan` with ten times the one-centred gradient penalty.

    For data of two dimensions or more: on the line a slope changes sign only through dD/dx = 0, where the penalty is
    10, so a critic that starts the wrong way round stays so and sends the samples off for ever. Source: Gulrajani
    et al. (2017), algorithm 1.

    >>> wgan_gp().penalty
    gradient_penalty(weight=10, target=1)
    """
    return replace(wgan(), name="wgan_gp", penalty=gradient_penalty(10.0))


@rebuilt_by_name
def relativistic_pairing() -> Game:
    """J^(D) = E softplus(D(G(z)) - D(x)), J^(G) = E softplus(D(x) - D(G(z))): whether x looks more real than its partner.

    Row i of the real batch is the partner of row i of the generated one, and only differences of D count, so that D is
    known but for a constant: D* = log p_data - log p_model + c, the losses' log 2 where model and data agree. At D*

        -J^(D) = JSD(p_data x p_model, p_model x p_data) - log 2,

    of the pairs of samples one way round and the other. Has no factor 1/2. Sources: Jolicoeur-Martineau (2018), "A
    relativistic GAN"; Huang et al. (2024), who add ``r1(gamma) + r2(gamma)``; Sun, Fang and Schwing (2020), landscapes.

    >>> import minigan.numpy as mnp
    >>> game, real = relativistic_pairing(), mnp.asarray([100.0, 1.0])
    >>> round(float(game.discriminator_loss(real, mnp.asarray([99.0, 0.0]))), 12)  # softplus(-1), wherever D stands
    0.313261687518
    """

    def discriminator_loss(real_outputs, fake_outputs):
        return mnp.mean(mnp.softplus(_gap(fake_outputs, real_outputs)))

    def generator_loss(fake_outputs, real_outputs=None):
        if real_outputs is None:
            raise ValueError("the pairing game's J^(G) compares: generator_loss(fake_outputs, real_outputs)")
        return mnp.mean(mnp.softplus(_gap(real_outputs, fake_outputs)))

    def _gap(a, b):
        a, b = mnp.asarray(a), mnp.asarray(b)
        if tuple(a.shape) != tuple(b.shape):
            raise ValueError(
                f"in the pairing game each sample has a partner, and the outputs have the shapes {tuple(a.shape)} and "
                f"{tuple(b.shape)}: give as many real ones as generated"
            )
        return a - b

    return Game(
        "relativistic_pairing", discriminator_loss, generator_loss, LOG2, LOG2, None, generator_sees_real=True
    )


def _minus_the_critic(fake_outputs, real_outputs=None):
    return -mnp.mean(fake_outputs)


GAMES = {
    "minimax": minimax,
    "non_saturating": non_saturating,
    "least_squares": least_squares,
    "hinge": hinge,
    "wgan": wgan,
    "wgan_gp": wgan_gp,
    "relativistic_pairing": relativistic_pairing,
}
