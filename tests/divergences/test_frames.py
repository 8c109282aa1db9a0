"""Where a quadrature looks: units, origins, panels about every feature; and whether it sees the whole of a density."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan.numpy as mnp
from minigan.densities import Density, Laplace, Mixture, Normal, Uniform
from minigan.divergences import kl
from minigan.divergences.frames import (
    FARTHEST,
    FEW,
    MOST_ORIGINS,
    NEAR,
    Frame,
    can,
    frame_of,
    ordinary,
    origins_of,
    thinned,
    units,
)
from minigan.divergences.mass import Mass, check_mass, check_tails_of
from minigan.divergences.quadrature import standard


class Still(Density):
    """A density that can neither be moved nor scaled."""

    def log_density(self, x):
        return Normal().log_density(x)

    def landmarks(self):
        return [(0.0, 1.0)]

    def edges(self):
        return []


places = st.floats(-300.0, 300.0).map(lambda e: math.copysign(10.0 ** abs(e), e))
scales = st.floats(-300.0, 300.0).map(lambda e: 10.0**e)


# -- units ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark, edge, expected", [
    ((1e60, 1e-100), 1e60, True),
    ((-1e60, 1e60), -1e60, True),
    ((1.1e60, 1.0), 0.0, False),
    ((-1.1e60, 1.0), 0.0, False),
    ((0.0, 0.9e-100), 0.0, False),
    ((0.0, 1.1e60), 0.0, False),
    ((0.0, 1.0), 1.1e60, False),
    ((0.0, 1.0), -1.1e60, False),
])  # fmt: skip
def test_what_needs_no_units(mark, edge, expected):
    """Only if it holds for every landmark and every edge."""
    assert ordinary([(0.0, 1.0), mark], [0.0, edge]) is expected
    assert ordinary([mark, (0.0, 1.0)], [edge, 0.0]) is expected
    assert (units([mark, (0.0, 1.0)], [edge]) == 1.0) or not expected
    assert frame_of((), [mark], [edge]).farthest == (FARTHEST if expected else 1e305)


@given(st.lists(st.tuples(places, scales), min_size=1, max_size=4), st.lists(places, max_size=2))
def test_units_put_the_narrowest_and_the_farthest_as_far_from_one(landmarks, edges):
    by = units(landmarks, edges)
    assert math.frexp(by)[0] == 0.5  # a power of two
    if ordinary(landmarks, edges):
        assert by == 1.0
        return
    narrowest = min(s for _, s in landmarks)
    farthest = max(*(abs(m) for m, _ in landmarks), *(s for _, s in landmarks), *(abs(e) for e in edges), 0.0)
    middle = 0.5 * (math.log2(narrowest) + math.log2(farthest)) + math.log2(by)
    assert abs(middle) <= 0.5 or abs(math.log2(by)) == 1000.0


def test_units_stay_within_the_floats():
    assert units([(0.0, 1e-307)], []) == 2.0**1000 and units([(0.0, 1.7e308)], []) == 2.0**-1000


@pytest.mark.parametrize("unit", [2.0**-600, 2.0**600])
def test_densities_in_other_units_are_seen_in_the_same_frame(unit):
    """Landmarks of the densities, those given besides, and edges."""
    p, q = Mixture((0.5, 0.5), (Normal(1.0, 2.0), Uniform(-3.0, 4.0))), Laplace(-2.0, 0.5)
    one = standard(p.scaled(unit), q.scaled(unit), [(5.0 * unit, 0.25 * unit)])
    other = standard(p.scaled(4.0 * unit), q.scaled(4.0 * unit), [(20.0 * unit, unit)])
    assert one[2] == other[2] and ordinary(one[2].landmarks, one[2].edges) and (one[2].farthest == FARTHEST)
    scale = one[1].scale / 0.5
    assert (5.0 * scale, 0.25 * scale) in one[2].landmarks and -3.0 * scale in one[2].edges
    assert (-2.0 * scale, 0.5 * scale) in one[2].landmarks
    # what is ordinary stays, and so does what cannot be scaled
    for densities in ((p, q), (p.scaled(unit), Still()), (Still(), q.scaled(unit))):
        stay_p, stay_q, frame = standard(*densities)
        assert (stay_p, stay_q) == densities or (stay_p is densities[0] and stay_q is densities[1])
        assert len(frame.landmarks) >= 2


def test_what_can_be_moved_and_scaled():
    for what in ("moved", "scaled"):
        assert can(Normal(), what) and can(Mixture((0.5, 0.5), (Normal(), Uniform(0.0, 1.0))), what)
        assert not can(Still(), what) and not can(lambda x: x, what)
        assert not can(Mixture((0.5, 0.5), (Normal(), Still())), what)


# -- origins -------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(places, scales), min_size=1, max_size=12))
def test_every_landmark_is_near_an_origin(landmarks):
    """Of one of its own scale or less; and there are no more origins than that needs."""
    origins = origins_of(landmarks)
    assert origins == sorted(set(origins))
    if origins != [0.0]:
        assert set(origins) <= {m for m, _ in landmarks}
    for m, s in landmarks:
        assert (
            min(abs(m - origin) for origin in origins) <= NEAR * s or min(abs(m), *(abs(o) for o in origins)) <= s * 65
        )
    for i, one in enumerate(origins):
        scale = min((s for m, s in landmarks if m == one), default=0.0)
        assert all(abs(one - other) > NEAR * scale for other in origins[:i]) or len(origins) == 1


def test_origins_by_hand():
    assert origins_of([]) == [0.0] and origins_of([(0.5, 1.0)]) == [0.0] and origins_of([(-1.0, 1.0)]) == [0.0]
    assert origins_of([(1.5, 1.0)]) == [1.5] and origins_of([(-1.5, 1.0)]) == [-1.5]
    assert origins_of([(0.0, 1.0), (64.0, 1.0)]) == [0.0] and origins_of([(0.0, 1.0), (65.0, 1.0)]) == [0.0, 65.0]
    # the narrowest is taken first, whatever the order; a wide one is near to it
    for marks in ([(10.0, 1e-3), (0.0, 1.0)], [(0.0, 1.0), (10.0, 1e-3)]):
        assert origins_of(marks) == [10.0]
    assert origins_of([(3.0, 1.0), (1e6, 10.0), (-1e6, 100.0)]) == [-1e6, 3.0, 1e6]


def test_many_landmarks_share_origins_unless_they_are_much_narrower_than_apart():
    """Up to sixteen have their own; of more those that lie within 1024 of their scales share, then 16384 and so on."""
    row = lambda count, apart: [(i * apart, 1.0) for i in range(count)]
    assert len(origins_of(row(MOST_ORIGINS, 100.0))) == MOST_ORIGINS
    assert origins_of(row(MOST_ORIGINS + 1, 100.0)) == [0.0, 1100.0]
    assert origins_of(row(40, 2000.0)) == [0.0, 18000.0, 36000.0, 54000.0, 72000.0]
    far = origins_of(row(30, 1e12))
    assert far == [i * 1e12 for i in range(30)]


@pytest.mark.parametrize(
    "mark", [(math.nan, 1.0), (math.inf, 1.0), (0.0, 0.0), (0.0, -1.0), (0.0, math.inf), (0.0, math.nan)]
)
def test_landmarks_that_are_none_are_refused(mark):
    with pytest.raises(ValueError, match=r"one is \(.*\): the densities reach beyond the floats"):
        frame_of((), [(0.0, 1.0), mark], [])


def test_functions_and_what_cannot_be_moved_are_seen_from_zero():
    marks = [(1e9, 1.0), (-1e9, 1.0)]
    assert frame_of((Normal(), Uniform(0.0, 1.0)), marks, []).origins == [-1e9, 1e9]
    for density in (lambda x: x, Still(), Mixture((0.5, 0.5), (Normal(), Still()))):
        for densities in ((density, Normal()), (Normal(), density)):
            assert frame_of(densities, marks, []).origins == [0.0]


# -- panels --------------------------------------------------------------------------------------------------

FRAMES = {
    "one": Frame([(0.3, 1.0)], [], [0.0], 1e140),
    "edges": Frame([(0.0, 1.0), (5.0, 1e-8)], [-2.0, 0.25, 7.5, 1e20], [0.0], 1e140),
    "apart": Frame([(-1e9, 1.0), (0.0, 1e-3), (1e30, 5.0)], [1e9, 1e30 + 1e16, -1e9 - 0.5], [-1e9, 0.0, 1e30], 1e140),
    "many": Frame([(3.0 * i, 0.1 + i) for i in range(20)], [1.0], [0.0], 1e140),
    "small": Frame([(0.0, 1e-90), (1e-80, 1e-95)], [], [0.0], 1e140),
    "beyond": Frame([(0.0, 1e100), (1e200, 1e150)], [], [0.0, 1e200], 1e305),
}


@pytest.mark.parametrize("name", FRAMES)
def test_panels_cover_the_line_once(name):
    """End to end about each origin, out to the farthest; between two origins they meet in the middle."""
    frame = FRAMES[name]
    origin, low, high = frame.panels()
    assert np.all(low < high) and len(origin) == len(low) == len(high) and sorted(set(origin)) == frame.origins
    assert low[0] == -frame.farthest and high[-1] == frame.farthest
    same = origin[1:] == origin[:-1]
    np.testing.assert_array_equal(low[1:][same], high[:-1][same])
    assert int((~same).sum()) == len(frame.origins) - 1
    for i in np.flatnonzero(~same):
        assert high[i] == 0.5 * (origin[i + 1] - origin[i]) == -low[i + 1]
    ends = {(float(o), float(x)) for o, x in zip(origin, low)}
    for edge in frame.edges:
        nearest = min(frame.origins, key=lambda o: abs(edge - o))
        assert (nearest, edge - nearest) in ends


@pytest.mark.parametrize("name", FRAMES)
def test_panels_are_fine_beside_features_and_grow_away_from_them(name):
    """None within 4096 scales of a feature is wider than 0.6 of its distance and 0.2 scales; beyond no end is farther
    than 2^20 times the last. No end lies in the middle of a feature, where branches of an integrand meet.
    """
    frame = FRAMES[name]
    origin, low, high = frame.panels()
    for m, s in frame.landmarks:
        o = min(frame.origins, key=lambda o: abs(m - o))
        there = origin == o
        centre, width = 0.5 * (low + high)[there] - (m - o), (high - low)[there]
        near = np.abs(centre) < 3000.0 * s
        assert near.sum() > 25
        assert np.all(width[near] <= 1.1 * np.abs(centre[near]) + 0.2 * s)
        assert np.abs(low[there] - (m - o)).min() > 0.001 * s or len(frame.landmarks) > 1
    x = np.unique(np.abs(np.concatenate([low, high])))
    outer = x[x > 16.0 * frame.extent]
    ratios = outer[1:] / outer[:-1]
    assert ratios.max() < 2.0**20.1 and np.median(ratios) < 2.0**14
    assert len(outer) < (150 if len(frame.landmarks) <= FEW else 250) and len(low) < 250 * len(frame.origins) + 400


def test_the_extent_is_the_farthest_feature():
    assert Frame([(-5.0, 1.0), (2.0, 3.0)], [], [0.0], 1e140).extent == 6.0
    assert Frame([(0.0, 1.0)], [-9.0, 3.0], [0.0], 1e140).extent == 9.0
    assert Frame([], [], [0.0], 1e140).extent == 1e-100
    with pytest.raises(ValueError, match="say where the densities live"):
        Frame([], [1.0], [0.0], 1e140).panels()


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_thinned_ladders_leave_no_gap_and_no_crowd(seed, ladders):
    """Every rung has one left within a quarter of its spacing, a coarse one none of a finer ladder's that near."""
    rng = np.random.default_rng(seed)
    spacing = np.repeat(2.0 ** rng.uniform(-20.0, 5.0, ladders), 30)
    ends = spacing * np.tile(np.arange(-15, 15), ladders) + np.repeat(rng.uniform(-5.0, 5.0, ladders), 30)
    kept = thinned(ends, spacing)
    assert np.all(np.diff(kept) > 0) and set(kept) <= set(ends)
    room = 0.25 * 2.0 ** np.floor(np.log2(spacing))
    gap = np.abs(ends[:, None] - kept[None]).min(axis=1)
    assert np.all(gap <= room * (1 + 1e-12))
    of = {float(x): float(r) for x, r in zip(ends, room)}
    for x in kept:
        finer = np.array([y for y in kept if of[float(y)] < of[float(x)]])
        assert not len(finer) or np.abs(finer - x).min() > of[float(x)] * (1 - 1e-9)
        alike = np.array([y for y in kept if of[float(y)] == of[float(x)]])
        assert len(np.unique(np.floor(alike / of[float(x)]))) == len(alike)
    assert FEW >= 2


