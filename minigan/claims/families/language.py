"""A language of models: the lecture's sentences, what is known in them, and a sentence that is none of them."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...models.families import sentences
from ...models.families.elimination import log_evidence, posterior
from ...models.families.enumeration import log_evidence_by_enumeration
from ...models.families.language import Discrete, Gaussian
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "families", "A language of models"


def normal_log_density(x, means, deviations) -> np.ndarray:
    """Of each row of x (n, d) under each row of means and deviations (K, d): (n, K)."""
    apart = (x[:, None] - means) / deviations
    return (-0.5 * apart**2 - np.log(deviations) - 0.5 * np.log(2.0 * np.pi)).sum(-1)


def over_paths(start, moves, seen) -> tuple[float, np.ndarray]:
    """log sum over paths of p(path) prod_t seen[t, z_t], and p(z_t = k | all that was seen), from log-probabilities."""
    steps, states = seen.shape
    paths = np.array(list(itertools.product(range(states), repeat=steps)))
    logs = start[paths[:, 0]] + moves[paths[:, :-1], paths[:, 1:]].sum(1) + seen[np.arange(steps), paths].sum(1)
    held = paths[:, :, None] == np.arange(states)
    return float(logsumexp(logs)), np.einsum("p,ptk->tk", softmax(logs), held)


def drawn(rng, *shapes) -> list:
    """Standard normal arrays."""
    return [to_numpy(rng.standard_normal(shape)) for shape in shapes]


def told(sentence) -> float:
    """Its log evidence by elimination."""
    return float(to_numpy(log_evidence(sentence)))


def given(function, *arrays):
    """The sentence of arrays from the host."""
    return function(*(mnp.asarray(each) if isinstance(each, np.ndarray) else each for each in arrays))


@claim(
    "sentences-of-a-language",
    section=SECTION,
    heading=HEADING,
    statement="A mixture of Gaussians, logistic regression and a hidden Markov model are sentences of one language, three "
    "lines each: elimination says of them what scikit-learn says, and what the sum over all paths says.",
    latex=r"\log p(x) = \sum_n \log \sum_k \pi_k\, N(x_n; \mu_k, \Sigma_k), \qquad p(x) = \sum_z \prod_t "
    r"p(z_t \mid z_{t-1})\, p(x_t \mid z_t)",
)
def sentences_of_a_language(
    run: Run,
    mixture=sentences.mixture_of_gaussians,
    regression=sentences.logistic_regression,
    markov=sentences.hidden_markov_model,
):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.mixture import GaussianMixture

    for function in (mixture, regression, markov):
        lines = len(inspect.getsource(function).rpartition('"""\n')[2].splitlines())
        yield Check(f"lines of {function.__name__}", 3, lines, 0.0, "<=")
    x, y = load_iris(return_X_y=True)
    fitted = GaussianMixture(3, covariance_type="diag", random_state=run.seed).fit(x)
    sentence = given(mixture, np.log(fitted.weights_), fitted.means_, np.sqrt(fitted.covariances_), x)
    # 150 sums of four quotients: rounding of a few hundred times 2^-53, relative to about -300 nats
    yield Check("irises, a mixture: log p(x) of scikit-learn", fitted.score(x) * len(x), told(sentence), 1e-10)
    off = largest(abs(to_numpy(posterior(sentence, Discrete("k", 3))) - fitted.predict_proba(x)).ravel())
    yield Check("responsibilities beside scikit-learn's, largest difference", 0.0, off, 1e-12)
    solved = LogisticRegression(solver="newton-cg", tol=1e-10, max_iter=1000).fit(x, y)
    likelihood = lambda weights, bias: log_evidence(given(regression, weights, bias, x, y))
    at = mnp.asarray(solved.coef_), mnp.asarray(solved.intercept_)
    slopes = [to_numpy(each) for each in grad(likelihood, (0, 1))(*at)]
    # scikit-learn's optimum has the penalty |W|^2 / 2, whose slope is W; its solver stops at a slope of 1e-10 a row
    yield Check("irises, a regression: slope at scikit-learn's W, less W", 0.0, abs(slopes[0] - solved.coef_).max(), 1e-6)
    yield Check("slope at scikit-learn's b", 0.0, abs(slopes[1]).max(), 1e-6)
    by_its_own = np.log(solved.predict_proba(x)[np.arange(len(x)), y]).sum()
    yield Check("log p(y | x) by scikit-learn's probabilities", by_its_own, float(likelihood(*at)), 1e-10)
    for steps, states in ((1, 3), (6, 2), (7, 3)):
        start, moves, means, x = drawn(run.rng(steps), states, (states, states), (states, 2), (steps, 2))
        deviations = np.exp(0.3 * means)
        sentence = given(markov, start, moves, means, deviations, x)
        seen = normal_log_density(x, means, deviations)
        stated, marginals = over_paths(log_softmax(start), log_softmax(moves, -1), seen)
        what = f"{steps} steps, {states} states"
        yield Check(f"a hidden Markov model, {what}: log of the sum over paths", stated, told(sentence), 1e-10)
        off = abs(to_numpy(posterior(sentence, Discrete("z", states))) - marginals).max()
        yield Check(f"{what}: p(z_t | x) beside shares of paths", 0.0, float(off), 1e-12)


