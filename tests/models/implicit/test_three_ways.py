"""One generator in four trainings: its densities against SciPy's integrals, its bound below them, and who moves whom."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit import three_ways as W
from minigan.random import generator


def parameters(width=0.5, seed=0):
    network = W.GENERATOR.init(generator(seed), (None, 1), "float64")
    return network, mnp.asarray(np.log(width))


def test_the_density_is_the_integral_over_the_code():
    params = parameters()

    def joint(z, x):
        centre = float(mg.to_numpy(W.generated(params, mnp.asarray([z])))[0])
        return stats.norm.pdf(z) * stats.norm.pdf(x, centre, 0.5)

    for x in (-2.0, 0.3, 4.0):
        stated = integrate.quad(joint, -9.0, 9.0, args=(x,))[0]
        assert_allclose(np.exp(mg.to_numpy(W.log_density(params, mnp.asarray([x]))))[0], stated, rtol=1e-6)


def test_the_bound_is_below_the_density():
    """On average over draws; and by KL(q || posterior), which is not nothing."""
    params, encoder = parameters(), W.ENCODER.init(generator(1), (None, 1), "float64")
    x = mnp.linspace(-3.0, 3.0, 7)
    draws = [mg.to_numpy(W.bound(params, encoder, x, generator(i).standard_normal((7,)))) for i in range(400)]
    error = np.std(draws, 0) / 20.0
    assert (np.mean(draws, 0) < mg.to_numpy(W.log_density(params, x)) + 4.0 * error).all()


@pytest.mark.parametrize("way", ["bound", "implicit"])
def test_divergences_are_those_of_known_laws(way):
    """A network of zeros leaves G(z) = 2 z, so that x is Gaussian: SciPy integrates the divergences."""
    network, log_width = parameters()
    network = mg.tree_map(lambda leaf: 0.0 * leaf, network)
    found = W.law_of(way, (network, log_width))
    model = stats.norm(0.0, 2.0 if way == "implicit" else np.hypot(2.0, 0.5))
    data = lambda x: 0.4 * stats.norm.pdf(x, -1.5, 0.5) + 0.6 * stats.norm.pdf(x, 1.5, 0.8)
    kl = integrate.quad(lambda x: data(x) * (np.log(data(x)) - model.logpdf(x)), -6.0, 8.0, limit=200)[0]
    assert_allclose(found.kl, kl, rtol=1e-5)
    reverse = integrate.quad(lambda x: model.pdf(x) * (model.logpdf(x) - np.log(data(x))), -9.0, 10.0, limit=200)[0]
    assert_allclose(found.reverse_kl, reverse, rtol=2e-3)
    assert_allclose(found.mass, 1.0, atol=1e-4)
    assert_allclose(W.entropy(found), model.entropy(), rtol=1e-4)
    assert found.width == (0.0 if way == "implicit" else pytest.approx(0.5))


def test_in_the_game_no_likelihood_moves_the_generator():
    """The noise's width is no part of x = G(z): it stays; where x is drawn with it, it moves."""
    for way, moves in (("implicit", False), ("game", True), ("bound", True), ("exact", True)):
        _, log_width = W.trained(way, 0, 2)
        assert (float(log_width) != pytest.approx(np.log(0.5), abs=1e-7)) == moves, way


def test_another_way_is_refused():
    with pytest.raises(ValueError, match="one of bound, exact, game, implicit, and was 'guess'"):
        W.learner_of("guess", 10)
