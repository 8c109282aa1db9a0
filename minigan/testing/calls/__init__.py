"""Calls of functions, drawn: for every name of `minigan.numpy`, `linalg` and `fft`, arguments that it takes, and a few
that it does not.

`drawing` has the pieces; `parameters` draws by the name of a parameter; `together` and `matrices` draw for functions
whose arguments hang together. A name that is new is drawn by its signature at once.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from ...autodiff.primitive import Primitive
from . import matrices, together
from .drawing import Draw, shown
from .parameters import by_signature

__all__ = ["calls", "draw_call", "shown"]

TOGETHER = {
    name: drawing
    for module in (together, matrices)
    for drawing, names in module.DRAWINGS.items()
    for name in names.split()
}


def draw_call(rng, name: str):
    """Arguments and keywords for one call of NumPy's function ``name`` (``"sum"``, ``"linalg.norm"``), or of
    one of `minigan.numpy` that NumPy has not.

    >>> import numpy as np
    >>> shown(*draw_call(np.random.default_rng(21), "swapaxes"))
    "(array([[-1, -3], [-1, 1], [1, 3]], 'int64'), 0, 1)"
    """
    import minigan.numpy as mnp

    d = Draw(rng)
    function, ours = np, mnp
    for part in name.split("."):
        function, ours = getattr(function, part, None), getattr(ours, part)
    if name in TOGETHER:
        return TOGETHER[name](d, function or ours)
    if isinstance(function, np.ufunc):
        return (together.pair if function.nin == 2 else together.one)(d, function)
    if function is None and isinstance(ours, Primitive):
        return (together.pair if ours.arity == 2 else together.one)(d, ours)
    return by_signature(d, function or ours)


def calls(name: str):
    """`draw_call` as a strategy: what Hypothesis varies is the seed."""
    return st.integers(0, 2**32 - 1).map(lambda seed: draw_call(np.random.default_rng(seed), name))
