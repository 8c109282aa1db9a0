"""Mode collapse causes low output diversity: what diversity is measured by, and what a perfect generator scores."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...data import grid, grid_centres, ring, ring_centres
from ...metrics import (
    expected_biased_mmd,
    expected_mode_kl,
    frechet_between_gaussians,
    frechet_distance,
    gaussian_kernel,
    high_quality_ceiling,
    mmd,
    mode_coverage,
    null_distribution,
    precision_recall,
    sliced_wasserstein,
)
from ..registry import Check, Run, claim

HEADING = "Mode collapse causes low output diversity"
DEVIATION = 0.05


def mean_of(metric, draw, n, repetitions, rng, against=None):
    """A metric's mean over samples of the data itself, and four standard errors of it."""
    null = null_distribution(metric, draw, n, against, repetitions=repetitions, rng=rng)
    return null.mean, 4.0 * null.deviation / math.sqrt(repetitions)


@claim(
    "perfect-generator",
    section="games",
    heading=HEADING,
    statement="Even samples of the data itself are not all within three deviations of a mode, 98.89 % of them in the "
    "plane, and spread unevenly over the modes by chance: by (modes - 1) / 2n nats.",
    latex=r"1 - e^{-9/2} = 0.9889, \qquad \mathbb E\, \mathrm{KL}(\hat s \,\|\, u) = \frac{m - 1}{2 n} + O(n^{-2})",
)
def scores_of_the_data_itself(run: Run, ceiling=high_quality_ceiling, expected=expected_mode_kl):
    yield Check("share within three deviations, in the plane", -math.expm1(-4.5), ceiling(), 1e-12)
    repetitions = 400 if run.quick else 1000
    for name, draw, centres in (("ring", ring(), ring_centres()), ("grid", grid(), grid_centres())):
        modes = centres.shape[0]
        for n in (500, 2500):
            scores = []

            def kl(x, scores=scores, centres=centres):
                scores.append(mode_coverage(x, centres, DEVIATION))
                shares = np.array(scores[-1]["mode_shares"])  # rounded to four digits, mode_kl too: its mean is not
                return float(np.sum(shares[shares > 0] * np.log(shares[shares > 0] * len(shares))))

            mean, error = mean_of(kl, draw, n, repetitions, run.rng(50))
            what = f"{name}, {n} samples"
            second = modes * modes / (6.0 * n * n)  # the next term: sum of 1/s_i = modes^2 by 12 n^2, doubled
            yield Check(f"{what}: mean KL of its shares from uniform", expected(n, modes), mean, error + second)
            good = [one["high_quality_share"] for one in scores]
            slack = 4.0 * float(np.std(good, ddof=1)) / math.sqrt(repetitions) + 1e-5
            yield Check(f"{what}: mean share within three deviations", ceiling(), float(np.mean(good)), slack)
        yield Check(f"{name}: fewest modes covered by 2,500", modes, min(s["modes_covered"] for s in scores), 0.0)


def mean_of_kernel(dimension, bandwidth):
    """E k(x, x') for a Gaussian kernel and x, x' ~ N(0, I): x - x' ~ N(0, 2 I)."""
    return (bandwidth**2 / (bandwidth**2 + 2.0)) ** (0.5 * dimension)


