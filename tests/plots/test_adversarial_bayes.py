"""Eight schools' panels: outlines hold the share they are said to, and titles tell what is off."""

import numpy as np
from matplotlib.contour import ContourSet
from numpy.testing import assert_allclose

from minigan.models.implicit.eight_schools import exact_moments
from minigan.plots.adversarial_bayes import funnels
from minigan.plots.style import figure

from .rendering import rendered


def test_outlines_hold_half_nine_tenths_and_nearly_all_of_the_first():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((60_000, 10)) * 0.3 + np.array([1.5, -0.5] + [0.0] * 8)
    page, axes = figure(1, 2, width=9.0, height=4.5)
    funnels(axes, {"a chain": z, "another": 0.5 * z})
    points = np.column_stack([z[:, 0] + np.exp(z[:, 1]) * z[:, 2], z[:, 1]])
    for panel in axes:
        (outlines,) = (one for one in panel.collections if isinstance(one, ContourSet))
        held = [path.contains_points(points).mean() for path in outlines.get_paths()]  # from the lowest level inwards
        assert_allclose(held, [0.99, 0.9, 0.5], atol=0.02)
    exact = exact_moments()
    off = np.sqrt(np.mean(((np.append(z[:, :2].mean(0), [1.5] * 8) - exact.means) / exact.deviations) ** 2))
    assert axes[0].get_title().startswith("a chain\noff: means ")
    assert_allclose(float(axes[0].get_title().split()[4]), off, atol=0.02)
    rendered(page)
