"""Sentences of the language of models: evidence and posteriors beside scikit-learn, SciPy and every path; refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import log_softmax, logsumexp, softmax

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import sentences as S
from minigan.models.families.elimination import log_evidence, posterior
from minigan.models.families.enumeration import log_evidence_by_enumeration
from minigan.models.families.factors import categorical, normal, potential
from minigan.models.families.language import Discrete, Gaussian, Index, by, chain, linear, observed, plate, sum_out
from reference import sentences as reference

A = mnp.asarray
seeds = st.integers(0, 2**16)


def drawn(seed, *shapes):
    """Standard normal numbers of each shape."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def of(sentence) -> float:
    return float(mg.to_numpy(log_evidence(sentence)))


# -- the lecture's sentences ------------------------------------------------------------------------------------------


def test_a_mixture_of_gaussians_is_scikit_learns():
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(-2.0, 1.0, (50, 2)), rng.normal(2.0, 0.5, (60, 2))])
    fitted = GaussianMixture(3, random_state=0).fit(x)
    n, k = Index("n", len(x)), Discrete("k", 3)
    seen = normal(observed("x", A(x), n), by(A(fitted.means_), k), covariance=by(A(fitted.covariances_), k))
    mixture = plate(n, sum_out(k, categorical(k, A(np.log(fitted.weights_))) * seen))
    assert_allclose(of(mixture), fitted.score(x) * len(x), rtol=1e-12)
    assert_allclose(mg.to_numpy(posterior(mixture, k)), fitted.predict_proba(x), atol=1e-12)


def test_logistic_regression_has_scikit_learns_optimum():
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    x, y = load_iris(return_X_y=True)
    fitted = LogisticRegression(solver="newton-cg", tol=1e-10, max_iter=1000).fit(x, y)

    def penalised(parameters):
        evidence = log_evidence(S.logistic_regression(*parameters, A(x), A(y)))
        return evidence - 0.5 * mnp.sum(mnp.square(parameters[0]))

    found = S.learned(penalised, (mnp.zeros((3, 4)), mnp.zeros(3)))
    assert_allclose(mg.to_numpy(found.parameters[0]), fitted.coef_, atol=2e-6)
    by_hand = np.log(fitted.predict_proba(x)[np.arange(len(x)), y]).sum()
    at_its_own = S.logistic_regression(A(fitted.coef_), A(fitted.intercept_), A(x), A(y))
    assert_allclose(of(at_its_own), by_hand, rtol=1e-12)


def every_path(start, moves, seen):
    """log p(path, x) of each path of a hidden Markov chain, from its log-probabilities."""
    steps, states = seen.shape
    for path in itertools.product(range(states), repeat=steps):
        log_p = start[path[0]] + sum(moves[a, b] for a, b in itertools.pairwise(path))
        yield path, log_p + sum(seen[i, z] for i, z in enumerate(path))


@given(seeds, st.integers(1, 6), st.integers(1, 3))
def test_a_hidden_markov_model_is_the_sum_over_all_its_paths(seed, steps, states):
    start, moves, means, x = drawn(seed, states, (states, states), (states, 2), (steps, 2))
    deviations = np.exp(0.3 * means)
    sentence = S.hidden_markov_model(*map(A, (start, moves, means, deviations, x)))
    seen = stats.norm.logpdf(x[:, None], means, deviations).sum(-1)
    paths, logs = zip(*every_path(log_softmax(start), log_softmax(moves, -1), seen))
    assert_allclose(of(sentence), logsumexp(logs), rtol=1e-11, atol=1e-11)
    held = np.array(paths)[:, :, None] == np.arange(states)
    stated = np.einsum("p,ptz->tz", softmax(logs), held)
    assert_allclose(mg.to_numpy(posterior(sentence, Discrete("z", states))), stated, atol=1e-12)


