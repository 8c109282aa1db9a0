"""The pictures of the f-GAN rows show the numbers they were given, in every corner of the values."""

import io
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Mixture, Normal, StudentT, Uniform
from minigan.divergences import TABLE, alpha, derived_row, weighted_jensen_shannon
from minigan.plots import figures
from minigan.plots.bounds import critic_bound_curves
from minigan.plots.divergences import fits_of_rows, values_of_rows
from minigan.plots.sheet import sheet_of_rows
from minigan.plots.style import EXACT, REAL

DATA = Mixture((0.4, 0.6), (Normal(-1.0, 0.5), Normal(2.0, 0.7)))
ROWS = list(TABLE.values())


def rendered(drawn):
    """The PNG's pixels, drawn without a window system."""
    from matplotlib.image import imread

    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=60)
    assert buffer.getvalue().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = imread(io.BytesIO(buffer.getvalue()), format="png")[..., :3]
    assert (pixels < 0.9).any(-1).mean() > 0.005  # something is on it
    return pixels


def texts(axes):
    import matplotlib.text

    return {text.get_text() for text in axes.findobj(matplotlib.text.Text)} - {""}


def dots(axes, marker="o"):
    """y -> x of every dot."""
    return {
        int(one.get_ydata()[0]): float(one.get_xdata()[0])
        for one in axes.get_lines()
        if one.get_marker() == marker and len(one.get_xdata()) == 1
    }


def found(values, bounds=None):
    rows = [{"row": row.name, "value": value} for row, value in zip(ROWS, values)]
    for one, bound in zip(rows, bounds or []):
        one["bound"] = bound
    return rows


def test_values_of_rows():
    model = Normal(1.0, 0.9)  # narrow enough for neyman, wide enough for pearson
    values = [float(row.between_densities(DATA, model)) for row in ROWS]
    drawn = values_of_rows(DATA, model, found(values), "the data", "the model")
    rendered(drawn)
    left, right = drawn.axes
    assert left.get_xlabel() == "x" and left.get_ylabel() == "density" and "nats" in right.get_xlabel()
    assert {text.get_text() for text in left.get_legend().get_texts()} == {"the data", "the model"}
    assert [label.get_text() for label in right.get_yticklabels()] == [row.name for row in ROWS]
    at = dots(right)
    assert_allclose([at[i] for i in range(12)], [v - r.smallest for v, r in zip(values, ROWS)], rtol=1e-12)
    assert {f"{v:.6g}" for v in values} <= texts(right)
    assert "infinite" not in texts(right)
    (curve,) = [one for one in left.get_lines() if one.get_label() == "the data"]
    assert curve.get_color() == REAL
    exact = mg.to_numpy(DATA.density(mnp.asarray(curve.get_xdata())))
    assert_allclose(curve.get_ydata(), exact, rtol=1e-12)


def test_infinite_values_are_arrows():
    p, q = Normal(0.0, 1.0), Normal(3.0, 2.0)
    values = [float(row.between_densities(p, q)) for row in ROWS]
    infinite = {i for i, value in enumerate(values) if math.isinf(value)}
    assert infinite == {list(TABLE).index("neyman")}
    drawn = values_of_rows(p, q, found(values))
    rendered(drawn)
    right = drawn.axes[1]
    assert set(dots(right, ">")) == infinite and set(dots(right)) == set(range(12)) - infinite
    assert "infinite" in texts(right)


@pytest.mark.parametrize(
    "values",
    [[math.inf] * 12, [0.0] * 9 + [-2 * math.log(2.0)] + [0.0] * 2, [10.0 ** (3 * i - 20) for i in range(12)]],
    ids=["infinite", "zero", "many decades"],
)
def test_values_in_every_corner(values):
    drawn = values_of_rows(Normal(0.0, 1.0), Normal(0.0, 1e-3), found(values))
    rendered(drawn)
    low, high = drawn.axes[1].get_xlim()
    assert math.isfinite(low) and low < high < math.inf
    for at in [*dots(drawn.axes[1]).values(), *dots(drawn.axes[1], ">").values()]:
        assert low <= at <= high


def test_narrow_and_bounded_densities_are_seen():
    for p, q in ((Normal(0.0, 1e-4), Normal(0.0, 1.0)), (Uniform(0.0, 1.0), StudentT(0.0, 1.0, 3.0))):
        left = values_of_rows(p, q, found([1.0] * 12)).axes[0]
        for density, place in ((p, 1), (q, 2)):
            lines = [one for one in left.get_lines() if not one.get_label().startswith("_")]
            x, y = lines[place - 1].get_data()
            mass = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
            # a Student t has 4% of its mass beyond 3.6 scales, a jump costs half a step's trapezium
            assert 0.94 < mass < 1.01, density


def test_bounds_are_marked():
    values = [0.5 - (2 * math.log(2.0) if row.name == "gan" else 0.0) for row in ROWS]
    bounds = [None if row.name == "neyman" else value - 0.1 for row, value in zip(ROWS, values)]
    drawn = values_of_rows(DATA, Normal(1.0, 1.5), found(values, bounds))
    rendered(drawn)
    right = drawn.axes[1]
    marks = {y: x for y, x in dots(right, "|").items()}
    assert set(marks) == set(range(12)) - {list(TABLE).index("neyman")}
    assert_allclose(list(marks.values()), 0.4, rtol=1e-12)
    assert "a critic's bound" in {text.get_text() for text in right.get_legend().get_texts()}


