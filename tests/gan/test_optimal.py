"""D* over drawn densities against the reference, in far tails, where nothing is, and what is refused."""

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
import reference.discriminator
from minigan.densities import Categorical, Laplace, Mixture, Normal, StudentT, Uniform
from minigan.gan import optimal_discriminator, optimal_logit
from minigan.testing import finite_floats
from reference.densities import mixture_density, mixture_log_density

TWO = Mixture((0.5, 0.5), (Normal(-1.0, 1.0), Normal(1.0, 1.0)))


def host(x):
    return mg.to_numpy(x)


@st.composite
def mixtures(draw):
    """The same mixture twice: ours, and the reference's (weights, means, deviations)."""
    count = draw(st.integers(1, 3))
    raw = np.array([draw(st.floats(0.1, 1.0)) for _ in range(count)])
    means = [draw(finite_floats(-3.0, 3.0)) for _ in range(count)]
    deviations = [draw(st.floats(0.3, 2.0)) for _ in range(count)]
    weights = raw / raw.sum()
    parts = tuple(Normal(m, s) for m, s in zip(means, deviations))
    return Mixture(tuple(map(float, weights)), parts), (weights, np.array(means), np.array(deviations))


@given(p=mixtures(), q=mixtures())
def test_against_the_reference_on_drawn_mixtures(p, q):
    x = np.linspace(-6.0, 6.0, 25)  # no density underflows here: the nearest mean is within 9, the deviation over 0.3
    (ours_p, theirs_p), (ours_q, theirs_q) = p, q
    found = host(optimal_discriminator(ours_p, ours_q)(mnp.asarray(x)))
    log_p, log_q = mixture_log_density(x, *theirs_p), mixture_log_density(x, *theirs_q)
    # an error of one rounding in a log-density of size L moves the logit by L 1e-16
    scale = 1.0 + np.abs(log_p) + np.abs(log_q)
    assert (abs(host(optimal_logit(ours_p, ours_q)(mnp.asarray(x))) - (log_p - log_q)) < 2e-15 * scale).all()
    stated = reference.discriminator.optimal_discriminator(mixture_density(x, *theirs_p), mixture_density(x, *theirs_q))
    assert (abs(found - stated) <= 2e-15 * scale).all()


@given(p=mixtures(), q=mixtures(), x=finite_floats(-1e3, 1e3))
def test_swapping_the_two_gives_one_minus_d(p, q, x):
    point = mnp.asarray([x])
    there, back = (host(optimal_logit(*pair)(point))[0] for pair in ((p[0], q[0]), (q[0], p[0])))
    assert there == -back
    total = host(optimal_discriminator(p[0], q[0])(point) + optimal_discriminator(q[0], p[0])(point))[0]
    assert abs(total - 1.0) <= 4e-16


@given(p=mixtures(), x=finite_floats(-1e3, 1e3))
def test_exactly_one_half_where_the_densities_agree(p, x):
    assert float(host(optimal_discriminator(p[0], p[0])(mnp.asarray(x)))) == 0.5


@pytest.mark.parametrize("x", [-1e3, -300.0, -40.0, 0.5, 40.0, 300.0, 1e3])
def test_far_tails_of_two_normals_against_mpmath(x):
    """Both densities are 0 in floating point beyond |x| = 39, and their quotient is exp((1 - 2 x) / 2)."""
    p, q = Normal(0.0, 1.0), Normal(1.0, 1.0)
    logit = host(optimal_logit(p, q)(mnp.asarray([x])))[0]
    assert_allclose(logit, 0.5 - x, atol=4e-16 * x * x)  # the squares cancel
    with mpmath.workdps(30):
        exact = float(1 / (1 + mpmath.exp(-mpmath.mpf(logit))))
    assert_allclose(host(optimal_discriminator(p, q)(mnp.asarray([x])))[0], exact, rtol=1e-15, atol=0.0)


def test_finite_between_a_light_and_a_heavy_tail():
    x = mnp.asarray([-1e3, 1e3, 1e100])
    found = host(optimal_discriminator(StudentT(), Normal())(x))
    assert found.tolist() == [1.0, 1.0, 1.0]
    assert host(optimal_discriminator(Normal(), Laplace())(x))[:2].tolist() == [0.0, 0.0]


@pytest.mark.filterwarnings("error")
def test_one_half_where_both_vanish_and_certainty_where_one_does():
    D = optimal_discriminator(Uniform(0.0, 2.0), Uniform(1.0, 3.0))
    x = mnp.asarray([-5.0, 0.5, 1.5, 2.5, 7.0])
    assert host(D(x)).tolist() == [0.5, 1.0, 0.5, 0.0, 0.5]
    by_function = optimal_discriminator(
        lambda x: mnp.where(x > 0.0, 0.3, 0.0 * x), lambda x: mnp.where(x > 1.0, 0.1, 0.0 * x)
    )
    assert_allclose(host(by_function(mnp.asarray([-1.0, 0.5, 2.0]))), [0.5, 1.0, 0.75], rtol=1e-15)


