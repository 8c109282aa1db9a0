"""Principal components as a latent-variable model without noise: probabilistic PCA, and factor analysis beside it.

    z ~ N(0, I),    x | z ~ N(W z + m, v I)

has its largest likelihood in closed form: W = U (L - v I)^(1/2) of the leading eigenvectors U and eigenvalues L of the
data's covariance, v the mean of the others. Given x the mean of W z + m is PCA's projection, drawn in along axis j by
l_j / (l_j + v), l_j = |W_j|^2: as v -> 0 with W held it is PCA's. With a noise of its own for each coordinate it is factor
analysis, whose optimum has no closed form and is found along the gradient of the evidence.

Source: Tipping & Bishop (1999), Probabilistic principal component analysis.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...validation import count
from . import sentences
from .elimination import log_evidence, posterior
from .language import Gaussian
from .row import Row


class Latent(NamedTuple):
    """x | z ~ N(``loadings`` z + ``mean``, diag ``deviations``^2): of shapes (d, q), (d,) and (d,)."""

    loadings: Any
    mean: Any
    deviations: Any

    def log_evidence(self, x):
        """sum_n log p(x_n) of rows (n, d)."""
        return log_evidence(self.sentence(x))

    def codes(self, x):
        """E[z | x] of rows (n, d): shape (n, q)."""
        return posterior(self.sentence(x), Gaussian("z", self.loadings.shape[1])).mean

    def reconstructed(self, x):
        """E[W z + m | x] of rows (n, d)."""
        return mnp.matmul(self.codes(x), mnp.matrix_transpose(self.loadings)) + self.mean

    def sentence(self, x):
        return sentences.factor_analysis(self.loadings, self.mean, self.deviations, x)


def probabilistic_pca(x, q: int, variance: float | None = None) -> Latent:
    """The likeliest one of rows (n, d) with ``q`` < d codes and one noise.

    With a ``variance`` of the noise that is given instead, loadings are the principal axes of their own lengths, l_j the
    eigenvalues.

    >>> x = mnp.asarray([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # variances 4.5 and 0.5
    >>> found = probabilistic_pca(x, 1)
    >>> abs(found.loadings[:, 0]).round(6), found.deviations.round(6)  # sqrt(4.5 - 0.5), sqrt(0.5)
    (array([2., 0.]), array([0.707107, 0.707107]))
    """
    x = np.asarray(to_numpy(x), dtype=float)
    if x.ndim != 2:
        raise ValueError(f"rows are an array of shape (n, d), and this has {x.shape}")
    q = count(q, "the number of codes", 1, x.shape[1] - 1)
    mean = x.mean(0)
    values, vectors = np.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    values, vectors = values[::-1], vectors[:, ::-1]
    noise = values[q:].mean() if variance is None else variance
    lengths = values[:q] - noise if variance is None else values[:q]
    loadings = vectors[:, :q] * np.sqrt(lengths)
    return Latent(*map(mnp.asarray, (loadings, mean, np.full(x.shape[1], np.sqrt(noise)))))


def factor_analysis(x, q: int) -> Latent:
    """The likeliest one of rows (n, d) with a noise for each coordinate, by L-BFGS from probabilistic PCA."""
    start = probabilistic_pca(x, q)
    x = mnp.asarray(x)

    def of(parameters) -> Latent:
        loadings, log_deviations = parameters
        # the mean of the rows is the best one, whatever W is
        return Latent(loadings, start.mean, mnp.exp(log_deviations))

    found = sentences.learned(
        lambda parameters: of(parameters).log_evidence(x) / x.shape[0], (start.loadings, mnp.log(start.deviations))
    )
    return of(found.parameters)


def distance_from_pca(x, q: int, variance: float) -> float:
    """How far E[W z + m | x] is from PCA's projection, as a share of that projection's own length from the mean.

    >>> x = mnp.asarray([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    >>> round(distance_from_pca(x, 1, 0.5), 12)  # v / (l + v), of l = 4.5
    0.1
    """
    from sklearn.decomposition import PCA

    rows = np.asarray(to_numpy(x), dtype=float)
    fitted = PCA(q, svd_solver="full").fit(rows)
    projected = fitted.inverse_transform(fitted.transform(rows))
    found = to_numpy(probabilistic_pca(rows, q, variance).reconstructed(mnp.asarray(rows)))
    return float(np.linalg.norm(found - projected) / np.linalg.norm(projected - rows.mean(0)))


def measured() -> str:
    """Of the irises: the distance at two noises."""
    from sklearn.datasets import load_iris

    x = load_iris().data
    near, far = (distance_from_pca(x, 2, variance) for variance in (1e-3, 1e-2))
    return f"{far:.1e} at v = 0.01, {near:.1e} at 0.001"


ROW = Row("principal components", "noise v → 0", "latent-variable models", measured)
