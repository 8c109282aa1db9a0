"""The third way out: generate a point in a continuous embedding, and read off the symbol whose embedding is nearest."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..autodiff.tracer import describe
from .arguments import as_floats, seen
from .straight_through import straight_through

AT_ONCE = 1 << 21  # differences held in memory at a time: 16 MiB of float64


def embed_decode(points, table):
    """The index of the row of ``table`` nearest to each point, argmin_k |point - table_k|; integers.

    ``points`` has shape (..., d), any leading batch, ``table`` (k, d); the result has the leading shape. Ties go to the
    lowest index. Distances are sums of squared differences, so that near symbols far from the origin are told apart,
    which |t|^2 - 2 p.t does not do; memory stays bounded, block by block, for any number of points. No derivative:
    `embed_nearest` has one. Raises `ValueError` for an empty table, two widths, NaN or infinity.

    >>> import minigan.numpy as mnp
    >>> table = mnp.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> embed_decode(mnp.array([[0.9, 0.2], [0.5, 0.0], [-3.0, 9.0]]), table)
    array([1, 0, 2])
    """
    points, table = _points_and_table(points, table)
    points, table = stop_gradient(points), stop_gradient(table)
    leading, (k, d) = tuple(points.shape[:-1]), table.shape
    count = math.prod(leading)
    if not count:
        return mnp.zeros(leading, dtype=mnp.int64)
    rows = mnp.reshape(points, (count, 1, d))
    block = max(AT_ONCE // max(k * d, 1), 1)
    found = [
        mnp.argmin(mnp.sum(mnp.square(rows[start : min(start + block, count), ...] - table), axis=-1), axis=-1)
        for start in range(0, count, block)
    ]
    return mnp.reshape(mnp.concatenate(found) if len(found) > 1 else found[0], leading)


def embed_nearest(points, table):
    """The nearest row of ``table`` itself, exactly, with the derivative of ``points``: straight through.

    The vector quantisation of van den Oord, Vinyals & Kavukcuoglu (2017), section 3.2. The table gets no gradient here:
    it learns from a loss of its own, such as |point - mnp.take(table, index, axis=0)|^2. Shapes and errors as in
    `embed_decode`.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> table = mnp.array([[0.0, 0.0], [1.0, 0.0]])
    >>> embed_nearest(mnp.array([0.9, 0.2]), table)
    array([1., 0.])
    >>> mg.grad(lambda p: mnp.sum(embed_nearest(p, table) ** 2))(mnp.array([0.9, 0.2]))
    array([2., 0.])
    """
    points, table = _points_and_table(points, table)
    return straight_through(mnp.take(table, embed_decode(points, table), axis=0), points)


def _points_and_table(points, table):
    points, table = as_floats(points, "points"), as_floats(table, "the embeddings in the table")
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"the table holds one embedding a row, (k, d) with at least one, and was {describe(table)}")
    if points.ndim == 0 or points.shape[-1] != table.shape[1]:
        raise ValueError(
            f"points {describe(points)} and a table {describe(table)}: the last axis of both is the width of an embedding"
        )
    for x, what in ((points, "points"), (table, "the table")):
        values = seen(x)
        if values is not None and not bool(mnp.all(mnp.isfinite(values))):
            raise ValueError(f"{what} must be finite to have a nearest neighbour, and NaN or an infinity was found")
    return points, table