def test_thinned_keeps_a_single_ladder():
    ends = np.array([3.0, -1.0, 0.0, 1.0, 2.0])
    np.testing.assert_array_equal(thinned(ends, np.ones(5)), np.sort(ends))
    assert len(thinned(np.zeros(0), np.zeros(0))) == 0


# -- mass ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["p", "q"])
def test_a_function_must_integrate_to_one_within_a_millionth(name):
    frame = Frame([(0.5, 1.0)], [], [0.0], 1e140)
    times = lambda factor: lambda x: Normal().log_density(x) + math.log(factor)
    for factor in (1.0, 1.0 + 9e-7, 1.0 - 9e-7):
        assert check_mass(times(factor), name, frame) is None
    for factor in (1.0 + 1.1e-6, 1.0 - 1.1e-6, 2.0, 0.5):
        with pytest.raises(
            ValueError, match=rf"^{name} integrates to {factor:.6g} over what its landmarks see"
        ) as told:
            check_mass(times(factor), name, frame)
        assert "landmarks=[(location, scale), ...]" in str(told.value)
    with pytest.raises(ValueError, match=rf"^{name} integrates to inf"):
        check_mass(lambda x: mnp.where(mnp.abs(x - 1.5) < 0.3, math.inf, Normal().log_density(x)), name, frame)


