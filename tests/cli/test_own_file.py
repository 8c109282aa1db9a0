"""The divergence and the figure that README shows, as a file of one's own: the commands beside them do what they say."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

README = Path(__file__).parents[2] / "README.md"


def shown(language) -> str:
    _, _, after = README.read_text().partition("<!-- a divergence and a figure of one's own")
    return after.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.fixture
def told(minigan):
    """``told("figure", ...)`` beside the file of README: what was printed, where nothing went wrong."""
    Path("mine.py").write_text(shown("python"))

    def command(*args):
        found = minigan(*args)
        assert found.code == 0, found.err
        return found.out

    return command


def test_the_file_is_short():
    assert len(shown("python").splitlines()) < 20


def test_the_readmes_divergence_is_a_row_and_trains(told):
    divergence, train, _ = (shlex.split(line)[1:] for line in shown("bash").splitlines())
    told(*divergence, "--json", "values.json")
    le_cam, kl = json.loads(Path("values.json").read_text())["rows"]
    x = np.linspace(-12.0, 13.0, 100_001)
    p, q = norm.pdf(x), norm.pdf(x, loc=1.0)
    expected = np.trapezoid(0.5 * (p - q) ** 2 / (p + q), x)
    assert le_cam["row"] == "le_cam" and le_cam["value"] == pytest.approx(expected, rel=1e-9)
    assert 0.9 * le_cam["value"] < le_cam["bound"] <= le_cam["value"] and kl["value"] == pytest.approx(0.5)
    told(*train, "--steps", 3)
    run = json.loads(Path("runs/ring/run.json").read_text())
    assert run["options"]["divergence"] == f"{Path('mine.py').resolve()}:le_cam"  # found from anywhere
    assert json.loads(Path("runs/ring/metrics.json").read_text())["game"] == "f_gan_le_cam"


def test_the_readmes_figure_is_drawn(told):
    _, _, figure = (shlex.split(line)[1:] for line in shown("bash").splitlines())
    assert "mine.py:how_far in far.png" in told(*figure)
    assert Path("far.png").read_bytes().startswith(b"\x89PNG")
