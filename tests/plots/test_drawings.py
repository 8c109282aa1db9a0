"""The pictures of a run: of every system, by its drawing or by its kind of data, and in the data's own units."""

import functools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan import plots
from minigan.data import from_array
from minigan.models import SYSTEMS, Form, System
from minigan.models.games.rows import rows
from minigan.models.images.own_images import images
from minigan.plots.drawings import DRAWINGS, FRAME, draws, pictures
from minigan.training import Learner

from ..models.small import small
from .rendering import rendered, texts


@functools.cache
def two_steps(name):
    made = small(name)
    return made, made.train(2)


def rows_of(values, name="table", columns=None):
    return rows(data=from_array(np.asarray(values), name, columns=columns), batch=8)


def table(columns, n=60):
    return np.random.default_rng(2).standard_normal((n, columns)) * 20.0 ** np.arange(columns) - 300.0


def panels(drawn):
    return [axes for axes in drawn.axes if axes.get_visible()]


def say_what_their_axes_are(drawn):
    """Each panel, or the one at the foot of its column; images have none. A bar of colours stands for itself."""
    columns = {}
    for axes in panels(drawn):
        if not axes.images:
            place = axes.get_subplotspec()
            column = axes if place is None else place.colspan.start
            columns.setdefault(column, []).append(axes.get_xlabel() or axes.get_ylabel())
    assert all(words[-1] for words in columns.values())


@pytest.mark.parametrize("name", list(SYSTEMS))
@pytest.mark.parametrize("steps", [0, 2])
def test_every_system_is_drawn(name, steps):
    made, trained = two_steps(name) if steps else (small(name), small(name).train(0))
    drawn = pictures(made, trained)
    assert next(iter(drawn)) == "samples.png" and list(drawn)[-1] == "losses.png"
    for figure in drawn.values():
        rendered(figure)
        say_what_their_axes_are(figure)
    assert any(name in text and made.title in text and f"{steps} steps" in text for text in texts(drawn["samples.png"]))
    assert any(name in text for text in texts(drawn["losses.png"]))


@pytest.mark.parametrize("columns, shown", [(1, 1), (2, 2), (3, 9), (5, 25), (6, 8), (15, 12)])
def test_tables_are_drawn_in_their_own_units_under_the_names_of_their_columns(columns, shown):
    """One histogram, a plane, all pairs of few columns; of more, histograms and what they share."""
    names = tuple(f"quantity {i}" for i in range(columns))
    values = table(columns)
    system = rows_of(values, columns=names)
    drawn = pictures(system, system.train(1))
    assert ("joint.png" in drawn) == (columns > 5)
    for figure in drawn.values():
        rendered(figure)
    samples = drawn["samples.png"]
    assert len(samples.axes) == shown
    assert set(names[:12]) <= texts(samples)
    if columns == 2:
        found = np.asarray(samples.axes[1].collections[0].get_offsets())
        assert_allclose(np.sort(found, 0), np.sort(values, 0), rtol=1e-4)  # every row once
    if columns == 3:
        found = np.asarray(samples.axes[6].collections[0].get_offsets())  # the third column over the first
        assert_allclose(np.sort(found, 0), np.sort(values[:, [0, 2]], 0), rtol=1e-4)
    if columns in (1, 6, 15):
        low, high = panels(samples)[0].get_xlim()
        assert low < values[:, 0].min() and values[:, 0].max() < high


def test_names_of_columns_are_no_formulas():
    """A dollar in a header is a dollar."""
    system = rows_of(table(3), columns=("$price", "a_b^c", "$x$"))
    drawn = pictures(system, system.train(0))["samples.png"]
    rendered(drawn)
    assert {"$price", "a_b^c", "$x$"} <= texts(drawn)


@pytest.mark.parametrize("name", ["digits", "gaussian", "strings"])
def test_a_file_may_be_called_as_a_system_is(name):
    """And is drawn as the table that it is."""
    system = rows_of(table(2), name)
    drawn = pictures(system, system.train(1))["samples.png"]
    rendered(drawn)
    assert any(f"{name}: 60 rows of 2 numbers" in text for text in texts(drawn)) and len(drawn.axes) == 2


