"""Every picture renders to a PNG, says what its axes are, and shows the numbers it was given."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import plots
from minigan.data import digits, ring, ring_centres
from minigan.densities import Mixture, Normal
from minigan.gan import GAMES, optimal_discriminator
from minigan.models import RECIPES, rows_recipe
from minigan.plots.images import tile_images
from minigan.plots.training import training_pictures
from minigan.random import generator

DATA = Mixture((0.4, 0.6), (Normal(-1.0, 0.5), Normal(2.0, 0.7)))


def rendered(drawn):
    """The PNG's bytes, drawn without a window system."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png")
    png = buffer.getvalue()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    from matplotlib.image import imread

    pixels = imread(io.BytesIO(png), format="png")[..., :3]
    assert pixels.shape[0] > 200 and pixels.shape[1] > 300
    assert (pixels < 0.9).any(-1).mean() > 0.005  # something is on it
    return png


def texts(drawn):
    import matplotlib.text

    return {text.get_text() for text in drawn.findobj(matplotlib.text.Text)} - {""}


def line(axes, label):
    (found,) = [one for one in axes.get_lines() if one.get_label() == label]
    return found.get_xdata(), found.get_ydata()


def history(steps, seed=0):
    noise = np.random.default_rng(seed).standard_normal((2, steps))
    return {
        "discriminator_loss": list(0.69 + 0.05 * noise[0]),
        "generator_loss": list(0.35 + 0.05 * noise[1]),
    }


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("steps", [0, 1, 7, 1000])
def test_loss_curves(game, steps):
    drawn = plots.loss_curves(history(steps), GAMES[game]())
    rendered(drawn)
    (axes,) = drawn.axes
    assert axes.get_xlabel() == "step" and "loss" in axes.get_ylabel()
    assert game.replace("_", "-") in axes.get_title()
    assert f"at the optimum {GAMES[game]().generator_loss_at_optimum:.3f}" in texts(drawn)
    assert f"at the optimum {GAMES[game]().value_at_optimum:.3f}" in texts(drawn)
    if steps == 1000:
        x, y = line(axes, r"$J^{(D)}$, discriminator")
        losses = history(steps)["discriminator_loss"]
        assert (x[0], x[-1]) == (10, 1000) and len(x) == len(y) == 991  # a mean over the last ten steps
        assert_allclose(y[0], np.mean(losses[:10]), rtol=1e-12)


@pytest.mark.parametrize("learned", [False, True])
def test_densities_and_discriminator(learned):
    model, D = Normal(0.5, 1.2), (lambda x: mnp.sigmoid(-x)) if learned else None
    samples = generator(0).standard_normal((50, 1)) if learned else None
    drawn = plots.densities_and_discriminator(DATA, model, D, samples=samples, title="a title")
    rendered(drawn)
    left, right = drawn.axes
    assert left.get_xlabel() == "x" and left.get_ylabel() == "density" and right.get_ylabel() == "D(x)"
    assert left.get_title() == "a title"
    x, p = line(left, r"$p_{\mathrm{data}}$")
    assert_allclose(p, mg.to_numpy(DATA.density(mnp.asarray(x))), rtol=1e-12)
    exact = mg.to_numpy(optimal_discriminator(DATA, model)(mnp.asarray(x)))
    assert any(np.allclose(one.get_ydata(), exact) for one in right.get_lines() if len(one.get_ydata()) == len(exact))
    labels = {text.get_text() for text in left.get_legend().get_texts()}
    assert ("learned D" in labels) is learned


def test_samples_beside_real():
    images = digits().images
    drawn = plots.samples_beside_real(images[:20, ...], images[20:40, ...], title="twenty")
    rendered(drawn)
    assert {"generated", "real", "twenty"} <= texts(drawn)


def test_tiles_lie_row_by_row():
    images = np.arange(3 * 4).reshape(3, 4) / 12.0
    sheet = tile_images(mnp.asarray(images), columns=2, side=2)
    assert sheet.shape == (5, 5)
    assert (sheet[:2, :2] == images[0].reshape(2, 2)).all() and (sheet[:2, 3:] == images[1].reshape(2, 2)).all()
    assert (sheet[3:, :2] == images[2].reshape(2, 2)).all()
    assert np.isnan(sheet[2]).all() and np.isnan(sheet[3:, 3:]).all()


def test_scatter_beside_real():
    fake, real = ring()(generator(0), 300), ring()(generator(1), 300)
    drawn = plots.scatter_beside_real(fake, real, ring_centres(), "a ring", ("x", "y"))
    rendered(drawn)
    left, right = drawn.axes
    assert (left.get_xlabel(), left.get_ylabel(), right.get_xlabel()) == ("x", "y", "x")
    assert {"generated", "real", "a ring"} <= texts(drawn)
    assert left.get_xlim() == right.get_xlim() and left.get_ylim() == right.get_ylim()
    assert_allclose(left.collections[0].get_offsets(), mg.to_numpy(fake))


@pytest.mark.parametrize("columns, shown", [(1, 1), (3, 3), (5, 5), (30, 12)])
def test_histograms_beside_real(columns, shown):
    rng = generator(0)
    drawn = plots.histograms_beside_real(rng.standard_normal((200, columns)), rng.standard_normal((100, columns)))
    rendered(drawn)
    visible = [axes for axes in drawn.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in visible] == [f"column {i}" for i in range(shown)]
    assert visible[0].get_ylabel() == "density"
    assert {text.get_text() for text in visible[0].get_legend().get_texts()} == {"real", "generated"}


def test_histograms_of_a_constant_column():
    real = np.column_stack([np.zeros(50), np.arange(50.0)])
    rendered(plots.histograms_beside_real(real, real))


def table(columns):
    return mnp.asarray(np.random.default_rng(2).standard_normal((30, columns)))


@pytest.mark.parametrize("name", [*RECIPES, "rows 1", "rows 2", "rows 5", "digits of one's own", "empty run"])
def test_pictures_of_a_training_run(name):
    if name in RECIPES:
        recipe = RECIPES[name]()
    elif name == "digits of one's own":  # a file may be called as a recipe is
        recipe = rows_recipe(table(3), "digits")
    else:
        recipe = rows_recipe(table(2 if name == "empty run" else int(name[-1])), "table")
    result = recipe.train(steps=0 if name == "empty run" else 2, batch=8)
    pictures = training_pictures(recipe, result)
    assert list(pictures) == ["samples.png", "losses.png"]
    for drawn in pictures.values():
        rendered(drawn)
        for axes in drawn.axes:
            if axes.get_visible() and not axes.images:
                assert axes.get_xlabel() or axes.get_ylabel()
    assert any(recipe.name in text for text in texts(pictures["samples.png"]))


def test_pictures_need_no_window_and_leave_no_global_figure():
    code = (
        "import json, sys\n"
        "from minigan import plots\n"
        "from minigan.gan import minimax\n"
        "before = 'matplotlib' in sys.modules\n"
        "drawn = plots.loss_curves({'discriminator_loss': [1.0], 'generator_loss': [1.0]}, minimax())\n"
        "import io; drawn.savefig(io.BytesIO())\n"
        "print(json.dumps([before, 'matplotlib.pyplot' in sys.modules]))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == [False, False]
