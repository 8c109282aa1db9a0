"""The law of generated strings beside the true one."""

from __future__ import annotations

import numpy as np

from .style import EXACT, FAKE, REAL, figure, tidy


def law_beside_true(strings, truth, model, outside: float, title: str = "", rows: int = 30):
    """The ``rows`` likeliest strings by name, true beside generated, and every string as a point; logarithmic axes.

    ``truth`` and ``model`` are probabilities (n,) in the order of ``strings``, ``outside`` what the model gives to strings
    that do not belong to the language. What has less than a fifth of the least true probability lies on the edge.
    """
    drawn, (left, right) = figure(1, 2, width=9.6, height=5.6, gridspec_kw={"width_ratios": (1.15, 1)})
    shown = min(rows, len(strings))
    at = np.arange(shown)
    edge = 0.2 * truth.min()
    left.hlines(
        at, np.maximum(truth, edge)[:shown], np.maximum(model, edge)[:shown], color=EXACT, linewidth=0.8, alpha=0.5
    )
    left.plot(truth[:shown], at, "o", color=REAL, markersize=5, label="truth")
    left.plot(np.maximum(model, edge)[:shown], at, "o", color=FAKE, markersize=4, label="generated")
    left.set_yticks(at, strings[:shown], family="monospace", fontsize=7.5)
    left.set_ylim(shown - 0.4, -0.6)
    left.set_xscale("log")
    left.set_xlabel(f"probability of the {shown} likeliest strings")
    left.legend(frameon=False, loc="lower right")
    ends = np.array([edge, 1.0])
    right.plot(ends, ends, color=EXACT, linewidth=0.8)
    right.scatter(truth, np.maximum(model, edge), s=12, color=FAKE, alpha=0.6, linewidth=0)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_ylim(0.8 * edge, 1.0)
    right.set_xlabel(f"true probability, all {len(strings)} strings")
    right.set_ylabel("generated")
    total = 0.5 * (np.abs(truth - model).sum() + outside)
    right.set_title(f"total variation {total:.3f}, outside the language {outside:.3f}", fontsize=10)
    for axes in (left, right):
        tidy(axes)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def most_frequent(found: list[str], title: str = "", rows: int = 30):
    """The ``rows`` most frequent of some generated strings, and how often each is among them."""
    from collections import Counter

    counts = Counter(found).most_common(rows)
    drawn, axes = figure(width=6.4, height=max(2.4, 0.2 * len(counts) + 1.2))
    at = np.arange(len(counts))
    axes.barh(at, [count / max(1, len(found)) for _, count in counts], color=FAKE, height=0.7)
    axes.set_yticks(at, [string or "(empty)" for string, _ in counts], family="monospace", fontsize=7.5, parse_math=False)
    axes.set_ylim(len(counts) - 0.4, -0.6)
    axes.set_xlabel(f"share among {len(found)} samples")
    tidy(axes)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
