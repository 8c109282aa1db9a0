"""Counts of values: they jump, so they are constants; the weights that they add up and the edges of bins move."""

from __future__ import annotations

import operator

from ..autodiff.primitive import is_complex
from ..autodiff.tracer import Tracer
from ..backend import dtype_name
from .arguments import refuse
from .creation import _linspace_of_arrays, zeros_like_array
from .elementwise import astype, clip, where
from .indexing import scatter
from .plain import plain_function
from .rearranging import diff
from .reductions import max as max_
from .reductions import min as min_
from .reductions import sum as sum_
from .shape import _array, concatenate, is_int, ravel
from .sorting import searchsorted, sort


def bincount(x, weights=None, minlength=0):
    """How often each of 0, 1, 2, ... occurs, or the sum of the ``weights`` of those places."""
    if weights is None:
        return plain_function("bincount")(x, minlength=minlength)
    if operator.index(minlength) < 0:
        raise ValueError(f"bincount with minlength={minlength}: it is not negative")
    x, weights = _array(x), _array(weights)
    if is_complex(weights):
        raise TypeError("bincount takes real weights: take their real and imaginary parts")
    weights = astype(weights, "float64")
    if tuple(x.shape) != tuple(weights.shape) or x.ndim != 1:
        shapes = f"{tuple(x.shape)} and {tuple(weights.shape)}"
        raise ValueError(f"bincount takes two vectors of one length, and was given shapes {shapes}")
    if x.shape[0] == 0:  # of nothing NumPy's are integers
        return zeros_like_array(x, (operator.index(minlength),), "int64")
    most = x
    while type(most) is Tracer:
        most = most.owner.concrete(most, "bincount")
    size = max(int(max_(most)) + 1 if most.shape[0] else 0, operator.index(minlength))
    return scatter(weights, (size,), x)


def histogram_bin_edges(a, bins=10, range=None, weights=None):
    """The edges of bins: ``bins`` of one width between the extremes of ``a`` (or in a ``range``), or those given."""
    if isinstance(bins, str):
        refuse("histogram", "bins", f"the rule {bins!r} finds a number of bins in plain values alone: give the number")
    if not is_int(bins):
        return _array(bins)
    if bins < 1:
        raise ValueError(f"histogram of {bins} bins: it takes one at least")
    if range is not None and not range[0] <= range[1]:
        raise ValueError(f"histogram in the range {range}: its first number is the smaller one")
    a = ravel(_array(a))
    if range is None and a.shape[0] == 0:
        range = (0.0, 1.0)
    first, last = map(_array, (min_(a), max_(a)) if range is None else range)
    same = first == last
    first, last = where(same, first - 0.5, 1.0 * first), where(same, last + 0.5, 1.0 * last)
    inexact = dtype_name(a.dtype).startswith(("float", "complex"))
    return _linspace_of_arrays(first, last, operator.index(bins) + 1, True, a.dtype if inexact else None)


def histogram(a, bins=10, range=None, density=None, weights=None):
    """How many elements (or what weight of them) lie in each bin, and the bins' edges."""
    a, edges = ravel(_array(a)), histogram_bin_edges(a, bins, range)
    if weights is None:
        ordered = sort(a)
        inside = searchsorted(ordered, edges[:-1], side="left")
        counts = diff(concatenate([inside, searchsorted(ordered, edges[-1:], side="right")]))
    else:
        n = edges.shape[0] - 1
        place = where(a == edges[-1, ...], n - 1, searchsorted(edges, a, side="right") - 1)
        weights = where((place >= 0) & (place < n), ravel(_array(weights)), 0.0)
        counts = scatter(weights, (n,), clip(place, 0, n - 1))
    if density:
        counts = astype(counts, "float64") / astype(diff(edges), "float64") / astype(sum_(counts), "float64")
    return counts, edges


_EXPORTED = """
    bincount histogram histogram_bin_edges
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
