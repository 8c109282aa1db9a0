"""The digits as bits: what every model of images here is trained on, and the other digits that all are judged by."""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...backend import to_numpy
from ...data import binary_digits

SIDE, PIXELS = 8, 64
HELD_OUT = 597  # of the 1,797 digits, the last ones: other writers' than most of the first


class Bits(NamedTuple):
    """``training`` (1200, 64) and ``held_out`` (597, 64), of 0 and 1 row by row; ``labels`` and ``held_out_labels``.

    >>> bits = digit_bits()
    >>> bits.labels.shape[0] + bits.held_out_labels.shape[0], float(mnp.max(bits.training)), int(mnp.max(bits.labels))
    (1797, 1.0, 9)
    """

    training: Any
    held_out: Any
    labels: Any
    held_out_labels: Any


def digit_bits(dtype="float32") -> Bits:
    """`minigan.data.binary_digits` as 0 and 1, in two parts.

    >>> bits = digit_bits()
    >>> bits.training.shape, bits.held_out.shape, float(mnp.mean(bits.training)).__round__(4)
    ((1200, 64), (597, 64), 0.324)
    """
    images, labels = binary_digits(dtype)
    bits = 0.5 * (images + 1.0)
    return Bits(bits[:-HELD_OUT, ...], bits[-HELD_OUT:, ...], labels[:-HELD_OUT], labels[-HELD_OUT:])


@takes_lists("training", "held_out")
def independent_pixels(training, held_out) -> float:
    """Mean log-likelihood of ``held_out`` bits, in nats, if pixels were independent, each as often 1 as in ``training``.

    P(1) = (ones + 1) / (n + 2) (Laplace's rule), so that a pixel that was never 1 may be. What learns less has learned
    nothing of an image.

    >>> bits = digit_bits()
    >>> round(independent_pixels(bits.training, bits.held_out), 2)
    -25.12
    """
    p = (mnp.sum(training, 0) + 1.0) / (training.shape[0] + 2.0)
    return float(to_numpy(mnp.mean(mnp.sum(mnp.xlogy(held_out, p) + mnp.xlogy(1.0 - held_out, 1.0 - p), -1))))
