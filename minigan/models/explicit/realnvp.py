"""Real NVP: couplings between parts of x, whose determinant is a product; on 2-D densities and on digits."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...backend import to_numpy
from ...data import digits, ring, ring_centres
from ...options import Above, Rate
from ..form import Form, images
from ..registry import system
from ..system import System
from . import dequantisation as dequantisations
from . import flow as flows
from .bits import HELD_OUT, PIXELS, SIDE, digit_bits, independent_pixels
from .likelihood import Cost, bound_of_draws, likelihood_system

DEVIATION, MODES = 0.3, 8  # of the ring: its modes touch, so that a continuous map can make them
GREYS = 17
DRAWS = 32  # of the tighter bound


def flow_of_rows(couplings: int = 8, hidden: int = 64, width: int = 2, largest: float = 2.0):
    """Couplings of halves in turn, an invertible linear map and a normalisation before each."""
    parts = []
    for i in range(couplings):
        half = "first half" if i % 2 == 0 else "second half"
        network = nn.mlp([hidden, hidden, 2 * width], activation="tanh")
        parts += [nn.activation_norm(), nn.invertible_linear(), nn.affine_coupling(network, half, largest)]
    return nn.chain(*parts)


def conditioner(channels: int, hidden: int):
    """A small convolutional network from c channels to 2 c."""
    return nn.sequential(
        nn.conv2d(hidden, 3, padding=1), nn.relu, nn.conv2d(hidden, 1), nn.relu, nn.conv2d(2 * channels, 3, padding=1)
    )


def flow_of_images(side: int = SIDE, hidden: int = 24, largest: float = 2.0):
    """Checkerboards on the image, then a squeeze, then halves of the channels; normalisations and linear maps between."""
    parts = [nn.unflatten(side, side)]
    for mask in ("checkerboard", "other checkerboard") * 2:
        parts += [nn.activation_norm(), nn.affine_coupling(conditioner(1, hidden), mask, largest)]
    parts.append(nn.squeeze)
    for half in ("first half", "second half") * 2:
        parts += [nn.activation_norm(), nn.invertible_linear(), nn.affine_coupling(conditioner(4, hidden), half, largest)]
    return nn.chain(*parts)


@system(heading="Change of Variables", about="Real NVP: an invertible map with its determinant, on a plane or digits")
def realnvp(
    *,
    on: Annotated[Literal["digits", "bits", "ring"], "17 grey levels, black and white, or 8 Gaussians"] = "digits",
    batch: Annotated[int, Above(1), "examples a step"] = 128,
    hidden: Annotated[int | None, Above(0), "channels or units inside each coupling; 24, of the plane 64"] = None,
    dequantisation: Annotated[Literal["learned", "uniform"], "the noise that makes pixels of grey levels"] = "learned",
    lr: Rate = 3e-3,
) -> System:
    """Affine couplings (Dinh et al., 2017) with activation normalisation and invertible linear maps between them.

    Pixels are dequantised, by uniform noise or by noise that a network learns to add, and taken to the line by a logit,
    whose determinant is counted. By Jensen's inequality the mean of log p - log q over that noise bounds the
    log-probability of the grey levels themselves from below, in nats an image and bits a pixel; with many draws the bound
    is tighter, and what it gains is a part of the gap. On the ring the density is exact, and so is that of the data.

    >>> realnvp(on="ring").title
    'Real NVP on eight Gaussians'
    """
    return _on_plane(batch, hidden or 64, lr) if on == "ring" else _on_digits(on, dequantisation, batch, hidden or 24, lr)


def ring_log_density(x):
    """log of the mean of eight Gaussian densities, shape (n,)."""
    centres = ring_centres(MODES)
    squares = mnp.sum(mnp.square(x[:, None, :] - mnp.astype(centres, x.dtype)), -1) / DEVIATION**2
    return mnp.logsumexp(-0.5 * squares, -1) - math.log(MODES * 2.0 * math.pi * DEVIATION**2)


def _on_plane(batch, hidden, lr) -> System:
    flow, draw = flow_of_rows(hidden=hidden), ring(MODES, deviation=DEVIATION, dtype="float32")
    held_out = draw(random_.generator(30_000), 4000)
    moments = to_numpy(held_out).astype(float)
    gaussian = -0.5 * math.log((2.0 * math.pi * math.e) ** 2 * float(_determinant_of_covariance(moments)))

    def init(rng):
        params = flow.init(rng, (None, 2), "float32")
        return flow.adapted(params, draw(rng, 256))

    def measured(params, rng):
        excess = ring_log_density(held_out) - flows.log_density(flow, params, held_out)
        excess = to_numpy(excess).astype(float)
        return {
            "nats_of_the_data": round(float(to_numpy(mnp.mean(ring_log_density(held_out)))), 4),
            "kl_of_data_from_model": round(float(excess.mean()), 4),
            "its_standard_error": round(float(excess.std(ddof=1)) / math.sqrt(len(excess)), 4),
        }

    return likelihood_system(
        "Real NVP on eight Gaussians",
        init=init,
        log_density=lambda params, x: flows.log_density(flow, params, x),
        draw=lambda rng, state: draw(rng, batch),
        sample=lambda params, n, rng, condition=None: flows.sample(flow, params, (n, 2), rng),
        measure=measured,
        training=draw,
        held_out=held_out,
        optimizer=optim.adam(optim.cosine(lr, 3000), clip=optim.clip_by_norm(10.0)),
        steps=3000,
        batch=batch,
        cost=Cost(1, True),
        baseline=gaussian,
        form=Form(centres=to_numpy(ring_centres(MODES)), columns=("x", "y")),
        when_collapsed="it says less than one Gaussian does; try more steps or a smaller --lr",
        parts={"flow": flow},
    )


def _determinant_of_covariance(x):
    return np.linalg.det(np.cov(x.T))


class DigitFlow(NamedTuple):
    """Parameters of the ``flow``, and of the network that dequantises, ``None`` where the noise is uniform."""

    flow: Any
    dequantiser: Any


def _on_digits(on, dequantisation, batch, hidden, lr) -> System:
    flow, steps = flow_of_images(hidden=hidden), 2000
    if on == "bits":
        bits, count = digit_bits(), 2
        training, held_out = bits.training, bits.held_out
        baseline = independent_pixels(training, held_out)
    else:
        greys, count = mnp.rint((digits("float32").images + 1.0) * 8.0), GREYS
        training, held_out = greys[:-HELD_OUT, ...], greys[-HELD_OUT:, ...]
        baseline = independent_greys(training, held_out)
    network = dequantisations.network(SIDE, hidden) if dequantisation == "learned" else None

    def pixel_density(params, x):
        """Of pixels in (0, 1)."""
        numbers, log_det = flows.logit_transform(x)
        return flows.log_density(flow, params.flow, numbers) + log_det

    def dequantised(params, levels, rng):
        noise = rng.standard_normal(tuple(levels.shape), dtype=levels.dtype)
        if network is None:
            return dequantisations.uniform(levels, count, noise)
        return dequantisations.learned(network, params.dequantiser, levels, count, noise)

    def log_weight(params, levels, rng):
        """log p(x) - log q(x) at a point x drawn in the cell of the grey levels: shape (n,)."""
        x, log_q = dequantised(params, levels, rng)
        return pixel_density(params, x) - log_q - PIXELS * math.log(count)

    def init(rng):
        params = DigitFlow(flow.init(rng, (None, PIXELS), "float32"), None)
        if network is not None:
            params = params._replace(dequantiser=network.init(rng, (None, PIXELS), "float32"))
        rows = mnp.take(training, rng.integers(0, training.shape[0], (256,)), 0)
        numbers = flows.logit_transform(dequantised(params, rows, rng).x).numbers
        return params._replace(flow=flow.adapted(params.flow, numbers))

    def judged(params, levels, rng):
        return bound_of_draws([to_numpy(log_weight(params, levels, rng)) for _ in range(DRAWS)])

    def sampled(params, n, rng, condition=None):
        shape = (n, SIDE // 2, SIDE // 2, 4)
        return flows.from_logits(flows.sample(flow, params.flow, shape, rng))

    def levels_of(samples):
        """Images of the grey levels in whose cells the pixels lie, from 0 to 1: those are what the model draws."""
        levels = np.minimum(np.floor(to_numpy(samples) * count), count - 1)
        return images(SIDE).restore(levels / (count - 1))

    def quantised(samples):
        """The same as ``held_out`` has them: rows (n, 64) of levels."""
        return mnp.asarray(np.rint((count - 1) * levels_of(samples)).reshape(-1, PIXELS), dtype="float32")

    def dequantised_training(rng, n):
        rows = rng.integers(0, training.shape[0], (n,))
        return (mnp.take(training, rows, 0) + 0.5) / count

    return likelihood_system(
        f"Real NVP on digits of {count} grey levels",
        init=init,
        log_density=pixel_density,
        objective=log_weight,
        judge=judged,
        sample=sampled,
        training=training,
        held_out=held_out,
        optimizer=optim.adam(optim.cosine(lr, steps), clip=optim.clip_by_norm(100.0)),
        steps=steps,
        batch=batch,
        cost=Cost(1, True),
        baseline=baseline,
        form=replace(images(SIDE, low=0.0, high=1.0), restore=levels_of),
        shown=dequantised_training,
        parts={
            "flow": flow,
            "levels": count,
            "dequantised": dequantised,
            "nats": log_weight,
            "as_held_out": quantised,
        },
    )


def independent_greys(training, held_out) -> float:
    """Nats of held-out grey levels if pixels were independent, by Laplace's rule."""
    training, held_out = (to_numpy(part).astype(int) for part in (training, held_out))
    counts = np.stack([np.bincount(column, minlength=GREYS) for column in training.T]) + 1.0
    shares = counts / counts.sum(-1, keepdims=True)
    return float(np.log(shares[np.arange(PIXELS), held_out]).sum(-1).mean())
