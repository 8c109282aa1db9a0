"""What is refused at the door: by which kind of error, under which name, with the value that was given."""

import numpy as np
import pytest

import minigan.numpy as mnp
from minigan import optim
from minigan.dynamics import (
    Play,
    TwoPlayerGame,
    alternating,
    averages,
    best_discriminator,
    bilinear,
    consensus,
    dirac_eigenvalues,
    dirac_gan,
    exponential_moving_average,
    flow,
    function_space_game,
    heavy_ball,
    iterate_average,
    jacobian,
    maximin,
    minimax_of_mixed,
    minimax_of_pure,
    non_saturating_radius,
    onto_simplex,
    play,
    proximal_point,
    quadratic,
    simultaneous,
    spectral_radius,
    spectrum,
    total_variation_along,
    trajectory,
    update_spectrum,
    value_on_atoms,
    vector_field,
    zero_sum,
)
from minigan.dynamics.function_space import in_simplex, inside
from minigan.dynamics.vectors import as_vector

AT = (1.0, 0.5)
HALF = (0.5, 0.5)
METHOD, GAME = simultaneous(0.1), bilinear()

# how the sentence begins, of which argument; an argument of the call that is refused, and the error
NAMED = [
    ("the shares p are", lambda bad: value_on_atoms(bad, HALF, HALF), "none", TypeError),
    ("the shares q are", lambda bad: value_on_atoms(HALF, bad, HALF), "none", TypeError),
    ("the discriminator's values are", lambda bad: value_on_atoms(HALF, HALF, bad), "none", TypeError),
    ("the shares p are", lambda bad: best_discriminator(bad, HALF), "none", TypeError),
    ("the shares q are", lambda bad: best_discriminator(HALF, bad), "none", TypeError),
    ("the shares p are", minimax_of_pure, "none", TypeError),
    ("the shares p are", minimax_of_mixed, "none", TypeError),
    ("the shares p are", maximin, "none", TypeError),
    ("the shares p are", function_space_game, "none", TypeError),
    ("the shares p are", lambda bad: total_variation_along([[0.5, 0.5]], bad), "none", TypeError),
    ("the path", lambda bad: total_variation_along(bad, HALF), "none", TypeError),
    ("the vector", onto_simplex, "none", TypeError),
    ("rounds must be", lambda bad: minimax_of_mixed(HALF, bad), 0, ValueError),
    ("rounds must be", lambda bad: maximin(HALF, bad), 0, ValueError),
    ("the decay of exponential_moving_average", lambda bad: exponential_moving_average(METHOD, bad), 1.0, ValueError),
    ("the gamma of consensus is", lambda bad: consensus(0.1, gamma=bad), -0.5, ValueError),
    ("x_steps must be", lambda bad: alternating(0.1, x_steps=bad), 0, ValueError),
    ("y_steps must be", lambda bad: alternating(0.1, y_steps=bad), 1.5, ValueError),
    ("the player to move first is", lambda bad: alternating(0.1, first=bad), "z", ValueError),
    ("the tolerance of proximal_point is", lambda bad: proximal_point(0.1, tolerance=bad), 0.0, ValueError),
    ("iterations must be", lambda bad: proximal_point(0.1, iterations=bad), 0, ValueError),
    ("the solver of proximal_point is", lambda bad: proximal_point(0.1, solver=bad), "guess", ValueError),
    ("the learning rate of heavy_ball,", lambda bad: heavy_ball(bad, 0.5), -1.0, ValueError),
    ("the learning rate of sgd,", simultaneous, -1.0, ValueError),
    ("in_simplex takes an optimiser", in_simplex, 0.1, TypeError),
    ("inside takes an optimiser", inside, 0.1, TypeError),
    *(
        (f"the {name} of dirac_gan is", lambda bad, name=name: dirac_gan(**{name: bad}), -0.25, ValueError)
        for name in ("r1", "r2", "gradient_penalty", "target", "instance_noise")
    ),
    ("the loss of dirac_gan is", dirac_gan, 3, ValueError),
    ("the loss of dirac_gan is", dirac_eigenvalues, "hinge", ValueError),
    ("the gamma of dirac_eigenvalues is", lambda bad: dirac_eigenvalues(gamma=bad), np.inf, ValueError),
    ("the instance_noise of dirac_eigenvalues is", lambda bad: dirac_eigenvalues(instance_noise=bad), -1, ValueError),
    ("the time t of non_saturating_radius is", non_saturating_radius, 0.0, ValueError),
    ("the strength of bilinear is", bilinear, "1", ValueError),
    *(
        (f"the {name} of quadratic is", lambda bad, name=name: quadratic(**{name: bad}), np.inf, ValueError)
        for name in "abc"
    ),
    ("the times of a flow are", lambda bad: flow(GAME, AT, bad), "now", TypeError),
    ("the times of a flow increase", lambda bad: flow(GAME, AT, [0.0, bad]), -2.5, ValueError),
    ("the rtol of a flow is", lambda bad: flow(GAME, AT, [0.0, 1.0], rtol=bad), 0.0, ValueError),
    ("the atol of a flow is", lambda bad: flow(GAME, AT, [0.0, 1.0], atol=bad), -1.0, ValueError),
    ("the x_loss of a two-player game is", lambda bad: TwoPlayerGame(bad, max), 3, TypeError),
    ("the y_loss of a two-player game is", lambda bad: TwoPlayerGame(max, bad), 3, TypeError),
    ("the value of a zero-sum game is", zero_sum, 3, TypeError),
    ("what is written down of every state is", lambda bad: trajectory(METHOD, GAME, AT, 1, of=bad), 3, TypeError),
    ("steps must be a non-negative", lambda bad: play(METHOD, GAME, AT, bad), -1, ValueError),
    ("steps must be a non-negative", lambda bad: trajectory(METHOD, GAME, AT, bad), 0.5, ValueError),
    ("which eigenvalues lead is", lambda bad: spectrum(GAME, AT, leading=1, which=bad), "largest", ValueError),
    ("the tolerance of spectrum is", lambda bad: spectrum(GAME, AT, leading=1, tolerance=bad), -1.0, ValueError),
    ("averages are those of a Play", averages, 3, TypeError),
    ("a point of a two-player game is a pair", lambda bad: vector_field(GAME, bad), (1.0, 2.0, 3.0), ValueError),
    ("a point of a two-player game is a pair", lambda bad: spectrum(GAME, bad), 3.5, ValueError),
    ("the players have no parameters", lambda bad: vector_field(GAME, bad), ({}, ()), ValueError),
]


