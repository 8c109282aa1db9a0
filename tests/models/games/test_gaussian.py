"""The 1-dimensional example: everything about it is known, so everything is checked."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models import fit_of
from minigan.models.games.gaussian import DATA, gaussian, learned_discriminator, model_density
from minigan.plots import pictures
from minigan.quadrature import integrate
from minigan.random import generator


def trained(steps, **options):
    system = gaussian(batch=16, **options)
    found = system.train(steps)
    return system, found, fit_of(system, found)


def test_the_models_density_is_a_density_and_the_discriminator_a_probability():
    _, _, fit = trained(2)
    model, D = model_density(fit), learned_discriminator(fit)
    # the generator is affine and moves little from its start
    assert_allclose(float(mg.to_numpy(integrate(model.density, -30.0, 30.0, 20001))), 1.0, atol=0.02)
    d = mg.to_numpy(D(mnp.linspace(-5.0, 5.0, 11)))
    assert d.shape == (11,) and ((d > 0.0) & (d < 1.0)).all()
    assert_allclose(float(mg.to_numpy(integrate(DATA, -8.0, 9.0))), 1.0, rtol=1e-12)


def test_its_log_density_is_that_of_an_affine_map_of_a_normal_number():
    system, found, fit = trained(3)
    a, b = (float(mg.to_numpy(fit.state.generator[key]).reshape(())) for key in ("weight", "bias"))
    x = generator(0).standard_normal((9, 1)) * 3.0
    z = (mg.to_numpy(x)[:, 0] - b) / a
    stated = -0.5 * z * z - 0.5 * math.log(2.0 * math.pi) - math.log(abs(a))
    assert_allclose(mg.to_numpy(system.log_density(found.state, x)), stated, rtol=1e-10)
    assert_allclose(mg.to_numpy(system.log_density(found.state, mnp.reshape(x, (9,)))), stated, rtol=1e-10)


def test_total_variation_is_that_of_a_histogram():
    system, found, _ = trained(0)
    stated = system.measured(found)["total_variation"]
    edges = np.linspace(-8.0, 9.0, 120)
    sample = mg.to_numpy(system.sample(found.state, 200_000, generator(5))).reshape(-1)
    counts, _ = np.histogram(sample, edges)
    middle = mg.to_numpy(DATA.density(mnp.asarray(0.5 * (edges[1:] + edges[:-1]))))
    estimate = 0.5 * np.abs(counts / len(sample) - middle * np.diff(edges)).sum()
    assert abs(estimate - stated) < 0.05


def test_real_examples_are_draws_from_the_density():
    """A density can be called as well, and is then the density at a point."""
    system, n = gaussian(), 20_000
    drawn = mg.to_numpy(system.real(generator(0), n))
    assert drawn.shape == (n, 1)
    assert abs(drawn.mean() - 2.0) < 4.0 * 0.6 / math.sqrt(n)
    assert abs(drawn.std() - 0.6) < 4.0 * 0.6 / math.sqrt(2 * n)


@pytest.mark.parametrize("name", ["gan", "kl", "total_variation"])
def test_the_discriminator_is_read_as_its_game_says(name):
    system, found, fit = trained(2, divergence=name)
    measured, D = system.measured(found), learned_discriminator(fit)
    drawn = pictures(system, found)["samples.png"]
    labels = {text.get_text() for text in drawn.axes[0].get_legend().get_texts()}
    if name == "total_variation":  # its f* has no inverse slope, so a critic stands for no ratio
        assert D is None and measured["largest_discriminator_error"] is None and "learned D" not in labels
        return
    x = mnp.linspace(-1.0, 4.0, 11)
    d = mg.to_numpy(D(x))
    assert d.shape == (11,) and ((d > 0.0) & (d < 1.0)).all() and "learned D" in labels
    column = mnp.reshape(x, (-1, 1))
    w = mg.to_numpy(fit.players.discriminator.apply(fit.state.discriminator, column)).reshape(-1)
    v = 5.0 * np.tanh(w / 5.0)  # about the threshold; for both rows the ratio is exp(v)
    np.testing.assert_allclose(d, 1.0 / (1.0 + np.exp(-v)), rtol=1e-10)
    assert 0.0 <= measured["largest_discriminator_error"] <= 1.0
