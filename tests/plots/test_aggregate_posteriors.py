"""Codes in the plane: every point in its example's colour, circles that hold what they say, bars that add up."""

import numpy as np
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose

from minigan.plots.aggregate_posteriors import COLOURS, codes_beside_prior

from .rendering import rendered, texts


def page(**more):
    rng = np.random.default_rng(0)
    clouds = {name: rng.standard_normal((5000, 2)) for name in ("one", "two", "the prior")}
    labels = np.arange(5000) % 4
    return clouds, labels, codes_beside_prior(clouds, labels, "codes", **more)


def test_codes_have_their_examples_colours_and_circles_hold_their_share():
    clouds, labels, drawn = page()
    assert len(drawn.axes) == 3
    for axes, (name, points) in zip(drawn.axes, clouds.items()):
        assert axes.get_title() == name
        assert_allclose(np.asarray(axes.collections[0].get_offsets()), points)
        radii = [np.hypot(*line.get_xydata()[0]) for line in axes.lines]
        within = [(np.hypot(*points.T) < radius).mean() for radius in radii]
        assert_allclose(within, [0.5, 0.9, 0.99], atol=0.025)
    faces = drawn.axes[0].collections[0].get_facecolors()[:, :3]
    assert_allclose(faces[:8], [to_rgb(COLOURS[label]) for label in labels[:8]])
    assert len(np.unique(drawn.axes[2].collections[0].get_facecolors(), axis=0)) == 1
    rendered(drawn)


def test_bars_are_the_probabilities_and_the_legend_their_sum():
    p = {"VAE": np.array([0.2, 0.21, 0.2, 0.19]), "AVB": np.array([0.24, 0.25, 0.24, 0.25])}
    _, _, drawn = page(probabilities=p)
    bars = [bar.get_height() for bar in drawn.axes[3].patches]
    assert_allclose(bars, np.concatenate(list(p.values())))
    rendered(drawn)
    assert {"VAE, in all 0.800", "AVB, in all 0.980", "point", "1", "4"} <= texts(drawn)
