"""Modes of a mixture of equal Gaussians: how many are covered, how well, how evenly; and by a perfect generator."""

from __future__ import annotations

import math

import numpy as np

from ..validation import count, non_negative, positive, share
from .rows import as_rows


def mode_coverage(samples, centres, deviation: float, radius: float = 3.0) -> dict:
    """How samples, shape (n, d), spread over Gaussian modes of the given ``deviation`` at ``centres``, shape (modes, d).

    A sample is of high quality within three deviations of its nearest centre; in the plane a perfect generator scores
    1 - exp(-9/2) = 0.9889 (``high_quality_ceiling``). A mode is covered by at least a tenth of a fair share of samples
    within ``radius`` deviations of it. ``mode_kl`` is KL(shares of the nearest centre || uniform), model first; that
    of a perfect generator is not 0 but about (modes - 1) / (2 n) (``mode_kl_expected``). All rounded to four digits.
    Raises `ValueError` for shapes that do not fit, NaN, and a deviation or radius that is not positive. Source:
    PacGAN (Lin et al. 2018).

    >>> mode_coverage(np.array([[0.0, 0.0], [5.0, 0.1]]), np.array([[0.0, 0.0], [5.0, 0.0]]), 0.1)["modes_covered"]
    2
    """
    deviation, radius = positive(deviation, "the deviation of modes"), positive(radius, "the radius of modes")
    samples, centres = as_rows(samples, "samples"), as_rows(centres, "centres")
    if samples.shape[1] != centres.shape[1]:
        raise ValueError(
            f"samples {samples.shape} and centres {centres.shape} have shapes (n, d) and (modes, d), n > 0"
        )
    n, modes = len(samples), len(centres)
    nearest, distance = _nearest(samples, centres)
    reached = np.bincount(nearest[distance <= radius * deviation], minlength=modes)
    shares = np.bincount(nearest, minlength=modes) / n
    return {
        "modes_covered": int((reached >= max(1.0, 0.1 * n / modes)).sum()),
        "modes": modes,
        "high_quality_share": round(float((distance <= 3.0 * deviation).mean()), 4),
        "high_quality_ceiling": round(high_quality_ceiling(samples.shape[1]), 4),
        "mode_shares": [round(float(share), 4) for share in shares],
        "mode_kl": round(kl_from_uniform(shares), 4),
        "mode_kl_expected": round(expected_mode_kl(n, modes), 4),
    }


def _nearest(samples, centres):
    squares = ((samples[:, None, :] - centres[None, :, :]) ** 2).sum(2)
    return squares.argmin(1), np.sqrt(squares.min(1))


def kl_from_uniform(shares) -> float:
    """KL(shares || uniform) = sum s log(s modes), 0 log 0 = 0; between 0 and log(modes).

    Raises `ValueError` for shares that are no probabilities, such as counts.

    >>> round(kl_from_uniform([0.5, 0.5, 0.0, 0.0]), 6)  # half of the modes: log 2
    0.693147
    """
    shares = np.asarray(shares, dtype=float)
    if shares.ndim != 1 or not len(shares):
        raise ValueError(f"shares must be the modes' probabilities along one axis, and have the shape {shares.shape}")
    if not ((shares >= 0).all() and abs(shares.sum() - 1.0) <= 1e-6):
        raise ValueError(
            f"shares must be non-negative and sum to 1, and sum to {shares.sum():g} with a smallest of {shares.min():g}; "
            "counts are divided by their sum"
        )
    seen = shares[shares > 0]
    return max(0.0, float(np.sum(seen * np.log(seen * len(shares)))))


def high_quality_ceiling(dimension: int = 2, deviations: float = 3.0) -> float:
    """P(|x| <= ``deviations``) for x ~ N(0, I) in R^``dimension``: the high-quality share of a perfect generator.

    Modes far apart are assumed. At n samples its deviation is sqrt(c (1 - c) / n).

    >>> round(high_quality_ceiling(), 6), round(high_quality_ceiling(64), 6)
    (0.988891, 0.0)
    """
    from scipy.special import gammainc

    dimension, deviations = count(dimension, "dimension"), non_negative(deviations, "deviations")
    return float(gammainc(dimension / 2.0, deviations**2 / 2.0))


def expected_mode_kl(n: int, modes: int) -> float:
    """(modes - 1) / (2 n): the mean of ``mode_kl`` for n samples of a perfect generator, up to terms in 1 / n^2.

    2 n KL is asymptotically chi-square with modes - 1 degrees of freedom (`mode_kl_quantile`).

    >>> expected_mode_kl(2500, 8)
    0.0014
    """
    return (count(modes, "modes") - 1) / (2.0 * count(n, "n"))


def mode_kl_quantile(p: float, n: int, modes: int) -> float:
    """The value that ``mode_kl`` stays below with probability ``p`` for n samples of a perfect generator.

    The quantile of chi-square with modes - 1 degrees, over 2 n. Source: Wilks (1938).

    >>> round(mode_kl_quantile(0.99, 2500, 8), 4)
    0.0037
    """
    from scipy.special import chdtri

    p, n, modes = share(p, "p"), count(n, "n"), count(modes, "modes", 2)
    return float(chdtri(modes - 1, 1.0 - p)) / (2.0 * n)


def chance_of_missing_a_mode(n: int, modes: int, dimension: int = 2, radius: float = 3.0) -> float:
    """The chance that n samples of a perfect generator leave at least one mode uncovered, from above (a union bound).

    A mode is hit by each sample with chance c / modes, c = `high_quality_ceiling` at ``radius``, and has to be hit by
    a tenth of a fair share, n / (10 modes), and once at least.

    >>> chance_of_missing_a_mode(2500, 8) < 1e-60, round(chance_of_missing_a_mode(20, 8), 3)
    (True, 0.572)
    """
    from scipy.special import bdtr

    n, modes = count(n, "n"), count(modes, "modes")
    needed = math.ceil(max(1.0, 0.1 * n / modes))
    return min(1.0, modes * float(bdtr(needed - 1, n, high_quality_ceiling(dimension, radius) / modes)))
