"""Lists go wherever arrays go: log-likelihoods, what they are of, and the values of games on few points."""

import numpy as np
import pytest

import minigan.numpy as mnp
from minigan import nn, optim
from minigan.gan.penalties import squared_slopes
from minigan.models.explicit import (
    Cost,
    ais,
    autoregressive,
    dequantisation,
    flow,
    ica,
    likelihood_system,
    outsiders,
    vae,
)
from minigan.models.explicit.bits import independent_pixels
from minigan.models.games import hips_example
from minigan.models.implicit import planes, sprinkler
from tests.lists import lists_are_as_good

ROWS = np.linspace(-1.0, 1.0, 12).reshape(6, 2) ** 3
BITS = np.array([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
LAW, LAW_TOO = np.array([0.5, 0.25, 0.25]), np.array([0.125, 0.375, 0.5])


def trained_bell(training, held_out):
    bell = likelihood_system(
        "N(mu, I)",
        init=lambda rng: mnp.zeros(2),
        log_density=lambda mu, x: -0.5 * mnp.sum(mnp.square(x - mu), -1),
        sample=lambda mu, n, rng, condition=None: mu + rng.standard_normal((n, 2)),
        training=training,
        held_out=held_out,
        optimizer=optim.sgd(0.5),
        steps=2,
        batch=4,
        cost=Cost(1, latent_code=False),
        baseline=-9.0,
    )
    trained = bell.train()
    return trained.state.parameters["model"], bell.measured(trained)["nats"], bell.real(0, 3)


CALLS = {
    "squared_slopes": (lambda x: squared_slopes(lambda z: mnp.sum(z**2, -1), x), ROWS),
    "estimate_of": (lambda w: ais.estimate_of(w)[:2], ROWS),
    "log_likelihood": (autoregressive.log_likelihood, ROWS[:3], BITS),
    "uniform": (lambda levels, noise: dequantisation.uniform(levels, 2, noise), BITS, ROWS[:3]),
    "log_density of a flow": (lambda x: flow.log_density(nn.squeeze, None, x), np.ones((1, 2, 2, 1))),
    "logit_transform": (flow.logit_transform, BITS),
    "log_density of sources": (ica.log_density, np.eye(2) + 0.25, ROWS),
    "thresholded": (outsiders.thresholded, BITS, BITS + 1.0, LAW, BITS),
    "kl_from_prior": (vae.kl_from_prior, ROWS, -ROWS),
    "independent_pixels": (independent_pixels, BITS, BITS[:2]),
    "likelihood_system": (trained_bell, ROWS, ROWS[:2] + 1.0),
    "discriminator_value": (lambda p, q, t: hips_example.discriminator_value("corrected", p, q, t), LAW, LAW_TOO, LAW),
    "value_along_ray": (lambda p, q: hips_example.value_along_ray("published", p, q, 2.0), LAW, LAW_TOO),
    "best_value": (lambda p, q: hips_example.best_value("corrected", p, q), LAW, LAW_TOO),
}


def test_a_law_on_points_may_hold_what_is_not_finite():
    """What has diverged is measured, too, and comes to NaN; a weight of 0 has the logarithm -inf."""
    assert np.isnan(planes.divergence_between([0.5, np.nan], [0.5, 0.5]))
    assert np.isnan(sprinkler.total_variation([0.5, np.nan], [0.5, 0.5]))
    assert ais.estimate_of([[0.0, -np.inf], [0.0, -np.inf]]).log_partition == pytest.approx(-np.log(2.0))


@pytest.mark.parametrize("name", CALLS)
def test_a_list_is_as_good_as_an_array(name):
    lists_are_as_good(*CALLS[name])
