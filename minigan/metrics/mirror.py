"""How far an image is from its left-right mirror image, and how often a generator makes a symmetric one."""

from __future__ import annotations

import numpy as np

from .rows import as_images


def mirror_errors(images, side: int):
    """The share of an image's pairs of mirrored pixels that differ, above 0 on one side only; shape (n,).

    0 for a symmetric image, about 1/2 for two unrelated halves.

    >>> mirror_errors(np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, -1.0]]), side=2)
    array([0. , 0.5])
    """
    ink = as_images(images, side, even=True).reshape(-1, side, side) > 0.0
    return np.mean(ink[:, :, : side // 2] != ink[:, :, : side // 2 - 1 : -1], (1, 2))


def mirror_judgement(images, side: int) -> dict:
    """How often images equal their mirror image; real ones, see `minigan.data.symmetric`, always.

    Returns a dict: ``exact_share`` (images without a pair of pixels that differs), ``mean_error`` and
    ``error_quantiles`` (10, 50, 90 %) of `mirror_errors`, and ``unrelated_error``, the mean error where the right
    halves are those of other images: the null value of a generator that matches nothing. ``images`` is (n, side * side)
    in [-1, 1]; raises `ValueError` for other shapes and an odd ``side``.

    >>> found = mirror_judgement(np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, -1.0]]), side=2)
    >>> found["exact_share"], found["mean_error"]
    (0.5, 0.25)
    """
    host = as_images(images, side, even=True).reshape(-1, side, side)
    errors = mirror_errors(host.reshape(len(host), -1), side)
    others = np.roll(host, 1, axis=0)
    mixed = np.concatenate([host[:, :, : side // 2], others[:, :, side // 2 :]], 2).reshape(len(host), -1)
    return {
        "exact_share": round(float(np.mean(errors == 0.0)), 4),
        "mean_error": round(float(errors.mean()), 4),
        "error_quantiles": [round(float(q), 4) for q in np.quantile(errors, (0.1, 0.5, 0.9))],
        "unrelated_error": round(float(mirror_errors(mixed, side).mean()), 4),
    }
