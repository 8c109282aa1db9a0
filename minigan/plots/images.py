"""Generated images beside real ones."""

from __future__ import annotations

import numpy as np

from ..validation import count
from .samples import images_to_draw
from .style import FAKE, REAL, figure


def tile_images(images, columns: int, side: int | None = None, gap: int = 1):
    """Images laid out in a grid, NaN between them: (n, h, w), (n, h, w, c), or flat (n, side * side)."""
    images, columns = images_to_draw(images, side), count(columns, "the columns of a sheet of images")
    height, width = images.shape[1:3]
    rows = -(-len(images) // columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, *images.shape[3:])
    sheet = np.full(shape, np.nan)
    for i, image in enumerate(images):
        r, c = divmod(i, columns)
        sheet[r * (height + gap) : r * (height + gap) + height, c * (width + gap) : c * (width + gap) + width] = image
    return sheet


def samples_beside_real(
    fake,
    real,
    side: int = 8,
    columns: int = 10,
    title: str = "",
    between: str = "white",
    low: float = -1.0,
    high: float = 1.0,
    ink: bool = True,
):
    """A figure: generated images on the left, real ones on the right, the colour ``between`` around each.

    Images are flat (n, side * side), or (n, h, w), or (n, h, w, c) with one channel, three, or four. ``low`` and ``high``
    are the ends of their scale; with ``ink`` high is black, otherwise white. Raises `ValueError` for other shapes.

    >>> drawn = samples_beside_real(np.zeros((20, 16)), np.ones((20, 16)), side=4, columns=5)
    >>> drawn.axes[0].images[0].get_array().shape  # four rows of five 4x4 images, with a line between them
    (19, 24)
    """
    drawn, (left, right) = figure(1, 2, width=9.6, height=5.1, gridspec_kw={"wspace": 0.12})
    for axes, images, name, colour in ((left, fake, "generated", FAKE), (right, real, "real", REAL)):
        axes.set_facecolor(between)
        _show(axes, tile_images(images, columns, side), low, high, ink)
        axes.set_title(name, color=colour, fontsize=12)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def _show(axes, sheet, low, high, ink) -> None:
    if sheet.ndim == 3 and sheet.shape[2] in (1, 2):  # with an axis for one channel, or grey and how opaque it is
        sheet = sheet[..., 0]
    if sheet.ndim == 2:
        axes.imshow(sheet, cmap="gray_r" if ink else "gray", vmin=low, vmax=high, interpolation="nearest")
        return
    scaled = np.clip((sheet[..., :3] - low) / (high - low), 0.0, 1.0)
    seen = np.isfinite(scaled).all(-1, keepdims=True)
    axes.imshow(np.concatenate([np.where(seen, scaled, 0.0), seen], -1), interpolation="nearest")
