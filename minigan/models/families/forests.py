r"""Random forests as adaptive nearest neighbours, and as a kernel where their trees do not look at the data.

A tree averages over its leaf, and so a forest's prediction is a weighted average of the training targets,

    f(x) = sum_i w_i(x) y_i,    w_i(x) = 1/T sum_t c_ti 1[x_i in leaf_t(x)] / sum_j c_tj 1[x_j in leaf_t(x)],

c_ti how often point i is in tree t's bootstrap sample: neighbours are those that share leaves, which the data have shaped.

*Mondrian trees* do not look at the data: a box waits an exponential time of rate its side lengths' sum, and is then cut at
a uniform place of these sides laid end to end; cuts later than the lifetime L are not made. Two points share a leaf with
chance

    K(x, z) = exp(-L |x - z|_1),    Laplace's kernel.

So of infinitely many trees, whose leaves are added up before they are divided, sum_i K(x, x_i) y_i / sum_i K(x, x_i) is
the prediction, that of a mixture of Laplace laws at the points. Where every tree divides first, as forests do, the weights
have a closed form as well, on a line: `line_weights`.
Source: Lin and Jeon (2006), "Random forests and adaptive nearest neighbors"; Scornet (2016), "Random forests and kernel
methods"; Balog, Lakshminarayanan, Ghahramani, Roy and Teh (2016), "The Mondrian kernel". Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ... import random
from ...arrays import floating, host_array, real_array
from ...backend import to_numpy
from ...random import as_generator
from ...validation import count, number, positive
from .points import as_points, groups
from .row import Row


def tree_weights(leaves, at, counts=None):
    """c_ti 1[same leaf] / sum_j c_tj 1[same leaf], shape (m, n, T): of a leaf without points all are 0.

    From each tree's leaf of the points, ``leaves`` (n, T), and of m places, ``at`` (m, T); ``counts`` (n, T) are 1 unless
    told.

    >>> to_numpy(tree_weights([[0], [0], [1]], [[0]], mnp.asarray([[3.0], [1.0], [1.0]])))[0, :, 0]
    array([0.75, 0.25, 0.  ])
    """
    share = _same_leaf(leaves, at)
    share = share if counts is None else share * floating(counts, "the counts of the points")[None, :, :]
    total = mnp.sum(share, 1, keepdims=True)
    return share / mnp.where(total > 0.0, total, 1.0)


def forest_weights(forest, points, x):
    """w (m, n) with which a fitted forest of scikit-learn's averages the targets of its training ``points`` (n, d) at x.

    Any `RandomForest` or `ExtraTrees`, of numbers or classes: ``w @ y`` is ``predict``, and ``w @ one_hot(y)``
    ``predict_proba``.

    >>> from sklearn.ensemble import RandomForestRegressor
    >>> forest = RandomForestRegressor(10, random_state=0).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0])
    >>> w = forest_weights(forest, [[0.0], [1.0], [2.0]], [[0.0]])
    >>> round(float(mnp.matmul(w, mnp.asarray([0.0, 1.0, 4.0]))[0] - forest.predict([[0.0]])[0]), 12)
    0.0
    """
    points = to_numpy(as_points(points, "the training points of a forest"))
    x = to_numpy(as_points(x, "the places of a forest's prediction", columns=points.shape[1]))
    n = len(points)
    counts = [np.bincount(drawn, minlength=n) for drawn in forest.estimators_samples_]
    given = forest.apply(points), forest.apply(x), np.stack(counts, 1).astype(float)
    return mnp.mean(tree_weights(*map(mnp.asarray, given)), -1)


def mondrian_leaves(rng, points, lifetime: float, trees: int):
    """The leaf of each of ``points`` (n, d) of the unit cube in every one of ``trees`` Mondrian trees: (n, T) integers.

    No two trees share a leaf's number. Raises `ValueError` for points outside of the unit cube.

    >>> leaves = mondrian_leaves(0, [[0.5, 0.5], [0.5, 0.5], [0.1, 0.9]], 2.0, 1000)
    >>> bool(mnp.all(leaves[0, :] == leaves[1, :])), bool(mnp.all(leaves[0, :] == leaves[2, :]))
    (True, False)
    """
    points, trees = as_points(points, "the points"), count(trees, "the number of trees")
    rng, lifetime = as_generator(rng), positive(lifetime, "the lifetime of a Mondrian tree")
    low, high = float(mnp.min(points)), float(mnp.max(points))
    if low < 0.0 or high > 1.0:
        raise ValueError(f"the points are to lie in the unit cube, and have coordinates from {low:.6g} to {high:.6g}")
    n, d = points.shape
    lower, sides, time = mnp.zeros((trees, d)), mnp.ones((trees, d)), mnp.zeros(trees)  # of the boxes that are not final
    box = mnp.broadcast_to(mnp.arange(trees), (n, trees))  # in which of them a point is; -1 where its leaf is known
    leaf, final = mnp.full((n, trees), -1), 0
    while time.shape[0]:
        time = time - mnp.log1p(-rng.uniform(time.shape)) / mnp.sum(sides, -1)
        alive = time < lifetime
        axis, cut, below = _cut(rng, lower, sides)
        at = mnp.maximum(box, 0)
        goes_on = (box >= 0) & mnp.take(alive, at)
        leaf = mnp.where((box >= 0) & ~goes_on, final + box, leaf)
        final += time.shape[0]
        # the parts of the i-th box that is cut become boxes 2 i and 2 i + 1
        above = mnp.take_along_axis(points, mnp.take(axis, at), 1) > mnp.take(cut, at)
        order = mnp.cumsum(mnp.astype(alive, "int64")) - 1
        box = mnp.where(goes_on, 2 * mnp.take(order, at) + mnp.astype(above, "int64"), -1)
        lower, sides, below, time = (mnp.compress(alive, one, 0) for one in (lower, sides, below, time))
        halved = below < sides
        upper = mnp.where(halved, lower + below, lower), mnp.where(halved, sides - below, sides)
        lower, sides, time = _in_turn(lower, upper[0]), _in_turn(below, upper[1]), mnp.repeat(time, 2)
    return leaf


def _cut(rng, lower, sides):
    """The axis and place of each box's cut, uniform on its sides laid end to end, (m,), and the lower part's sides."""
    ends = mnp.cumsum(sides, -1)
    place = (rng.uniform((sides.shape[0],)) * ends[:, -1])[:, None]
    axis = mnp.minimum(mnp.sum(mnp.astype(ends <= place, "int64"), -1), sides.shape[1] - 1)
    here = axis[:, None] == mnp.arange(sides.shape[1])[None, :]
    below = mnp.where(here, place - (ends - sides), sides)
    return axis, mnp.sum(mnp.where(here, lower + below, 0.0), -1), below


def _in_turn(first, second):
    """Rows of two arrays (m, d) by turns, (2 m, d)."""
    return mnp.reshape(mnp.stack([first, second], 1), (2 * first.shape[0], first.shape[1]))


def shared(leaves, at):
    """How many trees have a place (m, T) and a point (n, T) in one leaf, as a share: (m, n); of many trees, the kernel.

    >>> float(shared([[0, 2, 4, 7]], [[0, 3, 4, 7]])[0, 0])
    0.75
    """
    return mnp.mean(_same_leaf(leaves, at), -1)


def _same_leaf(leaves, at):
    """1 where a place and a point are in one leaf, (m, n, T)."""
    leaves, at = real_array(leaves, "the leaves of the points"), real_array(at, "the leaves of the places")
    if leaves.ndim != 2 or at.ndim != 2 or leaves.shape[1] != at.shape[1]:
        raise ValueError(
            f"leaves are numbers of shape (n, trees), as many trees for the points as for the places, and these have "
            f"shapes {tuple(leaves.shape)} and {tuple(at.shape)}"
        )
    return mnp.astype(leaves[None, :, :] == at[:, None, :], "float64")


def mondrian_kernel(x, z, lifetime: float):
    """K (m, n) = exp(-lifetime |x - z|_1), the chance that two points share a leaf, of rows (m, d) and (n, d).

    >>> round(float(mondrian_kernel([[0.0, 0.0]], [[0.5, 0.25]], 2.0)[0, 0]), 6)  # e^-3/2
    0.22313
    """
    x = as_points(x, "the first points of a kernel")
    z = as_points(z, "the second points of a kernel", columns=x.shape[1])
    lifetime = positive(lifetime, "the lifetime of a Mondrian tree")
    return mnp.exp(-lifetime * sum(mnp.abs(x[:, None, j] - z[None, :, j]) for j in range(x.shape[1])))


def line_weights(points, x: float, lifetime: float) -> np.ndarray:
    """E w_i(x), shape (n,), of infinitely many Mondrian trees on a line, every one dividing by its leaf's points.

    With the distances of the points to the left l_1 <= l_2 <= ... and l_0 = 0, exactly i of them are in the leaf with
    chance exp(-L l_i) - exp(-L l_i+1), independently of how many there are to the right. The weights' sum is less than 1
    by the chance that there are none.

    >>> line_weights([0.25, 0.5], 0.5, 4.0)[0].round(6)  # 1/e / 2
    np.float64(0.18394)
    """
    points, x = host_array(points, "the points on a line"), number(x, "the place on a line")
    lifetime = positive(lifetime, "the lifetime of a Mondrian tree")
    found = np.zeros(len(points))
    left, right = np.flatnonzero(points <= x), np.flatnonzero(points > x)
    left, right = left[np.argsort(x - points[left])], right[np.argsort(points[right] - x)]
    chances = [-np.diff([1.0, *np.exp(-lifetime * abs(points[side] - x)), 0.0]) for side in (left, right)]
    for i, a in enumerate(chances[0]):
        for j, b in enumerate(chances[1]):
            if i + j:
                found[[*left[:i], *right[:j]]] += a * b / (i + j)
    return found


def measured() -> str:
    """How far a random forest is from its weighted average, and 20,000 Mondrian trees from the kernel."""
    from sklearn.ensemble import RandomForestRegressor

    x, y = groups(random.generator(3, host=True), 100)
    host, target = to_numpy(x), to_numpy(y).astype(float)
    forest = RandomForestRegressor(20, random_state=0).fit(host, target)
    off = abs(to_numpy(forest_weights(forest, x, x)) @ target - forest.predict(host)).max()
    pair = mnp.asarray([[0.2, 0.3], [0.5, 0.4]])
    leaves = mondrian_leaves(random.generator(4, host=True), pair, 2.0, 20_000)
    apart = abs(float(shared(leaves, leaves)[0, 1] - mondrian_kernel(pair, pair, 2.0)[0, 1]))
    return f"average off {off:.0e}; kernel off {apart:.4f}"


ROW = Row("random forests", "trees → infinitely many", "adaptive neighbours, a kernel", measured)
