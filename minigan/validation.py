"""What is given, checked at the door: counts, numbers, shares and functions, each refused in one sentence with its value.

``what`` names the argument as the sentence begins, "the width of a dense layer". A check stands where something is
given, never in a loop; what passes comes back as Python's own ``int`` or ``float``, which are weak beside arrays.
"""

from __future__ import annotations

import math
import operator
import os
from numbers import Real
from pathlib import Path


def is_count(n, least: int = 1) -> bool:
    """Whether ``n`` is an integer, Python's or NumPy's, of at least ``least``; a truth value is none.

    >>> import numpy as np
    >>> is_count(3), is_count(np.int64(3)), is_count(True), is_count(3.0), is_count(0)
    (True, True, False, False, False)
    """
    return _is_whole(n) and operator.index(n) >= least


def _is_whole(n) -> bool:
    if isinstance(n, bool) or not hasattr(type(n), "__index__"):
        return False
    try:
        operator.index(n)
    except TypeError:  # an array of more than one number, a traced value
        return False
    return True


def count(n, what: str, least: int = 1, most: int | None = None) -> int:
    """``n`` as an int; `ValueError` unless it is an integer, and no truth value, from ``least`` to ``most``.

    >>> count(True, "batch")
    Traceback (most recent call last):
    ValueError: batch must be a positive integer, and is True
    """
    if is_count(n, least) and (most is None or operator.index(n) <= most):
        return operator.index(n)
    kind = {0: "a non-negative integer", 1: "a positive integer"}.get(least, f"an integer of at least {least}")
    if most is not None:
        kind = f"an integer from {least} to {most}"
    raise ValueError(f"{what} must be {kind}, and is {n!r}")


def is_number(x) -> bool:
    """Whether ``x`` is a real number, Python's or NumPy's; a truth value is none."""
    return isinstance(x, Real) and not isinstance(x, bool)


def number(x, what: str) -> float:
    """``x`` as a float; refuses what is not a finite real number.

    >>> number("1", "the strength of bilinear")
    Traceback (most recent call last):
    ValueError: the strength of bilinear is a finite number, and was '1'
    """
    if not (is_number(x) and math.isfinite(x)):
        raise ValueError(f"{what} is a finite number, and was {x!r}")
    return float(x)


def positive(x, what: str) -> float:
    """``x`` as a float; refuses what is not a finite number above 0."""
    if not (is_number(x) and x > 0 and math.isfinite(x)):
        raise ValueError(f"{what} is a positive number, and was {x!r}")
    return float(x)


def non_negative(x, what: str) -> float:
    """``x`` as a float; refuses what is not a finite number of at least 0."""
    if not (is_number(x) and x >= 0 and math.isfinite(x)):
        raise ValueError(f"{what} is a non-negative number, and was {x!r}")
    return float(x)


def fraction(x, what: str) -> float:
    """``x`` as a float; refuses what does not lie in [0, 1)."""
    if not (is_number(x) and 0 <= x < 1):
        raise ValueError(f"{what} lies in [0, 1), and was {x!r}")
    return float(x)


def share(x, what: str) -> float:
    """``x`` as a float; refuses what does not lie in [0, 1].

    >>> share(1, "the momentum of running statistics")
    1.0
    """
    if not (is_number(x) and 0 <= x <= 1):
        raise ValueError(f"{what} lies in [0, 1], and was {x!r}")
    return float(x)


def switch(x, what: str) -> bool:
    """``x`` itself; `TypeError` unless it is ``True`` or ``False``, of which "no" is neither."""
    if isinstance(x, bool) or type(x).__name__ in ("bool", "bool_"):  # NumPy's
        return bool(x)
    raise TypeError(f"{what} is True or False, and was {x!r}")


def function(f, what: str, call: str):
    """``f`` itself; `TypeError` unless it can be called. ``call`` says how it will be, "(rng, n)".

    >>> function(3, "the metric", "(samples)")
    Traceback (most recent call last):
    TypeError: the metric is a function, called with (samples), and was 3
    """
    if not callable(f):
        raise TypeError(f"{what} is a function, called with {call}, and was {told(f)}")
    return f


def file_path(path, what: str) -> Path:
    """``path`` as a `Path`; `TypeError` unless it is a text or a path."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"{what} is a text or a pathlib.Path, and was {told(path)}")
    return Path(path)


def one_of(name, names, what: str):
    """``name`` itself; `ValueError` unless it is one of ``names``."""
    if name not in names:
        raise ValueError(f"{what} is one of {', '.join(map(repr, names))}, and was {name!r}")
    return name


def told(x, most: int = 80) -> str:
    """``x`` as errors write it: its ``repr`` on one line, cut where it is long; of an array its type and shape.

    >>> told([1.0] * 100, most=12), told(max)
    ('[1.0, 1.0...', '<built-in function max>')
    """
    if hasattr(x, "shape") and getattr(x, "shape", None):
        return f"a {type(x).__name__} of shape {tuple(x.shape)}"
    text = " ".join(repr(x).split())
    return text if len(text) <= most else f"{text[: most - 2]}..."
