"""What one example of a system is: a row of numbers, an image, a string, or sound. Files and pictures go by it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..arrays import real_array
from ..backend import to_numpy


def as_they_are(samples):
    """Samples as a NumPy array."""
    return to_numpy(real_array(samples, "samples"))


@dataclass(frozen=True)
class Form:
    """``kind`` is ``"rows"``, ``"images"``, ``"strings"`` or ``"sound"``.

    ``restore(samples)`` brings a model's samples back as the data was: a NumPy array (n, d) of rows in their own units,
    (n, h, w) or (n, h, w, c) of images, (n, samples) of sound in [-1, 1], of which there are ``rate`` in a second.
    ``columns`` are the names of rows' columns. ``low`` and ``high`` are an image's darkest and lightest values after
    ``restore``; with ``ink``, high is black on white ground. ``centres`` of modes in the plane are drawn as circles.
    ``spell(samples)`` writes strings as text. Raises `ValueError` for another ``kind``.

    >>> import minigan.numpy as mnp
    >>> halved = Form(restore=lambda samples: 0.5 * as_they_are(samples), columns=("height",))
    >>> halved.kind, halved.restore(mnp.asarray([[3.5]])).tolist()
    ('rows', [[1.75]])
    """

    kind: str = "rows"
    restore: Callable = field(default=as_they_are, repr=False)
    columns: tuple[str, ...] | None = None
    low: float = -1.0
    high: float = 1.0
    ink: bool = False
    centres: Any = field(default=None, repr=False)
    spell: Callable | None = field(default=None, repr=False)
    rate: int | None = None

    def __post_init__(self):
        if self.kind not in ("rows", "images", "strings", "sound"):
            raise ValueError(f"a form is of rows, images, strings or sound, and was {self.kind!r}")


def images(height: int, width: int | None = None, channels: int = 0, low=-1.0, high=1.0, ink=True) -> Form:
    """Images whose samples are rows of pixels (n, height * width * channels), or have their axes already.

    >>> import numpy as np
    >>> images(8).restore(np.zeros((5, 64))).shape, images(4, 6, 3).restore(np.zeros((5, 72))).shape
    ((5, 8, 8), (5, 4, 6, 3))
    """
    shape = (height, height if width is None else width) + ((channels,) if channels else ())

    def restore(samples):
        samples = as_they_are(samples)
        if math.prod(samples.shape[1:]) != math.prod(shape):
            raise ValueError(f"samples of shape {samples.shape} are no images of shape {shape}")
        return samples.reshape(-1, *shape)

    return Form("images", restore, low=low, high=high, ink=ink)


def sound(rate: int, restore: Callable = as_they_are) -> Form:
    """Sound of ``rate`` samples a second; ``restore`` makes numbers in [-1, 1] of a model's samples.

    >>> sound(8000).rate
    8000
    """
    return Form("sound", restore, rate=rate)
