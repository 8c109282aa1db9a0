"""``minigan train ring --unroll K`` from the command line: what is written, told, resumed and refused."""

import json
import sys

import pytest

from minigan.cli import main


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")

    def command(*args):
        monkeypatch.setattr(sys, "argv", ["minigan", *map(str, args)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit:
            code = exit.code or 0
        return code, *capsys.readouterr()

    return command


def test_the_report_says_where_it_was_and_when(run, tmp_path):
    code, out, _ = run("train", "ring", "--unroll", 2, "--steps", 100)
    assert code == 0 and "2 discriminator updates looked ahead" in out
    found = json.loads((tmp_path / "runs" / "ring" / "metrics.json").read_text())
    assert found["variant"] == "unroll 2" and [row[0] for row in found["visits"]] == [50, 100]
    assert "mode of the bulk" in out and "hopped to another mode" in out


def test_without_a_look_ahead_it_is_another_recipe_than_without_the_option(run, tmp_path):
    assert run("train", "ring", "--unroll", 0, "--steps", 2, "--out", "zero")[0] == 0
    assert run("train", "ring", "--steps", 2, "--out", "plain")[0] == 0
    zero, plain = (json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("zero", "plain"))
    assert zero["variant"] == "unroll 0" and "variant" not in plain
    assert zero["discriminator_loss"] != plain["discriminator_loss"]


def test_first_order_and_discriminator_steps(run, tmp_path):
    assert run("train", "ring", "--unroll", 2, "--first-order", "--discriminator-steps", 3, "--steps", 2)[0] == 0
    found = json.loads((tmp_path / "runs" / "ring" / "metrics.json").read_text())
    assert found["variant"] == "unroll 2 first order, 3 discriminator steps"
    assert run("train", "gaussian", "--unroll", 1, "--steps", 2)[0] == 0


def test_the_ways_beside_each_other(run):
    code, out, _ = run("train", "ring", "--unroll", 1, "--steps", 50, "--compare")
    assert code == 0
    for way in ("K = 0", "K = 1", "K = 1, first order", "K = 0, 2 D steps", "no gradient through them"):
        assert way in out


def test_resuming_another_look_ahead_is_refused(run):
    assert run("train", "ring", "--unroll", 1, "--steps", 2)[0] == 0
    assert run("train", "ring", "--unroll", 1, "--steps", 2, "--resume")[0] == 0
    code, _, err = run("train", "ring", "--unroll", 0, "--steps", 2, "--resume")
    assert code == 2 and "unroll 1, not unroll 0" in err


@pytest.mark.parametrize(
    "options, message",
    [
        (("ring", "--first-order"), "with --unroll 5"),
        (("ring", "--unroll", "-1"), "is -1"),
        (("ring", "--unroll", "0", "--discriminator-steps", "0"), "positive integer, and is 0"),
        (("ring", "--compare"), "--compare belongs to"),
        (("digits", "--unroll", "1", "--compare"), "--compare belongs to"),
        (("categorical_vae", "--unroll", "1"), "plays none"),
    ],
)
def test_refused(run, options, message):
    code, _, err = run("train", *options, "--steps", 1)
    assert code == 2 and message in err and err.startswith("minigan: ") and err.count("\n") == 1
