"""What is to be trained, in plain data: the system by name, its options, seed, steps, backend, and which data."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import platform
import subprocess
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import own_file
from ..backend import active
from ..models import SYSTEMS, RegisteredSystem, System, find_system, system_for
from ..validation import is_count

FORM = 1  # of run.json
PACKAGES = ("numpy", "scipy", "safetensors", "scikit-learn", "cupy-cuda12x", "cupy-cuda13x")


@dataclass(frozen=True)
class Request:
    """What ``run.json`` says before there is anything to tell.

    ``system`` is a registered name or ``FILE.py:NAME``; ``options`` are all of the system's; ``steps`` the number to be
    reached; ``data`` is ``{"path", "shape", "fingerprint", "name"}`` or ``None``; ``threads`` are the compiled step's.

    >>> request = Request("ring", {"batch": 64}, seed=3, steps=100)
    >>> Request.from_json(request.as_json("float32"), "run.json") == request, request.build().options["batch"]
    (True, 64)
    """

    system: str
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    steps: int = 0
    backend: str = "numpy"
    eager: bool = False
    data: dict | None = None
    threads: int = 1

    def build(self) -> System:
        """The system itself, its data loaded and found to be the same as before."""
        registered = find_system(self.system)
        if self.data is None:
            return registered(**self.options)
        return registered(data=load_data(self.data), **self.options)

    def as_json(self, dtype: str) -> dict:
        """All of ``run.json``: this, the dtype, and what it runs on."""
        return {"form": FORM, **asdict(self), "dtype": dtype, "versions": versions(), "revision": revision()}

    @classmethod
    def from_json(cls, found: Any, path) -> Request:
        """The request that a ``run.json`` holds; `ValueError`, naming it, where it holds none."""
        try:
            if found["form"] != FORM:
                raise ValueError(f"its form is {found['form']!r}, and this minigan writes {FORM}")
            found = {"threads": 1, **found}  # runs of before had one
            made = cls(**{key: found[key] for key in cls.__dataclass_fields__})
            wrong = [
                key
                for key, kind in (("system", str), ("options", dict), ("seed", int), ("steps", int), ("backend", str))
                if not isinstance(getattr(made, key), kind)
            ]
            wrong += [] if is_count(made.threads) else ["threads"]
            if wrong or made.steps < 0 or made.seed < 0 or not isinstance(made.data, dict | None):
                raise ValueError(f"its {', '.join(wrong) or 'steps, seed or data'} cannot be right")
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no run.json of minigan: {error}") from None
        return made


def request_for(
    spec: str | None,
    options: dict[str, Any] | None = None,
    *,
    seed: int = 0,
    steps: int | None = None,
    data=None,
    shape: str | None = None,
    eager: bool = False,
) -> tuple[Request, System]:
    """The `Request` for a system and the system itself, everything checked; the backend is the active one.

    ``spec`` may be ``None`` where ``data`` says it: a table is trained on as ``rows``, images as ``images``. Options may
    be words of a command line. Raises `ValueError` for whatever is wrong, in a sentence.

    >>> request, system = request_for("ring", {"batch": "64"}, seed=3)
    >>> request.options["batch"], request.seed, request.steps == system.steps
    (64, 3, True)
    >>> request_for("ring", {"bacth": "64"})
    Traceback (most recent call last):
    ValueError: ring has no option --bacth; the nearest is --batch
    """
    dataset = None
    if data is not None:
        from ..data import load

        dataset = load(data, shape)
        spec = spec or system_for(dataset.kind).name
    elif shape:
        raise ValueError("--shape says what images the rows of a file are: say which file, with --data")
    if spec is None:
        raise ValueError(f"give a system to train ({', '.join(SYSTEMS)}, or FILE.py:NAME), or --data FILE")
    registered = find_system(spec)
    chosen = {}
    for name, value in (options or {}).items():
        option = registered.option(name)
        chosen[option.name] = own_file.resolved(option.given(value))
    if dataset is None and registered.needs_data:
        raise ValueError(f"{spec} trains on data of your own: say which, with --data")
    if dataset is not None and not registered.takes_data:
        raise ValueError(f"{spec} brings its own data: leave --data away, or leave {spec} away to train on the file")
    if not is_count(seed, 0):
        raise ValueError(f"a seed is a non-negative integer, and was {seed!r}")
    if steps is not None and not is_count(steps):
        raise ValueError(f"--steps must be positive, and is {steps!r}")
    system = registered(**chosen) if dataset is None else registered(data=dataset, **chosen)
    about = None
    if dataset is not None:
        path = str(Path(data).resolve())
        about = {"path": path, "shape": shape, "fingerprint": dataset.fingerprint, "name": dataset.name}
    request = Request(
        registered.spec,
        dict(system.options),
        int(seed),
        system.steps if steps is None else int(steps),
        active().name,
        eager,
        about,
    )
    try:
        json.dumps(request.options)
    except TypeError as error:
        raise TypeError(f"the options of {spec} are words and numbers, and one is not: {error}") from None
    return request, system


def load_data(about: dict):
    """The data that a run was trained on; `ValueError` where the file is gone or holds something else by now."""
    from ..data import load

    found = load(about["path"], about.get("shape"))
    if found.fingerprint != about["fingerprint"]:
        raise ValueError(f"{about['path']} holds other data than the run was trained on")
    return found


def with_goal(request: Request, steps: int) -> Request:
    """The same with another number of steps to be reached."""
    return replace(request, steps=steps)


def versions() -> dict[str, str]:
    """Python, minigan and what its numbers come from."""
    from ..version import __version__

    found = {"python": platform.python_version(), "minigan": __version__}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@functools.cache
def revision() -> str | None:
    """The revision of the checkout that minigan runs from, with ``+`` for changes since; ``None`` outside of one."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None

    def git(*words):
        return subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, timeout=10, check=True).stdout

    try:
        return git("rev-parse", "HEAD").strip() + ("+" if git("status", "--porcelain", "-uno").strip() else "")
    except (OSError, subprocess.SubprocessError):
        return None


def options_that_differ(given: dict[str, Any], request: Request, registered: RegisteredSystem) -> list[str]:
    """Sentences on options that are given and are not those of the run."""
    told = []
    for name, value in given.items():
        option = registered.option(name)
        value = own_file.resolved(option.given(value))
        own = request.options.get(option.name)
        if value != own:
            told.append(f"{option.flag} {value}, and the run has {'none' if own is None else own}")
    return told