def test_a_density_that_tells_of_its_features_is_taken_at_its_word():
    seen = []

    class Told(Still):
        def log_density(self, x):
            seen.append(x.shape[0])
            return Normal().log_density(x)

    check_mass(Told(), "p", Frame([(0.0, 1.0)], [], [0.0], 1e140))
    assert max(seen) == 4  # its tails alone are looked at


def test_mass_in_the_tails_counts():
    """x^-1.05 from 1 on, of which a ten-millionth lies beyond 1e140: normalised it is one, cut off at 1e140 not quite."""
    frame = Frame([(1.0, 1.0), (10.0, 10.0)], [1.0], [0.0], 1e140)
    heavy = lambda x: mnp.where(x > 1.0, math.log(0.04) - 1.04 * mnp.log(mnp.where(x > 1.0, x, 1.0)), -math.inf)
    check_mass(heavy, "p", frame)
    left, right = check_tails_of(heavy, "p", frame)
    assert left.size == 0.0 and right.size == pytest.approx(1e140**-0.04, rel=1e-6)
    with pytest.raises(ValueError, match=r"integrates to 0\.999"):
        check_mass(lambda x: mnp.where(x < 1e139, heavy(x), -math.inf), "p", frame)


def test_tails_of_infinite_mass_are_refused_by_name():
    frame = Frame([(0.0, 1.0)], [], [0.0], 1e140)
    flat = lambda x: -mnp.log(1.0 + mnp.abs(x))
    with pytest.raises(ValueError, match=r"^the density has tails so heavy that much of its mass lies beyond"):
        check_tails_of(flat, "the density", frame)
    with pytest.raises(ValueError, match=r"^q has tails so heavy .*function"):
        check_mass(flat, "q", frame)
    # a power of the logarithm beside so slow a one of x cannot be told from another, unless next to nothing is there
    slow = lambda log_c: (
        lambda x: log_c - 1.05 * mnp.log(1.0 + mnp.abs(x)) + 2.0 * mnp.log(1.0 + mnp.log(1.0 + mnp.abs(x)))
    )
    with pytest.raises(ValueError, match=r"^p has tails so heavy"):
        check_tails_of(slow(0.0), "p", frame)
    assert all(0.0 < tail.size < 1e-13 for tail in check_tails_of(slow(-50.0), "p", frame))
    assert all(tail.size == 0.0 for tail in check_tails_of(Normal(), "p", frame))


