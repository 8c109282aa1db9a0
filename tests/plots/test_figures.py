"""The figures that have a name: each is drawn, says what its axes are, and comes out the same twice."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Normal
from minigan.divergences import TABLE, alpha, named
from minigan.gan import optimal_discriminator
from minigan.models.explicit.comparison import Entry
from minigan.models.explicit.likelihood import Nats
from minigan.models.implicit.bayesian_gan import WAYS, Apart
from minigan.models.remedies import REMEDIES
from minigan.plots import bayesian_digits
from minigan.plots.bayesian_gan import ways_apart
from minigan.plots.bounds import bounds_in_training
from minigan.plots.errata import printed_and_true
from minigan.plots.explicit_models import table_of_models
from minigan.plots.figures import FIGURES, PAPER, draw, format_of, write
from minigan.plots.remedies import BENCHES, table_of_remedies

STEPS = 60  # of the critics in bound-tightening


@pytest.fixture(scope="module")
def drawn():
    """Every figure, drawn once; what is trained for it, for a tenth of its steps."""
    trained = ("bound-tightening", "ring-unrolled", "hips-example", "explicit-models", "density-ratios", "likelihood-free")
    trained += ("bayesian-gan", "sprinkler", "relation-to-vaes", "remedies", "bayesian-regression", "bayesian-digits")
    trained += ("avb", "lotka-volterra", "weights-posterior", "family-inference", "bias-variance")
    made = {name: draw(name) for name in FIGURES if name not in trained}
    made["explicit-models"] = table_of_models(list(drawn_entries()), independent=-25.0)
    made["bayesian-gan"] = ways_apart(drawn_ways())
    made["remedies"] = table_of_remedies(swept(), dict.fromkeys(BENCHES, dict.fromkeys([*REMEDIES, None], 12.5)))
    made["bayesian-digits"] = bayesian_digits.ways_apart(drawn_ways_of_digits())
    made["bayesian-regression"] = FIGURES["bayesian-regression"].draw(steps=1)
    made["bound-tightening"] = FIGURES["bound-tightening"].draw(steps=STEPS, every=20)
    made["bias-variance"] = FIGURES["bias-variance"].draw(estimates=2000)
    made["ring-unrolled"] = FIGURES["ring-unrolled"].draw(steps=90)
    made["density-ratios"] = FIGURES["density-ratios"].draw(steps=2)
    made["likelihood-free"] = FIGURES["likelihood-free"].draw(steps=2)
    made["lotka-volterra"] = FIGURES["lotka-volterra"].draw(steps=2)
    made["hips-example"] = FIGURES["hips-example"].draw(steps=60)
    made["sprinkler"] = FIGURES["sprinkler"].draw(steps=40)
    made["relation-to-vaes"] = FIGURES["relation-to-vaes"].draw(steps=40)
    made["family-inference"] = FIGURES["family-inference"].draw(steps=20)
    made["avb"] = FIGURES["avb"].draw(steps=2, schools_steps=2)
    made["weights-posterior"] = FIGURES["weights-posterior"].draw(steps=2, chain=4, climb=3)
    return made


def swept():
    """Rows as a sweep of two seeds has them, and no training; one run of each bench diverged."""
    rng = np.random.default_rng(2)
    rows = {bench: [] for bench in BENCHES}
    for bench, what in BENCHES.items():
        for remedy in (*REMEDIES, None):
            for seed in (0, 1):
                row = {"remedy": remedy, "seed": seed}
                if remedy != "packing_3":
                    row |= {key: float(rng.uniform()) for key in ("mode_kl", what.quality, *what.perfect[1:])}
                    row |= {key: int(rng.integers(0, what.of + 1)) for key in (what.counted, what.perfect[0])}
                rows[bench].append(row)
    return rows


def drawn_ways():
    """Every way, three seeds, and no training."""
    rng = np.random.default_rng(1)
    looks = [100, 200, 300, 400]
    return {way: [Apart(*rng.uniform(0.0, 0.6, 3), looks, list(rng.uniform(0.0, 0.6, 4))) for _ in "abc"] for way in WAYS}


def drawn_ways_of_digits():
    """Every way, two seeds, and no training; one generator is far from no other."""
    rng = np.random.default_rng(1)
    keys = [key for key, _, beside in bayesian_digits.PANELS for key in (key, beside) if key]
    found = {way: [dict(zip(keys, rng.uniform(0.0, 1.0, len(keys)))) for _ in "ab"] for way in bayesian_digits.WAYS}
    found["one, by Adam"][0]["frechet_distance_between_generators"] = None
    return found


def drawn_entries():
    """One of every kind of number, and no training."""
    rng = np.random.default_rng(0)
    kinds = (
        Nats(-17.0, 0.2),
        Nats(-19.0, 0.2, "exact", gap=0.9),
        Nats(-22.0, 0.1, "bound", gap=1.0),
        Nats(-24.0, 0.1, "bound", gap_at_least=2.0),
        Nats(-18.0, 0.1, "estimate", interval=(-18.2, -17.9)),
    )
    for i, nats in enumerate(kinds):
        samples = (rng.random((8, 8, 8)) < 0.3).astype(float)
        yield Entry(f"model {i}", "", i == 4, nats, 10 ** (i + 2), 64, 10.0**-i, i % 2 == 0, samples)


def labelled(axes):
    return axes.get_visible() and axes.axison and len(axes.lines) + len(axes.collections) > 0


def outer(axes):
    """Whether a panel shows numbers along x: its axis then has to be named."""
    return axes.xaxis.get_visible() and axes.xaxis.get_tick_params().get("labelbottom", True)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_a_picture_with_named_axes(drawn, name, tmp_path):
    from matplotlib.image import imread

    write(drawn[name], tmp_path / "one.png")
    pixels = imread(tmp_path / "one.png")[..., :3]
    assert 500 < pixels.shape[0] < 4000 and 800 < pixels.shape[1] < 4000
    assert (pixels < 0.9).any(-1).mean() > 0.01
    assert 20_000 < (tmp_path / "one.png").stat().st_size < 2_000_000
    if name == "families":  # a map, without axes
        return
    panels = [axes for axes in drawn[name].axes if labelled(axes)]
    assert panels
    edge = min(axes.get_position().x0 for axes in panels)
    left = [axes for axes in panels if axes.get_position().x0 < edge + 1e-3]
    if name not in ("f-divergences", "explicit-models", "remedies"):  # columns have titles instead, lines begin with names
        assert all(axes.get_ylabel() or axes.get_yticklabels()[0].get_text() for axes in left)
    assert all(axes.get_xlabel() for axes in panels if outer(axes)) and any(axes.get_xlabel() for axes in panels)


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_lies_on_another_or_leaves_the_page(drawn, name):
    """Titles, axis names and legends, by their boxes in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    page = drawn[name]
    renderer = FigureCanvasAgg(page).get_renderer()
    page.draw(renderer)
    written = [axes.title for axes in page.axes] + [
        label for axes in page.axes if axes.axison for label in (axes.xaxis.label, axes.yaxis.label)
    ]
    written += [*page.texts, *page.legends]
    boxes = [(one, one.get_window_extent(renderer)) for one in written if getattr(one, "get_text", lambda: "legend")()]
    whole = page.bbox
    for one, box in boxes:
        assert whole.x0 - 1 <= box.x0 and box.x1 <= whole.x1 + 1, one
        assert whole.y0 - 1 <= box.y0 and box.y1 <= whole.y1 + 1, one
    for i, (one, box) in enumerate(boxes):
        for other, another in boxes[i + 1 :]:
            assert not box.padded(-1.0).overlaps(another.padded(-1.0)), (one, other)


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_same_bytes_twice(kind, tmp_path):
    for place in ("a", "b"):
        write(draw("optimal-discriminator"), tmp_path / f"{place}.{kind}")
    one, other = ((tmp_path / f"{place}.{kind}").read_bytes() for place in ("a", "b"))
    assert one == other
    assert one.startswith({"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[kind])


def test_the_optimal_discriminator_is_one_half_where_the_densities_cross(drawn):
    left, right = drawn["optimal-discriminator"].axes
    curves = {one.get_label(): one for one in left.get_lines()}
    x, p = curves[r"$p_{\mathrm{data}}$"].get_data()
    _, q = curves[r"$p_{\mathrm{model}}$ (exact)"].get_data()
    (d,) = [one.get_ydata() for one in right.get_lines() if len(one.get_xdata()) == len(x)]
    assert_allclose(d, p / (p + q), rtol=1e-9)
    exact = optimal_discriminator(Normal(2.0, 0.6), Normal(0.8, 0.9))(mnp.asarray(x))
    assert_allclose(d, mg.to_numpy(exact), rtol=1e-12)
    at = lambda axes, y: axes.transData.transform((0.0, y))[1]
    assert at(left, 0.0) == pytest.approx(at(right, 0.0), abs=0.5)  # pixels


def test_the_fits_are_those_of_the_paper(drawn):
    """The paper reports these optima; its mixture is not printed, so a few 1e-4 are left."""
    paper = {"kl": (1.0100, 1.8308), "reverse_kl": (1.5782, 1.6319), "jensen_shannon": (1.3070, 1.7542)}
    paper |= {"jeffreys": (1.3218, 1.7034), "pearson": (0.5737, 1.9274)}
    left = drawn["gaussian-fits"].axes[0]
    curves = {one.get_label().removeprefix("_"): one for one in left.get_lines()}
    for name, (mean, deviation) in paper.items():
        x, y = curves[name].get_data()
        assert_allclose(y, mg.to_numpy(Normal(mean, deviation).density(mnp.asarray(x))), atol=2e-4)
    assert {row.name for row in TABLE.values()} <= set(curves)


def test_bounds_tighten_from_below(drawn):
    panels = [axes for axes in drawn["bound-tightening"].axes if axes.get_visible()]
    assert len(panels) == 6
    for axes in panels:
        curve, line = axes.get_lines()
        assert list(curve.get_xdata()) == [0, 20, 40, 60]
        assert (np.asarray(curve.get_ydata()) <= line.get_ydata()[0] + 1e-7).all()


def test_a_critic_of_some_training_is_near_the_divergence():
    row, q = named("kl"), Normal(1.0, 1.8)
    exact = float(row.between_densities(PAPER, q))
    for seed in (0, 1):
        bounds = bounds_in_training(row, PAPER, q, 600, 200, seed)
        assert len(bounds) == 4 and bounds[0] < bounds[-1] <= exact + 1e-7
        assert bounds[-1] > 0.75 * exact


def test_the_errata_show_both_formulas():
    panels = printed_and_true().axes
    rows = (named("pearson"), alpha(1.5), alpha(-1.0), named("total_variation"))
    rows += (named("reverse_kl"), named("neyman"), named("squared_hellinger"))
    for i, (axes, row) in enumerate(zip(panels, rows)):
        assert row.name in axes.get_title()
        true, printed = (one for one in axes.get_lines() if len(one.get_xdata()) > 2)
        points = mnp.asarray(true.get_xdata())
        pair = (row.conjugate, row.as_printed.conjugate) if i < 4 else (row.activation, row.as_printed.activation)
        for curve, function in zip((true, printed), pair):
            assert_allclose(curve.get_ydata(), mg.to_numpy(function(points)), rtol=1e-12)
        assert abs(true.get_ydata() - printed.get_ydata()).max() > 0.5  # they are seen apart


def test_what_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no figure is called 'sheet'; 'minigan figure' lists them all"):
        draw("sheet")
    for path, told in (("a.jpg", "'.jpg'"), ("a", "it has none"), ("a.PNG.txt", "'.txt'")):
        with pytest.raises(ValueError, match=rf"\.png, \.pdf or \.svg.*{told}"):
            format_of(path)
    assert format_of("b.PDF") == "pdf"
    assert all(one.about and one.draw for one in FIGURES.values())


def test_the_table_of_explicit_models_has_a_line_for_each_the_best_first():
    rows = list(drawn_entries())
    page = table_of_models(rows, independent=-25.0)
    left, middle, right = page.axes
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["model 0", "model 4", "model 1", "model 2", "model 3"]
    places = {round(float(line.get_xdata()[0]), 6): float(line.get_ydata()[0]) for line in middle.lines}
    assert places[-17.0] == 0 and places[-22.0] == 3 and places[-25.0] == 0  # the dashed line from the bottom
    assert places[-19.9] == 2  # the trained bound of the exact one
    told = [text.get_text() for text in middle.texts]
    assert "-18.00  estimate, in [-18.20, -17.90]" in told and "-24.00  bound, gap at least 2.00" in told
    cells = [text.get_text() for text in right.texts]
    assert cells[4:8] == ["100", "64", "1.0e+00", "yes"]
