"""Remedies by name: what each makes of a plain GAN, on every bench, and what contradicts it."""

import numpy as np
import pytest

import minigan as mg
from minigan import nn, optim
from minigan.models import SYSTEMS
from minigan.models.games.grid import FIRST, LAST, falling, penalties
from minigan.models.remedies import KERNELS, REMEDIES, remedied
from minigan.random import generator


def of(name, **options):
    adam = optim.adam(1e-3)
    return remedied(name, nn.dense(4), adam, adam, options, batch=16, gamma=0.5)


@pytest.mark.parametrize("name", REMEDIES)
def test_it_trains_the_ring(name):
    system = SYSTEMS["ring"](batch=12, remedy=name)
    state = system.train(2, 0).state
    assert np.isfinite(mg.to_numpy(system.sample(state, 3, generator(0)))).all()
    assert all(np.isfinite(mg.to_numpy(leaf)).all() for leaf in mg.tree_leaves(state))


@pytest.mark.parametrize("system", ["ring", "grid", "stacked_digits"])
def test_options_that_are_not_given_are_none(system):
    """As a sweep and a resumed run hand them on."""
    untold = dict.fromkeys(("game", "divergence", "generator_loss", "unroll", "first_order", "discriminator_steps"))
    for remedy in ("plain", "unrolling_5", "pairing"):
        made = SYSTEMS[system](remedy=remedy, **untold)
        assert made.parts["game"] == ("relativistic_pairing" if remedy == "pairing" else "non_saturating")
    assert SYSTEMS["minibatch_gan"](**untold).steps == 1500


def test_each_changes_one_thing_of_the_plain_gan():
    plain = of("plain")
    assert plain["own_game"] is plain["penalty"] is None and plain["batch"] == 16
    assert of("penalties")["penalty"].name == "r1(0.5) + r2(0.5)" and of("penalties")["own_game"] is None
    assert of("pairing")["own_game"].name == "relativistic_pairing" and of("pairing")["penalty"] is None
    assert of("label_smoothing")["own_game"].name != of("feature_matching")["own_game"].name
    assert of("packing_3")["batch"] == 15 and of("packing_3")["own_game"] is None
    assert of("unrolling_5")["options"] == {"unroll": 5} and plain["options"] == {}
    assert "historical" in repr(of("historical_averaging")["generator_optimizer"])


@pytest.mark.parametrize("name, more", [("minibatch_discrimination", KERNELS), ("minibatch_stddev", 1)])
def test_the_last_layer_reads_features_of_the_batch(name, more):
    D = of(name)["discriminator"]
    assert D.init(generator(0), (4, 2))[-1]["weight"].shape == (4 + more, 1)


def test_packs_are_judged_at_once():
    D = of("packing_2")["discriminator"]
    assert D.apply(D.init(generator(0), (4, 2)), mg.numpy.ones((4, 2))).shape == (2, 1)


@pytest.mark.parametrize(
    "system, options, message",
    [
        ("ring", {"remedy": "packing"}, "--remedy cannot be 'packing'; the nearest of its choices is 'packing_"),
        ("ring", {"remedy": "plain", "unroll": 5}, "--remedy plain looks not ahead, or as it says: leave --unroll 5 away"),
        ("grid", {"remedy": "unrolling_5", "unroll": 3}, "looks ahead as it says: leave --unroll 3 away"),
        ("grid", {"remedy": "pairing", "game": "hinge"}, "--remedy pairing is a game of its own: leave --game"),
        ("stacked_digits", {"remedy": "pairing", "game": "hinge"}, "--remedy pairing is a game of its own"),
    ],
)
def test_contradictions_are_refused(system, options, message):
    with pytest.raises(ValueError, match=message):
        SYSTEMS[system](**options)


def test_the_grids_penalties_fall_geometrically():
    assert falling(0) == FIRST and falling(8000) == pytest.approx(LAST, rel=1e-12) == falling(9999)
    middle = penalties("constant").value(lambda x: x[:, 0], mg.numpy.ones((2, 2)), mg.numpy.ones((2, 2)))
    assert float(middle) == pytest.approx((FIRST * LAST) ** 0.5, rel=1e-12)  # r1 and r2 of slope 1, a half each


def test_the_grid_plays_what_it_is_told_to():
    assert SYSTEMS["grid"]().parts["game"] == "relativistic_pairing"
    assert SYSTEMS["grid"](game="hinge").parts["game"] == "hinge"
    assert SYSTEMS["grid"](divergence="pearson").parts["game"] == "f_gan_pearson"
    assert SYSTEMS["grid"](remedy="plain").parts["game"] == "non_saturating"


@pytest.mark.parametrize("option", [{"ratio": 2.0}, {"penalty": "constant"}, {"biases": "zero"}, {"momentum": 0.5}])
def test_a_remedy_has_none_of_the_recipes_options(option):
    with pytest.raises(ValueError, match=f"--remedy plain trains another GAN, which has no --{next(iter(option))}: leave"):
        SYSTEMS["grid"](remedy="plain", **option)


def test_a_batch_smaller_than_a_pack_is_refused():
    with pytest.raises(ValueError, match="--remedy packing_3 judges 3 samples at once: give a --batch of 3 or more"):
        SYSTEMS["ring"](remedy="packing_3", batch=2)
