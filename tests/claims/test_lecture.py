"""The lecture's map: every statement in its order, whatever can be checked with the claims that check it."""

import pytest

from minigan.claims import all_claims
from minigan.claims.lecture import STATEMENTS, Statement, claims_of, missing, statements, verdict

# checkable, and checked by nothing yet: by heading, how many. These numbers may only fall.
MISSING = {
    "DCGAN Architecture": 1,
    "Vector Space Arithmetic": 1,
    "Mode collapse causes low output diversity": 1,
    "Discrete outputs": 1,
    "Loss does not seem to explain why GAN samples are sharp": 1,
    "Takeaways": 1,
    "Image to Image Translation": 1,
    "iGAN": 1,
    "Single Image Super-Resolution": 1,
    "Semi-Supervised Classification": 1,
    "Learning interpretable latent codes": 1,
    "PPGN for caption to image": 1,
    "ML as a bag of tricks": 1,
    "Regularization as a bag of tricks": 1,
}


def test_what_nothing_checks_is_known_and_only_becomes_less():
    found = {}
    for one in missing():
        found[one.heading] = found.get(one.heading, 0) + 1
    assert found == MISSING, "a statement lost its claims, or gained some: then lower its number here"


def test_every_claim_checks_some_statement_under_its_heading_and_none_is_unknown():
    known = all_claims()
    for one in STATEMENTS:
        assert set(one.claims) <= known.keys(), one
    for id, claim in known.items():
        assert any(id in one.claims and one.heading == claim.heading for one in STATEMENTS), id


def test_headings_stand_together_and_words_are_sentences():
    order = [one.heading for one in STATEMENTS]
    starts = [heading for i, heading in enumerate(order) if i == 0 or order[i - 1] != heading]
    assert len(starts) == len(set(starts))
    for one in STATEMENTS:
        assert one.words.endswith(".") and (one.checkable or not one.claims), one
    assert len({(one.heading, one.words) for one in STATEMENTS}) == len(STATEMENTS)


def test_a_statement_is_as_good_as_its_worst_claim():
    one = Statement("Solution", "There are two.", ("a", "b"))
    assert verdict(one, {"a": "verified", "b": "verified"}) == "verified"
    assert verdict(one, {"a": "verified", "b": "refuted"}) == "refuted"
    assert verdict(one, {"a": "error", "b": "refuted"}) == "refuted"
    assert verdict(one, {"a": "verified", "b": "error"}) == "error"
    assert verdict(one, {"a": "verified"}) == "not run"
    assert verdict(Statement("Solution", "It is nice.", (), False), {}) == "opinion"
    assert verdict(Statement("Solution", "It is so."), {}) == "nothing checks it yet"


def test_headings_are_chosen_in_capitals_or_not():
    assert {one.heading for one in statements(["SOLUTION", "minimax  game"])} == {"Solution", "Minimax Game"}
    assert statements() == list(STATEMENTS)
    assert [one.id for one in claims_of(statements(["solution"]))] == ["saddle", "conserved-energy"]
    with pytest.raises(ValueError, match="called 'Solutions'; the nearest is 'Solution'"):
        statements(["Solutions"])
