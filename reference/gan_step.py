"""One training step of a GAN by stochastic gradient descent, the losses as functions of the parameters.

`discriminator_params` and `generator_params` are lists of layers (W, b) as in `networks`; `real` has shape
(batch, visible), `noise` (batch, latent); `cost` is the generator's, `non_saturating_cost` or `minimax_cost`.
The losses in a `Step` are those whose gradients were taken, before the update. The literal log(1 - D) rounds:
where the largest logit is v, expect agreement with a stable form to about e^v times 1e-16.
"""

from typing import NamedTuple

from autograd import grad

from reference.discriminator import discriminator_loss
from reference.games import minimax_generator_loss, non_saturating_generator_loss
from reference.networks import discriminator, generator


class Step(NamedTuple):
    """(theta^(D), theta^(G), J^(D), J^(G)): the parameters after a step, and the losses descended.

    Lecture, "Training Procedure".

    >>> Step([], [], 0.5, 0.25).generator_loss
    0.25
    """

    discriminator_params: list
    generator_params: list
    discriminator_loss: float
    generator_loss: float


def discriminator_cost(discriminator_params, generator_params, real, noise):
    """J^(D)(theta^(D), theta^(G)) = -1/2 E_x log D(x) - 1/2 E_z log(1 - D(G(z))).

    Lecture, "Minimax Game".

    >>> import numpy as np
    >>> layer = [(np.array([[0.0]]), np.array([0.0]))]
    >>> print(f"{discriminator_cost(layer, layer, np.ones((4, 1)), np.ones((3, 1))):.6f}")
    0.693147
    """
    D_real = discriminator(discriminator_params, real)
    D_fake = discriminator(discriminator_params, generator(generator_params, noise))
    return discriminator_loss(D_real, D_fake)


def minimax_cost(generator_params, discriminator_params, real, noise):
    """J^(G)(theta^(G), theta^(D)) = 1/2 E_x log D(x) + 1/2 E_z log(1 - D(G(z))).

    Lecture, "Minimax Game".

    >>> import numpy as np
    >>> layer = [(np.array([[0.0]]), np.array([0.0]))]
    >>> print(f"{minimax_cost(layer, layer, np.ones((4, 1)), np.ones((3, 1))):.6f}")
    -0.693147
    """
    D_real = discriminator(discriminator_params, real)
    D_fake = discriminator(discriminator_params, generator(generator_params, noise))
    return minimax_generator_loss(D_real, D_fake)


def non_saturating_cost(generator_params, discriminator_params, real, noise):
    """J^(G)(theta^(G), theta^(D)) = -1/2 E_z log D(G(z)); `real` is not used.

    Lecture, "Non-Saturating Game".

    >>> import numpy as np
    >>> layer = [(np.array([[0.0]]), np.array([0.0]))]
    >>> print(f"{non_saturating_cost(layer, layer, np.ones((4, 1)), np.ones((3, 1))):.6f}")
    0.346574
    """
    D_fake = discriminator(discriminator_params, generator(generator_params, noise))
    return non_saturating_generator_loss(D_fake)


def descend(params, gradient, lr):
    """theta <- theta - lr d J / d theta, layer by layer.

    `params` and `gradient` are lists of layers (W, b). Lecture, "Training Procedure": SGD.

    >>> import numpy as np
    >>> layer = [(np.array([[1.0]]), np.array([2.0]))]
    >>> print(descend(layer, layer, lr=0.1)[0][0])
    [[0.9]]
    """
    return [(W - lr * dW, b - lr * db) for (W, b), (dW, db) in zip(params, gradient, strict=True)]


def simultaneous_step(discriminator_params, generator_params, real, noise, lr, cost=non_saturating_cost):
    """d <- d - lr dJ^(D)(d, g)/dd and g <- g - lr dJ^(G)(d, g)/dg at once, d = theta^(D), g = theta^(G).

    Lecture, "Training Procedure": "on two minibatches simultaneously". A discriminator that still says 1/2
    everywhere leaves the generator in place:

    >>> import numpy as np
    >>> D, G = [(np.array([[0.0]]), np.array([0.0]))], [(np.array([[1.0]]), np.array([0.0]))]
    >>> step = simultaneous_step(D, G, np.array([[2.0]]), np.array([[1.0]]), lr=1.0)
    >>> print(step.discriminator_params[0][0], step.generator_params[0][0])
    [[0.25]] [[1.]]
    """
    J_D = discriminator_cost(discriminator_params, generator_params, real, noise)
    J_G = cost(generator_params, discriminator_params, real, noise)
    gradient_D = grad(discriminator_cost)(discriminator_params, generator_params, real, noise)
    gradient_G = grad(cost)(generator_params, discriminator_params, real, noise)
    discriminator_params = descend(discriminator_params, gradient_D, lr)
    generator_params = descend(generator_params, gradient_G, lr)
    return Step(discriminator_params, generator_params, J_D, J_G)


def alternating_step(discriminator_params, generator_params, real, noise, lr, cost=non_saturating_cost):
    """d <- d - lr dJ^(D)(d, g)/dd, then g <- g - lr dJ^(G)(d, g)/dg with the new d.

    As above d = theta^(D), g = theta^(G); both players see the same `real` and `noise`. Lecture, "Training
    Procedure", with k = 1. Here the generator already moves, in the very step in which `simultaneous_step`
    leaves it in place:

    >>> import numpy as np
    >>> D, G = [(np.array([[0.0]]), np.array([0.0]))], [(np.array([[1.0]]), np.array([0.0]))]
    >>> step = alternating_step(D, G, np.array([[2.0]]), np.array([[1.0]]), lr=1.0)
    >>> print(f"{step.generator_params[0][0][0, 0]:.6f}")
    1.054728
    """
    return k_to_one_step(discriminator_params, generator_params, [real], [noise], lr, cost)


def k_to_one_step(discriminator_params, generator_params, reals, noises, lr, cost=non_saturating_cost):
    """d <- d - lr dJ^(D)(d, g)/dd on each of k pairs of batches, then g <- g - lr dJ^(G)(d, g)/dg once.

    `reals` and `noises` are lists of k batches. The generator descends on the last noise, and the step's
    J^(D) is that of the discriminator's last descent. Lecture, "Training Procedure": "optional: run k steps
    of one player for every step of the other player".

    >>> import numpy as np
    >>> D, G = [(np.array([[0.0]]), np.array([0.0]))], [(np.array([[1.0]]), np.array([0.0]))]
    >>> step = k_to_one_step(D, G, [np.array([[2.0]])] * 2, [np.array([[1.0]])] * 2, lr=1.0)
    >>> print(f"{step.discriminator_loss:.6f}")
    0.650008
    """
    for real, noise in zip(reals, noises, strict=True):
        J_D = discriminator_cost(discriminator_params, generator_params, real, noise)
        gradient_D = grad(discriminator_cost)(discriminator_params, generator_params, real, noise)
        discriminator_params = descend(discriminator_params, gradient_D, lr)
    J_G = cost(generator_params, discriminator_params, real, noise)
    gradient_G = grad(cost)(generator_params, discriminator_params, real, noise)
    generator_params = descend(generator_params, gradient_G, lr)
    return Step(discriminator_params, generator_params, J_D, J_G)
