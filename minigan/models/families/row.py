"""A row of the lecture's last slides: a special case, the limit or identity that makes it one, and the family."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """``special`` case -- ``limit`` --> ``family``; ``measure()`` says in a few words what was measured on the way.

    ``measure`` computes it anew in at most some seconds on one core, by the functions of the row's own file, and gives
    what is written on the arrow of `minigan figure families`: at most 40 letters, with a number in them.

    >>> row = Row("a circle", "equal axes", "ellipses", lambda: f"area off by {0.0:.0e}")
    >>> row.measure()
    'area off by 0e+00'
    """

    special: str
    limit: str
    family: str
    measure: Callable[[], str]
