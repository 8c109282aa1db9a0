"""A command as a person types it, in this process and in an empty folder."""

import json
import sys

import pytest

from minigan.cli import main


class Told:
    """What a command came to."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def is_one_sentence(self, *parts):
        """Exit 2 with one line on stderr that holds ``parts``."""
        assert self.code == 2, (self.code, self.out, self.err)
        assert self.err.startswith("minigan: ") and self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err + self.out
        for part in parts:
            assert str(part) in self.err, self.err


@pytest.fixture
def minigan(capsys, monkeypatch, tmp_path):
    """``minigan("train", "ring")``: exit code, what was printed, and what was said on stderr."""
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
        return Told(code, *capsys.readouterr())

    return command


@pytest.fixture
def run(minigan):
    """The same by a shorter name."""
    return minigan


@pytest.fixture
def metrics(tmp_path):
    """``metrics("runs/ring")``: its metrics.json, which holds no NaN and no infinity."""

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return lambda folder: json.loads((tmp_path / folder / "metrics.json").read_text(), parse_constant=refuse)
