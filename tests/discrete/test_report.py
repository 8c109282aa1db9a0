"""The report: what it measures is what is known exactly, and what it prints can be read."""

import functools
import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.discrete import (
    estimator_report,
    gumbel_softmax_gradient,
    rebar,
    reinforce,
    rising_digits,
    score_function_variance,
    straight_through_gradient,
)
from minigan.discrete.report import COLUMNS, TEMPERATURES, default_estimators, judged, takes_shape
from minigan.plots import bias_against_variance
from minigan.random import generator
from tests.discrete.exactly import TOYS, toy


@pytest.fixture(scope="module")
def full():
    f, logits = rising_digits()
    return estimator_report(None, f, logits, samples=20_000)


def by_name(report):
    return {row["estimator"]: row for row in report.rows}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bias_variance_and_error_are_the_exact_ones(seed):
    """On the toy of three symbols: straight-through's bias and REINFORCE's variances are rationals."""
    f, logits = toy("square")
    chosen = {"plain": reinforce, "mean": functools.partial(reinforce, baseline="mean")}
    chosen["through"] = straight_through_gradient
    report = estimator_report(chosen, f, logits, samples=40_000, rng=seed)
    rows = by_name(report)
    assert (report.states, round(report.value, 12)) == (3, round(10 / 3, 12))
    assert_allclose(mg.to_numpy(report.gradient), TOYS["square"][2], atol=1e-14)
    for name, variance in (("plain", 2591 / 162), ("mean", 731 / 162)):
        row = rows[name]
        assert row["unbiased"] and abs(row["variance"] / variance - 1) < 0.05
        assert_allclose(row["standard_error"], math.sqrt(row["variance"] / 40_000), rtol=1e-12)
    row, bias = rows["through"], np.linalg.norm([1 / 18, 4 / 27, -11 / 54])
    assert not row["unbiased"] and abs(row["bias"] - bias) < 4 * row["standard_error"]
    for row in report.rows:
        part = row["variance"] * (1 - 1 / 40_000) + row["bias"] ** 2
        assert_allclose(row["mean_squared_error"], part, rtol=1e-9)


def test_an_estimator_called_one_at_a_time_and_one_called_at_once_agree():
    f, logits = toy("linear")
    chosen = {
        "at once": functools.partial(reinforce, samples=2, baseline="leave_one_out"),
        "one by one": lambda f, logits, rng: reinforce(f, logits, rng, samples=2, baseline="leave_one_out"),
    }
    assert [takes_shape(one) for one in chosen.values()] == [True, False]
    report = estimator_report(chosen, f, logits, samples=1_000, rng=generator(4, host=True))
    once, one = report.rows
    assert once["unbiased"] and one["unbiased"] and abs(once["variance"] / one["variance"] - 1) < 0.25
    again = estimator_report(chosen, f, logits, samples=1_000, rng=generator(4, host=True))
    timeless = lambda report: [{key: row[key] for key in row if key != "cost"} for row in report.rows]
    assert timeless(again) == timeless(report)  # the same seed, the same numbers


def test_an_estimator_without_variance_or_with_a_wrong_sign():
    """The truth itself is unbiased to rounding; planted errors of one part in fifty are found."""
    f, logits = toy("square")
    truth = mnp.asarray(TOYS["square"][2])
    chosen = {
        "truth": lambda f, logits, rng: truth,
        "off": lambda f, logits, rng: 1.02 * truth,
        "negative": lambda f, logits, rng: -reinforce(f, logits, rng, samples=20),
    }
    report = estimator_report(chosen, f, logits, samples=400)
    assert [row["unbiased"] for row in report.rows] == [True, False, False]
    assert report.rows[0]["variance"] == pytest.approx(0.0, abs=1e-28)


def test_the_default_set_is_judged_rightly(full):
    rows = by_name(full)
    f, logits = rising_digits()
    assert full.states == 256
    biased = {name for name, row in rows.items() if not row["unbiased"]}
    low = {f"{kind}, temperature {TEMPERATURES[-1]:g}" for kind in ("gumbel-softmax", "straight-through gumbel")}
    relaxed = {name for name in rows if "temperature" in name}
    assert biased - low == {"straight-through", "reinforce, batch mean"} | (relaxed - low)
    for name, baseline in (("reinforce", "none"), ("reinforce, exact mean", "mean"), ("reinforce, optimal", "optimal")):
        exact = mg.to_numpy(score_function_variance(f, logits, baseline)).sum() / 4  # of four samples
        assert abs(rows[name]["variance"] / exact - 1) < 0.08
    assert rows["rebar, tuned"]["variance"] < rows["rebar"]["variance"] < 0.5 * rows["reinforce"]["variance"]
    for row in full.rows:
        assert tuple(row)[: len(COLUMNS)] == COLUMNS and row["cost"] > 0 and row["estimates"] == 20_000
    assert rows["rebar"]["cost"] > rows["reinforce"]["cost"]


