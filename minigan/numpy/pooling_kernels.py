"""Pooling of images over raw arrays, each map with its transpose beside it; written as `image_kernels` is."""

import math

from .image_kernels import inside, padded, tap, window_places, zeros


def sum_windows(xp, x, kernel, stride, padding):
    """The sum of every window of the padded ``x``, (n, p, q, c)."""
    return reduced_windows(xp, x, kernel, stride, padding, xp.add, 0.0)


def largest_in_windows(xp, x, kernel, stride, padding):
    """The largest value of every window of ``x``, (n, p, q, c). Borders never win."""
    return reduced_windows(xp, x, kernel, stride, padding, xp.maximum, -math.inf)


def reduced_windows(xp, x, kernel, stride, padding, operation, border):
    """``operation`` between all places of every window, one after the other."""
    total = None
    for _, part in each_tap(xp, x, kernel, stride, padding, border):
        total = part if total is None else operation(total, part)
    return total if kernel != (1, 1) else xp.asarray(total, copy=True)


def largest_places(xp, x, kernel, stride, padding):
    """Where in its window each largest value is, as i kw + j; the first of equal ones."""
    kind = xp.int8 if kernel[0] * kernel[1] < 128 else xp.int32
    best = where = None
    for place, part in each_tap(xp, x, kernel, stride, padding, -math.inf):
        if best is None:
            best, where = part, xp.zeros_like(part, dtype=kind)
            continue
        better = part > best
        if hasattr(xp, "lib"):  # later places have larger numbers
            where = xp.maximum(where, better * kind(place))
        else:
            where = xp.where(better, place, where)
        best = xp.maximum(best, part)
    return where


def read_places(xp, x, where, kernel, stride, padding):
    """What ``x`` has in each of its windows at the place ``where``."""
    total = None
    for place, part in each_tap(xp, x, kernel, stride, padding, 0.0):
        part = masked(xp, part, where == place)
        total = part if total is None else total + part
    return total


def write_places(xp, g, where, shape, kernel, stride, padding):
    """The transpose of `read_places`: ``g`` added where it was read."""
    return added_windows(xp, g, lambda place: masked(xp, g, where == place), shape, kernel, stride, padding)


def spread_windows(xp, g, shape, kernel, stride, padding):
    """The transpose of `sum_windows`: every place of a window gets its ``g``, in an image of ``shape`` (h, w)."""
    return added_windows(xp, g, lambda place: g, shape, kernel, stride, padding)


def added_windows(xp, g, share, shape, kernel, stride, padding):
    """An image of ``shape`` to which every window adds ``share(place)`` at each of its places."""
    out = zeros(xp, (g.shape[0], *shape, g.shape[3]), g)
    apart = stride[0] >= kernel[0] and stride[1] >= kernel[1]
    for i in range(kernel[0]):
        p, into_rows = inside(i, g.shape[1], shape[0], stride[0], padding[0], 1)
        for j in range(kernel[1]):
            q, into_columns = inside(j, g.shape[2], shape[1], stride[1], padding[1], 1)
            part = share(i * kernel[1] + j)[:, p, q, :]
            if apart:  # no window adds where another did
                out[:, into_rows, into_columns, :] = part
            else:
                out[:, into_rows, into_columns, :] += part
    return out


def each_tap(xp, x, kernel, stride, padding, border):
    """Pairs (i kw + j, what every window of the padded ``x`` has there)."""
    places = window_places(x.shape[1:3], kernel, stride, padding, (1, 1))
    x = padded(xp, x, padding, border)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            yield i * kernel[1] + j, tap(x, i, j, stride, (1, 1), places)


def masked(xp, values, mask):
    """Finite ``values`` where ``mask`` is true, else 0; to multiply is five times as fast as to choose."""
    return values * mask if hasattr(xp, "lib") else xp.where(mask, values, 0.0)
