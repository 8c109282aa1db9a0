"""The progress bar: silent when off, and beside each loss its value at the optimum when on."""

import subprocess
import sys

import pytest

from minigan.gan import GAMES
from minigan.gan.progress import progress_bar


def test_off_it_says_nothing_and_draws_nothing(capsys):
    with progress_bar(3, GAMES["minimax"](), False) as show:
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
def test_on_it_shows_recent_losses_beside_the_optimum(capsys, monkeypatch, name, at_optimum):
    monkeypatch.setenv("COLUMNS", "160")
    history = {"discriminator_loss": [9.0] * 10 + [0.5] * 50, "generator_loss": [1.25, 0.75]}
    with progress_bar(60, GAMES[name](), True) as show:
        show(60, history)
    line = capsys.readouterr().out.splitlines()[-1]
    assert name in line and "60/60" in line and "steps/s" in line
    assert "J(D) 0.500 of 0.693" in line  # the mean of the last fifty
    assert f"J(G) 1.000 of {at_optimum}" in line


def test_before_the_first_loss_there_is_no_number(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    with progress_bar(1, GAMES["minimax"](), True) as show:
        show(1, {"discriminator_loss": [], "generator_loss": []})
    assert "J(D) nan of 0.693" in capsys.readouterr().out
