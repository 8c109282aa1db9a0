"""The biased estimators: each bias against its exact value, and what a relaxation trades for it."""

from __future__ import annotations

import itertools
import math

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...discrete import expectation_gradient, gumbel_softmax_gradient, rising_digits, straight_through_gradient
from ..registry import Check, Run, claim
from .exactly import HEADING, bias_in_errors, every_draw, for_two, logistic_nodes, moments, toy

# E of the straight-through estimate less the truth: J^T E_k f'(e_k) - p_j (f_j - E f)
BIASES = {
    "a.x": (0.0, 0.0, 0.0),
    "(a.x)^2": (1 / 18, 4 / 27, -11 / 54),
    "a.(x^2)": (5 / 18, -1 / 27, -13 / 54),
    "(a.x - 2)^2": (1 / 18, 4 / 27, -11 / 54),
    "(a.x)^3": (0.0, 1.0, -1.0),
}
# d/dl E X_1 of two symbols with logits (l, 0), 12 digits
SLOPES = {
    0.0: {0.1: 0.247989229189, 0.25: 0.238634123176, 0.5: 0.214601836603, 2.0: 0.107300918301, 5.0: 0.0484854295153},
    math.log(4.0): {0.1: 0.160084189678, 0.5: 0.156472674085, 1.0: 0.137995823052, 2.0: 0.098951147032},
}
TEMPERATURES = (2.0, 1.0, 0.5, 0.25, 0.1)


@claim(
    "straight-through-bias",
    section="discrete",
    heading=HEADING,
    statement="Straight-through is exact for a linear f; for others its bias is set by how f goes on between the symbols.",
    latex=r"\mathbb{E}\,\hat g = J^\top\, \mathbb{E}_k f'(e_k), \qquad J = \operatorname{diag} p - p p^\top",
)
def straight_through_has_its_bias(run: Run, estimator=straight_through_gradient):
    noise, weights = every_draw()
    for name, stated in BIASES.items():
        f, logits, _ = toy(name)
        mean, _ = moments(estimator(f, logits, noise=noise), weights)
        found = mean - to_numpy(expectation_gradient(f, logits))
        for j in range(3):
            yield Check(f"{name}: the bias in logit {j + 1}, every draw", stated[j], float(found[j]), 1e-13)


def relaxed_slope(logit: float) -> float:
    """d/dl of r (r - 1 - log r) / (r - 1)^2, r = e^l: the slope of E X_1 at temperature 1, and 1/6 at l = 0."""

    def mean(logit):
        r = mnp.exp(logit)
        return r * (r - 1.0 - logit) / mnp.square(r - 1.0)

    return 1 / 6 if logit == 0.0 else float(to_numpy(grad(mean)(mnp.asarray(logit))))


@claim(
    "straight-through-gumbel-bias",
    section="discrete",
    heading=HEADING,
    statement="Straight-through Gumbel-softmax is biased even for a linear f: its slope is that of the relaxed mean.",
    latex=r"\mathbb{E}\,\hat g = \partial_\ell\, \mathbb{E} X_1 = \tfrac16 \neq \tfrac14 = p(1 - p) \ (\tau = 1)",
)
def straight_through_gumbel_is_biased(run: Run, estimator=gumbel_softmax_gradient, slope=relaxed_slope):
    difference, weights = logistic_nodes()
    noise, first = for_two(difference), mnp.asarray([1.0, 0.0])

    def measured(logit, temperature, hard):
        logits = mnp.asarray([logit, 0.0])
        made = estimator(lambda x: x @ first, logits, temperature=temperature, hard=hard, noise=noise)
        return float(moments(made, weights)[0][0])

    for hard, kind in ((True, "straight-through"), (False, "relaxed")):
        for logit in (0.0, math.log(4.0), -2.0):
            what = f"{kind}, logits ({logit:.3g}, 0), temperature 1"
            yield Check(f"{what}: slope, closed form", slope(logit), measured(logit, 1.0, hard), 1e-12)
        for logit, known in SLOPES.items():
            for temperature, stated in known.items():
                what = f"{kind}, logits ({logit:.3g}, 0), temperature {temperature:g}"
                yield Check(f"{what}: slope, 12 digits known", stated, measured(logit, temperature, hard), 2e-12)
    true = float(to_numpy(expectation_gradient(lambda x: x @ first, mnp.zeros((2,))))[0])
    yield Check("logits (0, 0): the true slope p (1 - p), enumerated", 0.25, true, 1e-15)
    short = measured(0.0, 1.0, True) - true
    yield Check("straight-through, logits (0, 0), temperature 1: its bias", -1 / 12, short, 1e-12)


@claim(
    "relaxation-trade-off",
    section="discrete",
    heading=HEADING,
    statement="As the temperature falls, the relaxed gradient's bias falls and its variance rises.",
    latex=r"\tau \downarrow\;: \quad |\mathbb{E}\,\hat g - g| \downarrow, \quad \operatorname{Var} \hat g \uparrow",
)
def bias_falls_and_variance_rises(run: Run, estimator=gumbel_softmax_gradient):
    difference, weights = logistic_nodes()
    f = lambda x: mnp.square(x @ mnp.asarray([1.0, 3.0]))
    found = {}
    for temperature in TEMPERATURES:
        made = estimator(f, mnp.zeros((2,)), temperature=temperature, noise=for_two(difference))
        mean, variance = moments(made, weights)
        found[temperature] = abs(float(mean[0]) + 2.0), float(variance.sum())  # p (1 - p) (1 - 9) = -2 is true
    yield from _trade("two symbols, by quadrature", found, 0.8, 1.2)
    f, logits = rising_digits()
    truth, n = expectation_gradient(f, logits), 20_000 if run.quick else 60_000
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(5)
        for temperature in TEMPERATURES:
            made = estimator(f, logits, rng, temperature=temperature, samples=4, shape=n)
            errors, variance = bias_in_errors(made, truth)
            found[temperature] = errors * (variance / n) ** 0.5, variance
        yield from _trade(f"four digits, seed {seed}", found, 0.8, 2.0)


def _trade(what, found, less, more):
    """Bias at most ``less`` times, and variance at least ``more`` times, that of the next warmer temperature."""
    for warm, cold in itertools.pairwise(TEMPERATURES):
        falls, rises = (after / before for before, after in zip(found[warm], found[cold]))
        step = f"{what}, temperature {warm:g} to {cold:g}"
        yield Check(f"{step}: bias times, at most", less, falls, 0.0, "<=")
        yield Check(f"{step}: variance times, at least", more, rises, 0.0, ">=")
