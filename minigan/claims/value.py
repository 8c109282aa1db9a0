"""Minimax Game, Non-Saturating Game: what the losses are worth at the optimal discriminator, and where they lead."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from .. import nn
from ..autodiff import grad, jacobian, stop_gradient
from ..backend import to_numpy
from ..densities import Normal
from ..dynamics.vectors import as_vector
from ..gan import minimax, non_saturating, optimal_logit
from ..quadrature import integrate
from .discriminator import HIGH, LOW, POINTS, drawn_pair, logit_objective
from .registry import Check, Run, claim, largest


def kl(p, q):
    """KL(p || q) = int p (log p - log q), by quadrature."""
    return integrate(lambda x: p.density(x) * (p.log_density(x) - q.log_density(x)), LOW, HIGH, POINTS)


class Middle:
    """m = (p + q) / 2."""

    def __init__(self, p, q):
        self.p, self.q = p, q

    def log_density(self, x):
        return mnp.logaddexp(self.p.log_density(x), self.q.log_density(x)) - math.log(2.0)

    def density(self, x):
        return 0.5 * (self.p.density(x) + self.q.density(x))


def jensen_shannon(p, q):
    """JSD = 1/2 KL(p || m) + 1/2 KL(q || m)."""
    m = Middle(p, q)
    return 0.5 * kl(p, m) + 0.5 * kl(q, m)


@claim(
    "jensen-shannon",
    section="value",
    heading="Minimax Game",
    statement="The minimax game resembles Jensen-Shannon divergence: at D*, J^(D) is log 2 - JSD and V is 2 JSD - log 4.",
    latex=r"J^{(D)}(D^*) = \log 2 - \mathrm{JSD}, \qquad V(D^*) = 2\,\mathrm{JSD} - \log 4",
)
def value_is_jensen_shannon(run: Run, divergence=jensen_shannon):
    errors, value_errors = [], []
    for stream in range(3 if run.quick else 10):
        p, q = drawn_pair(run.rng(stream))
        loss = float(to_numpy(logit_objective(optimal_logit(p, q), p, q)))
        js = float(to_numpy(divergence(p, q)))
        errors.append(abs(loss - (math.log(2.0) - js)))
        value_errors.append(abs(-2.0 * loss - (2.0 * js - math.log(4.0))))
    yield Check("J^(D) at D* against log 2 - JSD, largest error over drawn pairs", 0.0, largest(errors), 1e-10)
    yield Check("V at D* against 2 JSD - log 4", 0.0, largest(value_errors), 2e-10)
    p, q = Normal(0.0, 1.0), Normal(1.2, 0.7)
    at_optimum = float(to_numpy(logit_objective(optimal_logit(p, q), p, q)))
    yield Check("J^(D) at D* for N(0, 1) and N(1.2, 0.7^2), 15 digits known", 0.483331338607959, at_optimum, 1e-14)
    yield Check("the same as log 2 - JSD", math.log(2.0) - float(to_numpy(divergence(p, q))), at_optimum, 1e-12)
    p_vector, q_vector = mnp.asarray([0.5, 0.3, 0.2]), mnp.asarray([0.2, 0.3, 0.5])
    v = optimal_logit(p_vector, q_vector)(mnp.arange(3))
    exact = float(to_numpy(0.5 * mnp.sum(p_vector * mnp.softplus(-v) + q_vector * mnp.softplus(v))))
    m = 0.5 * (p_vector + q_vector)
    js = 0.5 * mnp.sum(p_vector * mnp.log(p_vector / m) + q_vector * mnp.log(q_vector / m))
    yield Check("three symbols, by enumeration", math.log(2.0) - float(to_numpy(js)), exact, 1e-14)
    same = float(to_numpy(logit_objective(optimal_logit(p, p), p, p)))
    yield Check("at p_model = p_data, J^(D) = log 2", math.log(2.0), same, 1e-12)


@claim(
    "zero-sum",
    section="value",
    heading="Minimax Game",
    statement="In the minimax game the generator's loss is minus the discriminator's.",
    latex=r"J^{(G)} = -J^{(D)}",
)
def minimax_is_zero_sum(run: Run, game=None):
    game = game or minimax()
    errors = []
    for stream in range(5):
        rng = run.rng(stream)
        real, fake = 20.0 * rng.standard_normal((512,)), 20.0 * rng.standard_normal((512,))
        total = game.generator_loss(fake, real) + game.discriminator_loss(real, fake)
        errors.append(abs(float(to_numpy(total))))
    yield Check("largest |J^(G) + J^(D)| over batches of drawn logits", 0.0, largest(errors), 1e-14)
    logits = run.rng(9).standard_normal((256,))
    g = to_numpy(grad(lambda v: game.generator_loss(v))(logits))
    d = to_numpy(grad(lambda v: game.discriminator_loss(mnp.zeros(1), v))(logits))
    yield Check("largest |dJ^(G)/dv + dJ^(D)/dv| in the fake logits", 0.0, float(abs(g + d).max()), 1e-16)


@claim(
    "non-saturating-divergence",
    section="value",
    heading="Non-Saturating Game",
    statement="At D* the non-saturating gradient is that of KL(m || p_data), m the mixture; the minimax one is JSD's.",
    latex=r"\nabla_\theta J^{(G)} = \nabla_\theta\, \mathrm{KL}\left(\tfrac{p+q_\theta}{2} \,\Big\|\, p\right)",
)
def non_saturating_gradient(run: Run, implied=lambda p, q: kl(Middle(p, q), p)):
    data = Normal(0.0, 1.0)
    cases = {(1.2, 0.7): (0.346344510421238, -0.108947563870633), (-0.5, 1.6): None}
    for (mean, deviation), known in cases.items():
        at = mnp.asarray([mean, deviation])
        frozen = optimal_logit(data, Normal(mean, deviation))

        def loss(theta, frozen=frozen):
            model = Normal(theta[0], theta[1])
            return integrate(
                lambda x: model.density(x) * 0.5 * mnp.softplus(-stop_gradient(frozen(x))), LOW, HIGH, POINTS
            )

        def divergence(theta):
            return implied(data, Normal(theta[0], theta[1]))

        found, stated = to_numpy(grad(loss)(at)), to_numpy(grad(divergence)(at))
        for i, name in enumerate(("mean", "deviation")):
            where = f"model N({mean}, {deviation}^2), d/d {name}"
            yield Check(f"dJ^(G) against dKL(m || p_data), {where}", float(stated[i]), float(found[i]), 1e-10)
            if known:
                yield Check(f"the same, 15 digits known, {where}", known[i], float(found[i]), 1e-12)

    def minimax_loss(theta):
        frozen = optimal_logit(data, Normal(1.2, 0.7))
        model = Normal(theta[0], theta[1])
        return -integrate(lambda x: model.density(x) * 0.5 * mnp.softplus(frozen(x)), LOW, HIGH, POINTS)

    def js(theta):
        return jensen_shannon(data, Normal(theta[0], theta[1]))

    at = mnp.asarray([1.2, 0.7])
    error = abs(to_numpy(grad(minimax_loss)(at)) - to_numpy(grad(js)(at))).max()
    yield Check("minimax: largest |dJ^(G) - dJSD|, model N(1.2, 0.7^2)", 0.0, float(error), 1e-10)


@claim(
    "saturation",
    section="value",
    heading="Non-Saturating Game",
    statement="The generator learns even when D rejects all samples: there the minimax gradient vanishes, not this one.",
    latex=r"\frac{\partial_v J_\text{ns}}{\partial_v J_\text{mm}} = e^{-v}, \quad v = \operatorname{logit} D(G(z))",
)
def saturation(run: Run, ratio=lambda v: math.exp(-v)):
    saturating, heuristic = grad(minimax().generator_loss), grad(non_saturating().generator_loss)
    for v in (0.0, -1.0, -10.0, -40.0, -300.0, -700.0):
        logit = mnp.asarray([v])
        slow, fast = float(to_numpy(saturating(logit))[0]), float(to_numpy(heuristic(logit))[0])
        yield Check(f"(ratio of the gradients) / e^-v at v = {v:g}", 1.0, fast / slow / ratio(v), 1e-12)
    rejected = mnp.asarray([-60.0])
    yield Check("minimax gradient where D = e^-60", 0.0, float(to_numpy(saturating(rejected))[0]), 1e-25)
    yield Check("non-saturating gradient there", -0.5, float(to_numpy(heuristic(rejected))[0]), 1e-15)
    data, at = Normal(0.0, 1.0), mnp.asarray([6.0, 1.0])
    frozen = optimal_logit(data, Normal(6.0, 1.0))

    def pull(sign):
        def loss(theta):
            model = Normal(theta[0], theta[1])
            return sign * integrate(
                lambda x: model.density(x) * 0.5 * mnp.softplus(-sign * frozen(x)), -12.0, 18.0, POINTS
            )

        return float(to_numpy(grad(loss)(at))[0])

    yield Check("model N(6, 1), data N(0, 1): minimax d/d mean, known", 0.00622661960985527, pull(-1.0), 1e-11)
    yield Check("non-saturating d/d mean there, known", 2.99377338039014, pull(1.0), 1e-11)


def cross_derivatives(discriminator_loss, generator_loss, d, g):
    """d^2 J^(D) / dd dg and d^2 J^(G) / dd dg at vectors d of D and g of G, each of shape (len(d), len(g))."""
    of_d = jacobian(lambda g: grad(lambda d: discriminator_loss(d, g))(d))(g)
    of_g = jacobian(lambda g: grad(lambda d: generator_loss(d, g))(d))(g)
    return to_numpy(of_d), to_numpy(of_g)


def disagreement(s: float) -> float:
    """The sum of both cross derivatives of the non-saturating Dirac-GAN, tanh(s / 2) / 2 + s sigma'(s), s = psi theta."""
    e = math.exp(-abs(s))
    return 0.5 * math.tanh(0.5 * s) + s * e / (1.0 + e) ** 2


