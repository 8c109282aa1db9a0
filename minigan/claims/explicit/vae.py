"""Variational Autoencoder: the bound, its gap and its sharper form, by quadrature over codes and by enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...models.explicit import digit_bits
from ...models.explicit.vae import (
    evidence_and_gap,
    exact_elbo,
    in_doubles,
    log_likelihood,
    log_normal,
    noise_grid,
    posterior,
    vae,
)
from ..registry import Check, Run, claim, largest, smallest

SECTION, HEADING = "explicit", "Variational Autoencoder"
IMAGES = 64


def trained_vae(seed: int, steps: int):
    """Layers and parameters of a small one."""
    system = vae(hidden=32, warm_up=0)
    return system.parts["layers"], system.train(steps, seed).state.parameters["model"]


def joint_and_entropy(layers, params, x):
    """E_q log p(x, z) + H(q): the expectation by the trapezoidal rule, H(q) = sum log deviation + log(2 pi e)."""
    params, x = in_doubles(params), mnp.astype(x, "float64")
    noise, weight = noise_grid()
    mean, log_deviation = posterior(layers, params, x)
    z = mean + mnp.exp(log_deviation) * noise[:, None, :]
    joint = mnp.matmul(weight, log_likelihood(layers, params, x, z) + log_normal(z))
    return joint + mnp.sum(log_deviation, -1) + math.log(2.0 * math.pi * math.e)


@claim(
    "evidence-bound",
    section=SECTION,
    heading=HEADING,
    statement="log p(x) lies above the bound for every image, by KL(q || posterior); both printed forms of the bound are "
    "one number.",
    latex=r"\log p(x) \ge \log p(x) - D_\mathrm{KL}(q(z) \,\|\, p(z \mid x)) = \mathbb{E}_q \log p(x, z) + H(q)",
    cost=6.0,
)
def evidence_bound(run: Run, second_form=joint_and_entropy, gap=lambda found: found.gap, elbo=exact_elbo):
    x = digit_bits().held_out[:IMAGES]
    for seed in run.seeds(1 if run.quick else 3):
        layers, params = trained_vae(seed, 300)
        found = evidence_and_gap(layers, params, x)
        log_p, kl = to_numpy(found.log_p), to_numpy(gap(found))
        bound, second = to_numpy(elbo(layers, params, x)), to_numpy(second_form(layers, params, x))
        what = f"VAE of {IMAGES} held-out digits, seed {seed}"
        yield Check(f"{what}: smallest log p(x) - bound", 0.0, smallest(log_p - bound), 0.0, ">=")
        off = largest(abs(log_p - bound - kl))
        yield Check(f"{what}: log p(x) - bound against KL(q || posterior), largest error", 0.0, off, 1e-6)
        off = largest(abs(log_p - kl - second))
        yield Check(f"{what}: log p - KL against E log p(x, z) + H(q), largest error", 0.0, off, 1e-6)
        yield Check(f"{what}: mean gap is far from nothing", 0.01, float(np.mean(kl)), 0.0, ">=")


def expected_bound(log_w, q, k: int) -> float:
    """E log 1/k sum w over all k-tuples of codes drawn from q, by enumeration."""
    w = np.exp(log_w)
    terms = []
    for codes in itertools.product(range(len(q)), repeat=k):
        codes = list(codes)
        terms.append(math.prod(q[codes]) * math.log(w[codes].mean()))
    return math.fsum(terms)


@claim(
    "importance-weighted-bound",
    section=SECTION,
    heading=HEADING,
    statement="With more importance samples the bound rises towards log p(x), and never passes it: by enumeration of all "
    "draws of a code of four values.",
    latex=r"L_k = \mathbb{E}_{z_1 .. z_k \sim q} \log \tfrac1k \sum_i \frac{p(x, z_i)}{q(z_i)} \le L_{k+1} \le \log p(x)",
)
def importance_weighted_bound(run: Run, bound=expected_bound):
    samples = range(1, 6 if run.quick else 8)
    rises, below, first = [], [], []
    for stream in range(5):
        rng = run.rng(stream)
        joint = to_numpy(rng.uniform((4,), 0.01, 1.0))
        q = to_numpy(rng.uniform((4,), 0.1, 1.0))
        q = q / q.sum()
        log_w, log_p = np.log(joint / q), math.log(joint.sum())
        bounds = [bound(log_w, q, k) for k in samples]
        rises.append(smallest(np.diff(bounds)))
        below.append(smallest(log_p - np.array(bounds)))
        first.append(abs(bounds[0] - float(q @ log_w)))
        perfect = [bound(np.log(joint / (joint / joint.sum())), joint / joint.sum(), k) for k in (1, 3)]
        yield Check(f"q the posterior, drawn {stream}: L_1 is log p(x)", log_p, perfect[0], 1e-13)
        yield Check(f"q the posterior, drawn {stream}: L_3 too", log_p, perfect[1], 1e-13)
    yield Check(f"smallest L_(k+1) - L_k up to k = {samples[-1]}, five drawn laws", 0.0, smallest(rises), 0.0, ">=")
    yield Check("smallest log p(x) - L_k", 0.0, smallest(below), 0.0, ">=")
    yield Check("L_1 against the ELBO, largest error", 0.0, largest(first), 1e-13)
    w = np.array([0.9, 1.1])  # two codes, equally likely: L_k = log 1 - Var w / 2k + O(1 / k^2)
    close = bound(np.log(w), np.array([0.5, 0.5]), 10)
    yield Check("w = 0.9 or 1.1: 2 k (log p - L_k) / Var w at k = 10", 1.0, -2.0 * 10.0 * close / 0.01, 0.02)
