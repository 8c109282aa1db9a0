"""The table of remedies from sweeps: what is trained, what is kept, and what is refused before."""

import pytest

from minigan.plots.remedies import BENCHES, remedies
from minigan.runs.remedies import main, swept


def test_cells_are_trained_once_and_told_by_bench(tmp_path, monkeypatch):
    found = swept([0], tmp_path, jobs=1, steps=2, names=["plain"])
    assert found.keys() == BENCHES.keys()
    assert all([row["remedy"] for row in rows] == ["plain"] for rows in found.values())
    assert all(0 <= row[BENCHES[bench].counted] <= BENCHES[bench].of for bench, rows in found.items() for row in rows)
    monkeypatch.setattr("minigan.runs.remedies.sweep", lambda cells, jobs: {one.folder: one.state for one in cells})
    assert swept([0], tmp_path, jobs=1, steps=2, names=["plain"]) == found  # nothing is left to do


def test_the_figure_trains_for_itself():
    page = remedies(steps=1, names=["pairing"])
    assert len(page.axes) == 1 + len(BENCHES)


def test_another_suffix_is_refused_before_anything_is_trained(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "table.gif"), "--folder", str(tmp_path / "runs")])
    assert ".png, .pdf or .svg" in capsys.readouterr().err and not (tmp_path / "runs").exists()