@claim(
    "no-single-loss",
    section="value",
    heading="Non-Saturating Game",
    statement="The non-saturating game is not described by a single loss V, which D ascends and G descends: then cross "
    "derivatives of both losses would cancel. In the minimax game they do; here not, in whatever unit G's loss is told.",
    latex=r"J^{(D)} = -V,\ J^{(G)} = V \;\Rightarrow\; \partial_d \partial_g J^{(D)} + \partial_d \partial_g J^{(G)} = 0",
)
def no_single_loss(run: Run, off=disagreement, fair=minimax, heuristic=non_saturating):
    at_data = mnp.zeros(1)
    for name, game, stated in (("minimax", fair(), lambda s: 0.0), ("non-saturating", heuristic(), off)):
        for psi, theta in ((1.0, 0.5), (2.0, -1.5), (0.3, 10.0)):
            found = cross_derivatives(
                lambda d, g, game=game: game.discriminator_loss(d * at_data, d * g),
                lambda d, g, game=game: game.generator_loss(d * g, d * at_data),
                mnp.asarray([psi]),
                mnp.asarray([theta]),
            )
            what = f"{name} Dirac-GAN, D(x) = {psi:g} x, fakes at {theta:g}: sum of the cross derivatives"
            yield Check(what, stated(psi * theta), float((found[0] + found[1])[0, 0]), 1e-14)
    generator, discriminator = nn.mlp([3, 2], activation="tanh"), nn.mlp([4, 1], activation="tanh")
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(5)
        real, z = rng.standard_normal((16, 2)) + 1.0, rng.standard_normal((16, 2))
        d, back_d = as_vector(discriminator.init(rng, (None, 2)))
        g, back_g = as_vector(generator.init(rng, (None, 2)))

        def logits(d, g, back_d=back_d, back_g=back_g, real=real, z=z):
            fake = generator.apply(back_g(g), z)
            return discriminator.apply(back_d(d), real), discriminator.apply(back_d(d), fake)

        for name, game in (("minimax", fair()), ("non-saturating", heuristic())):
            of_d, of_g = cross_derivatives(
                lambda d, g, game=game: game.discriminator_loss(*logits(d, g)),
                lambda d, g, game=game: game.generator_loss(*reversed(logits(d, g))),
                d,
                g,
            )
            size = math.sqrt((of_d**2).sum())
            factor = float((of_d * of_g).sum() / (of_g**2).sum())  # the best unit for G's loss
            left = math.sqrt(((of_d - factor * of_g) ** 2).sum()) / size
            if name == "minimax":
                sum_ = math.sqrt(((of_d + of_g) ** 2).sum()) / size
                yield Check(f"minimax, two networks, seed {seed}: what does not cancel, of all", 0.0, sum_, 1e-13)
            else:
                what = f"non-saturating, the same networks, seed {seed}: left over in the best unit, of all"
                yield Check(what, 0.1, left, 0.0, ">=")
