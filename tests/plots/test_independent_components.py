"""Sources that are found stand beside the true ones, whatever their order, sign and scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.models import SYSTEMS
from minigan.models.explicit.ica import MIXING, source_log_density
from minigan.plots import pictures
from minigan.plots.independent_components import SOURCES, found_and_true, matched, true_density
from minigan.random import generator

from .rendering import rendered, texts

scales = st.lists(st.sampled_from([-3.0, -0.5, 0.2, 1.0, 7.0]), min_size=3, max_size=3)


def scrambled(order, scale):
    """W with W A the matrix whose row order[i] is scale[i] times the i-th unit vector."""
    product = np.zeros((3, 3))
    product[list(order), range(3)] = scale
    return product, mnp.asarray(product @ np.linalg.inv(np.array(MIXING)))


@given(st.permutations(range(3)), scales)
def test_order_sign_and_scale_are_found(order, scale):
    product, _ = scrambled(order, scale)
    found = matched(product + 1e-3)
    assert_array_equal(found.order, order)
    assert_allclose(found.scale, np.array(scale) + 1e-3)


@pytest.mark.parametrize("order, scale", [((0, 1, 2), (1.0, 1.0, 1.0)), ((2, 0, 1), (-0.5, 3.0, -7.0))])
def test_whatever_is_taken_apart_lies_on_the_diagonal(order, scale):
    _, unmixing = scrambled(order, scale)
    page = found_and_true(unmixing, n=50)
    for axes, name in zip(page.axes[:3], SOURCES):
        true, recovered = np.asarray(axes.collections[0].get_offsets()).T
        assert_allclose(recovered, true, atol=1e-9)
        assert axes.get_xlabel() == f"true source: {name}"
    assert "Amari index 0.0000, 0 where each source is found" in texts(page)


def test_what_is_still_mixed_does_not():
    page = found_and_true(mnp.eye(3), "mixtures as they are", n=500)
    spread = [np.ptp(np.diff(np.asarray(axes.collections[0].get_offsets()), axis=1)) for axes in page.axes[:3]]
    assert min(spread) > 0.5 and not any("index 0.0" in text for text in texts(page))
    rendered(page)


def test_the_true_laws_are_those_that_sources_are_drawn_from():
    s = mg.to_numpy(generator(0).standard_normal((20, 3)))
    product = np.prod([true_density(name, s[:, i]) for i, name in enumerate(SOURCES)], axis=0)
    assert_allclose(np.log(product), mg.to_numpy(source_log_density(mnp.asarray(s))), rtol=1e-10)


def test_densities_below_are_of_the_models_scale():
    """A source at three times its scale: the dashed law is a third as high, and the assumed one stays."""
    _, unmixing = scrambled((0, 1, 2), (3.0, 1.0, 1.0))
    page = found_and_true(unmixing, n=200)
    curves = {line.get_label(): line for line in page.axes[3].get_lines()}
    s = curves["true, to this scale"].get_xdata()
    assert_allclose(curves["true, to this scale"].get_ydata(), true_density("Laplace", s / 3.0) / 3.0)
    assert_allclose(curves["assumed, 1 / (π cosh s)"].get_ydata(), 1.0 / (np.pi * np.cosh(s)))


def test_a_run_has_its_pictures():
    system = SYSTEMS["ica"](batch=16)
    drawn = pictures(system, system.train(2))
    assert list(drawn) == ["samples.png", "sources.png", "density-and-samples.png", "losses.png"]
    for page in drawn.values():
        rendered(page)