@pytest.mark.parametrize("count", [1, 3, 12])
def test_fits_of_rows(count):
    rows = [
        {"row": row.name, "mean": 0.1 * i, "deviation": 1.0 + 0.05 * i, "value": 0.1 + 0.01 * i}
        for i, row in enumerate(ROWS[:count])
    ]
    drawn = fits_of_rows(DATA, rows, "mix(0.4, N(-1, 0.5), 0.6, N(2, 0.7))")
    rendered(drawn)
    left, right = drawn.axes
    assert left.get_xlabel() == "x" and left.get_ylabel() == "density" and "nats" in right.get_xlabel()
    lines = {one.get_label(): one for one in left.get_lines()}
    for i, one in enumerate(rows):
        curve = lines[f"_{one['row']}"]
        model = Normal(one["mean"], one["deviation"])
        assert_allclose(curve.get_ydata(), mg.to_numpy(model.density(mnp.asarray(curve.get_xdata()))), rtol=1e-12)
        assert right.get_yticklabels()[i].get_color() == curve.get_color()
        assert any(text.startswith(f"{one['value']:.5g}") for text in texts(right))
    assert len({tuple(lines[f"_{one['row']}"].get_color()) for one in rows}) == count


def test_critic_bound_curves():
    steps = [0, 10, 20]
    bounds = {"kl": [-1.0, 0.2, 0.4], "gan": [-1.4, -1.3, -1.2], "alpha(0.5)": [0.0, 0.1, 0.2], "pearson": [0, 1, 2]}
    exact = {"kl": 0.5, "gan": -1.1, "alpha(0.5)": 0.3, "pearson": 3.0}
    drawn = critic_bound_curves(steps, bounds, exact, "four rows")
    rendered(drawn)
    visible = [axes for axes in drawn.axes if axes.get_visible()]
    assert len(visible) == 4 and visible[0].get_ylabel() == "nats" and visible[3].get_xlabel() == "step"
    for axes, name in zip(visible, bounds):
        assert name in axes.get_title()
        curve, line = axes.get_lines()
        assert_allclose(curve.get_ydata(), bounds[name])
        assert set(line.get_ydata()) == {exact[name]} and line.get_color() == EXACT
        low, high = axes.get_ylim()
        assert low < curve.get_ydata()[-1] < exact[name] < high


def test_sheet_of_rows():
    drawn = sheet_of_rows()
    pixels = rendered(drawn)
    assert pixels.shape[0] > pixels.shape[1]  # portrait
    axes = np.array(drawn.axes).reshape(12, 5)
    assert all(panel.get_title() for panel in axes[0, 1:]) and all(panel.get_xlabel() for panel in axes[-1, 1:])
    for row, (words, *panels) in zip(ROWS, axes):
        assert any(f"{row.threshold_in_v:.4g}" in text for text in texts(words))
        functions = (row.f, row.conjugate, row.activation, row.optimal_critic)
        marks = (
            (1.0, row.f_at_one),
            (row.threshold, row.threshold - row.f_at_one),
            (row.threshold_in_v, row.threshold),
            (1.0, row.threshold),
        )
        for panel, function, (x, y) in zip(panels, functions, marks):
            (curve,) = [one for one in panel.get_lines() if len(one.get_xdata()) > 2 and one.get_linestyle() == "-"]
            exact = mg.to_numpy(function(mnp.asarray(curve.get_xdata())))
            there = np.isfinite(curve.get_ydata())
            assert_allclose(curve.get_ydata()[there], exact[there], rtol=1e-12)
            (dot,) = [one for one in panel.get_lines() if one.get_marker() == "o"]
            assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (x, y)
            assert abs(float(mg.to_numpy(function(mnp.asarray(x)))) - y) < 1e-12  # the dot lies on the curve
            low, high = panel.get_ylim()
            assert low < y < high


def test_sheet_of_rows_of_ones_own():
    mine = derived_row("le_cam", lambda u: (u - 1.0) ** 2 / (2.0 * (u + 1.0)))
    drawn = sheet_of_rows([alpha(-0.5), alpha(3.0), weighted_jensen_shannon(0.9), mine])
    rendered(drawn)
    assert len(drawn.axes) == 20
    assert any("-0.5" in text for text in texts(drawn.axes[0]))
    words = texts(drawn.axes[15])
    assert any("le_cam" in text for text in words) and not any("f(u) =" in text for text in words)


def test_a_row_added_to_the_table_is_drawn(monkeypatch):
    monkeypatch.setitem(TABLE, "le_cam", derived_row("le_cam", lambda u: (u - 1.0) ** 2 / (2.0 * (u + 1.0))))
    assert len(figures.draw("f-divergences").axes) == 13 * 5


def test_values_less_the_smallest_of_rows_outside_the_table():
    rows = [{"row": "mine", "value": 0.25}, {"row": "shifted", "value": -0.5, "smallest": -1.0}]
    axes = values_of_rows(Normal(0.0, 1.0), Normal(1.0, 1.0), rows).axes[1]
    assert dots(axes) == {0: 0.25, 1: 0.5} and "of shifted, $D_f - f(1)$" in axes.get_xlabel()
    drawn = critic_bound_curves([0, 1], {"mine": [-3.0, 0.2]}, {"mine": 0.25})
    assert drawn.axes[0].get_ylim()[0] < 0.0