def joint_covariance(transition, noise, steps: int) -> np.ndarray:
    """Of z_1 ... z_T, z_1 ~ N(0, I), z_t = A z_(t-1) + N(0, Q): (T d, T d)."""
    d = len(transition)
    push = np.zeros((steps, d, steps, d))  # z_t = sum_s A^(t - s) e_s
    for t in range(steps):
        for s in range(t + 1):
            push[t, :, s] = np.linalg.matrix_power(transition, t - s)
    push = push.reshape(steps * d, steps * d)
    shocks = np.kron(np.eye(steps), noise)
    shocks[:d, :d] = np.eye(d)
    return push @ shocks @ push.T


@claim(
    "a-kalman-filter-is-the-same-chain",
    section=SECTION,
    heading=HEADING,
    statement="With a Gaussian state in place of a discrete one the hidden Markov model's sentence is the Kalman "
    "filter's: its evidence, means and covariances are those of one joint normal law.",
    latex=r"p(x) = N(0, H P H^\top + R), \qquad \mathbb{E}[z \mid x] = P H^\top (H P H^\top + R)^{-1} x",
)
def kalman_chain(run: Run, covariance=joint_covariance, chain=sentences.linear_gaussian_chain):
    for steps, d in ((1, 2), (5, 1), (12, 2)):
        transition, loadings, x, root = drawn(run.rng(20 + steps), (d, d), (3, d), (steps, 3), (d, d))
        transition, noise = 0.5 * transition, root @ root.T + 0.5 * np.eye(d)
        deviations = np.array([0.4, 0.7, 1.0])
        sentence = given(chain, transition, noise, loadings, deviations, x)
        prior, out = covariance(transition, noise, steps), np.kron(np.eye(steps), loadings)
        of_x = out @ prior @ out.T + np.kron(np.eye(steps), np.diag(deviations**2))
        weighed = np.linalg.solve(of_x, x.ravel())
        log_p = -0.5 * (x.ravel() @ weighed + np.linalg.slogdet(2.0 * np.pi * of_x)[1])
        # conditions of some hundreds in 36 numbers: 2^-53 times 1e4 is left with room
        yield Check(f"{steps} steps, {d} coordinates: log p(x)", log_p, told(sentence), 1e-9)
        found = posterior(sentence, Gaussian("z", d))
        stated = (prior @ out.T @ weighed).reshape(steps, d)
        yield Check(
            f"{steps} steps, {d}: means of the states, largest error",
            0.0,
            abs(to_numpy(found.mean) - stated).max(),
            1e-9,
        )
        left = (prior - prior @ out.T @ np.linalg.solve(of_x, out @ prior)).reshape(steps, d, steps, d)
        left = np.stack([left[t, :, t] for t in range(steps)])
        off = abs(to_numpy(found.covariance) - left).max()
        yield Check(f"{steps} steps, {d}: their covariances, largest error", 0.0, off, 1e-9)


