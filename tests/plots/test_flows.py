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
from minigan.plots import pictures
from minigan.plots.flows import (
    BETWEEN,
    LINES,
    PAIRS,
    TEMPERATURES,
    bent_plane,
    decoded,
    encoded,
    far_apart,
    great_circle,
    latent_code,
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
    pixels = generator(0).uniform((5, 64), 0.02, 0.98, dtype="float32")
    codes = encoded(system.parts["flow"], params, pixels)
    assert_allclose(mg.to_numpy(decoded(system.parts["flow"], params, codes)), mg.to_numpy(pixels), atol=1e-4)


def test_rows_of_codes_begin_and_end_with_digits():
    system, _, params = short_run("digits")
    page = latent_code(system, params, "pairs")
    warm, between = (np.asarray(axes.images[0].get_array()) for axes in page.axes)
    tile = lambda sheet, r, c: sheet[9 * r : 9 * r + 8, 9 * c : 9 * c + 8]
    for c in range(8):
        assert_allclose(tile(warm, 0, c), tile(warm, 0, 0), atol=1e-5)  # at temperature 0 every code is 0
    assert np.abs(tile(warm, len(TEMPERATURES) - 1, 0) - tile(warm, len(TEMPERATURES) - 1, 1)).max() > 0.1
    for i in range(PAIRS):
        for end in (0, BETWEEN - 1):  # the two ways part in between
            assert_allclose(tile(between, 2 * i, end), tile(between, 2 * i + 1, end), atol=1e-4)
        middle = 0.5 * (tile(between, 2 * i + 1, 0) + tile(between, 2 * i + 1, BETWEEN - 1))
        assert_allclose(tile(between, 2 * i + 1, BETWEEN // 2), middle, atol=1e-6)
        assert np.abs(tile(between, 2 * i, BETWEEN // 2) - middle).max() > 0.02
    (told,) = [text for text in texts(page) if "no pixel of these is off by more than" in text]
    assert float(told.split()[-1]) < 1e-4
    rendered(page)


@pytest.mark.parametrize("on, own", [("ring", "bent-plane.png"), ("digits", "latent-code.png")])
def test_a_run_has_its_pictures(on, own):
    system, trained, _ = short_run(on)
    drawn = pictures(system, trained)
    assert list(drawn) == ["samples.png", own, "density-and-samples.png", "losses.png"]
    for page in drawn.values():
        rendered(page)
