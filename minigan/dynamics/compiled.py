"""Functions that are called very often: compiled wherever they can be, and run as they are where they cannot."""

from __future__ import annotations

from ..autodiff.program import NotStraight
from ..compiler import compile
from ..random import DrawnWhileRecording


def compiled_at(f, *example):
    """``f`` compiled, unless at ``example`` it draws numbers or looks at values to decide what to do; then ``f`` itself.

    >>> import minigan.numpy as mnp
    >>> float(compiled_at(lambda x: x if x > 0.0 else -x, mnp.asarray(1.0))(mnp.asarray(-2.0)))
    2.0
    """
    compiled = compile(f)
    try:
        compiled(*example)
    except (DrawnWhileRecording, NotStraight):
        return f
    return compiled
