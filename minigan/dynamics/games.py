"""Two games that everything is known about: V = xy, and the quadratic saddle it is part of."""

from __future__ import annotations

import minigan.numpy as mnp

from ..rebuilt import rebuilt_by_name
from ..validation import number
from .game import TwoPlayerGame, zero_sum


@rebuilt_by_name
def bilinear(strength: float = 1.0) -> TwoPlayerGame:
    """V(x, y) = strength <x, y>: the lecture's canonical saddle, for numbers or vectors. The field has eigenvalues +- i.

    >>> from minigan.dynamics import spectrum
    >>> spectrum(bilinear(), (0.0, 0.0))
    array([0.+1.j, 0.-1.j])
    """
    strength = number(strength, "the strength of bilinear")
    return zero_sum(lambda x, y: strength * mnp.sum(x * y), "bilinear")


@rebuilt_by_name
def quadratic(a: float = 1.0, b: float = 1.0, c: float = 1.0) -> TwoPlayerGame:
    """V(x, y) = a x^2 / 2 + b x y - c y^2 / 2: eigenvalues -(a + c)/2 +- sqrt((a - c)^2 / 4 - b^2).

    With a, c > 0 both players' own losses are bowls and every method of a small enough step converges;
    a = c = 0 is `bilinear`; a negative a or c takes its player away from what would be best for it. For vectors,
    the sum over coordinates.

    >>> from minigan.dynamics import spectrum
    >>> spectrum(quadratic(0.2, 1.0, 0.2), (0.0, 0.0)).round(6)
    array([-0.2+1.j, -0.2-1.j])
    """
    a, b, c = (number(x, f"the {name} of quadratic") for x, name in ((a, "a"), (b, "b"), (c, "c")))
    return zero_sum(lambda x, y: mnp.sum(0.5 * a * x * x + b * x * y - 0.5 * c * y * y), "quadratic")
