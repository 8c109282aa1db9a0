"""REINFORCE, whose mean no baseline moves and whose variance each one sets; REBAR, of less variance still."""

from __future__ import annotations

import minigan.numpy as mnp

from ...backend import to_numpy
from ...discrete import (
    expectation_gradient,
    rebar,
    reinforce,
    relax,
    rising_digits,
    score_function_variance,
    tune_rebar,
)
from ..registry import Check, Run, claim
from .exactly import HEADING, bias_in_errors, every_draw, for_two, logistic_nodes, moments, toy

# the trace of one sample's covariance on the toy, as a rational
VARIANCES = {
    "a.x": {
        "none": (208, 81),
        "mean": (41, 162),
        "optimal": (13, 66),
        "optimal_per_coordinate": (4, 45),
    },
    "(a.x)^2": {
        "none": (2591, 162),
        "mean": (731, 162),
        "optimal": (733, 198),
        "optimal_per_coordinate": (49, 30),
    },
}
FACTORS = {"a.x": (352, 27), "(a.x)^2": (28501, 6597)}  # without a baseline, over the best constant


@claim(
    "reinforce-unbiased",
    section="discrete",
    heading=HEADING,
    statement="REINFORCE is unbiased whatever the baseline, and the baseline sets its variance, by an exact factor.",
    latex=r"\mathbb{E}\,(f(X) - b)\,(X - p) = \nabla_\ell\, \mathbb{E} f(X)",
)
def reinforce_is_unbiased(run: Run, estimator=reinforce):
    noise, weights = every_draw()
    for name, known in VARIANCES.items():
        f, logits, truth = toy(name)
        left = {}
        for baseline, (above, below) in known.items():
            mean, variance = moments(estimator(f, logits, noise=noise, baseline=baseline), weights)
            left[baseline] = float(variance.sum())
            what = f"{name}, baseline {baseline}"
            yield Check(f"{what}: |mean - gradient|, every draw", 0.0, float(abs(mean - truth).max()), 1e-13)
            stated = above / below
            yield Check(f"{what}: variance, {above}/{below}", stated, left[baseline], 1e-12 * stated)
        above, below = FACTORS[name]
        factor = left["none"] / left["optimal"]
        yield Check(f"{name}: the best constant divides it by {above}/{below}", above / below, factor, 1e-11)
        pairs, chances = every_draw(2)
        for baseline in ("leave_one_out", "leave_one_out_optimal"):
            mean, _ = moments(estimator(f, logits, noise=pairs, baseline=baseline), chances)
            what = f"{name}, {baseline}: |mean - gradient|, every pair of draws"
            yield Check(what, 0.0, float(abs(mean - truth).max()), 1e-13)
    f, logits = rising_digits()
    truth, n = expectation_gradient(f, logits), 5000 if run.quick else 40_000
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(3)
        for baseline in ("none", "leave_one_out", "optimal"):
            made = estimator(f, logits, rng, samples=4, baseline=baseline, shape=n)
            errors, variance = bias_in_errors(made, truth)
            what = f"four digits, {baseline}, seed {seed}"
            yield Check(f"{what}: |bias| in standard errors", 0.0, errors, 4.0)
            if baseline != "leave_one_out":
                stated = float(to_numpy(mnp.sum(score_function_variance(f, logits, baseline)))) / 4.0
                yield Check(f"{what}: variance, enumerated", stated, variance, 0.1 * stated)


def pairs_of_noise(logits):
    """Noise of `rebar` for two symbols at nodes over z and z', and weights: what is integrated jumps with argmax z.

    Either side of the jump, at u = p_2 of the logistic law's u, is mapped onto the line by a logistic function of its own.
    """
    s, weights = logistic_nodes(0.3, 36.0)
    p = mnp.softmax(logits)
    low = mnp.log(p[1]) + mnp.log_sigmoid(s) - mnp.log1p(-p[1] * mnp.sigmoid(s))
    high = mnp.log1p(-p[0] * mnp.sigmoid(-s)) - mnp.log(p[0]) - mnp.log_sigmoid(-s)
    above, weigh = mnp.concatenate([low, high]), mnp.concatenate([p[1] * weights, p[0] * weights])
    below, weigh_below = logistic_nodes(0.25, 40.0)
    first, second = mnp.meshgrid(above, below, indexing="ij")
    noise = mnp.stack([for_two(mnp.reshape(first, (-1,))), for_two(mnp.reshape(second, (-1,)))])
    return noise, mnp.reshape(mnp.reshape(weigh, (-1, 1)) * weigh_below, (-1,))


@claim(
    "rebar-unbiased",
    section="discrete",
    heading=HEADING,
    statement="REBAR is unbiased at every temperature and scale; tuned, it has less variance than the best baseline.",
    latex=r"\mathbb{E}[(f(X) - c(\tilde Z))\,(X - p) + \nabla c(Z) - \nabla c(\tilde Z)] = \nabla\, \mathbb{E} f(X)",
)
def rebar_is_unbiased(run: Run, estimator=rebar, general=relax):
    w = mnp.asarray([1.0, -0.5])
    f = lambda x: mnp.exp(x @ w) + mnp.square(x @ w)
    for pair in ((0.0, 0.0), (1.5, -0.3), (-2.0, 1.0)):
        logits = mnp.asarray(pair)
        noise, weights = pairs_of_noise(logits)
        truth = to_numpy(expectation_gradient(f, logits))
        for settings in ({"temperature": 1.0}, {"temperature": 0.5, "scale": 0.7, "baseline": 1.3}):
            mean, _ = moments(estimator(f, logits, noise=noise, **settings), weights)
            what = f"logits {pair}, " + ", ".join(f"{key} {value}" for key, value in settings.items())
            yield Check(f"{what}: error, by quadrature", 0.0, float(abs(mean - truth).max()), 1e-10)
    f, logits = rising_digits()
    truth, n = expectation_gradient(f, logits), 4000 if run.quick else 20_000
    best = float(to_numpy(mnp.sum(score_function_variance(f, logits, "optimal")))) / 4.0

    def jumps(x):  # what neither a derivative nor a control variate of f itself can be made of
        return mnp.where(f(x) > 2.0, 3.0, 1.0)

    def surrogate(z):
        return 0.5 * f(mnp.softmax(z / 0.7))

    black_box = expectation_gradient(jumps, logits)
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(4)
        tuned = tune_rebar(f, logits, rng, steps=60)._asdict()
        for name, settings in {"temperature 0.5, scale 1": {}, "tuned": tuned}.items():
            errors, variance = bias_in_errors(estimator(f, logits, rng, samples=4, shape=n, **settings), truth)
            what = f"four digits, {name}, seed {seed}"
            yield Check(f"{what}: |bias| in standard errors", 0.0, errors, 4.0)
        what = "over that of the best constant baseline"
        yield Check(f"tuned, seed {seed}: variance {what}, at most", 0.85, variance / best, 0.0, "<=")
        errors, _ = bias_in_errors(general(jumps, logits, surrogate, rng, samples=4, shape=n), black_box)
        what = f"RELAX, a black box and any surrogate, seed {seed}"
        yield Check(f"{what}: |bias| in standard errors", 0.0, errors, 4.0)
