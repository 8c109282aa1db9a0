"""Weighted grammars against derivations done by hand, by another parser, and by drawing; digits in black and white."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan.data import binary_digits, brackets, language
from minigan.data.grammar import BRACKETS
from minigan.random import generator

CLOSES = {"(": ")", "[": "]"}


def weight_of(string):
    """The weight of a string of brackets, read from the left with a stack: the grammar is unambiguous."""
    weights = BRACKETS["S"]
    stack, total = [], 1.0
    for symbol in string:
        if symbol in CLOSES:
            stack.append(CLOSES[symbol])
            total *= weights[f"{symbol}S{CLOSES[symbol]}S"]
        elif symbol == "a":
            total *= weights["aS"]
        elif not stack or stack.pop() != symbol:
            return 0.0
        else:
            total *= weights[""]  # what is inside a pair ends where the pair closes
    return 0.0 if stack else total * weights[""]


@pytest.mark.parametrize("longest", [1, 3, 5])
def test_brackets_are_those_that_a_stack_accepts_with_its_weights(longest):
    import itertools

    found = brackets(longest)
    every = ("".join(s) for n in range(1, longest + 1) for s in itertools.product("()[]a", repeat=n))
    stated = {s: weight_of(s) for s in every if weight_of(s) > 0.0}
    assert set(found.strings) == set(stated)
    total = math.fsum(stated.values())
    assert_allclose(found.probabilities, [stated[s] / total for s in found.strings], rtol=1e-13)
    assert (np.diff(found.probabilities) <= 0.0).all()


def test_two_derivations_of_one_string_add_up():
    found = language({"S": {"A": 0.25, "B": 0.75}, "A": {"a": 1.0}, "B": {"a": 0.5, "b": 0.5}}, longest=1)
    assert dict(zip(found.strings, found.probabilities)) == {"a": 0.625, "b": 0.375}


def test_the_end_symbol_counts_as_a_symbol_and_fills_up():
    found = brackets(3)
    assert found.alphabet[-1] == "." and found.size == 6
    assert found.codes.shape == (len(found.strings), 3)
    assert found.spelled(found.codes) == list(found.strings)
    assert found.indices(found.codes).tolist() == list(range(len(found.strings)))
    strangers = np.array([[5, 5, 5], [1, 0, 5], [4, 5, 4]])  # nothing, ")(", and a letter after the end
    assert found.indices(strangers).tolist() == [-1, -1, -1]
    assert found.spelled(strangers) == ["", ")(", "a.a"]
    assert_allclose(found.entropy, -sum(p * math.log(p) for p in found.probabilities), rtol=1e-13)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_samples_have_the_law(seed):
    found, n = brackets(4), 50_000
    drawn = found.indices(found.sample(generator(seed), n))
    assert drawn.min() >= 0
    p = found.probabilities
    z = (np.bincount(drawn, minlength=len(p)) / n - p) / np.sqrt(p * (1.0 - p) / n)
    assert abs(z).max() < 5.0  # 32 strings: beyond 5 once in 50,000 runs


@pytest.mark.parametrize(
    "rules, options, message",
    [
        ({"S": {"a": 0.5}}, {}, "add up to 0.5"),
        ({"S": {"a": 1.5, "b": -0.5}}, {}, "positive probabilities"),
        ({"S": {}}, {}, "positive probabilities"),
        ({"S": {"S": 0.5, "a": 0.5}}, {}, "derives itself"),
        ({"S": {"SS": 0.5, "": 0.5}}, {"shortest": 0}, "derives itself"),
        ({"S": {"abc": 1.0}}, {"longest": 2}, "no string of 1 to 2"),
        ({"S": {"a.": 1.0}}, {}, "choose another end"),
        ({"S": {"a": 1.0}}, {"start": "T"}, "no rule for its start"),
        ({"S": {"a": 1.0}}, {"longest": 0}, "lengths of strings"),
        ({"Sa": {"a": 1.0}, "S": {"a": 1.0}}, {}, "one character"),
    ],
)
def test_refused_grammars(rules, options, message):
    with pytest.raises(ValueError, match=message):
        language(rules, **{"longest": 3, **options})


def test_codes_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"shape \(n, 3\)"):
        brackets(3).indices(np.zeros((2, 4), dtype=int))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_binary_digits_are_the_grey_levels_cut_in_half(dtype):
    from sklearn.datasets import load_digits

    images, labels = (mg.to_numpy(part) for part in binary_digits(dtype))
    theirs = load_digits()
    assert images.dtype.name == dtype and set(np.unique(images)) == {-1.0, 1.0}
    assert ((images > 0) == (theirs.data >= 8)).all() and (labels == theirs.target).all()
