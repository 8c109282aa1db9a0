"""The progress bar: silent when off; when on, steps and time left are whole at any width, and losses give way."""

import re
import subprocess
import sys

import pytest

from minigan.gan import GAMES
from minigan.training.progress import progress_bar


def optimum(game):
    return {"discriminator_loss": game.value_at_optimum, "generator_loss": game.generator_loss_at_optimum}


def test_off_it_says_nothing_and_draws_nothing(capsys):
    with progress_bar(3, "minimax", {}, False) as show:
        show(3, {"discriminator_loss": [1.0], "generator_loss": [1.0]})
    assert capsys.readouterr() == ("", "")


def test_training_in_silence_does_not_import_rich():
    code = (
        "import sys; from minigan import nn; from minigan.gan import fit\n"
        "from minigan.densities import Normal\n"
        "fit(nn.dense(1), nn.mlp([2, 1]), Normal(), steps=1, batch=2); print('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


@pytest.mark.parametrize("name, at_optimum", [("minimax", "-0.347"), ("non_saturating", "0.347")])
@pytest.mark.parametrize("width", [80, 160])
def test_on_it_shows_recent_losses_beside_the_optimum(capsys, monkeypatch, name, at_optimum, width):
    monkeypatch.setenv("COLUMNS", str(width))
    history = {"discriminator_loss": [9.0] * 10 + [0.5] * 50, "generator_loss": [1.25, 0.75]}
    with progress_bar(60, name, optimum(GAMES[name]())) as show:
        show(60, history)
    line = capsys.readouterr().out.splitlines()[-1]
    assert "60/60" in line and "steps/s" in line
    assert "J(D) 0.500 of 0.693" in line  # the mean of the last fifty
    assert f"J(G) 1.000 of {at_optimum}" in line or (width == 80 and len(at_optimum) > 5)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("steps", [9, 60, 3000, 1_000_000])
def test_steps_and_time_left_are_never_cut_off(capsys, monkeypatch, width, steps):
    monkeypatch.setenv("COLUMNS", str(width))
    history = {key: [123456.0] for key in ("discriminator_loss", "generator_loss", "something_else")}
    with progress_bar(steps, "a game", {"discriminator_loss": 0.7}) as show:
        show(steps, history)
    lines = [one for one in capsys.readouterr().out.splitlines() if one.strip()]
    assert len(lines) == 1 and len(lines[0]) <= width
    assert lines[0].startswith(f"{steps}/{steps}") and re.search(r"\d\d:\d\d", lines[0]) and "…" not in lines[0]


def test_metrics_of_any_name_are_shown(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar(1, "a model", {"nats_a_sample": 1.25}) as show:
        show(1, {"nats_a_sample": [2.0]})
    assert "nats a sample 2.000 of 1.250" in capsys.readouterr().out


def test_before_the_first_loss_there_is_no_number(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    with progress_bar(1, "minimax", optimum(GAMES["minimax"]())) as show:
        show(1, {"discriminator_loss": [], "generator_loss": []})
    assert "J(D) nan of 0.693" in capsys.readouterr().out
