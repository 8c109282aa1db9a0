"""x log x and its kin, which are 0 at x = 0, and the terms of an entropy and of a Kullback-Leibler divergence.

The derivative in x at 0 is the limit, an infinity; in y it is the one of x = 0.
"""

from __future__ import annotations

from ..autodiff.primitive import elementwise
from .elementwise import log, log1p, where

# log(x / y), exact where x is near y and where x / y leaves the range
log_ratio = elementwise("log_ratio", lambda g, out, x, y: g / x, lambda g, out, x, y: -g / y, domain=(0.25, 4.0))


def _over(x, y, at_zero=0.0):
    """x / y, and 0 / 0 as ``at_zero``."""
    both = (x == 0) & (y == 0)
    return where(both, at_zero, x / where(both, 1.0, y))


_POSITIVE = {"domain": (0.25, 4.0)}
xlogy = elementwise("xlogy", lambda g, out, x, y: g * log(y), lambda g, out, x, y: g * _over(x, y), **_POSITIVE)
xlog1py = elementwise(
    "xlog1py", lambda g, out, x, y: g * log1p(y), lambda g, out, x, y: g * _over(x, 1.0 + y), **_POSITIVE
)
entr = elementwise("entr", lambda g, out, x: -g * (log(x) + 1.0), **_POSITIVE)
rel_entr = elementwise(
    "rel_entr",
    lambda g, out, x, y: g * (log_ratio(x, y) + 1.0),
    lambda g, out, x, y: -g * _over(x, y),
    **_POSITIVE,
)
kl_div = elementwise(
    "kl_div",
    lambda g, out, x, y: g * log_ratio(x, y),
    lambda g, out, x, y: g * _over(y - x, y, 1.0),
    **_POSITIVE,
)

_EXPORTED = """
    xlogy xlog1py entr rel_entr kl_div
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
