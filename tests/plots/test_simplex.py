"""The Concrete law's picture: what it says in numbers, and that its colours are the density."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import gammaln, logsumexp

from minigan.plots.simplex import CORNERS, DECADES, concrete_on_the_simplex

P, TEMPERATURES, DRAWS = (0.6, 0.25, 0.15), (0.5, 2.0), 4_000


@pytest.fixture(scope="module")
def drawn():
    return concrete_on_the_simplex(P, TEMPERATURES, draws=DRAWS, shown=50)


def test_the_percentages_are_the_same_in_every_panel_and_near_the_probabilities(drawn):
    told = [[text.get_text().split(": ") for text in axes.texts] for axes in drawn.axes[:2]]
    assert told[0] == told[1]
    for p, (_, hit) in zip(P, told[0]):
        assert abs(float(hit.rstrip("%")) / 100 - p) < 5 * math.sqrt(p * (1 - p) / DRAWS) + 5e-4


def test_dots_lie_in_the_region_of_their_colour(drawn):
    for axes in drawn.axes[:2]:
        (dots,) = [c for c in axes.collections if len(c.get_offsets()) == 50]
        at = np.asarray(dots.get_offsets())
        nearest = np.linalg.norm(at[:, None] - CORNERS, axis=-1).argmin(-1)  # the regions are those of the corners
        colours = [tuple(c) for c in dots.get_facecolors()]
        assert len(set(zip(nearest, colours))) == len(set(colours)) == 3


@pytest.mark.parametrize("panel", [0, 1])
def test_contours_are_levels_of_the_density(drawn, panel):
    """Points on the borders of the filled areas, well inside: the formula there is 10 to the level."""
    temperature, (filled, *_) = TEMPERATURES[panel], drawn.axes[panel].collections
    logits, found = np.log(P), 0
    for path in filled.get_paths():
        points = path.vertices
        third = points[:, 1] / CORNERS[2, 1]
        x = np.stack([1 - (points[:, 0] - third / 2) - third, points[:, 0] - third / 2, third], -1)
        x = x[(x > 0.08).all(-1)]
        log_p = gammaln(3) + 2 * math.log(temperature) + (logits - (temperature + 1) * np.log(x)).sum(-1)
        log_p -= 3 * logsumexp(logits - temperature * np.log(x), axis=-1)
        off = np.abs(log_p[:, None] / math.log(10) - DECADES).min(-1)
        assert (off < 0.02).all()
        found += len(x)
    assert found > 300


def test_the_law_panel(drawn):
    """Means go from p to 1/3, and the dots stay at p."""
    axes = drawn.axes[2]
    curves = [one for one in axes.get_lines() if len(one.get_xdata()) > 10]
    dots = [one for one in axes.get_lines() if one.get_marker() == "o" and len(one.get_xdata()) == 1]
    assert len(curves) == 3 and len(dots) == 6
    for p, curve in zip(P, curves):
        y = np.asarray(curve.get_ydata())
        assert (np.diff(np.abs(y - 1 / 3)) <= 1e-9).all()  # in one direction
        assert abs(y[-1] - 1 / 3) < 0.1 * abs(p - 1 / 3) + 0.01
    assert_allclose([one.get_ydata()[0] for one in dots], np.repeat(P, 2), atol=0.04)


def test_six_temperatures_do_not_fit():
    with pytest.raises(ValueError, match="five temperatures fit on the page, and 6"):
        concrete_on_the_simplex(P, range(1, 7))