@pytest.mark.parametrize("begins, call, bad, error", NAMED, ids=[f"{i}-{row[0]}" for i, row in enumerate(NAMED)])
def test_a_refusal_begins_with_the_argument_and_tells_its_value(begins, call, bad, error):
    with pytest.raises(error) as refused:
        call(bad)
    message = str(refused.value)
    assert message.startswith(begins)
    assert repr(bad) in message or str(bad) in message


MEETS_A_FUNCTION = {
    "x_loss": lambda: TwoPlayerGame(3, max),
    "y_loss": lambda: TwoPlayerGame(max, 3),
    "value": lambda: zero_sum(3),
}


@pytest.mark.parametrize("name", MEETS_A_FUNCTION)
def test_a_refused_loss_is_told_how_it_would_be_called(name):
    with pytest.raises(TypeError, match=r"is a function, called with \(x, y\), and was 3"):
        MEETS_A_FUNCTION[name]()


def test_a_refused_observer_is_told_how_it_would_be_called():
    with pytest.raises(TypeError, match=r"called with \(play\), and was 3"):
        trajectory(METHOD, GAME, AT, 1, of=3)


@pytest.mark.parametrize("other", [simultaneous, "simultaneous", optim.sgd(0.1), None])
def test_what_is_no_method_is_refused_with_what_it_is(other):
    for call in (
        lambda: play(other, GAME, AT, 1),
        lambda: trajectory(other, GAME, AT, 1),
        lambda: update_spectrum(other, GAME, AT),
        lambda: spectral_radius(other, GAME, AT),
        lambda: iterate_average(other),
        lambda: exponential_moving_average(other),
    ):
        with pytest.raises(TypeError, match=r"the method is a Method of minigan\.dynamics") as error:
            call()
        assert str(error.value).endswith(f"and was {' '.join(repr(other).split())}")


