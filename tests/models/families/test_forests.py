"""Forests' weights beside scikit-learn's predictions; Mondrian trees beside their laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import poisson
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.metrics.pairwise import laplacian_kernel

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import forests as F

seeds = st.integers(0, 10**6)


@given(seeds, st.integers(1, 5), st.sampled_from([RandomForestRegressor, ExtraTreesRegressor]), st.booleans())
def test_a_forest_is_the_weighted_average_that_its_weights_state(seed, smallest_leaf, kind, bootstrap):
    rng = np.random.default_rng(seed)
    x, y, at = rng.normal(size=(30, 3)), rng.normal(size=30), rng.normal(size=(8, 3))
    x[:5] = x[5:10]  # some stand twice
    some = {"max_samples": 0.6} if bootstrap else {}
    forest = kind(5, min_samples_leaf=smallest_leaf, bootstrap=bootstrap, random_state=seed, **some).fit(x, y)
    w = mg.to_numpy(F.forest_weights(forest, x, at))
    assert_allclose(w @ y, forest.predict(at), rtol=1e-12, atol=1e-12)
    assert (w >= 0.0).all()
    assert_allclose(w.sum(1), 1.0, rtol=1e-12)


def test_so_are_its_probabilities():
    rng = np.random.default_rng(1)
    x, y, at = rng.normal(size=(60, 2)), rng.integers(0, 3, 60), rng.normal(size=(9, 2))
    forest = RandomForestClassifier(7, min_samples_leaf=4, random_state=0).fit(x, y)
    w = mg.to_numpy(F.forest_weights(forest, x, at))
    assert_allclose(w @ np.eye(3)[y], forest.predict_proba(at), atol=1e-14)


@given(seeds)
def test_leaves_are_boxes_that_no_two_trees_share(seed):
    side = np.linspace(0.0, 1.0, 9)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2)
    leaves = mg.to_numpy(F.mondrian_leaves(mg.random.generator(seed, host=True), mnp.asarray(grid), 3.0, 4))
    assert leaves.shape == (81, 4) and (leaves >= 0).all()
    for tree in leaves.T:
        for one in set(tree):
            inside = (tree == one).reshape(9, 9)
            rows, columns = inside.any(1), inside.any(0)
            assert (inside == np.outer(rows, columns)).all()
            for run in (rows, columns):
                assert abs(np.diff(run.astype(int))).sum() <= 2  # in one piece
    owners = [set(tree) for tree in leaves.T]
    assert len(set.union(*owners)) == sum(map(len, owners))


def test_cuts_of_a_line_are_a_poisson_process():
    points = np.linspace(0.0, 1.0, 2001)[:, None]
    leaves = mg.to_numpy(F.mondrian_leaves(mg.random.generator(0, host=True), mnp.asarray(points), 4.0, 500))
    cuts = (np.diff(leaves, axis=0) != 0).sum(0)
    # two cuts in one of 2000 cells are seen as one: 500 trees have about two such pairs
    assert abs(cuts.mean() - 4.0) < 4.5 * math.sqrt(4.0 / 500)
    for k in range(2, 7):
        p = poisson(4.0).pmf(k)
        assert abs((cuts == k).mean() - p) < 4.5 * math.sqrt(p * (1.0 - p) / 500)


def test_the_share_of_common_leaves_is_laplaces_kernel_up_to_the_corners():
    points = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.3, 0.1, 0.2], [0.3, 0.4, 0.2], [0.35, 0.1, 0.9]])
    leaves = F.mondrian_leaves(mg.random.generator(3, host=True), mnp.asarray(points), 1.5, 5000)
    found, stated = mg.to_numpy(F.shared(leaves, leaves)), laplacian_kernel(points, gamma=1.5)
    assert_allclose(mg.to_numpy(F.mondrian_kernel(points, points, 1.5)), stated, rtol=1e-14)
    assert (abs(found - stated) <= 4.5 * np.sqrt(stated * (1.0 - stated) / 5000)).all()


@given(st.floats(0.01, 0.49, allow_subnormal=False), st.floats(0.01, 0.49, allow_subnormal=False), seeds)
def test_weights_on_a_line(a, b, seed):
    p, q = math.exp(-3.0 * a), math.exp(-3.0 * b)  # that a leaf reaches each of two points about its place
    found = F.line_weights([0.5 + b, 0.5 - a], 0.5, 3.0)
    assert_allclose(found, [q * (1.0 - p) + 0.5 * p * q, p * (1.0 - q) + 0.5 * p * q], rtol=1e-12)
    many = np.random.default_rng(seed).random(9)
    nearest = [np.exp(-3.0 * abs(part - 0.5)).max(initial=0.0) for part in (many[many <= 0.5], many[many > 0.5])]
    stated = 1.0 - (1.0 - nearest[0]) * (1.0 - nearest[1])
    assert_allclose(F.line_weights(many, 0.5, 3.0).sum(), stated, rtol=1e-12)


def test_a_leaf_without_points_weighs_nothing():
    found = mg.to_numpy(F.tree_weights(mnp.asarray([[0, 3], [1, 3]]), mnp.asarray([[2, 3]])))
    assert found.tolist() == [[[0.0, 0.5], [0.0, 0.5]]]


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"in the unit cube, and have coordinates from -0\.5 to 2"):
        F.mondrian_leaves(0, [[-0.5], [2.0]], 1.0, 2)
    with pytest.raises(ValueError, match="the lifetime of a Mondrian tree is a positive number, and was 0"):
        F.mondrian_leaves(0, [[0.5]], 0, 2)
    with pytest.raises(ValueError, match="the number of trees must be a positive integer, and is 0"):
        F.mondrian_leaves(0, [[0.5]], 1.0, 0)
    with pytest.raises(ValueError, match="the second points of a kernel are to have 1 columns"):
        F.mondrian_kernel([[0.5]], [[0.5, 0.5]], 1.0)
    with pytest.raises(ValueError, match=r"as many trees .* have shapes \(1, 2\) and \(1, 1\)"):
        F.shared([[0, 1]], [[0]])
    with pytest.raises(ValueError, match="the points on a line hold NaN"):
        F.line_weights([math.nan], 0.5, 1.0)
