"""A GAN as a system: which game it plays, how its players move, and what its functions are given."""

import pytest
from numpy.testing import assert_array_equal

import minigan as mg
from minigan import gan, nn, optim
from minigan.densities import Normal
from minigan.gan import GAMES, Fit, minimax
from minigan.models import SYSTEMS, fit_of, gan_system
from minigan.models.two_players import GameOptions, chosen_game, looking_ahead, players_state
from minigan.random import generator
from minigan.training import averaged


def affine(measure=lambda fit, rng: {}, **more):
    how = {
        "generator": nn.dense(1),
        "discriminator": nn.mlp([8, 1], activation="tanh"),
        "generator_optimizer": optim.adam(1e-2),
        "discriminator_optimizer": optim.adam(1e-2),
        "data": Normal(2.0, 0.6),
        "noise": 1,
        "steps": 50,
        "batch": 16,
        "options": {},
        "dtype": "float64",
        **more,
    }
    return gan_system("an affine generator", measure=measure, **how)


def test_every_game_is_found_by_its_name():
    assert chosen_game({}).name == "non_saturating"
    for name in GAMES:
        assert chosen_game({"game": name}).name == name
    assert chosen_game({"divergence": "kl"}).name != chosen_game({"divergence": "kl", "generator_loss": "modified"}).name


def test_a_row_of_ones_own(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("from minigan.divergences import alpha, kl\nmy_row = alpha(0.25)\nother = kl\nnumber = 3\n")
    own, shipped = (chosen_game({"divergence": row}) for row in (f"{file}:my_row", "alpha(0.25)"))
    assert own.name == shipped.name and own.value_at_optimum == shipped.value_at_optimum
    with pytest.raises(ValueError, match=r"number of .*mine\.py is no divergence"):
        chosen_game({"divergence": f"{file}:number"})
    with pytest.raises(ValueError, match="the nearest is 'my_row'"):
        chosen_game({"divergence": f"{file}:my_rwo"})


CONTRADICTIONS = [
    ({"game": "minimax", "divergence": "kl"}, "--divergence kl is a game of its own: leave --game minimax away"),
    ({"generator_loss": "bound"}, "--generator-loss belongs to the f-GAN game: say which with --divergence"),
    ({"game": "wgan", "generator_loss": "bound"}, "--generator-loss belongs to the f-GAN game"),
]


@pytest.mark.parametrize("options, message", CONTRADICTIONS)
def test_contradictions_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        chosen_game(options)


def test_a_system_may_insist_on_its_game():
    own = minimax()
    assert chosen_game({}, own, "mine") is own
    for options in ({"game": "wgan"}, {"divergence": "kl"}):
        with pytest.raises(ValueError, match="mine is a game of its own: leave --game and --divergence away"):
            chosen_game(options, minimax(), "mine")


def test_looking_ahead():
    assert looking_ahead({}) == {} == looking_ahead({"unroll": None, "first_order": False, "discriminator_steps": None})
    assert looking_ahead({"unroll": 3}) == {"unroll": 3}
    assert looking_ahead({"unroll": 3, "first_order": True}) == {"unroll": 3, "unrolling": "first_order"}
    assert looking_ahead({"discriminator_steps": 2}) == {"discriminator_steps": 2}
    for options in ({"first_order": True}, {"unroll": 0, "first_order": True}):
        with pytest.raises(ValueError, match="say how far, with --unroll 5"):
            looking_ahead(options)


def test_what_is_told_replaces_what_the_system_says():
    """A system of three discriminator steps makes one where it is told to: the same as one of one from the start."""
    one = affine(discriminator_steps=3, options=GameOptions(discriminator_steps=1))
    assert one.train(2).history == affine().train(2).history != affine(discriminator_steps=3).train(2).history
    ahead = affine(options=GameOptions(unroll=2))
    assert ahead.train(2).history["discriminator_loss"][0] == affine().train(2).history["discriminator_loss"][0]
    assert ahead.train(2).history["generator_loss"][0] != affine().train(2).history["generator_loss"][0]


def test_it_learns_what_fit_learns():
    """The same players on the same data from the same seed: the system adds nothing to `gan.fit`."""
    system = affine(options=GameOptions(game="minimax"))
    trained, players = system.train(5, seed=3), system.parts["players"]
    again = gan.fit(
        players.generator,
        players.discriminator,
        Normal(2.0, 0.6),
        steps=5,
        noise=1,
        game=minimax(),
        batch=16,
        rng=3,
        generator_optimizer=players.generator_optimizer,
        discriminator_optimizer=players.discriminator_optimizer,
        dtype="float64",
    )
    assert trained.history == again.history
    own = fit_of(system, trained)
    assert isinstance(own, Fit) and own.players is players and own.history == trained.history
    drawn = [mg.to_numpy(f.sample(7, generator(1))) for f in (own, again)]
    assert_array_equal(*drawn)
    assert_array_equal(mg.to_numpy(system.sample(trained.state, 7, generator(1))), drawn[0])


def test_its_functions_are_given_a_fit():
    seen = []

    def noted(found, *more):
        seen.append((found, more))
        return {"collapsed": False}

    system = affine(
        measure=noted,
        sample=lambda fit, n, rng: -fit.sample(n, rng),
        log_density=lambda fit, x: noted(fit, x),
        told=lambda fit: noted(fit) and ((), (), ""),
    )
    trained = system.train(2)
    rng = generator(0)
    system.measure(trained.state, rng)
    system.log_density(trained.state, 3.0)
    system.told(trained)
    assert [more for _, more in seen] == [(rng,), (3.0,), ()]
    assert all(isinstance(one, Fit) and one.state is trained.state for one, _ in seen)
    assert seen[-1][0].history == trained.history
    plain = affine()
    assert_array_equal(
        mg.to_numpy(system.sample(trained.state, 5, generator(1))),
        -mg.to_numpy(plain.sample(plain.train(2).state, 5, generator(1))),
    )


def test_an_averaged_generator_is_sampled_and_the_other_goes_on():
    system = affine(learner=lambda made: averaged(made, ["generator"], start=1))
    trained, plain = system.train(6), affine().train(6)
    assert trained.history == plain.history
    state = players_state(trained.state)
    for one, two in zip(mg.tree_leaves(state.discriminator), mg.tree_leaves(plain.state.discriminator), strict=True):
        assert_array_equal(mg.to_numpy(one), mg.to_numpy(two))
    means = mg.tree_leaves(trained.state.means["generator"])
    moved = [(mg.to_numpy(a) != mg.to_numpy(b)).any() for a, b in zip(means, mg.tree_leaves(plain.state.generator))]
    assert all(moved)
    drawn = system.sample(trained.state, 5, generator(1))
    z = generator(1).standard_normal((5, 1), dtype="float64")
    by_hand = system.parts["players"].generator.apply(trained.state.means["generator"], z)
    assert_array_equal(mg.to_numpy(drawn), mg.to_numpy(by_hand))
    assert fit_of(system, trained).state.generator is trained.state.means["generator"]


def test_a_batch_of_nothing_is_refused():
    for batch in (0, -3, 1.5, True):
        with pytest.raises(ValueError, match="batch must be a positive integer"):
            affine(batch=batch)


def test_the_row_of_a_system_is_the_game_that_is_trained():
    made = SYSTEMS["gaussian"](divergence="kl")
    assert made.learner.at_optimum["discriminator_loss"] == chosen_game({"divergence": "kl"}).value_at_optimum
