"""The inverse autoregressive posterior: what each number sees, its density, and the bound that it gives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit import digit_bits, iaf, vae
from minigan.random import generator


@pytest.mark.parametrize("steps, below", [(1, True), (2, False)])
def test_one_step_is_triangular_and_two_are_not(steps, below):
    flow = iaf.inverse_autoregressive(4, 3, steps=steps, width=12)
    params, context = flow.init(generator(0), "float64"), generator(1).standard_normal((1, 3))
    z = mnp.asarray([0.3, -1.0, 0.2, 2.0])
    slopes = mg.to_numpy(mg.jacobian(lambda z: flow.forward(params, z[None], context)[0][0])(z))
    assert (np.triu(slopes, 1) == 0.0).all() == below and (np.diag(slopes) > 0.0).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_codes_have_the_density_that_is_stated(seed):
    """log q at a code is that of its noise, minus log |det| of the whole Jacobian."""
    layers = iaf.networks(8, 3)
    params = iaf.initial_parameters(layers, generator(seed), "float64")
    x = mnp.astype(digit_bits().held_out[:1], "float64")
    noise = generator(seed + 10).standard_normal((5, 1, 2))
    z, log_q = iaf.drawn_codes(layers, params, x, noise)
    for i in range(5):

        def code(e):
            return iaf.drawn_codes(layers, params, x, e[None, None])[0][0, 0]

        slope = np.linalg.slogdet(mg.to_numpy(mg.jacobian(code)(noise[i, 0])))[1]
        stated = float(vae.log_normal(noise[i, 0])) - slope
        assert_allclose(float(log_q[i, 0]), stated, rtol=1e-10)
    assert z.shape == (5, 1, 2)


def test_the_bound_lies_below_and_its_expectation_is_that_of_draws():
    layers = iaf.networks(8, 2)
    params = iaf.initial_parameters(layers, generator(0), "float64")
    x = mnp.astype(digit_bits().held_out[:3], "float64")
    bound, log_p = (mg.to_numpy(f(layers, params, x)) for f in (iaf.exact_elbo, vae.log_density))
    assert (bound < log_p).all()
    draws = mg.to_numpy(iaf.objective(layers, params, x, generator(1).standard_normal((4000, 3, 2))))
    assert (abs(draws.mean(0) - bound) < 4.5 * draws.std(0) / np.sqrt(4000)).all()


def test_it_learns_digits():
    system = iaf.iaf(hidden=32, warm_up=50)
    trained = system.train(300)
    before, after = (system.measured(one)["nats"] for one in (system.train(0), trained))
    found = system.measured(trained)
    assert after > before + 5.0 and found["nats_gap"] > 0.0 and found["nats_are"] == "exact"
