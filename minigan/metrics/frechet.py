"""The Fréchet distance of two Gaussians, and of samples by the Gaussians of their moments, as FID has it."""

from __future__ import annotations

import numpy as np

from ..arrays import floating
from ..backend import to_numpy
from .rows import as_two


def frechet_between_gaussians(mean, covariance, other_mean, other_covariance) -> float:
    """|m_1 - m_2|^2 + tr C_1 + tr C_2 - 2 tr (C_1^(1/2) C_2 C_1^(1/2))^(1/2), the squared 2-Wasserstein distance.

    C_1 C_2 is not symmetric, and a general matrix square root of it may come out complex. The roots of the
    eigenvalues of the symmetric C_1^(1/2) C_2 C_1^(1/2) are the singular values of C_1^(1/2) C_2^(1/2), with
    symmetric square roots from eigenvalues: real, never negative, and right for covariances of any rank. The result
    is never below 0. Raises `ValueError` for shapes that do not fit, and for what is not symmetric and positive
    semi-definite. Sources: Dowson and Landau (1982); Heusel et al. (2017).

    >>> frechet_between_gaussians([0.0, 0.0], np.diag([1.0, 4.0]), [3.0, 0.0], np.diag([9.0, 0.0]))  # 9 + 2^2 + 2^2
    17.0
    """
    m1, c1 = _moments(mean, covariance, "first")
    m2, c2 = _moments(other_mean, other_covariance, "second")
    if m1.shape != m2.shape:
        raise ValueError(f"the two Gaussians live in {len(m1)} and {len(m2)} dimensions")
    shared = np.linalg.svd(_root(c1, "first") @ _root(c2, "second"), compute_uv=False).sum()
    return max(0.0, float(((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2.0 * shared))


def frechet_distance(fake, real) -> float:
    """`frechet_between_gaussians` of the means and covariances of rows ``fake``, shape (n, d), and ``real``, (m, d).

    On features of an Inception network this is the Fréchet inception distance; on 8x8 digits, take the pixels. It
    sees first and second moments only, and it is biased: of two samples of one law it is positive, about tr C (1 / n
    + 1 / m) and more (Binkowski et al. 2018), so compare at equal sizes, and read it beside `null_distribution`.
    Raises `ValueError` for fewer than two rows and other shapes.

    >>> round(frechet_distance([[0.0], [2.0]], [[3.0], [5.0]]), 12)
    9.0
    """
    fake, real = as_two(fake, real, 2)
    m1, m2 = fake.mean(0), real.mean(0)
    # with C = A^T A the root of C_1 C_2 has the trace of the singular values of A_1 A_2^T: no root is taken
    a, b = (fake - m1) / np.sqrt(len(fake) - 1), (real - m2) / np.sqrt(len(real) - 1)
    a, b = _short(a), _short(b)
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return max(0.0, float(((m1 - m2) ** 2).sum() + (a * a).sum() + (b * b).sum() - 2.0 * shared))


def _short(a):
    """A matrix of at most d rows with the same a^T a."""
    return np.linalg.qr(a, mode="r") if a.shape[0] > a.shape[1] else a


def _moments(mean, covariance, which):
    mean = np.atleast_1d(to_numpy(floating(mean, f"the mean of the {which} Gaussian"))).astype(float)
    covariance = to_numpy(floating(covariance, f"the covariance of the {which} Gaussian")).astype(float)
    covariance = covariance.reshape(1, 1) if covariance.ndim == 0 else covariance
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)):
        raise ValueError(
            f"the {which} Gaussian has a mean of shape {mean.shape} and a covariance of {covariance.shape}"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise ValueError(f"the moments of the {which} Gaussian hold NaN or infinity")
    scale = np.abs(covariance).max(initial=0.0)
    if np.abs(covariance - covariance.T).max() > 1e-8 * scale:
        raise ValueError(f"the covariance of the {which} Gaussian is not symmetric")
    return mean, 0.5 * (covariance + covariance.T)


def _root(c, which):
    values, vectors = np.linalg.eigh(c)
    if values.min() < -1e-8 * max(values.max(), 0.0) - 1e-300:
        raise ValueError(f"the covariance of the {which} Gaussian has the eigenvalue {values.min():.3g}, below 0")
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
