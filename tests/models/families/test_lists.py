"""Lists go wherever arrays go: each argument of a family's functions that is an array, as a list in its turn."""

import numpy as np
import pytest

import minigan.numpy as mnp
from minigan.autodiff import grad
from minigan.backend import to_numpy
from minigan.models.families import (
    bayesian_linear,
    boosting,
    dropout,
    early_stopping,
    ensembling,
    gradient_noise,
    inference,
    kernel_density,
    l2,
    maximum_margin,
    mode,
    neighbours,
    points,
    sentences,
    support_vectors,
    variational,
    wide_networks,
)
from minigan.models.families import expectation_maximisation as em
from minigan.models.families.elimination import log_evidence
from minigan.models.families.forests import tree_weights
from minigan.models.families.linear_model import example
from minigan.random import generator
from tests.lists import lists_are_as_good

X = np.linspace(-1.0, 1.0, 12).reshape(6, 2) ** 3
Y = np.linspace(0.5, -1.0, 6) ** 2
LABELS = np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0])
CLASSES = np.array([0, 1, 1, 0, 0, 1])
SQUARE = np.array([[0.5, -0.25], [0.75, 1.0]])
LINEAR = example(rows=8, columns=2)
ENDS = np.array([0.25, -0.5])
LOG_Q = np.log(np.full((6, 2), 0.5) + np.array([0.25, -0.25]) * LABELS[:, None])


def theta():
    return em.begin(X.tolist(), 2)._replace(means=mnp.asarray(SQUARE))


def machine():
    return support_vectors.Machine(mnp.asarray(LABELS), 0.5, mnp.asarray(Y))


def evidence(sentence):
    """The log evidence of a sentence, as a function of what the sentence is made of."""
    return lambda *given: log_evidence(sentence(*given))


