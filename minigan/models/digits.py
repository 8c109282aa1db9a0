"""Real handwritten digits, 8x8 pixels, by dense networks."""

from __future__ import annotations

from .. import nn, optim
from .. import random as random_
from ..data import digits
from ..gan import Fit
from ..metrics import digit_coverage
from .recipe import Recipe


def digits_recipe() -> Recipe:
    """Noise of 32 dimensions onto the 1,797 images of scikit-learn's digits; both networks are dense.

    >>> digits_recipe().noise
    32
    """
    steps = 8000
    return Recipe(
        name="digits",
        title="1,797 real handwritten digits of 8x8 pixels",
        heading="Generator Network",
        data=digits("float32").images,
        noise=32,
        generator=nn.mlp([256, 256, 64], activation="relu", output="tanh"),
        discriminator=nn.sequential(
            nn.dense(256),
            nn.leaky_relu(0.2),
            nn.dropout(0.3),
            nn.dense(256),
            nn.leaky_relu(0.2),
            nn.dropout(0.3),
            nn.dense(1),
        ),
        steps=steps,
        batch=128,
        measure=measure,
        picture="digits",
        options={
            "generator_optimizer": optim.adam(optim.cosine(5e-4, steps), beta1=0.5),
            "discriminator_optimizer": optim.adam(optim.cosine(5e-4, steps), beta1=0.5),
        },
    )


def measure(result: Fit) -> dict:
    """Classes covered by 2,000 samples, as a classifier trained on the real digits sees them."""
    return digit_coverage(result.sample(2000, random_.generator(1)))
