"""The registry of systems: a function under `system` is known to the command line, to lists, sweeps and tests.

    @system(heading="Mode Collapse", about="eight Gaussians on a circle")
    def ring(*, batch: Annotated[int, "examples a step"] = 256, lr: Annotated[float, "learning rate"] = 1e-3) -> System:
        ...

Its keyword arguments are its options. Calling it checks them and returns the `System`, told its name and its options.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .. import own_file
from ..data import Dataset
from ..names import nearest, unknown
from ..options import Option, options_of
from .system import System

SYSTEMS: dict[str, RegisteredSystem] = {}


@dataclass(frozen=True)
class RegisteredSystem:
    """A system's function with its ``name``, the lecture's ``heading``, ``about`` in a sentence, and its options.

    With ``takes_data`` it is trained on data of the user's: it has an argument ``data``, a `minigan.data.Dataset`, which
    ``needs_data`` unless it has a default. ``kind`` is then that of the datasets it is for, "rows", "images" or "sound".

    A call raises `ValueError` for options that there are not and values that they cannot have, `TypeError` for data
    that is no Dataset.

    >>> ring = find_system("ring")
    >>> ring.options["batch"].default, ring(batch=64).options["batch"]
    (256, 64)
    >>> ring(batch=0)
    Traceback (most recent call last):
    ValueError: --batch is at least 1, and was 0
    """

    function: Callable[..., System]
    name: str
    heading: str
    about: str
    options: dict[str, Option]
    takes_data: bool = False
    needs_data: bool = False
    kind: str = ""

    def __call__(self, **options: Any) -> System:
        data = {"data": options.pop("data")} if self.takes_data and "data" in options else {}
        if self.needs_data and not data:
            raise ValueError(f"{self.name} trains on data of your own: data=minigan.data.from_array(array, name)")
        if data and not isinstance(data["data"], Dataset):
            raise TypeError(
                f"the data of {self.name} is a Dataset, as minigan.data.from_array(array, name) makes of an array, "
                f"and was a {type(data['data']).__name__}"
            )
        given = {self.option(name).name for name in options}
        chosen = self.checked(options)
        passed = {key: value for key, value in chosen.items() if key in given or not self.options[key].given_only}
        made = self.function(**data, **passed)
        if not isinstance(made, System):
            raise TypeError(f"the function of system {self.name} returns a System, and returned {made!r:.80}")
        told = {"name": self.name, "heading": self.heading, "about": self.about, "options": chosen}
        return replace(made, **told, made_by=(self, {**data, **{key: chosen[key] for key in passed}}))

    @property
    def spec(self) -> str:
        """What finds it again, in any process: its name, or ``FILE.py:NAME`` of a file of the user's own."""
        module = self.function.__module__
        if own_file.is_own_module(module):
            return f"{sys.modules[module].__file__}:{self.name}"
        return self.name

    def __reduce__(self):
        return find_system, (self.spec,)

    def checked(self, options: dict[str, Any]) -> dict[str, Any]:
        """All options with their values, defaults where nothing is given; `ValueError` for a wrong name or value."""
        given = {self.option(name).name: value for name, value in options.items()}
        return {
            name: option.checked(given[name]) if name in given else option.default
            for name, option in self.options.items()
        }

    def option(self, name: str) -> Option:
        """The option called so, with hyphens or underscores; `ValueError` with the nearest where there is none."""
        plain = name.removeprefix("--").replace("-", "_")
        if plain in self.options:
            return self.options[plain]
        close = nearest(plain, self.options)
        told = f"the nearest is {self.options[close].flag}" if close else f"'minigan train {self.name} --help' tells them"
        raise ValueError(f"{self.name} has no option --{plain.replace('_', '-')}; {told}")


def find_system(spec: str) -> RegisteredSystem:
    """The system called ``spec``, or that of ``FILE.py:NAME``; `ValueError` with the nearest name where there is none.

    >>> find_system("rnig")
    Traceback (most recent call last):
    ...
    ValueError: no system is called 'rnig'; the nearest is 'ring' ('minigan list' names them all)
    """
    if not isinstance(spec, str):
        raise TypeError(f"a system is called by its name, as 'ring', or by FILE.py:NAME, and was {spec!r}")
    if not own_file.is_own_file(spec):
        if spec not in SYSTEMS:
            raise unknown("system", spec, SYSTEMS, "'minigan list' names them all")
        return SYSTEMS[spec]
    file, name = own_file.split(spec)
    module = own_file.load(file)
    if name is not None and not hasattr(module, name):  # by its registered name, which may have a hyphen
        for one in SYSTEMS.values():
            if one.function.__module__ == module.__name__ and one.name == name:
                return one
    return own_file.defined(spec, "system", lambda x: isinstance(x, RegisteredSystem))


def system_for(kind: str) -> RegisteredSystem:
    """The system that data of the user's own are trained on, by their ``kind``: "rows", "images" or "sound".

    >>> system_for("rows").name
    'rows'
    """
    return next(one for one in SYSTEMS.values() if one.takes_data and one.kind == kind)


def system(*, heading: str, about: str, name: str | None = None, kind: str = ""):
    """Register the decorated function as a system, under its own name unless told another.

    ``heading`` is the lecture's, ``about`` one sentence. Raises `ValueError` for a name that another function has, and
    `TypeError` for arguments that are no options (see `minigan.options`).

    >>> from minigan.models import SYSTEMS
    >>> SYSTEMS["ring"].options["batch"].default
    256
    """

    def register(function) -> RegisteredSystem:
        called = name or function.__name__
        known = SYSTEMS.get(called)
        if known is not None and not _replaces(function, known.function):
            raise ValueError(f"a system called {called!r} is registered already, by {known.function.__module__}")
        data = inspect.signature(function).parameters.get("data")
        made = RegisteredSystem(
            function,
            called,
            heading,
            about,
            options_of(function),
            takes_data=data is not None,
            needs_data=data is not None and data.default is data.empty,
            kind=kind,
        )
        SYSTEMS[called] = made
        return made

    return register


def _replaces(function, known) -> bool:
    """Whether a function may take another's name: it is the same one run again, or both are in files of the user's."""
    same = (known.__module__, known.__qualname__) == (function.__module__, function.__qualname__)
    return same or (own_file.is_own_module(known.__module__) and own_file.is_own_module(function.__module__))
