"""Unrolled GANs: the generator plays against the discriminator as it will be K updates from now.

    J_K(theta_G) = J^(G)(theta_G, theta_D^K),    theta_D^(k+1) = update(theta_D^k, dJ^(D)/dtheta_D(theta_G, theta_D^k))

theta_D^0 is the discriminator there is, and stays: the K updates are looked at and thrown away, optimiser's memory
included. Source: Metz, Poole, Pfau and Sohl-Dickstein (2017), equations 7 to 10.
"""

from __future__ import annotations

from ..autodiff import grad, stop_gradient, tree_map
from ..validation import is_count
from .two_players import discriminator_cost, generator_cost

UNROLLINGS = ("full", "first_order")


def check_unrolling(players, unroll, unrolling) -> None:
    """Refuses what `make_step` cannot unroll: `ValueError` with what to do."""
    if not is_count(unroll, 0):
        raise ValueError(f"unroll is how many discriminator updates G looks ahead, 0, 1, 2, ..., and is {unroll!r}")
    if unrolling not in UNROLLINGS:
        raise ValueError(f"unrolling must be 'full' or 'first_order', and is {unrolling!r}")
    if unroll and unrolling == "full" and getattr(players.generator, "estimated_cost", None) is not None:
        raise ValueError(
            "this generator's samples pass no derivative on, so none goes through the discriminator's updates: use "
            "unrolling='first_order'"
        )


def look_ahead(players, unroll: int, penalty=None):
    """The function (D's parameters, D's memory, fake, real, rng, chance) -> D's parameters after ``unroll`` updates.

    Every update sees the same ``fake`` and ``real``, and derivatives go through it: by ``fake``, by the parameters
    and by the memory. Running statistics stay as they are.
    """
    gradient_of = grad(discriminator_cost(players, penalty))

    def ahead(params, memory, fake, real, rng=None, chance=None):
        for _ in range(unroll):
            gradient = gradient_of(params, fake, real, rng, chance)
            params, memory = players.discriminator_optimizer.update(params, gradient, memory)
        return params

    return ahead


def unrolled_generator_cost(players, unroll: int, unrolling: str = "full", penalty=None):
    """The function (G's parameters, D's, D's memory, noise, real, rng, chance) -> J_K.

    Its gradient with ``unrolling="full"`` is the true one of J_K: how D answers is part of it, through K updates by
    D's own optimiser. With ``"first_order"`` D's answer is taken as a constant: G plays against the D of the future,
    but does not know that it shapes it. For ``unroll=0`` both are the plain gradient. The true one costs about 3 K
    times a discriminator step, and where that optimiser is Adam, its ``epsilon_root`` keeps 1 / sqrt(v) finite in the
    derivative.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn, optim
    >>> from minigan.gan import Players, wgan
    >>> players = Players(wgan(), nn.dense(1), nn.dense(1, use_bias=False), None, optim.sgd(1.0))
    >>> at, w = {"weight": mnp.asarray([[0.0]]), "bias": mnp.asarray([2.0])}, {"weight": mnp.asarray([[0.5]])}
    >>> z = mnp.ones((4, 1))
    >>> for way in UNROLLINGS:  # D is w x, the data 0, G = b: w^1 = w - b, so J_1 = -b (w - b), and dJ_1/db = 2 b - w
    ...     J = unrolled_generator_cost(players, 1, way)
    ...     slope = mg.grad(J)(at, w, optim.sgd(1.0).init(w), z, mnp.zeros((4, 1)))["bias"]
    ...     print(way, float(mg.to_numpy(slope)[0]))
    full 3.5
    first_order 1.5
    """
    check_unrolling(players, unroll, unrolling)
    plain, ahead = generator_cost(players), look_ahead(players, unroll, penalty)

    def cost(params, discriminator_params, memory, noise, real, rng=None, chance=None):
        if unroll:
            fake = players.generator.apply(params, noise, train=True, rng=rng)
            if unrolling == "first_order":
                fake = stop_gradient(fake)
            discriminator_params = ahead(discriminator_params, memory, fake, real, rng, chance)
            if unrolling == "first_order":
                discriminator_params = tree_map(stop_gradient, discriminator_params)
        return plain(params, discriminator_params, noise, real, rng)

    return cost
