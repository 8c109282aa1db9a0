"""The system that README shows, as a file of one's own: it trains, goes on, samples and sweeps."""

import csv
from pathlib import Path

import numpy as np

README = Path(__file__).parents[2] / "README.md"


def shown() -> str:
    _, _, after = README.read_text().partition("<!-- a system of one's own")
    return after.partition("```python\n")[2].partition("```")[0]


def test_the_readmes_system_does_all_that_a_system_does(minigan):
    assert len(shown().splitlines()) < 20
    Path("bell.py").write_text(shown())
    assert "--width N" in minigan("train", "bell.py:bell", "--help").out
    assert minigan("train", "bell.py:bell", "--width", 128, "--steps", 200).code == 0
    assert minigan("train", "bell.py:bell", "--resume", "--steps", 100).code == 0
    assert minigan("sample", "runs/bell", "-n", 2000, "-o", "points.csv").code == 0
    points = np.array([float(line) for line in Path("points.csv").read_text().splitlines()[1:]])
    assert abs(points.mean() - 3.0) < 0.1 and abs(points.std() - 0.5) < 0.1  # 3 and 0.5, whatever it began with
    assert sorted(path.suffix for path in Path("runs/bell").iterdir() if path.suffix == ".png") == [".png", ".png"]
    words = ("--grid", "lr=0.05,0.2", "--seeds", "0,1", "--steps", 50, "--out", "rates", "--jobs", 1)
    assert minigan("sweep", "bell.py:bell", *words).code == 0
    with open("rates/sweep.csv", newline="") as file:
        assert [row["state"] for row in csv.DictReader(file)] == ["done"] * 4
