"""Latent-variable models that are linear: principal components as a limit of one, factor analysis by its evidence, and
Bayesian linear regression, which is ridge regression and a Gaussian process."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...models.families import bayesian_linear, latent_linear
from ...models.families.latent_linear import Latent, distance_from_pca, probabilistic_pca
from ..registry import Check, Run, claim, largest
from .language import drawn

SECTION, HEADING = "families", "ML as a bag of tricks"


def rows_of_factors(rng, n: int = 200) -> np.ndarray:
    """Rows (n, 6) of two factors, whose loadings are those of a circle, and noise of deviations from 0.5 to 1.0."""
    codes, noise = drawn(rng, (n, 2), (n, 6))
    angles = np.pi * np.arange(6) / 6.0
    return 1.0 + 1.2 * codes @ np.stack([np.cos(angles), np.sin(angles)]) + noise * np.linspace(0.5, 1.0, 6)


def drawn_in(lengths, variance: float) -> np.ndarray:
    """The share v / (l + v) of an axis by which E[W z + m | x] falls short of PCA's projection."""
    return variance / (lengths + variance)


@claim(
    "pca-is-a-noiseless-latent-model",
    section=SECTION,
    heading=HEADING,
    statement="Principal components are a latent-variable model without noise: its mean given x is PCA's projection but "
    "for v / (l + v) of each axis, which vanishes with the noise v in proportion; its likelihood is scikit-learn's.",
    latex=r"\mathbb{E}[W z + m \mid x] - m = \sum_j \frac{l_j}{l_j + v}\, u_j u_j^\top (x - m)",
)
def pca_is_a_limit(run: Run, short=drawn_in, best=probabilistic_pca):
    from sklearn.decomposition import PCA

    x = rows_of_factors(run.rng(50))
    fitted = PCA(2, svd_solver="full").fit(x)
    along = np.sqrt(np.maximum(fitted.explained_variance_ - fitted.noise_variance_, 0.0))
    its = fitted.components_.T * along, fitted.mean_, np.full(6, np.sqrt(fitted.noise_variance_))
    its = Latent(*map(mnp.asarray, its))
    stated = fitted.score(x) * len(x)
    yield Check("log p(x) by scikit-learn's own loadings and noise", stated, float(its.log_evidence(x)), 1e-9)
    # scikit-learn's covariance divides by n - 1: the likeliest one is above it, by little
    found = float(best(x, 2).log_evidence(mnp.asarray(x)))
    yield Check("log p(x) at the closed form's best, less that", 0.0, found - stated, 0.0, ">=")
    yield Check("the same, of 200 rows in nats", 0.1, found - stated, 0.0, "<=")
    codes = to_numpy(probabilistic_pca(x, 2, 1e-9).codes(mnp.asarray(x)))
    white = PCA(2, svd_solver="full", whiten=True).fit_transform(x) * np.sqrt(len(x) / (len(x) - 1))
    off = largest(abs(abs(codes) - abs(white)).ravel())
    yield Check("noise 1e-9: codes beside PCA's whitened ones, up to signs", 0.0, off, 1e-8)
    centred = x - x.mean(0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    parts, projected = centred @ vectors[:, -2:], centred @ vectors[:, -2:] @ vectors[:, -2:].T
    for variance in (1.0, 1e-2, 1e-4):
        gap = np.linalg.norm(parts * short(values[-2:], variance)) / np.linalg.norm(projected)
        measured = distance_from_pca(x, 2, variance)
        yield Check(f"noise {variance:g}: distance from PCA's projection, relative", gap, measured, 1e-11)
    ratio = distance_from_pca(x, 2, 1e-4) / distance_from_pca(x, 2, 2e-4)
    yield Check("the distance at half the noise, in halves", 0.5, ratio, 1e-4)


@claim(
    "factor-analysis-by-its-evidence",
    section=SECTION,
    heading=HEADING,
    statement="Factor analysis is the same sentence with a noise for each coordinate; climbing its evidence comes to "
    "scikit-learn's optimum, which EM finds.",
    latex=r"\max_{W, \psi} \sum_n \log N(x_n;\, m,\, W W^\top + \operatorname{diag} \psi)",
    cost=3.0,
)
def factor_analysis_optimum(run: Run, fit=latent_linear.factor_analysis):
    import warnings

    from sklearn.decomposition import FactorAnalysis
    from sklearn.exceptions import ConvergenceWarning

    for seed in run.seeds(1 if run.quick else 3):
        x = rows_of_factors(Run(seed=seed).rng(51))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it may still move by 1e-12
            fitted = FactorAnalysis(2, tol=1e-12, max_iter=5000, svd_method="lapack").fit(x)
        model = fit(x, 2)
        found = float(model.log_evidence(mnp.asarray(x)))
        # both are flat at the top: slopes of 1e-7 leave 1e-9 nats and less
        yield Check(f"seed {seed}: log p(x) at the top, scikit-learn's", fitted.score(x) * len(x), found, 1e-6)
        w, s = to_numpy(model.loadings), to_numpy(model.deviations)
        off = largest(abs(w @ w.T + np.diag(s**2) - fitted.get_covariance()).ravel())
        yield Check(f"seed {seed}: covariance of x, largest difference", 0.0, off, 1e-4)


def exact_weights(prior: float, noise: float, x, y) -> tuple[np.ndarray, np.ndarray]:
    """S = (x'x / s^2 + I / a^2)^-1 and m = S x'y / s^2."""
    covariance = np.linalg.inv(x.T @ x / noise**2 + np.eye(x.shape[1]) / prior**2)
    return covariance @ x.T @ y / noise**2, covariance


@claim(
    "bayesian-regression-is-a-gaussian-process",
    section=SECTION,
    heading=HEADING,
    statement="Bayesian linear regression is exact: ridge regression is its mean, and what it says of the data and of new "
    "points is what scikit-learn's Gaussian process with a linear kernel says.",
    latex=r"w \mid y \sim N(S X^\top y / s^2,\, S), \quad y \sim N(0,\, a^2 X X^\top + s^2 I)",
)
def regression_is_a_process(run: Run, exact=exact_weights, evidence=bayesian_linear.evidence):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct
    from sklearn.linear_model import Ridge

    prior, noise = 1.5, 0.6
    for n, d in ((3, 5), (30, 4)):
        x, y, new = drawn(run.rng(60 + n), (n, d), n, (6, d))
        rows, targets = mnp.asarray(x), mnp.asarray(y)
        found = bayesian_linear.weights(prior, noise, rows, targets)
        mean, covariance = exact(prior, noise, x, y)
        off = abs(to_numpy(found.mean) - mean).max(), abs(to_numpy(found.covariance) - covariance).max()
        yield Check(f"{n} examples, {d} weights: mean and covariance, largest error", 0.0, largest(off), 1e-12)
        ridge = Ridge(alpha=noise**2 / prior**2, fit_intercept=False).fit(x, y).coef_
        off = abs(ridge - to_numpy(found.mean)).max()
        yield Check(f"{n} examples, {d} weights: mean beside ridge regression's", 0.0, off, 1e-12)
        kernel = ConstantKernel(prior**2, "fixed") * DotProduct(0.0, "fixed")
        process = GaussianProcessRegressor(kernel, alpha=noise**2, optimizer=None).fit(x, y)
        stated = process.log_marginal_likelihood_value_
        yield Check(f"{n} examples, {d} weights: log p(y)", stated, float(evidence(prior, noise, rows, targets)), 1e-10)
        told, deviation = process.predict(new, return_std=True)
        said = bayesian_linear.predicted(prior, noise, rows, targets, mnp.asarray(new))
        off = abs(to_numpy(said.mean)[:, 0] - told).max()
        yield Check(f"{n} examples, {d} weights: predictions at six new rows", 0.0, off, 1e-11)
        off = abs(to_numpy(said.covariance)[:, 0, 0] - deviation**2 - noise**2).max()
        yield Check(f"{n} examples, {d} weights: their variances", 0.0, off, 1e-11)