def frechet_in_the_plane(m1, c1, m2, c2):
    """By tr (C_1 C_2)^(1/2) = sqrt(tr C_1 C_2 + 2 sqrt(det C_1 C_2)), which holds in two dimensions."""
    product = c1 @ c2
    root = math.sqrt(np.trace(product) + 2.0 * math.sqrt(np.linalg.det(product)))
    return float(((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2.0 * root)


@claim(
    "distances-between-samples",
    section="games",
    heading=HEADING,
    statement="Of two samples of one law MMD is 0 on average if it is unbiased, and known if it is not; the Frechet "
    "distance, sliced Wasserstein, precision and recall have values known beforehand as well.",
    latex=r"\mathbb E\, \widehat{\mathrm{MMD}}{}^2_\text{biased} = "
    r"\left(\tfrac1n + \tfrac1m\right)(1 - \mathbb E\, k(x, x'))",
)
def distances_of_samples(
    run: Run, kernel_mean=mean_of_kernel, biased=expected_biased_mmd, frechet=frechet_in_the_plane, shift=math.sqrt
):
    repetitions, n, m = 100 if run.quick else 600, 40, 60
    draw = lambda rng, count: rng.standard_normal((count, 2))
    kernel, k = gaussian_kernel(0.8), kernel_mean(2, 0.8)
    mean, error = mean_of(lambda x, y: mmd(x, y, kernel), draw, n, repetitions, run.rng(51), m)
    yield Check("MMD^2, unbiased, of 40 and 60 samples of one law: mean", 0.0, mean, error)
    mean, error = mean_of(lambda x, y: mmd(x, y, kernel, unbiased=False), draw, n, repetitions, run.rng(52), m)
    yield Check("MMD^2, biased: mean", biased(n, m, k), mean, error)
    x = run.rng(53).standard_normal((4000 if not run.quick else 1500, 2))
    apart = 1.5
    # E k(x, y + a) = E k(x, x') exp(-|a|^2 / (2 (s^2 + 2)))
    between = 2.0 * k * (1.0 - math.exp(-(apart**2) / (2.0 * (0.64 + 2.0))))
    y = run.rng(54).standard_normal(tuple(x.shape)) + mnp.asarray([apart, 0.0])
    found = float(to_numpy(mmd(x, y, kernel)))
    yield Check(
        f"MMD^2 of N(0, I) and N((1.5, 0), I), {x.shape[0]} samples", between, found, 1.5 / math.sqrt(x.shape[0])
    )
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    m1, m2 = np.array([0.0, 1.0]), np.array([2.0, -1.0])
    c1, c2 = np.diag([4.0, 0.25]), turn @ np.diag([1.0, 0.09]) @ turn.T  # no common axes
    stated, found = frechet(m1, c1, m2, c2), frechet_between_gaussians(m1, c1, m2, c2)
    yield Check("Frechet distance of two Gaussians without common axes", stated, found, 1e-12)
    moved = frechet_distance(x, x + mnp.asarray([3.0, 4.0]))
    yield Check("Frechet distance of samples and the same moved by (3, 4)", 25.0, moved, 1e-9)
    yield Check("Frechet distance of a sample to itself", 0.0, frechet_distance(x, x), 1e-9)
    wide, rng, directions = run.rng(55).standard_normal((300, 5)), run.rng(56), 4000 if run.quick else 20_000
    step = mnp.asarray([0.0, 3.0, 0.0, -4.0, 0.0])
    found = float(to_numpy(sliced_wasserstein(wide, wide + step, directions=directions, rng=rng)))
    # |cos| has mean square 1/5 and its square the variance 2 (d - 1) / (d^2 (d + 2)) = 8/175; W = 5 sqrt(mean of cos^2)
    error = 4.0 * 5.0 * math.sqrt(8.0 / 175.0 / directions) / (2.0 / math.sqrt(5.0))
    yield Check("sliced W_2 of a sample in R^5 and the same moved by 5", 5.0 / shift(5.0), found, error)
    fake, real = draw(run.rng(57), 400), draw(run.rng(58), 400)
    same = precision_recall(fake, real)
    for name, value in same._asdict().items():
        yield Check(f"{name} of samples of the data itself: above 0.7", 0.7, value, 0.0, ">=")
        yield Check(f"{name} of samples of the data itself: and below 1", 0.999, value, 0.0, "<=")
    lost = precision_recall(fake, mnp.concatenate([real, real + 50.0], 0))  # one of two far modes
    yield Check("precision of a generator that lost half of the modes: above 0.7", 0.7, lost.precision, 0.0, ">=")
    yield Check("its recall: at most a half", 0.5, lost.recall, 0.0, "<=")
