"""Bars and stripes: images whose rows are all alike or whose columns are, the classic test of Boltzmann machines."""

from __future__ import annotations

import minigan.numpy as mnp

from ..validation import is_count


def bars_and_stripes(side: int = 4, dtype="float64"):
    """All such images of side x side pixels, each once: rows (n, side^2) of 0 and 1, with n = 2^(side + 1) - 2.

    Bars lie, stripes stand; the empty image and the full one are both, and are told among the bars. Drawn with equal
    chances, their entropy is log n, for a side of 4 log 30 = 3.4012 nats. Raises `ValueError` for a side that is no
    integer of 1 to 10. Source: Hinton & Sejnowski (1986); MacKay (2003), section 43.3.

    >>> import minigan as mg
    >>> bars_and_stripes(4).shape
    (30, 16)
    >>> mg.to_numpy(bars_and_stripes(2)).astype(int).tolist()
    [[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 1, 0]]
    """
    if not is_count(side) or side > 10:
        raise ValueError(f"bars and stripes have a side of 1 to 10 pixels, and this one has {side!r}")
    number = range(2**side)
    lines = [[n >> i & 1 for i in reversed(range(side))] for n in number]
    bars = [[bit for bit in line for _ in range(side)] for line in lines]
    stripes = [line * side for line in lines[1:-1]]  # none and all of them are bars already
    return mnp.asarray(bars + stripes, dtype=dtype)
