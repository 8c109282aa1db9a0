"""Samples at the door: host matrices of finite float64 rows, or a sentence on what is wrong."""

from __future__ import annotations

import numpy as np

from ..backend import to_numpy


def as_rows(samples, what: str, least: int = 1) -> np.ndarray:
    """``samples`` as a host array of shape (n, d), float64; a vector becomes a column. Refuses n < ``least`` and NaN."""
    host = np.asarray(to_numpy(samples), dtype=float)
    host = host[:, None] if host.ndim == 1 else host
    if host.ndim != 2 or host.shape[0] < least or not host.shape[1]:
        raise ValueError(
            f"{what} must have shape (n, d) with n >= {least}, d >= 1, and have {host.shape}: flatten images"
        )
    if not np.isfinite(host).all():
        raise ValueError(f"{what} hold NaN or infinity: {int((~np.isfinite(host)).sum())} of {host.size} numbers")
    return host


def as_two(fake, real, least: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Both as `as_rows`, of one width."""
    fake, real = as_rows(fake, "generated samples", least), as_rows(real, "real samples", least)
    if fake.shape[1] != real.shape[1]:
        raise ValueError(f"generated samples have {fake.shape[1]} columns and real ones {real.shape[1]}")
    return fake, real
