"""``minigan divergence``: values against known ones, the files it writes, and what it refuses."""

import json
import re

import pytest
from typer.testing import CliRunner

from minigan.cli.app import app

MIXTURE = "mix(0.33, N(-1, 0.2549509757), 0.67, N(2, 1.4142135624))"


def run(*arguments):
    return CliRunner().invoke(app, ["divergence", *arguments])


def test_all_rows_between_two_gaussians_agree_with_closed_forms(tmp_path):
    out = tmp_path / "values.json"
    result = run("--p", "N(0, 1)", "--q", "N(1, 1)", "--json", str(out))
    assert result.exit_code == 0, result.output
    rows = {row["row"]: row for row in json.loads(out.read_text())["rows"]}
    assert len(rows) == 12
    assert rows["kl"]["value"] == pytest.approx(0.5, rel=1e-12)
    assert rows["pearson"]["value"] == pytest.approx(1.718281828459045, rel=1e-12)
    assert rows["jensen_shannon"]["value"] == pytest.approx(0.222842964, rel=1e-8)
    for row in rows.values():
        if row["closed_form"] is not None:
            assert row["value"] == pytest.approx(row["closed_form"], rel=1e-11)


def test_an_infinite_value_is_written_as_a_word(tmp_path):
    out = tmp_path / "values.json"
    assert run("--p", "N(0, 1)", "--q", "N(0, 2)", "--row", "neyman", "--json", str(out)).exit_code == 0
    assert json.loads(out.read_text())["rows"][0]["value"] == "inf"


def test_estimates_from_samples_beside_the_exact_value(tmp_path):
    out = tmp_path / "values.json"
    rows = ("--row", "kl", "--row", "jensen_shannon", "--row", "neyman")
    result = run("--p", "N(0, 1)", "--q", "N(0.5, 2)", *rows, "--samples", "800", "--seeds", "4", "--json", str(out))
    assert result.exit_code == 0, result.output
    told = json.loads(out.read_text())
    assert told["samples"] == 800 and told["seeds"] == 4
    for row in told["rows"][:2]:
        for name in ("critic", "neighbours"):
            assert row[f"{name}_bias"] == pytest.approx(row[name] - row["value"], abs=1e-15)
            assert abs(row[f"{name}_bias"]) < 4 * row[f"{name}_standard_error"] + 0.1 * row["value"]
            assert f"{row[name]:.5g} +/- {row[f'{name}_standard_error']:.2g}" in result.output
    neyman = told["rows"][2]
    assert neyman["value"] == "inf" and neyman["critic"] is None and neyman["neighbours_bias"] is None


def test_bounds_of_trained_critics_are_useful(tmp_path):
    """neyman's used to come to -1e22."""
    out = tmp_path / "values.json"
    arguments = (
        "--p",
        "N(0, 1)",
        "--q",
        "N(0.7, 1.2)",
        "--row",
        "neyman",
        "--row",
        "kl",
        "--bound",
        "--json",
        str(out),
    )
    assert run(*arguments).exit_code == 0
    for row in json.loads(out.read_text())["rows"]:
        assert 0.5 * row["value"] < row["bound"] <= row["value"]
        assert row["gap"] == row["value"] - row["bound"]


def test_the_gaussian_that_fits_a_mixture(tmp_path):
    """Moments are matched by kl; the reverse kl optimum is the 22-digit one of an independent computation."""
    out = tmp_path / "fit.json"
    assert run("--fit", MIXTURE, "--row", "kl", "--row", "reverse_kl", "--json", str(out)).exit_code == 0
    kl, reverse = json.loads(out.read_text())["rows"]
    assert (kl["mean"], kl["deviation"]) == pytest.approx((1.01, 1.83066927652), rel=1e-8)
    assert (reverse["mean"], reverse["deviation"]) == pytest.approx((1.57810465922, 1.63117412217), rel=1e-7)


@pytest.fixture
def own_row(tmp_path):
    """kl under another name, written as anybody would."""
    path = tmp_path / "mine.py"
    path.write_text(
        "import minigan.numpy as mnp\n"
        "from minigan.divergences import derived_row\n"
        "covering = derived_row('covering', f=lambda u: u * mnp.log(u))\n"
        "half = 0.5\n"
    )
    return path


