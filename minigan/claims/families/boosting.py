"""Boosting as gradient descent in the space of functions: AdaBoost step for step, and a boosted discriminator."""

from __future__ import annotations

import math

import numpy as np

from ...backend import to_numpy
from ...divergences import jensen_shannon
from ...models.families import boosting
from ..registry import Check, Run, claim, largest
from .regularisers import apart
from .support_vectors import HEADING, SECTION


@claim(
    "adaboost-is-functional-descent",
    section=SECTION,
    heading=HEADING,
    statement="Boosting is gradient descent in the space of functions: with stumps along the slopes of the exponential "
    "loss and the best step it is scikit-learn's AdaBoost, stage for stage, whose weights are twice the steps "
    "1/2 log((1 - e)/e); on the logistic loss with Newton's step in each leaf it is its gradient boosting.",
    latex=r"F \leftarrow F + a h, \quad a = \arg\min_a \sum_i e^{-y_i (F_i + a h_i)} = \tfrac12 \log \tfrac{1 - e}{e}",
)
def adaboost_is_functional_descent(run: Run, loss=boosting.exponential_loss, step=boosting.best_step, stated=2.0):
    stages = 10 if run.quick else 30
    for seed in run.seeds(1 if run.quick else 3):
        x, labels = boosting.moons(seed, 100)
        found, tool = boosting.boosted(x, labels, stages, loss), boosting.by_scikit_learn(x, labels, stages)
        steps, errors = np.array([[one.step, one.error] for one in found]).T
        what = f"seed {seed}, {stages} stages"
        yield Check(
            f"{what}: weights over the steps, against {stated:g}",
            0.0,
            apart(stated * steps, tool.estimator_weights_),
            1e-12,
        )
        yield Check(f"{what}: weighted errors", 0.0, apart(errors, tool.estimator_errors_), 1e-12)
        splits = [(one.tree_.feature[0], one.tree_.threshold[0]) for one in tool.estimators_]
        same = sum(one.split == split for one, split in zip(found, splits, strict=True))
        yield Check(f"{what}: stumps that are scikit-learn's own", stages, same, 0.0)
        off = largest(abs(one - step(error)) for one, error in zip(steps, errors))
        yield Check(f"{what}: Newton's step against 1/2 log((1 - e)/e)", 0.0, off, 1e-12)
        left = np.array([float(loss(one.values, labels)) for one in found])
        fall = left / np.append(len(to_numpy(labels)), left[:-1])
        off = largest(abs(fall - 2.0 * np.sqrt(errors * (1.0 - errors))))
        yield Check(f"{what}: a stage leaves 2 sqrt(e (1 - e)) of the loss", 0.0, off, 1e-12)
        ours = boosting.gradient_boosted(x, labels, stages)[1:]
        off = apart(ours, boosting.gradient_boosting_by_scikit_learn(x, labels, stages))
        yield Check(f"{what}: F on the logistic loss, against gradient boosting", 0.0, off, 1e-12)


@claim(
    "boosted-discriminator",
    section=SECTION,
    heading=HEADING,
    statement="With the logistic loss boosting descends the discriminator's own objective: stumps bring J(D) of the "
    "1-dimensional example to within 1 / (4 stages) of log 2 less the Jensen-Shannon divergence, and D to D*; from "
    "samples scikit-learn's gradient boosting comes near it.",
    latex=r"J(D) - \Bigl(\log 2 - \mathrm{JSD}(p \| q)\Bigr) = O(1 / \text{stages}), \qquad D \to \frac{p}{p + q}",
)
def boosted_discriminator(run: Run, best=boosting.best_discriminator, train=boosting.boosted_discriminator):
    logit, least = best()
    divergence = 0.5 * float(jensen_shannon.between_densities(boosting.DATA, boosting.MODEL))  # the row has no halves
    # of either law less than 1e-6 lies outside the cells, where log 2 would be all that is lost
    yield Check("least objective: log 2 less the divergence, by quadrature", math.log(2.0) - divergence, least, 1e-5)
    stages = 400 if run.quick else 2000
    found = train(stages)
    above = found.losses - least
    yield Check("J(D) never rises", 0.0, largest(np.diff(found.losses)), 1e-15, "<=")
    yield Check(f"J(D) after {stages} stages, over the least, times stages", 0.25, stages * above[-1], 0.0, "<=")
    yield Check("and not below it", 0.0, above[-1], 1e-12, ">=")
    yield Check(
        f"mean |D - D*| after {stages // 4} stages", 0.012, boosting.apart(found.logits[stages // 4], logit), 0.0, "<="
    )
    yield Check(f"mean |D - D*| after {stages} stages", 0.006, boosting.apart(found.logits[-1], logit), 0.0, "<=")
    for seed in run.seeds(1 if run.quick else 3):
        off = boosting.apart(boosting.discriminator_of_samples(5000, seed), logit)
        yield Check(f"seed {seed}: mean |D - D*| from 5,000 samples of either", 0.03, off, 0.0, "<=")