@pytest.mark.parametrize("kind", [list, tuple, np.array, "array", "Categorical"])
def test_vectors_of_probabilities(kind):
    p, q = [0.5, 0.5, 0.0, 0.0], [0.25, 0.0, 0.75, 0.0]
    make = {"array": mnp.asarray, "Categorical": lambda v: Categorical(tuple(v))}.get(kind, kind)
    if kind is np.array and mg.active().name != "numpy":
        make = mnp.asarray
    D = optimal_discriminator(make(p), make(q))
    assert_allclose(host(D(mnp.asarray([0, 1, 2, 3]))), [2 / 3, 1.0, 0.0, 0.5], rtol=1e-15)


def test_a_vector_of_integers_is_one_of_probabilities():
    assert host(optimal_discriminator([0, 1], [0.5, 0.5])(mnp.asarray([0, 1]))).tolist() == [0.0, 2 / 3]


def test_scipys_frozen_distributions():
    x = np.array([-30.0, -1.0, 0.0, 2.0, 30.0])
    p, q = scipy.stats.norm(0.0, 1.0), scipy.stats.laplace(0.5, 2.0)
    found = host(optimal_logit(p, q)(mnp.asarray(x)))
    assert_allclose(found, p.logpdf(x) - q.logpdf(x), rtol=1e-15)
    mixed = host(optimal_logit(Normal(0.0, 1.0), q)(mnp.asarray(x)))
    assert_allclose(mixed, found, rtol=1e-14)


def test_functions_are_densities():
    D = optimal_discriminator(lambda x: mnp.exp(-mnp.abs(x)) / 2.0, Laplace(0.0, 1.0))
    assert_allclose(host(D(mnp.linspace(-9.0, 9.0, 7))), 0.5, rtol=1e-14)


def test_differentiable_in_x_and_in_parameters():
    def logit(mean, x):
        return optimal_logit(Normal(0.0, 1.0), Normal(mean, 1.0))(x)

    mean, x = mnp.asarray(1.2), mnp.asarray(0.3)
    assert_allclose(host(mg.grad(logit, argnums=1)(mean, x)), -1.2, rtol=1e-14)
    assert_allclose(host(mg.grad(logit)(mean, x)), 1.2 - 0.3, rtol=1e-14)
    D = optimal_discriminator(Normal(0.0, 1.0), lambda x: mnp.exp(-mnp.abs(x)) / 2.0)
    mg.check_grads(D, (mnp.asarray([0.4, -1.1]),), order=2)


def test_gradient_where_neither_density_is():
    D = optimal_discriminator(Uniform(0.0, 1.0), lambda x: mnp.where(x > 5.0, 1.0, 0.0 * x))
    assert host(mg.grad(lambda x: mnp.sum(D(x)))(mnp.asarray([-1.0, 3.0]))).tolist() == [0.0, 0.0]


def test_float32_stays_float32():
    x = mnp.asarray([0.25, 2.0], dtype="float32")
    assert host(optimal_discriminator(Normal(0.0, 1.0), TWO)(x)).dtype == np.float32


def test_a_python_number():
    assert float(host(optimal_discriminator(Normal(0.0, 1.0), Normal(1.0, 1.0))(0.5))) == 0.5


@pytest.mark.parametrize("name, pair", [("p_data", (-1, 1)), ("p_model", (1, -1))])
def test_a_negative_density_is_refused_by_name(name, pair):
    def density(sign):
        return lambda x: sign * mnp.exp(-mnp.abs(x))

    with pytest.raises(ValueError, match=f"{name} returned a negative density, -1.0"):
        optimal_discriminator(density(pair[0]), density(pair[1]))(mnp.asarray([0.0, 1.0]))
    with pytest.raises(ValueError, match=f"the probabilities {name} are never negative, and one is -0.5"):
        vectors = [[0.5, 0.5] if sign > 0 else [-0.5, 1.5] for sign in pair]
        optimal_discriminator(*vectors)(mnp.asarray([0, 1]))


@pytest.mark.parametrize("what", [3.0, "N(0, 1)", None, {"p": 1}, np.ones((2, 2))], ids=repr)
def test_what_is_no_density_is_refused(what):
    with pytest.raises(TypeError, match=r"p_data must be a density.*log_density"):
        optimal_discriminator(what, Normal())
    with pytest.raises(TypeError, match="p_model must be a density"):
        optimal_discriminator(Normal(), what)


def test_nan_is_not_hidden():
    assert math.isnan(float(host(optimal_discriminator(Normal(), Normal(1.0, 1.0))(mnp.asarray(math.nan)))))
