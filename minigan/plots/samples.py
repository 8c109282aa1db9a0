"""What is drawn, at the door: samples, images and histories from whatever holds them, or a sentence on what is wrong.

NaN may be drawn: a picture is where one goes to see it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..arrays import floating
from ..backend import to_numpy
from ..validation import count, told


def as_drawn(x, what: str) -> np.ndarray:
    """``x`` as a host array of float64."""
    return to_numpy(floating(x, what)).astype(float, copy=False)


def rows_to_draw(fake, real, width: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Generated and real samples as rows of one width (that one, if given); numbers in a row become a column."""
    clouds = []
    for x, what in ((fake, "the generated samples"), (real, "the real samples")):
        rows = as_drawn(x, what)
        rows = rows[:, None] if rows.ndim == 1 else rows
        if rows.ndim != 2 or not rows.size or (width is not None and rows.shape[1] != width):
            raise ValueError(f"{what} are drawn as rows, (n, {width or 'd'}) with n > 0, and have shape {rows.shape}")
        clouds.append(rows)
    if clouds[0].shape[1] != clouds[1].shape[1]:
        raise ValueError(f"generated samples have {clouds[0].shape[1]} columns and real ones {clouds[1].shape[1]}")
    return clouds[0], clouds[1]


def images_to_draw(images, side: int | None) -> np.ndarray:
    """Images (n, h, w) or (n, h, w, c); flat ones, (n, side * side), are made square."""
    images = as_drawn(images, "the images")
    if images.ndim == 2:
        side = count(side, "the side of flat images")
        if images.shape[1] != side * side:
            raise ValueError(f"flat images of side {side} have shape (n, {side * side}), and these {images.shape}")
        images = images.reshape(-1, side, side)
    if images.ndim not in (3, 4) or not images.size or (images.ndim == 4 and images.shape[3] > 4):
        raise ValueError(
            f"images are drawn from (n, h, w), (n, h, w, c) with c of 1 to 4, or (n, side * side), and have shape "
            f"{images.shape}"
        )
    return images


def history_to_draw(history, needed=()) -> Mapping:
    """``history`` itself, a mapping of names to lists of numbers; refuses one without the names ``needed``."""
    if not isinstance(history, Mapping):
        raise TypeError(f"a history is a dict of lists, as fit(...).history, and was {told(history)}")
    missing = [name for name in needed if name not in history]
    if missing:
        raise ValueError(f"the history to draw has {', '.join(history) or 'nothing'}, and lacks {', '.join(missing)}")
    return history
