"""Log-densities against SciPy and mpmath, far tails too; moments of samples; derivatives in parameters."""

import itertools
import math

import mpmath
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Categorical, Laplace, Mixture, Normal, StudentT, Uniform
from minigan.quadrature import integrate
from minigan.random import generator
from minigan.testing import finite_floats

positive = st.floats(1e-3, 1e3, allow_subnormal=False)
TWO_BUMPS = Mixture((0.25, 0.75), (Normal(-1.0, 0.5), Normal(2.0, 1.5)))
# density, SciPy's own, mean, deviation (None where there is none)
PAIRS = {
    "normal": (Normal(1.5, 0.7), scipy.stats.norm(1.5, 0.7), 1.5, 0.7),
    "laplace": (Laplace(-1.0, 2.0), scipy.stats.laplace(-1.0, 2.0), -1.0, 2.0 * math.sqrt(2.0)),
    "uniform": (Uniform(-1.0, 3.0), scipy.stats.uniform(-1.0, 4.0), 1.0, 4.0 / math.sqrt(12.0)),
    "student": (StudentT(0.5, 2.0, 9.0), scipy.stats.t(9.0, 0.5, 2.0), 0.5, 2.0 * math.sqrt(9.0 / 7.0)),
    "cauchy": (StudentT(0.0, 1.0, 1.0), scipy.stats.cauchy(), None, None),
}
each = pytest.mark.parametrize("name", PAIRS)


@each
@given(x=finite_floats(-50.0, 50.0))
def test_log_density_is_scipys(name, x):
    density, theirs, *_ = PAIRS[name]
    ours = mg.to_numpy(density.log_density(mnp.asarray([x])))
    # a few roundings of the largest term, which is below 3000 here
    assert_allclose(ours, theirs.logpdf([x]), rtol=1e-14, atol=1e-14)
    assert_allclose(mg.to_numpy(density(mnp.asarray([x]))), np.exp(ours), rtol=1e-15)


@given(x=finite_floats(-1e8, 1e8), mean=finite_floats(-10.0, 10.0), deviation=positive)
def test_normal_tails_against_mpmath(x, mean, deviation):
    with mpmath.workdps(40):
        z = (mpmath.mpf(x) - mean) / deviation
        exact = float(-z * z / 2 - mpmath.log(deviation) - mpmath.log(2 * mpmath.pi) / 2)
    assert_allclose(
        float(mg.to_numpy(Normal(mean, deviation).log_density(mnp.asarray(x)))), exact, rtol=5e-15, atol=1e-14
    )


@given(x=finite_floats(-1e8, 1e8), degrees=st.floats(0.5, 50.0))
def test_student_tails_against_mpmath(x, degrees):
    with mpmath.workdps(40):
        n = mpmath.mpf(degrees)
        log_c = mpmath.loggamma((n + 1) / 2) - mpmath.loggamma(n / 2) - mpmath.log(n * mpmath.pi) / 2
        exact = float(log_c - (n + 1) / 2 * mpmath.log1p(mpmath.mpf(x) ** 2 / n))
    ours = float(mg.to_numpy(StudentT(0.0, 1.0, degrees).log_density(mnp.asarray(x))))
    assert_allclose(ours, exact, rtol=2e-14, atol=1e-13)  # log-gamma of up to 25.5 is up to 56


@given(x=st.sampled_from([-1e3, -60.0, -3.0, 0.0, 0.7, 5.0, 60.0, 1e3]))
def test_mixture_where_every_component_underflows(x):
    with mpmath.workdps(40):
        terms = [
            mpmath.log(w) - ((mpmath.mpf(x) - m) / s) ** 2 / 2 - mpmath.log(s) - mpmath.log(2 * mpmath.pi) / 2
            for w, m, s in ((0.25, -1.0, 0.5), (0.75, 2.0, 1.5))
        ]
        largest = max(terms)
        exact = float(largest + mpmath.log(sum(mpmath.exp(t - largest) for t in terms)))
    assert_allclose(float(mg.to_numpy(TWO_BUMPS.log_density(mnp.asarray(x)))), exact, rtol=1e-14)


@pytest.mark.parametrize("density", [Normal(), Laplace(), StudentT(degrees=4.0), TWO_BUMPS], ids=repr)
def test_density_integrates_to_one(density):
    # panels that end at the kink of the Laplace; beyond 400 the t with four degrees keeps 12 / 400^4 < 1e-9
    panels = [-400.0, -20.0, -5.0, 0.0, 5.0, 20.0, 400.0]
    nodes, weights = np.polynomial.legendre.leggauss(200)
    total = 0.0
    for low, high in itertools.pairwise(panels):
        x = 0.5 * (high - low) * nodes + 0.5 * (high + low)
        total += float(0.5 * (high - low) * np.sum(weights * mg.to_numpy(density.density(mnp.asarray(x)))))
    assert_allclose(total, 1.0, atol=1e-9)


