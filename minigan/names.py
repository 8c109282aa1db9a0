"""What an unknown name is answered with: the nearest one there is, not all of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name of ``known`` that ``name`` was probably meant to be; ``None`` where none resembles it.

    Capitals, hyphens, underscores and blanks make no difference, and the beginning or a part of a name is enough.

    >>> nearest("jensen shanon", ["kl", "jensen_shannon", "pearson"])
    'jensen_shannon'
    >>> nearest("dirac", ["saddle", "dirac-steps"]), nearest("xyz", ["kl"])
    ('dirac-steps', None)
    """
    plain = {_plain(one): one for one in reversed(list(known))}
    wanted = _plain(name)
    close = difflib.get_close_matches(wanted, plain, n=1, cutoff=0.6)
    if close:
        return plain[close[0]]
    if len(wanted) >= 3:
        for test in (str.startswith, str.__contains__):
            holding = [one for one in plain if test(one, wanted)]
            if holding:
                return plain[min(holding, key=len)]
    close = difflib.get_close_matches(wanted, plain, n=1, cutoff=0.45)
    return plain[close[0]] if close else None


def unknown(what: str, name: str, known: Iterable[str], otherwise: str) -> ValueError:
    """The error for a ``what`` that is not called ``name``, with the nearest name, or else with where names are told.

    >>> print(unknown("figure", "sadle", ["saddle", "errata"], "'minigan list' names them all"))
    no figure is called 'sadle'; the nearest is 'saddle' ('minigan list' names them all)
    """
    found = nearest(name, known)
    if found is None:
        return ValueError(f"no {what} is called {name!r}; {otherwise}")
    return ValueError(f"no {what} is called {name!r}; the nearest is {found!r} ({otherwise})")


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
