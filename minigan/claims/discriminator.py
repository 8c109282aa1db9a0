"""Discriminator Strategy: the optimal D, by quadrature over drawn densities and by a trained network."""

from __future__ import annotations

import minigan.numpy as mnp

from .. import nn, optim
from ..autodiff import hvp, jvp
from ..backend import to_numpy
from ..densities import Mixture, Normal
from ..gan import optimal_discriminator
from ..quadrature import integrate
from .registry import Check, Run, claim, largest, smallest

LOW, HIGH, POINTS = -14.0, 14.0, 2001


def drawn_pair(rng):
    """Two mixtures of two Gaussians each, of random place, width and weight."""

    def mixture():
        weight = float(to_numpy(rng.uniform((), 0.2, 0.8)))
        means = to_numpy(rng.uniform((2,), -3.0, 3.0))
        deviations = to_numpy(rng.uniform((2,), 0.5, 1.2))
        parts = tuple(Normal(float(m), float(s)) for m, s in zip(means, deviations))
        return Mixture((weight, 1.0 - weight), parts)

    return mixture(), mixture()


def objective(discriminator, p, q):
    """J^(D) = -1/2 int p log D - 1/2 int q log(1 - D), with 0 log 0 = 0, for D a function of x."""

    def integrand(x):
        d = discriminator(x)
        return -0.5 * (mnp.xlogy(p.density(x), d) + mnp.xlogy(q.density(x), 1.0 - d))

    return integrate(integrand, LOW, HIGH, POINTS)


def logit_objective(logit, p, q, reach=HIGH, points=POINTS):
    """The same J^(D) from the logit of D, exact in the tails, over |x| <= ``reach``."""

    def integrand(x):
        v = logit(x)
        return 0.5 * (p.density(x) * mnp.softplus(-v) + q.density(x) * mnp.softplus(v))

    return integrate(integrand, -reach, reach, points)


def bernoulli_kl(logit, other):
    """KL between Bernoulli(sigmoid(logit)) and Bernoulli(sigmoid(other)), elementwise."""
    d = mnp.sigmoid(logit)
    return d * (mnp.log_sigmoid(logit) - mnp.log_sigmoid(other)) + (1.0 - d) * (
        mnp.log_sigmoid(-logit) - mnp.log_sigmoid(-other)
    )


@claim(
    "optimal-discriminator",
    section="discriminator",
    heading="Discriminator Strategy",
    statement="The optimal D(x) for any p_data and p_model is p_data(x) / (p_data(x) + p_model(x)).",
    latex=r"D^*(x) = \frac{p_\text{data}(x)}{p_\text{data}(x) + p_\text{model}(x)}",
)
def optimal_discriminator_is_optimal(run: Run, optimal=optimal_discriminator):
    slopes, curvatures, excesses, gaps = [], [], [], []
    pairs = 3 if run.quick else 10
    for stream in range(pairs):
        rng = run.rng(stream)
        p, q = drawn_pair(rng)
        best = optimal(p, q)
        frequency, phase = (float(v) for v in to_numpy(rng.uniform((2,), 0.3, 2.0)))

        def direction(x, frequency=frequency, phase=phase):
            return mnp.sin(frequency * x + phase)

        def logit(x, best=best):
            return mnp.logit(mnp.clip(best(x), 1e-300, 1.0 - 1e-16))

        def moved(epsilon, p=p, q=q, logit=logit, direction=direction):
            return logit_objective(lambda x: logit(x) + epsilon * direction(x), p, q)

        zero, one = mnp.asarray(0.0), mnp.asarray(1.0)
        least = float(to_numpy(moved(zero)))
        slopes.append(abs(float(to_numpy(jvp(moved, (zero,), (one,))[1]))))
        curvatures.append(float(to_numpy(hvp(moved)(zero, one))))
        for epsilon in (-3.0, -0.3, 0.3, 3.0):
            excess = float(to_numpy(moved(mnp.asarray(epsilon)))) - least
            excesses.append(excess)

            def cost(x, p=p, q=q, logit=logit, direction=direction, epsilon=epsilon):
                v = logit(x)
                return 0.5 * (p.density(x) + q.density(x)) * bernoulli_kl(v, v + epsilon * direction(x))

            gaps.append(abs(excess - float(to_numpy(integrate(cost, LOW, HIGH, POINTS)))))
    yield Check(f"largest |dJ/de| at D* along a random direction, {pairs} drawn pairs", 0.0, largest(slopes), 1e-8)
    yield Check("smallest second derivative there (J^(D) is convex in the logit)", 0.0, smallest(curvatures), 0.0, ">=")
    yield Check("smallest J(D) - J(D*) over other D", 0.0, smallest(excesses), 0.0, ">=")
    yield Check("J(D) - J(D*) against 1/2 int (p + q) KL(D* || D), largest error", 0.0, largest(gaps), 1e-8)


