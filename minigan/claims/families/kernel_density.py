"""Kernel density estimation: a mixture of Gaussians with a component at each point, judged and drawn from."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...models.families.kernel_density import (
    best_bandwidth,
    em_bandwidth,
    generated,
    leave_one_out,
    log_density,
    moments,
    own_log_likelihood,
)
from ...models.families.points import groups
from ..registry import Check, Run, claim, largest
from .k_means import HEADING, SECTION

POINTS = 100


def own_growth(n: int, d: int) -> float:
    """d log-likelihood / d log h of the points themselves, as h -> 0: -n d."""
    return -float(n * d)


@claim(
    "kernel-density-mixture",
    section=SECTION,
    heading=HEADING,
    statement="A kernel density estimate is a mixture of Gaussians with a component at each point: scikit-learn's tools "
    "for either agree. The likelihood of its own points grows without bound as the bandwidth falls, like -n d log h.",
    latex=r"\hat p(x) = \frac{1}{n} \sum_j N(x; x_j, h^2 I), \quad \sum_i \log \hat p(x_i) \sim -n d \log h",
)
def kernel_density_mixture(run: Run, density=log_density, growth=own_growth):
    from sklearn.mixture import GaussianMixture
    from sklearn.neighbors import KernelDensity

    x, _ = groups(run.rng(0), POINTS)
    places, _ = groups(run.rng(1), 50)
    host, there = to_numpy(x), to_numpy(places)
    n, d = host.shape
    for h in (0.05, 0.3, 2.0):
        mixture = GaussianMixture(n, covariance_type="spherical")
        mixture.weights_, mixture.means_ = np.full(n, 1.0 / n), host
        mixture.covariances_, mixture.precisions_cholesky_ = np.full(n, h * h), np.full(n, 1.0 / h)
        found = to_numpy(density(x, h, places))
        # one leaf: the bounds that a tree adds and takes away again lose all but three digits far from the points
        estimate = KernelDensity(bandwidth=h, leaf_size=n).fit(host)
        tools = {"KernelDensity": estimate, "GaussianMixture": mixture}
        for name, tool in tools.items():
            off = largest(abs(found - tool.score_samples(there)) / (1.0 + abs(found)))
            yield Check(f"h = {h:g}: log-density, largest relative difference from {name}", 0.0, off, 1e-11)
    slope = float(grad(lambda log_h: own_log_likelihood(x, mnp.exp(log_h)))(mnp.asarray(math.log(1e-5))))
    yield Check("h = 1e-5: slope of the points' own log-likelihood in log h", growth(n, d), slope, 1e-9 * n)


@claim(
    "kernel-density-leave-one-out",
    section=SECTION,
    heading=HEADING,
    statement="The likelihood of each point under a kernel density of all the others is a closed form, equal to that of "
    "as many fits; it has a maximum in the bandwidth, and that is a fixed point of EM.",
    latex=r"L(h) = \sum_i \log \frac{1}{n-1} \sum_{j \ne i} N(x_i; x_j, h^2 I), \quad "
    r"h^2 = \frac{1}{n d} \sum_{i \ne j} r_{ij} |x_i - x_j|^2",
)
def kernel_density_leave_one_out(run: Run, likelihood=leave_one_out, best=best_bandwidth, step=em_bandwidth):
    from sklearn.neighbors import KernelDensity

    for stream in range(1 if run.quick else 3):
        x, _ = groups(run.rng(stream), POINTS)
        host, h = to_numpy(x), best(x)
        for one in (0.2, h):
            fits = [KernelDensity(bandwidth=one, leaf_size=POINTS).fit(np.delete(host, i, 0)) for i in range(POINTS)]
            stated = sum(fit.score(host[i : i + 1]) for i, fit in enumerate(fits))
            what = f"points {stream}, h = {one:.3f}: {POINTS} fits of KernelDensity"
            yield Check(what, stated, float(likelihood(x, one)), 1e-10 * abs(stated))
        yield Check(f"points {stream}: EM's next bandwidth from the best one", h, float(step(x, h)), 1e-10)
        top = float(leave_one_out(x, h))
        for factor in (0.98, 1.02):
            beside = float(leave_one_out(x, factor * h))
            yield Check(f"points {stream}: log-likelihood at {factor:g} of the best", top, beside, 0.0, "<=")


def distribution_along_x(x, bandwidth):
    """The mixture's distribution function of the first coordinate."""
    at = to_numpy(x)[:, 0]
    return lambda t: to_numpy(mnp.ndtr(mnp.asarray((t[:, None] - at) / bandwidth))).mean(1)


@claim(
    "kernel-density-draws",
    section=SECTION,
    heading=HEADING,
    statement="As a generator a kernel density is a point picked at random and h times noise: its draws have the data's "
    "mean and their covariance plus h^2 I, and along an axis the mixture's distribution function.",
    latex=r"x = x_J + h z, \quad \operatorname{Cov} x = \hat\Sigma + h^2 I",
)
def kernel_density_draws(run: Run, draw=generated, law=moments, distribution=distribution_along_x):
    from sklearn.neighbors import KernelDensity

    n = 20_000
    x, _ = groups(run.rng(100), POINTS)
    h = best_bandwidth(x)
    mean, covariance = (to_numpy(one) for one in law(x, h))
    for seed in run.seeds(1 if run.quick else 3):
        ours = to_numpy(draw(x, h, Run(seed=seed).rng(1), n))
        theirs = KernelDensity(bandwidth=h).fit(to_numpy(x)).sample(n, random_state=seed)
        for name, drawn in (("ours", ours), ("KernelDensity.sample", theirs)):
            off = abs(drawn.mean(0) - mean) / drawn.std(0) * math.sqrt(n)
            yield Check(f"seed {seed}, {name}: the mean, in standard errors", 0.0, largest(off), 4.5)
            products = (drawn - mean)[:, :, None] * (drawn - mean)[:, None, :]
            off = abs(products.mean(0) - covariance) / products.std(0) * math.sqrt(n)
            yield Check(f"seed {seed}, {name}: the covariance, in standard errors", 0.0, largest(off.ravel()), 4.5)
            along = np.sort(drawn[:, 0])
            # Kolmogorov's distance, larger with a chance of 2 exp(-2 a^2) = 1e-5
            apart = largest(abs(distribution(x, h)(along) - (np.arange(n) + 0.5) / n)) * math.sqrt(n)
            yield Check(f"seed {seed}, {name}: Kolmogorov's distance along x, times root n", 0.0, apart, 2.5)
