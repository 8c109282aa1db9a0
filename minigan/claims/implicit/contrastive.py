"""Inference with an implicit q(z | x): what a learned ratio is worth, exactly; and the sprinkler's posteriors, learned."""

from __future__ import annotations

import minigan.numpy as mnp

from ...autodiff import grad, stop_gradient
from ...backend import to_numpy
from ...models.implicit.contrastive import CLOSE, contrastive_system, posteriors
from ...random import generator
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "implicit", "Generalizing these ideas"
EFFECTS, CAUSES = 5, 12  # of drawn finite models


def prior_ratio(q, prior, joint, r):
    """T* of the prior-contrastive game, (x, z): log q(z | x) - log p(z)."""
    return mnp.log(q) - mnp.log(prior)


def joint_ratio(q, prior, joint, r):
    """T* of the joint-contrastive game: log r(x) q(z | x) - log p(x, z)."""
    return mnp.log(r[:, None] * q) - mnp.log(joint)


def prior_cost(t, q, joint, prior, r):
    """E_r E_q [T - log p(x | z)]."""
    return mnp.sum(r[:, None] * q * (t - mnp.log(joint / prior)))


def joint_cost(t, q, joint, prior, r):
    """E_r E_q T."""
    return mnp.sum(r[:, None] * q * t)


def mean_kl(q, joint, r):
    """E_r KL(q(z | x) || p(z | x))."""
    return mnp.sum(r[:, None] * q * (mnp.log(q) - mnp.log(joint / mnp.sum(joint, 1, keepdims=True))))


def classifier_slope(t, first, second):
    """The slopes of E_first softplus(-T) + E_second softplus(T) by every T(x, z)."""
    return grad(lambda t: mnp.sum(first * mnp.softplus(-t)) + mnp.sum(second * mnp.softplus(t)))(t)


def kl_slope(logits, joint, r):
    """The slopes of the mean KL by the logits of q."""
    return grad(lambda logits: mean_kl(mnp.softmax(logits), joint, r))(logits)


def slope_with_ratio_held(cost, t, logits, joint, prior, r):
    """The slopes of a cost by the logits of q, T a table that does not move."""
    return grad(lambda logits: cost(stop_gradient(t), mnp.softmax(logits), joint, prior, r))(logits)


def far(one, other) -> float:
    """The largest distance."""
    return float(to_numpy(mnp.max(mnp.abs(one - other))))


@claim(
    "contrastive-objectives",
    section=SECTION,
    heading=HEADING,
    statement="What the best discriminator knows turns both contrastive objectives into the mean KL(q || posterior) and a "
    "number that q does not change; and with T held, q's slope is that of the KL.",
    latex=r"\mathbb{E}_q [T^* - \log p(x \mid z)] = \mathrm{KL}(q \,\|\, p(z \mid x)) - \log p(x)",
)
def contrastive_objectives(run: Run, prior_ratio=prior_ratio, joint_ratio=joint_ratio, prior_cost=prior_cost):
    off, slopes, classifier = ({"prior": [], "joint": []} for _ in range(3))
    for stream in range(5):
        rng = run.rng(stream)
        joint = mnp.softmax(rng.standard_normal((EFFECTS * CAUSES,))).reshape((EFFECTS, CAUSES))
        r = mnp.softmax(rng.standard_normal((EFFECTS,)))
        logits = rng.standard_normal((EFFECTS, CAUSES))
        q, prior, effects = mnp.softmax(logits), mnp.sum(joint, 0), mnp.sum(joint, 1)
        kl = mean_kl(q, joint, r)
        exact = kl_slope(logits, joint, r)
        games = {
            "prior": (prior_ratio, prior_cost, r[:, None] * prior, -mnp.sum(r * mnp.log(effects))),
            "joint": (joint_ratio, joint_cost, joint, mnp.sum(r * mnp.log(r / effects))),
        }
        for name, (ratio, cost, other, constant) in games.items():
            t = ratio(q, prior, joint, r)
            off[name].append(far(cost(t, q, joint, prior, r) - constant, kl))
            slopes[name].append(far(slope_with_ratio_held(cost, t, logits, joint, prior, r), exact))
            classifier[name].append(far(classifier_slope(t, r[:, None] * q, other), 0.0))
    for name in off:
        what = f"{name}-contrastive, five drawn models of {EFFECTS} x {CAUSES} states"
        yield Check(f"{what}: the classifier's largest slope at T*", 0.0, largest(classifier[name]), 1e-14)
        yield Check(f"{what}: cost, less its constant, against the mean KL", 0.0, largest(off[name]), 1e-13)
        yield Check(f"{what}: q's slope with T held against the KL's", 0.0, largest(slopes[name]), 1e-13)


def learned(joint: bool, seed: int, steps: int):
    """The five posteriors of one training."""
    made = contrastive_system(joint, 32, 256, 1e-3 if joint else 2e-3, steps)
    trained = made.train(steps, seed)
    return posteriors(made.parts["layers"], trained.state, generator(1))


@claim(
    "sprinkler-posteriors",
    section=SECTION,
    heading=HEADING,
    statement="An implicit q(z | x) comes to the sprinkler's posteriors, by the prior-contrastive game and, without a "
    "likelihood, by the joint-contrastive one; where the posterior has two modes it finds both.",
    latex=r"\tfrac12 \sum |q(z \mid x) - p(z \mid x)| < 0.15, \quad x = 0, 5, 8, 12, 50",
    cost=23.0,
)
def sprinkler_posteriors(run: Run, train=learned):
    for joint in (False, True):
        name = "joint" if joint else "prior"
        for seed in run.seeds(1 if run.quick else 3):
            found = train(joint, seed, 2000 if joint else 1500)
            for one in found:
                what = f"{name}-contrastive, seed {seed}, x = {one.x:g}"
                yield Check(f"{what}: total variation to the grid", CLOSE, one.total_variation, 0.0, "<=")
            modes = sum(one.modes == one.exact_modes for one in found)
            yield Check(f"{name}-contrastive, seed {seed}: observations with as many modes", len(found), modes, 0.0)
    yield Check("modes of the exact posterior at x = 50", 2, found[-1].exact_modes, 0.0)
