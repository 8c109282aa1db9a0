"""Boosting is gradient descent in the space of functions: AdaBoost of the exponential loss, a discriminator of its own.

    F <- F + a h,    h = the weak learner nearest to -dL/dF,    a = argmin L(F + a h)

Of L = sum exp(-y F) the slope at a point is its weight in AdaBoost, and the best step is a = 1/2 log((1 - e)/e), e the
share of weight that h gets wrong; scikit-learn states 2 a. Of the logistic loss, L is the discriminator's objective,

    J(D) = -1/2 E_p log D - 1/2 E_q log(1 - D),    D = sigmoid(F),

and descent with stumps brings D to D* = p / (p + q). With trees whose leaves take Newton's step from samples, it is
scikit-learn's gradient boosting. Source: Friedman, Hastie and Tibshirani (2000); Friedman (2001); Mason et al. (2000).
Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...autodiff import grad, jvp
from ...backend import to_numpy
from ...densities import Normal
from ...gan import optimal_logit
from ...random import as_generator
from ...validation import count, fraction, positive
from .mode import climber
from .row import Row
from .support_vectors import moons, points

DATA, MODEL = Normal(2.0, 0.6), Normal(0.8, 0.9)  # the lecture's 1-dimensional example, halfway
LOW, HIGH, CELLS = -3.5, 5.5, 180  # beyond lies less than 1e-6 of either law


class Stage(NamedTuple):
    """The ``step`` a of a stage, its weighted ``error`` e, ``split`` as feature and threshold, and F after it, (n,)."""

    step: float
    error: float
    split: tuple[int, float]
    values: Any


@takes_lists("f", "labels")
def exponential_loss(f, labels):
    """sum exp(-y F)."""
    return mnp.sum(mnp.exp(-labels * f))


@takes_lists("f", "labels")
def logistic_loss(f, labels):
    """sum log(1 + exp(-y F))."""
    return mnp.sum(mnp.softplus(-labels * f))


@takes_lists("f", "labels")
def point_weights(f, labels, loss=exponential_loss):
    """|dL/dF| over its sum, (n,), by autodiff: how much a point counts in the next stage.

    >>> [round(float(one), 4) for one in point_weights(mnp.asarray([0.0, 1.0]), mnp.ones(2))]  # 1 and 1/e, over their sum
    [0.7311, 0.2689]
    """
    slope = mnp.abs(grad(loss)(f, labels))
    return slope / mnp.sum(slope)


def best_step(error: float) -> float:
    """1/2 log((1 - e)/e), the argmin over a of (1 - e) exp(-a) + e exp(a).

    >>> round(best_step(0.1), 6)  # 1/2 log 9
    1.098612
    """
    error = fraction(error, "the weighted error of a stump")
    if error == 0.0:
        raise ValueError("a stump without errors has no best step: it is infinite")
    return 0.5 * math.log((1.0 - error) / error)


def boosted(x, labels, stages: int, loss=exponential_loss) -> list[Stage]:
    """Stages of descent in function space: a stump of scikit-learn's on the slopes, and the step by Newton's method.

    >>> first = boosted([[0.0], [1.0], [2.0], [3.0]], [1.0, -1.0, -1.0, 1.0], stages=1)[0]
    >>> first.error, round(first.step, 6)  # 1/2 log 3
    (0.25, 0.549306)
    """
    from sklearn.tree import DecisionTreeClassifier

    x, labels = points(x, labels)
    host, y, found = to_numpy(x), to_numpy(labels), []
    f = mnp.zeros(len(y))
    search = climber(lambda a, f, h: -loss(f + a[0] * h, labels))
    for _ in range(count(stages, "stages")):
        weights = to_numpy(point_weights(f, labels, loss))
        stump = DecisionTreeClassifier(max_depth=1, random_state=0).fit(host, y, sample_weight=weights)
        h = stump.predict(host)
        step = float(search(mnp.zeros(1), f, h)[0])
        f = f + step * mnp.asarray(h)
        split = int(stump.tree_.feature[0]), float(stump.tree_.threshold[0])
        found.append(Stage(step, float(weights[h != y].sum()), split, f))
    return found


def by_scikit_learn(x, labels, stages: int):
    """scikit-learn's `AdaBoostClassifier` of as many stumps."""
    from sklearn.ensemble import AdaBoostClassifier

    return AdaBoostClassifier(n_estimators=stages, random_state=0).fit(to_numpy(x), to_numpy(labels))


# -- a discriminator -------------------------------------------------------------------------------------------------


class Boosted(NamedTuple):
    """A discriminator on the middles ``x`` of cells (m,): its logit F there (stages + 1, m), and J(D) (stages + 1,)."""

    x: Any
    logits: np.ndarray
    losses: np.ndarray


@takes_lists("f", "p", "q")
def objective(f, p, q):
    """J(D) = 1/2 sum [p log(1 + exp(-F)) + q log(1 + exp(F))] of masses p and q (m,) in cells.

    >>> round(float(objective(mnp.zeros(1), 1.0, 1.0)), 6)  # log 2
    0.693147
    """
    return 0.5 * mnp.sum(p * mnp.softplus(-f) + q * mnp.softplus(f))


