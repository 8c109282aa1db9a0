"""What is done at kinks and edges, where libraries disagree and none writes it down.

One principle covers the kinks: **the subgradient of least norm** over all of a primitive's arguments together;
where another is taken, the row says why. Each row of `CONVENTIONS` is (what, the derivative or value taken, why),
and each is tested.
"""

from __future__ import annotations

from typing import NamedTuple


class Convention(NamedTuple):
    what: str
    taken: str
    why: str


CONVENTIONS = (
    Convention("abs at 0", "0", "least norm in [-1, 1]"),
    Convention("sign, floor, comparisons, argmax", "0 everywhere", "piecewise constant"),
    Convention("maximum, minimum of equal numbers", "1/2 to each", "least norm on the segment (a, 1 - a)"),
    Convention("max, min over k ties", "1/k to each", "least norm on the simplex"),
    Convention(
        "max_pool2d over k ties", "1 to the first, 0 to the others", "one reading per window, as libraries pool"
    ),
    Convention("clip at a bound, and beyond", "0 to x, 1 to the bound", "least norm in x, and the partials sum to 1"),
    Convention("relu at 0", "0", "least norm in [0, 1]"),
    Convention("maximum, minimum, clip, relu of NaN", "0 to each, a value of NaN", "no side is taken"),
    Convention("median, quantile of a line with NaN", "1 to the NaN sorted last", "the value is that NaN"),
    Convention("norm at the zero vector", "0", "least norm in the unit ball"),
    Convention("std of equal numbers", "0", "least norm, as for norm"),
    Convention(
        "h(abs x), h(norm x), h(std x) at 0, twice",
        "h''(0) times the derivative of the square, halved; 0 in forward mode over forward mode",
        "the limit where h is even, as in abs(x) ** 2, which is smooth",
    ),
    Convention("sqrt at 0", "inf", "the limit; there is no finite subgradient"),
    Convention(
        "where(x > 0, sqrt(x), 0) at 0",
        "nan in reverse mode, 0 in forward",
        "0 * inf: guard the argument with a where of its own",
    ),
    Convention("x ** 0 at x = 0", "0 in x", "x ** 0 is the constant 1"),
    Convention("0 ** y in y, y > 0", "0", "0 ** y stays 0"),
    Convention("0 log 0, as xlogy(0, 0)", "value 0, derivative 0 in y", "the limit of x log y as x -> 0 first"),
    Convention(
        "entr(0), rel_entr(0, y), kl_div(0, y)",
        "the limits: inf, -inf, -inf in x; 0, 1 in y",
        "as for sqrt; second derivatives across x and y are -1 / y in either order",
    ),
    Convention("i0e at 0", "0", "exp(-|x|) has the kink of abs, and the subgradient of least norm"),
    Convention("logaddexp(-inf, -inf)", "value -inf, derivative 0", "a sum of nothing"),
    Convention("logsumexp of all -inf", "value -inf, derivative 0", "a sum of nothing"),
    Convention("prod with zeros", "the product of the others", "a polynomial, exact at every order"),
    Convention("sort, with ties", "the stable permutation", "the one that argsort returns"),
    Convention(
        "eigh where eigenvalues coincide",
        "in reverse mode the limit for functions of eigenspaces; nan where vectors turn within one",
        "single vectors have no derivative; forward mode and second derivatives have the limit in eigenvalues alone",
    ),
    Convention(
        "eigh, eigvalsh, cholesky of a symmetric matrix",
        "the derivative along symmetric matrices, (C + C^T) / 2 of the identity",
        "to rounding it is one; of any other matrix the derivative lies in the triangle that is read",
    ),
    Convention("partition, with ties", "the library's permutation, equal values in their order", "as for sort"),
    Convention(
        "eig where eigenvalues coincide",
        "a ValueError, in a recorded program nan",
        "neither they nor the vectors have a derivative; of complex ones vectors are taken up to a phase",
    ),
    Convention("remainder at a multiple", "1 in x, -floor(x / y) in y", "the derivative from the right"),
    Convention("an integer or boolean result", "not traced", "it has no derivative"),
    Convention("a Python number as argument", "a weak constant", "float32 stays float32"),
)
