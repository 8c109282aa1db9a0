"""k-means: EM of a Gaussian mixture with a common variance that goes to 0."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import jacobian
from ...backend import to_numpy
from ...models.families.k_means import (
    assignments,
    centres_of_k_means,
    certified_variance,
    em,
    em_step,
    least_margin,
    log_likelihood,
    merging_variance,
    objective_gap,
    within_cluster_squares,
)
from ...models.families.points import groups
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "families", "ML as a bag of tricks"
POINTS, MEANS = 200, 3


def drawn(run: Run, stream: int):
    """Points, and the centres at which scikit-learn's k-means ends from the first three of them."""
    x, _ = groups(run.rng(stream), POINTS)
    return x, centres_of_k_means(x, x[:MEANS, :])


def scaled(log_p, n, d, variance):
    """-2 s^2 [log-likelihood + n log K + (n d / 2) log 2 pi s^2]."""
    return -2.0 * variance * (log_p + n * math.log(MEANS) + 0.5 * n * d * math.log(2.0 * math.pi * variance))


@claim(
    "k-means-objective",
    section=SECTION,
    heading=HEADING,
    statement="As the common variance of a Gaussian mixture goes to 0, its log-likelihood, scaled, becomes k-means' "
    "objective, exponentially fast: by the least margin between a point's nearest mean and the next.",
    latex=r"-2 s^2 [\log L + c(s)] \to \sum_i \min_k |x_i - m_k|^2, \quad -2 s^2 \log\frac{\mathrm{gap}}{2 s^2} \to "
    r"\min_i (d_{i(2)}^2 - d_{i(1)}^2)",
)
def k_means_objective(run: Run, objective=within_cluster_squares, scale=scaled, rate=least_margin):
    from sklearn.cluster import KMeans

    for stream in range(3):
        x, means = drawn(run, stream)
        fitted = KMeans(MEANS, init=to_numpy(means), n_init=1).fit(to_numpy(x))
        limit = float(objective(x, means))
        yield Check(f"points {stream}: scikit-learn's inertia", limit, fitted.inertia_, 1e-10 * fitted.inertia_)
        for variance in (0.3, 0.03, 0.003):
            of_mixture = float(scale(log_likelihood(x, means, variance), *x.shape, variance))
            gap = float(objective_gap(x, means, variance))
            what = f"points {stream}, variance {variance:g}: the mixture's objective, and the gap"
            yield Check(what, limit, of_mixture + gap, 1e-11 * limit)
        g = rate(x, means)
        variance = g / 200.0
        found = -2.0 * variance * math.log(float(objective_gap(x, means, variance)) / (2.0 * variance)) / g
        # between 1 and 1 - 2 s^2 log(n (K - 1)) / g, for all that n points and K means can do
        slack = math.log(POINTS * (MEANS - 1)) / 100.0
        yield Check(f"points {stream}: the gap's rate over the least margin", 1.0, found, slack)


@claim(
    "k-means-assignments",
    section=SECTION,
    heading=HEADING,
    statement="EM at a small common variance is k-means, step for step; from some variance down, which is computed, it "
    "keeps every assignment; and above the largest eigenvalue of the data's covariance all its means fall together.",
    latex=r"r_{ik} \to 1[k = \arg\min_l |x_i - m_l|], \quad \rho(\partial\,\mathrm{EM}) = \lambda_{\max}(\Sigma) / s^2 "
    r"\text{ where all means are one}",
)
def k_means_assignments(run: Run, step=em_step, certified=certified_variance, merging=merging_variance):
    for stream in range(1 if run.quick else 3):
        x, means = drawn(run, stream)
        small = x[:MEANS, :]
        for _ in range(100):
            small = step(x, small, 1e-9)
        off = largest(to_numpy(mnp.abs(small - means)).ravel())
        yield Check(f"points {stream}: a hundred steps at variance 1e-9, off scikit-learn's centres", 0.0, off, 1e-12)
        for share in (1.0, 0.1):
            variance = share * certified(x, means)
            changed = float(mnp.count_nonzero(assignments(x, em(x, means, variance)) != assignments(x, means)))
            what = f"points {stream}: assignments that differ at {share:g} of the certified variance"
            yield Check(what, 0.0, changed, 0.0)
        top = merging(x)
        at_one = mnp.broadcast_to(mnp.mean(x, 0), (MEANS, 2))
        slopes = to_numpy(jacobian(lambda m, x=x: em_step(x, m, 1.5))(at_one)).reshape(2 * MEANS, 2 * MEANS)
        radius = float(np.abs(np.linalg.eigvals(slopes)).max())
        yield Check(f"points {stream}: spectral radius of EM with all means in one place", top / 1.5, radius, 1e-12)
        spread = [float(mnp.max(mnp.std(em(x, means, factor * top), 0))) for factor in (1.3, 0.8)]
        yield Check(f"points {stream}: spread of the means at 1.3 of the merging variance", 0.0, spread[0], 1e-9)
        yield Check(f"points {stream}: spread of the means at 0.8 of it", 0.3, spread[1], 0.0, ">=")
