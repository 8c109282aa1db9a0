"""Non-convergence in GANs, of networks: their eigenvalues, a penalty's second derivatives; and smoothed labels."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import nn
from ...autodiff import grad, hessian
from ...backend import to_numpy
from ...densities import Normal
from ...dynamics import spectrum, vector_field
from ...dynamics.vectors import as_vector
from ...gan import Players, gradient_penalty, label_smoothing, minimax, non_saturating, r1, two_player_game
from ...quadrature import integrate
from ..discriminator import HIGH, LOW, POINTS
from ..registry import Check, Run, claim, largest, smallest
from .methods import HEADING


def small_gan(run: Run, game, penalty=None, stream: int = 0):
    """A GAN of two tanh networks with 57 parameters on a batch of 16, as a two-player game, and a point of it."""
    players = Players(game, nn.mlp([5, 2], activation="tanh"), nn.mlp([6, 1], activation="tanh"), None, None)
    rng = run.rng(stream)
    real, noise = rng.standard_normal((16, 2)) + 1.0, rng.standard_normal((16, 3))
    at = (players.generator.init(rng, (1, 3)), players.discriminator.init(rng, (1, 2)))
    return two_player_game(players, real, noise, penalty=penalty, chance=rng.uniform((16, 1))), at


def jacobian_by_differences(game, at, step: float = 2e-5):
    """Of the vector field, by the five-point rule: error step^4 v^(5) / 30 + eps |v| / step.

    The two-point rule is not enough for a penalty whose norms come near their kink at 0.
    """
    z, back = as_vector(tuple(at))
    host, columns = to_numpy(z), []

    def velocity(vector):
        return to_numpy(as_vector(tuple(vector_field(game, back(mnp.asarray(vector)))))[0])

    for i in range(len(host)):
        move = np.zeros_like(host)
        move[i] = step
        near, far = (velocity(host + k * move) - velocity(host - k * move) for k in (1.0, 2.0))
        columns.append((8.0 * near - far) / (12.0 * step))
    return np.stack(columns, 1)


def farthest(found, stated) -> float:
    """The largest distance in a pairing of two sets of eigenvalues, each with the nearest that is left."""
    left, worst = list(stated), [0.0 if len(found) == len(stated) else math.inf]
    for value in found:
        apart = [abs(other - value) for other in left]
        worst.append(largest(apart))  # NaN, if there is one
        if not math.isnan(worst[-1]):
            worst[-1] = min(apart)
            left.pop(int(np.argmin(apart)))
    return largest(worst)


@claim(
    "network-spectrum",
    section="games",
    heading=HEADING,
    statement="The eigenvalues of a GAN of networks, by autodiff, are those of a Jacobian taken by finite differences.",
    latex=r"\operatorname{spec}\, \partial_z v(z), \quad v = (-\nabla_\theta J^{(G)}, -\nabla_\phi J^{(D)})",
)
def spectrum_of_networks(run: Run, eigenvalues=spectrum):
    cases = [("minimax", minimax(), None), ("non-saturating with R1", non_saturating(), r1(2.0))]
    if not run.quick:
        cases += [("minimax with a gradient penalty", minimax(), gradient_penalty(10.0))]
    for i, (name, game, penalty) in enumerate(cases):
        both, at = small_gan(run, game, penalty, i)
        differences = jacobian_by_differences(both, at)
        stated = np.linalg.eigvals(differences)
        found = eigenvalues(both, at)
        yield Check(f"{name}: largest distance of 57 eigenvalues", 0.0, farthest(found, stated), 1e-6)
        leading = largest(stated.real)
        yield Check(f"{name}: the largest real part", leading, float(found[0].real), 1e-6)
        few = eigenvalues(both, at, leading=3, which="modulus")
        off = largest(smallest(abs(stated - value)) for value in few)
        yield Check(f"{name}: three of largest modulus, matrix-free", 0.0, off, 1e-6)
        yield Check(f"{name}: the largest modulus", largest(abs(stated)), largest(abs(few)), 1e-6)
        if name == "minimax":
            n = differences.shape[0] - 25  # of the discriminator
            apart = abs(differences[:n, n:] + differences[n:, :n].T).max()
            yield Check("minimax: largest |J_xy + J_yx^T| (zero-sum: the players turn)", 0.0, float(apart), 1e-8)


@claim(
    "penalty-second-order",
    section="games",
    heading=HEADING,
    statement="A gradient penalty takes each sample's own norm; its gradient, of second order, is that of differences.",
    latex=r"\nabla_\phi\, \lambda \tfrac1n \textstyle\sum_i (\|\nabla_x D_\phi(x_i)\| - 1)^2",
)
def penalty_of_second_order(run: Run, penalty=lambda: gradient_penalty(10.0), target=1.0):
    layer = nn.mlp([7, 5, 1], activation="tanh")
    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(5)
        at, back = as_vector(layer.init(rng, (1, 3)))
        real, fake, chance = rng.standard_normal((6, 3)) + 1.0, rng.standard_normal((6, 3)), rng.uniform((6, 1))
        made = penalty()

        def value(vector, back=back, real=real, fake=fake, chance=chance, made=made):
            return made.value(lambda x: layer.apply(back(vector), x), real, fake, chance)

        between = fake + chance * (real - fake)
        slopes = []
        for axis in range(3):
            move = 1e-5 * mnp.eye(3)[axis, ...]
            up, down = (to_numpy(layer.apply(back(at), between + sign * move)) for sign in (1.0, -1.0))
            slopes.append((up - down)[:, 0] / 2e-5)
        stated = 10.0 * float(np.mean((np.linalg.norm(slopes, axis=0) - target) ** 2))
        yield Check(f"its value, slopes by differences, seed {seed}", stated, float(to_numpy(value(at))), 1e-8)
        found, host, errors = to_numpy(grad(value)(at)), to_numpy(at), []
        for i in range(0, len(host), 4 if run.quick else 1):
            move = np.zeros_like(host)
            move[i] = 1e-5
            up, down = (float(to_numpy(value(mnp.asarray(host + sign * move)))) for sign in (1.0, -1.0))
            errors.append(abs(found[i] - (up - down) / 2e-5))
        yield Check(f"its gradient, largest error over {len(errors)} weights, seed {seed}", 0.0, largest(errors), 1e-7)
    flat = grad(lambda scale: made.value(lambda x: scale * layer.apply(back(at), x), real, fake, chance))
    at_kink = float(to_numpy(flat(mnp.asarray(0.0))))
    yield Check("where all slopes are exactly 0: a derivative of it, finite", 0.0, at_kink, 0.0)


@claim(
    "one-sided-smoothing",
    section="games",
    heading="Discriminator Strategy",
    statement="With a label a < 1 on real data the best D is a p_data / (p_data + p_model); on both equal, a/2.",
    latex=r"D^*(x) = \frac{a\, p_\text{data}(x)}{p_\text{data}(x) + p_\text{model}(x)}",
)
def one_sided_smoothing(run: Run, optimal=lambda p, q, a: a * p / (p + q), game=label_smoothing):
    counts = ((5, 3, 2), (2, 3, 5))  # of three symbols in a batch of ten: the data's and the model's
    real, fake = (mnp.asarray(np.repeat(np.eye(3), n, axis=0)) for n in counts)
    for a in (1.0, 0.9, 0.875):
        loss = game(a).discriminator_loss
        value = lambda logits, loss=loss: loss(real @ logits, fake @ logits)
        logits = mnp.zeros(3)
        for _ in range(12):  # Newton's method; the loss is convex in the logits
            step = np.linalg.solve(to_numpy(hessian(value)(logits)), to_numpy(grad(value)(logits)))
            logits = logits - mnp.asarray(step)
        for p, q, d in zip(*counts, to_numpy(mnp.sigmoid(logits))):
            what = f"a = {a:g}, p = {p / 10:g}, q = {q / 10:g}: the D that minimises the loss"
            yield Check(what, optimal(0.1 * p, 0.1 * q, a), float(d), 1e-12)
    for a in (0.9, 0.875):
        p, q = Normal(0.0, 1.0), Normal(1.2, 0.7)

        def cost(x, v, a=a, p=p, q=q):
            told = a * mnp.softplus(-v) + (1.0 - a) * mnp.softplus(v)
            return 0.5 * (p.density(x) * told + q.density(x) * mnp.softplus(v))

        def moved(epsilon, cost=cost, a=a, p=p, q=q):
            def integrand(x):
                v = mnp.logit(optimal(p.density(x), q.density(x), a))
                return cost(x, v + epsilon * mnp.sin(1.3 * x + 0.4))

            return integrate(integrand, LOW / 2.0, HIGH / 2.0, POINTS)

        slope = float(to_numpy(grad(moved)(mnp.asarray(0.0))))
        yield Check(f"a = {a:g}, N(0, 1), N(1.2, 0.49): slope of the loss at D*", 0.0, slope, 1e-10)
        logit = mnp.asarray([math.log(0.5 * a / (1.0 - 0.5 * a))])
        made = game(a)
        at_half = float(to_numpy(made.discriminator_loss(logit, logit)))
        yield Check(f"a = {a:g}: J^(D) at D = a/2", made.value_at_optimum, at_half, 1e-14)
    yield Check("a = 0.875: D at p = q", 0.4375, float(optimal(0.3, 0.3, 0.875)), 1e-15)
