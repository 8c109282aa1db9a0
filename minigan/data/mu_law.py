"""The mu-law: sound in few levels, finer where it is quiet."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..arrays import takes_lists
from ..validation import is_count


def companded(x, mu: float):
    """sign(x) log(1 + mu |x|) / log(1 + mu), from [-1, 1] onto itself. Source: ITU-T G.711; WaveNet, section 2.2."""
    return mnp.sign(x) * mnp.log1p(mu * mnp.abs(x)) / math.log1p(mu)


def expanded(y, mu: float):
    """The inverse of `companded`: sign(y) ((1 + mu)^|y| - 1) / mu."""
    return mnp.sign(y) * mnp.expm1(mnp.abs(y) * math.log1p(mu)) / mu


def mu_law_encode(x, levels: int = 256):
    """Numbers in [-1, 1] as symbols 0 .. ``levels`` - 1: equal cells of `companded` x, mu = ``levels`` - 1.

    Values beyond are taken as -1 and 1. Raises `ValueError` for fewer than two levels.

    >>> import minigan as mg
    >>> mg.to_numpy(mu_law_encode(mnp.asarray([-1.0, -0.01, 0.01, 1.0]), 16))
    array([ 0,  7,  8, 15])
    """
    levels = checked_levels(levels)
    y = companded(mnp.clip(x, -1.0, 1.0), levels - 1.0)
    cell = mnp.floor(0.5 * (y + 1.0) * levels)
    return mnp.astype(mnp.minimum(cell, levels - 1.0), "int64")


@takes_lists("symbols")
def mu_law_decode(symbols, levels: int = 256):
    """Symbols as numbers in (-1, 1): the middle of each cell, on the companded axis, taken back.

    >>> import minigan as mg
    >>> mg.to_numpy(mu_law_decode(mnp.asarray([0, 8, 15]), 16)).round(4)
    array([-0.8303,  0.0126,  0.8303])
    """
    levels = checked_levels(levels)
    y = (2.0 * mnp.astype(symbols, "float64") + 1.0) / levels - 1.0
    return expanded(y, levels - 1.0)


def mu_law_error(x, levels: int = 256):
    """How far decoded values are from ``x`` in [-1, 1] at most: the longer half of x's cell, taken back.

    >>> import minigan as mg
    >>> bound = mg.to_numpy(mu_law_error(mnp.asarray([0.0, 1.0]), 256))
    >>> f"{bound[0]:.1e}, {bound[1]:.1e}"
    '8.8e-05, 2.2e-02'
    """
    symbols = mnp.astype(mu_law_encode(x, levels), "float64")
    edges = [expanded(2.0 * (symbols + step) / levels - 1.0, levels - 1.0) for step in (0.0, 1.0)]
    middle = mu_law_decode(symbols, levels)
    return mnp.maximum(mnp.abs(edges[0] - middle), mnp.abs(edges[1] - middle))


def checked_levels(levels) -> int:
    """``levels`` if there are two or more, and up to 65,536; `ValueError` otherwise."""
    if not is_count(levels, 2) or levels > 65536:
        raise ValueError(f"sound is quantised to 2 .. 65,536 levels, and was to be to {levels!r}")
    return int(levels)
