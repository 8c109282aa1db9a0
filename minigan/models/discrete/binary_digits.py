"""Handwritten digits in black and white: 64 discrete pixels, by three estimators of the generator's gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Literal, NamedTuple, Unpack

import minigan.numpy as mnp

from ... import nn, optim
from ...autodiff import stop_gradient
from ...data import binary_digits as real_digits
from ...discrete import binary_concrete, embed_decode, logistic, score_function_surrogate
from ...gan import Fit, r1, r2
from ...gan.estimated import estimated
from ...metrics import digit_coverage
from ...nn import Layer
from ...options import Above, Rate
from ...rebuilt import rebuilt_by_name
from .. import form
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system

PIXELS, LATENT = 64, 32
ESTIMATORS = {
    "gumbel": "straight-through binary Concrete pixels",
    "reinforce": "the score function with a leave-one-out baseline",
    "embedding": "a real number for each pixel, decoded to the nearer of -1 and 1",
}
BLUR = 0.3  # what is added to both sides where pixels are real numbers


@dataclass(frozen=True, repr=False)
class PixelGenerator(Layer):
    """A `Layer` from noise (n, 32 + 64) to images (n, 64) of pixels -1 and 1; see `pixel_generator`."""

    estimated_cost: Callable | None = None


def pixel_network(hidden: int = 256) -> Layer:
    """From 32 numbers to the logits of 64 pixels, two hidden layers of relu between."""
    return nn.mlp([hidden, hidden, PIXELS], activation="relu")


@rebuilt_by_name
def pixel_generator(estimator: str, temperature: float = 1.0, hidden: int = 256) -> Layer:
    """`pixel_network` maps 32 numbers z to 64 logits, and a pixel is 1 where its logit and logistic noise are above 0.

    Given z the pixels are independent, P(1) = sigmoid(logit). For ``"embedding"`` the network's outputs are the pixels,
    squeezed by tanh; in training the noise of the other 64 numbers blurs them as the real ones are.
    """
    network = pixel_network(hidden)

    def init(rng, shape, dtype=None):
        return network.init(rng, (shape[0], LATENT), dtype)

    def straight_through(params, noise, *, train=False, rng=None):
        logits = network.apply(params, noise[:, :LATENT])
        return 2.0 * binary_concrete(logits, temperature, noise=noise[:, LATENT:], hard=True) - 1.0

    def points(params, noise, *, train=False, rng=None):
        pixels = mnp.tanh(network.apply(params, noise[:, :LATENT]))
        return pixels + BLUR * noise[:, LATENT:] if train else pixels

    def reinforced(params, noise, critic, game):
        logits = network.apply(params, noise[:, :LATENT])
        x = mnp.where(stop_gradient(logits) + noise[:, LATENT:] > 0.0, 1.0, -1.0)
        x = mnp.astype(x, noise.dtype)
        costs = game.generator_costs(mnp.reshape(critic(x), (-1,)))
        log_p = mnp.sum(mnp.log_sigmoid(x * logits), -1)
        return estimated(mnp.mean(costs), score_function_surrogate(log_p, costs, "leave_one_out"))

    return PixelGenerator(
        init,
        points if estimator == "embedding" else straight_through,
        lambda shape: (shape[0], PIXELS),
        name=f"pixel_generator({estimator!r})",
        estimated_cost=reinforced if estimator == "reinforce" else None,
    )


class Setting(NamedTuple):
    """What one estimator trains with: one rate for both players, which falls to zero within the steps."""

    steps: int
    rate: float
    batch: int
    gamma: float


SETTINGS = {
    "gumbel": Setting(4000, 5e-4, 128, 0.1),
    "reinforce": Setting(4000, 5e-4, 512, 0.1),
    "embedding": Setting(4000, 5e-4, 128, 0.1),
}


@system(heading="Discrete outputs", about="real digits in black and white: 64 discrete pixels")
def binary_digits(
    *,
    estimator: Annotated[Literal["gumbel", "reinforce", "embedding"], "how a gradient gets past the pixels"] = "gumbel",
    batch: Annotated[int | None, Above(0), "examples a step; 128, with reinforce 512"] = None,
    lr: Rate = 5e-4,
    **how: Unpack[GameOptions],
) -> System:
    """`minigan.data.binary_digits` by one of `ESTIMATORS`; both networks are dense, D reads pixels of -1 and 1.

    REINFORCE weighs all 64 pixels of an image by one number, and has batches of 512 for that. Sources: Jang, Gu & Poole
    (2017); Williams (1992).

    >>> binary_digits(estimator="reinforce").title
    '1,797 real handwritten digits in black and white, by reinforce'
    """
    setting = SETTINGS[estimator]._replace(rate=lr)
    images = real_digits("float32").images

    def blurred(rng, n):
        rows = mnp.take(images, rng.integers(0, images.shape[0], (n,)), 0)
        return rows + BLUR * rng.standard_normal((n, PIXELS), dtype="float32")

    optimizer = optim.adam(optim.cosine(setting.rate, setting.steps), beta1=0.5)
    made = gan_system(
        f"1,797 real handwritten digits in black and white, by {estimator}",
        generator=pixel_generator(estimator),
        discriminator=nn.sequential(nn.dense(256), nn.leaky_relu(0.2), nn.dense(256), nn.leaky_relu(0.2), nn.dense(1)),
        generator_optimizer=optimizer,
        discriminator_optimizer=optimizer,
        data=blurred if estimator == "embedding" else images,
        noise=partial(drawn_noise, estimator),
        steps=setting.steps,
        batch=setting.batch if batch is None else batch,
        measure=measure,
        sample=pixels,
        form=form.images(8),
        options=how,
        penalty=r1(setting.gamma) + r2(setting.gamma),
    )
    return replace(made, data=images)  # what samples are drawn beside is not blurred


def drawn_noise(estimator: str, rng, n: int):
    """What the generator is given for ``n`` images: 32 numbers each, and one for every pixel."""
    z = rng.standard_normal((n, LATENT), dtype="float32")
    if estimator == "embedding":
        return mnp.concatenate([z, rng.standard_normal((n, PIXELS), dtype="float32")], 1)
    return mnp.concatenate([z, logistic(rng, (n, PIXELS), "float32")], 1)


def pixels(result: Fit, n: int, rng=None):
    """``n`` images of a trained generator, (n, 64) of -1 and 1: real numbers are decoded to the nearer of the two."""
    x = result.sample(n, rng)
    table = mnp.asarray([[-1.0], [1.0]], dtype="float32")
    return mnp.take(table[:, 0], embed_decode(x[..., None], table), 0)


def measure(result: Fit, rng) -> dict:
    """Classes covered by 2,000 samples, as a classifier trained on real digits in black and white sees them."""
    return digit_coverage(pixels(result, 2000, rng), binary=True)
