"""The system that README shows, as a file of one's own: it trains, goes on, samples and sweeps."""

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

from minigan.cli import main

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def minigan(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def command(*args):
        monkeypatch.setattr(sys, "argv", ["minigan", *map(str, args)])
        try:
            main()
        except SystemExit as exit:
            assert not exit.code, capsys.readouterr()
        return capsys.readouterr().out

    return command


def shown() -> str:
    _, _, after = README.read_text().partition("<!-- a system of one's own")
    return after.partition("```python\n")[2].partition("```")[0]


def test_the_readmes_system_does_all_that_a_system_does(minigan):
    assert len(shown().splitlines()) < 20
    Path("bell.py").write_text(shown())
    assert "--width N" in minigan("train", "bell.py:bell", "--help")
    minigan("train", "bell.py:bell", "--width", 128, "--steps", 200)
    minigan("train", "bell.py:bell", "--resume", "--steps", 100)
    minigan("sample", "runs/bell", "-n", 2000, "-o", "points.csv")
    points = np.array([float(line) for line in Path("points.csv").read_text().splitlines()[1:]])
    assert abs(points.mean() - 3.0) < 0.1 and abs(points.std() - 0.5) < 0.1  # 3 and 0.5, whatever it began with
    assert sorted(path.suffix for path in Path("runs/bell").iterdir() if path.suffix == ".png") == [".png", ".png"]
    words = ("--grid", "lr=0.05,0.2", "--seeds", "0,1", "--steps", 50, "--out", "rates", "--jobs", 1)
    minigan("sweep", "bell.py:bell", *words)
    with open("rates/sweep.csv", newline="") as file:
        assert [row["state"] for row in csv.DictReader(file)] == ["done"] * 4