def test_bias_falls_and_variance_rises_as_the_temperature_falls(full):
    rows = by_name(full)
    for kind in ("gumbel-softmax", "straight-through gumbel"):
        found = [rows[f"{kind}, temperature {t:g}"] for t in TEMPERATURES]
        for hot, cold in itertools.pairwise(found):
            assert cold["variance"] > 1.5 * hot["variance"]
            assert cold["bias"] - 4 * cold["standard_error"] < hot["bias"]
        assert found[2]["bias"] < 0.7 * found[0]["bias"]


def test_the_table_reads(full):
    report = full
    lines = str(report).splitlines()
    assert "256 states" in lines[0] and "|g| = 0.617647" in lines[0]
    header = next(line for line in lines if line.startswith("estimator"))
    assert header.split() == ["estimator", "bias", "+/-", "zero?", "variance", "mean", "sq.", "error", "cost"]
    table = [line for line in lines if any(line.startswith(row["estimator"] + " ") for row in report.rows)]
    assert len(table) == len(report.rows) and {len(line) for line in table} == {len(header)}
    (line,) = [line for line in table if line.startswith("straight-through  ")]
    assert line.split()[3] == "no" and line.endswith(" x")


def test_the_picture_has_a_curve_a_relaxation_and_a_line_an_unbiased_estimator(full):
    report = full
    above, below = bias_against_variance(report).axes
    curves = {one.get_label(): one for one in above.get_lines() if not one.get_label().startswith("_")}
    assert set(curves) == {"Gumbel-softmax", "straight-through Gumbel-softmax"}
    rows = by_name(report)
    for label, curve in curves.items():
        kind = "gumbel-softmax" if label == "Gumbel-softmax" else "straight-through gumbel"
        expected = [rows[f"{kind}, temperature {t:g}"] for t in sorted(TEMPERATURES)]
        assert_allclose(curve.get_xdata(), [row["variance"] for row in expected])
        assert_allclose(curve.get_ydata(), [row["bias"] for row in expected])
    unbiased = [row for row in report.rows if row["unbiased"] and "relaxation" not in row]
    assert sorted(point.get_xdata()[0] for point in below.get_lines()) == sorted(r["variance"] for r in unbiased)
    assert above.get_xscale() == above.get_yscale() == "log"


def test_a_picture_of_unbiased_estimators_alone():
    f, logits = toy("linear")
    report = estimator_report({"plain": reinforce}, f, logits, samples=100)
    assert len(bias_against_variance(report).axes) == 2
    assert bias_against_variance(report.rows, "a title").axes[0].get_title() == "a title"


def test_float32_is_judged_in_float64():
    f, logits = rising_digits("float32")
    chosen = {"rebar": functools.partial(rebar, samples=2)}
    (row,) = estimator_report(chosen, f, logits, samples=20_000).rows
    (double,) = estimator_report(chosen, *rising_digits(), samples=20_000).rows
    assert row["unbiased"] and abs(row["variance"] / double["variance"] - 1) < 0.1


def test_default_estimators_of_one_sample_have_no_baseline_of_others():
    f, logits = toy("linear")
    names = default_estimators(f, logits, generator(0), samples=1)
    assert "reinforce, leave-one-out" not in names and "reinforce, optimal" in names
    row = judged("x", gumbel_softmax_gradient, f, logits, mnp.zeros(3), generator(0), 10)
    assert "temperature" not in row  # only where a partial says which


def test_what_is_refused():
    f, logits = toy("linear")
    with pytest.raises(ValueError, match="no estimators"):
        estimator_report({}, f, logits)
    for samples in (0, -3):
        with pytest.raises(ValueError, match="samples must be an integer of at least 2"):
            estimator_report(None, f, logits, samples=samples)
    with pytest.raises(ValueError, match="samples must be an integer of at least 2, and is 1"):
        estimator_report(None, f, logits, samples=1)
    with pytest.raises(ValueError, match=r"'sum' returned an estimate of shape \(\), and it should have \(3,\)"):
        estimator_report({"sum": lambda f, logits, rng: mnp.sum(logits)}, f, logits, samples=5)
    with pytest.raises(ValueError, match="states, and goes through 1048576 at most"):
        estimator_report(None, f, mnp.zeros((30, 4)))
    with pytest.raises(ValueError, match="no distribution"):
        estimator_report(None, f, mnp.asarray([math.nan, 0.0]))
