"""The table of explicit models as a page: samples, nats with what they are, and what a sample costs."""

from __future__ import annotations

import numpy as np

from ..models.explicit.comparison import Entry, baseline, entries, words
from .drawings import FRAME
from .images import tile_images
from .style import DISCRIMINATOR, EXACT, FAKE, figure, tidy

COLOURS = {"exact": EXACT, "bound": DISCRIMINATOR, "estimate": FAKE}
COLUMNS = (("parameters", 0.30), ("evaluations\na sample", 0.56), ("seconds\na sample", 0.83), ("latent\ncode", 1.0))


def explicit_models(share: float = 1.0, seed: int = 0):
    """Train them all for ``share`` of their steps, and draw the table."""
    return table_of_models(list(entries(share, seed)), baseline())


def table_of_models(rows: list[Entry], independent: float):
    """A line for each, the best first: some samples, nats on one axis, and the rest in words.

    A bound has an arrow as long as its gap is, or at least is; an exact number a tick where the bound lies that was
    trained; bars are two standard errors of a mean over held-out digits. ``independent`` pixels are the dashed line.
    """
    rows = sorted(rows, key=lambda row: -row.nats.mean)
    page, (left, middle, right) = figure(
        1, 3, width=13.4, height=0.56 * len(rows) + 1.6, gridspec_kw={"width_ratios": (2.5, 2.8, 2.2)}
    )
    _samples(left, rows)
    _nats(middle, rows, independent)
    _words(right, rows)
    page.suptitle(
        f"explicit models of {len(rows[0].samples[0])}x{len(rows[0].samples[0])} digits in black and white; "
        "the same 597 held-out digits",
        fontsize=12,
    )
    return page


def _samples(axes, rows) -> None:
    side, shown = rows[0].samples.shape[1], rows[0].samples.shape[0]
    axes.set_facecolor(FRAME)
    sheet = tile_images(np.concatenate([row.samples for row in rows]), shown, gap=1)
    axes.imshow(sheet, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="auto")
    axes.set_yticks(side / 2 - 0.5 + (side + 1) * np.arange(len(rows)), [row.name for row in rows], fontsize=10)
    for label, row in zip(axes.get_yticklabels(), rows):
        label.set_color("#777777" if row.outsider else EXACT)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("samples (grey names: scikit-learn)")


def _nats(axes, rows, independent) -> None:
    for i, row in enumerate(rows):
        nats, colour = row.nats, COLOURS[row.nats.kind]
        axes.errorbar(nats.mean, i, xerr=2.0 * nats.standard_error, fmt="o", color=colour, ms=5, capsize=2, lw=1.2)
        gap = nats.gap if nats.gap is not None else nats.gap_at_least
        if nats.kind == "bound" and gap:
            axes.annotate("", (nats.mean + gap, i), (nats.mean, i), arrowprops={"arrowstyle": "->", "color": colour})
        if nats.kind == "exact" and nats.gap is not None:
            axes.plot([nats.mean - nats.gap], [i], "|", color=DISCRIMINATOR, ms=12, mew=1.8)
        if nats.interval is not None:
            axes.plot(nats.interval, [i, i], color=colour, lw=4, alpha=0.4)
        axes.annotate(
            f"{nats.mean:.2f}  {words(nats)}", (nats.mean, i), (0, 5), textcoords="offset points", ha="center",
            va="bottom", fontsize=8, color=colour, annotation_clip=False,
        )  # fmt: skip
    axes.axvline(independent, color="#999999", ls="--", lw=1.0)
    axes.annotate(
        f"independent pixels {independent:.2f}", (independent, len(rows) - 0.55), (3, 0), textcoords="offset points",
        fontsize=8, color="#777777",
    )  # fmt: skip
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlabel("nats an image; bars: two standard errors")
    axes.margins(x=0.18)
    tidy(axes)
    axes.spines["left"].set_visible(False)


def _words(axes, rows) -> None:
    axes.set_xlim(0.0, 1.05)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.axis("off")
    for title, at in COLUMNS:
        axes.annotate(title, (at, -0.5), ha="right", va="bottom", fontsize=9, color="#555555", annotation_clip=False)
    for i, row in enumerate(rows):
        told = (
            f"{row.parameters:,}",
            f"{row.evaluations:,}",
            f"{row.seconds:.1e}",
            "yes" if row.latent_code else "no",
        )
        for (_, at), word in zip(COLUMNS, told):
            axes.annotate(word, (at, i), ha="right", va="center", fontsize=9.5)
