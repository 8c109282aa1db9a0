"""Modules of the package are imported as Python imports them, before pytest does it in its own way.

Under ``--import-mode=importlib`` pytest runs a module of doctests that nobody has imported yet, and puts it into its
package by its name: there `minigan.gan.fit`, the function, would be the module from then on, for every later test.
"""

import contextlib
import importlib
import pathlib

ROOT = pathlib.Path(__file__).parent


def pytest_collect_file(file_path):
    if file_path.suffix == ".py" and file_path.is_relative_to(ROOT / "minigan"):
        parts = file_path.relative_to(ROOT).with_suffix("").parts
        with contextlib.suppress(Exception):  # pytest tells what is wrong with it
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