CALLS = {
    "weights": (bayesian_linear.weights, 1.0, 0.5, X, Y),
    "evidence": (bayesian_linear.evidence, 1.0, 0.5, X, Y),
    "predicted": (bayesian_linear.predicted, 1.0, 0.5, X, Y, SQUARE),
    "exponential_loss": (boosting.exponential_loss, Y, LABELS),
    "logistic_loss": (boosting.logistic_loss, Y, LABELS),
    "point_weights": (boosting.point_weights, Y, LABELS),
    "objective": (boosting.objective, Y, Y, Y + 1.0),
    "expected_loss": (lambda w: dropout.expected_loss(LINEAR, w, 0.5), ENDS),
    "as_ridge": (lambda w: dropout.as_ridge(LINEAR, w, 0.5), ENDS),
    "geometric_mean": (lambda x: dropout.geometric_mean(lambda rows: mnp.log_softmax(rows), x, 0.5), ENDS),
    "ridge_filter": (early_stopping.ridge_filter, Y, 0.5),
    "flow_filter": (early_stopping.flow_filter, Y, 0.5),
    "descent_filter": (early_stopping.descent_filter, Y, 0.5, 3),
    "equivalent_precision": (early_stopping.equivalent_precision, Y + 0.5, 0.5),
    "risk": (lambda v, c: early_stopping.risk(lambda at: at / (at + 1.0), v, c, 1.0, 10), Y + 0.5, Y),
    "optimum": (lambda e, v: ensembling.optimum(LINEAR, e, v), np.append(Y, ENDS), ENDS),
    "em log_joint": (lambda x: em.log_joint(theta(), x), X),
    "em log_likelihood": (lambda x: em.log_likelihood(theta(), x), X),
    "em e_step": (lambda x: em.e_step(theta(), x), X),
    "em m_step": (em.m_step, LOG_Q, X),
    "em bound": (lambda q, x: em.bound(q, theta(), x), LOG_Q, X),
    "em kl_of_assignments": (em.kl_of_assignments, LOG_Q, LOG_Q[::-1].copy()),
    "em iterate": (lambda q, x: em.iterate(q, theta(), x), LOG_Q, X),
    "em fit": (lambda x: em.fit(x, 2, 3), X),
    "tree_weights": (tree_weights, np.array([[0], [0], [1]]), np.array([[0]]), np.array([[3.0], [1.0], [1.0]])),
    "slopes_of_examples": (lambda w: gradient_noise.slopes_of_examples(LINEAR, w), ENDS),
    "by_examples": (lambda rows: gradient_noise.by_examples(LINEAR, 0.01, rows), np.array([[0, 1], [3, 2]])),
    "log_likelihood of a product": (inference.log_likelihood, X),
    "log_joint of a product": (inference.log_joint, X),
    "shares": (inference.shares, X),
    "log_density": (kernel_density.log_density, X, np.full((6, 1), 0.5), X),
    "most_probable_logistic": (lambda x, y: l2.most_probable_logistic(x, y, 2.0), X, LABELS),
    "logistic_loss of a margin": (lambda w: maximum_margin.logistic_loss(maximum_margin.example(), w), ENDS),
    "flowed": (lambda x, y: maximum_margin.flowed(maximum_margin.Separable(x, y), [1.0]), *maximum_margin.example()),
    "residual": (lambda x, y: maximum_margin.residual(maximum_margin.Separable(x, y)), *maximum_margin.example()),
    "descended": (
        lambda x, y: maximum_margin.descended(maximum_margin.Separable(x, y), 0.1, 2),
        *maximum_margin.example(),
    ),
    "angle": (maximum_margin.angle, X, ENDS),
    "mode": (lambda start: mode.mode(lambda w: mnp.sum(w - mnp.exp(w)), start), ENDS),
    "neighbours' weights": (neighbours.weights, X, np.full((6, 1), 0.5), X),
    "class_posterior": (
        lambda x, b, z: neighbours.class_posterior(x, CLASSES.tolist(), b, z), X, np.full((6, 1), 0.5), X,
    ),
    "squared_distances": (points.squared_distances, X, SQUARE),
    "kernel": (support_vectors.kernel, X, SQUARE),
    "decision": (lambda x, z: support_vectors.decision(machine(), x, z), X, SQUARE),
    "hinge_objective": (lambda a, f, y: support_vectors.hinge_objective(a, f, y, 2.0), Y, Y, LABELS),
    "bound": (lambda m, c: variational.bound(LINEAR, m, c), ENDS, np.eye(2)),
    "gap": (lambda m, c: variational.gap(LINEAR, m, c), ENDS, np.eye(2)),
    "relu_kernel": (wide_networks.relu_kernel, X, SQUARE),
    "erf_kernel": (wide_networks.erf_kernel, X, SQUARE),
    "features": (lambda x: wide_networks.features(x, 3, generator(0)), X),
    "network_kernel": (lambda x: wide_networks.network_kernel(x, 3, generator(0)), X),
    "process_posterior": (lambda k, y: wide_networks.process_posterior(k, y, 0.5), np.eye(8) + 0.5, Y),
    "prediction_error": (
        lambda x, y, z: wide_networks.prediction_error(x, y, z, 0.5, 4, generator(0), networks=2), X, Y, SQUARE,
    ),
    "a mixture": (evidence(sentences.mixture_of_gaussians), ENDS, SQUARE, SQUARE**2, X),
    "logistic regression": (evidence(sentences.logistic_regression), SQUARE, ENDS, X, CLASSES),
    "a hidden Markov model": (evidence(sentences.hidden_markov_model), ENDS, SQUARE, SQUARE, SQUARE**2, X),
    "a Kalman filter": (evidence(sentences.linear_gaussian_chain), SQUARE, np.eye(2), SQUARE, ENDS**2, X),
    "factor analysis": (evidence(sentences.factor_analysis), ENDS[:, None], ENDS, ENDS**2, X),
    "linear regression": (evidence(sentences.linear_regression), 1.0, 0.5, X, Y),
    "gated chains": (
        evidence(sentences.gated_chains), SQUARE, SQUARE, np.stack([SQUARE, -SQUARE]), ENDS[:, None],
        ENDS[:, None] ** 2, X, np.stack([X[:, :1], X[:, 1:]], 1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_list_is_as_good_as_an_array(name):
    function, *given = CALLS[name]
    lists_are_as_good(function, *(to_numpy(x) if hasattr(x, "shape") else x for x in given))


@pytest.mark.parametrize("sentence", ["a mixture", "a Kalman filter", "factor analysis", "linear regression"])
def test_a_sentence_refuses_a_number_for_rows(sentence):
    function, *given = CALLS[sentence]
    for wrong, what in ((3.0, "are an array"), ("rows", "given as 'rows'"), ([[1.0, 2.0], [3.0]], "differ in length")):
        given[-2 if sentence == "linear regression" else -1] = wrong
        with pytest.raises((ValueError, TypeError), match=what):
            function(*given)


def test_parameters_that_are_lists_of_traced_numbers():
    deviations, x = mnp.asarray(SQUARE**2), mnp.asarray(X)

    def of_logits(logits):
        return log_evidence(sentences.mixture_of_gaussians(logits, SQUARE.tolist(), deviations, x))

    at_once, one_by_one = grad(of_logits)(mnp.asarray(ENDS)), grad(of_logits)([mnp.asarray(end) for end in ENDS])
    np.testing.assert_allclose([float(slope) for slope in one_by_one], to_numpy(at_once), rtol=1e-12)
