"""Which claims are meant: by id, by section, by the lecture's heading, or those that a file of one's own registers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from .. import own_file
from ..names import unknown
from . import registry
from .registry import Claim, all_claims


def select(names=()) -> list[Claim]:
    """The claims that ``names`` mean, in that order and each once; all that are registered for no names.

    A name is an id, a section or a heading, in capitals or not; ``my_file.py`` means every claim that the file registers,
    ``my_file.py:id`` one of them. Raises `ValueError` for names that are unknown, with the nearest one each.

    >>> [one.id for one in select(["saddle", "minimax game"])]
    ['saddle', 'jensen-shannon', 'zero-sum']
    >>> select(["mode colapse"])
    Traceback (most recent call last):
    ValueError: no claim, section or heading is called 'mode colapse'; the nearest is 'Mode Collapse' ('minigan list' ...)
    """
    names = list(names or ())
    own = {name: _of_file(name) for name in names if own_file.is_own_file(name)}
    claims = all_claims()
    if not names:
        return list(claims.values())
    chosen: dict[str, Claim] = {}
    errors = []
    for name in names:
        found = own[name] if name in own else [one for one in claims.values() if _plain(name) in _names(one)]
        if not found:
            errors.append(_unknown(name, claims.values()))
        chosen |= {one.id: one for one in found}
    if errors:
        raise ValueError("; ".join(map(str, errors)))
    return list(chosen.values())


def load_claims(file) -> list[Claim]:
    """The claims that the Python file at this path registers; it is run now, unless it was before in this process.

    Raises `ValueError` where the file is missing, does not run, or registers none.

    >>> import tempfile
    >>> text = '''
    ... from minigan.claims import Check, claim
    ... @claim("doc-even", section="arithmetic", heading="Numbers", statement="Two is even.", latex="2 | 2")
    ... def two_is_even(run):
    ...     yield Check("2 mod 2", stated=0.0, measured=2 % 2, tolerance=0.0)
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "even.py").write_text(text)
    ...     (one,) = load_claims(Path(folder, "even.py"))
    >>> one.id, one.check(registry.Run())[0].measured
    ('doc-even', 0)
    >>> del registry.CLAIMS["doc-even"]
    """
    all_claims()  # an id that is taken is the file's mistake, whatever was imported first
    path, before = str(Path(file).resolve()), dict(registry.CLAIMS)
    try:
        own_file.load(file)
    except ValueError:
        registry.CLAIMS.clear()
        registry.CLAIMS.update(before)
        raise
    for id in registry.CLAIMS.keys() - before.keys():
        registry.CLAIMS[id] = dataclasses.replace(registry.CLAIMS[id], file=path)
    found = [one for one in registry.CLAIMS.values() if one.file == path]
    if not found:
        raise ValueError(f"{file} registers no claim: decorate a generator of Check with @minigan.claims.claim")
    return found


def _of_file(spec: str) -> list[Claim]:
    file, id = own_file.split(spec)
    found = load_claims(file)
    chosen = [one for one in found if id is None or _plain(id) == one.id.casefold()]
    if not chosen:
        ids = [one.id for one in found]
        raise unknown(f"claim of {file}", id, ids, f"it registers {', '.join(ids)}")
    return chosen


def _unknown(name: str, claims) -> ValueError:
    known = dict.fromkeys(name for one in claims for name in (one.id, one.section, one.heading))
    return unknown("claim, section or heading", name, known, "'minigan list' names claims and sections")


def _names(one: Claim):
    return {_plain(name) for name in (one.id, one.section, one.heading)}


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
