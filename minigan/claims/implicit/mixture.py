"""A mixture's assignments, a discrete code: the gradient of the bound by enumeration and by two estimators."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...discrete import expectation, expectation_gradient, gumbel_softmax_gradient, reinforce
from ..registry import Check, Run, claim, largest
from .samplers import HEADING, SECTION

WEIGHTS, MEANS, DEVIATION = np.array([0.5, 0.3, 0.2]), np.array([-1.0, 0.5, 2.0]), 1.2
POINTS = np.array([-1.2, -0.1, 0.4, 1.3])
TEMPERATURES = (2.0, 1.0, 0.5, 0.25)


def joint() -> np.ndarray:
    """log p(x, c) of every point and component, (4, 3)."""
    apart = (POINTS[:, None] - MEANS) / DEVIATION
    return np.log(WEIGHTS) - 0.5 * apart**2 - math.log(DEVIATION * math.sqrt(2.0 * math.pi))


def evidence(log_joint) -> float:
    """sum_x log p(x) = sum_x log sum_c p(x, c)."""
    return float(np.log(np.exp(log_joint).sum(1)).sum())


def log_joint_of(assignments):
    """sum_x log p(x, c) of one-hot assignments (batch, 4, 3): linear in them, so a relaxed one has a value as well."""
    return mnp.sum(assignments * mnp.asarray(joint()), (-2, -1))


def entropy_gradient(logits):
    """Of H(q) = -sum q log q in the logits, exact: -q (log q + H) for each point."""
    log_q = mnp.log_softmax(logits)
    q = mnp.exp(log_q)
    return -q * (log_q - mnp.sum(q * log_q, -1, keepdims=True))


def ascended(gradient, rng, steps: int = 400, rate: float = 0.5):
    """Logits after steps up the bound E_q log p(x, c) + H(q), the mean of the second half of them; from q uniform."""
    logits, later = mnp.zeros((len(POINTS), len(MEANS))), []
    for step in range(steps):
        logits = logits + rate * (gradient(log_joint_of, logits, rng) + entropy_gradient(logits))
        if step >= steps // 2:
            later.append(logits)
    return mnp.mean(mnp.stack(later), 0)


def bound(logits) -> float:
    """E_q log p(x, c) + H(q), by enumeration of all assignments of all points."""
    log_q = to_numpy(mnp.log_softmax(logits))
    return float(expectation(log_joint_of, logits)) - float((np.exp(log_q) * log_q).sum())


def deviation_of_mean(estimator, rng, n: int) -> float:
    """How far the mean of ``n`` estimates at q uniform is from the exact gradient, the largest, in standard errors."""
    start = mnp.zeros((len(POINTS), len(MEANS)))
    found = to_numpy(estimator(log_joint_of, start, rng, shape=n))
    exact = to_numpy(expectation_gradient(log_joint_of, start))
    return largest((abs(found.mean(0) - exact) / found.std(0) * math.sqrt(n)).ravel())


def relative_bias(estimator, rng, n: int) -> float:
    """|mean of ``n`` estimates - exact gradient| over |exact gradient|, at q uniform."""
    start = mnp.zeros((len(POINTS), len(MEANS)))
    exact = to_numpy(expectation_gradient(log_joint_of, start))
    found = to_numpy(estimator(log_joint_of, start, rng, shape=n)).mean(0)
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def by_reinforce(f, logits, rng, shape=()):
    return reinforce(f, logits, rng, samples=16, baseline="leave_one_out", shape=shape)


def by_gumbel_softmax(temperature: float):
    def estimator(f, logits, rng, shape=()):
        return gumbel_softmax_gradient(f, logits, rng, temperature=temperature, samples=16, shape=shape)

    return estimator


@claim(
    "mixture-assignments",
    section=SECTION,
    heading=HEADING,
    statement="Of a mixture's assignments the bound has an exact gradient, and its top is the posterior, where it is log "
    "p(x). REINFORCE finds it too; Gumbel-softmax stops short of it, by a bias that falls with the temperature.",
    latex=r"\nabla_\ell\, \mathbb{E}_{q_\ell} \log p(x, c) + \nabla_\ell H(q_\ell) = 0 \iff q_\ell(c) = p(c \mid x)",
    cost=4.0,
)
def mixture_assignments(run: Run, log_p=evidence, unbiased=by_reinforce, relaxed=by_gumbel_softmax):
    stated = log_p(joint())
    top = mnp.asarray(joint() - np.log(np.exp(joint()).sum(1, keepdims=True)))
    slope = to_numpy(expectation_gradient(log_joint_of, top) + entropy_gradient(top))
    yield Check("q the posterior: the bound is log p(x)", stated, bound(top), 1e-12)
    yield Check("q the posterior: largest slope of the bound", 0.0, largest(abs(slope).ravel()), 1e-13)
    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(0)
        off = deviation_of_mean(unbiased, rng, 4000)
        yield Check(f"seed {seed}, REINFORCE: bias of its mean, in standard errors", 0.0, off, 4.5)
        exact = stated - bound(ascended(lambda f, logits, rng: expectation_gradient(f, logits), rng, rate=2.0))
        yield Check(f"seed {seed}, ascended by enumeration: log p(x) less the bound", 0.0, exact, 1e-6)
        score = stated - bound(ascended(unbiased, rng))
        yield Check(f"seed {seed}, ascended by REINFORCE: log p(x) less the bound", 0.02, score, 0.0, "<=")
        warm = stated - bound(ascended(relaxed(1.0), rng))
        yield Check(f"seed {seed}, ascended by Gumbel-softmax at 1: log p(x) less the bound", 0.03, warm, 0.0, ">=")
        biases = [relative_bias(relaxed(one), rng, 4000) for one in TEMPERATURES]
        for warmer, colder, bias, less in zip(TEMPERATURES, TEMPERATURES[1:], biases, biases[1:]):
            what = f"seed {seed}, Gumbel-softmax: the bias at {colder} over that at {warmer}"
            yield Check(what, 0.8, less / bias, 0.0, "<=")
