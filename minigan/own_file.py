"""A Python file of the user's own: what stands in ``my_file.py`` is as good as what the package ships.

``my_file.py:name`` names what the file defines: a system, a divergence's row, a figure. The file is run once, as a module,
and what its decorators register is registered. Nothing but the file that was named is ever run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from .names import nearest

PREFIX = "minigan_own_"  # of the names of such modules


def is_own_module(name: str) -> bool:
    """Whether a module of that name is a file that `load` has run."""
    return name.startswith(PREFIX)


def is_own_file(spec: str) -> bool:
    """Whether ``spec`` is written as a file of one's own, ``my_file.py`` or ``my_file.py:name``.

    >>> is_own_file("ring"), is_own_file("mine.py"), is_own_file("there/mine.py:ring")
    (False, True, True)
    """
    return split(spec)[0].endswith(".py")


def split(spec: str) -> tuple[str, str | None]:
    """``"my_file.py:name"`` as file and name; the name is ``None`` where there is none.

    >>> split("mine.py:ring"), split("mine.py")
    (('mine.py', 'ring'), ('mine.py', None))
    """
    file, colon, name = spec.rpartition(":")
    if colon and file.endswith(".py"):
        return file, name or None
    return spec, None


def resolved(value):
    """``value``, a file of one's own named from the root, so that it is found from anywhere; anything else as it is.

    >>> resolved("ring"), resolved("/there/mine.py:ring"), resolved(3)
    ('ring', '/there/mine.py:ring', 3)
    """
    if not isinstance(value, str) or not is_own_file(value):
        return value
    file, name = split(value)
    return f"{Path(file).resolve()}" + (f":{name}" if name else "")


def load(path) -> ModuleType:
    """The module that the file is, run now unless this process has run it before.

    Raises `ValueError` where there is no such file, and where it fails, with the line and what Python said.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")
    resolved = path.resolve()
    name = f"{PREFIX}{path.stem}_{hashlib.sha256(str(resolved).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, resolved)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses and pickles look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ValueError(f"{path}{line_of(error, resolved)} does not run: {type(error).__name__}: {error}") from error
    return module


def line_of(error: Exception, path: Path) -> str:
    """Where in that file it went wrong, as ``", line 3,"``; nothing where that is not told."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f", line {error.lineno},"
    lines, frame = [], error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == str(path):
            lines.append(frame.tb_lineno)
        frame = frame.tb_next
    return f", line {lines[-1]}," if lines else ""


def defined(spec: str, what: str, is_one) -> object:
    """What ``my_file.py:name`` names: an object for which ``is_one(object)`` holds; ``what`` says what that is.

    Without a name, the only such object of the file. Raises `ValueError` where there is none or several, with the
    nearest name.
    """
    file, name = split(spec)
    module = load(file)
    own = {key: value for key, value in vars(module).items() if not key.startswith("_") and is_one(value)}
    if name is None:
        if len(own) == 1:
            return next(iter(own.values()))
        found = f"it defines {', '.join(own)}: say which, {file}:{next(iter(own))}" if own else "it defines none"
        raise ValueError(f"{file} is to name one {what}, and {found}")
    if name in own:
        return own[name]
    if hasattr(module, name):
        raise ValueError(f"{name} of {file} is no {what} but a {type(getattr(module, name)).__name__}")
    close = nearest(name, own)
    raise ValueError(f"{file} has no {what} called {name!r}" + (f"; the nearest is {close!r}" if close else ""))
