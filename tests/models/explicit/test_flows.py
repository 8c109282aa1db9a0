"""Flows as models: the logit transform, dequantisation, Real NVP and linear ICA against closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.models.explicit import dequantisation, ica, realnvp
from minigan.models.explicit import flow as flows
from minigan.random import generator


def test_the_logit_transform_and_its_determinant():
    x = generator(0).uniform((4, 6), 0.01, 0.99)
    found = flows.logit_transform(x)
    assert_allclose(mg.to_numpy(flows.from_logits(found.numbers)), mg.to_numpy(x), rtol=1e-12)
    for i in range(4):
        slope = mg.to_numpy(mg.jacobian(lambda row: flows.logit_transform(row[None]).numbers[0])(x[i]))
        assert_allclose(float(found.log_det[i]), np.linalg.slogdet(slope)[1], rtol=1e-12)


def test_dequantised_levels_stay_in_their_cells_and_fill_them():
    levels = mnp.asarray([[0.0, 1.0, 2.0]] * 4000)
    found = dequantisation.uniform(levels, 3, generator(0).standard_normal((4000, 3)))
    x = mg.to_numpy(found.x)
    assert (np.floor(3.0 * x) == mg.to_numpy(levels)).all() and not mg.to_numpy(found.log_q).any()
    assert_allclose((3.0 * x % 1.0).mean(0), 0.5, atol=4.0 / math.sqrt(12.0 * 4000))


@given(seed=st.integers(0, 10**6))
def test_the_law_of_learned_noise_integrates_to_one_on_every_cell(seed):
    """E_q 1 / q is the cell's volume; of two pixels by quadrature over u, whose logit and slope are known from x."""
    layer = dequantisation.network(2, 3)
    rng = generator(seed)
    params = layer.init(rng, (None, 4), "float64")
    levels = mnp.asarray(np.floor(mg.to_numpy(rng.uniform((1, 4), 0.0, 3.0))))
    noise = np.linspace(-8.0, 8.0, 801)
    rows = np.zeros((801, 4))
    rows[:, 2] = noise
    found = dequantisation.learned(layer, params, mnp.broadcast_to(levels, (801, 4)), 3, mnp.asarray(rows))
    u = 3.0 * mg.to_numpy(found.x)[:, 2] - float(levels[0, 2])
    at_rest = dequantisation.learned(layer, params, levels, 3, mnp.zeros((1, 4))).log_q
    relative = np.exp(mg.to_numpy(found.log_q) - float(at_rest[0]))  # q of that pixel over what it is at noise 0
    slope = np.gradient(u, noise)[400]
    inside = (u > 2e-6) & (u < 1.0 - 2e-6)
    stated = math.sqrt(2.0 * math.pi) * slope  # the integral of q is 1, and q at noise 0 is N(0) / slope
    assert_allclose(np.trapezoid(relative[inside], u[inside]), stated, rtol=2e-3)


def test_the_learned_bound_lies_below_the_truth():
    """A product of logistic densities over two cells a pixel: P(level) is a difference of sigmoids, to be bounded."""
    layer, rng = dequantisation.network(2, 3), generator(3)
    params = layer.init(rng, (None, 4), "float64")
    levels = mnp.asarray([[0.0, 1.0, 1.0, 0.0]])
    rows = mnp.broadcast_to(levels, (200_000, 4))
    found = dequantisation.learned(layer, params, rows, 2, rng.standard_normal((200_000, 4)))
    z = (2.0 * mg.to_numpy(found.x) - 0.7) / 0.3
    log_p = (-z - 2.0 * np.log1p(np.exp(-z)) - math.log(0.3)).sum(-1)
    log_w = log_p - mg.to_numpy(found.log_q)
    cell = lambda low: 1.0 / (1.0 + math.exp(-(low + 1.0 - 0.7) / 0.3)) - 1.0 / (1.0 + math.exp(-(low - 0.7) / 0.3))
    truth = sum(math.log(cell(float(level))) for level in mg.to_numpy(levels)[0])
    weights = np.exp(log_w)
    assert abs(weights.mean() - math.exp(truth)) < 5.0 * weights.std() / math.sqrt(len(weights))
    assert log_w.mean() < truth - 0.01


def test_a_density_through_an_affine_map_is_a_gaussians():
    flow = nn.activation_norm()
    params = {"shift": mnp.asarray([-1.0, 2.0]), "log_scale": mnp.asarray([0.5, -0.3])}
    x = generator(0).standard_normal((5, 2))
    deviation = np.exp([-0.5, 0.3])
    z = (mg.to_numpy(x) - [1.0, -2.0]) / deviation
    stated = (-0.5 * z**2 - np.log(deviation) - 0.5 * math.log(2.0 * math.pi)).sum(-1)
    assert_allclose(mg.to_numpy(flows.log_density(flow, params, x)), stated, rtol=1e-12)


