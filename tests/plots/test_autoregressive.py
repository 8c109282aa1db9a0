"""The pictures of models that draw pixel by pixel show what they were given."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan.models.explicit import digit_bits
from minigan.models.explicit.autoregressive import order_called
from minigan.models.explicit.made import made
from minigan.models.explicit.pixelcnn import pixelcnn
from minigan.plots import pictures
from minigan.plots.autoregressive import PLACES, by_class, conditionals, sampling_cost, views, what_pixels_see
from minigan.random import generator

from .rendering import rendered, texts


@pytest.mark.parametrize("gated, classes", [(True, True), (False, False)])
def test_a_run_has_its_pictures(gated, classes):
    system = pixelcnn(gated=gated, classes=classes, batch=8, features=4, depth=2)
    drawn = pictures(system, system.train(2))
    wanted = {"samples.png", "conditionals.png", "sees.png", "density-and-samples.png", "losses.png"}
    wanted |= {"classes.png"} if classes else set()
    assert drawn.keys() == wanted
    for page in drawn.values():
        rendered(page)


def test_conditionals_tell_the_nats_of_every_digit():
    x, p = np.zeros((2, 64)), np.full((2, 64), 0.5)
    x[1], p[1] = 1.0, 0.9
    page = conditionals(x, p, "two digits")
    assert {f"{64 * np.log(2.0):.1f}", f"{-64 * np.log(0.9):.1f}", "two digits"} <= texts(page)
    rendered(page)


def test_views_are_what_comes_before_and_no_more():
    system = made(order="columns", hidden=100, batch=8)
    order = order_called("columns", 8, 8)
    params, x = system.train(2).state.parameters["model"], digit_bits().held_out[:4, ...]
    seen, before = views(system.parts["model"], params, x)
    for (r, c), strength, earlier in zip(PLACES, seen, before):
        place = order.index(8 * r + c)
        assert earlier.sum() == place and {8 * i + j for i, j in np.argwhere(earlier)} == set(order[:place])
        assert (strength[~earlier] == 0.0).all()
    page = what_pixels_see(seen, before)
    unseen = int((before[0] & (seen[0] == 0.0)).sum())
    assert f"row 2, column 5: {unseen} of {before[0].sum()} before it unseen" in texts(page)
    rendered(page)


def test_classes_are_named():
    page = by_class(mg.to_numpy(generator(0).uniform((3, 5, 64))), ("4", "7", "x"), "three")
    assert {"4", "7", "x", "three"} <= texts(page)
    rendered(page)


def test_a_sample_costs_n_and_with_a_cache_one():
    page = sampling_cost(sizes=(4, 9), hidden=8)
    lines = {line.get_label(): line.get_ydata() for line in page.axes[0].get_lines()}
    assert_allclose(lines["sample, plainly"], [4.0, 9.0])
    assert_allclose(lines["likelihood"], 1.0)
    assert (np.asarray(lines["sample, with a cache"]) <= 1.0).all()
    rendered(page)
