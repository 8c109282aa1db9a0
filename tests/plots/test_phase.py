"""Phase portraits: paths, arrows and titles are those of the games and methods they name."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from minigan.dynamics import bilinear, dirac_gan, quadratic, simultaneous, trajectory
from minigan.plots.phase import dirac_portraits, field_on, phase_portrait, saddle_paths
from minigan.plots.style import figure


@pytest.fixture(scope="module")
def saddle():
    return saddle_paths(lr=0.3, steps=30)


def test_the_saddles_titles_state_the_spectral_radii(saddle):
    stated = {
        "simultaneous": math.sqrt(1.09),
        "alternating": 1.0,
        "extragradient": math.sqrt(1 - 0.09 + 0.0081),
        "optimistic": math.sqrt((1 + math.sqrt(1 - 0.36)) / 2),
        "consensus": math.hypot(0.7, 0.3),
        "proximal": 1 / math.sqrt(1.09),
    }
    titles = [axes.get_title() for axes in saddle.axes]
    for name, radius in stated.items():
        (title,) = [one for one in titles if one.startswith(name)]
        assert f"{radius:.4f}" in title


def test_paths_are_trajectories(saddle):
    longest = max(saddle.axes[0].get_lines(), key=lambda line: len(line.get_xdata()) == 31)
    path = trajectory(simultaneous(0.3), bilinear(), (1.0, 0.0), 30)
    assert_allclose(np.stack(longest.get_data(), 1), path, rtol=1e-12)


def test_the_field_on_a_grid():
    x, y = np.meshgrid([-1.0, 0.5], [0.25, 2.0, 3.0])
    v = field_on(quadratic(0.5, 1.0, 2.0), x, y)
    assert_allclose(v[0], -0.5 * x - y, rtol=1e-14)
    assert_allclose(v[1], x - 2.0 * y, rtol=1e-14)


def test_arrows_have_one_length_and_none_where_the_field_is_zero():
    axes = figure()[1]
    phase_portrait(axes, dirac_gan("minimax", r1=0.3), reach=1.0, arrows=5)
    (arrows,) = [one for one in axes.collections if hasattr(one, "U")]
    lengths = np.hypot(arrows.U, arrows.V).reshape(5, 5)
    assert lengths[2, 2] < 1e-9
    assert_allclose(np.delete(lengths.ravel(), 12), 1.0, rtol=1e-12)


def test_dirac_portraits_tell_who_rests():
    drawn = dirac_portraits(steps=200)
    titles = [axes.get_title() for axes in drawn.axes]
    assert len(titles) == 8
    assert any("R1" in one and "-0.15 \\pm 0.477" in one for one in titles)
    assert any("consensus" in one and "-0.25 \\pm 0.5" in one for one in titles)
    assert any("critical" in one and "-0.5" in one for one in titles)
    colours = {one.split("\n")[0]: axes.title.get_color() for one, axes in zip(titles, drawn.axes)}
    assert colours["minimax"] == colours["WGAN, weights clipped at 1"] != colours["consensus, $\\gamma = 1$"]
