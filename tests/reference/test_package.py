"""The oracle stands by itself: what it may import, and what each of its names must say."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import reference
from minigan.claims.lecture import STATEMENTS

FILES = sorted(path for path in Path(reference.__file__).parent.glob("*.py") if path.stem != "__init__")

HEADINGS = {one.heading for one in STATEMENTS} | {"Generative Adversarial Networks"}


def public_names():
    for path in FILES:
        module = importlib.import_module(f"reference.{path.stem}")
        for name, thing in vars(module).items():
            if getattr(thing, "__module__", None) == module.__name__ and not name.startswith("_"):
                yield pytest.param(thing, id=f"{path.stem}.{name}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_imports_nothing_but_numpy_and_autograd(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(node.module.split(".")[0])
    assert imported <= {"autograd", "numpy", "itertools", "math", "typing", "reference"}


@pytest.mark.parametrize("thing", list(public_names()))
def test_says_its_formula_its_heading_and_a_number(thing):
    text = inspect.getdoc(thing)
    first, *rest = text.splitlines()
    assert "=" in first or "<-" in first or ": " in first
    headings = re.findall(r'Lecture,\s+"([^"]*)"', text)
    assert headings and {re.sub(r"\s+", " ", heading) for heading in headings} <= HEADINGS
    assert any(line.startswith(">>>") for line in rest)
    assert re.search(r"\d", text.rsplit("\n", 1)[-1])


def test_the_table_of_contents_is_complete():
    table = re.findall(r"^    (\w+)  +\w", reference.__doc__, re.MULTILINE)
    assert sorted(table) == [path.stem for path in FILES]
