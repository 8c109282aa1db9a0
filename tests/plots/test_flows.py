"""What is drawn of a flow goes through it: curves are straight on the other side, and codes lead back to their pixels."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models import SYSTEMS
from minigan.models.explicit.vae import in_doubles
from minigan.plots import pictures
from minigan.plots.flows import (
    LINES,
    TEMPERATURES,
    bent_plane,
    between,
    decoded,
    encoded,
    far_apart,
    great_circle,
    latent_code,
    warmed,
)
from minigan.random import generator

from .rendering import rendered, texts


@functools.cache
def short_run(on):
    system = SYSTEMS["realnvp"](on=on, batch=16, hidden=8)
    trained = system.train(20)
    return system, trained, trained.state.parameters["model"]


def test_bent_lines_are_straight_in_the_code():
    system, _, params = short_run("ring")
    flow, points = system.parts["flow"], system.parts["held_out"][:50, ...]
    page = bent_plane(flow, params, points, "fifty points")
    left, right = page.axes
    assert len(left.get_lines()) == len(right.get_lines()) == 2 * LINES
    for i, (bent, straight) in enumerate(zip(left.get_lines(), right.get_lines())):
        curve = mnp.asarray(np.stack(bent.get_data(), -1), dtype="float32")
        codes = mg.to_numpy(flow.forward(params, curve)[0])
        assert_allclose(codes, np.stack(straight.get_data(), -1), atol=5e-3)
        assert np.ptp(np.stack(straight.get_data(), -1)[:, 0 if i < LINES else 1]) == 0.0
    assert_allclose(np.asarray(left.collections[0].get_offsets()), mg.to_numpy(points), rtol=1e-6)
    codes = np.asarray(right.collections[0].get_offsets())
    back = mg.to_numpy(flow.inverse(params, mnp.asarray(codes, dtype="float32")))
    assert_allclose(back, mg.to_numpy(points), atol=5e-3)
    rendered(page)


@given(st.integers(0, 2**16), st.integers(2, 12))
def test_a_great_circle_turns_evenly(seed, count):
    first, last = mg.to_numpy(generator(seed).standard_normal((2, 6)))
    path = great_circle(first, 3.0 * last, count)
    assert_allclose(path[[0, -1]], [first, 3.0 * last], rtol=1e-9, atol=1e-12)
    lengths = np.linalg.norm(path, axis=-1)
    assert_allclose(np.diff(lengths, 2), 0.0, atol=1e-9)
    unit = path / lengths[:, None]
    turns = np.arccos(np.clip((unit[1:] * unit[:-1]).sum(-1), -1.0, 1.0))
    assert_allclose(turns, turns[0], rtol=1e-5)


def test_a_great_circle_of_one_direction_is_a_straight_line():
    assert_allclose(great_circle(np.array([1.0, 1.0]), np.array([3.0, 3.0]), 3), [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])


@given(st.integers(0, 2**16))
def test_images_that_are_far_apart(seed):
    rows = mg.to_numpy(generator(seed).standard_normal((12, 3)))
    chosen = far_apart(rows, 4)
    assert chosen[0] == 0 and len(set(chosen)) == 4
    for k in range(1, 4):
        nearest = [min(np.linalg.norm(row - rows[i]) for i in chosen[:k]) for row in rows]
        assert_allclose(nearest[chosen[k]], max(nearest))


@pytest.mark.parametrize("on", ["digits", "bits"])
def test_pixels_are_found_again_from_their_codes(on):
    system, _, params = short_run(on)
    flow, params = system.parts["flow"], in_doubles(params.flow)
    pixels = generator(0).uniform((5, 64), 0.02, 0.98)
    assert_allclose(mg.to_numpy(decoded(flow, params, encoded(flow, params, pixels))), mg.to_numpy(pixels), atol=1e-9)


@pytest.mark.parametrize("on", ["digits", "bits"])
def test_what_lies_between_digits_begins_and_ends_with_them(on):
    system, _, params = short_run(on)
    found, error = between(system, params, 5, 2)
    by_code, by_pixels = found[:, 0], found[:, 1]
    assert found.shape == (2, 2, 5, 64) and error < 1e-4
    assert_allclose(by_code[:, [0, -1]], by_pixels[:, [0, -1]], atol=1e-4)  # the two ways part in between
    assert_allclose(by_pixels[:, 2], 0.5 * (by_pixels[:, 0] + by_pixels[:, -1]), atol=1e-6)
    assert (np.abs(by_code[:, 2] - by_pixels[:, 2]).max(-1) > 0.02).all()
    ends = mg.to_numpy(system.parts["as_held_out"](by_pixels[:, [0, -1]].reshape(-1, 64)))
    held_out = {row.tobytes() for row in mg.to_numpy(system.parts["held_out"])[:60]}
    assert {row.tobytes() for row in ends} <= held_out


def test_codes_at_temperature_0_are_one():
    system, _, params = short_run("digits")
    found = warmed(system, params, 4)
    assert found.shape == (len(TEMPERATURES), 4, 64) and TEMPERATURES[0] == 0.0
    assert_allclose(found[0], np.broadcast_to(found[0, :1], found[0].shape), atol=1e-5)
    assert np.ptp(found[-1], axis=0).max() > 0.1


def test_grey_levels_are_seen():
    system, _, params = short_run("bits")
    page = latent_code(system, params, "pairs")
    for axes in page.axes:
        sheet = np.asarray(axes.images[0].get_array())
        assert set(np.unique(sheet[np.isfinite(sheet)])) <= {0.0, 1.0}
    (told,) = [text for text in texts(page) if "no pixel of these is off by more than" in text]
    assert float(told.split()[-1]) < 1e-4 and "pairs" in texts(page)
    rendered(page)


@pytest.mark.parametrize("on, own", [("ring", "bent-plane.png"), ("digits", "latent-code.png")])
def test_a_run_has_its_pictures(on, own):
    system, trained, _ = short_run(on)
    drawn = pictures(system, trained)
    assert list(drawn) == ["samples.png", own, "density-and-samples.png", "losses.png"]
    for page in drawn.values():
        rendered(page)
