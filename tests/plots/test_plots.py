"""Every picture renders to a PNG, says what its axes are, and shows the numbers it was given."""

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
from minigan.plots.images import tile_images
from minigan.plots.plane import joint_structure
from minigan.plots.strings import most_frequent
from minigan.random import generator

from .rendering import rendered, texts

DATA = Mixture((0.4, 0.6), (Normal(-1.0, 0.5), Normal(2.0, 0.7)))


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


@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_images_of_any_number_of_channels_are_shown_between_their_ends(channels):
    """Grey in a colour map between ``low`` and ``high``; colours scaled to [0, 1], nothing where there is no image."""
    shape = (5, 4) + ((channels,) if channels else ())
    images = np.random.default_rng(0).integers(0, 256, (3, *shape)).astype(float)
    drawn = plots.samples_beside_real(images, images, columns=2, low=0.0, high=255.0, ink=False)
    rendered(drawn)
    (shown,) = drawn.axes[0].images
    found = np.asarray(shown.get_array())
    if channels < 3:
        assert (shown.norm.vmin, shown.norm.vmax) == (0.0, 255.0) and shown.get_cmap().name == "gray"
        first = images[0] if channels == 0 else images[0, ..., 0]
        assert_allclose(found[:5, :4], first)
        return
    assert found.shape == (11, 9, 4)
    assert_allclose(found[:5, :4, :3], images[0, ..., :3] / 255.0)
    assert (found[:5, :4, 3] == 1.0).all()
    assert (found[5, :, 3] == 0.0).all() and (found[6:, 5:, 3] == 0.0).all()  # the gap, and where a fourth would be


def test_ink_is_black_on_white():
    images = np.full((1, 2, 2), 1.0)
    names = [
        plots.samples_beside_real(images, images, ink=ink).axes[0].images[0].get_cmap().name for ink in (True, False)
    ]
    assert names == ["gray_r", "gray"]


def test_pairs_of_columns():
    """Every pair once, below the diagonal, with each column's histogram on it; names at the edges."""
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((60, 3)), rng.standard_normal((40, 3)) + 5.0
    drawn = plots.pairs_beside_real(fake, real, ("age", "height", "$share"), "a table")
    rendered(drawn)
    panels = np.array(drawn.axes).reshape(3, 3)
    assert [[axes.get_visible() for axes in row] for row in panels] == [[j <= i for j in range(3)] for i in range(3)]
    assert [axes.get_xlabel() for axes in panels[2]] == ["age", "height", "$share"]
    assert [axes.get_ylabel() for axes in panels[:, 0]] == ["density", "height", "$share"]
    below, over = panels[2, 1].collections
    assert_allclose(below.get_offsets(), real[:, [1, 2]])
    assert_allclose(over.get_offsets(), fake[:, [1, 2]])
    assert {text.get_text() for text in panels[0, 0].get_legend().get_texts()} == {"real", "generated"}


def test_joint_structure():
    """Both clouds in the real rows' two main directions, the columns standardised by the real ones; and correlations."""
    rng = np.random.default_rng(0)
    factor = rng.standard_normal((400, 1))
    real = np.concatenate([factor * [1.0, -2.0, 3.0], rng.standard_normal((400, 3))], 1) * 50.0 + 7.0
    fake = rng.standard_normal((300, 6)) * real.std(0) + real.mean(0)  # the same columns, and nothing shared
    drawn = joint_structure(fake, real, "six columns")
    rendered(drawn)
    cloud, left, right = drawn.axes[:3]
    one, two = (np.asarray(points.get_offsets()) for points in cloud.collections)
    assert one.shape == (400, 2) and two.shape == (300, 2)
    variances = np.sort(np.linalg.eigvalsh(np.corrcoef(real.T)))[::-1]
    assert_allclose(one.var(0), variances[:2], rtol=1e-9)  # the largest there are
    assert two[:, 0].var() < 0.6 * one[:, 0].var()
    assert_allclose(left.images[0].get_array(), np.corrcoef(real.T), atol=1e-12)
    assert_allclose(right.images[0].get_array(), np.corrcoef(fake.T), atol=1e-12)
    assert {"real", "generated"} == {text.get_text() for text in cloud.get_legend().get_texts()}


