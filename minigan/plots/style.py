"""One look for every picture: real data green, generated data purple, the discriminator blue."""

from __future__ import annotations

REAL, FAKE, DISCRIMINATOR, EXACT = "#2a8f5b", "#7b3fa0", "#1f5fa8", "#222222"
FRAME = "#cfd8dc"  # about images whose ground is white


def figure(rows: int = 1, columns: int = 1, width: float = 6.4, height: float = 4.0, **options):
    """A Matplotlib figure and its axes, made without a window system or global state."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(width, height), layout="constrained", dpi=130)
    axes = drawn.subplots(rows, columns, **options)
    return drawn, axes


def tidy(axes) -> None:
    """No frame above and to the right, a faint grid behind."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
