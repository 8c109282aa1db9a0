"""Lists go wherever arrays go: each argument that is an array, as a list in its turn."""

import numpy as np
import pytest

import minigan.numpy as mnp
from minigan.models.implicit import (
    bayesian_generator,
    bayesian_regression,
    eight_schools,
    hamiltonian,
    likelihood_free,
    lotka_volterra,
    planes,
    ratio_estimators,
    schools_posteriors,
    simulators,
    sprinkler,
)
from minigan.models.implicit.linear_ratio import fit_linear_ratio
from minigan.random import generator
from tests.lists import lists_are_as_good

ROWS = np.linspace(-1.0, 1.0, 12).reshape(6, 2) ** 3
OTHERS = np.linspace(0.5, -1.5, 8).reshape(4, 2)
LAW, LAW_TOO = np.array([0.5, 0.25, 0.25, 0.0]), np.array([0.125, 0.125, 0.25, 0.5])
CODES = np.linspace(-1.0, 1.5, 20).reshape(2, 10)
FEW = np.array([0.5, -0.25, 1.0])
ERROR = ratio_estimators.class_probability_loss
LINEAR = bayesian_generator.GENERATORS["linear"]
EXAMPLES = bayesian_regression.Examples(np.array([0.5, -1.0]), np.array([1.0, 0.0]), 0.5)


def likelihood(w, x):
    return bayesian_generator.exact_log_likelihood(LINEAR, w, x)


CALLS = {
    "class_probability_loss": (ERROR, FEW, -FEW),
    "classification_loss": (ratio_estimators.classification_loss, FEW, -FEW),
    "least_squares_loss": (ratio_estimators.least_squares_loss, FEW, -FEW),
    "quadratic_features": (ratio_estimators.quadratic_features, ROWS),
    "moment_loss": (ratio_estimators.moment_loss, LAW, ROWS, OTHERS),
    "kernel_loss": (ratio_estimators.kernel_loss, LAW, ROWS, OTHERS),
    "fit_linear_ratio": (lambda p, q: fit_linear_ratio(ERROR, p, q), ROWS, ROWS[::-1] * 0.5),
    "density on cells": (planes.density, ROWS),
    "divergence_between": (planes.divergence_between, LAW, LAW_TOO),
    "log_likelihood of an effect": (sprinkler.log_likelihood, np.full(6, 2.0), ROWS),
    "simulated effects": (lambda z: sprinkler.simulated(generator(0), z), ROWS),
    "total_variation": (sprinkler.total_variation, LAW, LAW_TOO),
    "difference": (sprinkler.difference, np.outer(LAW, LAW_TOO)),
    "modes": (sprinkler.modes, np.outer(LAW, LAW_TOO)),
    "total_variation of posteriors": (likelihood_free.total_variation, LAW, LAW_TOO),
    "drawn_from": (
        lambda mass: likelihood_free.drawn_from(simulators.LIGHTHOUSE, mass, generator(0), 3),
        np.ones((simulators.GRID, simulators.GRID)),
    ),
    "a uniform prior": (simulators.LIGHTHOUSE.prior.log_density, ROWS),
    "lighthouse": (lambda theta: simulators.lighthouse(theta, generator(0)), ROWS),
    "lighthouse_log_likelihood": (simulators.lighthouse_log_likelihood, ROWS + 2.0, FEW),
    "checked": (lambda theta: simulators.LIGHTHOUSE.checked(theta, mnp.asarray(ROWS)), ROWS),
    "log_joint of schools": (eight_schools.log_joint, CODES),
    "school_effects": (eight_schools.school_effects, CODES),
    "whitened": (schools_posteriors.whitened, ROWS),
    "linear": (bayesian_generator.linear, ROWS, FEW[None]),
    "network": (bayesian_generator.network, np.linspace(-1.0, 1.0, 50).reshape(2, 25), FEW[None]),
    "exact_log_likelihood": (likelihood, ROWS, FEW),
    "posterior_weights": (
        lambda x: bayesian_generator.posterior_weights("linear", likelihood, x, 0, chains=2, steps=2).samples,
        FEW,
    ),
    "likeliest_weights": (
        lambda x: bayesian_generator.likeliest_weights("linear", likelihood, x, 0, starts=2, steps=2),
        FEW,
    ),
    "weights_on_grid": (lambda x: bayesian_generator.weights_on_grid(likelihood, x, cells=4), FEW),
    "predicted": (lambda w: bayesian_generator.predicted("linear", w), ROWS),
    "outer_weights_integrated": (
        lambda u, b, at: bayesian_regression.outer_weights_integrated(EXAMPLES, u, b, at),
        ROWS,
        ROWS[::-1].copy(),
        FEW,
    ),
    "band_of_a_line": (lambda at: bayesian_regression.band_of_a_line(EXAMPLES, at), FEW),
    "leapfrog": (lambda z, m: hamiltonian.leapfrog(mnp.negative, z, m, 0.1, 3), FEW, -FEW),
    "contrastive_loss": (lotka_volterra.contrastive_loss, OTHERS @ OTHERS.T),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_list_is_as_good_as_an_array(name):
    lists_are_as_good(*CALLS[name])
