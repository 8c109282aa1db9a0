"""Linear independent component analysis by maximum likelihood: x = A s with independent sources, s = W x."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ... import random as random_
from ...arrays import takes_lists
from ...backend import to_numpy
from ...options import Above, Rate
from ..form import Form
from ..registry import system
from ..system import System
from .likelihood import Cost, likelihood_system

STEPS = 2000


def log_sech_density(s):
    """log of 1 / (pi cosh s), whose logarithm's slope is -tanh s: -log pi - |s| - log(1 + exp(-2 |s|)) + log 2."""
    return math.log(2.0 / math.pi) - mnp.abs(s) - mnp.log1p(mnp.exp(-2.0 * mnp.abs(s)))


@takes_lists("unmixing", "x")
def log_density(unmixing, x):
    """log p(x) = sum_i log p_s(w_i x) + log |det W| of rows x (n, d), W of shape (d, d): shape (n,), in nats.

    >>> round(float(log_density(mnp.eye(2), mnp.asarray([[0.0, 0.0]]))[0]), 6)  # - 2 log pi
    -2.28946
    """
    if unmixing.ndim != 2 or unmixing.shape[0] != unmixing.shape[1] or x.shape[-1] != unmixing.shape[0]:
        raise ValueError(
            f"as many sources as mixtures: W is square and x has a number for each, and their shapes are "
            f"{tuple(unmixing.shape)} and {tuple(x.shape)}"
        )
    sources = mnp.matmul(x, mnp.matrix_transpose(unmixing))
    return mnp.sum(log_sech_density(sources), -1) + mnp.linalg.slogdet(unmixing)[1]


def drawn_sources(rng, n: int, dtype="float32"):
    """Rows (n, 3): a Laplace variable, a logistic one, a Student t of five degrees, each of variance 1."""
    u = rng.uniform((n, 2))
    sides = mnp.where(u[:, 0] < 0.5, mnp.log(2.0 * u[:, 0]), -mnp.log(2.0 * (1.0 - u[:, 0])))
    logistic = mnp.log(u[:, 1]) - mnp.log1p(-u[:, 1])
    normals = rng.standard_normal((n, 6))
    student = normals[:, 0] / mnp.sqrt(mnp.mean(mnp.square(normals[:, 1:]), -1))
    rows = mnp.stack([sides / math.sqrt(2.0), logistic * math.sqrt(3.0) / math.pi, student * math.sqrt(0.6)], -1)
    return mnp.astype(rows, dtype)


def source_log_density(s):
    """The true log density of `drawn_sources`, shape (n,)."""
    laplace = -math.sqrt(2.0) * mnp.abs(s[:, 0]) - 0.5 * math.log(2.0)
    z = s[:, 1] * math.pi / math.sqrt(3.0)
    logistic = -mnp.softplus(z) - mnp.softplus(-z) + math.log(math.pi / math.sqrt(3.0))
    t = s[:, 2] / math.sqrt(0.6)
    constant = math.lgamma(3.0) - math.lgamma(2.5) - 0.5 * math.log(5.0 * math.pi) - 0.5 * math.log(0.6)
    return laplace + logistic + constant - 3.0 * mnp.log1p(mnp.square(t) / 5.0)


MIXING = ((1.0, 0.6, -0.4), (-0.5, 1.0, 0.3), (0.4, 0.5, 1.2))  # x = A s


def amari_index(product) -> float:
    """How far W A is from one source in each row and column: 0 if it is, whatever their order, sign and scale; at most 1.

    Source: Amari, Cichocki & Yang (1996), equation 10, divided by its largest value.

    >>> amari_index([[0.0, -2.0], [3.0, 0.0]]), amari_index([[1.0, 1.0], [1.0, 1.0]])
    (0.0, 1.0)
    """
    p = np.abs(np.asarray(product, dtype=float))
    n = len(p)
    rows = (p.sum(1) / p.max(1) - 1.0).sum()
    columns = (p.sum(0) / p.max(0) - 1.0).sum()
    return float((rows + columns) / (2.0 * n * (n - 1)))


@system(heading="Change of Variables", about="linear ICA by maximum likelihood, beside FastICA")
def ica(*, batch: Annotated[int, Above(0), "examples a step"] = 256, lr: Rate = 1e-2) -> System:
    """Three sources of heavier tails than a Gaussian's, mixed; W is found by log p(x) = sum log sech(w_i x) + log |det W|.

    The sources' law is taken for a hyperbolic secant's, which is right for none of them: where the true densities have
    heavier tails than a Gaussian's the maximum still takes sources apart. ``amari_index`` is 0 where each is found.

    >>> ica().title
    'linear ICA of three mixed sources'
    """
    mixing = np.array(MIXING)
    columns = mnp.asarray(mixing.T, dtype="float32")

    def draw(rng, n):
        return mnp.matmul(drawn_sources(rng, n), columns)

    held_out = draw(random_.generator(40_000), 4000)
    host = to_numpy(held_out).astype(float)
    unmixed = mnp.asarray(host @ np.linalg.inv(mixing).T)
    known = to_numpy(source_log_density(unmixed)) - np.linalg.slogdet(mixing)[1]
    gaussian = -0.5 * (3.0 * math.log(2.0 * math.pi * math.e) + np.linalg.slogdet(np.cov(host.T))[1])

    def measured(params, rng):
        excess = known - to_numpy(log_density(params, held_out)).astype(float)
        return {
            "amari_index": round(amari_index(to_numpy(params) @ mixing), 4),
            "amari_index_of_fast_ica": round(amari_index(fast_ica(host) @ mixing), 4),
            "nats_of_the_data": round(float(known.mean()), 4),
            "kl_of_data_from_model": round(float(excess.mean()), 4),
        }

    def sampled(params, n, rng, condition=None):
        u = rng.uniform((n, 3), dtype="float32")
        sources = mnp.log(mnp.tan(0.5 * math.pi * mnp.clip(u, 1e-6, 1.0 - 1e-6)))  # the inverse of its distribution
        return mnp.matmul(sources, mnp.matrix_transpose(mnp.linalg.inv(params)))

    return likelihood_system(
        "linear ICA of three mixed sources",
        init=lambda rng: mnp.eye(3, dtype="float32") + rng.standard_normal((3, 3), dtype="float32") * 0.1,
        log_density=log_density,
        draw=lambda rng, state: draw(rng, batch),
        sample=sampled,
        measure=measured,
        training=draw,
        held_out=held_out,
        optimizer=optim.adam(optim.cosine(lr, STEPS)),
        steps=STEPS,
        batch=batch,
        cost=Cost(1, True),
        baseline=float(gaussian),
        form=Form(columns=("first mixture", "second mixture", "third mixture")),
        when_collapsed="it says less than a Gaussian does; try more steps or a smaller --lr",
    )


def fast_ica(x) -> np.ndarray:
    """scikit-learn's FastICA of rows (n, d): its unmixing matrix."""
    from sklearn.decomposition import FastICA

    return FastICA(whiten="unit-variance", random_state=0, max_iter=500, tol=1e-4).fit(x).components_