@pytest.mark.parametrize("shape", [(9, 12), (9, 12, 1), (9, 12, 3), (6, 5, 4)])
def test_images_are_drawn_in_their_own_units_with_their_channels(shape):
    values = np.random.default_rng(0).integers(0, 256, (20, *shape)).astype("uint8")
    system = images(data=from_array(values, "photos"), batch=4)
    drawn = pictures(system, system.train(1))["samples.png"]
    rendered(drawn)
    generated, real = (axes.images[0] for axes in drawn.axes)
    coloured = len(shape) == 3 and shape[2] >= 3
    sheet = np.asarray(real.get_array())
    assert sheet.shape[:2] == (2 * shape[0] + 1, 10 * shape[1] + 9)  # twenty, ten a row, none twice
    if coloured:
        assert sheet.shape[2] == 4
        sheet = np.rint(255.0 * sheet[..., :3])
    else:
        assert sheet.ndim == 2 and generated.get_cmap().name == "gray"
        assert (generated.norm.vmin, generated.norm.vmax) == (0.0, 255.0)
    shown = {
        sheet[r : r + shape[0], c : c + shape[1]].astype("uint8").tobytes()
        for r in (0, shape[0] + 1)
        for c in range(0, sheet.shape[1], shape[1] + 1)
    }
    told = values[..., :3] if coloured else values
    assert shown == {image.tobytes() for image in np.ascontiguousarray(told)}  # the real ones, pixel for pixel


def test_images_on_white_ground_have_a_frame():
    """Blobs run out to white at their edges, and one would not be told from the next; photographs are told apart."""
    from matplotlib.colors import to_hex

    framed = pictures(*two_steps("blobs"))["samples.png"].axes[0]
    plain = pictures(*two_steps("images"))["samples.png"].axes[0]
    assert to_hex(framed.get_facecolor()) == FRAME and to_hex(plain.get_facecolor()) == "#ffffff"


def test_what_was_watched_may_be_drawn():
    """A drawing is given the system and all that came of training."""
    made, trained = two_steps("ring")
    seen = []

    @draws("ring")
    def own(system, found):
        seen.append((system, found))
        return {"mine.png": plots.loss_curves(found.history, system.parts["players"].game)}

    try:
        assert list(pictures(made, trained)) == ["mine.png", "losses.png"]
        assert seen == [(made, trained)]
    finally:
        del DRAWINGS["ring"]
    assert list(pictures(made, trained)) == ["samples.png", "losses.png"]


def test_a_drawing_that_draws_nothing_is_told_so():
    made, trained = two_steps("ring")

    @draws("ring", "grid")
    def forgetful(system, found): ...

    try:
        with pytest.raises(TypeError, match="the drawing of ring returns figures by file name, and returned None"):
            pictures(made, trained)
        assert DRAWINGS["grid"] is forgetful
    finally:
        del DRAWINGS["ring"], DRAWINGS["grid"]


def test_strings_without_a_drawing_of_their_own_are_counted():
    """A stranger's strings: most frequent first."""
    learner = Learner(lambda rng: mg.numpy.zeros(()), lambda rng, state: (), lambda s, b: (s, {"model_loss": s}))
    codes = mg.numpy.asarray([0, 0, 1])
    system = System(
        "three letters",
        learner,
        lambda state, n, rng: mg.numpy.take(codes, rng.integers(0, 3, (n,)), 0),
        lambda state, rng: {},
        1,
        form=Form("strings", spell=lambda found: ["ab"[int(i)] for i in mg.to_numpy(found)]),
        name="letters",
    )
    drawn = pictures(system, system.train(1))["samples.png"]
    rendered(drawn)
    (axes,) = drawn.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    share = axes.patches[0].get_width()
    assert abs(share - 2 / 3) < 4.0 * math.sqrt(2 / 9 / 2000)