@pytest.mark.parametrize("name", ["normal", "laplace", "uniform", "student", "mixture"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sample_moments(name, seed):
    n = 40_000
    if name == "mixture":
        density, mean = TWO_BUMPS, 0.25 * -1.0 + 0.75 * 2.0
        deviation = math.sqrt(0.25 * (0.25 + 1.0) + 0.75 * (2.25 + 4.0) - mean**2)
    else:
        density, _, mean, deviation = PAIRS[name]
    x = mg.to_numpy(density.sample(generator(seed), (n,)))
    assert x.shape == (n,) and x.dtype == np.float64
    assert abs(x.mean() - mean) < 5 * deviation / math.sqrt(n)
    square = (x - mean) ** 2
    assert abs(square.mean() - deviation**2) < 5 * square.std() / math.sqrt(n)


@pytest.mark.parametrize("name", ["normal", "laplace", "uniform", "student", "cauchy"])
def test_samples_follow_the_density(name):
    """Kolmogorov-Smirnov against SciPy's distribution function, on three seeds."""
    density, theirs, *_ = PAIRS[name]
    for seed in range(3):
        x = mg.to_numpy(density.sample(generator(seed), (4000,)))
        assert scipy.stats.kstest(x, theirs.cdf).pvalue > 1e-4


def test_uniform_is_zero_outside_its_interval_and_one_over_its_length_inside():
    x = mnp.asarray([-1.1, -1.0, 0.0, 3.0, 3.1, math.inf, -math.inf])
    expected = [-math.inf, -math.log(4.0), -math.log(4.0), -math.log(4.0), -math.inf, -math.inf, -math.inf]
    assert mg.to_numpy(Uniform(-1.0, 3.0).log_density(x)).tolist() == expected


@pytest.mark.parametrize("probabilities", [(0.5, 0.2, 0.3), (0.0, 1.0, 0.0), (0, 1, 0)], ids=str)
def test_categorical(probabilities):
    law = Categorical(probabilities)
    k = mnp.asarray([-1, 0, 1, 2, 3])
    expected = [
        0.0,
        *map(float, probabilities),
        0.0,
    ]  # a negative number is outside the support, not the last one
    assert mg.to_numpy(law.density(k)).tolist() == expected
    with np.errstate(divide="ignore"):
        assert_allclose(mg.to_numpy(law.log_density(k)), np.log(expected), rtol=1e-15)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_categorical_frequencies(seed):
    n, p = 40_000, np.array([0.5, 0.2, 0.3])
    drawn = mg.to_numpy(Categorical(tuple(p)).sample(generator(seed), (n,)))
    frequencies = np.bincount(drawn, minlength=3) / n
    assert (abs(frequencies - p) < 5 * np.sqrt(p * (1 - p) / n)).all()


@pytest.mark.parametrize(
    "density",
    [Normal(0.0, 1.0), TWO_BUMPS, Uniform(), Laplace(), StudentT(degrees=3.0)],
    ids=lambda d: type(d).__name__,
)
def test_float32_stays_float32(density):
    x = mnp.asarray([0.25, 0.5], dtype="float32")
    found = density.log_density(x)
    assert mg.to_numpy(found).dtype == np.float32
    double = mg.to_numpy(density.log_density(mnp.asarray([0.25, 0.5])))
    assert_allclose(mg.to_numpy(found), double, rtol=1e-6)


@pytest.mark.parametrize(
    "density", [Normal(), TWO_BUMPS, Uniform(), Laplace(), StudentT()], ids=lambda d: type(d).__name__
)
def test_a_python_number_is_a_point(density):
    assert mg.to_numpy(density.log_density(0.5)).shape == ()
    assert_allclose(
        float(mg.to_numpy(density.log_density(0.5))), mg.to_numpy(density.log_density(mnp.asarray([0.5])))[0]
    )


FAMILIES = {
    "normal": lambda a, b: Normal(a, b),
    "laplace": lambda a, b: Laplace(a, b),
    "student": lambda a, b: StudentT(a, b, 3.0),
    "student in its degrees": lambda a, b: StudentT(a, 1.0, b),
    "uniform": lambda a, b: Uniform(a - 5.0, a + 5.0 * b),
    "mixture": lambda a, b: Mixture((0.3, 0.7), (Normal(a, b), Normal(1.0, 2.0))),
    "mixture in its weights": lambda a, b: Mixture((b / 2.0, 1.0 - b / 2.0), (Normal(a, 1.0), Normal(1.0, 2.0))),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_differentiable_in_parameters(family):
    x = mnp.asarray([-1.3, 0.1, 2.2])
    make = FAMILIES[family]

    def log_likelihood(a, b):
        return mnp.sum(make(a, b).log_density(x))

    mg.check_grads(log_likelihood, (mnp.asarray(0.3), mnp.asarray(0.8)), order=2)


def test_the_score_of_a_normal_has_its_closed_form():
    x, m, s = 1.7, 0.3, 0.8
    score = mg.grad(lambda theta: Normal(theta[0], theta[1]).log_density(mnp.asarray(x)))(mnp.asarray([m, s]))
    assert_allclose(mg.to_numpy(score), [(x - m) / s**2, (x - m) ** 2 / s**3 - 1 / s], rtol=1e-14)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Normal(0.0, 0.0),
        lambda: Normal(0.0, -1.0),
        lambda: Normal(0.0, math.nan),
        lambda: Normal(0.0, math.inf),
        lambda: Laplace(0.0, 0.0),
        lambda: StudentT(0.0, -1.0, 1.0),
        lambda: StudentT(0.0, 1.0, 0.0),
        lambda: Uniform(1.0, 1.0),
        lambda: Uniform(2.0, 1.0),
        lambda: Uniform(math.nan, 1.0),
        lambda: Mixture((0.5, 0.5), (Normal(),)),
        lambda: Mixture((), ()),
        lambda: Mixture((0.5, 0.6), (Normal(), Normal())),
        lambda: Mixture((-0.5, 1.5), (Normal(), Normal())),
        lambda: Mixture((math.nan, 1.0), (Normal(), Normal())),
        lambda: Categorical((0.5, 0.6)),
        lambda: Categorical((-0.5, 1.5)),
    ],
)
def test_refused_parameters(make):
    with pytest.raises(ValueError, match=r"(positive|needs low < high|weights|probabilities)"):
        make()


def test_a_density_is_frozen():
    with pytest.raises(AttributeError):
        Normal().mean = 1.0


def test_expectation_by_quadrature_is_the_mean():
    mean = integrate(lambda x: x * TWO_BUMPS.density(x), -20.0, 20.0, 2001)
    assert_allclose(float(mg.to_numpy(mean)), 1.25, rtol=1e-13)


@pytest.mark.parametrize("density", [Normal, Laplace, StudentT])
def test_a_location_that_is_no_number_is_refused(density):
    with pytest.raises(ValueError, match="must be finite, and is nan"):
        density(math.nan, 1.0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Normal("x", 1.0), TypeError, "the mean of a Normal must be a number or an array of numbers, and is 'x'"),
        (lambda: Normal(True, 1.0), TypeError, "must be a number .* and is True"),
        (lambda: Normal(None, 1.0), TypeError, "and is None"),
        (lambda: Normal(1j, 1.0), TypeError, "and is 1j"),
        (lambda: Normal(0.0, [1.0, -1.0]), ValueError, "the deviation of a Normal must be positive and finite, and is -1"),
        (lambda: Normal(0.0, [1.0, "x"]), TypeError, "must be a number or an array of numbers"),
        (lambda: Normal(0.0, mnp.asarray([1.0, math.nan])), ValueError, "positive and finite, and is nan"),
        (lambda: Normal(10**400, 1.0), ValueError, "must fit into a float, and has 401 digits"),
        (lambda: Laplace(0.0, math.inf), ValueError, "the scale of a Laplace must be positive and finite, and is inf"),
        (lambda: Laplace([], 1.0), TypeError, "must be a number"),
        (lambda: StudentT(0.0, 1.0, "3"), TypeError, "degrees of freedom of a StudentT must be a number"),
        (lambda: StudentT(0.0, 1.0, math.inf), ValueError, "degrees of freedom .* positive and finite, and is inf"),
        (lambda: Uniform(0.0, math.inf), ValueError, "the high of a Uniform must be finite, and is inf"),
        (lambda: Uniform(-1e308, 1e308), ValueError, "width must fit into a float"),
        (lambda: Uniform([0.0, 2.0], 1.0), ValueError, "needs low < high"),
        (lambda: Mixture((0.5, 0.5), (1.0, 2.0)), TypeError, "component 0 of a Mixture must be a density, .* and is 1.0"),
        (lambda: Mixture((0.5, 0.5), Normal()), TypeError, "must be densities in a tuple"),
        (lambda: Mixture(mnp.asarray([0.5, 0.6]), (Normal(), Normal())), ValueError, "sum to 1"),
        (lambda: Mixture(("a", "b"), (Normal(), Normal())), TypeError, "the weights of a Mixture must be numbers"),
        (lambda: Mixture(1.0, (Normal(),)), ValueError, "was given 0 weights"),
        (lambda: Mixture((True,), (Normal(),)), TypeError, "must be numbers"),
        (lambda: Categorical(mnp.asarray([0.5, 0.6])), ValueError, "sum to 1"),
        (lambda: Categorical(0.5), ValueError, "along one axis"),
        (lambda: Categorical(("a",)), TypeError, "must be numbers"),
    ],
)
def test_parameters_are_checked_when_a_density_is_made(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_lists_and_numpy_numbers_are_parameters():
    p = Normal([0.0, 1.0], [1, 2])
    expected = [scipy.stats.norm(m, s).logpdf(0.5) for m, s in ((0.0, 1.0), (1.0, 2.0))]
    assert_allclose(mg.to_numpy(p.log_density(mnp.asarray([0.5, 0.5]))), expected, rtol=1e-14)
    assert Normal(np.int64(1), np.float32(2.0)).mean == 1
    assert Mixture([0.5, 0.5], [Normal(), Normal(1.0)]).components == (Normal(), Normal(1.0))


def test_weights_that_sum_to_one_but_for_their_last_digits_are_shares():
    """0.333333333 three times is 1e-9 short of 1, and so was all that was integrated over it."""
    p = Mixture((0.333333333,) * 3, (Normal(), Normal(), Normal()))
    found, expected = (mg.to_numpy(density.log_density(mnp.asarray([0.3]))) for density in (p, Normal()))
    assert_allclose(found, expected, rtol=1e-15)


@given(x=st.floats(1e150, 1e300), degrees=st.floats(1e-3, 50.0))
def test_student_where_the_square_leaves_the_floats(x, degrees):
    with mpmath.workdps(60):
        n = mpmath.mpf(degrees)
        log_c = mpmath.loggamma((n + 1) / 2) - mpmath.loggamma(n / 2) - mpmath.log(n * mpmath.pi) / 2
        exact = float(log_c - (n + 1) / 2 * mpmath.log1p(mpmath.mpf(x) ** 2 / n))
    with np.errstate(over="ignore"):
        assert_allclose(float(mg.to_numpy(StudentT(0.0, 1.0, degrees).log_density(mnp.asarray(x)))), exact, rtol=1e-14)


@given(degrees=st.floats(-300.0, 300.0))
def test_students_normaliser_against_mpmath(degrees):
    """log p(0) + log(2 pi)/2 of a unit scale: to the last digits from 1e-300 to 1e300 degrees."""
    degrees = 10.0**degrees
    with mpmath.workdps(40 + int(2 * abs(math.log10(degrees)))):
        n = mpmath.mpf(degrees)
        exact = mpmath.loggamma((n + 1) / 2) - mpmath.loggamma(n / 2) - mpmath.log(n / 2) / 2
    from minigan.densities import _student_excess

    # near 40 degrees, 0.006 comes from terms of the size of 1
    assert abs(mpmath.mpf(_student_excess(degrees)) - exact) <= 4e-16 * abs(exact) + (4e-16 if degrees <= 40 else 0.0)
    traced = float(mg.to_numpy(_student_excess(mnp.asarray(degrees))))
    assert traced == pytest.approx(_student_excess(degrees), rel=1e-13)


@pytest.mark.parametrize("make", [lambda a, b: StudentT(a, b, 2.5), lambda a, b: StudentT(0.3, 1.0, 60.0 * b), Normal])
def test_log_ratios_keep_their_digits_and_derivatives(make):
    """log p/q is the difference of the logarithms, and its derivatives are that's."""
    x = mnp.asarray([-7.3, -0.4, 0.6, 40.0])
    for other in (StudentT(0.31, 1.001, 2.5), Normal(0.3, 1.1), Laplace(0.0, 1.0)):
        ratio = lambda a, b, other=other: mnp.sum(make(a, b).log_ratio(other, x))
        plain = lambda a, b, other=other: mnp.sum(make(a, b).log_density(x) - other.log_density(x))
        at = mnp.asarray(0.3), mnp.asarray(0.99)
        assert_allclose(float(ratio(*at)), float(plain(*at)), rtol=1e-11)
        found, expected = (mg.grad(f, argnums=(0, 1))(*at) for f in (ratio, plain))
        assert_allclose([float(g) for g in found], [float(g) for g in expected], rtol=1e-9, atol=1e-9)
