"""Generator Network: what G must be and need not be, by quadrature over its code."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from .. import nn, optim
from ..autodiff import grad, jacobian, stop_gradient
from ..backend import to_numpy
from ..compiler import compile
from ..densities import Normal
from ..gan import Pushforward, fit, optimal_logit
from ..metrics import sliced_wasserstein
from ..quadrature import integrate
from ..random import generator as generator_of
from .discriminator import logit_objective
from .registry import Check, Run, claim, largest

SECTION, HEADING = "generator", "Generator Network"
REACH, NODES = 9.0, 1201  # of a standard normal code: beyond lies 2e-19 of its mass


def over_code(f):
    """E f(z), z ~ N(0, 1), by quadrature."""
    return integrate(lambda z: Normal(0.0, 1.0).density(z) * f(z), -REACH, REACH, NODES)


# -- need not be invertible ----------------------------------------------------------------------------------


def square_density(theta, x):
    """log density of theta z^2, z ~ N(0, 1), on x > 0: the sum of both branches z = +-sqrt(x / theta)."""
    return -0.5 * mnp.log(2.0 * math.pi * theta * x) - 0.5 * x / theta


def square_logit(theta0, theta):
    """The logit of D* between theta0 z^2 and theta z^2, where what both densities share has gone."""
    return lambda x: 0.5 * mnp.log(theta / theta0) + 0.5 * x * (1.0 / theta - 1.0 / theta0)


def descended(slope, start: float, lr: float, steps: int) -> float:
    """Where gradient steps on one parameter end."""
    step = compile(lambda theta: theta - lr * slope(theta))
    theta = mnp.asarray(start)
    for _ in range(steps):
        theta = step(theta)
    return float(to_numpy(theta))


@claim(
    "generator-not-invertible",
    section=SECTION,
    heading=HEADING,
    statement="G need not be invertible: where two codes, or a line of codes, make one sample, the game's gradient "
    "through G is that of the divergence all the same, and training ends at the truth.",
    latex=r"G(z) = \theta z^2 = G(-z), \qquad \nabla_\theta J^{(G)} = \nabla_\theta \mathrm{JSD}(p \,\|\, p_\theta)",
)
def generator_is_not_inverted(
    run: Run, density=square_density, logit=square_logit, deviation=lambda t: math.sqrt(2.0) * t
):
    at = mnp.asarray([0.1, 0.7, 2.0, 5.0])
    both = Pushforward(lambda z: 1.3 * z * z).log_density(at)
    error = float(to_numpy(mnp.max(mnp.abs(both - density(1.3, at)))))
    yield Check("log density of 1.3 z^2 against both branches, solved for and added: largest error", 0.0, error, 1e-9)

    truth = 2.0

    def value(theta, frozen):
        """J^(G) of the minimax game, plus what does not depend on theta where D is frozen."""
        v = logit(truth, frozen)
        real = over_code(lambda z: mnp.softplus(-v(truth * z * z)))
        return -0.5 * real - 0.5 * over_code(lambda z: mnp.softplus(v(theta * z * z)))

    for start in (0.5, 4.0):
        theta = mnp.asarray(start)
        through = float(to_numpy(grad(lambda t, theta=theta: value(t, stop_gradient(theta)))(theta)))
        divergence = float(to_numpy(grad(lambda t: value(t, t) + math.log(2.0))(theta)))
        what = f"theta = {start:g}: slope of J^(G) through G, D* frozen, against that of JSD"
        yield Check(what, divergence, through, 1e-12)

        def heuristic(theta):
            v = logit(truth, stop_gradient(theta))
            return 0.5 * over_code(lambda z: mnp.softplus(-v(theta * z * z)))

        found = descended(grad(heuristic), start, 2.0, 400)
        yield Check(f"theta z^2 after 400 steps against D*, from {start:g}", truth, found, 1e-6)

    z = mnp.linspace(-8.0, 8.0, 161)
    weights = Normal(0.0, 1.0).density(z) * 0.1
    plane, weight = z[:, None] + z[None, :], weights[:, None] * weights[None, :]

    def law(theta):
        return Normal(0.0, deviation(theta))

    def sums(theta, sign):
        """J^(G) of both games but for constants, D* frozen: with ``sign`` 1 heuristic, with -1 minimax."""
        v = optimal_logit(law(truth), law(stop_gradient(theta)))
        return sign * 0.5 * mnp.sum(weight * mnp.softplus(-sign * v(theta * plane)))

    def jsd(theta):
        p, q = law(truth), law(theta)
        v = optimal_logit(p, q)
        return math.log(2.0) - logit_objective(v, p, q, 30.0, 4001)

    theta = mnp.asarray(0.7)
    through, divergence = (float(to_numpy(grad(f)(theta))) for f in (lambda t: sums(t, -1.0), jsd))
    what = "theta (z1 + z2), a line of codes to each sample: slope through G against that of JSD"
    yield Check(what, divergence, through, 1e-10)
    found = descended(grad(lambda t: sums(t, 1.0)), 0.7, 2.0, 400)
    yield Check("theta (z1 + z2) after 400 steps, from 0.7", truth, found, 1e-6)


# -- any size of z -------------------------------------------------------------------------------------------

SIZES = (1, 2, 8)


def trained_distances(size: int, seed: int, steps: int) -> tuple[float, float]:
    """Sliced Wasserstein distance of 2,000 samples to the data before and after training, for codes of that ``size``."""
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((4000, 2)) @ np.array([[1.0, 0.0], [0.6, 0.8]]) + [2.0, -1.0]
    found = []
    for asked in (1, steps):
        result = fit(
            nn.mlp([32, 2], activation="tanh"),
            nn.mlp([32, 1], activation="tanh"),
            mnp.asarray(data, dtype="float32"),
            noise=size,
            steps=asked,
            batch=64,
            rng=seed,
            generator_optimizer=optim.adam(optim.cosine(1e-2, steps), beta1=0.5),
            discriminator_optimizer=optim.adam(optim.cosine(2e-2, steps), beta1=0.5),
        )
        found.append(
            float(sliced_wasserstein(to_numpy(result.sample(2000, generator_of(seed))), data[:2000], rng=seed))
        )
    return found[0], found[1]


@claim(
    "any-size-of-code",
    section=SECTION,
    heading=HEADING,
    statement="G is trainable for any size of z: with codes smaller than x, as large, and larger, samples come to the "
    "data.",
    latex=r"\dim z \in \{1, 2, 8\}, \quad \dim x = 2",
    cost=4.0,
)
def any_size_of_code(run: Run, train=trained_distances):
    for size in SIZES:
        for seed in run.seeds(1 if run.quick else 3):
            before, after = train(size, seed, 600)
            what = f"{size} number{'s' * (size > 1)} of noise for 2, seed {seed}: sliced Wasserstein distance"
            yield Check(f"{what} after training, of that before", 0.5, after / before, 0.0, "<=")


# -- dim z >= dim x ------------------------------------------------------------------------------------------


def curve(z):
    """A generator from a line into the plane."""
    return mnp.stack([z, mnp.sin(3.0 * z)], -1)


def in_tube(width: float) -> float:
    """P(|x2 - sin 3 x1| < width) of data N(0, I), by quadrature."""

    def share(x):
        root = math.sqrt(2.0)
        upper, lower = (mnp.sin(3.0 * x) + width) / root, (mnp.sin(3.0 * x) - width) / root
        return 0.5 * (mnp.erf(upper) - mnp.erf(lower))

    return float(to_numpy(over_code(share)))


def jsd_of_cells(p: float, q: float) -> float:
    """Jensen-Shannon divergence between two laws on two cells, (p, 1 - p) and (q, 1 - q)."""
    total = 0.0
    for a, b in ((p, q), (1.0 - p, 1.0 - q)):
        total += sum(0.5 * c * math.log(2.0 * c / (a + b)) for c in (a, b) if c > 0.0)
    return total


@claim(
    "code-smaller-than-data",
    section=SECTION,
    heading=HEADING,
    statement="Some guarantees need dim z >= dim x: a smaller code puts all mass on a set of no area, at total variation "
    "1 and JSD log 2 from any density, wherever it lies; one as large reaches the data exactly.",
    latex=r"\dim z < \dim x \;\Rightarrow\; \mathrm{TV} = 1, \quad \mathrm{JSD} = \log 2",
)
def small_codes_have_no_density(run: Run, generator=curve, data_share=in_tube, jacobian_of=jacobian):
    x = to_numpy(generator(run.rng().standard_normal((2000,))))
    for width in (1e-2, 1e-4, 1e-8):
        inside = float((abs(x[:, 1] - np.sin(3.0 * x[:, 0])) < width).mean())
        share = data_share(width)
        least = 2.0 * width / math.sqrt(2.0 * math.pi)  # width times the highest density of x2
        yield Check(f"model's mass within {width:g} of the curve, 2,000 samples", 1.0, inside, 0.0)
        yield Check(f"data's mass there, at most {least:.3g}", least, share, 0.0, "<=")
        what = f"total variation, by that set alone, is 1 - {least:.3g} or more"
        yield Check(what, 1.0 - least, inside - share, 1e-15, ">=")
        slack = 0.5 * least * (1.0 + least - math.log(least))  # JSD = log 2 + (p log p - (1 + p) log(1 + p)) / 2
        yield Check(f"JSD, by that set alone (width {width:g})", math.log(2.0), jsd_of_cells(inside, share), slack)
    rng = run.rng(1)
    a = to_numpy(rng.standard_normal((2, 2))) + 2.0 * np.eye(2)
    slope = to_numpy(jacobian_of(lambda z: mnp.matmul(mnp.asarray(a), z))(rng.standard_normal((2,))))
    covariance, errors = a @ a.T, []
    for point in to_numpy(rng.standard_normal((20, 2))) @ a.T:
        code = np.linalg.solve(a, point)
        ours = -0.5 * code @ code - math.log(2.0 * math.pi) - np.linalg.slogdet(slope)[1]
        quadratic = point @ np.linalg.solve(covariance, point)
        stated = -0.5 * quadratic - math.log(2.0 * math.pi) - 0.5 * np.linalg.slogdet(covariance)[1]
        errors.append(abs(ours - stated))
    yield Check(
        "two numbers for two: log density of A z against N(0, A A'), largest error", 0.0, largest(errors), 1e-10
    )


# -- conditionally Gaussian ----------------------------------------------------------------------------------


def smoothed_density(generator, width, x):
    """p(x) = int N(z; 0, 1) N(x; G(z), width^2) dz by quadrature over the code."""
    points = x[..., None]

    def joint(z):
        return Normal(0.0, 1.0).density(z) * Normal(generator(z), width).density(points)

    z = mnp.linspace(-REACH, REACH, NODES)
    return mnp.sum(joint(z), -1) * (2.0 * REACH / (NODES - 1))  # the integrand has decayed at both ends


@claim(
    "conditionally-gaussian",
    section=SECTION,
    heading=HEADING,
    statement="x may be conditionally Gaussian given z, and need not be: with noise of width s on G(z) there is a "
    "density, an integral over z; samples agree with it, and as s falls it comes to that of G(z) itself.",
    latex=r"p(x) = \int p(z)\, \mathcal{N}(x; G(z), s^2)\, dz",
)
def may_be_conditionally_gaussian(run: Run, density=smoothed_density):
    x = mnp.linspace(-4.0, 6.0, 21)
    found = density(lambda z: 1.5 * z + 0.5, 0.8, x)
    stated = Normal(0.5, math.hypot(1.5, 0.8)).density(x)
    error = float(to_numpy(mnp.max(mnp.abs(found - stated))))
    yield Check("G(z) = 1.5 z + 0.5, s = 0.8: density against N(0.5, 1.5^2 + 0.8^2)", 0.0, error, 1e-13)

    def bent(z):
        return mnp.tanh(2.0 * z) + 0.3 * z

    def over_data(f):
        return float(to_numpy(integrate(lambda x: density(bent, 0.3, x) * f(x), -6.0, 6.0, 601)))

    yield Check("G(z) = tanh 2z + 0.3 z, s = 0.3: the density's integral", 1.0, over_data(mnp.ones_like), 1e-10)
    variance = float(to_numpy(over_code(lambda z: bent(z) ** 2))) + 0.3**2
    yield Check("its variance against Var G(z) + s^2", variance, over_data(mnp.square), 1e-10)
    entropy = -over_data(lambda x: mnp.log(density(bent, 0.3, x)))
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(11)
        n = 4000
        drawn = bent(rng.standard_normal((n,))) + 0.3 * rng.standard_normal((n,))
        logs = to_numpy(mnp.log(density(bent, 0.3, drawn)))
        error = float(logs.std(ddof=1)) / math.sqrt(n)
        what = f"both views agree: mean log p of {n} samples against minus the entropy, seed {seed} (4 errors)"
        yield Check(what, -entropy, float(logs.mean()), 4.0 * error)
    at = mnp.asarray([0.4])
    limit = float(to_numpy(Pushforward(bent).density(at))[0])
    off = [abs(float(to_numpy(density(bent, s, at))[0]) - limit) for s in (0.1, 0.05)]
    yield Check("s = 0.1 and 0.05: distance to the density of G(z) at 0.4 falls as s^2", 4.0, off[0] / off[1], 0.2)