def test_joint_structure_of_a_constant_column():
    rng = np.random.default_rng(0)
    real = np.concatenate([np.full((30, 1), 3.0), rng.standard_normal((30, 6))], 1)
    rendered(joint_structure(rng.standard_normal((30, 7)), real))


def test_most_frequent_strings():
    drawn = most_frequent(["ab", "", "ab", "$", "ab", ""], "six")
    rendered(drawn)
    (axes,) = drawn.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["ab", "(empty)", "$"]
    assert_allclose([bar.get_width() for bar in axes.patches], [3 / 6, 2 / 6, 1 / 6])
    assert axes.get_xlabel() == "share among 6 samples"


def test_metrics_of_one_network():
    """Losses in one panel, each other metric in its own; a line where one is at the optimum."""
    told = {"model_loss": [3.0, 2.0, 1.0], "temperature": [1.0, 0.5, 0.25], "accuracy": [0.1, 0.2, 0.4]}
    drawn = plots.metric_curves(told, {"model_loss": 0.5, "accuracy": None}, "three steps")
    rendered(drawn)
    assert [axes.get_ylabel() for axes in drawn.axes] == ["loss (nats)", "temperature", "accuracy"]
    assert all(axes.get_xlabel() == "step" for axes in drawn.axes)
    x, y = line(drawn.axes[1], "temperature")
    assert_allclose(x, [1, 2, 3]), assert_allclose(y, told["temperature"])
    levels = [one.get_ydata()[0] for one in drawn.axes[0].get_lines() if one.get_linestyle() == "--"]
    assert levels == [0.5]
    assert not any(one.get_linestyle() == "--" for axes in drawn.axes[1:] for one in axes.get_lines())


def test_both_losses_of_a_gan_are_drawn_as_losses_are_unless_their_optimum_is_unknown():
    game = GAMES["minimax"]()
    known = {"discriminator_loss": game.value_at_optimum, "generator_loss": game.generator_loss_at_optimum}
    one, two = plots.metric_curves(history(20), known, "a"), plots.loss_curves(history(20), game, "a")
    assert texts(one) == texts(two)
    unknown = plots.metric_curves(history(20), {key: None for key in known})
    rendered(unknown)
    assert len(unknown.axes) == 1 and unknown.axes[0].get_ylabel() == "loss (nats)"


@pytest.mark.parametrize("told", [{}, {"model_loss": []}])
def test_metrics_of_no_steps(told):
    rendered(plots.metric_curves(told))


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


def test_what_is_drawn_is_looked_at_first():
    rows = [[0.0, 1.0], [2.0, 3.0]]
    for draw in (plots.scatter_beside_real, joint_structure, plots.histograms_beside_real):
        draw(rows, rows)  # lists are samples
        for wrong, sentence in (
            (None, r"generated samples are an array or a list"),
            ("abc", r"generated samples.*'abc'"),
            ([["a", "b"]], "generated samples are real numbers"),
            (np.zeros((0, 2)), "generated samples are drawn as rows"),
        ):
            with pytest.raises((TypeError, ValueError), match=sentence):
                draw(wrong, rows)
    with pytest.raises(ValueError, match=r"drawn as rows, \(n, 2\)"):
        plots.scatter_beside_real([[1.0, 2.0, 3.0]], rows)
    with pytest.raises(ValueError, match="generated samples have 3 columns and real ones 2"):
        plots.histograms_beside_real([[1.0, 2.0, 3.0]], rows)
    with pytest.raises(ValueError, match=r"flat images of side 3 have shape \(n, 9\), and these \(2, 2\)"):
        plots.samples_beside_real(rows, rows, side=3)
    with pytest.raises(ValueError, match="columns of a sheet of images must be a positive integer, and is True"):
        plots.samples_beside_real([[1.0, 2.0, 3.0, 4.0]], [[1.0, 2.0, 3.0, 4.0]], side=2, columns=True)
    with pytest.raises(ValueError, match="lacks discriminator_loss"):
        plots.loss_curves({"generator_loss": [1.0]}, GAMES["minimax"]())
    with pytest.raises(TypeError, match="a history is a dict of lists"):
        plots.metric_curves([1.0, 2.0])
    with pytest.raises(TypeError, match=r"names of systems.*3"):
        plots.draws(3)
