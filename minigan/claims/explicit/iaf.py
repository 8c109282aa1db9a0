"""Variational Autoencoder: a posterior that is no Gaussian, and how much of the gap a bent q closes."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ... import random as random_
from ...autodiff import jacobian, value_and_grad
from ...backend import to_numpy
from ...compiler import compile
from ...models.explicit.iaf import inverse_autoregressive
from ...models.explicit.vae import grid, log_normal, noise_grid
from ..registry import Check, Run, claim, largest

NOISE = 0.3  # x given z is N(z2 + z1^2, 0.3^2): at x = 0 the posterior is a crescent
FLOW = inverse_autoregressive(2, 1, steps=2, width=8)


def log_joint(z):
    """log p(x = 0, z) at codes (..., 2)."""
    misfit = (z[..., 1] + mnp.square(z[..., 0])) / NOISE
    return log_normal(z) - 0.5 * mnp.square(misfit) - math.log(NOISE * math.sqrt(2.0 * math.pi))


def gaussian(params, noise):
    """Codes and log q of independent Gaussians."""
    mean, log_deviation = params["mean"], params["log_deviation"]
    return mean + mnp.exp(log_deviation) * noise, log_normal(noise) - mnp.sum(log_deviation)


def bent(params, noise):
    """The same, after two inverse autoregressive steps."""
    z, log_q = gaussian(params, noise)
    z, log_det = FLOW.forward(params["flow"], z, mnp.ones((*noise.shape[:-1], 1)))
    return z, log_q - log_det


def best_gap(q, seed: int, steps: int) -> float:
    """log p(x) - max over q of the bound, the bound by quadrature over noise, ascended by Adam."""
    noise, weight = noise_grid(41)
    rng = random_.generator(seed)
    params = {"mean": 0.3 * rng.standard_normal((2,)), "log_deviation": mnp.zeros(2), "flow": FLOW.init(rng, "float64")}
    optimizer = optim.adam(optim.cosine(2e-2, steps))

    def cost(params):
        z, log_q = q(params, noise)
        return -mnp.sum(weight * (log_joint(z) - log_q))

    def step(params, memory):
        value, slope = value_and_grad(cost)(params)
        return (*optimizer.update(params, slope, memory), value)

    run, memory = compile(step), optimizer.init(params)
    for _ in range(steps):
        params, memory, value = run(params, memory)
    return log_evidence() + float(to_numpy(value))


def log_evidence() -> float:
    """log p(x = 0), by quadrature over codes."""
    z, cell = grid(801)
    return float(to_numpy(mnp.logsumexp(log_joint(z) + cell)))


@claim(
    "iaf-closes-the-gap",
    section="explicit",
    heading="Variational Autoencoder",
    statement="Where the posterior is no Gaussian, an inverse autoregressive q leaves a smaller gap than a Gaussian one; "
    "its log-determinant is that of the Jacobian, and its bound does not pass log p(x).",
    latex=r"z \leftarrow \sigma(s) z + (1 - \sigma(s)) m, \quad \log q(z) = \log q(z_0) - \sum_i \log \sigma(s_i)",
    cost=5.0,
)
def iaf_closes_the_gap(run: Run, gap=best_gap, log_det=lambda found: found[1]):
    steps = 300 if run.quick else 600
    for seed in run.seeds(1 if run.quick else 3):
        plain, curved = gap(gaussian, seed, steps), gap(bent, seed, steps)
        yield Check(f"Gaussian q, seed {seed}: log p(x) - bound, in nats", 0.1, plain, 0.0, ">=")
        yield Check(f"inverse autoregressive q, seed {seed}: of that gap at most half", 0.5, curved / plain, 0.0, "<=")
        yield Check(f"inverse autoregressive q, seed {seed}: its bound is below log p(x)", 0.0, curved, 1e-9, ">=")
    errors = []
    for stream in range(3):
        rng = run.rng(stream)
        flow = inverse_autoregressive(4, 2, steps=3, width=9)
        params, context = flow.init(rng, "float64"), rng.standard_normal((1, 2))
        z = rng.standard_normal((1, 4))

        def one(row, flow=flow, params=params, context=context):
            return flow.forward(params, row[None], context)[0][0]

        stated = np.linalg.slogdet(to_numpy(jacobian(one)(z[0])))[1]
        errors.append(abs(float(to_numpy(log_det(flow.forward(params, z, context)))[0]) - stated))
    yield Check("log |det| of three steps in four numbers against slogdet, largest error", 0.0, largest(errors), 1e-10)