def test_a_row_of_ones_own_between_two_gaussians(own_row, tmp_path):
    out, picture = tmp_path / "values.json", tmp_path / "picture.png"
    rows = ("--row", f"{own_row}:covering", "--row", "kl", "--row", "gan")
    result = run("--p", "N(0, 1)", "--q", "N(1, 1)", *rows, "--bound", "--json", str(out), "--plot", str(picture))
    assert result.exit_code == 0, result.output
    mine, exact, gan = json.loads(out.read_text())["rows"]
    assert mine["row"] == "covering" and mine["value"] == pytest.approx(0.5, rel=1e-12)
    assert mine["bound"] == pytest.approx(exact["bound"], rel=1e-6)
    assert (mine["smallest"], gan["smallest"]) == (0.0, pytest.approx(-1.3862943611198906))
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_row_of_ones_own_is_fitted_and_estimated(own_row, tmp_path):
    out = tmp_path / "values.json"
    result = run("--fit", MIXTURE, "--row", str(own_row), "--json", str(out), "--plot", str(tmp_path / "p.png"))
    assert result.exit_code == 0, result.output
    (mine,) = json.loads(out.read_text())["rows"]
    assert (mine["mean"], mine["deviation"]) == pytest.approx((1.01, 1.83066927652), rel=1e-7)
    samples = ("--samples", "100", "--seeds", "2", "--json", str(out))
    assert run("--p", "N(0, 1)", "--q", "N(1, 1)", "--row", str(own_row), *samples).exit_code == 0
    (mine,) = json.loads(out.read_text())["rows"]
    assert abs(mine["critic_bias"]) < 0.5 and mine["neighbours"] is None


@pytest.mark.parametrize(
    "name, sentence",
    [
        (":coverin", "has no row called 'coverin'; the nearest is 'covering'"),
        (":half", "half of .* is no row but a float"),
        ("x.py:a", "there is no such file"),
    ],
)
def test_mistakes_about_a_row_of_ones_own(own_row, name, sentence):
    result = run("--p", "N(0, 1)", "--q", "N(1, 1)", "--row", f"{own_row}{name}")
    assert isinstance(result.exception, ValueError) and re.search(sentence, str(result.exception))


@pytest.mark.parametrize("arguments", [("--p", "N(0, 1)", "--q", "N(1, 1)"), ("--fit", MIXTURE, "--row", "kl")])
def test_a_picture_is_drawn(arguments, tmp_path):
    picture = tmp_path / "picture.png"
    result = run(*arguments, "--plot", str(picture))
    assert result.exit_code == 0, result.output
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ((), "give two densities"),
        (("--p", "N(0, 1)"), "give two densities"),
        (("--p", "N(0, 1)", "--q", "N(1, 1)", "--fit", "N(0, 1)"), "give two densities"),
        (("--p", "N(0; 1)", "--q", "N(1, 1)"), "has no meaning here"),
        (("--p", "N(0, -1)", "--q", "N(1, 1)"), "positive"),
        (("--p", "N(0, 1)", "--q", "N(1, 1)", "--row", "alpha(1)"), "kl"),
        (("--fit", "N(0, 1)", "--samples", "100"), "leave --fit and --bound away"),
        (("--p", "N(0, 1)", "--q", "N(1, 1)", "--samples", "3"), "at least 20 points"),
        (("--p", "N(0, 1)", "--q", "N(1, 1)", "--samples", "100", "--seeds", "1"), "two seeds"),
    ],
)
def test_what_is_refused(arguments, sentence):
    result = run(*arguments)
    assert isinstance(result.exception, ValueError), result.output
    assert sentence in str(result.exception)


def train(*arguments):
    return CliRunner().invoke(app, ["train", *arguments])


@pytest.mark.parametrize("name", ["gaussian", "ring", "digits"])
def test_every_model_trains_on_a_row_of_the_table(name, tmp_path):
    result = train(name, "--divergence", "pearson", "--steps", "3", "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["game"] == "f_gan_pearson" and metrics["steps"] == 3


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (("--divergence", "hellinger"), "no row of the table"),
        (("--divergence", "kl", "--game", "minimax"), "leave --game minimax away"),
        (("--divergence", "kl", "--generator-loss", "saturating"), "bound or modified"),
        (("--generator-loss", "modified"), "--divergence"),
    ],
)
def test_games_that_do_not_go_together_are_refused(arguments, sentence, tmp_path):
    result = train("gaussian", *arguments, "--steps", "1", "--out", str(tmp_path))
    assert isinstance(result.exception, ValueError), result.output
    assert sentence in str(result.exception)
