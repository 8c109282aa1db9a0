"""Every game's costs, sample by sample, have its generator's loss as their mean."""

import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.divergences import TABLE
from minigan.gan import GAMES, Players, f_gan, make_step, relativistic_pairing, trainable_f_gan
from minigan.gan.estimated import estimated
from minigan.models.discrete.binary_digits import pixel_generator

games = [build() for build in GAMES.values() if build is not relativistic_pairing]
games += [
    build(row, generator=loss) for row in TABLE for build in (f_gan, trainable_f_gan) for loss in ("bound", "modified")
]


@pytest.mark.parametrize("game", games, ids=lambda game: game.name)
def test_costs_have_the_loss_as_mean(game):
    outputs = mnp.asarray([[-0.7], [-0.2], [0.1], [0.4]])
    costs = game.generator_costs(outputs)
    assert tuple(costs.shape) == (4, 1)
    stated = float(mg.to_numpy(game.generator_loss(outputs)))
    assert_allclose(float(mg.to_numpy(mnp.mean(costs))), stated, rtol=1e-12)
    one = [float(mg.to_numpy(game.generator_loss(outputs[i : i + 1, ...]))) for i in range(4)]
    assert_allclose(mg.to_numpy(costs)[:, 0], one, rtol=1e-12)


def test_a_game_without_costs_weighs_no_samples():
    adam = optim.adam(1e-3)
    with pytest.raises(ValueError, match="the game relativistic_pairing has no generator_costs"):
        make_step(Players(relativistic_pairing(), pixel_generator("reinforce"), nn.dense(1), adam, adam))


def test_an_estimated_cost_is_worth_one_thing_and_differentiates_as_another():
    value, slope = mg.value_and_grad(lambda x: estimated(x**3, 5.0 * x))(2.0)
    assert (float(value), float(slope)) == (8.0, 5.0)
    assert float(mg.grad(mg.grad(lambda x: estimated(x**3, x**2)))(2.0)) == 2.0
