"""Options read from a signature: types, choices, bounds and help; values and words; and what is no option."""

import math
from typing import Annotated, Any, Literal, TypedDict, Unpack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigan.options import Above, Choices, Option, options_of

LATER = {"first", "second"}


class More(TypedDict, total=False):
    colour: Annotated[str, "of the lines", Choices(lambda: sorted(LATER))]
    deep: int


def example(
    *,
    batch: Annotated[int, Above(0), "examples a step"] = 256,
    lr: Annotated[float | None, "learning rate"] = None,
    game: Literal["minimax", "hinge"] = "minimax",
    loud: bool = False,
    name: "str" = "none of these",
    plain=3,
    rate: float = 1,
    level: Literal[1, 2, 4] = 2,
    **how: Unpack[More],
):
    return batch, lr, game, loud, name, plain, rate, level, how


FOUND = options_of(example)


def test_what_is_read_from_a_signature():
    assert list(FOUND) == ["batch", "lr", "game", "loud", "name", "plain", "rate", "level", "colour", "deep"]
    assert FOUND["batch"] == Option("batch", int, 256, help="examples a step", above=0)
    assert FOUND["lr"] == Option("lr", float, None, help="learning rate", optional=True)
    assert FOUND["game"] == Option("game", str, "minimax", ("minimax", "hinge"))
    assert FOUND["loud"] == Option("loud", bool, False)
    assert FOUND["name"].type is str and FOUND["plain"].type is int and FOUND["plain"].default == 3
    assert isinstance(FOUND["rate"].default, float)  # as its type has it
    assert FOUND["level"].type is int and FOUND["level"].allowed == (1, 2, 4)
    assert FOUND["deep"].given_only and not FOUND["batch"].given_only and FOUND["deep"].default is None
    assert FOUND["colour"].flag == "--colour" and Option("two_words", int).flag == "--two-words"


def test_choices_are_asked_for_when_they_are_wanted():
    """A game that is registered later is a choice of a system that was defined before."""
    with pytest.raises(ValueError, match="--colour cannot be 'third'"):
        FOUND["colour"].checked("third")
    LATER.add("third")
    try:
        assert FOUND["colour"].checked("third") == "third"
    finally:
        LATER.discard("third")


@given(st.integers(1, 10**12))
def test_whole_numbers_come_back_from_words(n):
    option = FOUND["batch"]
    assert option.parsed(str(n)) == option.checked(n) == option.checked(np.int64(n)) == n
    with pytest.raises(ValueError, match="--batch is at least 1, and was"):
        option.checked(1 - n)
    with pytest.raises(ValueError, match="--batch is at least 1, and was"):
        option.parsed(str(1 - n))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_from_words_to_the_last_bit(x):
    option = FOUND["rate"]
    for found in (option.parsed(repr(x)), option.checked(x), option.checked(np.float64(x))):
        assert type(found) is float and found == x and math.copysign(1.0, found) == math.copysign(1.0, x)


@given(st.integers(-(10**6), 10**6))
def test_a_whole_number_is_a_number(n):
    found = FOUND["rate"].checked(n)
    assert type(found) is float and found == n


@pytest.mark.parametrize("value, words", [(True, ["true", "True", "yes", "1"]), (False, ["false", "FALSE", "no", "0"])])
def test_switches(value, words):
    assert FOUND["loud"].checked(value) is value
    assert all(FOUND["loud"].parsed(word) is value for word in words)


def test_nothing_is_a_value_where_it_may_be():
    assert FOUND["lr"].parsed("none") is None is FOUND["lr"].checked(None)
    assert FOUND["deep"].checked(None) is None
    assert FOUND["name"].parsed("none") == "none"  # a word like any other
    for key in ("batch", "game", "loud", "rate"):
        with pytest.raises(ValueError, match=f"--{key} .*None"):
            FOUND[key].checked(None)


WRONG = [
    ("batch", "many", "--batch is an integer, and was 'many'"),
    ("batch", "1.5", "--batch is an integer, and was '1.5'"),
    ("batch", "", "--batch is an integer, and was ''"),
    ("lr", "fast", "--lr is a number, and was 'fast'"),
    ("lr", "nan", "--lr is a finite number, and was nan"),
    ("rate", "inf", "--rate is a finite number, and was inf"),
    ("loud", "perhaps", "--loud is a switch, true or false, and was 'perhaps'"),
    ("game", "minmax", "--game cannot be 'minmax'; the nearest of its choices is 'minimax' \\(minimax, hinge\\)"),
    ("game", "Hinge", "the nearest of its choices is 'hinge'"),
    ("game", "zzzz", "--game cannot be 'zzzz'; it is minimax or hinge"),
    ("level", "3", "--level cannot be 3; it is 1, 2 or 4"),
]


@pytest.mark.parametrize("key, word, message", WRONG)
def test_words_that_stand_for_nothing(key, word, message):
    with pytest.raises(ValueError, match=message):
        FOUND[key].parsed(word)


@pytest.mark.parametrize("value", ["3", 2.5, True, None, 3 + 0j, [3], np.ones(2), object()])
def test_values_that_are_no_whole_numbers(value):
    with pytest.raises(ValueError, match="--batch is an integer, and was"):
        FOUND["batch"].checked(value)


def test_a_bound_is_not_a_value():
    share = Option("share", float, 0.5, above=0.25)
    assert share.checked(math.nextafter(0.25, 1.0)) > 0.25
    for value in (0.25, -math.inf):
        with pytest.raises(ValueError, match=r"--share is (above 0.25|a finite number), and was"):
            share.checked(value)
    assert Option("count", int, 3, above=-1).parsed("0") == 0
    with pytest.raises(ValueError, match="--count is at least 0, and was -1"):
        Option("count", int, 3, above=-1).parsed("-1")


# -- what is no option --------------------------------------------------------------------------------------------


def without_default(*, batch: int): ...


def positions(*batches: int): ...


def of_arrays(*, x: list = ()): ...


def of_anything(*, x: Any = 3): ...


def of_two(*, x: int | str = 3): ...


def nameless(**more): ...


def out_of_choice(*, game: Literal["minimax", "hinge"] = "wgan"): ...


def out_of_bounds(*, batch: Annotated[int, Above(0), "examples"] = 0): ...


def nothing_unsaid(*, batch: int = None): ...  # noqa: RUF013, what is refused


REFUSED = [
    (without_default, "keywords with a default, and batch of without_default is not"),
    (positions, "keywords with a default, and batches of positions is not"),
    (of_arrays, "option x of of_arrays is annotated .*list"),
    (of_anything, "option x of of_anything is annotated .*Any"),
    (of_two, "option x of of_two is annotated"),
    (nameless, r"nameless\(\*\*more\) says what it takes"),
    (out_of_choice, "the default of option game of out_of_choice is none of its values: .*'wgan'"),
    (out_of_bounds, "the default of option batch of out_of_bounds .* at least 1, and was 0"),
    (nothing_unsaid, "the default of option batch of nothing_unsaid .* and was None"),
]


@pytest.mark.parametrize("function, message", REFUSED, ids=lambda one: getattr(one, "__name__", ""))
def test_what_is_no_option_is_refused_when_it_is_registered(function, message):
    with pytest.raises(TypeError, match=message):
        options_of(function)


def test_data_are_no_option():
    def with_data(data, *, batch: int = 3): ...

    assert list(options_of(with_data)) == ["batch"]