@pytest.mark.parametrize("other", [bilinear, "bilinear", None])
def test_what_is_no_game_is_refused_with_what_it_is(other):
    for call in (
        lambda: play(METHOD, other, AT, 1),
        lambda: trajectory(METHOD, other, AT, 1),
        lambda: update_spectrum(METHOD, other, AT),
        lambda: vector_field(other, AT),
        lambda: jacobian(other, AT),
        lambda: spectrum(other, AT),
    ):
        with pytest.raises(TypeError, match="the game is a TwoPlayerGame") as error:
            call()
        assert str(error.value).endswith(f"and was {' '.join(repr(other).split())}")


@pytest.mark.parametrize("leaf, kind", [(1, "int"), ("one", "str"), (True, "bool")])
def test_a_position_that_has_no_derivative_is_refused_for_the_game(leaf, kind):
    for call in (lambda: vector_field(GAME, (1.0, leaf)), lambda: play(METHOD, GAME, (leaf, 1.0), 1)):
        with pytest.raises(TypeError, match=f"^a two-player game was given .* of type {kind}"):
            call()


@pytest.mark.parametrize(
    "memories",
    [({}, {"average": 1.0}), ({"average": 1.0}, {}), ((), ()), ({"average": 1.0}, ("average",)), ("average",) * 2],
)
def test_averages_are_asked_of_both_players(memories):
    with pytest.raises(ValueError, match="holds no averages: wrap the method"):
        averages(Play(1.0, 2.0, *memories))


@pytest.mark.parametrize("shape", [(), (0,), (2, 2), (1, 3)])
def test_only_vectors_are_projected_onto_the_simplex(shape):
    with pytest.raises(ValueError) as error:
        onto_simplex(mnp.ones(shape))
    assert str(error.value).endswith(f"was given shape {shape}")


@pytest.mark.parametrize("path", [[0.5, 0.5], [[1.0], [0.5]], [[[0.5, 0.5]]]])
def test_a_path_has_a_column_for_every_share(path):
    with pytest.raises(ValueError) as error:
        total_variation_along(path, HALF)
    assert str(error.value).startswith("a path of 2 shares has rows") and str(error.value).endswith(
        f"has shape {np.shape(path)}"
    )


@pytest.mark.parametrize("weights", [[0.2, 0.3, 0.5], [1.0], [[0.5, 0.5]]])
@pytest.mark.parametrize("search", [maximin, minimax_of_mixed])
def test_a_search_is_over_two_atoms(search, weights):
    with pytest.raises(ValueError) as error:
        search(mnp.asarray(weights))
    assert "two atoms" in str(error.value) and str(error.value).endswith(f"of shape {np.shape(weights)}")


def test_a_vector_of_numbers_has_some_and_one_dtype():
    with pytest.raises(ValueError, match="the players have no parameters"):
        as_vector((mnp.zeros(0), mnp.zeros((2, 0))))
    with pytest.raises(ValueError, match=r"these leaves have \['\S*float32\S*', '\S*float64\S*'\]"):
        as_vector([mnp.zeros(2), mnp.zeros(1, dtype="float32"), mnp.zeros(2)])
    with pytest.raises(TypeError, match=r"^a two-player game was given"):
        as_vector((1.0, 2))


@pytest.mark.parametrize("leading", [0, -1, 3, 4, 1.0, True, "1"])
def test_how_many_eigenvalues_may_lead(leading):
    with pytest.raises(ValueError) as error:
        spectrum(GAME, (mnp.zeros(2), mnp.zeros(2)), leading=leading)
    stated = f"the number of leading eigenvalues lies between 1 and n - 2 = 2, and was {leading!r}"
    assert str(error.value) == stated


def test_a_flow_that_ends_early_is_an_error_that_tells_the_last_time():
    """dx/dt = x^2 from x = 1 is 1 / (1 - t)."""
    game = TwoPlayerGame(lambda x, y: -(x**3) / 3.0, lambda x, y: y * y)
    times = [0.0, 0.25, 0.5]
    np.testing.assert_allclose(flow(game, (1.0, 0.0), times)[:, 0], 1.0 / (1.0 - np.array(times)), rtol=1e-9)
    with pytest.raises(ArithmeticError, match=r"the flow cannot be followed to t = 2\.5: "):
        flow(game, (1.0, 0.0), [0.0, 0.5, 1.5, 2.5])