@given(seeds, st.integers(1, 7), st.integers(1, 2))
def test_a_linear_gaussian_chain_is_one_joint_normal_law(seed, steps, d):
    transition, loadings, x, noise = drawn(seed, (d, d), (3, d), (steps, 3), (d, d))
    transition, noise = 0.5 * transition, noise @ noise.T + 0.5 * np.eye(d)
    deviations = np.array([0.4, 0.7, 1.0])
    sentence = S.linear_gaussian_chain(*map(A, (transition, noise, loadings, deviations, x)))
    covariance = np.zeros((steps, d, steps, d))
    covariance[0, :, 0] = np.eye(d)
    for t in range(1, steps):
        for s in range(t):
            covariance[t, :, s] = transition @ covariance[t - 1, :, s]
            covariance[s, :, t] = covariance[t, :, s].T
        covariance[t, :, t] = transition @ covariance[t - 1, :, t - 1] @ transition.T + noise
    prior, out = covariance.reshape(steps * d, steps * d), np.kron(np.eye(steps), loadings)
    of_x = out @ prior @ out.T + np.diag(np.tile(deviations**2, steps))
    assert_allclose(of(sentence), stats.multivariate_normal(cov=of_x).logpdf(x.ravel()), rtol=1e-9)
    gain = prior @ out.T @ np.linalg.inv(of_x)
    smoothed = posterior(sentence, Gaussian("z", d))
    assert_allclose(mg.to_numpy(smoothed.mean).ravel(), gain @ x.ravel(), atol=1e-9)
    left = (prior - gain @ out @ prior).reshape(steps, d, steps, d)
    stated = np.stack([left[t, :, t] for t in range(steps)])
    assert_allclose(mg.to_numpy(smoothed.covariance), stated, atol=1e-9)


@given(seeds)
def test_the_lectures_sentences_are_the_sums_of_the_reference(seed):
    logits, means, x, moves, weights, bias = drawn(seed, 2, (2, 1), (4, 1), (2, 2), (3, 1), 3)
    ones, y = np.ones((2, 1)), np.abs(seed + np.arange(4)) % 3
    numbers, places = x[:, 0], means[:, 0]
    stated = reference.mixture(numbers, softmax(logits), places, [1.0, 1.0])
    assert_allclose(of(S.mixture_of_gaussians(*map(A, (logits, means, ones, x)))), np.log(stated), rtol=1e-11)
    stated = reference.hidden_markov(numbers, softmax(logits), softmax(moves, -1), places, [1.0, 1.0])
    assert_allclose(of(S.hidden_markov_model(*map(A, (logits, moves, means, ones, x)))), np.log(stated), rtol=1e-11)
    stated = reference.logistic_regression(x, y, weights, bias)
    assert_allclose(of(S.logistic_regression(*map(A, (weights, bias, x, y)))), np.log(stated), rtol=1e-11)


# -- laws ---------------------------------------------------------------------------------------------------------------


def small(kind, seed):
    """A sentence of each kind, small enough to be enumerated."""
    r = lambda *shapes: [A(one) for one in drawn(seed, *shapes)]
    if kind == "gated chains":
        gate, start, moves, means, u, x = r((2, 2), (2, 3), (2, 3, 3), (3, 1), (2, 2), (2, 3, 1))
        return S.gated_chains(gate, start, moves, means, 0.0 * means + 0.8, u, x)
    if kind == "factor analysis":
        loadings, mean, deviations, x = r((3, 2), 3, 3, (4, 3))
        return S.factor_analysis(loadings, mean, mnp.exp(deviations), x)
    if kind == "linear regression":
        return S.linear_regression(1.5, 0.6, *r((5, 2), 5))
    if kind == "factorial chain with a mixed emission":
        logits, moves, shift, weight, x = r(2, (2, 2), (2, 3), 3, 4)
        t, z, c = Index("t", 4), Discrete("z", 2), Discrete("c", 3)
        emission = normal(observed("x", x, t), by(shift, z, c), 0.5)
        seen = sum_out(c, categorical(c, weight) * emission)
        return chain(t, z, categorical(z, logits), categorical(z, by(moves, z.before)), seen)
    if kind == "moves of each step, and sequences of each kind":
        start, moves, loadings, x = r((2, 2), (4, 2, 2), (2, 3, 2), (2, 4, 3))
        t, n, s, z = Index("t", 4), Index("n", 2), Discrete("s", 2), Gaussian("z", 2)
        seen = normal(observed("x", x, n, t), linear(z, by(loadings, s)), 0.7)
        path = chain(t, z, normal(z, by(start, s), 1.0), normal(z, linear(z.before, by(moves, t)), 0.8), seen)
        return plate(n, sum_out(s, potential(by(start[0, :], s)) * path))
    if kind == "mixture of factor analysers":
        logits, loadings, means, x = r(2, (2, 3, 2), (2, 3), (3, 3))
        n, k, z = Index("n", 3), Discrete("k", 2), Gaussian("z", 2)
        seen = normal(observed("x", x, n), linear(z, by(loadings, k), by(means, k)), 0.7)
        return plate(n, sum_out((k, z), categorical(k, logits) * normal(z, 0.0, 1.0) * seen))
    table, pair, x = r(3, (3, 2), 2)  # a discrete cause outside of the plate, and a table of no law
    n, a, b = Index("n", 2), Discrete("a", 3), Discrete("b", 2)
    inside = sum_out(b, potential(by(pair, a, b)) * normal(observed("x", x, n), by(pair, a, b), 1.0))
    return sum_out(a, potential(by(table, a)) * plate(n, inside))


