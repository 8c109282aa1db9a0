"""The VAE with a code of two numbers: its integrals against the reference's loops, and what it makes of digits."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit import digit_bits
from minigan.models.explicit import vae as V
from minigan.random import generator
from reference.evidence_bound import evidence, evidence_bound
from reference.networks import mlp


def setting(n=3, hidden=4, seed=0):
    """A decoder that bends, and a q that is not far from the prior."""
    layers = V.networks(hidden)
    params = V.initial_parameters(layers, generator(seed), "float64")
    encoder, decoder = (mg.tree_map(lambda leaf, by=by: by * leaf, net) for by, net in zip((0.2, 1.5), params))
    return layers, V.Networks(encoder, decoder), mnp.astype(digit_bits().held_out[:n], "float64")


def literal(params):
    """The decoder, and q's mean and deviation at an image, as the reference writes networks."""
    weights = [[(mg.to_numpy(w["weight"]), mg.to_numpy(w["bias"])) for w in net if w is not None] for net in params]

    def posterior(x):
        out = mlp(weights[0], x[None])[0]
        return out[:2], np.exp(out[2:])

    return lambda z: mlp(weights[1], z[None])[0], posterior


def test_log_p_and_the_bound_are_those_of_loops_over_codes():
    layers, params, x = setting(2)
    decoder, posterior = literal(params)
    log_p = mg.to_numpy(V.log_density(layers, params, x))
    bound = mg.to_numpy(V.exact_elbo(layers, params, x))
    gap = mg.to_numpy(V.evidence_and_gap(layers, params, x).gap)
    for i, image in enumerate(mg.to_numpy(x)):
        assert_allclose(log_p[i], math.log(evidence(image, decoder)), rtol=1e-7)
        stated = evidence_bound(image, decoder, *posterior(image))
        assert_allclose(bound[i], stated, rtol=1e-6)
        assert_allclose(gap[i], log_p[i] - bound[i], atol=1e-9)
        assert gap[i] > 0.0


def test_the_closed_form_objective_is_the_bound_on_average():
    """Over the same noise: E_q log p(x | z) - KL, against log w of every draw; both by quadrature."""
    layers, params, x = setting()
    noise, weight = V.noise_grid()
    draws = mnp.broadcast_to(noise[:, None, :], (len(weight), 3, 2))
    by_draws = mnp.matmul(weight, mnp.stack([V.objective(layers, params, x, one) for one in draws]))
    assert_allclose(mg.to_numpy(by_draws), mg.to_numpy(V.exact_elbo(layers, params, x)), rtol=1e-9)
    half = mnp.matmul(weight, mnp.stack([V.objective(layers, params, x, one, 0.5) for one in draws]))
    none = mnp.matmul(weight, mnp.stack([V.objective(layers, params, x, one, 0.0) for one in draws]))
    assert_allclose(mg.to_numpy(none - half), mg.to_numpy(half - by_draws), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_more_importance_samples_come_nearer_and_stay_below(seed):
    layers, params, x = setting(5)
    noise = generator(seed).standard_normal((4000, 5, 2))
    log_w = V.log_weights(layers, params, x, noise)
    log_p = mg.to_numpy(V.log_density(layers, params, x))
    one, ten = (
        mg.to_numpy(mnp.stack([V.importance_bound(log_w[i : i + k]) for i in range(0, 4000, k)])) for k in (1, 10)
    )
    errors = [draws.std(0, ddof=1) / math.sqrt(len(draws)) for draws in (one, ten)]
    assert (ten.mean(0) - one.mean(0) > 2.0 * errors[0]).all()
    assert (ten.mean(0) < log_p + 4.0 * errors[1]).all()
    assert_allclose(mg.to_numpy(V.importance_bound(log_w)), log_p, atol=0.05)  # 4,000 draws: near the truth itself


def test_densities_of_all_states_of_few_bits_sum_to_one():
    """Over the 64 bits of a model whose decoder leaves all but six of them certain."""
    layers, params, _ = setting(hidden=4)
    bias = params.decoder[-1]["bias"] + mnp.asarray([0.0] * 6 + [-60.0] * 58)
    weight = params.decoder[-1]["weight"] * mnp.asarray([1.0] * 6 + [0.0] * 58)
    decoder = (*params.decoder[:-1], {"weight": weight, "bias": bias})
    states = np.zeros((64, 64))
    states[:, :6] = [[i >> k & 1 for k in range(6)] for i in range(64)]
    log_p = V.log_density(layers, params._replace(decoder=decoder), mnp.asarray(states))
    assert_allclose(float(mnp.sum(mnp.exp(log_p))), 1.0, atol=1e-10)


def test_it_learns_digits():
    """After 500 steps log p(x) of held-out digits is above independent pixels', its gap is a KL, and samples
    keep to the pixels that digits have."""
    system = V.vae(hidden=64, warm_up=100)
    trained = system.train(500)
    found = system.measured(trained)
    assert found["nats"] > found["nats_of_baseline"] + 1.0 and not found["collapsed"]
    assert 0.05 < found["nats_gap"] < 3.0 and found["nats_are"] == "exact" and found["latent_code"]
    layers, params = system.parts["layers"], trained.state.parameters["model"]
    bound = float(mnp.mean(V.exact_elbo(layers, params, system.parts["held_out"][:100])))
    evidence = V.evidence_and_gap(layers, params, system.parts["held_out"][:100])
    assert_allclose(float(mnp.mean(evidence.log_p - evidence.gap)), bound, atol=1e-4)
    x = mg.to_numpy(system.sample(trained.state, 400, generator(1)))
    assert set(np.unique(x)) == {0.0, 1.0}
    assert abs(x.mean(0) - mg.to_numpy(digit_bits().training).mean(0)).max() < 0.25


def test_what_is_judged_was_not_trained_on():
    system = V.vae(batch=600)
    rng = generator(0)
    (x, weight), _ = system.learner.draw(rng, system.learner.init(rng))
    held_out = {row.tobytes() for row in mg.to_numpy(system.parts["held_out"])}
    training = {row.tobytes() for row in mg.to_numpy(system.data)}
    drawn = {row.tobytes() for row in mg.to_numpy(x)}
    assert drawn <= training and not drawn <= held_out and float(weight) == pytest.approx(1.0 / 500.0)
