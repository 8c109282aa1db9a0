"""A variational autoencoder of digits whose code is two numbers, so that log p(x) is a quadrature and not a guess."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import minigan.numpy as mnp

from ... import nn, optim
from ...arrays import takes_lists
from ...autodiff import tree_map
from ...backend import to_numpy
from ...options import Above, Batch, Rate
from ..form import images
from ..registry import system
from ..system import System
from .bits import PIXELS, digit_bits, independent_pixels
from .likelihood import Cost, likelihood_system, nats_of

CODE = 2
STEPS = 4000
REACH, POINTS = 8.0, 193  # of the grid over codes: q of an unlikely image may lie far out, and KL counts it there
HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


class Networks(NamedTuple):
    """``encoder`` from bits to mean and log deviation of each code, ``decoder`` from codes to logits of bits."""

    encoder: Any
    decoder: Any


def networks(hidden: int) -> Networks:
    """Two layers of tanh each; smooth, so that a sum over a grid is the integral."""
    encoder = nn.mlp([hidden, hidden, 2 * CODE], activation="tanh")
    return Networks(encoder, nn.mlp([hidden, hidden, PIXELS], activation="tanh"))


def initial_parameters(layers: Networks, rng, dtype="float32") -> Networks:
    """Fresh parameters of both."""
    return Networks(layers.encoder.init(rng, (None, PIXELS), dtype), layers.decoder.init(rng, (None, CODE), dtype))


def posterior(layers: Networks, params, x):
    """Mean and log deviation of q(z | x), both of shape (n, code); a code is 2 numbers here, and may be more."""
    out = layers.encoder.apply(params.encoder, x)
    code = out.shape[-1] // 2
    return out[:, :code], out[:, code:]


def log_normal(z, mean=0.0, log_deviation=0.0):
    """log N(z; mean, deviation^2), summed over the last axis."""
    return mnp.sum(-0.5 * mnp.square((z - mean) * mnp.exp(-log_deviation)) - log_deviation - HALF_LOG_2PI, -1)


@takes_lists("mean", "log_deviation")
def kl_from_prior(mean, log_deviation):
    """KL(N(mean, deviation^2) || N(0, I)) in nats, summed over the last axis.

    >>> float(kl_from_prior(mnp.asarray([1.0, 0.0]), mnp.zeros(2)))
    0.5
    """
    return 0.5 * mnp.sum(mnp.square(mean) + mnp.exp(2.0 * log_deviation) - 1.0 - 2.0 * log_deviation, -1)


def drawn_bits(layers, params, n: int, rng):
    """``n`` rows of bits, float32: codes of the prior, decoded, and every bit drawn."""
    logits = layers.decoder.apply(params.decoder, rng.standard_normal((n, CODE), dtype="float32"))
    return mnp.astype(rng.uniform(logits.shape, dtype="float32") < mnp.sigmoid(logits), "float32")


def log_likelihood(layers: Networks, params, x, z):
    """log p(x | z) of bits ``x`` (..., 64) given codes (..., 2): the sum of log sigmoid(+- logit)."""
    logits = layers.decoder.apply(params.decoder, z)
    return mnp.sum(x * logits - mnp.softplus(logits), -1)


def log_weights(layers: Networks, params, x, noise):
    """log p(x, z) - log q(z | x) at z = mean + deviation noise, for ``noise`` of shape (k, n, 2): shape (k, n)."""
    mean, log_deviation = posterior(layers, params, x)
    z = mean + mnp.exp(log_deviation) * noise
    log_q = log_normal(noise) - mnp.sum(log_deviation, -1)
    return log_likelihood(layers, params, x, z) + log_normal(z) - log_q


def importance_bound(log_w):
    """log 1/k sum w, of log weights (k, n): with k = 1 the ELBO of one draw. Source: Burda et al. (2016), equation 8."""
    return mnp.logsumexp(log_w, 0) - math.log(log_w.shape[0])


def objective(layers: Networks, params, x, noise, weight=1.0):
    """E_q log p(x | z) by one draw, minus ``weight`` times KL(q || p(z)) in closed form: shape (n,)."""
    mean, log_deviation = posterior(layers, params, x)
    kl = kl_from_prior(mean, log_deviation)
    z = mean + mnp.exp(log_deviation) * noise
    return log_likelihood(layers, params, x, z) - weight * kl


# -- what is known by quadrature -----------------------------------------------------------------------------


def grid(points: int = POINTS, dtype="float64"):
    """Codes (points^2, 2) over [-8, 8]^2, and the log area of a cell."""
    axis = mnp.linspace(-REACH, REACH, points, dtype=dtype)
    z = mnp.stack([mnp.repeat(axis, points), mnp.tile(axis, (points,))], -1)
    return z, 2.0 * math.log(2.0 * REACH / (points - 1))


def in_doubles(params):
    """The same parameters in float64."""
    return tree_map(lambda leaf: mnp.astype(leaf, "float64"), params)


def joint_on_grid(layers: Networks, params, points: int = POINTS) -> Callable:
    """`log_joint_on_grid` as a function of x, for which the grid is decoded once."""
    z, cell = grid(points)
    logits = layers.decoder.apply(in_doubles(params).decoder, z)
    prior = log_normal(z) - mnp.sum(mnp.softplus(logits), -1) + cell
    return lambda x: mnp.matmul(mnp.astype(x, "float64"), mnp.matrix_transpose(logits)) + prior


def in_blocks(x, block: int) -> list:
    """The rows of ``x``, at most ``block`` of them at a time.

    >>> [rows.shape for rows in in_blocks(mnp.zeros((5, 3)), 2)]
    [(2, 3), (2, 3), (1, 3)]
    """
    return [x[i : min(i + block, x.shape[0]), ...] for i in range(0, x.shape[0], block)]


def log_joint_on_grid(layers: Networks, params, x, points: int = POINTS):
    """log p(x, z) + log cell at every code of the `grid`: shape (n, points^2), in float64."""
    return joint_on_grid(layers, params, points)(x)


def log_density(layers: Networks, params, x, points: int = POINTS, block: int = 32):
    """log p(x) = log int p(x | z) p(z) dz by the trapezoidal rule over the `grid`, in nats: shape (n,), float64.

    It converges as fast as the posterior is smooth and wide beside a cell: of the trained default, whose narrowest
    posteriors have a deviation of 0.1, no image's value moves by more than 1e-4 with four times as many points a side.
    So many images are taken at a time as ``block`` says.
    """
    log_joint = joint_on_grid(layers, params, points)
    return mnp.concatenate([mnp.logsumexp(log_joint(rows), -1) for rows in in_blocks(x, block)])


class Evidence(NamedTuple):
    """``log_p``, log p(x) in nats, and ``gap``, KL(q(z | x) || p(z | x)), of every image: shapes (n,), float64."""

    log_p: Any
    gap: Any


def evidence_and_gap(layers: Networks, params, x, points: int = POINTS, block: int = 32) -> Evidence:
    """Both by the trapezoidal rule over the `grid`; their difference is the ELBO."""
    params = in_doubles(params)
    (z, cell), log_joint = grid(points), joint_on_grid(layers, params, points)
    found = []
    for rows in in_blocks(mnp.astype(x, "float64"), block):
        joint = log_joint(rows)
        log_p = mnp.logsumexp(joint, -1)
        mean, log_deviation = posterior(layers, params, rows)
        log_q = log_normal(z, mean[:, None, :], log_deviation[:, None, :])
        gap = mnp.sum(mnp.exp(log_q + cell) * (log_q + cell - joint), -1) + log_p
        found.append((log_p, gap))
    return Evidence(*map(mnp.concatenate, zip(*found)))


def noise_grid(points: int = 65):
    """Nodes (points^2, 2) over [-8, 8]^2 and weights for an expectation over two standard normal numbers."""
    axis = mnp.linspace(-8.0, 8.0, points)
    z = mnp.stack([mnp.repeat(axis, points), mnp.tile(axis, (points,))], -1)
    return z, mnp.exp(log_normal(z)) * (16.0 / (points - 1)) ** 2


def exact_elbo(layers: Networks, params, x, points: int = 65):
    """The ELBO of every image, its expectation over q by the trapezoidal rule in q's own units: shape (n,), float64."""
    noise, weight = noise_grid(points)
    noise = mnp.broadcast_to(noise[:, None, :], (points * points, x.shape[0], CODE))
    return mnp.matmul(weight, log_weights(layers, in_doubles(params), mnp.astype(x, "float64"), noise))