def test_a_mass_is_seen_from_any_origin():
    x = np.array([-0.5, 0.0, 2.0])
    for density in (
        Laplace(1e9, 2.0),
        lambda x: Laplace(1e9, 2.0).log_density(x),
        Mixture((1.0,), (Laplace(1e9, 2.0),)),
    ):
        level, sign, size = Mass(density).log_integrand(x, np.full(3, 1e9))
        np.testing.assert_allclose(level, -np.abs(x) / 2.0 - math.log(4.0), rtol=1e-6)
        np.testing.assert_array_equal(sign, 1.0)
        np.testing.assert_array_equal(size, level)
    level, _, size = Mass(Uniform(0.0, 1.0)).log_integrand(x, np.zeros(3))
    assert level[0] == level[2] == -math.inf and level[1] == 0.0 and not size.any()
    fixed = Mass(lambda x: 0.0).log_integrand(x, np.zeros(3))
    assert fixed[0].shape == (3,)
    with pytest.raises(ValueError, match="a log-density is NaN"):
        Mass(lambda x: mnp.where(x > 1.0, math.nan, x)).log_integrand(x, np.zeros(3))


def test_a_narrow_peak_without_a_landmark_is_missed_and_refused():
    p = Mixture((0.5, 0.5), (Normal(0.0, 1.0), Normal(3.0, 1e-9)))
    with pytest.raises(ValueError, match=r"^q integrates to 0\.5 over"):
        kl.between_densities(Normal(), lambda x: p.log_density(x), landmarks=[(0.0, 1.0)])
    with pytest.raises(ValueError, match=r"^p integrates to 0\.5 over"):
        kl.between_densities(lambda x: p.log_density(x), Normal(), landmarks=[(0.0, 1.0)])
