"""The landscape of few points: closed forms against a search over D, and what no assignment can change."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import log_expit

from minigan.models.games.landscape import GAMES, is_strict_local_minimum, on_cycles, places, value, way_out
from minigan.models.games.smoothed_landscape import Smoothed, maximum_over_differences

assignments = st.integers(2, 4).flatmap(lambda n: st.tuples(*[st.integers(-1, n - 1)] * n))


@given(assignments)
def test_the_data_is_never_beaten_and_nothing_of_it_never_matched(assignment):
    n = len(assignment)
    for game in GAMES:
        found = value(assignment, game)
        assert -math.log(2.0) - 1e-12 <= found <= 0.0
        matched = sorted(assignment) == list(range(n))
        assert matched == (abs(found + math.log(2.0)) < 1e-12)


@given(assignments)
def test_names_of_fakes_do_not_matter_but_to_their_partners(assignment):
    turned = assignment[1:] + assignment[:1]
    for game in ("separate", "all pairs"):
        assert_allclose(value(turned, game), value(assignment, game), rtol=1e-12, atol=1e-15)


@given(assignments)
def test_the_value_of_all_pairs_by_a_general_optimiser(assignment):
    weights = np.outer(*places(assignment))

    def loss(D):
        return -np.sum(weights * log_expit(D[:, None] - D[None, :]))

    found = minimize(loss, np.zeros(len(weights)), bounds=[(-18.0, 18.0)] * len(weights), tol=1e-12)
    assert_allclose(-found.fun, value(assignment, "all pairs"), atol=2e-6)  # exp(-18) is lost by not going further


def test_a_state_is_a_strict_minimum_for_partners_where_all_lie_on_cycles():
    for n in (2, 3, 4):
        for assignment in itertools.product(range(n), repeat=n):
            held = len(on_cycles(assignment)) == n
            assert is_strict_local_minimum(assignment, "partners") == held == (len(set(assignment)) == n)
            assert len(way_out(assignment)[-1]) == n and value(way_out(assignment)[-1], "partners") < -0.69


def test_wide_points_have_no_hole_to_speak_of():
    """A sanity check of the smoothing: at a width of the distance the collapsed state is no better than halfway."""
    import minigan.numpy as mnp

    wide = Smoothed(1.0)
    assert float(wide.separate(mnp.asarray([-1.0, 0.0]))) < float(wide.separate(mnp.asarray([-1.0, -1.0])))
    assert wide.partners((-1.0, 0.0)) < wide.partners((-1.0, -1.0))


def test_newton_agrees_with_the_closed_form_of_two_laws():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    one_way = np.outer(p, q)
    stated = np.sum(one_way * np.log(one_way / (one_way + one_way.T)))
    assert_allclose(maximum_over_differences(one_way), stated, atol=1e-6)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: value((0, 2)), r"elsewhere, -1; got \(0, 2\)"),
        (lambda: value(()), "each of n fakes is on a data point"),
        (lambda: value((0, 0), "pairs"), "the games are 'separate', 'partners', 'all pairs', and this was 'pairs'"),
        (lambda: Smoothed(0.0), "the width"),
        (lambda: Smoothed(0.05), "two spacings of the grid or more, 0.125, and was 0.05: take more points"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
