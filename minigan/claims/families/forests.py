"""Random forests: weighted averages over neighbours that the trees choose, and the kernel of trees that choose nothing."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...models.families.forests import (
    forest_weights,
    line_weights,
    mondrian_kernel,
    mondrian_leaves,
    shared,
    tree_weights,
)
from ...models.families.points import groups
from ..registry import Check, Run, claim, largest, smallest
from .k_means import HEADING, SECTION

LIFETIME = 3.0


@claim(
    "forest-weights",
    section=SECTION,
    heading=HEADING,
    statement="A random forest's prediction is a weighted average of the training targets, with weights that it states: "
    "the bootstrap counts of those that share a leaf. Its neighbours reach further along what does not matter.",
    latex=r"f(x) = \sum_i w_i(x) y_i, \quad w_i(x) = \frac{1}{T} \sum_t \frac{c_{ti} 1[x_i \in \ell_t(x)]}"
    r"{\sum_j c_{tj} 1[x_j \in \ell_t(x)]}",
)
def forest_weights_claim(run: Run, weights=forest_weights):
    from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor

    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(0)
        (x, y), (places, _) = groups(rng, 150), groups(rng, 60)
        host, there, labels = to_numpy(x), to_numpy(places), to_numpy(y)
        target = np.sin(2.0 * host[:, 0]) + 0.1 * to_numpy(rng.standard_normal((150,)))  # the other coordinate is idle
        regressor = RandomForestRegressor(30, min_samples_leaf=3, random_state=seed).fit(host, target)
        extra = ExtraTreesRegressor(30, min_samples_leaf=3, random_state=seed).fit(host, target)
        classifier = RandomForestClassifier(30, random_state=seed).fit(host, labels)
        for tool, of_points, stated in (
            (regressor, target[:, None], regressor.predict(there)[:, None]),
            (extra, target[:, None], extra.predict(there)[:, None]),
            (classifier, np.eye(3)[labels], classifier.predict_proba(there)),
        ):
            w = to_numpy(weights(tool, x, places))
            name = type(tool).__name__
            off = largest(abs(w @ of_points - stated).ravel())
            yield Check(f"seed {seed}, {name}: off the weighted average", 0.0, off, 1e-13)
            off = largest([*abs(w.sum(1) - 1.0), -smallest(w.ravel())])
            yield Check(f"seed {seed}, {name}: weights are shares of 1, off by", 0.0, off, 1e-13)
        w = to_numpy(weights(regressor, x, places))
        reach = [float((w * abs(there[:, None, j] - host[:, j])).sum(1).mean()) for j in range(2)]
        what = f"seed {seed}: reach along what matters over that along what does not"
        yield Check(what, 0.5, reach[0] / reach[1], 0.0, "<=")


@claim(
    "mondrian-kernel",
    section=SECTION,
    heading=HEADING,
    statement="Two points share a leaf of a Mondrian tree of lifetime L with chance exp(-L |x - z|_1): of infinitely many "
    "such trees a forest is a regression with Laplace's kernel, if leaves are added up before they are divided. Where "
    "each tree divides first, the weights on a line are a closed form too.",
    latex=r"P(x \sim z) = e^{-L \|x - z\|_1}, \quad "
    r"\frac{\sum_t \sum_i 1[x \sim_t x_i] y_i}{\sum_t \sum_i 1[x \sim_t x_i]} \to "
    r"\frac{\sum_i e^{-L \|x - x_i\|_1} y_i}{\sum_i e^{-L \|x - x_i\|_1}}",
)
def mondrian_kernel_claim(run: Run, kernel=mondrian_kernel, on_a_line=line_weights):
    from sklearn.metrics.pairwise import laplacian_kernel

    trees, root = 10_000, 100.0
    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(1)
        x = rng.uniform((8, 2))
        stated = to_numpy(kernel(x, x, LIFETIME))
        off = largest(abs(stated - laplacian_kernel(to_numpy(x), gamma=LIFETIME)).ravel())
        yield Check(f"seed {seed}: the kernel, off scikit-learn's", 0.0, off, 1e-14)
        leaves = mondrian_leaves(rng, x, LIFETIME, trees)
        pairs = np.triu_indices(8, 1)
        p = np.exp(-LIFETIME * abs(to_numpy(x)[:, None] - to_numpy(x)).sum(-1))[pairs]
        apart = abs(to_numpy(shared(leaves, leaves)) - stated)[pairs] / np.sqrt(p * (1.0 - p)) * root
        yield Check(f"seed {seed}: shares of {trees} trees, off the kernel in standard errors", 0.0, largest(apart), 4.5)

        y = np.sin(5.0 * to_numpy(x)[:, 0])
        together = to_numpy(leaves)[1:, None, :] == to_numpy(leaves)[:1, None, :]  # the first point is the place
        sums, sizes = (together[:, 0] * y[1:, None]).sum(0), together[:, 0].sum(0)
        limit = float((stated[0, 1:] @ y[1:]) / stated[0, 1:].sum())
        residual = sums - limit * sizes  # whose mean is 0 where the limit is right
        apart = abs(residual.mean()) / residual.std() * root
        yield Check(f"seed {seed}: the kernel's regression, in standard errors", 0.0, float(apart), 4.5)

        line, place = rng.uniform((6,)), rng.uniform((1,))
        leaves = mondrian_leaves(rng, mnp.concat([line, place])[:, None], LIFETIME, trees)
        w = to_numpy(tree_weights(leaves[:6, :], leaves[6:, :]))[0]
        apart = abs(w.mean(-1) - on_a_line(line, float(place[0]), LIFETIME)) / w.std(-1) * root
        yield Check(f"seed {seed}: a line's weights, tree by tree, in standard errors", 0.0, largest(apart), 4.5)