KINDS = ("gated chains", "factor analysis", "linear regression", "factorial chain with a mixed emission")
KINDS += ("mixture of factor analysers", "moves of each step, and sequences of each kind", "potentials")


@pytest.mark.parametrize("kind", KINDS)
@given(seed=seeds)
def test_elimination_is_enumeration(kind, seed):
    sentence = small(kind, seed)
    assert_allclose(of(sentence), log_evidence_by_enumeration(sentence), rtol=1e-10, atol=1e-10)


@given(seeds)
def test_the_new_sentence_is_the_sum_over_kinds_of_the_sum_over_paths(seed):
    gate, start, moves, means, u, x = drawn(seed, (2, 2), (2, 3), (2, 3, 3), (3, 1), (2, 2), (2, 4, 1))
    sentence = S.gated_chains(*map(A, (gate, start, moves, means, np.full((3, 1), 0.8), u, x)))
    stated, kinds = 0.0, []
    for features, sequence in zip(u, x):
        seen = stats.norm.logpdf(sequence, means[:, 0], 0.8)
        of_each = [
            logsumexp([log for _, log in every_path(log_softmax(start[s]), log_softmax(moves[s], -1), seen)])
            for s in range(2)
        ]
        joint = log_softmax(gate @ features) + of_each
        stated, kinds = stated + logsumexp(joint), [*kinds, softmax(joint)]
    assert_allclose(of(sentence), stated, rtol=1e-11)
    assert_allclose(mg.to_numpy(posterior(sentence, Discrete("s", 2))), kinds, atol=1e-12)


@given(seeds)
def test_the_gradient_of_the_evidence_is_that_of_differences(seed):
    start, moves, means, x = drawn(seed, 2, (2, 2), (2, 1), (5, 1))

    def objective(vector):
        parts = (vector[:2], mnp.reshape(vector[2:6], (2, 2)), mnp.reshape(vector[6:8], (2, 1)))
        return log_evidence(S.hidden_markov_model(*parts, mnp.ones((2, 1)), A(x)))

    at = np.concatenate([start, moves.ravel(), means.ravel()])
    slope = mg.to_numpy(mg.grad(objective)(A(at)))
    for i in range(8):
        up, down = (float(objective(A(at + h * np.eye(8)[i]))) for h in (1e-5, -1e-5))
        assert_allclose(slope[i], (up - down) / 2e-5, atol=1e-7)


def test_probabilities_of_zero_stay_zero():
    t, z = Index("t", 3), Discrete("z", 2)
    start, moves = A([0.0, -np.inf]), A([[-np.inf, 0.0], [0.0, -np.inf]])
    seen = normal(observed("x", A([0.0, 0.0, 0.0]), t), by(A([0.0, 1.0]), z), 1.0)
    to_and_fro = chain(t, z, categorical(z, start), categorical(z, by(moves, z.before)), seen)
    assert_allclose(of(to_and_fro), stats.norm.logpdf([0.0, 1.0, 0.0]).sum(), rtol=1e-13)
    assert_allclose(mg.to_numpy(posterior(to_and_fro, z)), [[1, 0], [0, 1], [1, 0]], atol=1e-15)


