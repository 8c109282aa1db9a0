"""Every registered system, whatever it is called: it trains, samples, is judged, and knows its options."""

import doctest
import functools
import inspect
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigan as mg
from minigan.models import SYSTEMS, System
from minigan.random import generator
from minigan.training import Diverged, train

from . import laws
from .small import small


def named(wanted=lambda registered: True):
    return pytest.mark.parametrize("name", [name for name, registered in SYSTEMS.items() if wanted(registered)])


def with_options(wanted=lambda option: True):
    found = [(name, key) for name, one in SYSTEMS.items() for key, option in one.options.items() if wanted(option)]
    return pytest.mark.parametrize("name, key", found)


@functools.cache
def two_steps(name):
    """The system with what two steps of training made of it."""
    made = small(name)
    return made, made.train(2)


@named()
@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_a_law_of_systems(name, law):
    law(*two_steps(name))


@named()
def test_its_steps_are_compiled(name, monkeypatch):
    laws.is_compiled(*two_steps(name), monkeypatch)


@named()
def test_it_is_told_what_it_was_registered_with(name):
    registered, (made, _) = SYSTEMS[name], two_steps(name)
    assert (made.name, made.heading, made.about) == (registered.name, registered.heading, registered.about)
    assert made.name == name and made.options.keys() == registered.options.keys()
    assert made.steps >= 1000  # a system of the lecture's, not a toy


@named()
def test_real_examples_are_not_drawn_twice_while_there_are_enough(name):
    made = small(name)
    if not hasattr(made.data, "shape"):
        return
    rows = made.data.shape[0]
    drawn = [np.sort(mg.to_numpy(x).reshape(rows, -1).sum(1)) for x in (made.data, made.real(generator(0), rows))]
    assert_array_equal(*drawn)
    assert made.real(generator(0), rows + 1).shape[0] == rows + 1


@named(lambda one: "game" in one.options and "divergence" in one.options)
def test_two_players_play_what_they_are_told(name):
    """The same seed and the same D: its first loss is one number in both of the lecture's games."""
    told = ({"game": "non_saturating"}, {"game": "minimax"}, {"divergence": "pearson"})
    plain, minimax, row = (small(name, **how) for how in told)
    untold = "relativistic_pairing" if name in ("grid", "stacked_digits") else "non_saturating"
    assert small(name).parts["game"] == untold and minimax.parts["game"] == "minimax"
    assert "pearson" in row.parts["game"]
    found = [made.train(1).history for made in (plain, minimax, row)]
    assert found[0]["discriminator_loss"] == found[1]["discriminator_loss"] != found[2]["discriminator_loss"]
    assert found[0]["generator_loss"] != found[1]["generator_loss"]
    with pytest.raises(ValueError, match="'perason'"):
        small(name, divergence="perason")


@named(lambda one: "unroll" in one.options)
def test_two_players_look_ahead_when_they_are_told(name):
    ahead = small(name, unroll=1).train(1).history
    assert math.isfinite(ahead["generator_loss"][0])
    with pytest.raises(ValueError, match="say how far, with --unroll"):
        small(name, first_order=True)


# -- options ------------------------------------------------------------------------------------------------------


@with_options()
def test_options_say_what_they_are_for(name, key):
    option = SYSTEMS[name].options[key]
    assert option.name == key and option.help and option.flag == "--" + key.replace("_", "-")
    if option.default is None:
        assert option.optional or option.given_only
    else:
        assert option.checked(option.default) == option.parsed(str(option.default)) == option.default
    assert SYSTEMS[name].checked({})[key] == option.default


@with_options()
def test_a_wrong_name_is_answered_with_the_right_one(name, key):
    option = SYSTEMS[name].options[key]
    with pytest.raises(ValueError, match=f"{name} has no option {option.flag}x; the nearest is {option.flag}$"):
        small(name, **{f"{key}x": option.default})


@with_options(lambda option: option.allowed)
def test_every_choice_is_taken_and_others_are_answered_with_the_nearest(name, key):
    option = SYSTEMS[name].options[key]
    for choice in option.allowed:
        assert option.checked(choice) == option.parsed(choice) == choice
        with pytest.raises(ValueError, match=f"{option.flag} cannot be '{choice}x'; the nearest .* is '{choice}'"):
            small(name, **{key: f"{choice}x"})


WRONG = {int: [1.5, "many", True, math.inf], float: ["fast", True, math.nan], str: [3, 2.5], bool: [1, "yes"]}


@with_options()
def test_a_value_of_another_kind_is_refused(name, key):
    option = SYSTEMS[name].options[key]
    for value in WRONG[option.type]:
        with pytest.raises(ValueError, match=f"{option.flag} is .*, and was {value!r}"):
            small(name, **{key: value})


@with_options(lambda option: option.above is not None)
def test_a_number_below_its_bound_is_refused(name, key):
    """No batches of no examples, no looks every 0 steps: at the door, and not from somewhere within."""
    option = SYSTEMS[name].options[key]
    for value in (option.above, option.above - 1):
        with pytest.raises(ValueError, match=f"{option.flag} is (above|at least) -?[0-9]+, and was"):
            small(name, **{key: option.type(value)})


@with_options(lambda option: option.type in (int, float))
def test_every_number_has_a_bound(name, key):
    assert SYSTEMS[name].options[key].above is not None


@named(lambda one: "lr" in one.options)
@pytest.mark.parametrize("compiled", [True, False])
def test_what_cannot_go_well_ends_in_one_way(name, compiled):
    """At an absurd rate no step is refused from deep inside: training says where it left the finite numbers, or has
    stayed within them."""
    made = small(name, lr=1e300)
    with np.errstate(all="ignore"):
        try:
            trained = made.train(4, compiled=compiled)
        except Diverged as error:
            assert error.step in (1, 2, 3, 4) and error.player in (*laws.parameters(made.train(0).state), "learner")
            assert all(np.isfinite(leaf).all() for leaf in laws.host(error.state))
            return
    assert all(np.isfinite(leaf).all() for leaf in laws.host(trained.state))


@named(lambda one: one.needs_data)
def test_data_of_ones_own_are_asked_for(name):
    with pytest.raises(ValueError, match=f"{name} trains on data of your own"):
        SYSTEMS[name]()


@named(lambda one: one.takes_data)
def test_data_of_ones_own_are_looked_at(name):
    with pytest.raises(TypeError, match=f"the data of {name} is a Dataset.*ndarray"):
        small(name, data=np.eye(4))


@named(lambda one: not one.takes_data)
def test_what_brings_its_own_data_takes_none(name):
    with pytest.raises(ValueError, match=f"{name} has no option --data"):
        SYSTEMS[name](data=np.eye(4))


def test_a_system_without_data_says_so():
    made = System("none", small("ring").learner, lambda *given: None, lambda *given: {}, 1)
    with pytest.raises(ValueError, match="no data to draw examples from"):
        made.real(generator(0), 3)


def test_what_is_trained_is_a_learner():
    with pytest.raises(TypeError, match="is a Learner"):
        train(small("ring"), 1)


@named()
def test_the_example_of_its_docstring_runs(name):
    """Which no collector of doctests sees: what the decorator leaves in the module is a system, and no function."""
    function = SYSTEMS[name].function
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    found = doctest.DocTestFinder().find(function, name, globs=dict(vars(inspect.getmodule(function))))
    told = []
    run = [doctest.DocTestRunner(optionflags=flags).run(one, out=told.append) for one in found]
    assert sum(one.attempted for one in run) and not any(one.failed for one in run), "".join(told)
