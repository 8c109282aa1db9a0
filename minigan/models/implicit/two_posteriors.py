"""What an implicit q(z | x) and a Gaussian one are judged by, alike: log p(x) by quadrature, and how far codes are from
the prior. The implicit one has no density, so its entropy is told by nearest neighbours of many codes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...metrics import gaussian_kernel, mmd, mmd_null
from ..explicit import vae
from .adversarial_bayes import Networks
from .encoders import NOISE
from .entropy import kl_from_standard_normal

POOLED = 20_000  # codes of the aggregate posterior
COMPARED = 1000  # of them in an MMD
POINTS = 129  # of the quadrature's grid, a side
KERNEL = gaussian_kernel(0.25, 0.5, 1.0)


class Judged(NamedTuple):
    """Of one autoencoder, in nats.

    * ``log_likelihood``: the mean log p(x) of held-out examples, by quadrature over codes.
    * ``elbo``: the mean bound, ``reconstruction_error`` minus its first part, -E_q log p(x | z).
    * ``kl_of_codes``: KL(q(z) || p(z)) of the aggregate posterior, q(z | x) of all that was learned from, by neighbours;
      ``mmd_of_codes``: their squared distance by a kernel.
    """

    log_likelihood: float
    elbo: float
    reconstruction_error: float
    kl_of_codes: float
    mmd_of_codes: float

    def as_metrics(self, of: str = "") -> dict:
        """JSON-able, the names ending in ``of``; ``None`` for what is infinite, as of codes without density."""
        return {f"{key}{of}": round(value, 5) if np.isfinite(value) else None for key, value in self._asdict().items()}


def implicit(layers: Networks, params, held_out, data, draws: int, rng) -> Judged:
    """That of `adversarial_bayes`; the bound by ``draws`` codes of each held-out example."""
    z = drawn_codes(layers, params, held_out, draws, rng)
    error = -float(to_numpy(mnp.mean(vae.log_likelihood(layers, params, held_out, z))))
    of_each = to_numpy(z)
    kl = float(np.mean([kl_from_standard_normal(of_each[:, i]) for i in range(of_each.shape[1])]))
    together = drawn_codes(layers, params, pooled(data, rng), 1, rng)[0, ...]
    return judged_codes(layers, params, held_out, error, kl, together, rng)


def gaussian(layers: vae.Networks, params, held_out, data, rng) -> Judged:
    """That of a Gaussian q: the bound's first part by the trapezoidal rule, its second in closed form."""
    doubles, x = vae.in_doubles(params), mnp.astype(held_out, "float64")
    mean, log_deviation = vae.posterior(layers, doubles, x)
    kl = vae.kl_from_prior(mean, log_deviation)
    noise, weight = vae.noise_grid(33)
    total = 0.0
    for i in range(0, x.shape[0], 64):
        rows = slice(i, min(i + 64, x.shape[0]))
        z = mean[rows, :] + mnp.exp(log_deviation[rows, :]) * noise[:, None, :]
        expected = mnp.matmul(weight, vae.log_likelihood(layers, doubles, x[rows, :], z))
        total += float(to_numpy(mnp.sum(expected)))
    z = gaussian_codes(layers, params, pooled(data, rng), rng)
    error = -total / x.shape[0]
    return judged_codes(layers, params, held_out, error, float(to_numpy(mnp.mean(kl))), z, rng)


def judged_codes(layers, params, held_out, error: float, kl: float, z, rng) -> Judged:
    """The `Judged` of a reconstruction error, the mean KL(q(z | x) || p(z)) and codes ``z`` (n, 2) of the aggregate."""
    log_p = vae.log_density(layers, params, held_out, POINTS, 128)
    prior = rng.standard_normal((COMPARED, vae.CODE), dtype="float32")
    return Judged(
        float(to_numpy(mnp.mean(log_p))),
        -error - kl,
        error,
        kl_from_standard_normal(z),
        float(to_numpy(mmd(z[:COMPARED, :], prior, KERNEL))),
    )


def drawn_codes(layers: Networks, params, x, draws: int, rng):
    """``draws`` codes of each of the rows x: shape (draws, n, 2)."""
    return layers.encoder.codes(params.encoder, x, rng.standard_normal((draws, x.shape[0], NOISE), dtype="float32"))


def gaussian_codes(layers: vae.Networks, params, x, rng):
    """A code of each of the rows x, of a Gaussian q: shape (n, 2)."""
    mean, log_deviation = vae.posterior(layers, params, x)
    return mean + mnp.exp(log_deviation) * rng.standard_normal((x.shape[0], vae.CODE), dtype="float32")


def pooled(data, rng):
    """Rows of ``data``, each as likely: what codes of the aggregate posterior, the mean of q(z | x), are drawn from."""
    return mnp.take(data, rng.integers(0, data.shape[0], (POOLED,)), 0)


def mmd_of_prior(rng) -> float:
    """What ``mmd_of_codes`` stays below in 19 of 20 cases where codes are draws of the prior."""
    one, two = (to_numpy(rng.standard_normal((COMPARED, vae.CODE))) for _ in range(2))
    return mmd_null(one, two, KERNEL, repetitions=200, rng=rng).quantile(0.95)
