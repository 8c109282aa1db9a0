"""Samples at the door: rows of finite real numbers, from whatever holds them, or a sentence on what is wrong."""

from __future__ import annotations

import numpy as np

from ..arrays import finite, floating, host_array
from ..autodiff.tracer import Tracer
from ..validation import count


def as_rows(samples, what: str, least: int = 1) -> np.ndarray:
    """``samples`` as a host array of shape (n, d), float64; a vector becomes a column. Refuses n < ``least`` and NaN."""
    host = host_array(samples, what)
    host = host[:, None] if host.ndim == 1 else host
    if host.ndim != 2 or host.shape[0] < least or not host.shape[1]:
        raise ValueError(
            f"{what} must have shape (n, d) with n >= {least}, d >= 1, and have {host.shape}: flatten images"
        )
    return host


def as_two(fake, real, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Both as `as_rows`, of one width."""
    fake, real = as_rows(fake, "generated samples", least), as_rows(real, "real samples", least)
    if fake.shape[1] != real.shape[1]:
        raise ValueError(f"generated samples have {fake.shape[1]} columns and real ones {real.shape[1]}")
    return fake, real


def as_samples(x, what: str):
    """``x`` as a floating-point array for a metric that is a loss as well: where it is, in its dtype, traced or not.

    NaN and infinity are refused in plain arrays; in a traced one they go on, for training's guard to see.
    """
    x = floating(x, what)
    return x if isinstance(x, Tracer) else finite(x, what)


def of_one_width(x, y, caller: str, looked_at: bool = True):
    """Two `as_samples`, rows (n, d) and (m, d); without ``looked_at`` only their shapes are compared."""
    as_array = as_samples if looked_at else floating
    x, y = as_array(x, f"the first samples of {caller}"), as_array(y, f"the second samples of {caller}")
    if len(x.shape) != 2 or len(y.shape) != 2 or x.shape[1] != y.shape[1] or not x.shape[1]:
        raise ValueError(
            f"{caller} takes rows of one width, (n, d) and (m, d), and got {tuple(x.shape)} and {tuple(y.shape)}"
        )
    return x, y


def as_images(images, side: int, even: bool = False) -> np.ndarray:
    """Images as host rows of side * side pixels, shape (n, side * side), n > 0; with ``even`` the side is."""
    side = count(side, "the side of images")
    host = host_array(images, "the images")
    if host.ndim != 2 or host.shape[1] != side * side or not len(host) or (even and side % 2):
        wanted = "n > 0, side even" if even else "n > 0"
        raise ValueError(f"images of side {side} have shape (n, {side * side}), {wanted}, and these {host.shape}")
    return host
