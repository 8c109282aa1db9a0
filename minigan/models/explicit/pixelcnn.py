"""PixelCNN on digits as bits: of a class that is named, or of any; gated without a blind spot, or plain with one."""

from __future__ import annotations

import math
from typing import Annotated

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...names import unknown
from ...options import Above, Batch, Rate
from ...training import Player, players_learner
from ..form import images
from ..registry import system
from ..system import System
from .autoregressive import Autoregressive
from .bits import PIXELS, SIDE, digit_bits, independent_pixels
from .likelihood import Cost, likelihood_system
from .made import Decay, sum_of_squares
from .pixelcnn_networks import one_stack, two_stacks

STEPS, CLASSES = 1000, 10


@system(heading="Fully Visible Belief Nets", about="PixelCNN: digits of a class that is named, pixel by pixel")
def pixelcnn(
    *,
    gated: Annotated[bool, "two gated stacks; else one stack, which has a blind spot"] = True,
    classes: Annotated[bool, "told each digit's class, and asked for one by --condition"] = True,
    features: Annotated[int, Above(0), "features of every layer"] = 12,
    depth: Annotated[int, Above(0), "layers, each of which sees a pixel further"] = 4,
    batch: Batch = 32,
    lr: Rate = 3e-3,
    decay: Decay = 2e-3,
) -> System:
    """Masked convolutions over 8 x 8 bits. With ``classes`` it learns p(x | class), and p(x) is the sum over them.

    Sources: van den Oord et al. (2016), "Pixel Recurrent Neural Networks" and "Conditional Image Generation with PixelCNN
    Decoders".

    >>> pixelcnn(gated=False, classes=False).title
    'PixelCNN of one stack, with a blind spot'
    """
    bits = digit_bits()
    make = two_stacks if gated else one_stack
    model = make(SIDE, SIDE, features, depth, CLASSES if classes else 0)
    labels = mnp.astype(bits.labels, "int64")
    share = [float(to_numpy(mnp.mean(mnp.astype(labels == k, "float64")))) for k in range(CLASSES)]
    prior = mnp.asarray([math.log(one) for one in share], dtype="float32")
    conditions = tuple(map(str, range(CLASSES))) if classes else ()

    def draw(rng, state):
        rows = rng.integers(0, labels.shape[0], (batch,))
        return mnp.take(bits.training, rows, 0), mnp.take(labels, rows, 0)

    def loss(parameters, drawn, rng):
        params, (x, k) = parameters["model"], drawn
        fit = mnp.mean(model.log_density(params, x, k if classes else None))
        return (decay or 0.0) * sum_of_squares(params) - fit

    def sample(params, n, rng, condition=None):
        if not classes and condition is None:
            return model.sample(params, n, rng)
        if condition is not None and condition not in conditions:
            raise unknown("class", condition, conditions, f"it knows {', '.join(conditions) or 'none'}")
        named = rng.categorical(prior, n) if condition is None else mnp.full((n,), int(condition), dtype="int64")
        return model.sample(params, n, rng, named)

    def log_density(params, x):
        if not classes:
            return model.log_density(params, x)
        return mnp.logsumexp(joint_log_density(model, params, x, prior), 0)

    def measure(params, rng):
        counted = {"parameters": model.count(params)}
        if not classes:
            return counted
        joint = to_numpy(joint_log_density(model, params, bits.held_out, prior))
        told = model.log_density(params, bits.held_out, mnp.astype(bits.held_out_labels, "int64"))
        return {
            **counted,
            "nats_given_class": round(float(to_numpy(mnp.mean(told))), 4),
            "held_out_accuracy": round(float((joint.argmax(0) == to_numpy(bits.held_out_labels)).mean()), 4),
        }

    player = Player(model.init, loss, optim.adam(optim.cosine(lr, STEPS)))
    return likelihood_system(
        "PixelCNN of " + ("two gated stacks" if gated else "one stack, with a blind spot"),
        init=model.init,
        log_density=log_density,
        sample=sample,
        measure=measure,
        training=bits.training,
        held_out=bits.held_out,
        optimizer=player.optimizer,
        steps=STEPS,
        batch=batch,
        cost=Cost(PIXELS, latent_code=False),
        baseline=independent_pixels(bits.training, bits.held_out),
        form=images(SIDE, low=0.0, high=1.0),
        learner=players_learner({"model": player}, draw, name="minus log p(x | class)" if classes else "minus log p"),
        conditions=conditions,
        parts={"model": model, "prior": prior},
    )


def joint_log_density(model: Autoregressive, params, x, log_prior):
    """log p(class) + log p(x | class) for every class, shape (classes, n): an evaluation of the network for each."""
    of_class = [
        log_prior[k] + model.log_density(params, x, mnp.full((x.shape[0],), k, dtype="int64"))
        for k in range(log_prior.shape[0])
    ]
    return mnp.stack(of_class)
