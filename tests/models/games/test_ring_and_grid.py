"""The ring and the grid: what they are judged by, on generators that are perfect, narrow, or not trained at all."""

import math

import pytest

import minigan as mg
from minigan.gan import Fit
from minigan.models.games import grid, ring
from minigan.random import generator

MODULES = {"ring": (ring, ring.ring, 8), "grid": (grid, grid.grid, 25)}


class Perfect(Fit):
    """A trained generator that draws from the data."""

    def sample(self, n, rng=None):
        return self.noise(rng, n)


@pytest.mark.parametrize("name", MODULES)
def test_an_untrained_generator_has_collapsed(name):
    _, build, modes = MODULES[name]
    found = build().measured(build().train(0))
    assert found["collapsed"] and found["modes"] == modes


@pytest.mark.parametrize("name", MODULES)
def test_the_data_themselves_have_not(name):
    """98.89 % within three deviations of a mode, as a normal law has in the plane, and all of them covered."""
    module, build, modes = MODULES[name]
    found = module.measure(Perfect(None, None, {}, build().data, None), generator(1))
    assert not found["collapsed"] and found["modes_covered"] == modes
    share = 1.0 - math.exp(-4.5)
    assert abs(found["high_quality_share"] - share) < 4.0 * math.sqrt(share * (1.0 - share) / 2500)


@pytest.mark.parametrize("name", MODULES)
def test_the_modes_are_drawn_where_the_data_are(name):
    _, build, modes = MODULES[name]
    centres = mg.to_numpy(build().form.centres)
    assert centres.shape == (modes, 2)
    real = mg.to_numpy(build().real(generator(0), 500))
    nearest = ((real[:, None] - centres[None]) ** 2).sum(-1).min(1) ** 0.5
    assert nearest.max() < 5.0 * 0.05  # of deviation 0.05: beyond five once in 270,000 draws