def cells():
    """The middles of `CELLS` cells (m,), and the masses there of the data and of the model."""
    width = (HIGH - LOW) / CELLS
    x = LOW + width * (mnp.arange(CELLS, dtype="float64") + 0.5)
    return x, width * DATA.density(x), width * MODEL.density(x)


def best_discriminator():
    """log p/q at the middles (m,), and the least J: log 2 less the Jensen-Shannon divergence.

    >>> round(best_discriminator()[1], 6)
    0.439954
    """
    x, p, q = cells()
    logit = optimal_logit(DATA, MODEL)(x)
    return logit, float(objective(logit, p, q))


def boosted_discriminator(stages: int) -> Boosted:
    """D by stumps h(x) = sign(x - c), c the edge of a cell: where J falls most steeply, with the best step.

    >>> losses = boosted_discriminator(5).losses
    >>> round(float(losses[0]), 4), bool((losses[1:] < losses[:-1]).all())  # log 2, and less with every stage
    (0.6931, True)
    """
    x, p, q = cells()
    slope = grad(objective)
    search = climber(lambda a, f, h: -objective(f + a[0] * h, p, q))
    f = mnp.zeros(CELLS)
    logits, losses = [f], [objective(f, p, q)]
    for _ in range(count(stages, "stages")):
        falls = -to_numpy(slope(f, p, q))
        after = np.append(np.cumsum(falls[::-1])[::-1], 0.0)  # of the slope from each edge on
        edge = int(np.argmax(np.abs(2.0 * after - after[0])))
        h = mnp.asarray(np.where(np.arange(CELLS) >= edge, 1.0, -1.0))
        f = f + search(mnp.zeros(1), f, h)[0] * h
        logits.append(f)
        losses.append(objective(f, p, q))
    return Boosted(x, to_numpy(mnp.stack(logits)), to_numpy(mnp.stack(losses)))


def apart(f, best) -> float:
    """E |D - D*| under the mixture of both laws: how far probabilities are off, on average."""
    _, p, q = cells()
    return float(0.5 * mnp.sum((p + q) * mnp.abs(mnp.sigmoid(mnp.asarray(f)) - mnp.sigmoid(best))))


def gradient_boosted(x, labels, stages: int, rate: float = 0.3) -> np.ndarray:
    """F (stages + 1, n) by regression stumps on -dL/dF, L the logistic loss, with ``rate`` of Newton's step in a leaf.

    >>> gradient_boosted([[0.0], [1.0], [2.0]], [1.0, -1.0, -1.0], stages=1, rate=1.0)[0].round(4)  # log 1/2
    array([-0.6931, -0.6931, -0.6931])
    """
    from sklearn.tree import DecisionTreeRegressor

    x, labels = points(x, labels)
    host, rate = to_numpy(x), positive(rate, "the rate")
    share = float(mnp.mean(0.5 * (1.0 + labels)))
    f, slope = mnp.full(labels.shape, math.log(share / (1.0 - share))), lambda f: grad(logistic_loss)(f, labels)
    found = [to_numpy(f)]
    for _ in range(count(stages, "stages")):
        g, curvature = (to_numpy(one) for one in jvp(slope, (f,), (mnp.ones_like(f),)))  # diagonal: each F_i alone
        tree = DecisionTreeRegressor(max_depth=1, random_state=0).fit(host, -g)
        leaf = tree.apply(host)
        step = np.zeros_like(g)
        for one in np.unique(leaf):
            step[leaf == one] = -g[leaf == one].sum() / curvature[leaf == one].sum()
        f = f + rate * mnp.asarray(step)
        found.append(to_numpy(f))
    return np.stack(found)


def gradient_boosting_by_scikit_learn(x, labels, stages: int, rate: float = 0.3) -> np.ndarray:
    """F (stages, n) of scikit-learn's `GradientBoostingClassifier` with stumps."""
    from sklearn.ensemble import GradientBoostingClassifier

    tool = GradientBoostingClassifier(n_estimators=stages, learning_rate=rate, max_depth=1, random_state=0)
    host = to_numpy(x)
    return np.stack([one[:, 0] for one in tool.fit(host, to_numpy(labels)).staged_decision_function(host)])


def discriminator_of_samples(n: int, rng=0, stages: int = 60, rate: float = 0.3) -> np.ndarray:
    """F at the middles of cells (m,) by scikit-learn's `GradientBoostingClassifier`, from n samples of either law."""
    from sklearn.ensemble import GradientBoostingClassifier

    n, rng = count(n, "n"), as_generator(rng)
    samples = np.concatenate([to_numpy(law.sample(rng, (n,))) for law in (DATA, MODEL)])
    tool = GradientBoostingClassifier(n_estimators=stages, learning_rate=rate, max_depth=1, random_state=0)
    tool.fit(samples[:, None], np.repeat([1.0, -1.0], n))
    return tool.decision_function(to_numpy(cells()[0])[:, None])


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    x, labels = moons(0, 100)
    steps = [2.0 * one.step for one in boosted(x, labels, 10)]
    off = np.abs(steps - by_scikit_learn(x, labels, 10).estimator_weights_).max()
    above = boosted_discriminator(200).losses[-1] - best_discriminator()[1]
    return f"steps to {off:.0e}; D within {above:.0e} nats"


ROW = Row("boosting", "descent in function space", "nets; D's own objective", measured)
