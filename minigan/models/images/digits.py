"""Real handwritten digits, 8x8 pixels, by dense networks."""

from __future__ import annotations

from typing import Unpack

from ... import nn, optim
from ...backend import to_numpy
from ...data import digits as real_digits
from ...gan import Fit
from ...metrics import digit_coverage, frechet_distance, precision_recall
from ...options import Batch, Rate
from ..form import images
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system

STEPS = 8000


@system(heading="Generator Network", about="1,797 real handwritten digits of 8x8 pixels")
def digits(*, batch: Batch = 128, lr: Rate = 5e-4, **how: Unpack[GameOptions]) -> System:
    """Noise of 32 dimensions onto the 1,797 images of scikit-learn's digits; both networks are dense.

    >>> digits().parts["noise"]
    32
    """
    return gan_system(
        "1,797 real handwritten digits of 8x8 pixels",
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
        generator_optimizer=optim.adam(optim.cosine(lr, STEPS), beta1=0.5),
        discriminator_optimizer=optim.adam(optim.cosine(lr, STEPS), beta1=0.5),
        data=real_digits("float32").images,
        noise=32,
        steps=STEPS,
        batch=batch,
        measure=measure,
        form=images(8),
        options=how,
    )


def measure(result: Fit, rng) -> dict:
    """Classes covered by 1,797 samples, as a classifier trained on the real digits sees them, and how like these they are.

    The classifier puts noise into some class as well: what tells noise from digits is the Fréchet distance of the pixels
    to all real digits, beside which stands that of one half of the real digits to the other, and precision and recall of
    the samples' manifold.
    """
    real = to_numpy(real_digits("float32").images)
    made = to_numpy(result.sample(len(real), rng))
    return {**digit_coverage(made), **likeness(made, real, rng)}


def likeness(made, real, rng) -> dict:
    """Fréchet distance, that of two halves of the real ones, and precision and recall, of rows of pixels."""
    mixed = real[to_numpy(rng.permutation(len(real)))]
    found = precision_recall(made, real)
    return {
        "frechet_distance": round(frechet_distance(made, real), 4),
        "frechet_distance_of_real_halves": round(frechet_distance(mixed[: len(real) // 2], mixed[len(real) // 2 :]), 4),
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
    }