@pytest.mark.parametrize("kind", ("float32", "float64"))
def test_a_sentence_stays_in_the_dtype_of_its_arrays(kind):
    """Python numbers, as the standard deviations of priors, take that of the others."""
    w, x = (mnp.asarray(one, dtype=kind) for one in drawn(0, (3, 2), (4, 3)))
    t, n, z = Index("t", 4), Index("n", 4), Gaussian("z", 2)
    seen = normal(observed("x", x, t), linear(z, w, 1.0), 0.5)
    walk = chain(t, z, normal(z, 0.0, 1.0), normal(z, z.before, 1.0), seen)
    analysis = S.factor_analysis(w, mnp.zeros(3, dtype=kind), mnp.ones(3, dtype=kind), x)
    labels = mnp.asarray([0, 1, 1, 2])
    regression = plate(n, categorical(observed("y", labels, n), linear(observed("x", x[:, :2], n), w)))
    for sentence in (walk, analysis, regression):
        assert str(log_evidence(sentence).dtype).endswith(kind)
    assert str(posterior(walk, z).covariance.dtype).endswith(kind)


# -- what is refused ----------------------------------------------------------------------------------------------------

N, K, Z = Index("n", 2), Discrete("k", 2), Gaussian("z", 2)


@pytest.mark.parametrize(
    "wrong, says",
    [
        (lambda: log_evidence(categorical(K, mnp.zeros(2))), "leaves k free"),
        (lambda: log_evidence(normal(observed("x", mnp.zeros(2), N), 0.0, 1.0)), "leaves n free"),
        (lambda: normal(Z, Z, 1.0), "the law of z has a variable twice"),
        (lambda: log_evidence(sum_out(Z, potential(0.0))), "the integral over z is infinite: nothing depends on it"),
        (
            lambda: log_evidence(sum_out(Z, normal(observed("x", 1.0), linear(Z, A([1.0, 0.0])), 1.0))),
            "the integral over z is infinite: its precision",
        ),
        (
            lambda: log_evidence(sum_out(Z, sum_out(K, normal(Z, by(mnp.zeros((2, 2)), K), 1.0)))),
            "the sum over k of Gaussians in z is a mixture.*sum out z first",
        ),
        (lambda: by(mnp.zeros((3, 2)), K), r"k\(2\).*\(3, 2\)"),
        (lambda: by(mnp.zeros((2, 2)), Z), "a Discrete variable or an Index, and was given Gaussian"),
        (lambda: posterior(sum_out(K, categorical(K, mnp.zeros(2))), Discrete("k", 3)), "size=2.*not.*size=3"),
        (lambda: categorical(K, mnp.zeros(3)), r"logits of k have the shape \(2,\).*\(3,\)"),
        (
            lambda: categorical(observed("y", A([0, 2]), N), mnp.zeros(2)),
            "whole numbers from 0 to 1.*y lie between 0 and 2",
        ),
        (lambda: categorical(Z, mnp.zeros(2)), "Discrete variable or of something observed"),
        (lambda: normal(K, 0.0, 1.0), "Gaussian variable or of something observed"),
        (lambda: normal(Z, mnp.zeros(3), 1.0), r"mean of shape.*\(3,\)"),
        (lambda: normal(Z, 0.0, covariance=-1.0 * mnp.eye(2)), "covariance of the law of z is not positive definite"),
        (lambda: normal(Z, 0.0), "either a deviation or a covariance"),
        (lambda: linear(Z, mnp.zeros((2, 3))), r"its size, 2,.*\(2, 3\)"),
        (lambda: plate(K, potential(0.0)), "goes over an Index"),
        (lambda: sum_out(N, potential(0.0)), "Discrete or Gaussian variable"),
        (lambda: plate(N, 3.0), "made of factors, and this is 3.0"),
        (lambda: potential(mnp.zeros(3)), r"has \(3,\) for each"),
        (lambda: posterior(sum_out(K, categorical(K, mnp.zeros(2))), Discrete("q", 2)), "no variable.*'q'"),
        (lambda: posterior(sum_out(K, sum_out(K, categorical(K, mnp.zeros(2)))), K), "'k' in two places"),
    ],
)
def test_what_is_no_sentence_is_refused_in_one(wrong, says):
    with pytest.raises((ValueError, TypeError), match=says) as told:
        wrong()
    assert "\n" not in str(told.value)


def test_enumeration_says_when_there_is_too_much_of_it():
    n, k = Index("n", 40), Discrete("k", 2)
    many = plate(n, sum_out(k, categorical(k, mnp.zeros(2))))
    with pytest.raises(ValueError, match=r"1.1e\+12 assignments"):
        log_evidence_by_enumeration(many)
    assert abs(of(many)) < 1e-12
