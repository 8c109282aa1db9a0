"""Points in space: what a family is given, at the door, how far they are apart, and groups of them to try it on."""

from __future__ import annotations

import minigan.numpy as mnp

from ...arrays import finite, floating, takes_lists
from ...autodiff.program import seen
from ...random import as_generator
from ...validation import count, is_number, positive

CENTRES = ((0.0, 0.0), (3.0, 0.5), (1.0, 2.5))  # of the groups
DEVIATIONS = (0.9, 0.6, 0.7)


def as_points(x, what: str, least: int = 1, columns: int | None = None):
    """``x`` as finite real numbers of shape (n, d), n at least ``least``; `ValueError` for what is none.

    >>> as_points([[0, 1], [2, 3]], "the points").shape
    (2, 2)
    >>> as_points([0.0, 1.0], "the points")
    Traceback (most recent call last):
    ValueError: the points are rows, an array of shape (n, d) with n at least 1, and have shape (2,)
    """
    x = finite(floating(x, what), what)
    if x.ndim != 2 or x.shape[0] < least or x.shape[1] < 1:
        raise ValueError(
            f"{what} are rows, an array of shape (n, d) with n at least {least}, and have shape {tuple(x.shape)}"
        )
    if columns is not None and x.shape[1] != columns:
        raise ValueError(f"{what} are to have {columns} columns, as the points have, and have {x.shape[1]}")
    return x


def positive_or_array(x, what: str):
    """``x`` as a positive float; an array of such numbers, one for each place say, or a traced number, stays one.

    >>> positive_or_array(-1.0, "the bandwidth")
    Traceback (most recent call last):
    ValueError: the bandwidth is a positive number, and was -1.0
    """
    if isinstance(x, list | tuple):
        x = floating(x, what)
    elif is_number(x) or not hasattr(x, "shape"):
        return positive(x, what)
    values = seen(x)
    if values is not None and not bool(mnp.all(values > 0.0)):
        raise ValueError(f"{what} is a positive number, and the least of those given was {float(mnp.min(values)):.6g}")
    return x


@takes_lists("x", "y")
def squared_distances(x, y):
    """|x_i - y_j|^2 of rows (n, d) and (m, d): shape (n, m). By differences: equal rows are at distance 0 exactly.

    >>> float(squared_distances(mnp.zeros((1, 2)), mnp.asarray([[3.0, 4.0]]))[0, 0])
    25.0
    """
    # column by column: (n, m, d) numbers at once would be many
    return sum(mnp.square(x[:, None, j] - y[None, :, j]) for j in range(x.shape[1]))


def groups(rng, n: int):
    """``n`` points (n, 2) of three overlapping Gaussian groups in the plane, and the group 0, 1, 2 of each, (n,).

    >>> x, group = groups(0, 300)
    >>> x.shape, int(mnp.max(group))
    ((300, 2), 2)
    """
    rng, n = as_generator(rng), count(n, "the number of points")
    group = rng.integers(0, len(CENTRES), (n,))
    spread = mnp.take(mnp.asarray(DEVIATIONS), group)[:, None]
    return mnp.take(mnp.asarray(CENTRES), group, 0) + spread * rng.standard_normal((n, 2)), group
