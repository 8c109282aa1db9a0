"""The relaxed law: its mean, its density, and where the logarithm of that is convex."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ...autodiff import hvp
from ...backend import to_numpy
from ...discrete import concrete_log_density, gumbel_softmax, one_hot
from ..registry import Check, Run, claim, largest, smallest
from .exactly import HEADING, logistic_nodes

# E X_1 of two symbols with odds r, 12 digits
MEANS = {
    1 / 3: {0.25: 0.25886933126, 0.5: 0.279240906471, 1.0: 0.323959216501, 2.0: 0.384097576669, 5.0: 0.44692885061},
    4.0: {0.25: 0.79074525113, 0.5: 0.768559307779, 1.0: 0.717202506169, 2.0: 0.644815979348, 5.0: 0.566823179002},
}


def mean_at_one(odds: float) -> float:
    """E X_1 = r (r - 1 - log r) / (r - 1)^2 at temperature 1, two symbols with odds r."""
    return odds * (odds - 1.0 - math.log(odds)) / (odds - 1.0) ** 2


@claim(
    "relaxed-mean",
    section="discrete",
    heading=HEADING,
    statement="The mean of a relaxed sample is not the probability: it lies nearer to the centre, the more the warmer.",
    latex=r"\mathbb{E} X_1 = \frac{r\,(r - 1 - \log r)}{(r - 1)^2} \neq \frac{r}{r + 1} \quad (\tau = 1,\ n = 2)",
)
def the_mean_is_not_the_probability(run: Run, sample=gumbel_softmax, mean=mean_at_one):
    difference, weights = logistic_nodes()
    noise = mnp.stack([difference, mnp.zeros_like(difference)], -1)

    def measured(odds, temperature):
        first = sample(mnp.asarray([math.log(odds), 0.0]), temperature, noise=noise)[:, 0]
        return float(to_numpy(mnp.sum(weights * first)))

    for odds, known in MEANS.items():
        p = odds / (1.0 + odds)
        for temperature, stated in known.items():
            found = measured(odds, temperature)
            yield Check(f"odds {odds:.3g}: E X_1 at temperature {temperature:g}, 12 digits known", stated, found, 2e-12)
        for other in (odds, odds**2, odds**5):
            yield Check(
                f"odds {other:.3g}: E X_1 at temperature 1, closed form", mean(other), measured(other, 1.0), 1e-12
            )
        away = abs(measured(odds, 1.0) - p)
        yield Check(f"odds {odds:.3g}: how far from p = {p:g} that is, at least", 0.07, away, 0.0, ">=")
        # p - (pi^2 / 6) t^2 p (1 - p) (2 p - 1) + O(t^4)
        cold = p - math.pi**2 / 6.0 * 0.1**2 * p * (1.0 - p) * (2.0 * p - 1.0)
        yield Check(f"odds {odds:.3g}: E X_1 at temperature 0.1, to second order", cold, measured(odds, 0.1), 2e-4)
        yield Check(f"odds {odds:.3g}: E X_1 at temperature 1e6, the centre", 0.5, measured(odds, 1e6), 1e-6)


@claim(
    "concrete-density",
    section="discrete",
    heading=HEADING,
    statement="The Concrete density integrates to one, and to softmax(logits) over the regions of equal argmax.",
    latex=r"p(x) = (n-1)!\, \tau^{n-1} \prod_k \frac{\alpha_k x_k^{-\tau-1}}{\sum_i \alpha_i x_i^{-\tau}}",
)
def the_density_integrates_to_one(run: Run, density=concrete_log_density):
    temperatures = (0.1, 0.5, 1.0, 3.0)
    for temperature in temperatures:
        masses = []
        for logit in (0.0, 1.2, -4.0):
            s = mnp.linspace(-50.0, 50.0, 4001) / temperature  # log x_1 / x_2; the law decays like exp(-t |s|)
            log_x = mnp.log_softmax(mnp.stack([s, mnp.zeros_like(s)], -1))
            log_p = density(log_x, mnp.asarray([logit, 0.0]), temperature)
            masses.append(mnp.sum(mnp.exp(log_p + mnp.sum(log_x, axis=-1))) * (0.025 / temperature))
        error = largest(abs(float(to_numpy(mass)) - 1.0) for mass in masses)
        yield Check(f"n = 2, temperature {temperature:g}: largest |mass - 1| over 3 logits", 0.0, error, 1e-12)
    v = mnp.linspace(-45.0, 45.0, 361)
    y = mnp.stack([*mnp.meshgrid(v, v), mnp.zeros((361, 361))], -1)
    highest = mnp.astype(y == mnp.max(y, axis=-1, keepdims=True), "float64")
    regions = highest / mnp.sum(highest, axis=-1, keepdims=True)  # a point on a border belongs to both sides
    for temperature in temperatures:
        for logits in ((0.0, 0.0, 0.0), (1.0, -0.5, 0.3)):
            log_x = mnp.log_softmax(y / temperature)
            log_p = density(log_x, mnp.asarray(logits), temperature)
            mass = mnp.exp(log_p + mnp.sum(log_x, axis=-1)) * (0.25 / temperature) ** 2
            what = f"n = 3, temperature {temperature:g}, logits {logits}"
            yield Check(f"{what}: the mass", 1.0, float(to_numpy(mnp.sum(mass))), 1e-12)
            p = to_numpy(mnp.softmax(mnp.asarray(logits)))
            shares = to_numpy(mnp.sum(regions * mnp.expand_dims(mass, -1), axis=(0, 1)))
            worst = float(abs(shares - p).max())  # of second order in the spacing, as the density bends at a border
            yield Check(f"{what}: largest |mass of a region - softmax|", 0.0, worst, 3e-3)


def smallest_curvature(log_x, logits, temperature, density):
    """The smallest eigenvalue of the Hessian of log p in the coordinates a, x_k (1 + a_k) for k < n, at points (N, n).

    The last coordinate makes up for the others. Convex in x is convex in a: the map is linear.
    """
    n, log_x = log_x.shape[-1], mnp.sort(log_x, axis=-1)  # the last is the largest, so that the others move it little
    ratios = mnp.exp(log_x[:, :-1] - log_x[:, -1:])

    def at(a):
        last = mnp.log1p(-mnp.sum(ratios * a, axis=-1, keepdims=True))
        moved = log_x + mnp.concatenate([mnp.log1p(a), last], axis=-1)
        return mnp.sum(density(moved, logits, temperature))

    zero = mnp.zeros((log_x.shape[0], n - 1))
    rows = [hvp(at)(zero, mnp.broadcast_to(one_hot(k, n - 1), zero.shape)) for k in range(n - 1)]
    hessian = mnp.stack(rows, -2)
    return smallest(to_numpy(mnp.linalg.eigh(hessian)[0]).reshape(-1))


@claim(
    "concrete-convexity",
    section="discrete",
    heading=HEADING,
    statement="The log density is convex for all logits just where the temperature is at most 1 / (n - 1).",
    latex=r"\log p(x) \text{ convex for all } \alpha \iff \tau \le \frac{1}{n - 1}",
)
def convex_up_to_a_temperature(run: Run, threshold=lambda n: 1.0 / (n - 1), density=concrete_log_density):
    draws = 500 if run.quick else 5000
    for n in (2, 3, 4, 6):
        rng = run.rng(n)
        drawn = []
        for spread in (0.3, 2.0, 10.0):
            log_x = mnp.log_softmax(spread * rng.standard_normal((draws, n)))
            logits = spread * rng.standard_normal((draws, n))
            drawn.append(smallest_curvature(log_x, logits, threshold(n), density))
        what = f"n = {n}: smallest curvature at the threshold, {3 * draws} points and logits"
        yield Check(what, 0.0, smallest(drawn), 1e-9, ">=")
        # the corner: one coordinate vanishes and its term rules the sum; its curvature tends to 1 - (n - 1) t there
        corner = mnp.log_softmax(mnp.asarray([[-30.0] + [0.0] * (n - 1)]))
        logits = mnp.asarray([40.0] + [0.0] * (n - 1))
        above = 1.02 * threshold(n)
        found = smallest_curvature(corner, logits, above, density)
        yield Check(f"n = {n}: at a corner, temperature 2% above it, 1 - (n - 1) t", 1.0 - (n - 1) * above, found, 1e-9)
        yield Check(f"n = {n}: which is no longer convex, at most", -0.01, found, 0.0, "<=")