def test_another_dimension_is_refused():
    narrow = nn.Bijection(lambda *a: None, lambda p, x: (x[:, :2], mnp.zeros(3)), lambda p, y: y, name="narrow")
    with pytest.raises(ValueError, match=r"keeps the dimension, and narrow takes x of shape \(3, 4\) to \(3, 2\)"):
        flows.log_density(narrow, None, mnp.ones((3, 4)))


def test_real_nvp_learns_the_ring():
    """After 400 steps it says more than a Gaussian, and its samples lie about the circle; KL is what its nats lack."""
    system = realnvp.realnvp(on="ring", hidden=32)
    trained = system.train(400)
    found = system.measured(trained)
    assert found["nats"] > found["nats_of_baseline"] + 0.3 and found["nats_are"] == "exact"
    assert_allclose(found["nats_of_the_data"] - found["nats"], found["kl_of_data_from_model"], atol=2e-4)
    radius = np.linalg.norm(mg.to_numpy(system.sample(trained.state, 2000, generator(0))), axis=-1)
    assert 1.7 < np.median(radius) < 2.3 and (radius < 1.0).mean() < 0.25


def test_the_margins_density_integrates_to_what_lies_between_them():
    """A standard normal logit in one pixel: the mass of |logit| < log 19, the rest lies in the margins and is lost."""
    u = mnp.linspace(0.0, 1.0, 4001)
    numbers, log_det = flows.logit_transform(u[:, None])
    density = mg.to_numpy(mnp.exp(-0.5 * numbers[:, 0] ** 2 - 0.5 * math.log(2.0 * math.pi) + log_det))
    mass = np.trapezoid(density, mg.to_numpy(u))
    assert_allclose(mass, math.erf(math.log(19.0) / math.sqrt(2.0)), rtol=1e-5)


def test_digits_learn():
    system = realnvp.realnvp(on="bits", hidden=8, batch=32)
    trained = system.train(60)
    before, after = (system.measured(one)["nats"] for one in (system.train(0), trained))
    assert after > before + 2.0 and system.measured(trained)["nats_are"] == "bound"
    x = mg.to_numpy(system.sample(trained.state, 20, generator(0)))
    assert x.shape == (20, 64) and x.min() >= 0.0 and x.max() <= 1.0
    assert set(np.unique(system.form.restore(x))) == {0.0, 1.0}


def test_learned_noise_says_more_than_uniform_noise():
    found = {}
    for how in ("uniform", "learned"):
        system = realnvp.realnvp(on="bits", hidden=8, batch=64, dequantisation=how)
        found[how] = system.measured(system.train(150))
        assert found[how]["nats_gap_at_least"] > 0.5
    assert found["learned"]["nats"] > found["uniform"]["nats"] + 1.0


# -- linear ICA ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sources_have_the_law_that_is_stated(seed):
    s = ica.drawn_sources(generator(seed), 20_000, "float64")
    host = mg.to_numpy(s)
    assert_allclose(host.mean(0), 0.0, atol=0.04)
    assert_allclose(host.var(0), 1.0, atol=0.15)
    assert abs(np.corrcoef(host.T) - np.eye(3)).max() < 0.04
    axis = np.linspace(-60.0, 60.0, 60_001)
    at_zero = float(ica.source_log_density(mnp.zeros((1, 3)))[0])
    total = math.exp(at_zero)
    for i in range(3):  # the density along one axis: its integral, and its mass within one deviation
        rows = np.zeros((len(axis), 3))
        rows[:, i] = axis
        along = np.exp(mg.to_numpy(ica.source_log_density(mnp.asarray(rows))) - at_zero)
        whole = np.trapezoid(along, axis)
        total *= whole
        inside = np.trapezoid(np.where(abs(axis) <= 1.0, along, 0.0), axis) / whole
        assert abs((abs(host[:, i]) <= 1.0).mean() - inside) < 0.015
    assert_allclose(total, 1.0, rtol=1e-4)  # of a Student t of five degrees 1e-6 lies beyond


def test_the_sech_density_integrates_to_one():
    axis = mnp.linspace(-60.0, 60.0, 20_001)
    assert_allclose(np.trapezoid(np.exp(mg.to_numpy(ica.log_sech_density(axis))), mg.to_numpy(axis)), 1.0, rtol=1e-10)


def test_samples_follow_the_models_density():
    w = mnp.asarray([[1.0, 0.5, 0.0], [0.0, 1.5, 0.3], [-0.4, 0.0, 0.8]])
    system = ica.ica()
    state = system.train(0).state
    state = state._replace(parameters={"model": mnp.astype(w, "float32")})
    x = system.sample(state, 20_000, generator(0))
    logs = mg.to_numpy(system.log_density(state, x)).astype(float)
    # of 1 / (pi cosh s): log pi + E log cosh s, which is log 2
    entropy = 3.0 * math.log(2.0 * math.pi) - np.linalg.slogdet(mg.to_numpy(w))[1]
    assert abs(logs.mean() + entropy) < 4.0 * logs.std() / math.sqrt(len(logs))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"as many sources as mixtures: .* \(2, 3\) and \(5, 3\)"):
        ica.log_density(mnp.ones((2, 3)), mnp.ones((5, 3)))