@system(heading="Variational Autoencoder", about="a VAE of digits with a code of two numbers: log p(x) by quadrature")
def vae(
    *,
    hidden: Annotated[int, Above(0), "units of each hidden layer"] = 128,
    batch: Batch = 100,
    lr: Rate = 1e-3,
    warm_up: Annotated[int, Above(-1), "steps over which the KL's weight rises from 0 to 1"] = 500,
) -> System:
    """Gaussian q(z | x) with a mean and a deviation for each of two codes, Bernoulli pixels.

    Trained by the bound (Kingma & Welling, 2014; Rezende et al., 2014); judged by log p(x) of 597 held-out digits, an
    integral over the plane of codes, whose distance to the bound is the mean KL(q || posterior).

    >>> vae().title
    'a variational autoencoder of digits in black and white, code of 2 numbers'
    """
    layers = networks(hidden)

    def maximised(params, given, rng):
        x, weight = given
        return objective(layers, params, x, rng.standard_normal((x.shape[0], CODE), dtype="float32"), weight)

    def judged(params, x, rng):
        found = evidence_and_gap(layers, params, x)
        return nats_of(found.log_p, gap=float(to_numpy(mnp.mean(found.gap))))

    return of_digits(
        "a variational autoencoder of digits in black and white, code of 2 numbers",
        layers,
        lambda rng: initial_parameters(layers, rng),
        maximised,
        judged,
        batch,
        lr,
        warm_up,
    )


def of_digits(title: str, layers, init, objective, judge, batch: int, lr: float, warm_up: int) -> System:
    """The `System` of an autoencoder with a ``decoder`` from two codes to 64 bits, whatever its q.

    ``objective(params, (x, weight), rng)`` and ``judge`` are those of `likelihood_system`; the weight of what q costs
    rises from 0 to 1 over ``warm_up`` steps.
    """
    bits = digit_bits()

    def draw(rng, state):
        rows = rng.integers(0, bits.training.shape[0], (batch,))
        weight = mnp.minimum((mnp.astype(state.steps, "float32") + 1.0) / warm_up, 1.0) if warm_up > 0 else 1.0
        return mnp.take(bits.training, rows, 0), mnp.asarray(weight, dtype="float32")

    return likelihood_system(
        title,
        init=init,
        log_density=lambda params, x: log_density(layers, params, x),
        objective=objective,
        draw=draw,
        judge=judge,
        sample=lambda params, n, rng, condition=None: drawn_bits(layers, params, n, rng),
        training=bits.training,
        held_out=bits.held_out,
        optimizer=optim.adam(optim.cosine(lr, STEPS)),
        steps=STEPS,
        batch=batch,
        cost=Cost(1, True),
        baseline=independent_pixels(bits.training, bits.held_out),
        form=images(8, low=0.0, high=1.0),
        name="bound",
        parts={"layers": layers},
    )
