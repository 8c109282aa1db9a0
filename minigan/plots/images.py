"""Generated images beside real ones."""

from __future__ import annotations

import numpy as np

from ..backend import to_numpy
from .style import FAKE, REAL, figure


def tile_images(images, columns: int, side: int, gap: int = 1):
    """Flat images (n, side * side) in [-1, 1] laid out in a grid, NaN between them."""
    images = to_numpy(images).reshape(-1, side, side)
    rows = -(-len(images) // columns)
    sheet = np.full((rows * (side + gap) - gap, columns * (side + gap) - gap), np.nan)
    for i, image in enumerate(images):
        r, c = divmod(i, columns)
        sheet[r * (side + gap) : r * (side + gap) + side, c * (side + gap) : c * (side + gap) + side] = image
    return sheet


def samples_beside_real(fake, real, side: int = 8, columns: int = 10, title: str = "", between: str = "white"):
    """A figure: generated images on the left, as many real ones on the right, the colour ``between`` around each."""
    drawn, (left, right) = figure(1, 2, width=9.6, height=5.1, gridspec_kw={"wspace": 0.12})
    for axes, images, name, colour in ((left, fake, "generated", FAKE), (right, real, "real", REAL)):
        axes.set_facecolor(between)
        axes.imshow(tile_images(images, columns, side), cmap="gray_r", vmin=-1.0, vmax=1.0, interpolation="nearest")
        axes.set_title(name, color=colour, fontsize=12)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
