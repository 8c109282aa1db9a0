"""Support vector machines and margins: a Gaussian process's mode under the hinge, and where endless descent goes."""

from __future__ import annotations

import math

import numpy as np

from ...backend import to_numpy
from ...models.families import maximum_margin as margin
from ...models.families import support_vectors as machines
from ..registry import Check, Run, claim, largest
from .regularisers import apart

SECTION, HEADING = "families", "ML as a bag of tricks"
STRENGTH = 2.0


def excess(strength: float, rows: int, sharpness: float) -> float:
    """C n log 2 / k: how far above the hinge's least objective the mode under a smooth loss may be."""
    return strength * rows * math.log(2.0) / sharpness


@claim(
    "svm-is-a-mode",
    section=SECTION,
    heading=HEADING,
    statement="A support vector machine is the most probable function of a Gaussian process under the hinge: the mode "
    "under softplus(k (1 - m)) / k comes to scikit-learn's SVC as 1 / k, its objective within C n log 2 / k, and its "
    "coefficients C sigmoid(k (1 - m)) to the machine's multipliers, 0 but for support vectors.",
    latex=r"\max_{f,b} -\tfrac Ck \sum_i \log(1 + e^{k (1 - y_i (f_i + b))}) - \tfrac12 f^\top K^{-1} f,\; k \to \infty",
    cost=3.0,
)
def svm_is_a_mode(run: Run, mode=machines.most_probable_machine, above=excess):
    for seed in run.seeds(1 if run.quick else 3):
        x, labels = machines.moons(seed)
        tool, y = machines.by_scikit_learn(x, labels, STRENGTH), to_numpy(labels)
        multipliers, values = np.zeros(len(y)), tool.decision_function(to_numpy(x))
        multipliers[tool.support_] = tool.dual_coef_[0]
        least = STRENGTH * np.maximum(0.0, 1.0 - y * values).sum() + 0.5 * multipliers @ values
        found = {k: mode(x, labels, STRENGTH, k) for k in (1e5, 1e6)}
        for k, one in found.items():
            what = f"seed {seed}, k = {k:.0e}"
            over = machines.hinge_objective(one.coefficients, one.values, labels, STRENGTH) - least
            yield Check(f"{what}: hinge objective over SVC's", above(STRENGTH, len(y), k), over, 0.0, "<=")
            yield Check(f"{what}: and not under it, to the solver's tolerance", 0.0, over, 1e-6, ">=")
            # a point on its margin is log(C / a - 1) / k away from it, and the others move with it
            yield Check(f"{what}: f + b at the points, against SVC's", 0.0, apart(one.values, values), 100.0 / k)
            dropped = np.delete(to_numpy(one.coefficients), tool.support_)
            what = f"{what}: largest coefficient of points that SVC drops, over C"
            yield Check(what, 1e-3, largest(abs(dropped)) / STRENGTH, 0.0, "<=")
        off = apart(found[1e6].coefficients, multipliers)
        yield Check(f"seed {seed}, k = 1e+06: coefficients against SVC's", 0.0, off, 1e-3)
        share = apart(found[1e6].values, values) / apart(found[1e5].values, values)
        yield Check(f"seed {seed}: distance to SVC at ten times the k, as a share", 0.1, share, 0.05)


@claim(
    "gp-classification-mode",
    section=SECTION,
    heading=HEADING,
    statement="With the logistic loss in the hinge's place the mode is that of Gaussian-process classification: its "
    "probabilities and Laplace's evidence are scikit-learn's.",
    latex=r"\hat f = \arg\max \sum_i \log \sigma(y_i f_i) - \tfrac12 f^\top K^{-1} f",
)
def gp_classification_mode(run: Run, mode=machines.most_probable_classifier):
    for seed in run.seeds(1 if run.quick else 3):
        x, labels = machines.moons(seed)
        for deviation, length in ((1.5, 1.0), (4.0, 0.5)):
            f, evidence = mode(x, labels, deviation, length)
            tool = machines.classifier_by_scikit_learn(x, labels, deviation, length)
            probabilities = 1.0 / (1.0 + np.exp(-to_numpy(f)))
            what = f"seed {seed}, deviation {deviation}, length {length}"
            # scikit-learn stops where a Newton step gains 1e-10 nats, and a next one would square the distance
            off = apart(probabilities, tool.base_estimator_.pi_)
            yield Check(f"{what}: probabilities at the points", 0.0, off, 1e-6)
            stated = tool.log_marginal_likelihood_value_
            yield Check(f"{what}: Laplace's log evidence", stated, evidence, 1e-8)


@claim(
    "margin-of-endless-descent",
    section=SECTION,
    heading=HEADING,
    statement="Logistic regression without a penalty goes, by gradient descent on separable data, in the direction of the "
    "largest margin, that of the hard-margin machine, and its angle to it falls as 1 / log t: w(t) - w* log t settles "
    "where the support vectors' multipliers say.",
    latex=r"w(t) = w^* \log t + r + o(1), \qquad e^{-y_i x_i^\top r} = \alpha_i",
    cost=2.0,
)
def margin_of_endless_descent(run: Run, widest=margin.widest, residual=margin.residual, angle_at=margin.angle_at):
    data = margin.example()
    best, r = widest(data)[0], residual(data)
    times = np.array([20.0, 40.0, 80.0])
    flow = margin.flowed(data, times)
    for log_time, w in zip(times[1:], flow[1:]):  # the third point's pull has fallen below 1e-5 by then
        what = f"flow at log t = {log_time:g}"
        yield Check(f"{what}: w - w* log t, against r", 0.0, apart(w - best * log_time, r), 1e-5)
        yield Check(
            f"{what}: angle to the largest margin", angle_at(data, log_time), float(margin.angle(w, best)), 1e-6
        )
    slow = (times[2] * margin.angle(flow[2], best)) / (times[1] * margin.angle(flow[1], best))
    stated = 2.0 * angle_at(data, 80.0) / angle_at(data, 40.0)
    yield Check("angle times log t, at t^2 over that at t", stated, float(slow), 1e-4)
    steps = 2000 if run.quick else 20_000
    walked = margin.descended(data, 0.5, steps)
    there = margin.flowed(data, [math.log1p(0.5 * steps)])[0]
    yield Check(f"{steps:,} steps of descent at rate 1/2, against the flow", 0.0, apart(walked, there), 0.05)
    found = [float(margin.angle(w, best)) for w in (margin.descended(data, 0.5, steps // 100), walked)]
    yield Check("angle after a hundred times as many steps, as a share", 0.2, found[1] / found[0], 0.0, ">=")
