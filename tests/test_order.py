"""Any order of test files passes: a module's doctests, collected first, leave the function of its name in its place."""

import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAIRS = [("minigan/data/grid.py", "tests/data/test_grid.py")]


@pytest.mark.parametrize("files", PAIRS, ids=lambda files: files[0])
def test_a_module_before_the_tests_of_its_function(files):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-2000:]
