"""Small products, called as methods.

``a.dot(b, out)`` begins 0.1 us sooner than ``np.dot(a, b, out)``, which first asks what its arguments are: 4 % of W2.
That is for a left factor in kept memory, which is surely a plain array; an argument may be of a subclass with a ``dot`` of
its own.
"""

from __future__ import annotations

import math
import re

LARGEST = 1 << 14  # elements of a product that takes about as long as a call


def called(line: str, equation, kept) -> str:
    """The ``line`` of an equation as it is called soonest; ``kept`` are the names of kept memory."""
    left = re.match(r"np\.dot\((\w+), ", line)
    if left is None or left[1] not in kept or math.prod(equation.outputs[0].shape) > LARGEST:
        return line
    return f"{left[1]}.dot({line[left.end() :]}"