def evidence_of_kinds(gate, start, moves, means, u, x, deviation: float = 0.8) -> tuple[float, np.ndarray]:
    """log p(x | u) = sum_n log sum_s p(s | u_n) sum_paths p(path, x_n | s), and p(s | u_n, x_n)."""
    total, kinds = 0.0, []
    for features, sequence in zip(u, x):
        seen = normal_log_density(sequence, means, np.full_like(means, deviation))
        of_each = [over_paths(log_softmax(start[s]), log_softmax(moves[s], -1), seen)[0] for s in range(len(gate))]
        joint = log_softmax(gate @ features) + of_each
        total, kinds = total + float(logsumexp(joint)), [*kinds, softmax(joint)]
    return total, np.stack(kinds)


def found_kinds(seed: int, sequences: int, steps: int) -> tuple[float, float]:
    """Kinds of drawn sequences, learned without labels: how many are told right, up to names, and how far the probability
    to leave a state is off, the largest of four."""
    rng = Run(seed=seed).rng(40)
    u, x, kinds = sentences.drawn_gated_chains(rng, sequences, steps)
    u, x = mnp.asarray(u), mnp.asarray(x)
    parameters = sentences.learned_gated_chains(u, x, rng).parameters
    told = to_numpy(posterior(sentences.two_kinds(parameters, u, x), Discrete("s", 2)))[:, 1] > 0.5
    leave = softmax(to_numpy(parameters[1]), -1)[:, [0, 1], [1, 0]]  # (kind, state)
    right = float((told == kinds).mean())
    if right < 0.5:
        right, leave = 1.0 - right, leave[::-1]
    return right, float(abs(leave - np.array([[0.1], [0.8]])).max())


@claim(
    "a-new-sentence",
    section=SECTION,
    heading=HEADING,
    statement="Put together, the three are a sentence without a name: hidden Markov chains of several kinds, the kind by "
    "logistic regression, emissions shared. Its evidence is a sum over everything all the same, and its gradient learns "
    "the kinds.",
    latex=r"p(x \mid u) = \prod_n \sum_s p(s \mid u_n) \sum_z \prod_t p(z_t \mid z_{t-1}, s)\, p(x_{nt} \mid z_t)",
    cost=4.0,
)
def new_sentence(run: Run, evidence=evidence_of_kinds, learn=found_kinds):
    for stream in range(1 if run.quick else 3):
        gate, start, moves, means, u, x = drawn(
            run.rng(30 + stream), (2, 2), (2, 3), (2, 3, 3), (3, 1), (2, 2), (2, 3, 1)
        )
        sentence = given(sentences.gated_chains, gate, start, moves, means, np.full((3, 1), 0.8), u, x)
        stated, kinds = evidence(gate, start, moves, means, u, x)
        yield Check(f"draw {stream}: log p(x | u) by kinds and paths", stated, told(sentence), 1e-11)
        visited = log_evidence_by_enumeration(sentence)
        yield Check(f"draw {stream}: by all 2,916 assignments at once", visited, told(sentence), 1e-11)
        off = abs(to_numpy(posterior(sentence, Discrete("s", 2))) - kinds).max()
        yield Check(f"draw {stream}: p(kind | u, x), largest difference", 0.0, float(off), 1e-12)
    for seed in run.seeds(1 if run.quick else 3):
        right, off = learn(seed, 80, 20)
        yield Check(f"seed {seed}: share of 80 sequences whose kind is told right, unlabelled", 0.95, right, 0.0, ">=")
        yield Check(f"seed {seed}: probabilities to leave a state, largest error", 0.1, off, 0.0, "<=")