@claim(
    "optimal-discriminator-learned",
    section="discriminator",
    heading="Discriminator Strategy",
    statement="Estimating this ratio by supervised learning works: a network trained to tell samples apart finds D*.",
    latex=r"D_\phi \to D^*, \quad \operatorname{logit} D_\phi(x) \to \log p_\text{data}(x) - \log p_\text{model}(x)",
)
def learned_discriminator_is_optimal(run: Run, optimal=optimal_discriminator):
    p = Mixture((0.4, 0.6), (Normal(-1.5, 0.6), Normal(1.0, 0.8)))
    q = Normal(0.0, 1.5)
    best = optimal(p, q)
    grid = mnp.linspace(-5.0, 5.0, 401)
    seen = to_numpy(0.5 * (p.density(grid) + q.density(grid))) > 1e-2
    steps, batch = (800, 2048) if run.quick else (1500, 2048)
    for seed in run.seeds(3):
        learned = train_discriminator(p, q, seed, steps, batch)
        error = abs(to_numpy(mnp.sigmoid(learned(grid))) - to_numpy(best(grid)))[seen].max()
        yield Check(f"largest |D - D*| where (p + q)/2 > 0.01, seed {seed}", 0.0, float(error), 0.05)


def train_discriminator(p, q, seed: int, steps: int, batch: int):
    """The logit of a tanh network trained on fresh samples of both densities by the game's own loss, in float32."""
    from ..gan import discriminator_loss
    from ..training import Player, players_learner, train

    layer = nn.mlp([16, 16, 1], activation="tanh")

    def loss(parameters, samples, rng):
        return discriminator_loss(*(layer.apply(parameters["discriminator"], x) for x in samples))

    def draw(rng, state):
        return tuple(mnp.astype(density.sample(rng, (batch, 1)), "float32") for density in (p, q))

    optimizer = optim.adam(optim.cosine(5e-2, steps), beta2=0.99)
    one = Player(lambda rng: layer.init(rng, (1, 1), "float32"), loss, optimizer)
    learner = players_learner({"discriminator": one}, draw)
    params = train(learner, steps, rng=seed, check_every=100).state.parameters["discriminator"]

    def logit(x):
        column = mnp.reshape(mnp.astype(x, "float32"), (-1, 1))
        return mnp.reshape(mnp.astype(layer.apply(params, column), x.dtype), x.shape)

    return logit


@claim(
    "half-at-equality",
    section="discriminator",
    heading="Discriminator Strategy",
    statement="Where model and data have equal density the optimal discriminator says 1/2.",
    latex=r"p_\text{model} = p_\text{data} \Rightarrow D^*(x) = \tfrac12",
)
def half_where_densities_agree(run: Run, optimal=optimal_discriminator):
    x = mnp.linspace(-60.0, 60.0, 1001)  # far beyond where exp(-x^2 / 2) underflows
    p, q = drawn_pair(run.rng(1))
    for name, density in (("a drawn mixture", p), ("another", q), ("N(0, 1)", Normal(0.0, 1.0))):
        error = abs(to_numpy(optimal(density, density)(x)) - 0.5).max()
        yield Check(f"largest |D* - 1/2| on [-60, 60], {name} against itself", 0.0, float(error), 0.0)
    crossing = float(to_numpy(optimal(Normal(0.0, 1.0), Normal(1.0, 1.0))(mnp.asarray(0.5))))
    yield Check("D* where N(0, 1) and N(1, 1) cross, x = 1/2", 0.5, crossing, 1e-15)
