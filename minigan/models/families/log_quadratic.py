"""Tables of Gaussian factors in canonical form, closed under products, sums, integrals and plates.

    log f(k, u) = c[k] + h[k] . u - u' J[k] u / 2

k stands for the axes, discrete variables and indices of plates, u for the Gaussian variables, stacked. Without u it is a
table of log-probabilities, without k a Gaussian up to its mass; the law N(y; W z + b, S) of y given z has a singular J.

Source: Lauritzen (1992), Propagation of probabilities, means and variances in mixed graphical association models.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import minigan.numpy as mnp


class LogQuadratic(NamedTuple):
    """``axes`` and ``blocks`` have a name and a size each; ``constant`` is (*axes), ``linear`` (*axes, d) and
    ``precision`` (*axes, d, d), with d the size of all blocks together, or ``None`` where there are none."""

    axes: tuple
    blocks: tuple
    constant: Any
    linear: Any = None
    precision: Any = None

    def of(self, variable) -> bool:
        """Whether it depends on ``variable``, discrete or Gaussian."""
        return variable in self.axes or variable in self.blocks


def one(dtype="float64") -> LogQuadratic:
    """The factor 1."""
    return LogQuadratic((), (), mnp.zeros((), dtype=dtype))


def in_dtype(f: LogQuadratic, dtype: str) -> LogQuadratic:
    """f with arrays of ``dtype``."""
    if str(f.constant.dtype).rpartition(".")[2] == dtype:
        return f
    return f._replace(**{key: mnp.astype(getattr(f, key), dtype) for key in _coefficients(f)})


def aligned(values, axes, onto, trailing: int = 0):
    """``values`` (*axes, ...) with its axes in the order of ``onto``, of size 1 along those it lacks."""
    order = [axes.index(axis) for axis in onto if axis in axes]
    values = mnp.permute_dims(values, (*order, *range(len(axes), len(axes) + trailing)))
    sizes = iter(values.shape)
    lead = [next(sizes) if axis in axes else 1 for axis in onto]
    return mnp.reshape(values, (*lead, *sizes))


def union(*several) -> tuple:
    """All that is in any of them, each once, in order; two of one name but different sizes are a `ValueError`."""
    found = dict.fromkeys(one for some in several for one in some)
    by_name = {}
    for each in found:
        other = by_name.setdefault(each.name, each)
        if other != each:
            raise ValueError(f"two different things are called {each.name!r}, {other} and {each}: rename one of them")
    return tuple(found)


def tabulated(axes, blocks, constant, linear=None, precision=None) -> LogQuadratic:
    """A factor whose arrays are spread out over all of ``axes``."""
    sizes = tuple(axis.size for axis in axes)
    constant = mnp.broadcast_to(constant, sizes)
    if not blocks:
        return LogQuadratic(tuple(axes), (), constant)
    d = sum(block.size for block in blocks)
    linear = mnp.broadcast_to(linear, (*sizes, d))
    return LogQuadratic(tuple(axes), tuple(blocks), constant, linear, mnp.broadcast_to(precision, (*sizes, d, d)))


def product(first: LogQuadratic, *others: LogQuadratic) -> LogQuadratic:
    """Their product: coefficients add, over the union of axes and blocks."""
    return functools.reduce(_product, others, first)


def _product(a: LogQuadratic, b: LogQuadratic) -> LogQuadratic:
    axes, blocks = union(a.axes, b.axes), union(a.blocks, b.blocks)
    constant = aligned(a.constant, a.axes, axes) + aligned(b.constant, b.axes, axes)
    if not blocks:
        return tabulated(axes, (), constant)
    linear, precision = 0.0, 0.0
    for each in (a, b):
        if each.blocks:
            place = _places(each.blocks, blocks, each.linear.dtype)
            linear = linear + aligned(mnp.matmul(each.linear, place), each.axes, axes, 1)
            spread = mnp.matmul(mnp.matrix_transpose(place), mnp.matmul(each.precision, place))
            precision = precision + aligned(spread, each.axes, axes, 2)
    return tabulated(axes, blocks, constant, linear, precision)


def _places(some, blocks, dtype):
    """(d of some, d of all) of zeros and ones: where the coordinates of ``some`` blocks stand among all."""
    start, rows = {}, 0
    for block in blocks:
        start[block], rows = rows, rows + block.size
    whole = mnp.eye(rows, dtype=dtype)
    return mnp.concatenate([whole[start[block] : start[block] + block.size, :] for block in some])


def summed(f: LogQuadratic, variable) -> LogQuadratic:
    """sum over a discrete ``variable`` of f, by log-sum-exp.

    Raises `ValueError` where Gaussian variables are left: a sum of Gaussians is none.
    """
    if f.blocks:
        left = ", ".join(block.name for block in f.blocks)
        raise ValueError(
            f"the sum over {variable.name} of Gaussians in {left} is a mixture, which has no closed form: sum out {left} "
            f"first, inside of the sum over {variable.name}"
        )
    if variable not in f.axes:
        return f._replace(constant=f.constant + math.log(variable.size))
    axes = tuple(axis for axis in f.axes if axis != variable)
    return LogQuadratic(axes, (), mnp.logsumexp(f.constant, axis=f.axes.index(variable)))


def integrated(f: LogQuadratic, variable) -> LogQuadratic:
    """The integral of f over a Gaussian ``variable``, by the Schur complement of its block of J.

    Raises `ValueError` where that block is not positive definite, and the integral infinite.
    """
    if variable not in f.blocks:
        raise ValueError(f"the integral over {variable.name} is infinite: nothing depends on it")
    rest = tuple(block for block in f.blocks if block != variable)
    of = _places((variable,), f.blocks, f.linear.dtype)
    j, h = _within(f.precision, of, of), mnp.matmul(f.linear, mnp.matrix_transpose(of))
    try:
        root = mnp.linalg.cholesky(j)
    except mnp.linalg.LinAlgError:
        raise ValueError(
            f"the integral over {variable.name} is infinite: its precision is not positive definite; give it a normal "
            "law, of positive deviation"
        ) from None
    mean = mnp.linalg.solve(j, h[..., None])[..., 0]
    half_log_det = mnp.sum(mnp.log(mnp.linalg.diagonal(root)), -1)
    mass = 0.5 * mnp.sum(h * mean, -1) - half_log_det + 0.5 * variable.size * math.log(2.0 * math.pi)
    if not rest:
        return LogQuadratic(f.axes, (), f.constant + mass)
    keep = _places(rest, f.blocks, f.linear.dtype)
    across = _within(f.precision, keep, of)
    linear = mnp.matmul(f.linear, mnp.matrix_transpose(keep)) - mnp.matmul(across, mean[..., None])[..., 0]
    slopes = mnp.linalg.solve(j, mnp.matrix_transpose(across))
    precision = _within(f.precision, keep, keep) - mnp.matmul(across, slopes)
    return LogQuadratic(f.axes, rest, f.constant + mass, linear, precision)


def _within(matrix, rows, columns):
    return mnp.matmul(rows, mnp.matmul(matrix, mnp.matrix_transpose(columns)))


def repeated(f: LogQuadratic, index) -> LogQuadratic:
    """The product over all values of ``index``, the axis of a plate: coefficients are summed over it."""
    if index not in f.axes:
        return f._replace(**{key: index.size * getattr(f, key) for key in _coefficients(f)})
    axis = f.axes.index(index)
    totals = {key: mnp.sum(getattr(f, key), axis) for key in _coefficients(f)}
    return f._replace(axes=tuple(each for each in f.axes if each != index), **totals)


def at(f: LogQuadratic, index, place: int) -> LogQuadratic:
    """f at one ``place`` of an axis."""
    return _restricted(f, index, (place, ...), ())


def part(f: LogQuadratic, index, places: slice) -> LogQuadratic:
    """f at several ``places`` of an axis, which then stands in front and counts them alone."""
    size = len(range(index.size)[places])
    return _restricted(f, index, (places, ...), (type(index)(index.name, size),))


def _restricted(f, index, places, instead):
    order = (index, *(axis for axis in f.axes if axis != index))
    found = {
        key: aligned(getattr(f, key), f.axes, order, trailing)[places] for trailing, key in enumerate(_coefficients(f))
    }
    return f._replace(axes=instead + order[1:], **found)


def renamed(f: LogQuadratic, names: dict) -> LogQuadratic:
    """f with each variable that is a key of ``names`` called by its value."""
    return f._replace(
        axes=tuple(names.get(axis, axis) for axis in f.axes), blocks=tuple(names.get(b, b) for b in f.blocks)
    )


def _coefficients(f: LogQuadratic) -> tuple[str, ...]:
    return ("constant", "linear", "precision") if f.blocks else ("constant",)
