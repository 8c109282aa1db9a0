"""scikit-learn's models with a likelihood, on the same digits as bits: an outsiders' check of this package's numbers.

`BernoulliRBM` is a model of bits, and its log-likelihood exact by our `log_partition`. The others are densities of real
numbers. Mixtures of axis-parallel Gaussians become models of bits exactly: x = b + 1/2 is a real number, and P(b) the mass
of {x_i >= 1 where b_i = 1, else x_i < 1}, a product of distribution functions for every component. A Gaussian of
correlated numbers has no such product: with uniform u in [0, 1), E log p(b + u) <= log P(b) is a bound. What a model
leaves to choose is chosen by cross-validation on the training digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.special import log_ndtr, logsumexp

import minigan.numpy as mnp

from ...arrays import host_floats
from ...backend import to_numpy
from .likelihood import Nats, bound_of_draws, nats_of
from .rbm import log_probability

DRAWS = 32  # of the noise
SWEEPS = 1000  # of the RBM's chain
ITERATIONS = 400  # over the training digits, of the RBM


class Outsider(NamedTuple):
    """``nats`` of held-out bits; ``sample(n)`` bits (n, 64) as floats, ``None`` where the library draws none; what was
    ``chosen`` by cross-validation, as words; the rest as in `comparison.Entry`."""

    name: str
    nats: Nats
    parameters: int
    evaluations: int | None
    latent_code: bool
    sample: Callable | None
    chosen: str


def bernoulli_rbm(training, held_out, seed: int = 0, iterations: int = ITERATIONS) -> Outsider:
    """`BernoulliRBM` of 20 hidden units, whose 2^20 states are gone through; trained by persistent CD."""
    from sklearn.neural_network import BernoulliRBM

    fitted = BernoulliRBM(20, learning_rate=0.005, batch_size=10, n_iter=iterations, random_state=seed).fit(training)
    machine = [mnp.asarray(x) for x in (fitted.components_.T, fitted.intercept_visible_, fitted.intercept_hidden_)]
    nats = nats_of(log_probability(mnp.asarray(held_out), *machine))
    rng = np.random.default_rng(seed)

    def sample(n):
        bits = rng.random((n, training.shape[1])) < training.mean(0)
        for _ in range(SWEEPS):
            bits = fitted.gibbs(bits)
        return bits.astype(float)

    parameters = sum(x.size for x in (fitted.components_, fitted.intercept_visible_, fitted.intercept_hidden_))
    return Outsider("BernoulliRBM", nats, parameters, SWEEPS, False, sample, "20 hidden units")


def gaussian_mixture(training, held_out, seed: int = 0, components=(40, 80, 160)) -> Outsider:
    """`GaussianMixture` of diagonal covariances, fitted to bits with noise; its code is the component, one word."""
    from sklearn.mixture import GaussianMixture

    noisy = training + np.random.default_rng(seed).random(training.shape)

    def fit(rows, k):
        return GaussianMixture(k, covariance_type="diag", reg_covar=1e-2, random_state=seed).fit(noisy[rows])

    def log_p(fitted, bits):
        return thresholded(fitted.means_, np.sqrt(fitted.covariances_), np.log(fitted.weights_), bits)

    fitted, k = _best(fit, log_p, components, training, seed)
    d = training.shape[1]
    parameters = k - 1 + 2 * k * d
    return Outsider(
        "GaussianMixture",
        nats_of(log_p(fitted, held_out)),
        parameters,
        1,
        True,
        lambda n: _bits(fitted.sample(n)[0]),
        f"{k} components",
    )


def kernel_density(training, held_out, seed: int = 0, bandwidths=(0.25, 0.3, 0.35, 0.4, 0.5)) -> Outsider:
    """`KernelDensity` of a Gaussian kernel at b + 1/2 of every training digit: its parameters are the digits.

    Of bits it is the kernel of Aitchison & Aitken (1976): each agrees with the digit's with chance Phi(1 / 2 bandwidth).
    """
    from sklearn.neighbors import KernelDensity

    def fit(rows, bandwidth):
        return KernelDensity(bandwidth=bandwidth).fit(training[rows] + 0.5)

    def log_p(fitted, bits):
        at = np.asarray(fitted.tree_.data)
        return thresholded(at, np.full_like(at, fitted.bandwidth), np.full(len(at), -math.log(len(at))), bits)

    fitted, bandwidth = _best(fit, log_p, bandwidths, training, seed)
    rng = np.random.RandomState(seed)
    return Outsider(
        "KernelDensity",
        nats_of(log_p(fitted, held_out)),
        training.size + 1,
        1,
        False,
        lambda n: _bits(fitted.sample(n, random_state=rng)),
        f"bandwidth {bandwidth:g}",
    )


def principal_components(training, held_out, seed: int = 0, components=(8, 16, 24, 32, 40)) -> Outsider:
    """`PCA.score`: the Gaussian of probabilistic PCA (Tipping & Bishop, 1999); the library draws no samples from it."""
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(seed)
    noisy = training + rng.random(training.shape)
    fitted, _ = _best(
        lambda rows, k: PCA(k, random_state=seed).fit(noisy[rows]),
        lambda fitted, bits: fitted.score_samples(bits + 0.5),
        components,
        training,
        seed,
    )
    nats = bound_of_draws([fitted.score_samples(held_out + rng.random(held_out.shape)) for _ in range(DRAWS)])
    k, d = fitted.components_.shape

    def sample(n):
        kept = np.sqrt(np.maximum(fitted.explained_variance_ - fitted.noise_variance_, 0.0))
        noise = math.sqrt(fitted.noise_variance_) * rng.standard_normal((n, d))
        return _bits(fitted.mean_ + (rng.standard_normal((n, k)) * kept) @ fitted.components_ + noise)

    parameters = d + d * k - k * (k - 1) // 2 + 1
    return Outsider("PCA.score", nats, parameters, 1, True, sample, f"{k} components")


def outsiders(training, held_out, seed: int = 0, share: float = 1.0) -> Iterator[Outsider]:
    """One after the other; ``share`` is of the steps of the machine, which alone is trained by steps."""
    yield bernoulli_rbm(training, held_out, seed, max(1, round(share * ITERATIONS)))
    for make in (gaussian_mixture, kernel_density, principal_components):
        yield make(training, held_out, seed)


def thresholded(means, deviations, log_weights, bits):
    """log P(b) of bits b_i = [x_i >= 1] of a mixture of Gaussians with diagonal covariances: shape (n,), in nats.

    log sum over k of w_k prod over i of Phi(+-(m_ki - 1) / s_ki), with ``means`` and ``deviations`` (k, d), bits (n, d).

    >>> float(thresholded(np.array([[1.0]]), np.array([[2.0]]), np.zeros(1), np.array([[1.0]]))[0]).__round__(4)
    -0.6931
    """
    means, deviations = host_floats(means, "the means"), host_floats(deviations, "the deviations")
    log_weights, bits = host_floats(log_weights, "the log weights"), host_floats(bits, "the bits")
    z = (means - 1.0) / deviations
    one, zero = log_ndtr(z), log_ndtr(-z)
    return logsumexp(bits @ (one - zero).T + zero.sum(-1) + log_weights, axis=1)


def _best(fit, log_p, choices, training, seed) -> tuple[Any, Any]:
    """``fit(rows, choice)`` to all training rows by the choice of largest mean ``log_p(fitted, bits)``, three-fold."""
    from sklearn.model_selection import KFold

    folds = list(KFold(3, shuffle=True, random_state=seed).split(training))
    scores = [np.mean([log_p(fit(rows, one), training[rest]).mean() for rows, rest in folds]) for one in choices]
    best = choices[int(np.argmax(scores))]
    return fit(np.arange(len(training)), best), best


def _bits(x):
    return (np.asarray(x) >= 1.0).astype(float)


def as_host(bits) -> tuple[np.ndarray, np.ndarray]:
    """Training and held-out bits of `digit_bits` as NumPy arrays of doubles."""
    return tuple(to_numpy(part).astype(float) for part in (bits.training, bits.held_out))
