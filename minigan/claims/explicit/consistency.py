"""Variational Autoencoder, GANs: which estimate tends to the truth, on a model where every maximiser has a closed form.

z1, z2 ~ N(0, 1) and x given z ~ N(theta (z1 + z2), s^2), s known. So x ~ N(0, 2 theta^2 + s^2), and the posterior of
(z1, z2) is a Gaussian whose two coordinates are correlated: a q of independent ones cannot be it. With a = theta^2 / s^2,
the least KL(q || posterior) is log(1 + a) - 1/2 log(1 + 2 a), at every x.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad, stop_gradient, value_and_grad
from ...backend import to_numpy
from ...compiler import compile
from ...densities import Normal
from ...gan import optimal_logit
from ..registry import Check, Run, claim, largest

SECTION = "explicit"
TRUTHS = (0.25, 1.0, 4.0)  # theta0^2 / s^2, with s = 1


def least_gap(a: float) -> float:
    """KL(q || posterior) of the best q of two independent Gaussians."""
    return math.log1p(a) - 0.5 * math.log1p(2.0 * a)


def mean_field_limit(a0: float) -> float:
    """theta / theta0 where the expected bound is largest: the root of 4 a^2 + (3 - 2 a0) a - 2 a0."""
    b = 3.0 - 2.0 * a0
    return math.sqrt((-b + math.sqrt(b * b + 32.0 * a0)) / 8.0 / a0)


def elbo(theta, weight, root, x2, s2=1.0):
    """E_q log p(x, z) + H(q) for q = N(weight x (1, 1), L L'), averaged over x with mean square ``x2``.

    ``root`` is L as the entries (L11, L22, L21), of which both first are positive.
    """
    l11, l22, l21 = root
    trace = l11 * l11 + l22 * l22 + l21 * l21
    spread = (l11 + l21) ** 2 + l22 * l22  # variance of z1 + z2 under q
    misfit = (1.0 - 2.0 * theta * weight) ** 2 * x2 + theta * theta * spread
    reconstruction = -0.5 * math.log(2.0 * math.pi * s2) - 0.5 * misfit / s2
    prior = 0.5 * (2.0 * weight * weight * x2 + trace) - 1.0 - mnp.log(l11) - mnp.log(l22)
    return reconstruction - prior


def mean_field(theta, q, x2):
    """`elbo` where q has independent coordinates: q is (weight, log deviation, log deviation)."""
    return elbo(theta, q[0], (mnp.exp(q[1]), mnp.exp(q[2]), 0.0), x2)


def full(theta, q, x2):
    """`elbo` where q has any covariance: q is (weight, log L11, log L22, L21)."""
    return elbo(theta, q[0], (mnp.exp(q[1]), mnp.exp(q[2]), q[3]), x2)


def highest(bound, x2: float, start):
    """theta and q at which ``bound`` is largest, by BFGS along its gradients."""
    from scipy.optimize import minimize

    slope = value_and_grad(lambda state: -bound(state[0], state[1:], x2))

    def cost(state):
        value, gradient = slope(mnp.asarray(state))
        return float(to_numpy(value)), to_numpy(gradient)

    return minimize(cost, start, jac=True, method="BFGS", options={"gtol": 1e-10}).x


def log_evidence(theta, x2):
    """E log p(x), for x with mean square ``x2``."""
    variance = 2.0 * theta * theta + 1.0
    return -0.5 * math.log(2.0 * math.pi * variance) - 0.5 * x2 / variance


@claim(
    "vae-not-consistent",
    section=SECTION,
    heading="Variational Autoencoder",
    statement="Not asymptotically consistent unless q is perfect: with a q of independent coordinates the estimate tends "
    "to a number that is predicted, and wrong; more data do not help, a q of any covariance does.",
    latex=r"4 a^2 + (3 - 2 a_0) a - 2 a_0 = 0, \quad a = \theta^2 / s^2",
    cost=3.0,
)
def vae_is_not_consistent(run: Run, limit=mean_field_limit, gap=least_gap, independent=mean_field, perfect=full):
    for a0 in TRUTHS:
        theta0 = math.sqrt(a0)
        x2 = 2.0 * a0 + 1.0
        found = highest(independent, x2, [0.7 * theta0, 0.1, -0.5, -0.5])
        what = f"theta0^2 / s^2 = {a0:g}"
        yield Check(f"{what}: theta / theta0 at the largest bound, independent q", limit(a0), found[0] / theta0, 1e-6)
        bound = float(to_numpy(independent(found[0], mnp.asarray(found[1:]), x2)))
        missing = log_evidence(found[0], x2) - bound
        yield Check(f"{what}: log p(x) - bound there, which is KL(q || posterior)", gap(found[0] ** 2), missing, 1e-9)
        found = highest(perfect, x2, [0.7 * theta0, 0.1, -0.5, -0.5, 0.0])
        yield Check(f"{what}: theta / theta0 with a q of any covariance", 1.0, found[0] / theta0, 1e-6)
        bound = float(to_numpy(perfect(found[0], mnp.asarray(found[1:]), x2)))
        yield Check(f"{what}: log p(x) - bound there", 0.0, log_evidence(found[0], x2) - bound, 1e-9)
    for n in (100, 10_000, 1_000_000):
        ends, moments = [], []
        for seed in run.seeds(3):
            x = to_numpy(Run(seed=seed).rng(3).standard_normal((n,))) * math.sqrt(3.0)
            moments.append(float(np.mean(x * x)))
            start = [0.7, 0.1, -0.5, -0.5]
            ends.append(float(highest(independent, moments[-1], start)[0]))
        # d theta / d x2 of the limit is 0.18 at a0 = 1: four standard errors of the mean square of x, and its curvature
        slack = 4.0 * 0.18 * 3.0 * math.sqrt(2.0 / n) * 1.2
        off = largest(abs(end - limit(1.0)) for end in ends)
        yield Check(f"{n:,} examples, theta0 = 1, three seeds: largest distance to the wrong limit", 0.0, off, slack)


@claim(
    "gan-consistent",
    section=SECTION,
    heading="GANs",
    statement="Asymptotically consistent, unlike variational methods: on the model on which the bound misleads, the game "
    "against D* leads to the truth, as maximum likelihood does, without a q and without a Markov chain.",
    latex=r"\arg\min_\theta \mathrm{JSD}\left(\mathcal{N}(0, 2\theta_0^2 + s^2) \,\|\, "
    r"\mathcal{N}(0, 2\theta^2 + s^2)\right) = \theta_0",
)
def gan_is_consistent(run: Run, best=optimal_logit):
    u = mnp.linspace(-9.0, 9.0, 181)
    weights = 0.1 * Normal(0.0, 1.0).density(u)
    weight = weights[:, None] * weights[None, :]
    code, noise = u[:, None] * math.sqrt(2.0), u[None, :]  # z1 + z2, and what x has besides

    def law(theta):
        return Normal(0.0, mnp.sqrt(2.0 * theta * theta + 1.0))

    for a0 in TRUTHS:
        theta0 = math.sqrt(a0)

        def cost(theta, theta0=theta0):
            v = best(law(mnp.asarray(theta0)), law(stop_gradient(theta)))
            return 0.5 * mnp.sum(weight * mnp.softplus(-v(theta * code + noise)))

        for start in (0.3, 2.0):
            step = compile(lambda theta, cost=cost, theta0=theta0: theta - 4.0 * grad(cost)(theta))
            theta = mnp.asarray(start * theta0)
            for _ in range(600):
                theta = step(theta)
            what = f"theta0^2 / s^2 = {a0:g}: theta / theta0 after 600 steps against D*, from {start:g} theta0"
            yield Check(what, 1.0, float(to_numpy(theta)) / theta0, 1e-6)
    for n in (1_000, 100_000):
        for seed in run.seeds(3):
            rng = Run(seed=seed).rng(4)
            x = to_numpy(rng.standard_normal((3, n)))
            x = x[0] + x[1] + x[2]
            likeliest = math.sqrt(max(0.0, 0.5 * (float(np.mean(x * x)) - 1.0)))
            slack = 4.0 * 0.75 * math.sqrt(2.0 / n) * 1.1  # d theta / d x2 = 1/4, x2 = 3; a tenth for the curvature
            yield Check(
                f"{n:,} examples, theta0 = 1, seed {seed}: where the likelihood is largest", 1.0, likeliest, slack
            )
