"""An inverse autoregressive posterior: the VAE's Gaussian q, bent by steps in which each number moves by those before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import minigan.numpy as mnp

from ... import nn
from ...backend import to_numpy
from ...options import Above, Batch, Rate
from ...rebuilt import Rebuilt, rebuilt_by_name
from ..registry import system
from ..system import System
from . import vae
from .bits import PIXELS
from .likelihood import nats_of

GAP_OF = 100  # held-out digits
KEEP = 1.5  # added to s, so that a step keeps sigmoid(1.5) = 0.82 of z at first


@dataclass(frozen=True, repr=False)
class InverseAutoregressive(Rebuilt):
    """``steps`` of z <- sigmoid(s) z + (1 - sigmoid(s)) m, given a context; see `inverse_autoregressive`."""

    code: int
    context: int
    steps: int
    width: int

    def init(self, rng, dtype="float32"):
        """Parameters of every step."""
        return tuple(
            {
                "hidden": hidden.init(rng, (None, self.code), dtype),
                "context": nn.dense(self.width).init(rng, (None, self.context), dtype),
                "shift": out.init(rng, (None, self.width), dtype),
                "keep": out.init(rng, (None, self.width), dtype),
            }
            for hidden, out in map(self._layers, range(self.steps))
        )

    def _layers(self, step):
        """Masked layers in which number i sees those before it, in this order and the next step's in turn."""
        order = range(self.code) if step % 2 == 0 else range(self.code - 1, -1, -1)
        first, second = nn.autoregressive_masks(tuple(order), (self.width,))
        return nn.masked_dense(first), nn.masked_dense(second)

    def forward(self, params, z, context):
        """z after all steps, and log |det dz / dz_0|, the sum of log sigmoid(s): shapes (..., code) and (...)."""
        log_det = 0.0
        for step, own in enumerate(params):
            hidden, out = self._layers(step)
            seen = hidden.apply(own["hidden"], z) + nn.dense(self.width).apply(own["context"], context)
            seen = mnp.tanh(seen)
            keep = out.apply(own["keep"], seen) + KEEP
            share = mnp.sigmoid(keep)
            z = share * z + (1.0 - share) * out.apply(own["shift"], seen)
            log_det = log_det + mnp.sum(mnp.log_sigmoid(keep), -1)
        return z, log_det


@rebuilt_by_name
def inverse_autoregressive(code: int, context: int, steps: int = 2, width: int = 32) -> InverseAutoregressive:
    """Steps z <- sigmoid(s) z + (1 - sigmoid(s)) m, with (m, s) of number i from those before it and from a ``context``.

    The Jacobian is triangular, so log q(z) = log q(z_0) - sum log sigmoid(s); the order turns around from step to step.
    Source: Kingma et al. (2016), algorithm 1 and equation 14.

    >>> import minigan as mg
    >>> flow = inverse_autoregressive(2, 3)
    >>> z, log_det = flow.forward(flow.init(mg.random.generator(0)), mnp.ones((5, 2)), mnp.ones((5, 3)))
    >>> z.shape, log_det.shape
    ((5, 2), (5,))
    """
    return InverseAutoregressive(code, context, steps, width)


class Networks(NamedTuple):
    """``encoder`` from bits to mean, log deviation and a context of q; ``flow`` its steps; ``decoder`` to logits."""

    encoder: Any
    flow: Any
    decoder: Any


CONTEXT = 16


def networks(hidden: int, steps: int) -> Networks:
    """The VAE's two networks, the encoder with a context besides, and the steps between them."""
    encoder = nn.mlp([hidden, hidden, 2 * vae.CODE + CONTEXT], activation="tanh")
    flow = inverse_autoregressive(vae.CODE, CONTEXT, steps)
    return Networks(encoder, flow, nn.mlp([hidden, hidden, PIXELS], activation="tanh"))


def initial_parameters(layers: Networks, rng, dtype="float32") -> Networks:
    """Fresh parameters of all three."""
    return Networks(
        layers.encoder.init(rng, (None, PIXELS), dtype),
        layers.flow.init(rng, dtype),
        layers.decoder.init(rng, (None, vae.CODE), dtype),
    )


class Draws(NamedTuple):
    """Codes ``z`` (k, n, 2) and their log q(z | x), shape (k, n)."""

    z: Any
    log_q: Any


def drawn_codes(layers: Networks, params, x, noise) -> Draws:
    """Where q takes ``noise`` (k, n, 2), given images x (n, 64)."""
    out = layers.encoder.apply(params.encoder, x)
    mean, log_deviation, context = out[:, :2], out[:, 2:4], out[:, 4:]
    z, log_det = layers.flow.forward(params.flow, mean + mnp.exp(log_deviation) * noise, context)
    return Draws(z, vae.log_normal(noise) - mnp.sum(log_deviation, -1) - log_det)


def objective(layers: Networks, params, x, noise, weight=1.0):
    """log p(x | z) + weight (log p(z) - log q(z | x)): shape (k, n). At weight 1 its mean is the bound."""
    z, log_q = drawn_codes(layers, params, x, noise)
    return vae.log_likelihood(layers, params, x, z) + weight * (vae.log_normal(z) - log_q)


def exact_elbo(layers: Networks, params, x, points: int = 41, block: int = 64):
    """The bound of every image, its expectation by the trapezoidal rule over the noise: shape (n,), float64."""
    params, x = vae.in_doubles(params), mnp.astype(x, "float64")
    noise, weight = vae.noise_grid(points)
    found = []
    for rows in vae.in_blocks(x, block):
        draws = mnp.broadcast_to(noise[:, None, :], (points * points, rows.shape[0], vae.CODE))
        found.append(mnp.matmul(weight, objective(layers, params, rows, draws)))
    return mnp.concatenate(found)


@system(heading="Variational Autoencoder", about="the VAE of two codes with an inverse autoregressive posterior")
def iaf(
    *,
    steps_of_flow: Annotated[int, Above(0), "of q: how often its Gaussian is bent"] = 2,
    hidden: Annotated[int, Above(0), "units of each hidden layer"] = 128,
    batch: Batch = 100,
    lr: Rate = 1e-3,
    warm_up: Annotated[int, Above(-1), "steps over which the weight of log q - log p(z) rises from 0 to 1"] = 500,
) -> System:
    """As `vae`, with a posterior that need not be Gaussian (Kingma et al., 2016): what the bound lacks becomes less.

    log p(x) is a quadrature over codes and the bound one over noise, so the gap is exact too, of the first hundred
    held-out digits.

    >>> iaf().title
    'a variational autoencoder with an inverse autoregressive posterior, code of 2 numbers'
    """
    layers = networks(hidden, steps_of_flow)

    def maximised(params, given, rng):
        x, weight = given
        noise = rng.standard_normal((1, x.shape[0], vae.CODE), dtype="float32")
        return objective(layers, params, x, noise, weight)[0]

    def judged(params, x, rng):
        log_p = vae.log_density(layers, params, x)
        few = min(GAP_OF, x.shape[0])
        gap = log_p[:few] - exact_elbo(layers, params, x[:few, ...])
        return nats_of(log_p, gap=float(to_numpy(mnp.mean(gap))))

    return vae.of_digits(
        "a variational autoencoder with an inverse autoregressive posterior, code of 2 numbers",
        layers,
        lambda rng: initial_parameters(layers, rng),
        maximised,
        judged,
        batch,
        lr,
        warm_up,
    )
