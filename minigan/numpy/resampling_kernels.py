"""Enlarging of images over raw arrays, each map with its transpose beside it; written as `image_kernels` is."""

from .image_kernels import created


def repeated(xp, x, scale):
    """Every pixel ``scale[0]`` times downwards and ``scale[1]`` times across."""
    n, rows, columns, channels = x.shape
    wide = xp.broadcast_to(x[:, :, None, :, None, :], (n, rows, scale[0], columns, scale[1], channels))
    return xp.reshape(wide, (n, rows * scale[0], columns * scale[1], channels))


def interpolated(xp, x, size):
    """``x`` on a grid of ``size`` (rows, columns): one product along the rows, one along the columns."""
    down = hat_weights(xp, x, x.shape[1], size[0])
    return both_ways(xp, x, down, hat_weights(xp, x, x.shape[2], size[1]))


def interpolated_back(xp, g, size):
    """The transpose of `interpolated`, from an image of ``size``."""
    down = hat_weights(xp, g, size[0], g.shape[1]).T
    return both_ways(xp, g, down, hat_weights(xp, g, size[1], g.shape[2]).T)


def hat_weights(xp, like, size, new_size):
    """How much of each of ``size`` old pixels every one of ``new_size`` new ones takes, (new, old).

    The new pixel i lies at (i + 1/2) size / new_size - 1/2 on the old grid, moved inside it, and takes
    max(0, 1 - distance) of each old pixel.
    """
    new = xp.reshape(created(xp, xp.arange, new_size, like), (new_size, 1))
    old = xp.reshape(created(xp, xp.arange, size, like), (1, size))
    place = xp.clip((new + 0.5) * (size / new_size) - 0.5, 0.0, size - 1.0)
    return xp.clip(1.0 - xp.abs(place - old), 0.0, 1.0)


def both_ways(xp, x, down, across):
    """sum over i, j of down[p, i] across[q, j] x[n, i, j, c]."""
    n, rows, columns, channels = x.shape
    x = xp.reshape(down @ xp.reshape(x, (n, rows, columns * channels)), (n, down.shape[0], columns, channels))
    return across @ x
